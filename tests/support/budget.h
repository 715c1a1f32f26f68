/* budget.h - how much the random suites do, and from which seed; both from the environment.
 *
 *     CONV_TEST_BUDGET=0.1 CONV_TEST_SEED=7 ./test_random
 */
#ifndef TESTS_BUDGET_H
#define TESTS_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* CONV_TEST_BUDGET, a factor on the number of random problems; 1 where it is not set. */
double test_budget(void);

/* `usual` times the budget; at least 1. */
unsigned test_count(unsigned usual);

/* For tests that enumerate: with a budget below 1, true for that share of the calls, evenly; else
 * always. */
bool test_due(void);

/* CONV_TEST_SEED, else the one given. Printed. */
uint64_t test_seed(uint64_t usual);

#endif
