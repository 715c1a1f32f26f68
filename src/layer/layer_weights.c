/* Where weights are: the index, the count, and a dense layer's weights as a convolution's. */
#include <string.h>

#include "base/kept_errno.h"
#include "base/span.h"
#include "base/status.h"
#include "layer/layer_shape.h"

/* w.axis walks taps as correlated; k is an index into the array. */
static size_t index_of(const conv_layer_shape *shape, const conv_layer_desc *desc, size_t out,
                       size_t in, const size_t *k) {
    const conv_layer_weights *w = &shape->weights;
    size_t outs = desc->channels_out / desc->groups, ins = desc->channels_in / desc->groups;
    size_t wide = shape->transposed ? out % outs : in % ins;
    size_t narrow = shape->transposed ? in % ins : out % outs;
    ptrdiff_t index = w->origin + (ptrdiff_t)(out / outs) * w->group + (ptrdiff_t)wide * w->wide +
                      (ptrdiff_t)narrow * w->narrow;
    for (int d = 0; d < desc->rank; d++) {
        int axis = CONV_LAYER_AXES - desc->rank + d;
        size_t tap = desc->operation == CONV_CONVOLVE ? desc->kernel[d] - 1 - k[d] : k[d];
        index += (ptrdiff_t)tap * w->axis[axis];
    }
    return (size_t)index;
}

size_t conv_layer_weight_index(const conv_layer_desc *desc, size_t out, size_t in,
                               const size_t *k) {
    CONV_KEEP_ERRNO;
    conv_layer_shape shape;
    if (conv_layer_shape_init(&shape, desc) != CONV_OK)
        return SIZE_MAX;
    if (!k) {
        (void)conv_fail(CONV_ERR_NULL, "k is NULL");
        return SIZE_MAX;
    }
    if (out >= desc->channels_out || in >= desc->channels_in) {
        (void)conv_fail(CONV_ERR_RANGE, "out is %zu and in is %zu, must be less than %zu and %zu",
                        out, in, desc->channels_out, desc->channels_in);
        return SIZE_MAX;
    }
    for (int d = 0; d < desc->rank; d++)
        if (k[d] >= desc->kernel[d]) {
            (void)conv_fail(CONV_ERR_RANGE, "k[%d] is %zu, must be less than the kernel's %zu", d,
                            k[d], desc->kernel[d]);
            return SIZE_MAX;
        }
    size_t out_group = out / (desc->channels_out / desc->groups);
    size_t in_group = in / (desc->channels_in / desc->groups);
    if (out_group != in_group) {
        (void)conv_fail(CONV_ERR_RANGE,
                        "out %zu is of group %zu and in %zu of group %zu: no weight joins them",
                        out, out_group, in, in_group);
        return SIZE_MAX;
    }
    return index_of(&shape, desc, out, in, k);
}

size_t conv_layer_weight_count(const conv_layer_desc *desc) {
    CONV_KEEP_ERRNO;
    conv_layer_shape shape;
    return conv_layer_shape_init(&shape, desc) == CONV_OK ? shape.weights.count : 0;
}

static conv_status check_dense(const conv_layer_shape *shape, const conv_layer_desc *desc,
                               const void *dense, int layout, int flattened, void *w) {
    if (!dense || !w)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", dense ? "w" : "dense");
    if (layout < 0 || layout > CONV_DENSE_OUTPUTS_INPUTS)
        return conv_fail(CONV_ERR_ENUM, "layout is %d, must be 0..%d", layout,
                         CONV_DENSE_OUTPUTS_INPUTS);
    if (flattened < 0 || flattened > CONV_CHANNELS_LAST)
        return conv_fail(CONV_ERR_ENUM, "flattened is %d, must be 0..%d", flattened,
                         CONV_CHANNELS_LAST);
    if (desc->groups != 1 || desc->transposed)
        return conv_fail(CONV_ERR_METHOD,
                         "groups is %zu and transposed %d: a dense layer joins all channels, as "
                         "groups 1 and transposed 0 do",
                         desc->groups, desc->transposed);
    conv_span span = {0, (ptrdiff_t)(shape->weights.count * shape->size)};
    if (conv_spans_overlap(dense, span, w, span))
        return conv_fail(CONV_ERR_ALIAS, "w at %p overlaps dense at %p", w, dense);
    return CONV_OK;
}

/* The next row-major index. */
static void step_index(size_t *k, const size_t *extent, int rank) {
    for (int d = rank - 1; d >= 0 && ++k[d] == extent[d]; d--)
        k[d] = 0;
}

conv_status conv_layer_from_dense(const conv_layer_desc *desc, const void *dense,
                                  conv_dense_layout layout, conv_layer_layout flattened, void *w) {
    CONV_KEEP_ERRNO;
    conv_layer_shape shape;
    conv_status status = conv_layer_shape_init(&shape, desc);
    if (status == CONV_OK)
        status = check_dense(&shape, desc, dense, (int)layout, (int)flattened, w);
    if (status != CONV_OK)
        return status;
    size_t ins = desc->channels_in, outs = desc->channels_out, inputs = ins * shape.taps;
    size_t size = shape.size, k[CONV_LAYER_AXES] = {0}, tap[CONV_LAYER_AXES];
    const char *from = dense;
    char *to = w;
    for (size_t j = 0; j < shape.taps; j++, step_index(k, desc->kernel, desc->rank)) {
        for (int d = 0; d < desc->rank; d++)
            tap[d] = desc->operation == CONV_CONVOLVE ? desc->kernel[d] - 1 - k[d] : k[d];
        for (size_t in = 0; in < ins; in++) {
            size_t input = flattened == CONV_CHANNELS_FIRST ? in * shape.taps + j : j * ins + in;
            for (size_t out = 0; out < outs; out++) {
                size_t source =
                    layout == CONV_DENSE_INPUTS_OUTPUTS ? input * outs + out : out * inputs + input;
                memcpy(to + index_of(&shape, desc, out, in, tap) * size, from + source * size,
                       size);
            }
        }
    }
    return CONV_OK;
}
