/* Passes over a node of the ring tree in memory, shared by lines and columns. */
#ifndef CONV_FFT_RING_PASS_H
#define CONV_FFT_RING_PASS_H

#include <stdbool.h>

#include "fft/ring_butterfly.h"

enum { MOST_WAYS = CONV_RING_BRANCHES }; /* of a first split */

/* Splits node k into 2^log_radix children of q vector pairs, in place: count pairs of each child,
 * from x on. level: of the branch, from the node's depth on. Joining undoes it times 2^log_radix.
 */
void FN(ring_split)(int log_radix, cvec *x, size_t q, size_t count, const void *const *level,
                    size_t k);
void FN(ring_join)(int log_radix, cvec *x, size_t q, size_t count, const void *const *level,
                   size_t k);

/* The roots of a split by 2^log_radix of a node; level: from its depth on. */
typedef struct {
    cvec half; /* by two and eight */
    ring_roots w[2];
    cvec odd[CONV_RING_BRANCHES - 1]; /* of the split into branches */
} ring_pass_roots;

RING_INLINE ring_pass_roots ring_roots_of(int log_radix, const void *const *level, size_t k) {
    ring_pass_roots r = {0};
    if (log_radix == 1 || log_radix == 3) {
        r.half = ring_splat(ring_node(level[0], k), 2);
    }
    if (log_radix == 2) {
        r.w[0] = ring_roots_splat(ring_node(level[0], k));
    }
    if (log_radix == 3) {
        r.w[0] = ring_roots_splat(ring_node(level[1], 2 * k));
        r.w[1] = ring_roots_splat(ring_node(level[1], 2 * k + 1));
    }
    return r;
}

/* The roots of the split into so many branches. */
RING_INLINE ring_pass_roots ring_roots_odd(const conv_ring_axis *axis, size_t ways) {
    const double *c = axis->odd;
    ring_pass_roots r = {0};
    for (size_t k = 0; k < ways - 1; k++) {
        r.odd[k] = (cvec){vec_splat((R)c[2 * k]), vec_splat((R)c[2 * k + 1])};
    }
    return r;
}

RING_INLINE void ring_split_by(int log_radix, cvec *x, const ring_pass_roots *r) {
    if (log_radix == 1) {
        ring_split2(x, r->half);
    }
    if (log_radix == 2) {
        ring_split4(x, r->w[0]);
    }
    if (log_radix == 3) {
        ring_split8(x, r->half, r->w[0], r->w[1]);
    }
}

RING_INLINE void ring_join_by(int log_radix, cvec *x, const ring_pass_roots *r) {
    if (log_radix == 1) {
        ring_join2(x, r->half);
    }
    if (log_radix == 2) {
        ring_join4(x, r->w[0]);
    }
    if (log_radix == 3) {
        ring_join8(x, r->half, r->w[0], r->w[1]);
    }
}

/* Whether a first split by so many is the one into branches; else it is by 2^ring_log(ways). */
RING_INLINE bool ring_is_odd(size_t ways) {
    return ways > 1 && ways % 2;
}

RING_INLINE int ring_log(size_t ways) {
    return ways == 8 ? 3 : ways == 4 ? 2 : ways == 2;
}

RING_INLINE ring_pass_roots ring_first_roots(const conv_ring_axis *axis, size_t ways) {
    return ring_is_odd(ways) ? ring_roots_odd(axis, ways)
                             : ring_roots_of(ring_log(ways), axis->level[0], 0);
}

RING_INLINE void ring_split_first(size_t ways, cvec *x, const ring_pass_roots *r) {
    if (ring_is_odd(ways)) {
        ring_split_odd(ways, x, r->odd);
    } else {
        ring_split_by(ring_log(ways), x, r);
    }
}

RING_INLINE void ring_join_first(size_t ways, cvec *x, const ring_pass_roots *r) {
    if (ring_is_odd(ways)) {
        ring_join_odd(ways, x, r->odd);
    } else {
        ring_join_by(ring_log(ways), x, r);
    }
}

/* A call of memcpy would cost as much as what it copies. */
RING_INLINE void ring_copy_pairs(cvec *to, const cvec *from, size_t width) {
    size_t i = 0;
    for (; i + 4 <= width; i += 4) {
        memcpy(to + i, from + i, 4 * sizeof *to);
    }
    if (width & 2) {
        memcpy(to + i, from + i, 2 * sizeof *to);
        i += 2;
    }
    if (width & 1) {
        to[i] = from[i];
    }
}

#endif
