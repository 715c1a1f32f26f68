/* The weights' gradients of depthwise layers, whose sums stay in registers while several lines go
 * by: lanes are channels, or neighbours on a line. */
#include "layer/layer_leaf.h"

typedef struct {
    vec v[ROWS][TAPS];
} tap_sums;

ALWAYS_INLINE void begin_sums(const conv_layer_lines *t, tap_sums *s, const R *c) {
    UNROLL
    for (int k = 0; k < ROWS; k++) {
        UNROLL
        for (int l = 0; l < TAPS; l++)
            s->v[k][l] = t->continues ? vec_load(c + k * t->b_row + l * t->b_tap) : (vec){0};
    }
}

ALWAYS_INLINE void end_sums(const conv_layer_lines *t, const tap_sums *s, R *c) {
    UNROLL
    for (int k = 0; k < ROWS; k++) {
        UNROLL
        for (int l = 0; l < TAPS; l++)
            vec_store(c + k * t->b_row + l * t->b_tap, s->v[k][l]);
    }
}

/* ---- lanes are channels: the last columns of the narrow side go round in registers ---- */

/* Columns of the narrow side that a column of samples meets: column j is in place j % TAPS. */
typedef struct {
    vec v[TAPS][LINES];
} window;

/* Column m of samples meets column m - l of the narrow side under tap l. checked: either may not be
 * there. */
ALWAYS_INLINE void meet_column(const conv_layer_lines *t, tap_sums *s, window *d, const R *x,
                               const R *y, ptrdiff_t m, const int place, const bool checked,
                               const bool all_rows, const bool whole) {
    const ptrdiff_t column = m + t->first, count = (ptrdiff_t)t->count;
    UNROLL
    for (int r = 0; r < LINES; r++)
        if ((!checked || m < count) && (all_rows || r < t->lines))
            d->v[place][r] = load_channels(y + r * t->c_line + m * t->c_column, t->lanes, whole);
    if (checked && (column < 0 || column >= (ptrdiff_t)t->columns))
        return;
    UNROLL
    for (int q = 0; q < SAMPLES; q++) {
        if (!all_rows && (q < t->low || q >= t->high))
            continue;
        const vec one = load_channels(x + q * t->a_line + column * t->a_column, t->lanes, whole);
        UNROLL
        for (int l = 0; l < TAPS; l++) {
            if (checked && (m < l || m - l >= count))
                continue;
            UNROLL
            for (int k = 0; k < ROWS; k++) {
                const int r = q - k;
                if (r >= 0 && r < LINES && (all_rows || r < t->lines))
                    s->v[k][l] = vec_fma(one, d->v[(place + TAPS - l) % TAPS][r], s->v[k][l]);
            }
        }
    }
}

ALWAYS_INLINE void meet_lines(const conv_layer_lines *t, const R *x, const R *y, R *c,
                              const bool all_rows, const bool whole) {
    tap_sums s;
    window d;
    const ptrdiff_t count = (ptrdiff_t)t->count, end = count + TAPS - 1;
    const ptrdiff_t low = t->first < 1 - TAPS ? -t->first : TAPS - 1;
    const ptrdiff_t room = (ptrdiff_t)t->columns - t->first, high = room < count ? room : count;
    begin_sums(t, &s, c);
    memset(&d, 0, sizeof d);
    for (ptrdiff_t m = 0; m < end; m += TAPS) {
        if (m >= low && m + TAPS <= high) {
            UNROLL
            for (int place = 0; place < TAPS; place++)
                meet_column(t, &s, &d, x, y, m + place, place, false, all_rows, whole);
        } else {
            UNROLL
            for (int place = 0; place < TAPS; place++)
                meet_column(t, &s, &d, x, y, m + place, place, true, all_rows, whole);
        }
    }
    end_sums(t, &s, c);
}

void FN(layer_line_products)(const conv_layer_lines *t, const void *a, const void *b, void *c) {
    const R *x = (const R *)a + t->a_first, *y = b;
    R *to = c;
    const bool all_rows = t->lines == LINES && t->low == 0 && t->high == SAMPLES;
    for (size_t i = 0; i < t->repeats; i++, x += LANES, y += LANES, to += t->b_repeat) {
        const bool whole = i + 1 < t->repeats || t->lanes == LANES;
        if (!whole)
            meet_lines(t, x, y, to, false, false);
        else if (all_rows)
            meet_lines(t, x, y, to, true, true);
        else
            meet_lines(t, x, y, to, false, true);
    }
}

/* ---- lanes are neighbours on a line ---- */

/* Points j..j+LANES-1 of the narrow side's lines, and the samples under every tap. */
ALWAYS_INLINE void meet_vectors(const conv_layer_lines *t, tap_sums *s, const R *x, const R *y,
                                ptrdiff_t j, const bool checked, const bool all_rows) {
    vec d[LINES] = {{0}};
    UNROLL
    for (int r = 0; r < LINES && !checked; r++)
        if (all_rows || r < t->lines)
            d[r] = load_shared(y + r * t->c_line + j);
    UNROLL
    for (int l = 0; l < TAPS; l++) {
        const ptrdiff_t column = j + l + t->first;
        const int low = between(-column, LANES);
        int high = between((ptrdiff_t)t->columns - column, LANES);
        high = between((ptrdiff_t)t->count - j, high);
        if (checked && low >= high)
            continue;
        const lane_mask lanes = mask_between(low, high);
        UNROLL
        for (int r = 0; r < LINES && checked; r++)
            if (all_rows || r < t->lines)
                d[r] = load_masked(y + r * t->c_line + j, lanes);
        UNROLL
        for (int q = 0; q < SAMPLES; q++) {
            if (!all_rows && (q < t->low || q >= t->high))
                continue;
            const R *at = x + q * t->a_line + column;
            const vec one = checked ? load_masked(at, lanes) : load_shared(at);
            UNROLL
            for (int k = 0; k < ROWS; k++) {
                const int r = q - k;
                if (r >= 0 && r < LINES && (all_rows || r < t->lines))
                    s->v[k][l] = vec_fma(one, d[r], s->v[k][l]);
            }
        }
    }
}

ALWAYS_INLINE void meet_along(const conv_layer_lines *t, const R *x, const R *y, R *c,
                              const bool all_rows) {
    tap_sums s;
    begin_sums(t, &s, c);
    for (ptrdiff_t j = 0; j < (ptrdiff_t)t->count; j += LANES) {
        if (j + t->first >= 0 && j + t->first + LANES + TAPS - 1 <= (ptrdiff_t)t->columns &&
            j + LANES <= (ptrdiff_t)t->count)
            meet_vectors(t, &s, x, y, j, false, all_rows);
        else
            meet_vectors(t, &s, x, y, j, true, all_rows);
    }
    end_sums(t, &s, c);
}

void FN(layer_line_dots)(const conv_layer_lines *t, const void *a, const void *b, void *c) {
    const R *x = (const R *)a + t->a_first;
    if (t->lines == LINES && t->low == 0 && t->high == SAMPLES)
        meet_along(t, x, b, c, true);
    else
        meet_along(t, x, b, c, false);
}
