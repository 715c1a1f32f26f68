/* PRODUCTS: the points are gone through in chunks that stay in the cache while all weights meet
 * them; sums wait in the workspace meanwhile. Every sum adds its products in the order of the
 * points, in blocks of chunks, whatever the threads. */
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "layer/layer_products.h"

/* Bytes of both sides' points in a chunk. */
#define CHUNK_BYTES ((size_t)384 << 10)

/* ---- made ---- */

static double use_of(size_t channels, size_t lanes) {
    return (double)channels / (double)((channels + lanes - 1) / lanes * lanes);
}

static void set_lanes(conv_layer_products *p) {
    const conv_layer_shape *shape = p->shape;
    size_t vector = (size_t)p->loops->lanes, kernel = shape->kernel[CONV_LAYER_AXES - 1];
    size_t most = (size_t)(p->depthwise ? p->loops->rows_by_lane : p->loops->rows);
    p->wide_in_lanes = !p->depthwise && use_of(shape->wide_channels, vector) >
                                            use_of(shape->narrow_channels, vector);
    if (p->way == CONV_LAYER_NEIGHBOURS) { /* a vector for every tap, of which one sum is left */
        p->groups = shape->groups;
        p->rows = kernel;
        p->lanes = 1;
    } else if (p->depthwise) {
        p->groups = 1;
        p->rows = kernel;
        p->lanes = shape->groups;
    } else {
        p->groups = shape->groups;
        p->rows = p->wide_in_lanes ? shape->narrow_channels : shape->wide_channels;
        p->lanes = p->wide_in_lanes ? shape->wide_channels : shape->narrow_channels;
    }
    p->padded = (p->lanes + vector - 1) / vector * vector;
    p->width = p->depthwise ? vector : vector * (size_t)p->loops->vectors;
    p->blocks = (p->lanes + p->width - 1) / p->width;
    p->row_tiles = (p->rows + most - 1) / most;
}

/* Lanes are read in whole vectors: where the last is not whole it needs room behind it. */
static void set_images(conv_layer_products *p) {
    const conv_layer_shape *shape = p->shape;
    size_t spare = p->depthwise ? 0 : p->padded - p->lanes;
    conv_layer_image_init(&p->wide, &shape->wide, shape->size, p->wide_in_lanes ? spare : 0);
    conv_layer_image_init(&p->narrow, &shape->narrow, shape->size, p->wide_in_lanes ? 0 : spare);
    if (p->way != CONV_LAYER_NEIGHBOURS)
        return;
    conv_layer_image *images[] = {&p->wide, &p->narrow};
    for (int i = 0; i < 2; i++) { /* read as they are */
        images[i]->turned = false;
        images[i]->bytes = 0;
        memcpy(images[i]->axis, images[i]->side->axis, sizeof images[i]->axis);
    }
}

/* Lines that share samples come together; a channel's neighbours alone fill many of them. */
static void set_line_chunks(conv_layer_products *p) {
    bool alone = p->way == CONV_LAYER_NEIGHBOURS;
    size_t lines = (size_t)p->loops->line_count;
    p->chunk_points = conv_min(p->line, CONV_LAYER_BLOCK / lines);
    p->chunk_lines =
        alone ? conv_max(CONV_LAYER_BLOCK / p->chunk_points / lines, 1) * lines : lines;
}

static void set_chunks(conv_layer_products *p) {
    const conv_layer_shape *shape = p->shape;
    const size_t *extent = shape->narrow.extent;
    p->line = extent[CONV_LAYER_AXES - 1];
    p->line_count = extent[0] * extent[1] * extent[2];
    if (p->way == CONV_LAYER_CHANNELS || p->way == CONV_LAYER_NEIGHBOURS) {
        set_line_chunks(p);
        return;
    }
    size_t stride = conv_times(shape->wide.channels, shape->stride[CONV_LAYER_AXES - 1]);
    size_t point = conv_times(conv_plus(shape->narrow.channels, stride), shape->size);
    size_t points = conv_max(CHUNK_BYTES / conv_min(point, CHUNK_BYTES), 64);
    points = conv_min(points, CONV_LAYER_BLOCK);
    p->chunk_points = conv_min(points, p->line);
    p->chunk_lines = p->chunk_points < p->line ? 1 : conv_min(points / p->line, p->line_count);
}

static size_t sum_vectors(const conv_layer_products *p) {
    return p->groups * conv_layer_products_taps(p) * p->rows * p->padded / (size_t)p->loops->lanes;
}

conv_status conv_layer_products_make(conv_layer_products **products, const conv_layer_job *job) {
    conv_layer_products *p = *products = conv_allocate(sizeof *p);
    const conv_layer_shape *shape = job->shape;
    if (!p)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a layer");
    memset(p, 0, sizeof *p);
    p->shape = shape;
    p->threads = job->threads;
    p->loops = conv_layer_loops_of(shape->dtype, job->level);
    p->depthwise = shape->wide_channels == 1 && shape->narrow_channels == 1;
    p->way = p->depthwise ? conv_layer_products_line_way(shape, p->loops) : CONV_LAYER_TILES;
    set_lanes(p);
    set_images(p);
    set_chunks(p);
    p->folds = (double)shape->batch * (double)shape->narrow.points > CONV_LAYER_BLOCK;
    size_t rows = conv_times(conv_layer_products_taps(p) * p->rows, p->groups);
    p->sums_bytes = conv_aligned_size(conv_times(rows, conv_times(p->padded, shape->size)));
    p->segment_bytes = conv_aligned_size(conv_times(p->chunk_lines, sizeof(conv_layer_segment)));
    return CONV_OK;
}

void conv_layer_products_free(conv_layer_products *products) {
    conv_free(products);
}

size_t conv_layer_products_workspace(const conv_layer_products *p) {
    size_t images = conv_plus(p->wide.bytes, p->narrow.bytes);
    size_t threads = conv_times((size_t)p->threads, p->segment_bytes);
    return conv_plus(conv_times(p->folds ? 3 : 1, p->sums_bytes), conv_plus(images, threads));
}

/* ---- run ---- */

/* The chunk that begins at point `first` of line `line`. */
static conv_layer_chunk chunk_at(const conv_layer_products *p, size_t line, size_t first) {
    return (conv_layer_chunk){line, conv_min(line + p->chunk_lines, p->line_count), first,
                              conv_min(first + p->chunk_points, p->line), false};
}

static bool by_lines(const conv_layer_products *p) {
    return p->way == CONV_LAYER_CHANNELS || p->way == CONV_LAYER_NEIGHBOURS;
}

static size_t items_of(const conv_layer_products *p) {
    return p->way == CONV_LAYER_CHANNELS ? p->blocks
           : p->way == CONV_LAYER_NEIGHBOURS
               ? p->groups
               : p->groups * conv_layer_products_taps(p) * p->row_tiles;
}

/* Terms that a chunk adds to a sum, of neighbours to a lane's. */
static size_t terms_of(const conv_layer_products *p, const conv_layer_chunk *c) {
    size_t lanes = p->way == CONV_LAYER_NEIGHBOURS ? (size_t)p->loops->lanes : 1;
    return (c->last_line - c->first_line) * ((c->last - c->first + lanes - 1) / lanes);
}

static void fold_vectors(const conv_layer_products_call *s, const char *sums, size_t count,
                         bool is_first) {
    ptrdiff_t at = sums - s->sums;
    s->p->loops->fold(sums, count, is_first, s->high + at, s->low + at);
}

/* A block of items begin..end-1 ends. */
static void fold_items(const conv_layer_products_call *s, size_t begin, size_t end, bool is_first) {
    const conv_layer_products *p = s->p;
    size_t taps = conv_layer_products_taps(p), vector = (size_t)p->loops->lanes;
    for (size_t item = begin; item < end; item++) {
        if (p->way == CONV_LAYER_CHANNELS) {
            const char *sums =
                conv_layer_products_sums(s, 0, 0, 0) + item * vector * p->shape->size;
            for (size_t tap = 0; tap < taps * p->rows; tap++)
                fold_vectors(s, sums + tap * p->padded * p->shape->size, vector, is_first);
        } else if (p->way == CONV_LAYER_NEIGHBOURS) {
            fold_vectors(s, conv_layer_products_sums(s, item, 0, 0), taps * p->rows * p->padded,
                         is_first);
        } else {
            size_t part = item % p->row_tiles, tap = item / p->row_tiles;
            size_t row = conv_cut(p->rows, part, p->row_tiles);
            size_t rows = conv_cut(p->rows, part + 1, p->row_tiles) - row;
            fold_vectors(s, conv_layer_products_sums(s, tap / taps, tap % taps, row),
                         rows * p->padded, is_first);
        }
    }
}

/* Items begin..end-1 over the points of one image; none: only counts its terms. */
static void walk_image(const conv_layer_products_call *s, size_t begin, size_t end, void *segment,
                       size_t *terms, bool *folded) {
    const conv_layer_products *p = s->p;
    for (size_t line = 0; line < p->line_count; line += p->chunk_lines)
        for (size_t first = 0; first < p->line; first += p->chunk_points) {
            conv_layer_chunk c = chunk_at(p, line, first);
            size_t more = terms_of(p, &c);
            if (*terms > 0 && *terms + more > CONV_LAYER_BLOCK) {
                fold_items(s, begin, end, !*folded);
                *folded = true;
                *terms = 0;
            }
            c.continues = *terms > 0;
            *terms += more;
            if (by_lines(p))
                conv_layer_products_lines(s, &c, begin, end);
            else
                for (size_t item = begin; item < end; item++)
                    conv_layer_products_tile(s, &c, item, segment);
        }
}

static void run_image(void *context, size_t begin, size_t end, int thread) {
    const conv_layer_products_call *s = context;
    size_t terms = s->terms;
    bool folded = s->folded;
    walk_image(s, begin, end, s->segments + (size_t)thread * s->p->segment_bytes, &terms, &folded);
}

enum { TURNED_POINTS = 256 };

static void turn_points(void *context, size_t begin, size_t end, int thread) {
    const conv_layer_products_call *s = context;
    const conv_layer_products *p = s->p;
    const conv_layer_image *images[] = {&p->wide, &p->narrow};
    const void *data[] = {s->call->wide, s->call->narrow};
    char *rooms[] = {s->wide_room, s->narrow_room};
    (void)thread;
    for (int i = 0; i < 2; i++) {
        const conv_layer_side *side = images[i]->side;
        size_t first = conv_min(begin * TURNED_POINTS, side->points);
        size_t last = conv_min(end * TURNED_POINTS, side->points);
        const char *from =
            (const char *)data[i] + (ptrdiff_t)s->batch * side->batch * (ptrdiff_t)p->shape->size;
        if (images[i]->turned && first < last)
            conv_layer_image_turn(images[i], p->loops, from, rooms[i], first, last);
    }
}

/* The sums as weights: dw = sums + beta * dw. */
static void put_weights(const conv_layer_products_call *s) {
    const conv_layer_products *p = s->p;
    const conv_layer_weights *w = &p->shape->weights;
    ptrdiff_t size = (ptrdiff_t)p->shape->size;
    ptrdiff_t lane_step = p->depthwise ? w->group : p->wide_in_lanes ? w->wide : w->narrow;
    ptrdiff_t row_step = p->depthwise       ? w->axis[CONV_LAYER_AXES - 1]
                         : p->wide_in_lanes ? w->narrow
                                            : w->wide;
    for (size_t g = 0; g < p->groups; g++)
        for (size_t number = 0; number < conv_layer_products_taps(p); number++) {
            size_t tap[CONV_LAYER_AXES];
            ptrdiff_t at = w->origin + (ptrdiff_t)g * w->group;
            conv_layer_products_tap(p, number, tap);
            for (int d = 0; d < CONV_LAYER_AXES; d++)
                at += (ptrdiff_t)tap[d] * w->axis[d];
            if (row_step == 1 && lane_step != 1 && s->call->beta == 0) { /* change places */
                p->loops->turn(conv_layer_products_sums(s, g, number, 0), (ptrdiff_t)p->padded,
                               p->rows, p->lanes, (char *)s->call->to + at * size, lane_step);
                continue;
            }
            for (size_t row = 0; row < p->rows; row++, at += row_step)
                p->loops->put(conv_layer_products_sums(s, g, number, row), 1, p->lanes, NULL,
                              s->call->beta, (char *)s->call->to + at * size, lane_step);
        }
}

/* One sum for each weight, of blocks and lanes. */
static void end_sums(const conv_layer_products_call *s) {
    const conv_layer_products *p = s->p;
    size_t count = sum_vectors(p) * (size_t)p->loops->lanes;
    if (s->folded) {
        p->loops->fold(s->sums, count, false, s->high, s->low);
        p->loops->total(s->high, s->low, count, s->sums);
    }
    if (p->way == CONV_LAYER_NEIGHBOURS)
        p->loops->add_lanes(s->sums, sum_vectors(p), s->sums, p->loops->lanes);
}

void conv_layer_products_run(const conv_layer_products *p, const conv_layer_call *call) {
    char *room = call->workspace, *images = room + (p->folds ? 3 : 1) * p->sums_bytes;
    conv_layer_products_call s = {.p = p,
                                  .call = call,
                                  .sums = room,
                                  .high = room + p->sums_bytes,
                                  .low = room + 2 * p->sums_bytes,
                                  .wide_room = images,
                                  .narrow_room = images + p->wide.bytes,
                                  .segments = images + p->wide.bytes + p->narrow.bytes};
    if (p->folds) /* folded with the lanes that are nobody's */
        memset(s.sums, 0, p->sums_bytes);
    size_t points = conv_max(p->shape->wide.points, p->shape->narrow.points);
    size_t turns = (points + TURNED_POINTS - 1) / TURNED_POINTS;
    for (s.batch = 0; s.batch < p->shape->batch; s.batch++) {
        if (p->wide.turned || p->narrow.turned)
            conv_parallel_for(turns, p->threads, turn_points, &s);
        ptrdiff_t batch = (ptrdiff_t)s.batch, size = (ptrdiff_t)p->shape->size;
        s.wide = p->wide.turned ? s.wide_room
                                : (const char *)call->wide + batch * p->shape->wide.batch * size;
        s.narrow = p->narrow.turned
                       ? s.narrow_room
                       : (const char *)call->narrow + batch * p->shape->narrow.batch * size;
        conv_parallel_for(items_of(p), p->threads, run_image, &s);
        walk_image(&s, 0, 0, NULL, &s.terms, &s.folded);
    }
    end_sums(&s);
    put_weights(&s);
}
