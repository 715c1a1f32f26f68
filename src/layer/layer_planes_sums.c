/* One output plane by sliding sums, or where weights are not finite tap by tap. */
#include <string.h>

#include "layer/layer_planes.h"

/* The sum over channels in and outer taps of one pair of phases. */
static void sum_sliding(const conv_layer_planes_call *s, const conv_layer_planes_view *view,
                        const conv_layer_planes_place *at, size_t group, size_t out, char *to,
                        ptrdiff_t to_row) {
    const conv_layer_planes *p = s->p;
    const conv_layer_flow_axis *axis = p->flow.axis;
    const conv_layer_phase *rows = at->phase[2], *columns = at->phase[3];
    size_t size = p->shape->size;
    bool accumulate = false;
    for (size_t a = at->first[0]; a < at->last[0]; a++)
        for (size_t b = at->first[1]; b < at->last[1]; b++)
            for (size_t in = 0; in < p->in && rows->taps * columns->taps > 0; in++) {
                size_t outer[2] = {at->phase[0]->first + a, at->phase[1]->first + b};
                ptrdiff_t x = (ptrdiff_t)in * view->channel +
                              axis[2].offset[rows->first] * view->axis[2] +
                              axis[3].offset[columns->first];
                for (int d = 0; d < 2; d++)
                    x += ((ptrdiff_t)(at->j[d] * axis[d].step) + axis[d].offset[outer[d]]) *
                         view->axis[d];
                const char *w = (const char *)s->call->w +
                                (conv_layer_planes_pair(p, group, out, in) +
                                 conv_layer_planes_kernel(p, outer[0], outer[1], rows, columns)) *
                                    size;
                const char *from = view->data + x * (ptrdiff_t)size;
                if (rows->count == 1 && rows->taps == 1)
                    p->slide->slide(from, w, columns->taps, to, columns->count, accumulate);
                else
                    p->slide->slide_rows(from, view->axis[2], w, rows->taps, columns->taps, to,
                                         to_row, rows->count, columns->count, accumulate);
                accumulate = true;
            }
    for (size_t r = 0; !accumulate && r < rows->count; r++)
        memset(to + (ptrdiff_t)r * to_row * (ptrdiff_t)size, 0, columns->count * size);
}

/* The same, tap by tap where there is a sample, without the zeros. */
static void sum_literally(const conv_layer_planes_call *s, const conv_layer_planes_view *view,
                          const conv_layer_planes_place *at, size_t group, size_t out, char *to,
                          ptrdiff_t to_row) {
    const conv_layer_planes *p = s->p;
    const conv_layer_flow_axis *axis = p->flow.axis;
    ptrdiff_t size = (ptrdiff_t)p->shape->size;
    for (size_t i = 0; i < at->phase[2]->count * at->phase[3]->count; i++) {
        size_t j[4] = {at->j[0], at->j[1], i / at->phase[3]->count, i % at->phase[3]->count};
        size_t first[4], last[4], t[4];
        long double sum[2] = {0, 0};
        for (int d = 0; d < CONV_LAYER_AXES; d++)
            conv_layer_flow_inside(&axis[d], at->phase[d], j[d], &first[d], &last[d]);
        for (t[0] = first[0]; t[0] < last[0]; t[0]++)
            for (t[1] = first[1]; t[1] < last[1]; t[1]++)
                for (t[2] = first[2]; t[2] < last[2]; t[2]++)
                    for (t[3] = first[3]; t[3] < last[3]; t[3]++) {
                        ptrdiff_t x = 0;
                        for (int d = 0; d < CONV_LAYER_AXES; d++)
                            x += ((ptrdiff_t)(j[d] * axis[d].step) +
                                  axis[d].offset[at->phase[d]->first + t[d]]) *
                                 (d == 3 ? 1 : view->axis[d]);
                        size_t w = conv_layer_planes_kernel(p, at->phase[0]->first + t[0],
                                                            at->phase[1]->first + t[1],
                                                            at->phase[2], at->phase[3]) +
                                   t[2] * at->phase[3]->taps + t[3];
                        for (size_t in = 0; in < p->in; in++)
                            p->elements->multiply_add(
                                sum, view->data + (x + (ptrdiff_t)in * view->channel) * size,
                                (const char *)s->call->w +
                                    (ptrdiff_t)(conv_layer_planes_pair(p, group, out, in) + w) *
                                        size);
                    }
        p->elements->round_sum(sum, to + ((ptrdiff_t)j[2] * to_row + (ptrdiff_t)j[3]) * size);
    }
}

void conv_layer_planes_sum(const conv_layer_planes_call *s, const conv_layer_planes_view *view,
                           const conv_layer_planes_place *at, size_t group, size_t out, char *to,
                           ptrdiff_t to_row) {
    if (s->literal)
        sum_literally(s, view, at, group, out, to, to_row);
    else
        sum_sliding(s, view, at, group, out, to, to_row);
}
