/* Short rows with what lies beyond their ends in registers, where there is an instruction that
 * takes any lanes of two vectors: each output vector under a tap is a permutation of two neighbours
 * among the row's vectors, the one before the row and the one behind it. So a row is loaded and
 * stored once, and nothing waits for a copy. The order of a sum is slide's. */
#include "kernels/slide_parts.h"

#if HAVE_SHIFT && CONV_LEAF_COMPLEX != 1

enum {
    TOGETHER = 4, /* output vectors: their chains of sums do not wait for each other */
    MOST_TAPS = 8 /* more gain by loads, which are cheaper than permutations */
};

/* Lanes of a, and from LANES on those of b. */
ALWAYS_INLINE vec lanes_of(vec a, vec b, vec_index at) {
#ifdef CONV_LEAF_DOUBLE
    return (vec)_mm512_permutex2var_pd((__m512d)a, (__m512i)at, (__m512d)b);
#else
    return (vec)_mm512_permutex2var_ps((__m512)a, (__m512i)at, (__m512)b);
#endif
}

/* What one vector beyond the row takes from the first and the last within, or is as it is. */
typedef struct {
    vec_index at, filled;
} outside;

typedef struct {
    outside before, behind;
    vec value;
    ptrdiff_t back; /* reals that the first tap lies before the output */
    const R *c;
    size_t taps, n;
} short_rows;

/* The places of a run in the vector on its side; false where they or their elements are too far. */
static bool place_run(const conv_row_run *run, size_t n, outside *to) {
    ptrdiff_t elements = LANES / SPACING, extent = (ptrdiff_t)(n / SPACING);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)run->length; i++) {
        ptrdiff_t to_place = run->to + run->way * i, from = run->from + run->step * i;
        ptrdiff_t lane = run->way < 0 ? to_place + elements : to_place - extent;
        if (lane < 0 || lane >= elements)
            return false;
        if (run->from < 0) {
            from = 0;
        } else if (from >= elements) {
            from += 2 * elements - extent;
            if (from < elements)
                return false;
        }
        for (ptrdiff_t r = 0; r < SPACING; r++) {
            to->at[SPACING * lane + r] = (lane_index)(SPACING * from + r);
            to->filled[SPACING * lane + r] = run->from < 0 ? -1 : 0;
        }
    }
    return true;
}

ALWAYS_INLINE vec beyond(const outside *at, vec first, vec last, vec value) {
    vec_index sample = (vec_index)lanes_of(first, last, at->at);
    return (vec)((sample & ~at->filled) | ((vec_index)value & at->filled));
}

/* Output vectors from number `at` on. */
ALWAYS_INLINE void short_vectors(const short_rows *s, const R *x, R *y, size_t at, vec before,
                                 vec behind, const int vectors) {
    vec base[TOGETHER + 2], sum[TOGETHER];
    base[0] = at ? load_shared(x + at - LANES) : before;
    base[vectors + 1] =
        at + (size_t)(vectors * LANES) < s->n ? load_shared(x + at + vectors * LANES) : behind;
    UNROLL
    for (int j = 0; j < vectors; j++) {
        base[j + 1] = load_shared(x + at + j * LANES);
        sum[j] = (vec){0};
    }
    vec_index lanes = lane_numbers() + ((lane_index)(LANES - s->back) - (vec_index){0});
    const vec_index step = (lane_index)SPACING - (vec_index){0};
    size_t taps_before = smaller(s->taps, (size_t)(s->back / SPACING)), k = 0;
    for (; k < taps_before; k++, lanes += step) {
        vec tap = vec_splat(s->c[k]);
        UNROLL
        for (int j = 0; j < vectors; j++)
            sum[j] = vec_fma(tap, lanes_of(base[j], base[j + 1], lanes), sum[j]);
    }
    lanes -= (lane_index)LANES - (vec_index){0};
    for (; k < s->taps; k++, lanes += step) {
        vec tap = vec_splat(s->c[k]);
        UNROLL
        for (int j = 0; j < vectors; j++)
            sum[j] = vec_fma(tap, lanes_of(base[j + 1], base[j + 2], lanes), sum[j]);
    }
    UNROLL
    for (int j = 0; j < vectors; j++)
        vec_store(y + at + j * LANES, sum[j]);
}

static void short_row(const short_rows *s, const R *x, R *y) {
    vec first = vec_load(x), last = vec_load(x + s->n - LANES);
    vec before = beyond(&s->before, first, last, s->value);
    vec behind = beyond(&s->behind, first, last, s->value);
    size_t at = 0;
    for (; s->n - at >= TOGETHER * LANES; at += TOGETHER * LANES)
        short_vectors(s, x, y, at, before, behind, TOGETHER);
    for (; at < s->n; at += LANES)
        short_vectors(s, x, y, at, before, behind, 1);
}

bool FN(slide_short)(const conv_row_ends *ends, size_t before, const void *x, ptrdiff_t x_stride,
                     const void *c, size_t taps, void *y, ptrdiff_t y_stride, size_t rows,
                     size_t count) {
    short_rows s = {
        .back = (ptrdiff_t)before * SPACING, .c = c, .taps = taps, .n = count * SPACING};
    R value[SPACING];
    if (s.n % LANES || taps > GROUP || taps > MOST_TAPS)
        return false;
    for (size_t i = 0; i < ends->count; i++)
        if (!place_run(&ends->run[i], s.n, ends->run[i].way < 0 ? &s.before : &s.behind))
            return false;
    memcpy(value, ends->value, sizeof value);
    for (int i = 0; i < LANES; i++)
        s.value[i] = value[i % SPACING];
    for (size_t r = 0; r < rows; r++)
        short_row(&s, (const R *)((const T *)x + (ptrdiff_t)r * x_stride),
                  (R *)((T *)y + (ptrdiff_t)r * y_stride));
    return true;
}

#else

bool FN(slide_short)(const conv_row_ends *ends, size_t before, const void *x, ptrdiff_t x_stride,
                     const void *c, size_t taps, void *y, ptrdiff_t y_stride, size_t rows,
                     size_t count) {
    (void)ends, (void)before, (void)x, (void)x_stride, (void)c, (void)taps, (void)y;
    (void)y_stride, (void)rows, (void)count;
    return false;
}

#endif
