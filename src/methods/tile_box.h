/* One box of outputs on its way through a transform: the samples under it, and where its results
 * go. */
#ifndef CONV_METHODS_TILE_BOX_H
#define CONV_METHODS_TILE_BOX_H

#include "methods/tile_transform.h"

typedef struct {
    const conv_tile_transform *tile;
    const conv_task *task;
    const char *signal;
    char *output;
    char *gathered, *result, *wide, *pattern, *scratch;
    ptrdiff_t origin[CONV_MAX_RANK]; /* position of X at the tile's first sample */
    size_t begin[CONV_MAX_RANK];     /* unit-lattice outputs of the box that samples reach */
    conv_tile io;
    bool has_taps; /* the outputs have the products of NaN and Inf taps, too */
    int threads;
} conv_tile_box;

/* Places the tile. False where no sample reaches the box: its outputs are 0. */
bool conv_tile_box_place(conv_tile_box *run, const size_t *first, const size_t *count);

/* Whether the tile is plain, unweighted samples that a transform can read where they lie. */
bool conv_tile_box_is_plain(const conv_tile_box *run);

/* The tile's samples: a copy of them; and where a transform can read them, there. */
void conv_tile_box_gather(conv_tile_box *run);
void conv_tile_box_load(conv_tile_box *run);

/* Where the results go. */
void conv_tile_box_aim(conv_tile_box *run);

#endif
