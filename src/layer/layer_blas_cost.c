/* What matrix products cost, fitted to OpenBLAS 0.3.21 on AVX-512, one thread. */
#include "layer/layer_blas.h"

#include "base/memory.h"

/* Nanoseconds of a vector's multiply-add; of four bytes of the samples' matrix, with what BLAS does
 * to pack them, with the channels last and first; more, where samples lie apart; of a piece that is
 * copied; of four bytes of weights, packed by us and in each product by BLAS; of four bytes of
 * results; of a product, and of a call. */
#define VECTOR 0.295
#define COLUMN_LAST 0.25
#define COLUMN_FIRST 0.15
#define APART 0.4
#define PIECE_LAST 4.0
#define PIECE_FIRST 5.0
#define WEIGHT 0.8
#define PRODUCT_WEIGHT 0.35
#define RESULT 0.4
#define PRODUCT 150.0
#define CALL 500.0

/* What BLAS multiplies, in its tiles: channels out count in these steps where they are in vectors,
 * and where they are rows. */
#define STEP_LAST 8
#define STEP_FIRST 4

static double up(size_t n, size_t step) {
    return (double)((n + step - 1) / step * step);
}

typedef struct {
    const conv_layer_side *from, *to;
    size_t in, out;
    double phases, taps, outputs, line; /* of one image; the last axis of a phase */
    bool plain, even;                   /* taps of the last axis are neighbours */
} sizes;

static sizes sizes_of(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    bool scatters = job->sum == CONV_LAYER_SCATTER;
    const conv_layer_side *wide = &shape->wide, *narrow = &shape->narrow;
    sizes s = {.from = scatters ? narrow : wide,
               .to = scatters ? wide : narrow,
               .in = scatters ? shape->narrow_channels : shape->wide_channels,
               .out = scatters ? shape->wide_channels : shape->narrow_channels,
               .phases = 1,
               .plain = shape->taps == 1 && wide->points == narrow->points};
    for (int d = 0; d < CONV_LAYER_AXES && scatters; d++)
        s.phases *= (double)conv_min(shape->stride[d], wide->extent[d]);
    s.taps = (double)shape->taps / s.phases;
    s.outputs = (double)s.to->points;
    s.line = (double)s.to->extent[CONV_LAYER_AXES - 1];
    if (scatters)
        s.line /= (double)conv_min(shape->stride[3], wide->extent[3]);
    s.even = shape->groups == 1 && shape->dilation[3] == 1 && (!scatters || shape->stride[3] == 1);
    return s;
}

/* Of one image and group. */
static double column_cost(const conv_layer_shape *shape, const sizes *s, bool scatters) {
    double elements = s->outputs * s->taps * (double)s->in, words = (double)shape->size / 4;
    if (s->plain)
        return 0;
    if (s->from->channel == 1)
        return COLUMN_LAST * words * elements +
               PIECE_LAST * s->outputs * s->taps / (s->even ? (double)shape->kernel[3] : 1);
    return (COLUMN_FIRST + (!scatters && shape->stride[3] > 1 ? APART : 0)) * words * elements +
           PIECE_FIRST * elements / s->line;
}

/* Whether the weights are packed for a product, by and large; layer_blas.c looks closer. */
static bool packs(const conv_layer_job *job, const sizes *s) {
    const conv_layer_weights *w = &job->shape->weights;
    ptrdiff_t in = job->sum == CONV_LAYER_SCATTER ? w->narrow : w->wide;
    ptrdiff_t out = job->sum == CONV_LAYER_SCATTER ? w->wide : w->narrow;
    return s->phases > 1 || !(job->shape->taps == 1 ? in == 1 || out == 1 : out == 1);
}

double conv_layer_blas_cost(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    bool products = job->sum == CONV_LAYER_PRODUCTS;
    sizes s = sizes_of(job);
    double lanes = conv_layer_loops_of(shape->dtype, job->level)->lanes;
    double words = (double)shape->size / 4, rows = s.taps * (double)s.in;
    double images = (double)shape->batch * (double)shape->groups;
    double matrix = rows * (double)s.out * words;
    double blocks =
        s.plain ? 1
                : s.phases + s.outputs * rows * (double)shape->size / (double)CONV_LAYER_BLAS_BLOCK;
    double image =
        VECTOR * s.outputs * rows * up(s.out, s.to->channel == 1 ? STEP_LAST : STEP_FIRST) / lanes +
        column_cost(shape, &s, job->sum == CONV_LAYER_SCATTER) +
        blocks * (PRODUCT + matrix * PRODUCT_WEIGHT) +
        RESULT * words * s.outputs * (double)s.out * (s.phases > 1 ? 2 : 1);
    double weights = products || packs(job, &s) ? (double)shape->weights.count * words : 0;
    return 1e-9 * (CALL + WEIGHT * weights + images * image);
}
