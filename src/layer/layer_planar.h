/* Images with the channels first, of what has them last. */
#ifndef CONV_LAYER_LAYER_PLANAR_H
#define CONV_LAYER_LAYER_PLANAR_H

#include "layer/layer_loops.h"
#include "layer/layer_shape.h"

/* The side with the channels first; the bytes of an image, or 0 where it was so. */
size_t conv_layer_planar_side(conv_layer_side *side, size_t size);

typedef struct {
    const conv_layer_loops *loops;
    const conv_layer_side *side; /* as it is with the channels last */
    size_t size;                 /* bytes of an element */
    const char *from;
    char *to;
    bool to_planes; /* else back */
} conv_layer_turning;

/* Images that lie one after the other. */
void conv_layer_planar_turn(const conv_layer_turning *turning, size_t images, int threads);

#endif
