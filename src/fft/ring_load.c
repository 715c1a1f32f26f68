/* The first split of a line, fused with reading it. */
#include "fft/ring_lanes.h"
#include "fft/ring_line.h"

/* Coefficients n, n + 1, ... of a line of real or complex elements. */
RING_INLINE cvec load_at(int complex_data, const R *in, size_t n, size_t length) {
    if (!complex_data) {
        return (cvec){vec_load(in + n), vec_load(in + length + n)};
    }
    vec a = vec_load(in + 2 * n), b = vec_load(in + 2 * n + LANES);
    return (cvec){ring_even(a, b), ring_odd(a, b)};
}

RING_INLINE void split_first(size_t ways, cvec *v, const ring_pass_roots *roots) {
    if (ways == 3) {
        ring_split3(v, roots->w[0].c1, roots->w[0].c2);
    } else {
        ring_split_by(ways == 8 ? 3 : ways == 4 ? 2 : ways == 2, v, roots);
    }
}

/* The branches or, where there is but one, its first children. */
RING_INLINE void load_pass(size_t ways, int complex_data, const conv_ring_axis *axis, const R *in,
                           cvec *x, const ring_pass_roots *roots) {
    size_t part = axis->length / ways;
    size_t stride = (ways == 3 ? axis->stride : part) / LANES;
    for (size_t p = 0; p < part; p += LANES) {
        cvec v[8];
        for (size_t r = 0; r < ways; r++) {
            v[r] = load_at(complex_data, in, r * part + p, axis->length);
        }
        split_first(ways, v, roots);
        for (size_t r = 0; r < ways; r++) {
            x[r * stride + p / LANES] = v[r];
        }
    }
}

RING_INLINE void load_line(int complex_data, const conv_ring_axis *axis, const R *in, cvec *x) {
    ring_pass_roots roots;
    switch (axis->branches == 3 ? 8 : axis->steps ? axis->log_radix[0] : 0) {
    case 0:
        roots = (ring_pass_roots){0};
        load_pass(1, complex_data, axis, in, x, &roots);
        break;
    case 1:
        roots = ring_roots_of(1, axis->level[0], 0, 0);
        load_pass(2, complex_data, axis, in, x, &roots);
        break;
    case 2:
        roots = ring_roots_of(2, axis->level[0], 0, 0);
        load_pass(4, complex_data, axis, in, x, &roots);
        break;
    case 3:
        roots = ring_roots_of(3, axis->level[0], 0, 0);
        load_pass(8, complex_data, axis, in, x, &roots);
        break;
    default:
        roots = ring_roots_cube(axis);
        load_pass(3, complex_data, axis, in, x, &roots);
    }
}

void FN(ring_load)(const conv_ring_axis *axis, int complex_data, const R *in, cvec *x) {
    if (axis->stride > axis->branch) {
        memset(x, 0, (size_t)axis->branches * axis->stride / LANES * sizeof *x);
    }
    if (complex_data) {
        load_line(1, axis, in, x);
    } else {
        load_line(0, axis, in, x);
    }
}
