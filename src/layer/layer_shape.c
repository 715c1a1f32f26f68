/* Descriptions of layers: checked, and read into shapes. */
#include "layer/layer_shape.h"

#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "layer/layer_axis.h"
#include "layer/layer_check.h"

void conv_layer_meeting(const conv_layer_shape *shape, int d, size_t k, size_t *first,
                        size_t *last) {
    ptrdiff_t stride = (ptrdiff_t)shape->stride[d];
    ptrdiff_t at = (ptrdiff_t)(k * shape->dilation[d]) - shape->before[d]; /* of narrow index 0 */
    ptrdiff_t end = (ptrdiff_t)shape->wide.extent[d] - at;
    size_t low = at < 0 ? (size_t)((-at + stride - 1) / stride) : 0;
    size_t high = end > 0 ? (size_t)((end + stride - 1) / stride) : 0;
    *last = conv_min(high, shape->narrow.extent[d]);
    *first = conv_min(low, *last);
}

/* Row-major strides of an array whose last axis has the stride `step`. */
static void strides_of(const size_t *extent, size_t step, ptrdiff_t *stride) {
    for (int d = CONV_LAYER_AXES - 1; d >= 0; d--) {
        stride[d] = (ptrdiff_t)step;
        step *= extent[d];
    }
}

static conv_status init_side(conv_layer_side *side, const char *name, conv_layer_layout layout,
                             size_t channels, const conv_layer_desc *desc, size_t size) {
    size_t points = 1, count, bytes;
    side->channels = channels;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        if (!conv_multiply(points, side->extent[d], &points))
            return conv_fail(CONV_ERR_OVERFLOW, "the extents of %s are too large", name);
    if (!conv_multiply(points, channels, &count) || !conv_multiply(count, desc->batch, &count) ||
        !conv_multiply(count, size, &bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "%s of %zu x %zu channels x %zu points is too large",
                         name, desc->batch, channels, points);
    side->points = points;
    side->count = count;
    side->batch = (ptrdiff_t)(points * channels);
    side->channel = layout == CONV_CHANNELS_LAST ? 1 : (ptrdiff_t)points;
    strides_of(side->extent, layout == CONV_CHANNELS_LAST ? channels : 1, side->axis);
    return CONV_OK;
}

/* How far apart what neighbours on an axis meet is in memory is counted before it is known whether
 * they meet anything, and must fit. A single point, a single tap has no neighbours. */
static conv_status init_steps(conv_layer_shape *shape) {
    size_t inner = conv_times(shape->wide.channels, shape->size);
    for (int d = CONV_LAYER_AXES - 1; d >= 0; d--) {
        if (shape->narrow.extent[d] == 1)
            shape->stride[d] = 1;
        if (shape->kernel[d] == 1)
            shape->dilation[d] = 1;
        if (conv_times(inner, conv_max(shape->stride[d], shape->dilation[d])) > CONV_MAX_BYTES)
            return conv_fail(CONV_ERR_OVERFLOW,
                             "stride %zu and dilation %zu on points of %zu bytes are too large",
                             shape->stride[d], shape->dilation[d], inner);
        inner = conv_times(inner, shape->wide.extent[d]);
    }
    return CONV_OK;
}

/* Strides of the layer's in and out; the shape's wide and narrow are set from them. */
static conv_status init_weights(conv_layer_shape *shape, const conv_layer_desc *desc) {
    conv_layer_weights *w = &shape->weights;
    size_t in = desc->channels_in / desc->groups, out = desc->channels_out / desc->groups;
    size_t taps = 1, count, bytes, step;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        if (!conv_multiply(taps, shape->kernel[d], &taps))
            return conv_fail(CONV_ERR_OVERFLOW, "the kernel's extents are too large");
    if (!conv_multiply(desc->channels_out, in, &count) || !conv_multiply(count, taps, &count) ||
        !conv_multiply(count, shape->size, &bytes))
        return conv_fail(CONV_ERR_OVERFLOW,
                         "weights of %zu channels out x %zu channels in x %zu taps are too large",
                         desc->channels_out, in, taps);
    ptrdiff_t w_in = 0, w_out = 0;
    switch (desc->w_layout) {
    case CONV_WEIGHTS_TORCH:
        w_in = (ptrdiff_t)taps, w_out = (ptrdiff_t)(in * taps), w->group = (ptrdiff_t)out * w_out;
        break;
    case CONV_WEIGHTS_TORCH_TRANSPOSED:
        w_out = (ptrdiff_t)taps, w_in = (ptrdiff_t)(out * taps), w->group = (ptrdiff_t)in * w_in;
        break;
    case CONV_WEIGHTS_KERAS:
        w_out = 1, w_in = (ptrdiff_t)desc->channels_out, w->group = (ptrdiff_t)out;
        break;
    case CONV_WEIGHTS_KERAS_TRANSPOSED:
        w_in = 1, w_out = (ptrdiff_t)desc->channels_in, w->group = (ptrdiff_t)in;
        break;
    }
    bool is_keras =
        desc->w_layout == CONV_WEIGHTS_KERAS || desc->w_layout == CONV_WEIGHTS_KERAS_TRANSPOSED;
    step = is_keras ? count / taps : 1;
    strides_of(shape->kernel, step, w->axis);
    w->origin = 0;
    for (int d = 0; d < CONV_LAYER_AXES && desc->operation == CONV_CONVOLVE; d++) {
        w->origin += (ptrdiff_t)(shape->kernel[d] - 1) * w->axis[d];
        w->axis[d] = -w->axis[d];
    }
    w->wide = shape->transposed ? w_out : w_in;
    w->narrow = shape->transposed ? w_in : w_out;
    w->count = count;
    shape->taps = taps;
    return CONV_OK;
}

static conv_status init_axes(conv_layer_shape *shape, const conv_layer_desc *desc) {
    conv_layer_side *x = shape->transposed ? &shape->narrow : &shape->wide;
    conv_layer_side *y = shape->transposed ? &shape->wide : &shape->narrow;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        int own = d - (CONV_LAYER_AXES - desc->rank);
        conv_layer_axis axis = {.kernel = 1, .stride = 1, .dilation = 1, .x = 1, .y = 1};
        conv_status status = own < 0 ? CONV_OK : conv_layer_axis_init(&axis, desc, own);
        if (status != CONV_OK)
            return status;
        shape->kernel[d] = axis.kernel;
        shape->stride[d] = axis.stride;
        shape->dilation[d] = axis.dilation;
        shape->before[d] = axis.before;
        x->extent[d] = axis.x;
        y->extent[d] = axis.y;
    }
    return CONV_OK;
}

bool conv_layer_has_kernel(const conv_layer_shape *shape, size_t taps) {
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        bool is_plane = d >= CONV_LAYER_AXES - 2;
        if (shape->kernel[d] != (is_plane ? taps : 1))
            return false;
        if (is_plane && (shape->stride[d] != 1 || shape->dilation[d] != 1))
            return false;
    }
    return true;
}

conv_status conv_layer_shape_init(conv_layer_shape *shape, const conv_layer_desc *desc) {
    memset(shape, 0, sizeof *shape);
    conv_status status = conv_layer_check(desc);
    if (status != CONV_OK)
        return status;
    shape->dtype = desc->dtype;
    shape->size = conv_dtype_size(desc->dtype);
    shape->transposed = desc->transposed != 0;
    shape->batch = desc->batch;
    shape->groups = desc->groups;
    if ((status = init_axes(shape, desc)) != CONV_OK)
        return status;
    conv_layer_side *x = shape->transposed ? &shape->narrow : &shape->wide;
    conv_layer_side *y = shape->transposed ? &shape->wide : &shape->narrow;
    status = init_side(x, "x", desc->x_layout, desc->channels_in, desc, shape->size);
    if (status == CONV_OK)
        status = init_side(y, "y", desc->y_layout, desc->channels_out, desc, shape->size);
    if (status == CONV_OK)
        status = init_weights(shape, desc);
    if (status == CONV_OK)
        status = init_steps(shape);
    shape->wide_channels = shape->wide.channels / shape->groups;
    shape->narrow_channels = shape->narrow.channels / shape->groups;
    return status;
}
