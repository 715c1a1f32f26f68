/* The last join of a line, fused with writing it. */
#include "fft/ring_lanes.h"
#include "fft/ring_line.h"

RING_INLINE void store_at(int complex_data, R *out, size_t n, size_t length, cvec v) {
    if (!complex_data) {
        vec_store(out + n, v.re);
        vec_store(out + length + n, v.im);
        return;
    }
    vec_store(out + 2 * n, ring_zip_low(v.re, v.im));
    vec_store(out + 2 * n + LANES, ring_zip_high(v.re, v.im));
}

RING_INLINE void join_last(size_t ways, cvec *v, const ring_pass_roots *roots) {
    if (ways == 3) {
        ring_join3(v, roots->w[0].c1, roots->w[0].c2);
    } else {
        ring_join_by(ways == 8 ? 3 : ways == 4 ? 2 : ways == 2, v, roots);
    }
}

RING_INLINE void store_pass(size_t ways, int complex_data, const conv_ring_axis *axis,
                            const cvec *x, R *out, const ring_pass_roots *roots) {
    size_t part = axis->length / ways;
    size_t stride = (ways == 3 ? axis->stride : part) / LANES;
    for (size_t p = 0; p < part; p += LANES) {
        cvec v[8];
        for (size_t r = 0; r < ways; r++) {
            v[r] = x[r * stride + p / LANES];
        }
        join_last(ways, v, roots);
        for (size_t r = 0; r < ways; r++) {
            store_at(complex_data, out, r * part + p, axis->length, v[r]);
        }
    }
}

RING_INLINE void store_line(int complex_data, const conv_ring_axis *axis, const cvec *x, R *out) {
    ring_pass_roots roots;
    switch (axis->branches == 3 ? 8 : axis->steps ? axis->log_radix[0] : 0) {
    case 0:
        roots = (ring_pass_roots){0};
        store_pass(1, complex_data, axis, x, out, &roots);
        break;
    case 1:
        roots = ring_roots_of(1, axis->level[0], 0, 0);
        store_pass(2, complex_data, axis, x, out, &roots);
        break;
    case 2:
        roots = ring_roots_of(2, axis->level[0], 0, 0);
        store_pass(4, complex_data, axis, x, out, &roots);
        break;
    case 3:
        roots = ring_roots_of(3, axis->level[0], 0, 0);
        store_pass(8, complex_data, axis, x, out, &roots);
        break;
    default:
        roots = ring_roots_cube(axis);
        store_pass(3, complex_data, axis, x, out, &roots);
    }
}

void FN(ring_store)(const conv_ring_axis *axis, int complex_data, const cvec *x, R *out) {
    if (complex_data) {
        store_line(1, axis, x, out);
    } else {
        store_line(0, axis, x, out);
    }
}
