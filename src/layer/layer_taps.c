/* GATHER and SCATTER by tiles: outputs of a line times channels, summed over taps and channels. */
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "layer/layer_direct.h"
#include "layer/layer_flow.h"

/* What one item of the work is: a stretch of lines of one group, or a piece of one line. */
typedef struct {
    size_t lines;  /* of an image: outputs of all axes but the last */
    size_t chunk;  /* lines of an item; 1 where a line has more than one piece */
    size_t chunks; /* items of a group: of lines, */
    size_t pieces; /* and of a line */
} cut;

struct conv_layer_taps {
    const conv_layer_shape *shape;
    const conv_layer_loops *loops;
    conv_layer_flow flow;
    int threads, rows;              /* rows: of a tile, at most */
    bool depthwise;                 /* lanes are groups */
    size_t groups, in, out, blocks; /* channels of a group as the tiles see them; blocks of lanes */
    size_t width;                   /* lanes of a whole block */
    size_t padded;                  /* lanes of all blocks of a group */
    const conv_layer_side *from, *to;
    ptrdiff_t w_in, w_out; /* strides of w */
    conv_layer_image image;
    bool own_images; /* every thread turns images of its own */
    bool direct_out; /* tiles write the output themselves */
    cut cut;
    size_t taps;     /* that any output takes; a stride can leave some out */
    size_t segments; /* the most of one tile */
    size_t bias_bytes, images_bytes, segment_bytes, tile_bytes;
};

/* Depthwise layers with few taps wait for memory: it comes faster from and to few lines at a time.
 */
enum { SHORT_TAPS = 6, SHORT_ROWS = 4 };

/* Tiles whose outputs are put in their places together, where they do not lie as in a tile. */
enum { TILE_MEMORY = 64 };

/* ---- made ---- */

static void cut_work(conv_layer_taps *t) {
    const size_t *extent = t->to->extent;
    size_t line = extent[CONV_LAYER_AXES - 1];
    cut *c = &t->cut;
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
    t->bias_bytes = conv_aligned_size(t->groups * t->padded * size);
    t->images_bytes = t->image.bytes * (t->own_images ? (size_t)t->threads : 1);
    t->segment_bytes = conv_aligned_size(t->segments * sizeof(conv_layer_segment));
    t->rows = t->depthwise ? t->loops->rows_by_lane : t->loops->rows;
    if (t->depthwise && t->shape->taps <= SHORT_TAPS)
        t->rows = SHORT_ROWS;
    t->tile_bytes = t->direct_out
                        ? 0
                        : conv_aligned_size((t->depthwise ? t->padded : TILE_MEMORY * t->width) *
                                            (size_t)t->rows * size);
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
    return t->bias_bytes + t->images_bytes +
           (size_t)t->threads * (t->segment_bytes + t->tile_bytes);
}

/* ---- packed weights: groups, blocks of lanes, taps in the order of the flow, channels in, lanes
 */

size_t conv_layer_taps_packed(const conv_layer_taps *t) {
    return t->groups * t->taps * t->in * t->padded * t->shape->size;
}

/* Lanes of a block, padding included. */
static size_t block_lanes(const conv_layer_taps *t, size_t block) {
    return conv_min(t->width, t->padded - block * t->width);
}

/* Elements before a block's first. */
static size_t block_place(const conv_layer_taps *t, size_t group, size_t block) {
    return (group * t->padded + block * t->width) * t->taps * t->in;
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
    size_t size = t->shape->size, lanes = block_lanes(t, block), first = block * t->width;
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
            pack_block(t, g, b, w, (char *)packed + block_place(t, g, b) * t->shape->size);
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

/* What an item works with. */
typedef struct {
    const conv_layer_taps *t;
    const conv_layer_call *call;
    const char *input, *bias;
    char *output; /* of the batch's element */
    conv_layer_segment *segment;
    char *tile;
    size_t group;
} bench;

/* One line: the phase of every outer axis, which taps are inside, and where the first of them reads
 * and is. */
typedef struct {
    const conv_layer_phase *phase[CONV_LAYER_AXES - 1];
    size_t j[CONV_LAYER_AXES - 1], first[CONV_LAYER_AXES - 1], last[CONV_LAYER_AXES - 1];
    ptrdiff_t output; /* of the line, in elements */
} line;

static void find_line(const conv_layer_taps *t, size_t number, line *at) {
    at->output = 0;
    for (int d = CONV_LAYER_AXES - 2; d >= 0; d--) {
        const conv_layer_flow_axis *axis = &t->flow.axis[d];
        size_t i = number % axis->outputs;
        number /= axis->outputs;
        at->phase[d] = &axis->phase[i % axis->pitch];
        at->j[d] = i / axis->pitch;
        at->output += (ptrdiff_t)i * t->to->axis[d];
        conv_layer_flow_inside(axis, at->phase[d], at->j[d], &at->first[d], &at->last[d]);
    }
}

/* The inputs of tap n of an outer axis. */
static ptrdiff_t input_place(const conv_layer_taps *t, const line *at, int d, size_t n) {
    const conv_layer_flow_axis *axis = &t->flow.axis[d];
    return ((ptrdiff_t)(at->j[d] * axis->step) + axis->offset[at->phase[d]->first + n]) *
           t->image.axis[d];
}

/* Segments of a run on a line, for output j = 0 of the last axis' phase. */
static void list_segments(const conv_layer_taps *t, const line *at, const conv_layer_phase *phase,
                          const conv_layer_run *run, size_t lanes, conv_layer_segment *segment,
                          conv_layer_tile *tile) {
    const conv_layer_flow_axis *axis = t->flow.axis, *last = &axis[CONV_LAYER_AXES - 1];
    const ptrdiff_t *offset = last->offset + phase->first, pitch = t->image.axis[3];
    ptrdiff_t step_w = (ptrdiff_t)(t->in * lanes);
    /* Taps that are neighbours, whose channels are all there are: one long segment. */
    bool joined = phase->even && (t->depthwise || (size_t)pitch == t->in);
    size_t count = 0;
    tile->length = t->in;
    tile->a_step = 1;
    tile->b_step = (ptrdiff_t)lanes;
    if (joined) {
        tile->length = (run->last - run->first) * t->in;
        tile->a_step = t->depthwise ? pitch : 1;
    }
    for (size_t p = at->first[0]; p < at->last[0]; p++)
        for (size_t q = at->first[1]; q < at->last[1]; q++)
            for (size_t r = at->first[2]; r < at->last[2]; r++) {
                ptrdiff_t a =
                    input_place(t, at, 0, p) + input_place(t, at, 1, q) + input_place(t, at, 2, r);
                size_t w = ((at->phase[0]->first + p) * axis[1].taps + at->phase[1]->first + q) *
                               axis[2].taps +
                           at->phase[2]->first + r;
                w = w * last->taps + phase->first;
                for (size_t s = run->first; s < run->last; s++) {
                    segment[count].a = a + offset[s] * pitch;
                    segment[count++].b = (ptrdiff_t)(w + s) * step_w;
                    if (joined)
                        break;
                }
            }
    tile->segment = segment;
    tile->segments = count;
}

/* Outputs begin..end-1 of a phase for one block of lanes, from the tile's memory to the output. */
static void put_block(const bench *b, size_t count, size_t lanes, size_t real, size_t channel,
                      char *output, ptrdiff_t pitch) {
    const conv_layer_taps *t = b->t;
    size_t size = t->shape->size;
    ptrdiff_t channel_step = t->to->channel;
    const double beta = b->call->beta;
    if (pitch == 1 && beta == 0) {
        t->loops->turn(b->tile, (ptrdiff_t)lanes, count, real,
                       output + (ptrdiff_t)channel * channel_step * (ptrdiff_t)size, channel_step);
        return;
    }
    for (size_t c = 0; c < real; c++)
        t->loops->put(b->tile + c * size, (ptrdiff_t)lanes, count, NULL, beta,
                      output + (ptrdiff_t)(channel + c) * channel_step * (ptrdiff_t)size, pitch);
}

/* The most outputs that are in work together: depthwise ones of one tile, whose lines of all
 * channels go on in the cache; else as many as the tile memory holds. */
static size_t most_outputs(const conv_layer_taps *t) {
    if (t->depthwise)
        return (size_t)t->rows;
    return t->direct_out ? (size_t)-1 : TILE_MEMORY * (size_t)t->rows;
}

/* Outputs j..end-1 (no more than most_outputs) of one block; depthwise, of all. */
static void run_block(const bench *b, conv_layer_tile *tile, size_t block, size_t j, size_t end,
                      char *output, ptrdiff_t pitch) {
    const conv_layer_taps *t = b->t;
    size_t size = t->shape->size, vector = (size_t)t->loops->lanes, first = block * t->width;
    size_t lanes = t->depthwise ? t->padded : block_lanes(t, block);
    size_t real = conv_min(lanes, t->out - first), count = end - j, rows = (size_t)t->rows;
    size_t channel = b->group * t->out + first, tiles = (count + rows - 1) / rows;
    const char *w = (const char *)b->call->w + block_place(t, b->group, block) * size;
    const char *input = b->input + (t->depthwise ? 0 : b->group * t->in) * size;
    char *to = t->direct_out ? output + channel * size : b->tile;
    tile->vectors = (int)(lanes / vector);
    tile->repeats = t->blocks;
    tile->b_repeat = (ptrdiff_t)(t->taps * vector);
    tile->lanes = (int)(real - (lanes - vector));
    tile->bias = b->bias ? b->bias + (b->group * t->padded + first) * size : NULL;
    tile->beta = t->direct_out ? b->call->beta : 0;
    tile->c_row = t->direct_out ? pitch : (ptrdiff_t)lanes;
    if (!t->direct_out && !t->depthwise) /* whose operands end with the last channel */
        tile->lanes = (int)vector;
    for (size_t i = 0, done = 0; i < tiles; i++, done += (size_t)tile->rows) {
        tile->rows = (int)((count - done + (tiles - i) - 1) / (tiles - i));
        const char *a = input + (ptrdiff_t)(j + done) * tile->a_row * (ptrdiff_t)size;
        char *c = to + (ptrdiff_t)done * tile->c_row * (ptrdiff_t)size;
        if (t->depthwise)
            t->loops->by_lane(tile, a, w, c);
        else
            t->loops->tile(tile, a, w, c);
    }
    if (!t->direct_out)
        put_block(b, count, lanes, real, channel, output, pitch);
}

/* One run of a line, for one block; depthwise, for all. */
static void run_run(const bench *b, const line *at, const conv_layer_phase *phase,
                    const conv_layer_run *run, size_t block, size_t begin, size_t end) {
    const conv_layer_taps *t = b->t;
    const conv_layer_flow_axis *axis = &t->flow.axis[CONV_LAYER_AXES - 1];
    ptrdiff_t size = (ptrdiff_t)t->shape->size, out_step = t->to->axis[CONV_LAYER_AXES - 1];
    size_t most = most_outputs(t);
    conv_layer_tile tile;
    memset(&tile, 0, sizeof tile);
    list_segments(t, at, phase, run, block_lanes(t, block), b->segment, &tile);
    tile.a_row = (ptrdiff_t)axis->step * t->image.axis[CONV_LAYER_AXES - 1];
    for (size_t j = begin, next; j < end; j = next) {
        next = end - j > most ? j + most : end;
        char *output =
            b->output + (at->output + (ptrdiff_t)(phase->at + j * axis->pitch) * out_step) * size;
        run_block(b, &tile, block, j, next, output, (ptrdiff_t)axis->pitch * out_step);
    }
}

/* A line, or of each of its phases the outputs that lie in the item's piece. */
static void run_line(const bench *b, size_t number, size_t piece, size_t block) {
    const conv_layer_taps *t = b->t;
    const conv_layer_flow_axis *axis = &t->flow.axis[CONV_LAYER_AXES - 1];
    line at;
    find_line(t, number, &at);
    for (size_t p = 0; p < axis->phases; p++) {
        const conv_layer_phase *phase = &axis->phase[p];
        size_t low = phase->count * piece / t->cut.pieces;
        size_t high = phase->count * (piece + 1) / t->cut.pieces;
        for (size_t r = 0; r < phase->runs; r++) {
            const conv_layer_run *run = &t->flow.run[phase->first_run + r];
            size_t begin = conv_max(run->begin, low), end = conv_min(run->end, high);
            if (begin < end)
                run_run(b, &at, phase, run, block, begin, end);
        }
    }
}

/* Item number `item` of an image. Depthwise lines go through all blocks before the next outputs,
 * because a block alone would read a few bytes here and there; other blocks go over all lines of
 * the item, because their weights are what is large. */
static void run_item(bench *b, size_t item) {
    const conv_layer_taps *t = b->t;
    const cut *c = &t->cut;
    size_t piece = item % c->pieces, chunk = item / c->pieces % c->chunks;
    size_t first = chunk * c->chunk, last = conv_min(first + c->chunk, c->lines);
    b->group = item / c->pieces / c->chunks;
    for (size_t block = 0; block < (t->depthwise ? 1 : t->blocks); block++)
        for (size_t l = first; l < last; l++)
            run_line(b, l, piece, block);
}

static size_t items_of(const conv_layer_taps *t) {
    return t->groups * t->cut.chunks * t->cut.pieces;
}

static bench bench_of(const shared *s, int thread) {
    const conv_layer_taps *t = s->t;
    char *room = s->threads + (size_t)thread * (t->segment_bytes + t->tile_bytes);
    return (bench){.t = t,
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
    bench b = bench_of(s, thread);
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
    bench b = bench_of(s, thread);
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
    bench b = bench_of(s, thread);
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
