/* Tiles of depthwise sums: every lane is a channel of its own. */
#include "layer/layer_leaf.h"

typedef struct {
    vec v[BY_LANE_ROWS];
} lane_sums;

ALWAYS_INLINE vec load_some(const R *p, int lanes, const bool whole) {
    return whole ? vec_load(p) : load_tail(p, lanes);
}

ALWAYS_INLINE void end_lanes(const conv_layer_tile *t, const lane_sums *s, R *c, const int rows,
                             const bool whole) {
    const R *bias = t->bias;
    const vec beta = vec_splat((R)t->beta);
    UNROLL
    for (int i = 0; i < rows; i++) {
        R *to = c + i * t->c_row;
        vec v = s->v[i];
        if (bias)
            v += vec_load(bias);
        if (t->beta != 0)
            v = vec_fma(beta, load_some(to, t->lanes, whole), v);
        if (whole)
            vec_store(to, v);
        else
            store_tail(to, v, t->lanes);
    }
}

ALWAYS_INLINE void run_lanes(const conv_layer_tile *t, const R *a, const R *b, R *c, const int rows,
                             const bool whole) {
    lane_sums s;
    UNROLL
    for (int i = 0; i < rows; i++)
        s.v[i] = t->continues ? load_some(c + i * t->c_row, t->lanes, whole) : (vec){0};
    for (size_t segment = 0; segment < t->segments; segment++) {
        const R *x = a + t->segment[segment].a, *w = b + t->segment[segment].b;
        for (size_t l = 0; l < t->length; l++, x += t->a_step, w += t->b_step) {
            const vec shared = load_some(w, t->lanes, whole);
            UNROLL
            for (int i = 0; i < rows; i++)
                s.v[i] = vec_fma(load_some(x + i * t->a_row, t->lanes, whole), shared, s.v[i]);
        }
    }
    end_lanes(t, &s, c, rows, whole);
}

ALWAYS_INLINE void run_lane_rows(const conv_layer_tile *t, const R *a, const R *b, R *c,
                                 const bool whole) {
    int rows = t->rows;
    if (rows == BY_LANE_ROWS) {
        run_lanes(t, a, b, c, BY_LANE_ROWS, whole);
        return;
    }
    if (rows & 8 && BY_LANE_ROWS > 8) {
        run_lanes(t, a, b, c, 8, whole);
        a += 8 * t->a_row, c += 8 * t->c_row;
    }
    if (rows & 4) {
        run_lanes(t, a, b, c, 4, whole);
        a += 4 * t->a_row, c += 4 * t->c_row;
    }
    if (rows & 2) {
        run_lanes(t, a, b, c, 2, whole);
        a += 2 * t->a_row, c += 2 * t->c_row;
    }
    if (rows & 1)
        run_lanes(t, a, b, c, 1, whole);
}

void FN(layer_by_lane)(const conv_layer_tile *t, const void *a, const void *b, void *c) {
    conv_layer_tile one = *t;
    const R *x = a, *w = b, *bias = t->bias;
    R *y = c;
    for (size_t i = 0; i < t->repeats; i++, x += LANES, w += t->b_repeat, y += LANES) {
        one.bias = bias ? bias + i * (size_t)LANES : NULL;
        if (i + 1 < t->repeats || t->lanes == LANES)
            run_lane_rows(&one, x, w, y, true);
        else
            run_lane_rows(&one, x, w, y, false);
    }
}
