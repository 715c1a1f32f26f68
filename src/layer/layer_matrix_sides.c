/* The wide side of a layer in the order of its weights. */
#include "layer/layer_matrix.h"

/* Elements along one axis or the channels, which lie evenly on both sides. */
typedef struct {
    ptrdiff_t wide, row, wide_step, row_step;
    size_t count, channel; /* channel: of the first */
} stretch;

typedef void stretch_body(void *context, const stretch *s);

/* Where tap k of channel `channel` is: in an image, and in a row of the matrix. */
static void place(const conv_layer_matrix *m, size_t channel, const size_t *k, stretch *s) {
    const conv_layer_shape *shape = m->shape;
    const conv_layer_weights *w = &shape->weights;
    s->channel = channel;
    s->wide = (ptrdiff_t)channel * shape->wide.channel;
    s->row = w->origin + (ptrdiff_t)channel * w->wide;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        s->wide +=
            ((ptrdiff_t)(k[d] * shape->dilation[d]) - shape->before[d]) * shape->wide.axis[d];
        s->row += (ptrdiff_t)k[d] * w->axis[d];
    }
    s->row /= m->unit;
}

static void walk(const conv_layer_matrix *m, bool by_channels, stretch_body *body, void *context) {
    enum { LAST = CONV_LAYER_AXES - 1 };
    const conv_layer_shape *shape = m->shape;
    const size_t *extent = shape->kernel;
    size_t others = extent[0] * extent[1] * extent[2];
    stretch s = {.count = shape->wide_channels,
                 .wide_step = shape->wide.channel,
                 .row_step = shape->weights.wide / m->unit};
    if (!by_channels) {
        s.count = extent[LAST];
        s.wide_step = (ptrdiff_t)shape->dilation[LAST] * shape->wide.axis[LAST];
        s.row_step = shape->weights.axis[LAST] / m->unit;
    }
    for (size_t i = 0; i < others; i++)
        for (size_t j = 0; j < (by_channels ? extent[LAST] : shape->wide_channels); j++) {
            size_t k[CONV_LAYER_AXES] = {i / extent[2] / extent[1], i / extent[2] % extent[1],
                                         i % extent[2], by_channels ? j : 0};
            place(m, by_channels ? 0 : j, k, &s);
            body(context, &s);
        }
}

typedef struct {
    const conv_layer_matrix *m;
    const char *from, *bias;
    char *to;
    double beta;
} move;

static void take(void *context, const stretch *s) {
    const move *v = context;
    ptrdiff_t size = (ptrdiff_t)v->m->shape->size;
    v->m->loops->put(v->from + s->wide * size, s->wide_step, s->count, NULL, 0,
                     v->to + s->row * size, s->row_step);
}

static void put(void *context, const stretch *s) {
    const move *v = context;
    ptrdiff_t size = (ptrdiff_t)v->m->shape->size;
    const char *bias = v->bias ? v->bias + (ptrdiff_t)s->channel * size : NULL;
    v->m->loops->put(v->from + s->row * size, s->row_step, s->count, bias, v->beta,
                     v->to + s->wide * size, s->wide_step);
}

static bool by_channels(const conv_layer_matrix *m) {
    return m->shape->wide_channels > m->shape->kernel[CONV_LAYER_AXES - 1];
}

void conv_layer_matrix_take(const conv_layer_matrix *m, const char *wide, char *row) {
    move v = {.m = m, .from = wide, .to = row};
    walk(m, by_channels(m), take, &v);
}

void conv_layer_matrix_put(const conv_layer_matrix *m, const char *row, const char *bias,
                           double beta, char *wide) {
    move v = {.m = m, .from = row, .bias = bias, .to = wide, .beta = beta};
    walk(m, !bias && by_channels(m), put, &v);
}
