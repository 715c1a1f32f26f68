/* The samples under a layer's outputs as a matrix: one point per output, one row per tap and
 * channel (im2col), so that GATHER and SCATTER are a product of it with the weights, and the
 * gradient of the weights one of it with the other side. A sample that is absent is 0.
 *
 * Element (output i, row k), k = tap * channels + channel, is at i * rows + k where the side has
 * its channels last, at k * count + i where it has them first: a copy then moves neighbours. */
#ifndef CONV_LAYER_LAYER_COLUMNS_H
#define CONV_LAYER_LAYER_COLUMNS_H

#include "layer/layer_flow.h"

/* The outputs of one phase on every axis, in row-major order, over one group's channels. */
typedef struct {
    const conv_layer_flow *flow;
    const conv_layer_side *from;
    size_t channels, size; /* of a group; bytes of an element */
    const conv_layer_phase *phase[CONV_LAYER_AXES];
    size_t outputs, taps, rows; /* of the phase; rows = taps * channels */
} conv_layer_columns;

/* Outputs of a block that are neighbours on the last axis: `count` from index j of the phase on,
 * which are number `at` and up of the block. */
typedef struct {
    size_t j[CONV_LAYER_AXES], at, count;
} conv_layer_stretch;

size_t conv_layer_columns_phases(const conv_layer_flow *flow);
void conv_layer_columns_set(conv_layer_columns *columns, size_t phase);

/* The first stretch of outputs first..first+count-1, and the next; false after the last. */
void conv_layer_stretch_first(const conv_layer_columns *columns, size_t first, size_t count,
                              conv_layer_stretch *stretch);
bool conv_layer_stretch_next(const conv_layer_columns *columns, size_t count,
                             conv_layer_stretch *stretch);

/* The first weight of a group under tap `number` of the phase, in elements. */
ptrdiff_t conv_layer_columns_weight(const conv_layer_columns *columns,
                                    const conv_layer_weights *weights, size_t group, size_t number);

/* Some tap of some output meets no sample. */
bool conv_layer_columns_absent(const conv_layer_flow *flow);

/* The matrix is the image itself. */
bool conv_layer_columns_plain(const conv_layer_flow *flow);

/* Outputs first..first+count-1; image: the group's first channel. */
void conv_layer_columns_fill(const conv_layer_columns *columns, const void *image, size_t first,
                             size_t count, void *to);

#endif
