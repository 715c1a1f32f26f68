/* Products of rows with each other: a vector of a row of A is loaded once for several rows of B,
 * and the other way round. Each sum has its own lanes, which are added up at the end. */
#include "layer/layer_leaf.h"

enum { DOT_ROWS = CONV_LAYER_DOT_ROWS, DOT_POINTS = TILE_VECTORS };

typedef struct {
    vec v[DOT_ROWS][DOT_POINTS];
} dot_sums;

ALWAYS_INLINE void step(dot_sums *s, const conv_layer_dots *d, const R *a, const R *b,
                        const int rows, const int points, int lanes) {
    vec shared[DOT_ROWS];
    UNROLL
    for (int i = 0; i < rows; i++)
        shared[i] =
            lanes == LANES ? vec_load(a + i * d->a_row) : load_tail(a + i * d->a_row, lanes);
    UNROLL
    for (int j = 0; j < points; j++) {
        const R *from = b + j * d->b_row;
        const vec one = lanes == LANES ? vec_load(from) : load_tail(from, lanes);
        UNROLL
        for (int i = 0; i < rows; i++)
            s->v[i][j] = vec_fma(shared[i], one, s->v[i][j]);
    }
}

/* Pairwise. */
ALWAYS_INLINE R sum_of_lanes(vec v) {
    R part[LANES];
    memcpy(part, &v, sizeof part);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int j = 0; j < half; j++)
            part[j] += part[j + half];
    return part[0];
}

ALWAYS_INLINE void run_dots(const conv_layer_dots *d, const R *a, const R *b, R *c, const int rows,
                            const int points) {
    dot_sums s;
    UNROLL
    for (int i = 0; i < rows; i++) {
        UNROLL
        for (int j = 0; j < points; j++)
            s.v[i][j] = (vec){0};
    }
    size_t k = 0;
    for (; k + LANES <= d->length; k += LANES) {
        for (int i = 0; i < rows && d->ahead; i++)
            __builtin_prefetch(a + (rows + i) * d->a_row + k);
        step(&s, d, a + k, b + k, rows, points, LANES);
    }
    if (k < d->length)
        step(&s, d, a + k, b + k, rows, points, (int)(d->length - k));
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < points; j++)
            c[i + j * d->c_row] = sum_of_lanes(s.v[i][j]);
}

ALWAYS_INLINE void run_points(const conv_layer_dots *d, const R *a, const R *b, R *c,
                              const int rows) {
    size_t j = 0;
    for (; j + DOT_POINTS <= d->points; j += DOT_POINTS)
        run_dots(d, a, b + (ptrdiff_t)j * d->b_row, c + (ptrdiff_t)j * d->c_row, rows, DOT_POINTS);
    for (; j < d->points; j++)
        run_dots(d, a, b + (ptrdiff_t)j * d->b_row, c + (ptrdiff_t)j * d->c_row, rows, 1);
}

void FN(layer_dots)(const conv_layer_dots *dots, const void *a, const void *b, void *c) {
    conv_layer_dots some = *dots;
    const R *x = a;
    R *y = c;
    size_t i = 0;
    for (; i + DOT_ROWS <= dots->rows; i += DOT_ROWS) {
        some.ahead = dots->ahead && i + 2 * DOT_ROWS <= dots->rows;
        run_points(&some, x + (ptrdiff_t)i * dots->a_row, b, y + i, DOT_ROWS);
    }
    some.ahead = false;
    for (; i < dots->rows; i++)
        run_points(&some, x + (ptrdiff_t)i * dots->a_row, b, y + i, 1);
}
