/* Depthwise sums with a kernel that stays in registers: lanes are channels. A column of samples is
 * loaded once for all the outputs of several lines that it reaches, whose sums go round in
 * registers until their last column has come. An output adds its products column by column. */
#include "layer/layer_leaf.h"

/* Sums of the columns in work: output j is in place j % TAPS. */
typedef struct {
    vec w[ROWS][TAPS], v[TAPS][LINES];
} line_sums;

/* Column m of samples, which is tap l of output m - l; `place` is m % TAPS. */
ALWAYS_INLINE void add_column(const conv_layer_lines *t, line_sums *s, const R *x, const int place,
                              const bool all_rows, const bool whole) {
    UNROLL
    for (int q = 0; q < SAMPLES; q++) {
        if (!all_rows && (q < t->low || q >= t->high))
            continue;
        const vec one = load_channels(x + q * t->a_line, t->lanes, whole);
        UNROLL
        for (int l = 0; l < TAPS; l++) {
            UNROLL
            for (int k = 0; k < ROWS; k++) {
                const int r = q - k;
                if (r >= 0 && r < LINES) {
                    vec *to = &s->v[(place + TAPS - l) % TAPS][r];
                    *to = vec_fma(one, s->w[k][l], *to);
                }
            }
        }
    }
}

ALWAYS_INLINE void put_column(const conv_layer_lines *t, const line_sums *s, R *y, const int place,
                              const bool all_rows, const bool whole) {
    const R *bias = t->bias;
    UNROLL
    for (int r = 0; r < LINES; r++) {
        if (!all_rows && r >= t->lines)
            continue;
        R *to = y + r * t->c_line;
        vec v = s->v[place][r];
        if (bias)
            v += vec_load(bias);
        if (t->beta != 0)
            v = vec_fma(vec_splat((R)t->beta), load_channels(to, t->lanes, whole), v);
        if (whole)
            vec_store(to, v);
        else
            store_tail(to, v, t->lanes);
    }
}

ALWAYS_INLINE void clear_column(line_sums *s, const int place) {
    UNROLL
    for (int r = 0; r < LINES; r++)
        s->v[place][r] = (vec){0};
}

/* Column m comes in, output m - TAPS + 1 goes out. checked: either may not be there. */
ALWAYS_INLINE void step_column(const conv_layer_lines *t, line_sums *s, const R *x, R *y,
                               ptrdiff_t m, const int place, const bool checked,
                               const bool all_rows, const bool whole) {
    const ptrdiff_t out = m - (TAPS - 1), column = m + t->first;
    clear_column(s, place);
    if (!checked || (column >= 0 && column < (ptrdiff_t)t->columns))
        add_column(t, s, x + column * t->a_column, place, all_rows, whole);
    if (!checked || (out >= 0 && out < (ptrdiff_t)t->count))
        put_column(t, s, y + out * t->c_column, (place + 1) % TAPS, all_rows, whole);
}

ALWAYS_INLINE void run_columns(const conv_layer_lines *t, const R *x, const R *w, R *y,
                               const bool all_rows, const bool whole) {
    line_sums s;
    const ptrdiff_t end = (ptrdiff_t)t->count + TAPS - 1;
    const ptrdiff_t low = t->first < 1 - TAPS ? -t->first : TAPS - 1;
    const ptrdiff_t room = (ptrdiff_t)t->columns - t->first, high = room < end ? room : end;
    UNROLL
    for (int k = 0; k < ROWS; k++) {
        UNROLL
        for (int l = 0; l < TAPS; l++)
            s.w[k][l] = load_channels(w + (k * TAPS + l) * LANES, LANES, true);
    }
    UNROLL
    for (int place = 0; place < TAPS; place++)
        clear_column(&s, place);
    for (ptrdiff_t m = 0; m < end; m += TAPS) {
        if (m >= low && m + TAPS <= high) {
            UNROLL
            for (int place = 0; place < TAPS; place++)
                step_column(t, &s, x, y, m + place, place, false, all_rows, whole);
        } else {
            UNROLL
            for (int place = 0; place < TAPS; place++)
                step_column(t, &s, x, y, m + place, place, true, all_rows, whole);
        }
    }
}

void FN(layer_lines)(const conv_layer_lines *t, const void *a, const void *b, void *c) {
    conv_layer_lines one = *t;
    const R *x = (const R *)a + t->a_first, *w = b, *bias = t->bias;
    R *y = c;
    const bool all_rows = t->lines == LINES && t->low == 0 && t->high == SAMPLES;
    for (size_t i = 0; i < t->repeats; i++, x += LANES, w += t->b_repeat, y += LANES) {
        const bool whole = i + 1 < t->repeats || t->lanes == LANES;
        one.bias = bias ? bias + i * (size_t)LANES : NULL;
        if (!whole)
            run_columns(&one, x, w, y, false, false);
        else if (all_rows)
            run_columns(&one, x, w, y, true, true);
        else
            run_columns(&one, x, w, y, false, true);
    }
}
