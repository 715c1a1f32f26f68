/* The edge rules: the value of the extended signal at any integer index, one by one or by tiles
 * with their halo. The only file that knows them. */
#ifndef CONV_PROBLEM_EXTEND_H
#define CONV_PROBLEM_EXTEND_H

#include "problem/problem.h"

#define CONV_ABSENT ((ptrdiff_t)-1) /* no sample: contributes nothing */
#define CONV_FILLED ((ptrdiff_t)-2) /* the problem's fill value */

/* The sample of the axis that X(j) is, or one of the two above. */
ptrdiff_t conv_extend_index(const conv_axis *axis, ptrdiff_t j);

/* The weight of sample index of the axis under the problem's quadrature rule; mostly 1. */
double conv_extend_weight(const conv_axis *axis, ptrdiff_t index);

/* X at a point of any rank: writes the weighted sample and answers true, or false where absent. */
bool conv_extend_sample(const conv_problem *problem, const void *signal, const ptrdiff_t *point,
                        void *sample);

/* Whether the axis has indices at which X is absent. */
bool conv_extend_has_absent(const conv_axis *axis);

/* Copies the box of X that begins at origin into tile, weights applied and absent samples 0.
 * tile_stride in elements, the last one 1. */
void conv_extend_gather(const conv_problem *problem, const void *signal, const ptrdiff_t *origin,
                        const size_t *extent, void *tile, const ptrdiff_t *tile_stride);

/* The signal as the caller has it, folded to the problem's contiguous extents; each sum is taken in
 * the widest type and rounded once. */
void conv_extend_fold(const conv_problem *problem, const void *signal, void *folded);

#endif
