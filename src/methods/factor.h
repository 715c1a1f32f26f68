/* Kernels as sums of few outer products of vectors. */
#ifndef CONV_METHODS_FACTOR_H
#define CONV_METHODS_FACTOR_H

#include "methods/methods.h"

#define CONV_MAX_TERMS 3

typedef struct {
    int terms;
    /* factor[t][d]: axis d's m taps of term t, of the kernel's type, in sliding order; the task's
     * own where no other axis has more than one. */
    const void *factor[CONV_MAX_TERMS][CONV_MAX_RANK];
    void *memory;
} conv_factors;

/* Finds the fewest terms whose sum is the kernel to rounding: for one term every tap to a few units
 * of its last place; for two or three (rank 2 only) to a few of the largest tap's. No threshold is
 * absolute. terms is 0 where there are none. False: no memory to look for them. */
bool conv_factors_find(const conv_task *task, conv_factors *factors);
void conv_factors_end(conv_factors *factors);

#endif
