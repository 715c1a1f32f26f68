/* The output cut into what reads plain samples in place and what lies at an edge. */
#ifndef CONV_PROBLEM_REGIONS_H
#define CONV_PROBLEM_REGIONS_H

#include "problem/problem.h"

/* Lattice indices begin[d]..end[d]-1 of the outputs all of whose taps meet plain, unweighted
 * samples; empty on an axis where there are none. */
typedef struct {
    size_t begin[CONV_MAX_RANK], end[CONV_MAX_RANK];
} conv_interior;

void conv_interior_find(const conv_problem *problem, conv_interior *interior);

/* Called for boxes of outputs, each wholly inside or wholly outside the interior; never empty. */
typedef void conv_region_body(const void *context, const size_t *begin, const size_t *end,
                              bool inside);

/* Cuts the box begin..end into regions. The order is fixed. begin and end are overwritten. */
void conv_regions_cut(int rank, const conv_interior *interior, size_t *begin, size_t *end,
                      conv_region_body *body, const void *context);

/* Steps index over the grid of boxes of `size` from begin to below end; false when it is through.
 */
bool conv_next_box(int rank, const size_t *begin, const size_t *end, const size_t *size,
                   size_t *index);

/* Copies a box of results, strides in elements and the last axis contiguous, to outputs. */
void conv_copy_results(const conv_problem *problem, const size_t *count, const char *from,
                       const ptrdiff_t *from_stride, char *to);

/* Element offset of an output. */
ptrdiff_t conv_output_offset(const conv_problem *problem, const size_t *index);

#endif
