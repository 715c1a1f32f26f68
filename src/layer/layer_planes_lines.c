/* Planes whose kernel stays in registers, read where they are. */
#include "layer/layer_planes.h"

enum { LINES_AXIS = CONV_LAYER_AXES - 2, LAST = CONV_LAYER_AXES - 1 };

bool conv_layer_planes_fit_lines(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    const conv_layer_loops *loops = conv_layer_loops_of(shape->dtype, job->level);
    size_t in = job->sum == CONV_LAYER_GATHER ? shape->wide_channels : shape->narrow_channels;
    return job->sum != CONV_LAYER_PRODUCTS && in == 1 && shape->wide.axis[LAST] == 1 &&
           shape->narrow.axis[LAST] == 1 &&
           conv_layer_has_kernel(shape, (size_t)loops->line_kernel);
}

/* Elements from the view's first sample to that of the plane's; false where there is no plane. */
static bool find_plane(const conv_layer_planes *p, const conv_layer_planes_view *view,
                       const conv_layer_planes_place *at, ptrdiff_t *place) {
    *place = 0;
    for (int d = 0; d < LINES_AXIS; d++) {
        const conv_layer_flow_axis *axis = &p->flow.axis[d];
        if (at->first[d] >= at->last[d])
            return false;
        *place += ((ptrdiff_t)(at->j[d] * axis->step) + axis->offset[at->phase[d]->first]) *
                  view->axis[d];
    }
    return true;
}

void conv_layer_planes_lines(const conv_layer_planes_call *s, const conv_layer_planes_view *view,
                             const conv_layer_planes_place *at, size_t group, size_t out,
                             char *to) {
    const conv_layer_planes *p = s->p;
    const conv_layer_flow_axis *rows = &p->flow.axis[LINES_AXIS], *columns = &p->flow.axis[LAST];
    size_t size = p->shape->size, channel = group * p->out + out;
    ptrdiff_t place;
    const char *w = (const char *)s->call->w + conv_layer_planes_pair(p, group, out, 0) * size;
    bool is_there = find_plane(p, view, at, &place);
    const conv_layer_plane plane = {
        .a_line = view->axis[LINES_AXIS],
        .c_line = p->to->axis[LINES_AXIS],
        .first_line = rows->offset[0],
        .first = columns->offset[0],
        .lines = rows->outputs,
        .count = columns->outputs,
        .a_lines = is_there ? rows->inputs : 0,
        .a_columns = columns->inputs,
        .bias = s->call->bias ? (const char *)s->call->bias + channel * size : NULL,
        .beta = s->call->beta,
    };
    p->loops->plane_sums(&plane, view->data + place * (ptrdiff_t)size, w, to);
}
