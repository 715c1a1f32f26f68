/* Rows of samples, or of sums, in memory of the library's own, continued beyond their ends as an
 * edge rule has it. */
#ifndef CONV_METHODS_ROW_BLOCK_H
#define CONV_METHODS_ROW_BLOCK_H

#include "kernels/kernels.h"
#include "problem/problem.h"

/* All in elements. */
typedef struct {
    size_t first, inside; /* of the signal along the axis, what outputs need */
    size_t before;        /* places that outputs need before it */
    size_t lead, pitch;   /* of a row: before the first one inside, in all */
    conv_row_ends ends;   /* without the value */
} conv_row_block;

/* For all outputs along axis d, whose step is 1 and whose ends are not weighted. False where what
 * is beyond a row's ends comes from elsewhere than the row, or in too many runs. */
bool conv_row_block_plan(const conv_problem *problem, int d, conv_row_block *block);

#endif
