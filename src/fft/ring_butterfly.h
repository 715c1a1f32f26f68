/* Splitting a node of the ring tree and joining it again, in registers.
 *
 * A node z^4q - c^4 with coefficients A0 + A1 z^q + A2 z^2q + A3 z^3q has the children z^q - r with
 * r = c, -c, ic, -ic in the order of the tree; the child at r is A0 + A1 r + A2 r^2 + A3 r^3.
 * Joining is the transpose conjugate, which is the inverse times the number of children. */
#ifndef CONV_FFT_RING_BUTTERFLY_H
#define CONV_FFT_RING_BUTTERFLY_H

#include "fft/ring_leaf.h"
#include "base/leaf.h"

#define RING_INLINE static inline __attribute__((always_inline))

/* LANES complex coefficients */
typedef struct {
    vec re, im;
} cvec;

typedef struct {
    cvec c1, c2, c3;
} ring_roots;

RING_INLINE cvec cvec_add(cvec a, cvec b) {
    return (cvec){a.re + b.re, a.im + b.im};
}

RING_INLINE cvec cvec_sub(cvec a, cvec b) {
    return (cvec){a.re - b.re, a.im - b.im};
}

/* a + i b and a - i b */
RING_INLINE cvec cvec_add_i(cvec a, cvec b) {
    return (cvec){a.re - b.im, a.im + b.re};
}

RING_INLINE cvec cvec_sub_i(cvec a, cvec b) {
    return (cvec){a.re + b.im, a.im - b.re};
}

RING_INLINE cvec cvec_mul(cvec a, cvec b) {
    return (cvec){vec_fnma(a.im, b.im, a.re * b.re), vec_fma(a.im, b.re, a.re * b.im)};
}

/* a conj(b) */
RING_INLINE cvec cvec_mul_conj(cvec a, cvec b) {
    return (cvec){vec_fma(a.im, b.im, a.re * b.re), vec_fnma(a.re, b.im, a.im * b.re)};
}

/* Where the numbers of node k begin in a level. */
RING_INLINE const R *ring_node(const void *level, size_t k) {
    return (const R *)level + k / CONV_RING_BLOCK * CONV_RING_ROOTS * CONV_RING_BLOCK +
           k % CONV_RING_BLOCK;
}

RING_INLINE cvec ring_splat(const R *node, int power) {
    return (cvec){vec_splat(node[(2 * power - 2) * CONV_RING_BLOCK]),
                  vec_splat(node[(2 * power - 1) * CONV_RING_BLOCK])};
}

RING_INLINE ring_roots ring_roots_splat(const R *node) {
    return (ring_roots){ring_splat(node, 1), ring_splat(node, 2), ring_splat(node, 3)};
}

/* c: with c^2 the node's root */
RING_INLINE void ring_split2(cvec *x, cvec c) {
    cvec b = cvec_mul(x[1], c);
    x[1] = cvec_sub(x[0], b);
    x[0] = cvec_add(x[0], b);
}

RING_INLINE void ring_join2(cvec *x, cvec c) {
    cvec b = cvec_sub(x[0], x[1]);
    x[0] = cvec_add(x[0], x[1]);
    x[1] = cvec_mul_conj(b, c);
}

RING_INLINE void ring_split4(cvec *x, ring_roots w) {
    cvec x1 = cvec_mul(x[1], w.c1), x2 = cvec_mul(x[2], w.c2), x3 = cvec_mul(x[3], w.c3);
    cvec even = cvec_add(x[0], x2), odd = cvec_add(x1, x3);
    cvec even_difference = cvec_sub(x[0], x2), odd_difference = cvec_sub(x1, x3);
    x[0] = cvec_add(even, odd);
    x[1] = cvec_sub(even, odd);
    x[2] = cvec_add_i(even_difference, odd_difference);
    x[3] = cvec_sub_i(even_difference, odd_difference);
}

RING_INLINE void ring_join4(cvec *x, ring_roots w) {
    cvec even = cvec_add(x[0], x[1]), odd = cvec_sub(x[0], x[1]);
    cvec even_difference = cvec_add(x[2], x[3]), odd_difference = cvec_sub(x[2], x[3]);
    x[0] = cvec_add(even, even_difference);
    x[2] = cvec_mul_conj(cvec_sub(even, even_difference), w.c2);
    x[1] = cvec_mul_conj(cvec_sub_i(odd, odd_difference), w.c1);
    x[3] = cvec_mul_conj(cvec_add_i(odd, odd_difference), w.c3);
}

/* By eight: in two, then each half in four. half: c^4; w: the roots of the halves. */
RING_INLINE void ring_split8(cvec *x, cvec half, ring_roots w0, ring_roots w1) {
    for (int i = 0; i < 4; i++) {
        cvec b = cvec_mul(x[4 + i], half);
        x[4 + i] = cvec_sub(x[i], b);
        x[i] = cvec_add(x[i], b);
    }
    ring_split4(x, w0);
    ring_split4(x + 4, w1);
}

RING_INLINE void ring_join8(cvec *x, cvec half, ring_roots w0, ring_roots w1) {
    ring_join4(x, w0);
    ring_join4(x + 4, w1);
    for (int i = 0; i < 4; i++) {
        cvec b = cvec_sub(x[i], x[4 + i]);
        x[i] = cvec_add(x[i], x[4 + i]);
        x[4 + i] = cvec_mul_conj(b, half);
    }
}

#define RING_SIN60 0.866025403784438646763723170752936183

/* By three: the children are at c, cw, cw^2 with w = exp(2 pi i / 3). */
RING_INLINE void ring_split3(cvec *x, cvec c1, cvec c2) {
    vec half = vec_splat((R)0.5), sine = vec_splat((R)RING_SIN60);
    cvec x1 = cvec_mul(x[1], c1), x2 = cvec_mul(x[2], c2);
    cvec sum = cvec_add(x1, x2), difference = cvec_sub(x1, x2);
    cvec middle = {vec_fnma(half, sum.re, x[0].re), vec_fnma(half, sum.im, x[0].im)};
    x[0] = cvec_add(x[0], sum);
    x[1] =
        (cvec){vec_fnma(sine, difference.im, middle.re), vec_fma(sine, difference.re, middle.im)};
    x[2] =
        (cvec){vec_fma(sine, difference.im, middle.re), vec_fnma(sine, difference.re, middle.im)};
}

RING_INLINE void ring_join3(cvec *x, cvec c1, cvec c2) {
    vec half = vec_splat((R)0.5), sine = vec_splat((R)RING_SIN60);
    cvec sum = cvec_add(x[1], x[2]), difference = cvec_sub(x[1], x[2]);
    cvec middle = {vec_fnma(half, sum.re, x[0].re), vec_fnma(half, sum.im, x[0].im)};
    x[0] = cvec_add(x[0], sum);
    x[1] = cvec_mul_conj(
        (cvec){vec_fma(sine, difference.im, middle.re), vec_fnma(sine, difference.re, middle.im)},
        c1);
    x[2] = cvec_mul_conj(
        (cvec){vec_fnma(sine, difference.im, middle.re), vec_fma(sine, difference.re, middle.im)},
        c2);
}

#endif
