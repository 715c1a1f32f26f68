/* A box's samples to its results, by the transform. */
#ifndef CONV_METHODS_TILE_CONVOLVE_H
#define CONV_METHODS_TILE_CONVOLVE_H

#include "methods/tile_box.h"

/* The box is loaded and aimed. */
void conv_tile_convolve(conv_tile_box *run);

/* The tile is gathered and finite, and overflowed or vanished on its way: the same, divided by its
 * largest sample. That is not where the sum overflows. */
void conv_tile_convolve_scaled(const conv_tile_box *run);

#endif
