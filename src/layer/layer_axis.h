/* One axis of a layer: the shape formulas of the header. */
#ifndef CONV_LAYER_LAYER_AXIS_H
#define CONV_LAYER_LAYER_AXIS_H

#include <stddef.h>

#include "conv.h"

typedef struct {
    size_t kernel, stride, dilation, x, y; /* x and y: their extents */
    ptrdiff_t before;
} conv_layer_axis;

/* Axis d of the description, whose fields are not zero. Refuses what does not fit, by a sentence
 * that does the arithmetic. */
conv_status conv_layer_axis_init(conv_layer_axis *axis, const conv_layer_desc *desc, int d);

#endif
