/* suite.h - what every suite includes: CMocka with what it wants before it, and the common end. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "budget.h"
#include "compare.h"

/* A group's last step: prints the comparison's table. */
int suite_report(void **state);

/* Parses a line and compares every method. The number of wrong answers. */
unsigned suite_line(const char *line);

/* Parses a line that the suite itself wrote; fails the test where it cannot. */
problem suite_problem(const char *line);

#endif
