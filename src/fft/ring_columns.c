/* Columns along another axis than the last: panels some vectors wide are brought together, and go
 * through the tree as one polynomial whose coefficients are rows of the panel. */
#include "fft/ring_columns.h"

#include <stdbool.h>

typedef struct {
    const conv_ring_axis *axis;
    const void *const *level;
    conv_ring_mode mode;
    size_t width;
} column_job;

/* A node of 4 rows. */
RING_INLINE void column_end(conv_ring_mode mode, cvec *x, size_t width, const R *node,
                            const cvec *h) {
    ring_roots w = ring_roots_splat(node);
    for (size_t i = 0; i < width; i++) {
        cvec v[4] = {x[i], x[width + i], x[2 * width + i], x[3 * width + i]};
        if (mode != CONV_RING_INVERSE) {
            ring_split4(v, w);
        }
        for (size_t r = 0; r < 4 && mode == CONV_RING_CONVOLVE; r++) {
            v[r] = cvec_mul(v[r], h[r * width + i]);
        }
        if (mode != CONV_RING_FORWARD) {
            ring_join4(v, w);
        }
        for (size_t r = 0; r < 4; r++) {
            x[r * width + i] = v[r];
        }
    }
}

static void column_ends(const column_job *job, int depth, size_t k, size_t count, cvec *x,
                        const cvec *h) {
    size_t width = job->width;
    for (size_t i = 0; i < count; i++, x += 4 * width) {
        const R *node = ring_node(job->level[depth], k + i);
        if (job->mode == CONV_RING_CONVOLVE) {
            column_end(CONV_RING_CONVOLVE, x, width, node, h + 4 * i * width);
        } else if (job->mode == CONV_RING_FORWARD) {
            column_end(CONV_RING_FORWARD, x, width, node, NULL);
        } else {
            column_end(CONV_RING_INVERSE, x, width, node, NULL);
        }
    }
}

/* count nodes of so many rows, from node k on, before step. */
static void column_nodes(const column_job *job, int step, int depth, size_t k, size_t count,
                         cvec *x, size_t rows, const cvec *h) {
    if (step == job->axis->steps) {
        column_ends(job, depth, k, count, x, h);
        return;
    }
    int log_radix = job->axis->log_radix[step];
    size_t radix = (size_t)1 << log_radix, q = rows / radix, width = job->width;
    for (size_t i = 0; i < count; i++, x += rows * width, k++) {
        if (job->mode != CONV_RING_INVERSE) {
            FN(ring_split)(log_radix, x, q * width, q * width, job->level + depth, k);
        }
        column_nodes(job, step + 1, depth + log_radix, k * radix, radix, x, q, h);
        if (job->mode != CONV_RING_FORWARD) {
            FN(ring_join)(log_radix, x, q * width, q * width, job->level + depth, k);
        }
        h = h ? h + rows * width : h;
    }
}

/* The split into so many branches, of part vector pairs each, or its join. */
RING_INLINE void branches_pass(size_t ways, bool join, const conv_ring_axis *axis, cvec *x,
                               size_t part) {
    const ring_pass_roots roots = ring_roots_odd(axis, ways);
    for (size_t i = 0; i < part; i++) {
        cvec v[CONV_RING_BRANCHES];
        for (size_t r = 0; r < ways; r++) {
            v[r] = x[r * part + i];
        }
        if (join) {
            ring_join_odd(ways, v, roots.odd);
        } else {
            ring_split_odd(ways, v, roots.odd);
        }
        for (size_t r = 0; r < ways; r++) {
            x[r * part + i] = v[r];
        }
    }
}

RING_INLINE void branches_by(bool join, const conv_ring_axis *axis, cvec *x, size_t part) {
    switch (axis->branches) {
    case 3:
        branches_pass(3, join, axis, x, part);
        break;
    case 5:
        branches_pass(5, join, axis, x, part);
        break;
    case 7:
        branches_pass(7, join, axis, x, part);
        break;
    case 9:
        branches_pass(9, join, axis, x, part);
        break;
    default:
        break;
    }
}

static void split_branches(const conv_ring_axis *axis, cvec *x, size_t part) {
    branches_by(false, axis, x, part);
}

static void join_branches(const conv_ring_axis *axis, cvec *x, size_t part) {
    branches_by(true, axis, x, part);
}

void FN(ring_panel)(const conv_ring_axis *axis, conv_ring_mode mode, cvec *x, size_t width,
                    const cvec *h) {
    size_t part = axis->branch * width;
    if (mode != CONV_RING_INVERSE) {
        split_branches(axis, x, part);
    }
    for (int b = 0; b < axis->branches; b++) {
        size_t at = (size_t)b * part;
        column_job job = {axis, axis->level[b], mode, width};
        column_nodes(&job, 0, 0, 0, 1, x + at, axis->branch, h ? h + at : h);
    }
    if (mode != CONV_RING_FORWARD) {
        join_branches(axis, x, part);
    }
}

/* A call of memcpy would cost as much as what it copies. */
RING_INLINE void copy_pairs(cvec *to, const cvec *from, size_t width) {
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

static void panel_in(const conv_ring_axis *axis, conv_ring_mode mode, const conv_ring_columns *c,
                     size_t column, size_t width, cvec *panel) {
    const cvec *data = (const cvec *)c->data + column;
    size_t all = conv_ring_spectrum_rows(axis);
    size_t rows = mode == CONV_RING_INVERSE ? all : c->present;
    for (size_t r = 0; r < rows; r++) {
        copy_pairs(panel + r * width, data + r * c->row_stride, width);
    }
    memset(panel + rows * width, 0, (all - rows) * width * sizeof *panel);
}

static void panel_out(const conv_ring_axis *axis, conv_ring_mode mode, const conv_ring_columns *c,
                      size_t column, size_t width, const cvec *panel) {
    cvec *data = (cvec *)c->data + column;
    size_t first = mode == CONV_RING_FORWARD ? 0 : c->first;
    size_t end = mode == CONV_RING_FORWARD ? axis->length : c->first + c->count;
    for (size_t r = first; r < end; r++) {
        copy_pairs(data + r * c->row_stride, panel + r * width, width);
    }
}

enum { SUMMED_ROWS = VEC_BYTES == 64 ? 6 : 4 }; /* two accumulators each, and 4 vectors more */

/* rows outputs of one column from the sample rows at x on, width vector pairs apart: samples go
 * backwards where taps go forward, each output's products in the order of the taps. */
RING_INLINE void sum_rows(size_t rows, const cvec *x, size_t width, const cvec *h, size_t taps,
                          cvec *to, size_t to_stride) {
    cvec sum[SUMMED_ROWS];
    for (size_t r = 0; r < rows; r++) {
        sum[r] = (cvec){(vec){0}, (vec){0}};
    }
    for (size_t p = 0; p < taps; p++, x -= width, h += width) {
        cvec tap = *h;
        for (size_t r = 0; r < rows; r++) {
            cvec v = x[r * width];
            sum[r].re = vec_fma(v.re, tap.re, sum[r].re);
            sum[r].im = vec_fma(v.re, tap.im, sum[r].im);
            sum[r].re = vec_fnma(v.im, tap.im, sum[r].re);
            sum[r].im = vec_fma(v.im, tap.re, sum[r].im);
        }
    }
    for (size_t r = 0; r < rows; r++) {
        to[r * to_stride] = sum[r];
    }
}

/* The axis is not transformed: sums of spectra times spectra over the kernel's rows, from a copy
 * with zeros around it into place. */
static void summed_panel(const conv_ring_axis *axis, const conv_ring_columns *c, size_t column,
                         size_t width, cvec *panel, const cvec *h) {
    cvec *data = (cvec *)c->data + column;
    size_t taps = axis->taps, end = c->first + c->count, stride = c->row_stride;
    size_t rows = c->present < end ? c->present : end;
    memset(panel, 0, (taps - 1) * width * sizeof *panel);
    cvec *x = panel + (taps - 1) * width;
    for (size_t r = 0; r < rows; r++) {
        copy_pairs(x + r * width, data + r * stride, width);
    }
    memset(x + rows * width, 0, (end - rows) * width * sizeof *x);
    for (size_t i = 0; i < width; i++) {
        size_t r = c->first;
        if (c->count >= SUMMED_ROWS) {
            for (; r < end; r += SUMMED_ROWS) {
                r = r + SUMMED_ROWS > end ? end - SUMMED_ROWS : r;
                sum_rows(SUMMED_ROWS, x + r * width + i, width, h + i, taps, data + r * stride + i,
                         stride);
            }
        }
        for (; r < end; r++) {
            sum_rows(1, x + r * width + i, width, h + i, taps, data + r * stride + i, stride);
        }
    }
}

void FN(ring_columns)(const conv_ring_axis *axis, conv_ring_mode mode, const conv_ring_columns *c,
                      void *panel, const void *spectrum) {
    const cvec *h = spectrum;
    for (size_t column = 0; column < c->width; column += c->panel_width) {
        size_t left = c->width - column, width = left < c->panel_width ? left : c->panel_width;
        if (axis->taps) {
            summed_panel(axis, c, column, width, panel, h + column * axis->taps);
            continue;
        }
        panel_in(axis, mode, c, column, width, panel);
        FN(ring_panel)(axis, mode, panel, width, h ? h + column * axis->length : h);
        panel_out(axis, mode, c, column, width, panel);
    }
}

void FN(ring_columns_spectrum)(const conv_ring_axis *axis, conv_ring_mode mode,
                               const conv_ring_columns *c, void *spectrum, double scale) {
    vec s = vec_splat((R)scale);
    for (size_t column = 0; column < c->width; column += c->panel_width) {
        size_t left = c->width - column, width = left < c->panel_width ? left : c->panel_width;
        size_t rows = conv_ring_spectrum_rows(axis);
        cvec *x = (cvec *)spectrum + column * rows;
        if (mode == CONV_RING_INVERSE) {
            FN(ring_panel)(axis, mode, x, width, NULL);
            panel_out(axis, mode, c, column, width, x);
            continue;
        }
        panel_in(axis, mode, c, column, width, x);
        if (!axis->taps) {
            FN(ring_panel)(axis, mode, x, width, NULL);
        }
        for (size_t i = 0; i < rows * width && scale != 1; i++) {
            x[i] = (cvec){x[i].re * s, x[i].im * s};
        }
    }
}
