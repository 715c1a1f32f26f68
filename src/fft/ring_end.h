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

/* Nodes of 16 to nodes of 1 and back, with nodes of 4 in the lanes in between. */
RING_INLINE void ring_group_down(cvec *x, const R *node, const R *quads) {
    ring_roots w = ring_roots_splat(node);
    for (int i = 0; i < 2; i++) {
        cvec v[4] = {x[i], x[2 + i], x[4 + i], x[6 + i]};
        ring_split4(v, w);
        x[i] = v[0], x[2 + i] = v[1], x[4 + i] = v[2], x[6 + i] = v[3];
    }
    for (int p = 0; p < 2; p++) {
        ring_pair(x + 4 * p);
        ring_split4(x + 4 * p, ring_roots_lanes(quads + 2 * p));
    }
}

RING_INLINE void ring_group_up(cvec *x, const R *node, const R *quads) {
    ring_roots w = ring_roots_splat(node);
    for (int p = 0; p < 2; p++) {
        ring_join4(x + 4 * p, ring_roots_lanes(quads + 2 * p));
        ring_unpair(x + 4 * p);
    }
    for (int i = 0; i < 2; i++) {
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

/* Nodes of 16 to nodes of 1 and back, with chunks and then nodes of 4 in the lanes in between. */
RING_INLINE void ring_group_down(cvec *x, const R *nodes, const R *quads) {
    ring_permute(x, ring_gather);
    ring_split4(x, ring_roots_spread(nodes));
    ring_permute(x, ring_transpose);
    ring_split4(x, ring_roots_lanes(quads));
}

RING_INLINE void ring_group_up(cvec *x, const R *nodes, const R *quads) {
    ring_join4(x, ring_roots_lanes(quads));
    ring_permute(x, ring_transpose);
    ring_join4(x, ring_roots_spread(nodes));
    ring_permute(x, ring_scatter);
}

#endif

/* A group of whole nodes of 16 in memory: down, and times the spectrum where there is one. nodes,
 * quads: numbers of the first of the nodes and of its first child. */
RING_INLINE void ring_group_forward(cvec *x, const R *nodes, const R *quads, const cvec *h) {
    cvec v[RING_GROUP];
    for (int i = 0; i < RING_GROUP; i++) {
        v[i] = x[i];
    }
    ring_group_down(v, nodes, quads);
    for (int i = 0; i < RING_GROUP; i++) {
        x[i] = h ? cvec_mul(v[i], h[i]) : v[i];
    }
}

RING_INLINE void ring_group_inverse(cvec *x, const R *nodes, const R *quads) {
    cvec v[RING_GROUP];
    for (int i = 0; i < RING_GROUP; i++) {
        v[i] = x[i];
    }
    ring_group_up(v, nodes, quads);
    for (int i = 0; i < RING_GROUP; i++) {
        x[i] = v[i];
    }
}

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

/* Node k of 64 coefficients at a depth. All groups go down before the first goes up: short chains
 * of dependent instructions overlap, long ones do not. */
RING_INLINE void ring_end(conv_ring_mode mode, cvec *x, const void *const *level, int depth,
                          size_t k, const cvec *h) {
    const R *node = ring_node(level[depth], k), *nodes = ring_node(level[depth + 2], 4 * k);
    const R *quads = ring_node(level[depth + 4], 16 * k);
    const int groups = RING_END_VECTORS / RING_GROUP;
    if (mode != CONV_RING_INVERSE) {
        ring_end_split(x, ring_roots_splat(node));
        for (int g = 0; g < groups; g++) {
            ring_group_forward(x + g * RING_GROUP, nodes + g * RING_GROUP_NODES,
                               quads + g * RING_GROUP_NODES * 4, h ? h + g * RING_GROUP : NULL);
        }
    }
    if (mode != CONV_RING_FORWARD) {
        for (int g = 0; g < groups; g++) {
            ring_group_inverse(x + g * RING_GROUP, nodes + g * RING_GROUP_NODES,
                               quads + g * RING_GROUP_NODES * 4);
        }
        ring_end_join(x, ring_roots_splat(node));
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
        /* Through memory, which keeps the compiler from holding roots that it has no registers
         * for. */
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
