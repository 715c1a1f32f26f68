/* Packed weights: groups, channels out, channels in, outer taps; then the kernels of the last two
 * axes' phases, one after the other. */
#include <string.h>

#include "base/memory.h"
#include "layer/layer_planes.h"

size_t conv_layer_planes_packed(const conv_layer_planes *p) {
    size_t pairs = conv_times(conv_times(p->shape->groups, p->out), p->in);
    return conv_times(pairs, conv_times(p->taps, p->shape->size));
}

size_t conv_layer_planes_kernel(const conv_layer_planes *p, size_t a, size_t b,
                                const conv_layer_phase *rows, const conv_layer_phase *columns) {
    const conv_layer_flow_axis *axis = p->flow.axis;
    return ((a * axis[1].taps + b) * axis[2].taps + rows->first) * axis[3].taps +
           rows->taps * columns->first;
}

static void pack_kernel(const conv_layer_planes *p, const char *w, char *packed, size_t a, size_t b,
                        const conv_layer_phase *rows, const conv_layer_phase *columns) {
    const conv_layer_flow_axis *axis = p->flow.axis;
    const ptrdiff_t *step = p->shape->weights.axis;
    size_t size = p->shape->size;
    char *to = packed + conv_layer_planes_kernel(p, a, b, rows, columns) * size;
    ptrdiff_t outer = (ptrdiff_t)axis[0].tap[a] * step[0] + (ptrdiff_t)axis[1].tap[b] * step[1];
    for (size_t i = rows->first; i < rows->first + rows->taps; i++)
        for (size_t j = columns->first; j < columns->first + columns->taps; j++, to += size) {
            ptrdiff_t at =
                outer + (ptrdiff_t)axis[2].tap[i] * step[2] + (ptrdiff_t)axis[3].tap[j] * step[3];
            memcpy(to, w + at * (ptrdiff_t)size, size);
        }
}

static void pack_pair(const conv_layer_planes *p, const char *w, char *packed) {
    const conv_layer_flow_axis *axis = p->flow.axis;
    for (size_t a = 0; a < axis[0].taps; a++)
        for (size_t b = 0; b < axis[1].taps; b++)
            for (size_t i = 0; i < axis[2].phases; i++)
                for (size_t j = 0; j < axis[3].phases; j++)
                    pack_kernel(p, w, packed, a, b, &axis[2].phase[i], &axis[3].phase[j]);
}

size_t conv_layer_planes_pair(const conv_layer_planes *p, size_t group, size_t out, size_t in) {
    return ((group * p->out + out) * p->in + in) * p->taps;
}

void conv_layer_planes_pack(const conv_layer_planes *p, const void *w, void *packed) {
    const conv_layer_weights *weights = &p->shape->weights;
    ptrdiff_t size = (ptrdiff_t)p->shape->size;
    for (size_t g = 0; g < p->shape->groups; g++)
        for (size_t out = 0; out < p->out; out++)
            for (size_t in = 0; in < p->in; in++) {
                ptrdiff_t at = weights->origin + (ptrdiff_t)g * weights->group +
                               (ptrdiff_t)out * p->w_out + (ptrdiff_t)in * p->w_in;
                pack_pair(p, (const char *)w + at * size,
                          (char *)packed + conv_layer_planes_pair(p, g, out, in) * (size_t)size);
            }
}
