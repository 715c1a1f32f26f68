/* Tiles of sums in registers: a vector of B is loaded once for all rows, an element of A once for
 * all vectors. */
#include "layer/layer_leaf.h"

typedef struct {
    vec v[TILE_ROWS][TILE_VECTORS];
} sums;

ALWAYS_INLINE vec load_lanes(const R *p, int lanes) {
    return lanes == LANES ? vec_load(p) : load_tail(p, lanes);
}

ALWAYS_INLINE void store_lanes(R *p, vec v, int lanes) {
    if (lanes == LANES)
        vec_store(p, v);
    else
        store_tail(p, v, lanes);
}

ALWAYS_INLINE void begin(const conv_layer_tile *t, sums *s, const R *c, const int rows,
                         const int vectors) {
    UNROLL
    for (int i = 0; i < rows; i++) {
        UNROLL
        for (int j = 0; j < vectors; j++) {
            s->v[i][j] = (vec){0};
            if (t->continues)
                s->v[i][j] =
                    load_lanes(c + i * t->c_row + j * LANES, j == vectors - 1 ? t->lanes : LANES);
        }
    }
}

ALWAYS_INLINE void end(const conv_layer_tile *t, sums *s, R *c, const int rows, const int vectors) {
    const R *bias = t->bias;
    const vec beta = vec_splat((R)t->beta);
    UNROLL
    for (int i = 0; i < rows; i++) {
        UNROLL
        for (int j = 0; j < vectors; j++) {
            R *to = c + i * t->c_row + j * LANES;
            int lanes = j == vectors - 1 ? t->lanes : LANES;
            vec v = s->v[i][j];
            if (bias)
                v += vec_load(bias + j * LANES);
            if (t->beta != 0)
                v = vec_fma(beta, load_lanes(to, lanes), v);
            store_lanes(to, v, lanes);
        }
    }
}

ALWAYS_INLINE void run(const conv_layer_tile *t, const R *a, const R *b, R *c, const int rows,
                       const int vectors) {
    sums s;
    begin(t, &s, c, rows, vectors);
    for (size_t segment = 0; segment < t->segments; segment++) {
        const R *x = a + t->segment[segment].a, *w = b + t->segment[segment].b;
        for (size_t l = 0; l < t->length; l++, x += t->a_step, w += t->b_step) {
            vec shared[TILE_VECTORS];
            UNROLL
            for (int j = 0; j < vectors; j++)
                shared[j] = load_shared(w + j * LANES);
            UNROLL
            for (int i = 0; i < rows; i++) {
                const vec one = vec_splat(x[i * t->a_row]);
                UNROLL
                for (int j = 0; j < vectors; j++)
                    s.v[i][j] = vec_fma(one, shared[j], s.v[i][j]);
            }
        }
    }
    end(t, &s, c, rows, vectors);
}

ALWAYS_INLINE void run_rows(const conv_layer_tile *t, const R *a, const R *b, R *c,
                            const int vectors) {
    switch (t->rows) {
    case 1:
        run(t, a, b, c, 1, vectors);
        return;
    case 2:
        run(t, a, b, c, 2, vectors);
        return;
    case 3:
        run(t, a, b, c, 3, vectors);
        return;
    case 4:
        run(t, a, b, c, 4, vectors);
        return;
    case 5:
        run(t, a, b, c, 5, vectors);
        return;
    default:
        run(t, a, b, c, TILE_ROWS, vectors);
    }
}

void FN(layer_tile)(const conv_layer_tile *t, const void *a, const void *b, void *c) {
    switch (t->vectors) {
    case 1:
        run_rows(t, a, b, c, 1);
        return;
    case 2:
        run_rows(t, a, b, c, 2);
        return;
#if TILE_VECTORS > 2
    case 3:
        run_rows(t, a, b, c, 3);
        return;
    default:
        run_rows(t, a, b, c, TILE_VECTORS);
#endif
    }
}
