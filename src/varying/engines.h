/* The engines, in the order in which they are preferred. */
#ifndef CONV_VARYING_ENGINES_H
#define CONV_VARYING_ENGINES_H

#include <math.h>

#include "varying/varying.h"

extern const conv_engine conv_engine_plain, conv_engine_direct, conv_engine_bank,
    conv_engine_matrix;

/* The direct engine's `through`; outputs of a tile, and what the tiles of a thread need. */
bool conv_gauss_through(const conv_varying *plan, const conv_varying_line *line, size_t begin,
                        size_t end, void *scratch);
size_t conv_gauss_through_tile(size_t most);
size_t conv_gauss_through_scratch(const conv_varying *plan);

/* How many samples from either end of a line have a kernel that lies outside in part. */
static inline size_t conv_gauss_ends(const conv_varying *plan) {
    return (size_t)fmin(plan->reach, (double)plan->n);
}

#endif
