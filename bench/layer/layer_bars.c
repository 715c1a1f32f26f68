#include "layer_bars.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "timing.h"

/* A layer to time. share: of the multiply-add peak that every task has to reach; 0: only shown. */
typedef struct {
    const char *name;
    conv_dtype dtype;
    int rank;
    size_t batch, in, out, groups, shape[4], kernel[4], pad, stride;
    bool causal, last;
    double share;
} layer_case;

static const layer_case cases[] = {
    {"3x3 56x56 64-64", CONV_F32, 2, 1, 64, 64, 1, {56, 56}, {3, 3}, 1, 1, false, true, 0.6},
    {"3x3 56x56 64-64", CONV_F32, 2, 16, 64, 64, 1, {56, 56}, {3, 3}, 1, 1, false, true, 0.6},
    {"3x3 56x56 64-64", CONV_F32, 2, 1, 64, 64, 1, {56, 56}, {3, 3}, 1, 1, false, false, 0.6},
    {"3x3 56x56 64-64", CONV_F32, 2, 16, 64, 64, 1, {56, 56}, {3, 3}, 1, 1, false, false, 0.6},
    {"1x1 28x28 256-256", CONV_F32, 2, 1, 256, 256, 1, {28, 28}, {1, 1}, 0, 1, false, true, 0.6},
    {"1x1 28x28 256-256", CONV_F32, 2, 16, 256, 256, 1, {28, 28}, {1, 1}, 0, 1, false, true, 0.6},
    {"1x1 28x28 256-256", CONV_F32, 2, 1, 256, 256, 1, {28, 28}, {1, 1}, 0, 1, false, false, 0.6},
    {"1x1 28x28 256-256", CONV_F32, 2, 16, 256, 256, 1, {28, 28}, {1, 1}, 0, 1, false, false, 0.6},
    {"3x3 56x56 64-64", CONV_F64, 2, 1, 64, 64, 1, {56, 56}, {3, 3}, 1, 1, false, true, 0.6},
    {"1x1 28x28 256-256", CONV_F64, 2, 1, 256, 256, 1, {28, 28}, {1, 1}, 0, 1, false, true, 0.6},
    {"3x3 stride 2 56x56 64-128",
     CONV_F32,
     2,
     1,
     64,
     128,
     1,
     {56, 56},
     {3, 3},
     1,
     2,
     false,
     true,
     0},
    {"3x3 7x7 512-512", CONV_F32, 2, 1, 512, 512, 1, {7, 7}, {3, 3}, 1, 1, false, true, 0},
    {"7x7 stride 2 224x224 3-64",
     CONV_F32,
     2,
     1,
     3,
     64,
     1,
     {224, 224},
     {7, 7},
     3,
     2,
     false,
     false,
     0},
    {"depthwise 3x3 112x112x64",
     CONV_F32,
     2,
     1,
     64,
     64,
     64,
     {112, 112},
     {3, 3},
     1,
     1,
     false,
     true,
     0},
    {"depthwise 3x3 112x112x64",
     CONV_F32,
     2,
     1,
     64,
     64,
     64,
     {112, 112},
     {3, 3},
     1,
     1,
     false,
     false,
     0},
    {"depthwise 31x31 112x112x64",
     CONV_F32,
     2,
     1,
     64,
     64,
     64,
     {112, 112},
     {31, 31},
     15,
     1,
     false,
     true,
     0},
    {"depthwise 31x31 112x112x64",
     CONV_F32,
     2,
     1,
     64,
     64,
     64,
     {112, 112},
     {31, 31},
     15,
     1,
     false,
     false,
     0},
    {"Conv1D 9000 x 11 taps 1-32", CONV_F32, 1, 1, 1, 32, 1, {9000}, {11}, 5, 1, false, true, 0},
    {"Conv1D 9000 x 11 taps 32-1", CONV_F32, 1, 1, 32, 1, 1, {9000}, {11}, 5, 1, false, true, 0},
    {"Conv1D 9000 x 11 taps 32-32", CONV_F32, 1, 1, 32, 32, 1, {9000}, {11}, 5, 1, false, false, 0},
    {"causal depthwise 4 taps 1024x8192",
     CONV_F32,
     1,
     1,
     8192,
     8192,
     8192,
     {1024},
     {4},
     0,
     1,
     true,
     true,
     0},
    {"causal depthwise 4 taps 1024x8192",
     CONV_F32,
     1,
     1,
     8192,
     8192,
     8192,
     {1024},
     {4},
     0,
     1,
     true,
     false,
     0},
    {"bank 32 of 63x63 on 1024^2",
     CONV_F32,
     2,
     1,
     1,
     32,
     1,
     {1024, 1024},
     {63, 63},
     31,
     1,
     false,
     false,
     0},
    {"rank 4, 16^4, 3^4 taps, 1-1",
     CONV_F32,
     4,
     1,
     1,
     1,
     1,
     {16, 16, 16, 16},
     {3, 3, 3, 3},
     1,
     1,
     false,
     false,
     0},
    {"rank 4, 8^4, 3^4 taps, 8-8",
     CONV_F32,
     4,
     1,
     8,
     8,
     1,
     {8, 8, 8, 8},
     {3, 3, 3, 3},
     1,
     1,
     false,
     false,
     0},
};

static const char *const tasks[] = {"forward", "grad_input", "grad_weights"};

static void describe(const layer_case *c, conv_layer_desc *desc) {
    conv_layer_desc_init(desc, c->dtype, c->rank, c->shape, c->kernel, c->in, c->out);
    desc->batch = c->batch;
    desc->groups = c->groups;
    for (int d = 0; d < c->rank; d++) {
        desc->pad[d][0] = desc->pad[d][1] = (ptrdiff_t)c->pad;
        desc->stride[d] = c->stride;
    }
    if (c->causal)
        desc->padding = CONV_PADDING_CAUSAL;
    desc->x_layout = desc->y_layout = c->last ? CONV_CHANNELS_LAST : CONV_CHANNELS_FIRST;
    desc->w_layout = c->last ? CONV_WEIGHTS_KERAS : CONV_WEIGHTS_TORCH;
}

/* A layer with its arrays. */
typedef struct {
    conv_layer *layer;
    conv_layer_task task;
    size_t x_count, y_count, w_count, size;
    void *x, *y, *w, *other, *workspace; /* other: what the task writes, as large as the largest */
} layer_run;

static void call(void *context) {
    const layer_run *r = context;
    switch (r->task) {
    case CONV_LAYER_FORWARD:
        conv_layer_forward(r->layer, r->x, r->w, NULL, 0, r->other, r->workspace);
        break;
    case CONV_LAYER_GRAD_INPUT:
        conv_layer_grad_input(r->layer, r->y, r->w, 0, r->other, r->workspace);
        break;
    case CONV_LAYER_GRAD_WEIGHTS:
        conv_layer_grad_weights(r->layer, r->x, r->y, 0, r->other, NULL, r->workspace);
        break;
    }
}

static void *make_array(size_t count, size_t size) {
    void *data = aligned_alloc(64, (count * size + 63) / 64 * 64);
    uint64_t state = 7;
    for (size_t i = 0; data && i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double value = (double)(int64_t)state * 0x1p-63;
        if (size == sizeof(double))
            ((double *)data)[i] = value;
        else
            ((float *)data)[i] = (float)value;
    }
    return data;
}

static void release(layer_run *r) {
    conv_layer_destroy(r->layer);
    free(r->x);
    free(r->y);
    free(r->w);
    free(r->other);
    free(r->workspace);
}

static bool prepare(layer_run *r, const conv_layer_desc *desc) {
    size_t shape[4], y_points = 1, x_points = 1;
    memset(r, 0, sizeof *r);
    if (conv_layer_create(&r->layer, desc) != CONV_OK ||
        conv_layer_output_shape(desc, shape) != CONV_OK)
        return false;
    for (int d = 0; d < desc->rank; d++) {
        y_points *= shape[d];
        x_points *= desc->shape[d];
    }
    r->size = desc->dtype == CONV_F64 ? sizeof(double) : sizeof(float);
    r->x_count = desc->batch * desc->channels_in * x_points;
    r->y_count = desc->batch * desc->channels_out * y_points;
    r->w_count = conv_layer_weight_count(desc);
    size_t most = r->x_count > r->y_count ? r->x_count : r->y_count;
    most = most > r->w_count ? most : r->w_count;
    r->x = make_array(r->x_count, r->size);
    r->y = make_array(r->y_count, r->size);
    r->w = make_array(r->w_count, r->size);
    r->other = make_array(most, r->size);
    r->workspace = malloc(conv_layer_workspace_size(r->layer) + 1);
    return r->x && r->y && r->w && r->other && r->workspace;
}

static void json_line(FILE *json, const layer_case *c, const char *task, double seconds) {
    fprintf(
        json,
        "{\"name\": \"%s\", \"dtype\": \"%s\", \"rank\": %d, \"batch\": %zu, \"in\": %zu, "
        "\"out\": %zu, \"groups\": %zu, \"shape\": [%zu, %zu, %zu, %zu], \"kernel\": [%zu, %zu, "
        "%zu, %zu], \"pad\": %zu, \"stride\": %zu, \"causal\": %d, \"last\": %d, "
        "\"task\": \"%s\", \"seconds\": %.6g}\n",
        c->name, c->dtype == CONV_F64 ? "f64" : "f32", c->rank, c->batch, c->in, c->out, c->groups,
        c->shape[0], c->shape[1], c->shape[2], c->shape[3], c->kernel[0], c->kernel[1],
        c->kernel[2], c->kernel[3], c->pad, c->stride, c->causal, c->last, task, seconds);
}

static void time_case(bench_bars_run *run, const layer_case *c, FILE *json) {
    conv_layer_desc desc;
    layer_run r;
    char name[160];
    static const char *const methods[] = {"auto", "direct",    "",     "",
                                          "fft",  "reference", "blas", "onednn"};
    describe(c, &desc);
    desc.threads = run->options->threads;
    desc.isa = run->options->isa;
    if (!prepare(&r, &desc)) {
        bar_skip(run, c->name, conv_last_error());
        release(&r);
        return;
    }
    double products = (double)r.y_count * (double)r.w_count / (double)c->out;
    for (int t = 0; t < 3; t++) {
        bench_subject subject = {call, &r, 0, run->options->threads != 1};
        r.task = (conv_layer_task)t;
        bench_time(&subject, 1, 0.05);
        double peak =
            bench_limits_arithmetic(run->limits, c->dtype == CONV_F64, desc.isa, products);
        double traffic = bench_limits_traffic(run->limits, (double)(r.x_count * r.size),
                                              (double)(r.y_count * r.size));
        snprintf(name, sizeof name, "%s %s batch %zu %s %s", c->name,
                 c->dtype == CONV_F64 ? "f64" : "f32", c->batch, c->last ? "last" : "first",
                 tasks[t]);
        if (c->share > 0)
            bar_at_least(run, name, peak / subject.seconds, c->share);
        /* Causal layers with four taps: within 1.3 times a copy. */
        if (c->causal)
            bar_at_least(run, name, traffic / subject.seconds, 1 / 1.3);
        bar_figure("%-62s %9.1f us, %3.0f %% of the peak, copy %3.0f %%, %s", name,
                   1e6 * subject.seconds, 100 * peak / subject.seconds,
                   100 * traffic / subject.seconds, methods[conv_layer_method(r.layer, r.task)]);
        if (json)
            json_line(json, c, tasks[t], subject.seconds);
    }
    release(&r);
}

int bench_layer_bars(const bench_options *options, const bench_limits *limits) {
    bench_bars_run run = {.options = options, .limits = limits};
    FILE *json = options->json ? fopen(options->json, "w") : NULL;
    bench_limits_print(limits);
    bar_begin("layers: share of the multiply-add peak");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!options->part || strstr(cases[i].name, options->part))
            time_case(&run, &cases[i], json);
    if (json)
        fclose(json);
    printf("\n%d passed, %d failed, %d not measured\n", run.passed, run.failed, run.skipped);
    return run.failed > 0;
}
