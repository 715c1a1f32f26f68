/* Checks that the public functions share. */
#ifndef CONV_API_CHECKS_H
#define CONV_API_CHECKS_H

#include "integral/integral.h"
#include "problem/problem.h"

conv_status conv_check_enum(const char *name, int value, int last);
conv_status conv_check_spacing(double spacing, const char *name);

/* Checks the description, and makes the problem of it. */
conv_status conv_canonical(const conv_desc *desc, const void *kernel, conv_problem *problem,
                           conv_mending *mending);

/* Whether the bytes that two arrays span meet. */
bool conv_spans_overlap(const void *a, conv_span a_span, const void *b, conv_span b_span);

#endif
