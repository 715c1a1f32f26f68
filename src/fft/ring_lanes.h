/* Rearrangements of lanes for the end of a line, where nodes get shorter than a vector, and for
 * rows that lie across lanes.
 *
 * A chunk is 4 coefficients that follow one another. Four vectors hold LANES / 4 nodes of 16.
 *     ring_gather:    chunk r of every node into vector r; ring_scatter undoes it.
 *     ring_transpose: 4 vectors, the 4 x 4 square in each chunk transposed.
 *     ring_turn:      LANES vectors, transposed.
 * Two lanes are shorter than a chunk and have their own way, see ring_line.c. */
#ifndef CONV_FFT_RING_LANES_H
#define CONV_FFT_RING_LANES_H

#include "fft/ring_butterfly.h"

#define RING_SHUFFLE __builtin_shufflevector

#if defined(__AVX512F__) && !defined(CONV_LEAF_DOUBLE)

RING_INLINE void ring_gather(vec *x) {
    vec a = RING_SHUFFLE(x[0], x[1], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    vec b = RING_SHUFFLE(x[0], x[1], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    vec c = RING_SHUFFLE(x[2], x[3], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    vec d = RING_SHUFFLE(x[2], x[3], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    x[0] = RING_SHUFFLE(a, c, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    x[1] = RING_SHUFFLE(a, c, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    x[2] = RING_SHUFFLE(b, d, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    x[3] = RING_SHUFFLE(b, d, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

RING_INLINE void ring_scatter(vec *x) {
    ring_gather(x);
}

RING_INLINE vec ring_low_pairs(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
}

RING_INLINE vec ring_high_pairs(vec a, vec b) {
    return RING_SHUFFLE(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}

RING_INLINE vec ring_low(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
}

RING_INLINE vec ring_high(vec a, vec b) {
    return RING_SHUFFLE(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
}

RING_INLINE vec ring_even(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

RING_INLINE vec ring_odd(vec a, vec b) {
    return RING_SHUFFLE(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

RING_INLINE vec ring_zip_low(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

RING_INLINE vec ring_zip_high(vec a, vec b) {
    return RING_SHUFFLE(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/* p[i] in all of chunk i */
RING_INLINE vec ring_spread(const R *p) {
    vec v = (vec)_mm512_castps128_ps512(_mm_loadu_ps(p));
    return RING_SHUFFLE(v, v, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
}

#elif defined(__AVX512F__) || (defined(__AVX__) && !defined(CONV_LEAF_DOUBLE)) /* 8 lanes */

RING_INLINE vec ring_lower_halves(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
}

RING_INLINE vec ring_upper_halves(vec a, vec b) {
    return RING_SHUFFLE(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
}

RING_INLINE void ring_gather(vec *x) {
    vec a = x[0], b = x[1];
    x[0] = ring_lower_halves(a, x[2]);
    x[1] = ring_upper_halves(a, x[2]);
    x[2] = ring_lower_halves(b, x[3]);
    x[3] = ring_upper_halves(b, x[3]);
}

RING_INLINE void ring_scatter(vec *x) {
    vec a = x[0], b = x[1], c = x[2], d = x[3];
    x[0] = ring_lower_halves(a, b);
    x[1] = ring_lower_halves(c, d);
    x[2] = ring_upper_halves(a, b);
    x[3] = ring_upper_halves(c, d);
}

RING_INLINE vec ring_low_pairs(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
}

RING_INLINE vec ring_high_pairs(vec a, vec b) {
    return RING_SHUFFLE(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
}

#ifdef CONV_LEAF_DOUBLE
RING_INLINE vec ring_low(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
}

RING_INLINE vec ring_high(vec a, vec b) {
    return RING_SHUFFLE(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
}
#else
RING_INLINE vec ring_low(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
}

RING_INLINE vec ring_high(vec a, vec b) {
    return RING_SHUFFLE(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
}
#endif

RING_INLINE vec ring_even(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
}

RING_INLINE vec ring_odd(vec a, vec b) {
    return RING_SHUFFLE(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}

RING_INLINE vec ring_zip_low(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

RING_INLINE vec ring_zip_high(vec a, vec b) {
    return RING_SHUFFLE(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

RING_INLINE vec ring_spread(const R *p) {
    vec a = vec_splat(p[0]), b = vec_splat(p[1]);
    return RING_SHUFFLE(a, b, 0, 1, 2, 3, 12, 13, 14, 15);
}

#elif defined(__AVX__) || !defined(CONV_LEAF_DOUBLE) /* 4 lanes */

RING_INLINE void ring_gather(vec *x) {
    (void)x;
}

RING_INLINE void ring_scatter(vec *x) {
    (void)x;
}

RING_INLINE vec ring_low_pairs(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 1, 4, 5);
}

RING_INLINE vec ring_high_pairs(vec a, vec b) {
    return RING_SHUFFLE(a, b, 2, 3, 6, 7);
}

#ifdef CONV_LEAF_DOUBLE
RING_INLINE vec ring_low(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 4, 2, 6);
}

RING_INLINE vec ring_high(vec a, vec b) {
    return RING_SHUFFLE(a, b, 1, 5, 3, 7);
}
#else
RING_INLINE vec ring_low(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 4, 1, 5);
}

RING_INLINE vec ring_high(vec a, vec b) {
    return RING_SHUFFLE(a, b, 2, 6, 3, 7);
}
#endif

RING_INLINE vec ring_even(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 2, 4, 6);
}

RING_INLINE vec ring_odd(vec a, vec b) {
    return RING_SHUFFLE(a, b, 1, 3, 5, 7);
}

RING_INLINE vec ring_zip_low(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 4, 1, 5);
}

RING_INLINE vec ring_zip_high(vec a, vec b) {
    return RING_SHUFFLE(a, b, 2, 6, 3, 7);
}

RING_INLINE vec ring_spread(const R *p) {
    return vec_splat(p[0]);
}

#else /* 2 lanes */

RING_INLINE vec ring_even(vec a, vec b) {
    return RING_SHUFFLE(a, b, 0, 2);
}

RING_INLINE vec ring_odd(vec a, vec b) {
    return RING_SHUFFLE(a, b, 1, 3);
}

RING_INLINE vec ring_zip_low(vec a, vec b) {
    return ring_even(a, b);
}

RING_INLINE vec ring_zip_high(vec a, vec b) {
    return ring_odd(a, b);
}

#define RING_TWO_LANES
#endif

#ifndef RING_TWO_LANES

/* ring_low and ring_high interleave within 128 bits, as the instructions do: two floats of each
 * operand side by side, or one double, whose neighbours come later. */
RING_INLINE void ring_transpose(vec *x) {
    vec a = ring_low(x[0], x[1]), b = ring_high(x[0], x[1]);
    vec c = ring_low(x[2], x[3]), d = ring_high(x[2], x[3]);
#ifdef CONV_LEAF_DOUBLE
    x[0] = ring_low_pairs(a, c);
    x[1] = ring_low_pairs(b, d);
    x[2] = ring_high_pairs(a, c);
    x[3] = ring_high_pairs(b, d);
#else
    x[0] = ring_low_pairs(a, c);
    x[1] = ring_high_pairs(a, c);
    x[2] = ring_low_pairs(b, d);
    x[3] = ring_high_pairs(b, d);
#endif
}

#endif
/* A square of LANES vectors, transposed. */
RING_INLINE void ring_turn(vec *x) {
    vec y[LANES];
#ifdef RING_TWO_LANES
    y[0] = ring_even(x[0], x[1]);
    y[1] = ring_odd(x[0], x[1]);
#else
    UNROLL
    for (int i = 0; i < LANES; i += 4) {
        ring_transpose(x + i);
    }
#if defined(__AVX512F__) && !defined(CONV_LEAF_DOUBLE)
    UNROLL
    for (int i = 0; i < 4; i++) {
        vec v[4] = {x[i], x[4 + i], x[8 + i], x[12 + i]};
        ring_gather(v);
        y[i] = v[0], y[4 + i] = v[1], y[8 + i] = v[2], y[12 + i] = v[3];
    }
#elif defined(__AVX512F__) || (defined(__AVX__) && !defined(CONV_LEAF_DOUBLE))
    UNROLL
    for (int i = 0; i < 4; i++) {
        y[i] = ring_lower_halves(x[i], x[4 + i]);
        y[4 + i] = ring_upper_halves(x[i], x[4 + i]);
    }
#else
    memcpy(y, x, sizeof y);
#endif
#endif
    memcpy(x, y, sizeof y);
}

#endif
