/* Packed weights: groups, blocks of lanes, taps in the order of the flow, channels in, lanes. */
#include <string.h>

#include "layer/layer_taps.h"

size_t conv_layer_taps_packed(const conv_layer_taps *t) {
    size_t tap = conv_times(conv_times(t->in, t->padded), t->shape->size);
    return conv_times(conv_times(t->groups, t->taps), tap);
}

/* Where w has the tap that is number `place` in the flow's row-major order. */
static ptrdiff_t tap_place(const conv_layer_taps *t, size_t place) {
    ptrdiff_t index = 0;
    for (int d = CONV_LAYER_AXES - 1; d >= 0; d--) {
        const conv_layer_flow_axis *axis = &t->flow.axis[d];
        index += (ptrdiff_t)axis->tap[place % axis->taps] * t->shape->weights.axis[d];
        place /= axis->taps;
    }
    return index;
}

static void pack_block(const conv_layer_taps *t, size_t group, size_t block, const char *w,
                       char *to) {
    size_t size = t->shape->size, lanes = conv_layer_block_lanes(t, block),
           first = block * t->width;
    size_t real = conv_min(lanes, t->out - first);
    const char *from = w + (t->shape->weights.origin + (ptrdiff_t)group * t->shape->weights.group +
                            (ptrdiff_t)first * t->w_out) *
                               (ptrdiff_t)size;
    for (size_t tap = 0; tap < t->taps; tap++) {
        const char *at = from + tap_place(t, tap) * (ptrdiff_t)size;
        if (t->w_in == 1 && t->w_out != 1 && real == lanes) { /* rows and columns change places */
            t->loops->turn(at, t->w_out, lanes, t->in, to, (ptrdiff_t)lanes);
            to += t->in * lanes * size;
            continue;
        }
        for (size_t c = 0; c < t->in; c++, to += lanes * size) {
            t->loops->put(at + (ptrdiff_t)c * t->w_in * (ptrdiff_t)size, t->w_out, real, NULL, 0,
                          to, 1);
            memset(to + real * size, 0, (lanes - real) * size);
        }
    }
}

void conv_layer_taps_pack(const conv_layer_taps *t, const void *w, void *packed) {
    for (size_t g = 0; g < t->groups; g++)
        for (size_t b = 0; b < t->blocks; b++)
            pack_block(t, g, b, w,
                       (char *)packed + conv_layer_block_place(t, g, b) * t->shape->size);
}
