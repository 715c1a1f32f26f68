/* What the files of layer_taps share: GATHER and SCATTER by tiles, outputs of a line times
 * channels, summed over taps and channels. */
#ifndef CONV_LAYER_LAYER_TAPS_H
#define CONV_LAYER_LAYER_TAPS_H

#include "base/memory.h"
#include "layer/layer_direct.h"
#include "layer/layer_flow.h"

/* What one item of the work is: a stretch of lines of one group, or a piece of one line. */
typedef struct {
    size_t lines;  /* of an image: outputs of all axes but the last */
    size_t chunk;  /* lines of an item; 1 where a line has more than one piece */
    size_t chunks; /* items of a group: of lines, */
    size_t pieces; /* and of a line */
} conv_layer_cut;

struct conv_layer_taps {
    const conv_layer_shape *shape;
    const conv_layer_loops *loops;
    conv_layer_flow flow;
    int threads, rows;              /* rows: of a tile, at most */
    bool depthwise;                 /* lanes are groups */
    bool by_lines;                  /* depthwise, by lines that share samples */
    size_t groups, in, out, blocks; /* channels of a group as the tiles see them; blocks of lanes */
    size_t width;                   /* lanes of a whole block */
    size_t padded;                  /* lanes of all blocks of a group */
    const conv_layer_side *from, *to;
    ptrdiff_t w_in, w_out; /* strides of w */
    conv_layer_image image;
    bool own_images; /* every thread turns images of its own */
    bool direct_out; /* tiles write the output themselves */
    conv_layer_cut cut;
    size_t taps;     /* that any output takes; a stride can leave some out */
    size_t segments; /* the most of one tile */
    size_t bias_bytes, images_bytes, segment_bytes, tile_bytes;
};

/* Tiles whose outputs are put in their places together, where they do not lie as in a tile. */
enum { CONV_LAYER_TILE_MEMORY = 64 };

/* Lanes of a block, padding included. */
static inline size_t conv_layer_block_lanes(const conv_layer_taps *t, size_t block) {
    return conv_min(t->width, t->padded - block * t->width);
}

/* Elements before a block's first weight. */
static inline size_t conv_layer_block_place(const conv_layer_taps *t, size_t group, size_t block) {
    return (group * t->padded + block * t->width) * t->taps * t->in;
}

/* What an item works with. */
typedef struct {
    const conv_layer_taps *t;
    const conv_layer_call *call;
    const char *input, *bias;
    char *output; /* of the batch's element */
    conv_layer_segment *segment;
    char *tile;
    size_t group;
} conv_layer_bench;

/* Outputs of line `number` that lie in a piece of it, for one block; depthwise, for all. */
void conv_layer_taps_line(const conv_layer_bench *b, size_t number, size_t piece, size_t block);

/* The layer's kernel stays in registers; and item number `item` of an image then, some lines. */
bool conv_layer_taps_fit_lines(const conv_layer_taps *t);
size_t conv_layer_taps_line_items(const conv_layer_taps *t);
void conv_layer_taps_lines(const conv_layer_bench *b, size_t item);

#endif
