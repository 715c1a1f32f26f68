#include <cblas.h>
#include <string.h>

#include "base/memory.h"
#include "layer/layer_blas.h"

static bool conv_layer_is_last(const conv_layer_side *side) {
    return side->channel == 1;
}

/* A row-major matrix, or its transpose. step: elements between its rows as they lie. */
typedef struct {
    const void *at;
    size_t step;
    bool turned;
} matrix;

/* c = a b + beta c, rows x columns, summed over `depth`. */
static void multiply(const conv_layer_blas *s, size_t rows, size_t columns, size_t depth, matrix a,
                     matrix b, double beta, void *c, size_t c_step) {
    CBLAS_TRANSPOSE turn_a = a.turned ? CblasTrans : CblasNoTrans;
    CBLAS_TRANSPOSE turn_b = b.turned ? CblasTrans : CblasNoTrans;
    int m = (int)rows, n = (int)columns, k = (int)depth;
    if (s->job.shape->size == sizeof(double))
        cblas_dgemm(CblasRowMajor, turn_a, turn_b, m, n, k, 1, a.at, (int)a.step, b.at, (int)b.step,
                    beta, c, (int)c_step);
    else
        cblas_sgemm(CblasRowMajor, turn_a, turn_b, m, n, k, 1, a.at, (int)a.step, b.at, (int)b.step,
                    (float)beta, c, (int)c_step);
}

/* One block: outputs first..first+count-1 of the phase in `columns`. */
typedef struct {
    const conv_layer_blas *s;
    const conv_layer_call *call;
    conv_layer_columns columns;
    size_t batch, group, first, count;
    char *column_room, *output_room, *sums;
} block;

/* A channel of an image of a side, in bytes from the array's beginning. */
static ptrdiff_t image_at(const block *b, const conv_layer_side *side, size_t channel) {
    return ((ptrdiff_t)b->batch * side->batch + (ptrdiff_t)channel * side->channel) *
           (ptrdiff_t)b->s->job.shape->size;
}

/* Points from `first` of the group's channels as they lie: points x channels. */
static matrix side_matrix(const block *b, const conv_layer_side *side, const void *data,
                          size_t channels) {
    bool last = conv_layer_is_last(side);
    size_t first = b->first * (last ? side->channels : 1) * b->s->job.shape->size;
    return (matrix){(const char *)data + image_at(b, side, b->group * channels) + first,
                    last ? side->channels : side->points, !last};
}

/* The samples' matrix: outputs x rows. */
static matrix sample_matrix(const block *b) {
    const conv_layer_blas *s = b->s;
    const void *data = s->job.sum == CONV_LAYER_SCATTER ? b->call->narrow : b->call->wide;
    if (s->plain)
        return side_matrix(b, s->from, data, s->in);
    conv_layer_columns_fill(&b->columns,
                            (const char *)data + image_at(b, s->from, b->group * s->in), b->first,
                            b->count, b->column_room);
    bool last = conv_layer_is_last(s->from);
    return (matrix){b->column_room, last ? b->columns.rows : b->count, !last};
}

static const char *bias_of(const block *b) {
    const char *bias = b->call->bias;
    return bias ? bias + b->group * b->s->out * b->s->job.shape->size : NULL;
}

/* Sums of samples and weights, outputs x out or, where channels come first, out x outputs. */
static void multiply_weights(const block *b, const char *weights, double beta, char *to,
                             size_t step) {
    const conv_layer_blas *s = b->s;
    matrix samples = sample_matrix(b), w = {weights, s->weight_step, s->weights_turned};
    if (conv_layer_is_last(s->to)) {
        multiply(s, b->count, s->out, b->columns.rows, samples, w, beta, to, step);
        return;
    }
    samples.turned = !samples.turned;
    w.turned = !w.turned;
    multiply(s, s->out, b->count, b->columns.rows, w, samples, beta, to, step);
}

/* Outputs that are neighbours: straight into the result. */
static void run_placed(const block *b, const char *weights) {
    const conv_layer_blas *s = b->s;
    size_t size = s->job.shape->size,
           step = conv_layer_is_last(s->to) ? s->to->channels : s->to->points;
    const char *bias = bias_of(b);
    char *to = (char *)b->call->to + image_at(b, s->to, b->group * s->out) +
               b->first * (conv_layer_is_last(s->to) ? step : 1) * size;
    multiply_weights(b, weights, b->call->beta, to, step);
    if (!bias)
        return;
    if (conv_layer_is_last(s->to))
        for (size_t i = 0; i < b->count; i++)
            s->elements->add(to + i * step * size, 1, bias, s->out);
    else
        for (size_t c = 0; c < s->out; c++, to += step * size)
            s->loops->put(to, 1, b->count, bias + c * size, 0, to, 1);
}

/* A phase's outputs have others between them: by way of the workspace. */
static void put_stretch(const block *b, const conv_layer_stretch *stretch) {
    const conv_layer_blas *s = b->s;
    ptrdiff_t size = (ptrdiff_t)s->job.shape->size, at = 0, step = 0;
    const char *bias = bias_of(b), *from = b->output_room;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        const conv_layer_flow_axis *axis = &s->flow.axis[d];
        step = (ptrdiff_t)axis->pitch * s->to->axis[d];
        at += (ptrdiff_t)b->columns.phase[d]->at * s->to->axis[d] + (ptrdiff_t)stretch->j[d] * step;
    }
    char *to = (char *)b->call->to + image_at(b, s->to, b->group * s->out) + at * size;
    if (conv_layer_is_last(s->to)) {
        for (size_t i = 0; i < stretch->count; i++) {
            char *row = b->output_room + (stretch->at + i) * s->out * (size_t)size;
            if (bias)
                s->elements->add(row, 1, bias, s->out);
            s->loops->put(row, 1, s->out, NULL, b->call->beta, to + (ptrdiff_t)i * step * size, 1);
        }
        return;
    }
    for (size_t c = 0; c < s->out; c++, to += s->to->channel * size)
        s->loops->put(from + (c * b->count + stretch->at) * (size_t)size, 1, stretch->count,
                      bias ? bias + (ptrdiff_t)c * size : NULL, b->call->beta, to, step);
}

static void run_spread(const block *b, const char *weights) {
    const conv_layer_blas *s = b->s;
    conv_layer_stretch stretch;
    if (b->columns.rows == 0)
        memset(b->output_room, 0, b->count * s->out * s->job.shape->size);
    else
        multiply_weights(b, weights, 0, b->output_room,
                         conv_layer_is_last(s->to) ? s->out : b->count);
    conv_layer_stretch_first(&b->columns, b->first, b->count, &stretch);
    do
        put_stretch(b, &stretch);
    while (conv_layer_stretch_next(&b->columns, b->count, &stretch));
}

static void sum_image(block *b, const char *weights) {
    const conv_layer_blas *s = b->s;
    for (size_t p = 0; p < s->phases; p++) {
        conv_layer_columns_set(&b->columns, p);
        size_t size = s->job.shape->size;
        size_t bytes = s->as_they_are ? (size_t)s->job.shape->weights.group * size
                                      : b->columns.rows * s->out * size;
        for (b->group = 0; b->group < s->job.shape->groups; b->group++, weights += bytes)
            for (b->first = 0; b->first < b->columns.outputs; b->first += s->block) {
                b->count = conv_min(s->block, b->columns.outputs - b->first);
                if (s->placed)
                    run_placed(b, weights);
                else
                    run_spread(b, weights);
            }
    }
}

/* One image's part of the weights' gradient: rows x out for every group. */
static void add_image(block *b) {
    const conv_layer_blas *s = b->s;
    char *sums = b->sums;
    conv_layer_columns_set(&b->columns, 0);
    size_t rows = b->columns.rows, bytes = rows * s->out * s->job.shape->size;
    for (b->group = 0; b->group < s->job.shape->groups; b->group++, sums += bytes)
        for (b->first = 0; b->first < b->columns.outputs; b->first += s->block) {
            b->count = conv_min(s->block, b->columns.outputs - b->first);
            matrix samples = sample_matrix(b);
            samples.turned = !samples.turned;
            multiply(s, rows, s->out, b->count, samples,
                     side_matrix(b, s->to, b->call->narrow, s->out),
                     b->batch > 0 || b->first > 0 ? 1 : 0, sums, s->out);
        }
}

/* The sums as weights: dw = sums + beta dw. */
static void put_weights(const block *b) {
    const conv_layer_blas *s = b->s;
    const conv_layer_shape *shape = s->job.shape;
    ptrdiff_t size = (ptrdiff_t)shape->size;
    const char *sums = b->sums;
    for (size_t g = 0; g < shape->groups; g++)
        for (size_t t = 0; t < b->columns.taps; t++) {
            char *to = (char *)b->call->to +
                       conv_layer_columns_weight(&b->columns, &shape->weights, g, t) * size;
            for (size_t c = 0; c < s->in; c++, to += s->in_step * size) {
                s->loops->put(sums, 1, s->out, NULL, b->call->beta, to, s->out_step);
                sums += (ptrdiff_t)s->out * size;
            }
        }
}

static block first_block(const conv_layer_blas *s, const conv_layer_call *call) {
    char *room = call->workspace;
    return (block){.s = s,
                   .call = call,
                   .columns = s->columns,
                   .column_room = room,
                   .output_room = room + s->column_bytes,
                   .sums = room + s->column_bytes + s->output_bytes};
}

void conv_layer_blas_sums(const conv_layer_blas *s, const conv_layer_call *call,
                          const char *matrices) {
    block b = first_block(s, call);
    for (; b.batch < s->job.shape->batch; b.batch++)
        sum_image(&b, matrices);
}

void conv_layer_blas_products(const conv_layer_blas *s, const conv_layer_call *call) {
    block b = first_block(s, call);
    for (; b.batch < s->job.shape->batch; b.batch++)
        add_image(&b);
    put_weights(&b);
}
