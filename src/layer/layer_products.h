/* What the files of layer_products share. */
#ifndef CONV_LAYER_LAYER_PRODUCTS_H
#define CONV_LAYER_LAYER_PRODUCTS_H

#include "layer/layer_direct.h"

/* A weight's sum is added up in blocks of at most so many terms, whose sums are added without an
 * error that counts (layer_fold.c): the error of a long sum is that of one block. */
enum { CONV_LAYER_BLOCK = 4096 };

/* How the sums lie over the vectors. */
typedef enum {
    CONV_LAYER_TILES,     /* tiles of one tap */
    CONV_LAYER_TAP_TILES, /* depthwise: lanes are groups, rows are taps of the last axis */
    CONV_LAYER_CHANNELS,  /* depthwise, kernels that stay in registers: lanes are groups, */
    CONV_LAYER_NEIGHBOURS /* or neighbours on a line, which are added up at the end: of these
                             kernels and those of one line */
} conv_layer_products_way;

struct conv_layer_products {
    const conv_layer_shape *shape;
    const conv_layer_loops *loops;
    int threads;
    conv_layer_products_way way;
    bool depthwise;
    bool wide_in_lanes;           /* else the narrow side */
    size_t groups, rows, lanes;   /* channels of a group in rows and in lanes */
    size_t padded, width, blocks; /* of the lanes, as in layer_taps.c */
    size_t row_tiles;             /* tiles of rows of a tap; depthwise: of the last axis' taps */
    conv_layer_image wide, narrow;
    size_t line_count, line;          /* narrow points: of all axes but the last, of the last */
    size_t chunk_lines, chunk_points; /* a chunk: some lines, or some points of one */
    size_t sums_bytes, segment_bytes;
    bool folds; /* more terms than one block */
};

/* What all threads share. */
typedef struct {
    const conv_layer_products *p;
    const conv_layer_call *call;
    const char *wide, *narrow; /* this image */
    char *sums, *high, *low, *wide_room, *narrow_room, *segments;
    size_t batch;
    size_t terms; /* of the block that the image before has begun */
    bool folded;  /* there was a block before that one */
} conv_layer_products_call;

/* A chunk of an image's points. */
typedef struct {
    size_t first_line, last_line, first, last;
    bool continues; /* sums do not begin with it */
} conv_layer_chunk;

/* Taps of all axes; depthwise: but the last. */
static inline size_t conv_layer_products_taps(const conv_layer_products *p) {
    return p->depthwise ? p->shape->taps / p->shape->kernel[CONV_LAYER_AXES - 1] : p->shape->taps;
}

/* Tap `number` of those, as indices. */
void conv_layer_products_tap(const conv_layer_products *p, size_t number, size_t *tap);

/* Sums of group, tap, row; lanes follow. */
static inline char *conv_layer_products_sums(const conv_layer_products_call *s, size_t group,
                                             size_t tap, size_t row) {
    const conv_layer_products *p = s->p;
    return s->sums + ((group * conv_layer_products_taps(p) + tap) * p->rows + row) * p->padded *
                         p->shape->size;
}

/* The weights of an item over a chunk, by tiles. */
void conv_layer_products_tile(const conv_layer_products_call *s, const conv_layer_chunk *c,
                              size_t item, conv_layer_segment *segment);

/* The kernel has taps on the last axis alone, and not many. */
bool conv_layer_products_one_line(const conv_layer_shape *shape);

/* The layer's kernel stays in registers: how; else CONV_LAYER_TAP_TILES. And items begin..end-1,
 * blocks of lanes or channels, over a chunk. */
conv_layer_products_way conv_layer_products_line_way(const conv_layer_shape *shape,
                                                     const conv_layer_loops *loops);
void conv_layer_products_lines(const conv_layer_products_call *s, const conv_layer_chunk *c,
                               size_t begin, size_t end);

#endif
