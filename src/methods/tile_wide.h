/* A tile of float samples through a transform in double: widened on its way in, rounded once on its
 * way out. */
#ifndef CONV_METHODS_TILE_WIDE_H
#define CONV_METHODS_TILE_WIDE_H

#include "methods/tile_transform.h"

/* Bytes for the samples and for the results in double; false where they overflow. */
bool conv_tile_wide_sizes(const conv_problem *problem, const conv_tile_shape *shape, size_t *in,
                          size_t *out);

/* The task in double, whose taps are to be in this memory; and these. */
void conv_tile_wide_task(const conv_task *task, conv_problem *problem, conv_task *wide,
                         const void *memory);
void conv_tile_wide_taps(const conv_task *task, void *memory);

/* Floats become doubles in the same memory, which has room for these. */
void conv_tile_wide_in_place(void *reals, size_t count);

/* io->in -> io->out, both of the problem's type; in, out: room as above. */
void conv_tile_wide_convolve(const conv_tile_transform *tile, const conv_problem *problem,
                             const conv_tile *io, double *in, double *out, void *scratch,
                             int threads);

#endif
