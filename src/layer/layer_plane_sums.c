/* Depthwise sums with a kernel that stays in registers: lanes are neighbours on a line. A vector of
 * samples is loaded once for all the outputs of several lines that it reaches under one column of
 * taps: SAMPLES * TAPS loads for LINES * ROWS * TAPS multiply-adds. Samples outside are masked, so
 * that planes need no border. */
#include "layer/layer_leaf.h"

/* Lines of outputs that go together: the first of the samples under them, how many there are of
 * each. */
typedef struct {
    const R *x;
    R *y;
    int lines, low, high; /* samples low..high-1 are there */
} band;

/* The samples that are there under a vector of points, tap by tap of a row. */
typedef struct {
    lane_mask lanes[TAPS];
} row_lanes;

/* Those of a line's first vector and of its last. */
typedef struct {
    row_lanes first, last;
} line_ends;

typedef struct {
    vec w[ROWS][TAPS], bias; /* bias: 0 for none */
} plane_taps;

ALWAYS_INLINE row_lanes lanes_under(const conv_layer_plane *t, ptrdiff_t j) {
    row_lanes there;
    UNROLL
    for (int l = 0; l < TAPS; l++) {
        const ptrdiff_t column = j + l + t->first, left = (ptrdiff_t)t->a_columns - column;
        there.lanes[l] = mask_between(between(-column, LANES), between(left, LANES));
    }
    return there;
}

/* plain: no bias, and what is there is not read. */
ALWAYS_INLINE void put_band(const conv_layer_plane *t, const plane_taps *taps, const band *b,
                            const vec *sum, ptrdiff_t j, int lanes, const bool all_rows,
                            const bool whole, const bool plain) {
    UNROLL
    for (int r = 0; r < LINES; r++) {
        if (!all_rows && r >= b->lines)
            continue;
        R *to = b->y + r * t->c_line + j;
        vec v = sum[r];
        if (!plain)
            v += taps->bias;
        if (!plain && t->beta != 0)
            v = vec_fma(vec_splat((R)t->beta), load_channels(to, lanes, whole), v);
        if (whole)
            vec_store(to, v);
        else
            store_tail(to, v, lanes);
    }
}

/* Points j.. of a band, a vector or what there is of one. there: the samples; NULL: all, under a
 * whole vector. */
ALWAYS_INLINE void sum_points(const conv_layer_plane *t, const plane_taps *taps, const band *b,
                              ptrdiff_t j, const row_lanes *there, const bool all_rows,
                              const bool plain) {
    vec sum[LINES];
    const R *x = b->x + j + t->first;
    UNROLL
    for (int r = 0; r < LINES; r++)
        sum[r] = (vec){0};
    UNROLL
    for (int q = 0; q < SAMPLES; q++, x += t->a_line) {
        if (!all_rows && (q < b->low || q >= b->high))
            continue;
        UNROLL
        for (int l = 0; l < TAPS; l++) {
            const vec one = there ? load_masked(x + l, there->lanes[l]) : load_shared(x + l);
            UNROLL
            for (int k = 0; k < ROWS; k++) {
                const int r = q - k;
                if (r >= 0 && r < LINES)
                    sum[r] = vec_fma(one, taps->w[k][l], sum[r]);
            }
        }
    }
    const ptrdiff_t left = (ptrdiff_t)t->count - j;
    if (!there || left >= LANES)
        put_band(t, taps, b, sum, j, LANES, all_rows, true, plain);
    else
        put_band(t, taps, b, sum, j, (int)left, all_rows, false, plain);
}

ALWAYS_INLINE void sum_along(const conv_layer_plane *t, const plane_taps *taps,
                             const line_ends *ends, const band *b, const bool all_rows,
                             const bool plain) {
    const ptrdiff_t count = (ptrdiff_t)t->count, room = (ptrdiff_t)t->a_columns - t->first;
    const ptrdiff_t last = (count < room - (TAPS - 1) ? count : room - (TAPS - 1)) - LANES;
    for (ptrdiff_t j = 0; j < count; j += LANES) {
        if (j + t->first >= 0 && j <= last) {
            sum_points(t, taps, b, j, NULL, all_rows, plain);
        } else {
            const row_lanes there = j == 0               ? ends->first
                                    : j + LANES >= count ? ends->last
                                                         : lanes_under(t, j);
            sum_points(t, taps, b, j, &there, all_rows, plain);
        }
    }
}

void FN(layer_plane_sums)(const conv_layer_plane *plane, const void *a, const void *b, void *c) {
    const R *w = b;
    const bool plain = !plane->bias && plane->beta == 0;
    plane_taps taps = {.bias = plane->bias ? vec_splat(*(const R *)plane->bias) : (vec){0}};
    UNROLL
    for (int k = 0; k < ROWS; k++) {
        UNROLL
        for (int l = 0; l < TAPS; l++)
            taps.w[k][l] = vec_splat(w[k * TAPS + l]);
    }
    const line_ends ends = {lanes_under(plane, 0),
                            lanes_under(plane, ((ptrdiff_t)plane->count - 1) / LANES * LANES)};
    for (size_t r = 0; r < plane->lines; r += LINES) {
        const ptrdiff_t first = (ptrdiff_t)r + plane->first_line;
        const ptrdiff_t left = (ptrdiff_t)(plane->lines - r);
        const band some = {(const R *)a + first * plane->a_line,
                           (R *)c + (ptrdiff_t)r * plane->c_line, between(left, LINES),
                           between(-first, SAMPLES),
                           between((ptrdiff_t)plane->a_lines - first, SAMPLES)};
        const bool all_rows = some.lines == LINES && some.low == 0 && some.high == SAMPLES;
        if (all_rows && plain)
            sum_along(plane, &taps, &ends, &some, true, true);
        else if (all_rows)
            sum_along(plane, &taps, &ends, &some, true, false);
        else if (plain)
            sum_along(plane, &taps, &ends, &some, false, true);
        else
            sum_along(plane, &taps, &ends, &some, false, false);
    }
}
