/* The end of a line: nodes of 64 or 16 coefficients down to 1, the product with the spectrum, and
 * back, with the data in registers as far as the level has them. */
#ifndef CONV_FFT_RING_END_H
#define CONV_FFT_RING_END_H

#include "fft/ring_lanes.h"

#ifdef RING_TWO_LANES
#define RING_GROUP 8 /* vector pairs of a group: whole nodes of 16 */
#else
#define RING_GROUP 4
#endif

RING_INLINE ring_roots ring_roots_lanes(const R *node) {
    vec v[CONV_RING_ROOTS];
    for (int i = 0; i < CONV_RING_ROOTS; i++) {
        v[i] = vec_load(node + i * CONV_RING_BLOCK);
    }
    return (ring_roots){{v[0], v[1]}, {v[2], v[3]}, {v[4], v[5]}};
}

RING_INLINE void ring_product(cvec *x, const cvec *h) {
    for (int r = 0; r < 4; r++) {
        x[r] = cvec_mul(x[r], h[r]);
    }
}

/* Nodes of 4, coefficients in x, nodes in the lanes. */
RING_INLINE void ring_quads(conv_ring_mode mode, cvec *x, const R *quads, const cvec *h) {
    ring_roots w = ring_roots_lanes(quads);
    if (mode != CONV_RING_INVERSE) {
        ring_split4(x, w);
    }
    if (mode == CONV_RING_CONVOLVE) {
        ring_product(x, h);
    }
    if (mode != CONV_RING_FORWARD) {
        ring_join4(x, w);
    }
}

#ifdef RING_TWO_LANES

/* Two nodes of 4, one after the other, to and from one in each lane. */
RING_INLINE void ring_pair(cvec *x) {
    cvec a = x[0], b = x[1], c = x[2], d = x[3];
    x[0] = (cvec){ring_even(a.re, c.re), ring_even(a.im, c.im)};
    x[1] = (cvec){ring_odd(a.re, c.re), ring_odd(a.im, c.im)};
    x[2] = (cvec){ring_even(b.re, d.re), ring_even(b.im, d.im)};
    x[3] = (cvec){ring_odd(b.re, d.re), ring_odd(b.im, d.im)};
}

RING_INLINE void ring_unpair(cvec *x) {
    cvec a = x[0], b = x[1], c = x[2], d = x[3];
    x[0] = (cvec){ring_even(a.re, b.re), ring_even(a.im, b.im)};
    x[2] = (cvec){ring_odd(a.re, b.re), ring_odd(a.im, b.im)};
    x[1] = (cvec){ring_even(c.re, d.re), ring_even(c.im, d.im)};
    x[3] = (cvec){ring_odd(c.re, d.re), ring_odd(c.im, d.im)};
}

/* A node of 16. node, quads: numbers of it and of its children. */
RING_INLINE void ring_group(conv_ring_mode mode, cvec *x, const R *node, const R *quads,
                            const cvec *h) {
    ring_roots w = ring_roots_splat(node);
    for (int i = 0; i < 2 && mode != CONV_RING_INVERSE; i++) {
        cvec v[4] = {x[i], x[2 + i], x[4 + i], x[6 + i]};
        ring_split4(v, w);
        x[i] = v[0], x[2 + i] = v[1], x[4 + i] = v[2], x[6 + i] = v[3];
    }
    for (int p = 0; p < 2; p++) {
        cvec *v = x + 4 * p;
        if (mode != CONV_RING_INVERSE) {
            ring_pair(v);
        }
        ring_quads(mode, v, quads + 2 * p, h + 4 * p);
        if (mode != CONV_RING_FORWARD) {
            ring_unpair(v);
        }
    }
    for (int i = 0; i < 2 && mode != CONV_RING_FORWARD; i++) {
        cvec v[4] = {x[i], x[2 + i], x[4 + i], x[6 + i]};
        ring_join4(v, w);
        x[i] = v[0], x[2 + i] = v[1], x[4 + i] = v[2], x[6 + i] = v[3];
    }
}

#else

RING_INLINE void ring_permute(cvec *x, void (*permute)(vec *)) {
    vec re[4] = {x[0].re, x[1].re, x[2].re, x[3].re}, im[4] = {x[0].im, x[1].im, x[2].im, x[3].im};
    permute(re);
    permute(im);
    for (int r = 0; r < 4; r++) {
        x[r] = (cvec){re[r], im[r]};
    }
}

RING_INLINE ring_roots ring_roots_spread(const R *nodes) {
    vec v[CONV_RING_ROOTS];
    for (int i = 0; i < CONV_RING_ROOTS; i++) {
        v[i] = ring_spread(nodes + i * CONV_RING_BLOCK);
    }
    return (ring_roots){{v[0], v[1]}, {v[2], v[3]}, {v[4], v[5]}};
}

/* LANES / 4 nodes of 16. nodes, quads: numbers of the first of them and of its first child. */
RING_INLINE void ring_group(conv_ring_mode mode, cvec *x, const R *nodes, const R *quads,
                            const cvec *h) {
    ring_roots w = ring_roots_spread(nodes);
    if (mode != CONV_RING_INVERSE) {
        ring_permute(x, ring_gather);
        ring_split4(x, w);
        ring_permute(x, ring_transpose);
    }
    ring_quads(mode, x, quads, h);
    if (mode != CONV_RING_FORWARD) {
        ring_permute(x, ring_transpose);
        ring_join4(x, w);
        ring_permute(x, ring_scatter);
    }
}

#endif

enum {
    RING_END_VECTORS = 4 * CONV_RING_END / LANES, /* a node of 64 */
    RING_END_QUARTER = CONV_RING_END / LANES,
    RING_GROUP_NODES = RING_GROUP * LANES / CONV_RING_END
};

/* The first split of a node of 64, or its last join. */
RING_INLINE void ring_end_split(cvec *x, ring_roots w) {
    for (int i = 0; i < RING_END_QUARTER; i++) {
        cvec v[4] = {x[i], x[RING_END_QUARTER + i], x[2 * RING_END_QUARTER + i],
                     x[3 * RING_END_QUARTER + i]};
        ring_split4(v, w);
        for (int r = 0; r < 4; r++) {
            x[r * RING_END_QUARTER + i] = v[r];
        }
    }
}

RING_INLINE void ring_end_join(cvec *x, ring_roots w) {
    for (int i = 0; i < RING_END_QUARTER; i++) {
        cvec v[4] = {x[i], x[RING_END_QUARTER + i], x[2 * RING_END_QUARTER + i],
                     x[3 * RING_END_QUARTER + i]};
        ring_join4(v, w);
        for (int r = 0; r < 4; r++) {
            x[r * RING_END_QUARTER + i] = v[r];
        }
    }
}

/* Node k of 64 coefficients at a depth. */
RING_INLINE void ring_end(conv_ring_mode mode, cvec *x, const void *const *level, int depth,
                          size_t k, const cvec *h) {
    ring_roots w = ring_roots_splat(ring_node(level[depth], k));
    const R *nodes = ring_node(level[depth + 2], 4 * k);
    const R *quads = ring_node(level[depth + 4], 16 * k);
    if (mode != CONV_RING_INVERSE) {
        ring_end_split(x, w);
    }
    for (int g = 0; g < RING_END_VECTORS / RING_GROUP; g++) {
        ring_group(mode, x + g * RING_GROUP, nodes + g * RING_GROUP_NODES,
                   quads + g * RING_GROUP_NODES * 4, h + g * RING_GROUP);
    }
    if (mode != CONV_RING_FORWARD) {
        ring_end_join(x, w);
    }
}

#ifdef __AVX512F__

/* Two groups at a time, stage by stage: one alone is a chain of dependent instructions longer than
 * a processor looks ahead. Floats have two nodes of 64 in them, doubles one. */
enum { RING_UNIT = 2 * RING_GROUP, RING_UNIT_NODES = RING_UNIT / RING_END_VECTORS };

RING_INLINE void ring_unit_down(cvec *v, const void *const *level, int depth, size_t k) {
    for (int n = 0; n < RING_UNIT_NODES; n++) {
        ring_end_split(v + n * RING_END_VECTORS,
                       ring_roots_splat(ring_node(level[depth], k + (size_t)n)));
    }
    for (int g = 0; g < 2; g++) {
        ring_permute(v + g * RING_GROUP, ring_gather);
    }
    for (size_t g = 0; g < 2; g++) {
        const R *nodes = ring_node(level[depth + 2], 4 * k + g * RING_GROUP_NODES);
        ring_split4(v + g * RING_GROUP, ring_roots_spread(nodes));
    }
    for (int g = 0; g < 2; g++) {
        ring_permute(v + g * RING_GROUP, ring_transpose);
    }
    for (size_t g = 0; g < 2; g++) {
        const R *quads = ring_node(level[depth + 4], 16 * k + g * LANES);
        ring_split4(v + g * RING_GROUP, ring_roots_lanes(quads));
    }
}

RING_INLINE void ring_unit_up(cvec *v, const void *const *level, int depth, size_t k) {
    for (size_t g = 0; g < 2; g++) {
        const R *quads = ring_node(level[depth + 4], 16 * k + g * LANES);
        ring_join4(v + g * RING_GROUP, ring_roots_lanes(quads));
    }
    for (int g = 0; g < 2; g++) {
        ring_permute(v + g * RING_GROUP, ring_transpose);
    }
    for (size_t g = 0; g < 2; g++) {
        const R *nodes = ring_node(level[depth + 2], 4 * k + g * RING_GROUP_NODES);
        ring_join4(v + g * RING_GROUP, ring_roots_spread(nodes));
    }
    for (int g = 0; g < 2; g++) {
        ring_permute(v + g * RING_GROUP, ring_scatter);
    }
    for (int n = 0; n < RING_UNIT_NODES; n++) {
        ring_end_join(v + n * RING_END_VECTORS,
                      ring_roots_splat(ring_node(level[depth], k + (size_t)n)));
    }
}

RING_INLINE void ring_unit(conv_ring_mode mode, cvec *x, const void *const *level, int depth,
                           size_t k, const cvec *h) {
    cvec v[RING_UNIT];
    for (int i = 0; i < RING_UNIT; i++) {
        v[i] = x[i];
    }
    if (mode != CONV_RING_INVERSE) {
        ring_unit_down(v, level, depth, k);
    }
    if (mode == CONV_RING_CONVOLVE) {
        /* Through memory: which keeps the compiler from holding the roots in registers it has not
         * got. */
        for (int i = 0; i < RING_UNIT; i++) {
            v[i] = cvec_mul(v[i], h[i]);
            x[i] = v[i];
        }
    }
    if (mode != CONV_RING_FORWARD) {
        ring_unit_up(v, level, depth, k);
    }
    for (int i = 0; i < RING_UNIT; i++) {
        x[i] = v[i];
    }
}

#else
enum { RING_UNIT_NODES = 1 };

RING_INLINE void ring_unit(conv_ring_mode mode, cvec *x, const void *const *level, int depth,
                           size_t k, const cvec *h) {
    ring_end(mode, x, level, depth, k, h);
}
#endif

#endif
