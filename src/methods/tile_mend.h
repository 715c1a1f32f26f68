/* NaN and Inf on their way through a transform, which spreads them everywhere. */
#ifndef CONV_METHODS_TILE_MEND_H
#define CONV_METHODS_TILE_MEND_H

#include "methods/tile_box.h"

/* The results of a box that is loaded and aimed: of NaN and Inf samples, those that the sum has.
 * The same whether a look at a few samples or at a result tells that there are any. */
void conv_tile_mend(conv_tile_box *run);

/* Adds the products of NaN and Inf taps, where the tile does that by patterns. */
void conv_tile_mend_taps(conv_tile_box *run);

#endif
