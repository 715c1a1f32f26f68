/* A line: first split, the tree depth first, last join; and the table of the leaf. */
#include "fft/ring_line.h"

#include <stdbool.h>

#include "fft/ring_across.h"
#include "fft/ring_columns.h"
#include "fft/ring_end.h"

/* A branch on its way through the tree. */
typedef struct {
    const conv_ring_axis *axis;
    const void *const *level;
    conv_ring_mode mode;
} line_job;

/* count nodes of 64 that follow one another, the first of them node k */
RING_INLINE void end_nodes(conv_ring_mode mode, cvec *x, const void *const *level, int depth,
                           size_t k, size_t count, const cvec *h) {
    size_t i = 0;
    for (; i + RING_UNIT_NODES <= count; i += RING_UNIT_NODES) {
        size_t at = i * RING_END_VECTORS;
        ring_unit(mode, x + at, level, depth, k + i, h ? h + at : h);
    }
    for (; i < count; i++) {
        size_t at = i * RING_END_VECTORS;
        ring_end(mode, x + at, level, depth, k + i, h ? h + at : h);
    }
}

static void convolve_nodes(cvec *x, const void *const *level, int depth, size_t k, size_t count,
                           const cvec *h) {
    end_nodes(CONV_RING_CONVOLVE, x, level, depth, k, count, h);
}

static void transform_nodes(conv_ring_mode mode, cvec *x, const void *const *level, int depth,
                            size_t k, size_t count) {
    if (mode == CONV_RING_FORWARD) {
        end_nodes(CONV_RING_FORWARD, x, level, depth, k, count, NULL);
    } else {
        end_nodes(CONV_RING_INVERSE, x, level, depth, k, count, NULL);
    }
}

/* count nodes of the same size, from node k on, each of so many vector pairs, before step. */
static void line_nodes(const line_job *job, int step, int depth, size_t k, size_t count, cvec *x,
                       size_t vectors, const cvec *h) {
    if (step == job->axis->steps) {
        if (job->mode == CONV_RING_CONVOLVE) {
            convolve_nodes(x, job->level, depth, k, count, h);
        } else {
            transform_nodes(job->mode, x, job->level, depth, k, count);
        }
        return;
    }
    int log_radix = job->axis->log_radix[step];
    size_t radix = (size_t)1 << log_radix, q = vectors / radix;
    for (size_t i = 0; i < count; i++, x += vectors, k++) {
        if (job->mode != CONV_RING_INVERSE) {
            FN(ring_split)(log_radix, x, q, q, job->level + depth, k);
        }
        line_nodes(job, step + 1, depth + log_radix, k * radix, radix, x, q, h);
        if (job->mode != CONV_RING_FORWARD) {
            FN(ring_join)(log_radix, x, q, q, job->level + depth, k);
        }
        h = h ? h + vectors : h;
    }
}

/* Groups of nodes of 16 where a branch is shorter than 64, its nodes at this depth. */
static void short_nodes(const line_job *job, int depth, cvec *x, const cvec *h) {
    for (size_t i = 0; i < job->axis->stride / LANES; i += RING_GROUP) {
        size_t k = i * LANES / CONV_RING_END;
        const R *nodes = ring_node(job->level[depth], k);
        const R *quads = ring_node(job->level[depth + 2], 4 * k);
        if (job->mode != CONV_RING_INVERSE) {
            ring_group_forward(x + i, nodes, quads, h ? h + i : NULL);
        }
        if (job->mode != CONV_RING_FORWARD) {
            ring_group_inverse(x + i, nodes, quads);
        }
    }
}

/* A branch of 16 or 32; loaded: its split has been done and its join will be. */
static void short_branch(const line_job *job, bool loaded, cvec *x, const cvec *h) {
    size_t q = job->axis->branch / 2 / LANES;
    int depth = job->axis->steps;
    if (depth && !loaded && job->mode != CONV_RING_INVERSE) {
        FN(ring_split)(1, x, q, q, job->level, 0);
    }
    short_nodes(job, depth, x, h);
    if (depth && !loaded && job->mode != CONV_RING_FORWARD) {
        FN(ring_join)(1, x, q, q, job->level, 0);
    }
}

/* All branches, after the steps that go with loading and storing. */
static void line_branches(const conv_ring_axis *axis, conv_ring_mode mode, cvec *x,
                          const cvec *spectrum) {
    int done = conv_ring_fused_steps(axis), depth = done ? axis->log_radix[0] : 0;
    for (int b = 0; b < axis->branches; b++) {
        size_t at = (size_t)b * axis->stride / LANES;
        line_job job = {axis, axis->level[b], mode};
        const cvec *h = spectrum ? spectrum + at : NULL;
        if (axis->branch < 4 * CONV_RING_END) {
            short_branch(&job, done, x + at, h);
        } else {
            line_nodes(&job, done, depth, 0, (size_t)1 << depth, x + at,
                       (axis->branch >> depth) / LANES, h);
        }
    }
}

static int depth_before(const conv_ring_axis *axis, int step) {
    int depth = 0;
    for (int s = 0; s < step; s++) {
        depth += axis->log_radix[s];
    }
    return depth;
}

static void line_subtrees(const conv_ring_axis *axis, conv_ring_mode mode, int step, void *work,
                          const void *spectrum, size_t begin, size_t end) {
    int depth = depth_before(axis, step);
    size_t nodes = (size_t)1 << depth, vectors = (axis->branch >> depth) / LANES;
    for (size_t i = begin; i < end; i++) {
        size_t b = i >> depth, k = i % nodes, at = b * (axis->stride / LANES) + k * vectors;
        line_job job = {axis, axis->level[b], mode};
        line_nodes(&job, step, depth, k, 1, (cvec *)work + at, vectors,
                   spectrum ? (const cvec *)spectrum + at : NULL);
    }
}

static void line_pass(const conv_ring_axis *axis, conv_ring_mode mode, int step, void *work,
                      size_t begin, size_t end) {
    int depth = depth_before(axis, step), log_radix = axis->log_radix[step];
    size_t vectors = (axis->branch >> depth) / LANES, q = vectors >> log_radix;
    for (size_t i = begin, count; i < end; i += count) {
        size_t node = i / q, skip = i % q, b = node >> depth, k = node % ((size_t)1 << depth);
        cvec *x = (cvec *)work + b * (axis->stride / LANES) + k * vectors + skip;
        count = end - i < q - skip ? end - i : q - skip;
        if (mode == CONV_RING_FORWARD) {
            FN(ring_split)(log_radix, x, q, count, axis->level[b] + depth, k);
        } else {
            FN(ring_join)(log_radix, x, q, count, axis->level[b] + depth, k);
        }
    }
}

static void line(const conv_ring_axis *axis, conv_ring_mode mode, int complex_data,
                 const conv_ring_io *io, void *work, const void *spectrum) {
    if (mode != CONV_RING_INVERSE) {
        FN(ring_load)(axis, complex_data, io, work);
    }
    line_branches(axis, mode, work, spectrum);
    if (mode != CONV_RING_FORWARD) {
        FN(ring_store)(axis, complex_data, io, work);
    }
}

static void scale_pairs(void *to, const void *from, size_t count, double scale) {
    const vec *x = from;
    vec *y = to, s = vec_splat((R)scale);
    for (size_t i = 0; i < 2 * count; i++) {
        y[i] = x[i] * s;
    }
}

/* Vector pairs whose sums stay in registers together. */
enum { SUMS = 4 };

RING_INLINE cvec multiply_add(cvec sum, cvec a, cvec b) {
    return (cvec){vec_fnma(a.im, b.im, vec_fma(a.re, b.re, sum.re)),
                  vec_fma(a.im, b.re, vec_fma(a.re, b.im, sum.im))};
}

/* n vector pairs from i on, a constant at each call. */
RING_INLINE void multiply_some(cvec *to, const void *const *a, const void *const *b, size_t pairs,
                               size_t i, size_t n, bool accumulate) {
    cvec sum[SUMS];
    const cvec *x = (const cvec *)a[0] + i, *h = (const cvec *)b[0] + i;
    for (size_t k = 0; k < n; k++) {
        sum[k] = accumulate ? multiply_add(to[i + k], x[k], h[k]) : cvec_mul(x[k], h[k]);
    }
    for (size_t p = 1; p < pairs; p++) {
        x = (const cvec *)a[p] + i, h = (const cvec *)b[p] + i;
        for (size_t k = 0; k < n; k++) {
            sum[k] = multiply_add(sum[k], x[k], h[k]);
        }
    }
    for (size_t k = 0; k < n; k++) {
        to[i + k] = sum[k];
    }
}

static void multiply_pairs(void *to, const void *const *a, const void *const *b, size_t pairs,
                           size_t count, bool accumulate) {
    size_t i = 0;
    for (; i + SUMS <= count; i += SUMS) {
        multiply_some(to, a, b, pairs, i, SUMS, accumulate);
    }
    for (; i < count; i++) {
        multiply_some(to, a, b, pairs, i, 1, accumulate);
    }
}

/* The same with a weight for each pair. */
RING_INLINE void multiply_weighted(cvec *to, const void *const *a, const void *const *b,
                                   const double *weight, size_t pairs, size_t i, size_t n) {
    cvec sum[SUMS];
    for (size_t k = 0; k < n; k++) {
        sum[k] = (cvec){vec_splat((R)0), vec_splat((R)0)};
    }
    for (size_t p = 0; p < pairs; p++) {
        const cvec *x = (const cvec *)a[p] + i, *h = (const cvec *)b[p] + i;
        const vec w = vec_splat((R)weight[p]);
        for (size_t k = 0; k < n; k++) {
            sum[k] = multiply_add(sum[k], (cvec){x[k].re * w, x[k].im * w}, h[k]);
        }
    }
    for (size_t k = 0; k < n; k++) {
        to[i + k] = sum[k];
    }
}

static void multiply_weighted_pairs(void *to, const void *const *a, const void *const *b,
                                    const double *weight, size_t pairs, size_t count) {
    size_t i = 0;
    for (; i + SUMS <= count; i += SUMS) {
        multiply_weighted(to, a, b, weight, pairs, i, SUMS);
    }
    for (; i < count; i++) {
        multiply_weighted(to, a, b, weight, pairs, i, 1);
    }
}

static void widen(void *to, const void *from, size_t count) {
    const R *x = from;
    R *y = to;
    for (size_t i = 0; i < count; i++) {
        y[2 * i] = x[i];
        y[2 * i + 1] = 0;
    }
}

const conv_ring_leaf FN(ring_leaf) = {
    .lanes = LANES,
    .line = line,
    .rows_at_once = 2 * LANES,
    .across = FN(ring_across),
    .load = FN(ring_load_part),
    .pass = line_pass,
    .subtrees = line_subtrees,
    .store = FN(ring_store_part),
    .columns = FN(ring_columns),
    .columns_spectrum = FN(ring_columns_spectrum),
    .scale = scale_pairs,
    .multiply = multiply_pairs,
    .multiply_weighted = multiply_weighted_pairs,
    .widen = widen,
};
