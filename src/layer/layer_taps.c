/* GATHER and SCATTER by tiles: channels and sizes, and the work of a call in items. */
#include <string.h>

#include "base/parallel.h"
#include "base/status.h"
#include "layer/layer_taps.h"

/* Depthwise layers with few taps wait for memory: it comes faster from and to few lines at a time.
 */
enum { SHORT_TAPS = 6, SHORT_ROWS = 4 };

/* ---- made ---- */

static void cut_work(conv_layer_taps *t) {
    const size_t *extent = t->to->extent;
    size_t line = extent[CONV_LAYER_AXES - 1];
    conv_layer_cut *c = &t->cut;
    c->lines = extent[0] * extent[1] * extent[2];
    /* Enough outputs for a block's weights to be worth fetching, not so many that the samples under
     * them leave the cache; and items for all threads. */
    size_t units = t->shape->batch * t->groups;
    c->chunk = conv_max(1, conv_min(c->lines, 128 / line));
    while (c->chunk > 1 && units * (c->lines / c->chunk) < 4 * (size_t)t->threads)
        c->chunk /= 2;
    c->chunks = (c->lines + c->chunk - 1) / c->chunk;
    c->pieces = 1;
    if (t->threads > 1 && c->chunk == 1 && units * c->lines < 4 * (size_t)t->threads)
        c->pieces = conv_max(1, conv_min(line / 64, 4 * (size_t)t->threads));
}

static void set_channels(conv_layer_taps *t, conv_layer_sum sum) {
    const conv_layer_shape *shape = t->shape;
    bool gathers = sum == CONV_LAYER_GATHER;
    size_t lanes = (size_t)t->loops->lanes;
    t->from = gathers ? &shape->wide : &shape->narrow;
    t->to = gathers ? &shape->narrow : &shape->wide;
    t->depthwise = shape->wide_channels == 1 && shape->narrow_channels == 1;
    t->groups = t->depthwise ? 1 : shape->groups;
    t->in = t->depthwise ? 1 : gathers ? shape->wide_channels : shape->narrow_channels;
    t->out = t->depthwise ? shape->groups : gathers ? shape->narrow_channels : shape->wide_channels;
    t->w_in = gathers ? shape->weights.wide : shape->weights.narrow;
    t->w_out = t->depthwise ? shape->weights.group
               : gathers    ? shape->weights.narrow
                            : shape->weights.wide;
    t->width = t->depthwise ? lanes : lanes * (size_t)t->loops->vectors;
    t->padded = (t->out + lanes - 1) / lanes * lanes;
    t->blocks = (t->out + t->width - 1) / t->width;
}

static void set_sizes(conv_layer_taps *t) {
    size_t size = t->shape->size;
    conv_layer_image_init(&t->image, t->from, size, 0);
    t->own_images = t->image.turned && t->shape->batch >= 2 * (size_t)t->threads;
    t->direct_out = t->to->channel == 1 || t->to->channels == 1;
    t->taps = t->segments = 1;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        size_t most = 0;
        for (size_t p = 0; p < t->flow.axis[d].phases; p++)
            most = conv_max(most, t->flow.axis[d].phase[p].taps);
        t->segments *= conv_max(most, 1);
        t->taps *= t->flow.axis[d].taps;
    }
    size_t bias = conv_times(t->groups, t->padded);
    t->bias_bytes = conv_aligned_size(conv_times(bias, size));
    t->images_bytes = conv_times(t->image.bytes, t->own_images ? (size_t)t->threads : 1);
    t->segment_bytes = conv_aligned_size(conv_times(t->segments, sizeof(conv_layer_segment)));
    t->rows = t->depthwise ? t->loops->rows_by_lane : t->loops->rows;
    if (t->depthwise && t->shape->taps <= SHORT_TAPS)
        t->rows = SHORT_ROWS;
    size_t tile = t->depthwise ? t->padded : CONV_LAYER_TILE_MEMORY * t->width;
    tile = conv_aligned_size(conv_times(tile, (size_t)t->rows * size));
    t->tile_bytes = t->direct_out ? 0 : tile;
    t->by_lines = conv_layer_taps_fit_lines(t);
    cut_work(t);
}

conv_status conv_layer_taps_make(conv_layer_taps **taps, const conv_layer_job *job) {
    conv_layer_taps *t = *taps = conv_allocate(sizeof *t);
    if (!t)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a layer");
    memset(t, 0, sizeof *t);
    t->shape = job->shape;
    t->threads = job->threads;
    t->loops = conv_layer_loops_of(job->shape->dtype, job->level);
    set_channels(t, job->sum);
    conv_status status = conv_layer_flow_make(&t->flow, job->shape, job->sum);
    if (status == CONV_OK)
        set_sizes(t);
    return status;
}

void conv_layer_taps_free(conv_layer_taps *taps) {
    if (taps)
        conv_layer_flow_free(&taps->flow);
    conv_free(taps);
}

size_t conv_layer_taps_workspace(const conv_layer_taps *t) {
    size_t threads = conv_times((size_t)t->threads, conv_plus(t->segment_bytes, t->tile_bytes));
    return conv_plus(conv_plus(t->bias_bytes, t->images_bytes), threads);
}

/* ---- run ---- */

/* What all threads share. */
typedef struct {
    const conv_layer_taps *t;
    const conv_layer_call *call;
    const char *input; /* the image that all work on; NULL: each its own */
    size_t batch;      /* of that image */
    char *bias, *images, *threads;
} shared;

/* Item number `item` of an image. Depthwise lines go through all blocks before the next outputs,
 * because a block alone would read a few bytes here and there; other blocks go over all lines of
 * the item, because their weights are what is large. */
static void run_item(conv_layer_bench *b, size_t item) {
    const conv_layer_taps *t = b->t;
    const conv_layer_cut *c = &t->cut;
    if (t->by_lines) {
        conv_layer_taps_lines(b, item);
        return;
    }
    size_t piece = item % c->pieces, chunk = item / c->pieces % c->chunks;
    size_t first = chunk * c->chunk, last = conv_min(first + c->chunk, c->lines);
    b->group = item / c->pieces / c->chunks;
    for (size_t block = 0; block < (t->depthwise ? 1 : t->blocks); block++)
        for (size_t l = first; l < last; l++)
            conv_layer_taps_line(b, l, piece, block);
}

static size_t items_of(const conv_layer_taps *t) {
    return t->by_lines ? conv_layer_taps_line_items(t) : t->groups * t->cut.chunks * t->cut.pieces;
}

static conv_layer_bench bench_of(const shared *s, int thread) {
    const conv_layer_taps *t = s->t;
    char *room = s->threads + (size_t)thread * (t->segment_bytes + t->tile_bytes);
    return (conv_layer_bench){.t = t,
                              .call = s->call,
                              .bias = s->bias,
                              .segment = (conv_layer_segment *)(void *)room,
                              .tile = room + t->segment_bytes};
}

static const char *image_of(const shared *s, size_t batch) {
    const conv_layer_call *call = s->call;
    const char *data = call->wide ? call->wide : call->narrow;
    return data + (ptrdiff_t)batch * s->t->from->batch * (ptrdiff_t)s->t->shape->size;
}

static char *output_of(const shared *s, size_t batch) {
    return (char *)s->call->to + (ptrdiff_t)batch * s->t->to->batch * (ptrdiff_t)s->t->shape->size;
}

/* Items of all images, which are read where they are. */
static void run_items(void *context, size_t begin, size_t end, int thread) {
    const shared *s = context;
    conv_layer_bench b = bench_of(s, thread);
    size_t items = items_of(s->t);
    for (size_t i = begin; i < end; i++) {
        b.input = image_of(s, i / items);
        b.output = output_of(s, i / items);
        run_item(&b, i % items);
    }
}

/* Whole images, each turned by the thread that works on it. */
static void run_images(void *context, size_t begin, size_t end, int thread) {
    const shared *s = context;
    const conv_layer_taps *t = s->t;
    conv_layer_bench b = bench_of(s, thread);
    char *image = s->images + (size_t)thread * t->image.bytes;
    for (size_t batch = begin; batch < end; batch++) {
        conv_layer_image_turn(&t->image, t->loops, image_of(s, batch), image, 0, t->from->points);
        b.input = image;
        b.output = output_of(s, batch);
        for (size_t i = 0; i < items_of(t); i++)
            run_item(&b, i);
    }
}

/* Points of an image that are turned together. */
enum { TURNED_POINTS = 256 };

static void turn_points(void *context, size_t begin, size_t end, int thread) {
    const shared *s = context;
    (void)thread;
    conv_layer_image_turn(&s->t->image, s->t->loops, image_of(s, s->batch), s->images,
                          begin * TURNED_POINTS, conv_min(end * TURNED_POINTS, s->t->from->points));
}

static void run_items_of_image(void *context, size_t begin, size_t end, int thread) {
    const shared *s = context;
    conv_layer_bench b = bench_of(s, thread);
    b.input = s->images;
    b.output = output_of(s, s->batch);
    for (size_t i = begin; i < end; i++)
        run_item(&b, i);
}

/* The bias of every group, in whole vectors. */
static void spread_bias(const conv_layer_taps *t, const void *bias, char *to) {
    size_t size = t->shape->size;
    for (size_t g = 0; g < t->groups; g++) {
        memset(to + g * t->padded * size, 0, t->padded * size);
        memcpy(to + g * t->padded * size, (const char *)bias + g * t->out * size, t->out * size);
    }
}

void conv_layer_taps_run(const conv_layer_taps *t, const conv_layer_call *call) {
    char *room = call->workspace;
    shared s = {.t = t,
                .call = call,
                .bias = call->bias ? room : NULL,
                .images = room + t->bias_bytes,
                .threads = room + t->bias_bytes + t->images_bytes};
    if (call->bias)
        spread_bias(t, call->bias, room);
    if (!t->image.turned) {
        conv_parallel_for(t->shape->batch * items_of(t), t->threads, run_items, &s);
        return;
    }
    if (t->own_images) {
        conv_parallel_for(t->shape->batch, t->threads, run_images, &s);
        return;
    }
    size_t turns = (t->from->points + TURNED_POINTS - 1) / TURNED_POINTS;
    for (s.batch = 0; s.batch < t->shape->batch; s.batch++) {
        conv_parallel_for(turns, t->threads, turn_points, &s);
        conv_parallel_for(items_of(t), t->threads, run_items_of_image, &s);
    }
}
