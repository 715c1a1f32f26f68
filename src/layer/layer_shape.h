/* What a layer is: two sides, a kernel that slides over the wide one, and where the weights are.
 *
 * The wide side is what the kernel slides over, the narrow one what it gives: x and y of a layer,
 * y and x of a transposed one. They are tied by
 *     wide index = narrow index * stride + tap * dilation - before
 * on every axis, and all tasks are one of three sums over that relation. */
#ifndef CONV_LAYER_LAYER_SHAPE_H
#define CONV_LAYER_LAYER_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"

/* All arrays of axes have this many, right-aligned: axes that a layer lacks have extent 1. */
enum { CONV_LAYER_AXES = CONV_LAYER_MAX_RANK };

/* One of x and y. Strides in elements. */
typedef struct {
    size_t channels; /* of all groups */
    size_t extent[CONV_LAYER_AXES], points;
    ptrdiff_t batch, channel, axis[CONV_LAYER_AXES];
    size_t count; /* elements, with batch */
} conv_layer_side;

/* Element of w for group g, channels a and b within it, tap k:
 * origin + g * group + a * wide + b * narrow + sum k[d] * axis[d]. Taps as correlated. */
typedef struct {
    ptrdiff_t origin, group, wide, narrow, axis[CONV_LAYER_AXES];
    size_t count;
} conv_layer_weights;

typedef struct {
    conv_dtype dtype;
    size_t size; /* bytes of an element */
    bool transposed;
    size_t batch, groups;
    conv_layer_side wide, narrow;
    size_t wide_channels, narrow_channels; /* of one group */
    size_t kernel[CONV_LAYER_AXES], taps;
    size_t stride[CONV_LAYER_AXES], dilation[CONV_LAYER_AXES]; /* 1 where there is no second */
    ptrdiff_t before[CONV_LAYER_AXES];
    conv_layer_weights weights;
} conv_layer_shape;

/* The three sums. */
typedef enum {
    CONV_LAYER_GATHER,  /* narrow = sum over taps and wide channels */
    CONV_LAYER_SCATTER, /* wide = sum over taps and narrow channels */
    CONV_LAYER_PRODUCTS /* weights = sum over batch and points */
} conv_layer_sum;

static inline conv_layer_sum conv_layer_sum_of(const conv_layer_shape *shape,
                                               conv_layer_task task) {
    if (task == CONV_LAYER_GRAD_WEIGHTS)
        return CONV_LAYER_PRODUCTS;
    return (task == CONV_LAYER_FORWARD) != shape->transposed ? CONV_LAYER_GATHER
                                                             : CONV_LAYER_SCATTER;
}

static inline const conv_layer_side *conv_layer_x(const conv_layer_shape *shape) {
    return shape->transposed ? &shape->narrow : &shape->wide;
}

static inline const conv_layer_side *conv_layer_y(const conv_layer_shape *shape) {
    return shape->transposed ? &shape->wide : &shape->narrow;
}

/* Which narrow indices 0..count-1 meet a sample of the wide side under tap k of axis d:
 * *first..*last-1, which may be none. */
void conv_layer_meeting(const conv_layer_shape *shape, int d, size_t k, size_t *first,
                        size_t *last);

/* The kernel is taps x taps on the last two axes, whose steps are 1, and one tap on the others. */
bool conv_layer_has_kernel(const conv_layer_shape *shape, size_t taps);

/* Checks the description, and reads it. */
conv_status conv_layer_shape_init(conv_layer_shape *shape, const conv_layer_desc *desc);

#endif
