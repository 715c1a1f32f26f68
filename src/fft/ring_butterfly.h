/* Splitting a node of the ring tree and joining it again, in registers.
 *
 * A node z^4q - c^4 with coefficients A0 + A1 z^q + A2 z^2q + A3 z^3q has the children z^q - r with
 * r = c, -c, ic, -ic in the order of the tree; the child at r is A0 + A1 r + A2 r^2 + A3 r^3.
 * Joining is the transpose conjugate, which is the inverse times the number of children. */
#ifndef CONV_FFT_RING_BUTTERFLY_H
#define CONV_FFT_RING_BUTTERFLY_H

#include "fft/ring_leaf.h"
#include "base/leaf.h"

#define RING_INLINE ALWAYS_INLINE

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

/* cos and sin of 2 pi k / ways, k = 1 .. (ways - 1) / 2, for 3, 5 and 7. */
static const double ring_odd_cos[3][3] = {
    {-0.5},
    {0.309016994374947424102293417182819, -0.809016994374947424102293417182819},
    {0.62348980185873353052500488400424, -0.222520933956314404288902564496795,
     -0.900968867902419126236102319507445},
};
static const double ring_odd_sin[3][3] = {
    {0.866025403784438646763723170752936},
    {0.951056516295153572116439333379382, 0.587785252292473129168705954639073},
    {0.781831482468029808708444526674058, 0.974927912181823607018131682993931,
     0.433883739117558120475768332848359},
};

/* What the children j and ways - j have in common, and where they differ: x + i y and x - i y, of
 * the sums x and the differences y of coefficients k and ways - k. */
RING_INLINE void ring_odd_pair(size_t ways, size_t j, cvec first, const cvec *sum,
                               const cvec *difference, cvec *a, cvec *b) {
    const double *c = ring_odd_cos[(ways - 3) / 2], *s = ring_odd_sin[(ways - 3) / 2];
    cvec even = first;
    UNROLL
    for (size_t k = 1; k <= ways / 2; k++) {
        size_t turn = j * k % ways;
        vec v = vec_splat((R)c[(turn < ways - turn ? turn : ways - turn) - 1]);
        even.re = vec_fma(v, sum[k - 1].re, even.re);
        even.im = vec_fma(v, sum[k - 1].im, even.im);
    }
    *a = *b = even;
    UNROLL
    for (size_t k = 1; k <= ways / 2; k++) {
        size_t turn = j * k % ways;
        cvec d = difference[k - 1];
        vec v = vec_splat((R)(turn < ways - turn ? s[turn - 1] : -s[ways - turn - 1]));
        *a = (cvec){vec_fnma(v, d.im, a->re), vec_fma(v, d.re, a->im)};
        *b = (cvec){vec_fma(v, d.im, b->re), vec_fnma(v, d.re, b->im)};
    }
}

/* The sums of x[k] exp(2 pi i j k / ways), j = 0 .. ways - 1; conjugated: of exp(-2 pi i ...). */
RING_INLINE void ring_odd_sums(size_t ways, bool conjugated, cvec *x) {
    cvec first = x[0], sum[3], difference[3];
    UNROLL
    for (size_t k = 1; k <= ways / 2; k++) {
        sum[k - 1] = cvec_add(x[k], x[ways - k]);
        difference[k - 1] = cvec_sub(x[k], x[ways - k]);
        x[0] = cvec_add(x[0], sum[k - 1]);
    }
    UNROLL
    for (size_t j = 1; j <= ways / 2; j++) {
        cvec *a = x + j, *b = x + ways - j;
        ring_odd_pair(ways, j, first, sum, difference, conjugated ? b : a, conjugated ? a : b);
    }
}

/* By 3, 5 or 7: the children are at c, cw, cw^2 ... with w = exp(2 pi i / ways); powers: c, c^2 ...
 */
RING_INLINE void ring_split_prime(size_t ways, cvec *x, const cvec *powers) {
    UNROLL
    for (size_t k = 1; k < ways; k++) {
        x[k] = cvec_mul(x[k], powers[k - 1]);
    }
    ring_odd_sums(ways, false, x);
}

RING_INLINE void ring_join_prime(size_t ways, cvec *x, const cvec *powers) {
    ring_odd_sums(ways, true, x);
    UNROLL
    for (size_t k = 1; k < ways; k++) {
        x[k] = cvec_mul_conj(x[k], powers[k - 1]);
    }
}

/* By 3, 5, 7, or by 9: in three, then each third in three. powers: of the node, then of the thirds.
 */
RING_INLINE void ring_split_odd(size_t ways, cvec *x, const cvec *powers) {
    if (ways < 9) {
        ring_split_prime(ways, x, powers);
        return;
    }
    for (int i = 0; i < 3; i++) {
        cvec v[3] = {x[i], x[3 + i], x[6 + i]};
        ring_split_prime(3, v, powers);
        x[i] = v[0], x[3 + i] = v[1], x[6 + i] = v[2];
    }
    for (int i = 0; i < 3; i++) {
        ring_split_prime(3, x + 3 * i, powers + 2 + 2 * i);
    }
}

RING_INLINE void ring_join_odd(size_t ways, cvec *x, const cvec *powers) {
    if (ways < 9) {
        ring_join_prime(ways, x, powers);
        return;
    }
    for (int i = 0; i < 3; i++) {
        ring_join_prime(3, x + 3 * i, powers + 2 + 2 * i);
    }
    for (int i = 0; i < 3; i++) {
        cvec v[3] = {x[i], x[3 + i], x[6 + i]};
        ring_join_prime(3, v, powers);
        x[i] = v[0], x[3 + i] = v[1], x[6 + i] = v[2];
    }
}

#endif
