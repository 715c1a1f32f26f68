/* budget.c - the environment of the random suites. */
#include "budget.h"

#include <stdio.h>
#include <stdlib.h>

double test_budget(void) {
    const char *const given = getenv("CONV_TEST_BUDGET");
    const double budget = given != NULL ? strtod(given, NULL) : 1.0;
    if (!(budget > 0.0 && budget <= 1e4)) {
        fprintf(stderr, "CONV_TEST_BUDGET=%s is no factor between 0 and 10000\n", given);
        exit(2);
    }
    return budget;
}

unsigned test_count(unsigned usual) {
    const double count = (double)usual * test_budget();
    return count < 1.0 ? 1 : (unsigned)count;
}

bool test_due(void) {
    static double due;
    const double budget = test_budget();
    due += budget < 1.0 ? budget : 1.0;
    if (due < 1.0) {
        return false;
    }
    due -= 1.0;
    return true;
}

uint64_t test_seed(uint64_t usual) {
    const char *const given = getenv("CONV_TEST_SEED");
    const uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : usual;
    printf("# seed: CONV_TEST_SEED=%llu\n", (unsigned long long)seed);
    fflush(stdout);
    return seed;
}
