/* Passes over a node of the ring tree, in place. */
#include "fft/ring_pass.h"

RING_INLINE void split_pass(int log_radix, cvec *x, size_t q, size_t count,
                            const ring_pass_roots *roots) {
    for (size_t i = 0; i < count; i++) {
        cvec v[8];
        for (size_t r = 0; r < (size_t)1 << log_radix; r++) {
            v[r] = x[r * q + i];
        }
        ring_split_by(log_radix, v, roots);
        for (size_t r = 0; r < (size_t)1 << log_radix; r++) {
            x[r * q + i] = v[r];
        }
    }
}

RING_INLINE void join_pass(int log_radix, cvec *x, size_t q, size_t count,
                           const ring_pass_roots *roots) {
    for (size_t i = 0; i < count; i++) {
        cvec v[8];
        for (size_t r = 0; r < (size_t)1 << log_radix; r++) {
            v[r] = x[r * q + i];
        }
        ring_join_by(log_radix, v, roots);
        for (size_t r = 0; r < (size_t)1 << log_radix; r++) {
            x[r * q + i] = v[r];
        }
    }
}

void FN(ring_split)(int log_radix, cvec *x, size_t q, size_t count, const void *const *level,
                    size_t k) {
    if (log_radix == 1) {
        ring_pass_roots roots = ring_roots_of(1, level, k);
        split_pass(1, x, q, count, &roots);
    } else if (log_radix == 2) {
        ring_pass_roots roots = ring_roots_of(2, level, k);
        split_pass(2, x, q, count, &roots);
    } else {
        ring_pass_roots roots = ring_roots_of(3, level, k);
        split_pass(3, x, q, count, &roots);
    }
}

void FN(ring_join)(int log_radix, cvec *x, size_t q, size_t count, const void *const *level,
                   size_t k) {
    if (log_radix == 1) {
        ring_pass_roots roots = ring_roots_of(1, level, k);
        join_pass(1, x, q, count, &roots);
    } else if (log_radix == 2) {
        ring_pass_roots roots = ring_roots_of(2, level, k);
        join_pass(2, x, q, count, &roots);
    } else {
        ring_pass_roots roots = ring_roots_of(3, level, k);
        join_pass(3, x, q, count, &roots);
    }
}
