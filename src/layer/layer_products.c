/* PRODUCTS by tiles: weights of one tap, channels of one side times those of the other, summed over
 * all points. The points are gone through in chunks that stay in the cache while all weights meet
 * them; sums wait in the workspace meanwhile. Every sum adds its products in the order of the
 * points. A sum of many points is made of sums of at most MOST_POINTS, whose error does not grow
 * with the batch. */
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "layer/layer_direct.h"

/* Bytes of both sides' points in a chunk. */
#define CHUNK_BYTES ((size_t)384 << 10)

/* Products that are added one after the other. */
enum { MOST_POINTS = 4096 };

struct conv_layer_products {
    const conv_layer_shape *shape;
    const conv_layer_loops *loops;
    int threads;
    bool depthwise;               /* lanes are groups, rows are taps of the last axis */
    bool wide_in_lanes;           /* else the narrow side */
    size_t groups, rows, lanes;   /* channels of a group in rows and in lanes */
    size_t padded, width, blocks; /* of the lanes, as in layer_taps.c */
    size_t row_tiles;             /* tiles of rows of a tap; depthwise: of the last axis' taps */
    conv_layer_image wide, narrow;
    size_t line_count, line;          /* narrow points: of all axes but the last, of the last */
    size_t chunk_lines, chunk_points; /* a chunk: some lines, or some points of one */
    size_t sums_bytes, segment_bytes;
    size_t total_bytes; /* of the sums of sums; 0: there are so few points that one sum takes all */
};

/* ---- made ---- */

static double use_of(size_t channels, size_t lanes) {
    return (double)channels / (double)((channels + lanes - 1) / lanes * lanes);
}

static void set_chunks(conv_layer_products *p) {
    const conv_layer_shape *shape = p->shape;
    const size_t *extent = shape->narrow.extent;
    p->line = extent[CONV_LAYER_AXES - 1];
    p->line_count = extent[0] * extent[1] * extent[2];
    size_t point = (shape->narrow.channels + shape->wide.channels * shape->stride[3]) * shape->size;
    size_t points = conv_max(CHUNK_BYTES / conv_min(point, CHUNK_BYTES), 64);
    points = conv_min(points, MOST_POINTS);
    p->chunk_points = conv_min(points, p->line);
    p->chunk_lines = p->chunk_points < p->line ? 1 : conv_min(points / p->line, p->line_count);
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
    size_t vector = (size_t)p->loops->lanes, kernel = shape->kernel[CONV_LAYER_AXES - 1];
    p->depthwise = shape->wide_channels == 1 && shape->narrow_channels == 1;
    p->wide_in_lanes =
        use_of(shape->wide_channels, vector) > use_of(shape->narrow_channels, vector);
    p->groups = p->depthwise ? 1 : shape->groups;
    p->rows = p->depthwise       ? kernel
              : p->wide_in_lanes ? shape->narrow_channels
                                 : shape->wide_channels;
    p->lanes = p->depthwise       ? shape->groups
               : p->wide_in_lanes ? shape->wide_channels
                                  : shape->narrow_channels;
    size_t most = (size_t)(p->depthwise ? p->loops->rows_by_lane : p->loops->rows);
    p->padded = (p->lanes + vector - 1) / vector * vector;
    p->width = p->depthwise ? vector : vector * (size_t)p->loops->vectors;
    p->blocks = (p->lanes + p->width - 1) / p->width;
    p->row_tiles = (p->rows + most - 1) / most;
    /* Lanes are read in whole vectors: where the last is not whole it needs room behind it. */
    size_t spare = p->padded - p->lanes;
    bool spares_wide = p->wide_in_lanes && !p->depthwise;
    conv_layer_image_init(&p->wide, &shape->wide, shape->size, spares_wide ? spare : 0);
    conv_layer_image_init(&p->narrow, &shape->narrow, shape->size,
                          spares_wide || p->depthwise ? 0 : spare);
    set_chunks(p);
    size_t taps = p->depthwise ? shape->taps / kernel : shape->taps;
    p->sums_bytes = conv_aligned_size(p->groups * taps * p->rows * p->padded * shape->size);
    if (shape->narrow.points > MOST_POINTS / shape->batch)
        p->total_bytes = p->sums_bytes;
    p->segment_bytes = conv_aligned_size(p->chunk_lines * sizeof(conv_layer_segment));
    return CONV_OK;
}

void conv_layer_products_free(conv_layer_products *products) {
    conv_free(products);
}

size_t conv_layer_products_workspace(const conv_layer_products *p) {
    return p->sums_bytes + p->total_bytes + p->wide.bytes + p->narrow.bytes +
           (size_t)p->threads * p->segment_bytes;
}

/* ---- run ---- */

typedef struct {
    const conv_layer_products *p;
    const conv_layer_call *call;
    const char *wide, *narrow; /* this image */
    char *sums, *totals, *wide_room, *narrow_room, *segments;
    size_t summed; /* points that are in the sums where this image begins */
    size_t batch;
} shared;

/* A chunk of an image's points. */
typedef struct {
    size_t first_line, last_line, first, last;
    bool begins; /* the sums, or goes on with them */
} chunk;

/* The tap of an item, as indices; and of depthwise ones, of all axes but the last. */
static void find_tap(const conv_layer_products *p, size_t number, size_t *tap) {
    int last = p->depthwise ? CONV_LAYER_AXES - 2 : CONV_LAYER_AXES - 1;
    tap[CONV_LAYER_AXES - 1] = 0;
    for (int d = last; d >= 0; d--) {
        tap[d] = number % p->shape->kernel[d];
        number /= p->shape->kernel[d];
    }
}

/* Element of an image under narrow index o and tap k of axis d, of the wide and the narrow side. */
static ptrdiff_t wide_place(const conv_layer_products *p, int d, size_t o, size_t k) {
    const conv_layer_shape *s = p->shape;
    return ((ptrdiff_t)(o * s->stride[d] + k * s->dilation[d]) - s->before[d]) * p->wide.axis[d];
}

/* The segments of a chunk, whose narrow points o of the last axis are first..last-1 for all. */
static size_t list_segments(const conv_layer_products *p, const chunk *c, const size_t *tap,
                            size_t first, conv_layer_segment *segment) {
    const size_t *extent = p->shape->narrow.extent;
    size_t low[CONV_LAYER_AXES - 1], high[CONV_LAYER_AXES - 1], count = 0;
    for (int d = 0; d < CONV_LAYER_AXES - 1; d++)
        conv_layer_meeting(p->shape, d, tap[d], &low[d], &high[d]);
    ptrdiff_t wide_first = wide_place(p, 3, first, tap[3]);
    ptrdiff_t narrow_first = (ptrdiff_t)first * p->narrow.axis[3];
    for (size_t l = c->first_line; l < c->last_line; l++) {
        size_t o[CONV_LAYER_AXES - 1], number = l;
        bool meets = true;
        ptrdiff_t wide = wide_first, narrow = narrow_first;
        for (int d = CONV_LAYER_AXES - 2; d >= 0; d--) {
            o[d] = number % extent[d];
            number /= extent[d];
            meets = meets && o[d] >= low[d] && o[d] < high[d];
            wide += wide_place(p, d, o[d], tap[d]);
            narrow += (ptrdiff_t)o[d] * p->narrow.axis[d];
        }
        if (!meets)
            continue;
        segment[count].a = p->wide_in_lanes && !p->depthwise ? narrow : wide;
        segment[count++].b = p->wide_in_lanes && !p->depthwise ? wide : narrow;
    }
    return count;
}

static size_t taps_of(const conv_layer_products *p) {
    return p->depthwise ? p->shape->taps / p->shape->kernel[CONV_LAYER_AXES - 1] : p->shape->taps;
}

/* Sums of group, tap, row; lanes follow. */
static char *sums_at(const shared *s, size_t group, size_t tap, size_t row) {
    const conv_layer_products *p = s->p;
    return s->sums + ((group * taps_of(p) + tap) * p->rows + row) * p->padded * p->shape->size;
}

/* Rows first..first+count-1 of a tap, all lanes. */
static void run_rows(const shared *s, conv_layer_tile *tile, size_t group, size_t tap, size_t first,
                     const char *a, const char *b) {
    const conv_layer_products *p = s->p;
    size_t size = p->shape->size, vector = (size_t)p->loops->lanes;
    char *sums = sums_at(s, group, tap, first);
    if (p->depthwise) {
        tile->lanes = (int)(p->lanes - (p->padded - vector));
        tile->repeats = p->blocks;
        tile->b_repeat = (ptrdiff_t)vector;
        p->loops->by_lane(tile, a, b, sums);
        return;
    }
    for (size_t block = 0; block < p->blocks; block++) {
        size_t at = block * p->width, lanes = conv_min(p->width, p->padded - at);
        tile->vectors = (int)(lanes / vector);
        tile->lanes = (int)vector;
        p->loops->tile(tile, a, b + at * size, sums + at * size);
    }
}

/* A tile of rows of one tap. */
static void run_tap(const shared *s, const chunk *c, size_t group, size_t number, size_t row,
                    size_t rows, conv_layer_segment *segment) {
    const conv_layer_products *p = s->p;
    size_t tap[CONV_LAYER_AXES], low, high, size = p->shape->size;
    bool swapped = p->wide_in_lanes;
    conv_layer_tile tile;
    memset(&tile, 0, sizeof tile);
    find_tap(p, number, tap);
    conv_layer_meeting(p->shape, 3, tap[3], &low, &high);
    low = conv_max(low, c->first);
    high = conv_max(conv_min(high, c->last), low);
    ptrdiff_t wide_step = (ptrdiff_t)p->shape->stride[3] * p->wide.axis[3];
    tile.segment = segment;
    tile.segments = high > low ? list_segments(p, c, tap, low, segment) : 0;
    tile.length = high - low;
    tile.a_row = 1;
    tile.a_step = swapped ? p->narrow.axis[3] : wide_step;
    tile.b_step = swapped ? wide_step : p->narrow.axis[3];
    tile.c_row = (ptrdiff_t)p->padded;
    tile.rows = (int)rows;
    tile.continues = !c->begins;
    size_t wide_at = group * p->shape->wide_channels * size;
    size_t narrow_at = group * p->shape->narrow_channels * size;
    const char *a = swapped ? s->narrow + narrow_at : s->wide + wide_at;
    const char *b = swapped ? s->wide + wide_at : s->narrow + narrow_at;
    run_rows(s, &tile, group, number, row, a + row * size, b);
}

/* Depthwise: rows are neighbouring taps of the last axis, where all of them meet the same points;
 * points that only some of them meet come tap by tap. */
static void run_taps(const shared *s, const chunk *c, size_t number, size_t row, size_t rows,
                     conv_layer_segment *segment) {
    const conv_layer_products *p = s->p;
    conv_layer_tile tile;
    memset(&tile, 0, sizeof tile);
    size_t tap[CONV_LAYER_AXES], begin = c->first, end = c->last;
    find_tap(p, number, tap);
    for (size_t k = row; k < row + rows; k++) {
        size_t low, high;
        conv_layer_meeting(p->shape, 3, k, &low, &high);
        begin = conv_max(begin, low);
        end = conv_min(end, high);
    }
    end = conv_max(begin, end);
    tile.segment = segment;
    tile.a_row = (ptrdiff_t)p->shape->dilation[3] * p->wide.axis[3];
    tile.a_step = (ptrdiff_t)p->shape->stride[3] * p->wide.axis[3];
    tile.b_step = p->narrow.axis[3];
    tile.c_row = (ptrdiff_t)p->padded;
    tile.continues = !c->begins;
    /* Before, with all of them, after: every tap's points in their order. */
    for (int part = 0; part < 3; part++) {
        size_t together = part == 1 ? rows : 1;
        for (size_t k = row; k < row + rows; k += together) {
            size_t low, high;
            conv_layer_meeting(p->shape, 3, k, &low, &high);
            low = part == 0 ? conv_max(low, c->first) : part == 1 ? begin : conv_max(end, low);
            high = part == 0 ? conv_min(high, begin) : part == 1 ? end : conv_min(high, c->last);
            high = conv_max(high, low);
            if (low == high && tile.continues)
                continue;
            tap[3] = k;
            tile.length = high - low;
            tile.segments = high > low ? list_segments(p, c, tap, low, segment) : 0;
            tile.rows = (int)together;
            run_rows(s, &tile, 0, number, k, s->wide, s->narrow);
        }
        tile.continues = true;
    }
}

/* The chunk that begins at point `first` of line `line`. */
static chunk chunk_at(const conv_layer_products *p, size_t line, size_t first) {
    return (chunk){line, conv_min(line + p->chunk_lines, p->line_count), first,
                   conv_min(first + p->chunk_points, p->line), false};
}

static void run_chunk(const shared *s, const chunk *c, size_t item, conv_layer_segment *segment) {
    const conv_layer_products *p = s->p;
    size_t part = item % p->row_tiles, tap = item / p->row_tiles % taps_of(p);
    size_t group = item / p->row_tiles / taps_of(p);
    size_t row = p->rows * part / p->row_tiles;
    size_t rows = p->rows * (part + 1) / p->row_tiles - row;
    if (p->depthwise)
        run_taps(s, c, tap, row, rows, segment);
    else
        run_tap(s, c, group, tap, row, rows, segment);
}

static size_t items_of(const conv_layer_products *p) {
    return p->groups * taps_of(p) * p->row_tiles;
}

/* Rows of sums that belong to an item. */
static size_t item_rows(const conv_layer_products *p, size_t item, size_t *first) {
    size_t part = item % p->row_tiles, tap = item / p->row_tiles;
    size_t row = p->rows * part / p->row_tiles;
    *first = tap * p->rows + row;
    return p->rows * (part + 1) / p->row_tiles - row;
}

/* totals += sums. */
static void add_to_totals(const shared *s, size_t begin, size_t end) {
    const conv_layer_products *p = s->p;
    size_t first, last, rows;
    if (begin == end)
        return;
    (void)item_rows(p, begin, &first);
    rows = item_rows(p, end - 1, &last);
    size_t from = first * p->padded, to = (last + rows) * p->padded;
    if (p->shape->dtype == CONV_F64)
        for (size_t i = from; i < to; i++)
            ((double *)(void *)s->totals)[i] += ((const double *)(const void *)s->sums)[i];
    else
        for (size_t i = from; i < to; i++)
            ((float *)(void *)s->totals)[i] += ((const float *)(const void *)s->sums)[i];
}

/* Whether the sums, with `summed` points in them, have no room for a chunk; counts its points. */
static bool is_full(const chunk *c, size_t *summed) {
    size_t points = (c->last_line - c->first_line) * (c->last - c->first);
    bool full = *summed > 0 && points > MOST_POINTS - *summed;
    *summed = full ? points : *summed + points;
    return full;
}

/* Weights begin..end-1, in tiles, over the points of one image. */
static void run_image(void *context, size_t begin, size_t end, int thread) {
    const shared *s = context;
    const conv_layer_products *p = s->p;
    void *segment = s->segments + (size_t)thread * p->segment_bytes;
    size_t summed = s->summed;
    for (size_t line = 0; line < p->line_count; line += p->chunk_lines)
        for (size_t first = 0; first < p->line; first += p->chunk_points) {
            chunk c = chunk_at(p, line, first);
            bool none = summed == 0, full = is_full(&c, &summed);
            c.begins = none || full;
            if (full)
                add_to_totals(s, begin, end);
            for (size_t item = begin; item < end; item++)
                run_chunk(s, &c, item, segment);
        }
}

/* The points in the sums after an image. */
static size_t summed_after(const shared *s) {
    const conv_layer_products *p = s->p;
    size_t summed = s->summed;
    for (size_t line = 0; line < p->line_count; line += p->chunk_lines)
        for (size_t first = 0; first < p->line; first += p->chunk_points) {
            chunk c = chunk_at(p, line, first);
            (void)is_full(&c, &summed);
        }
    return summed;
}

enum { TURNED_POINTS = 256 };

static void turn_points(void *context, size_t begin, size_t end, int thread) {
    const shared *s = context;
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

/* The sums as weights: dw = sums + beta * dw. sums: the last ones, or all of them. */
static void put_weights(const shared *s) {
    const conv_layer_products *p = s->p;
    const conv_layer_weights *w = &p->shape->weights;
    ptrdiff_t size = (ptrdiff_t)p->shape->size;
    ptrdiff_t lane_step = p->depthwise ? w->group : p->wide_in_lanes ? w->wide : w->narrow;
    ptrdiff_t row_step = p->depthwise       ? w->axis[CONV_LAYER_AXES - 1]
                         : p->wide_in_lanes ? w->narrow
                                            : w->wide;
    for (size_t g = 0; g < p->groups; g++)
        for (size_t number = 0; number < taps_of(p); number++) {
            size_t tap[CONV_LAYER_AXES];
            ptrdiff_t at = w->origin + (ptrdiff_t)g * w->group;
            find_tap(p, number, tap);
            for (int d = 0; d < CONV_LAYER_AXES; d++)
                at += (ptrdiff_t)tap[d] * w->axis[d];
            for (size_t row = 0; row < p->rows; row++, at += row_step)
                p->loops->put(
                    sums_at(s, g, number, row) + (p->total_bytes ? s->totals - s->sums : 0), 1,
                    p->lanes, NULL, s->call->beta, (char *)s->call->to + at * size, lane_step);
        }
}

void conv_layer_products_run(const conv_layer_products *p, const conv_layer_call *call) {
    char *room = call->workspace;
    shared s = {.p = p,
                .call = call,
                .sums = room,
                .totals = room + p->sums_bytes,
                .wide_room = room + p->sums_bytes + p->total_bytes};
    s.narrow_room = s.wide_room + p->wide.bytes;
    s.segments = s.narrow_room + p->narrow.bytes;
    memset(s.totals, 0, p->total_bytes);
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
        s.summed = summed_after(&s);
    }
    if (p->total_bytes)
        add_to_totals(&s, 0, items_of(p));
    put_weights(&s);
}
