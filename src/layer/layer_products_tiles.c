/* PRODUCTS by tiles: weights of one tap, channels of one side times those of the other, summed over
 * a chunk of points. */
#include <string.h>

#include "base/memory.h"
#include "layer/layer_products.h"

/* The tap of an item, as indices; and of depthwise ones, of all axes but the last. */
void conv_layer_products_tap(const conv_layer_products *p, size_t number, size_t *tap) {
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
static size_t list_segments(const conv_layer_products *p, const conv_layer_chunk *c,
                            const size_t *tap, size_t first, conv_layer_segment *segment) {
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

/* Rows first..first+count-1 of a tap, all lanes. */
static void run_rows(const conv_layer_products_call *s, conv_layer_tile *tile, size_t group,
                     size_t tap, size_t first, const char *a, const char *b) {
    const conv_layer_products *p = s->p;
    size_t size = p->shape->size, vector = (size_t)p->loops->lanes;
    char *sums = conv_layer_products_sums(s, group, tap, first);
    if (p->depthwise) {
        tile->lanes = (int)(p->lanes - (p->padded - vector));
        tile->repeats = p->blocks;
        tile->b_repeat = (ptrdiff_t)vector;
        p->loops->tap_lanes(tile, a, b, sums);
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
static void run_tap(const conv_layer_products_call *s, const conv_layer_chunk *c, size_t group,
                    size_t number, size_t row, size_t rows, conv_layer_segment *segment) {
    const conv_layer_products *p = s->p;
    size_t tap[CONV_LAYER_AXES], low, high, size = p->shape->size;
    bool swapped = p->wide_in_lanes;
    conv_layer_tile tile;
    memset(&tile, 0, sizeof tile);
    conv_layer_products_tap(p, number, tap);
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
    tile.continues = c->continues;
    size_t wide_at = group * p->shape->wide_channels * size;
    size_t narrow_at = group * p->shape->narrow_channels * size;
    const char *a = swapped ? s->narrow + narrow_at : s->wide + wide_at;
    const char *b = swapped ? s->wide + wide_at : s->narrow + narrow_at;
    run_rows(s, &tile, group, number, row, a + row * size, b);
}

/* Depthwise: rows are neighbouring taps of the last axis, where all of them meet the same points;
 * points that only some of them meet come tap by tap. */
static void run_taps(const conv_layer_products_call *s, const conv_layer_chunk *c, size_t number,
                     size_t row, size_t rows, conv_layer_segment *segment) {
    const conv_layer_products *p = s->p;
    conv_layer_tile tile;
    memset(&tile, 0, sizeof tile);
    size_t tap[CONV_LAYER_AXES], begin = c->first, end = c->last;
    conv_layer_products_tap(p, number, tap);
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
    tile.continues = c->continues;
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

void conv_layer_products_tile(const conv_layer_products_call *s, const conv_layer_chunk *c,
                              size_t item, conv_layer_segment *segment) {
    const conv_layer_products *p = s->p;
    size_t part = item % p->row_tiles, tap = item / p->row_tiles % conv_layer_products_taps(p);
    size_t group = item / p->row_tiles / conv_layer_products_taps(p);
    size_t row = conv_cut(p->rows, part, p->row_tiles);
    size_t rows = conv_cut(p->rows, part + 1, p->row_tiles) - row;
    if (p->depthwise)
        run_taps(s, c, tap, row, rows, segment);
    else
        run_tap(s, c, group, tap, row, rows, segment);
}
