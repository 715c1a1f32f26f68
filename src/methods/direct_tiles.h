/* Tiles and chunks of taps of the direct method, and how often its sums round because of them. */
#ifndef CONV_METHODS_DIRECT_TILES_H
#define CONV_METHODS_DIRECT_TILES_H

#include "problem/problem.h"

/* Samples under a tile of outputs and a chunk of taps; SIZE_MAX: more than fit. */
size_t conv_direct_box(const conv_problem *problem, const size_t *tile, const size_t *chunk);

/* Halves what is longest until a gathered tile fits. A short signal under a long kernel gets chunks
 * of taps, and tiles, about as long as itself, so that chunks that meet no sample can be passed
 * over. room: bytes that there may be. */
void conv_direct_tiles(const conv_problem *problem, size_t room, size_t *tile, size_t *chunk);

/* Additions that the first product of an output goes through, its own rounding counted: at most
 * the number of taps, and of long sums, which are made of partial sums, far less. */
double conv_direct_roundings(const conv_problem *problem, size_t room);

#endif
