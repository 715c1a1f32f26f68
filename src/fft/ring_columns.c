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

/* A node of 4 or 8 rows. */
RING_INLINE void column_end(conv_ring_mode mode, int log_rows, cvec *x, size_t width,
                            const ring_pass_roots *roots, const cvec *h) {
    const size_t rows = (size_t)1 << log_rows;
    for (size_t i = 0; i < width; i++) {
        cvec v[8];
        for (size_t r = 0; r < rows; r++) {
            v[r] = x[r * width + i];
        }
        if (mode != CONV_RING_INVERSE) {
            ring_split_by(log_rows, v, roots);
        }
        for (size_t r = 0; r < rows && mode == CONV_RING_CONVOLVE; r++) {
            v[r] = cvec_mul(v[r], h[r * width + i]);
        }
        if (mode != CONV_RING_FORWARD) {
            ring_join_by(log_rows, v, roots);
        }
        for (size_t r = 0; r < rows; r++) {
            x[r * width + i] = v[r];
        }
    }
}

RING_INLINE void column_ends(const column_job *job, int log_rows, int depth, size_t k, size_t count,
                             cvec *x, const cvec *h) {
    size_t width = job->width, rows = (size_t)1 << log_rows;
    for (size_t i = 0; i < count; i++, x += rows * width) {
        const ring_pass_roots roots = ring_roots_of(log_rows, job->level + depth, k + i);
        if (job->mode == CONV_RING_CONVOLVE) {
            column_end(CONV_RING_CONVOLVE, log_rows, x, width, &roots, h + rows * i * width);
        } else if (job->mode == CONV_RING_FORWARD) {
            column_end(CONV_RING_FORWARD, log_rows, x, width, &roots, NULL);
        } else {
            column_end(CONV_RING_INVERSE, log_rows, x, width, &roots, NULL);
        }
    }
}

static void column_fours(const column_job *job, int depth, size_t k, size_t count, cvec *x,
                         const cvec *h) {
    column_ends(job, 2, depth, k, count, x, h);
}

static void column_eights(const column_job *job, int depth, size_t k, size_t count, cvec *x,
                          const cvec *h) {
    column_ends(job, 3, depth, k, count, x, h);
}

/* count nodes of so many rows, from node k on, before step. */
static void column_nodes(const column_job *job, int step, int depth, size_t k, size_t count,
                         cvec *x, size_t rows, const cvec *h) {
    if (step == job->axis->steps) {
        (rows == 8 ? column_eights : column_fours)(job, depth, k, count, x, h);
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

/* A panel behind its first split and before its last join. */
static void panel_nodes(const conv_ring_axis *axis, conv_ring_mode mode, cvec *x, size_t width,
                        const cvec *h) {
    size_t part = axis->branch * width;
    int steps = conv_ring_fused_steps(axis), depth = steps ? axis->log_radix[0] : 0;
    for (int b = 0; b < axis->branches; b++) {
        size_t at = (size_t)b * part;
        column_job job = {axis, axis->level[b], mode, width};
        column_nodes(&job, steps, depth, 0, (size_t)1 << depth, x + at, axis->branch >> depth,
                     h ? h + at : h);
    }
}

/* A panel whose first split reads the tile, and whose last join writes it; it may lie in the tile
 * itself. zeros: a row of them, for those that are not there. */
typedef struct {
    const conv_ring_axis *axis;
    const conv_ring_columns *c;
    cvec *data, *panel; /* its first column in row 0 */
    const cvec *zeros;
    size_t width;
    bool more; /* the tile has another panel behind it, to be asked for ahead */
} column_panel;

RING_INLINE void read_ways(size_t ways, const column_panel *p) {
    const ring_pass_roots roots = ring_first_roots(p->axis, ways);
    size_t q = p->axis->length / ways, width = p->width;
    for (size_t k = 0; k < q; k++) {
        const cvec *row[MOST_WAYS];
        for (size_t r = 0; r < ways; r++) {
            size_t n = r * q + k;
            row[r] = n < p->c->present ? p->data + n * p->c->row_stride : p->zeros;
        }
        cvec *to = p->panel + k * width;
        for (size_t i = 0; i < width; i++) {
            cvec v[MOST_WAYS];
            for (size_t r = 0; r < ways; r++) {
                v[r] = row[r][i];
                if (p->more) {
                    __builtin_prefetch((const char *)(row[r] + width + i));
                }
            }
            ring_split_first(ways, v, &roots);
            for (size_t r = 0; r < ways; r++) {
                to[r * q * width + i] = v[r];
            }
        }
    }
}

RING_INLINE void write_ways(size_t ways, const column_panel *p) {
    const ring_pass_roots roots = ring_first_roots(p->axis, ways);
    size_t q = p->axis->length / ways, width = p->width;
    for (size_t k = 0; k < q; k++) {
        cvec *row[MOST_WAYS];
        for (size_t r = 0; r < ways; r++) {
            size_t n = r * q + k;
            bool wanted = n - p->c->first < p->c->count;
            row[r] = wanted ? p->data + n * p->c->row_stride : p->panel + n * width;
        }
        const cvec *from = p->panel + k * width;
        for (size_t i = 0; i < width; i++) {
            cvec v[MOST_WAYS];
            for (size_t r = 0; r < ways; r++) {
                v[r] = from[r * q * width + i];
            }
            ring_join_first(ways, v, &roots);
            for (size_t r = 0; r < ways; r++) {
                row[r][i] = v[r];
            }
        }
    }
}

static void read_panel(const column_panel *p) {
    switch (conv_ring_first_ways(p->axis)) {
    case 1:
        read_ways(1, p);
        break;
    case 2:
        read_ways(2, p);
        break;
    case 3:
        read_ways(3, p);
        break;
    case 4:
        read_ways(4, p);
        break;
    case 5:
        read_ways(5, p);
        break;
    case 7:
        read_ways(7, p);
        break;
    case 8:
        read_ways(8, p);
        break;
    default:
        read_ways(9, p);
    }
}

static void write_panel(const column_panel *p) {
    switch (conv_ring_first_ways(p->axis)) {
    case 1:
        write_ways(1, p);
        break;
    case 2:
        write_ways(2, p);
        break;
    case 3:
        write_ways(3, p);
        break;
    case 4:
        write_ways(4, p);
        break;
    case 5:
        write_ways(5, p);
        break;
    case 7:
        write_ways(7, p);
        break;
    case 8:
        write_ways(8, p);
        break;
    default:
        write_ways(9, p);
    }
}

static void panel_in(const column_panel *p, size_t rows) {
    for (size_t r = 0; r < rows; r++) {
        ring_copy_pairs(p->panel + r * p->width, p->data + r * p->c->row_stride, p->width);
    }
}

static void panel_out(const column_panel *p) {
    for (size_t r = 0; r < p->axis->length; r++) {
        ring_copy_pairs(p->data + r * p->c->row_stride, p->panel + r * p->width, p->width);
    }
}

static void transform_panel(const column_panel *p, conv_ring_mode mode, const cvec *h) {
    bool in_place = p->data == p->panel;
    if (mode != CONV_RING_INVERSE) {
        read_panel(p);
    } else if (!in_place) {
        panel_in(p, p->axis->length);
    }
    panel_nodes(p->axis, mode, p->panel, p->width, h);
    if (mode != CONV_RING_FORWARD) {
        write_panel(p);
    } else if (!in_place) {
        panel_out(p);
    }
}

void FN(ring_panel)(const conv_ring_axis *axis, conv_ring_mode mode, void *panel, size_t width) {
    size_t n = axis->length;
    conv_ring_columns all = {.row_stride = width, .present = n, .count = n};
    column_panel p = {.axis = axis, .c = &all, .data = panel, .panel = panel, .width = width};
    transform_panel(&p, mode, NULL);
}

/* Panel after panel through room for one; or in place, where one takes all. Behind the room for a
 * panel is that for a row of zeros. */
void FN(ring_columns)(const conv_ring_axis *axis, conv_ring_mode mode, const conv_ring_columns *c,
                      void *panel, const void *spectrum) {
    const cvec *h = spectrum;
    bool in_place = c->width == c->row_stride && c->width <= c->panel_width;
    cvec *zeros = (cvec *)panel + (in_place ? 0 : axis->length * c->panel_width);
    if (!axis->taps) {
        memset(zeros, 0, (c->width < c->panel_width ? c->width : c->panel_width) * sizeof *zeros);
    }
    for (size_t column = 0; column < c->width; column += c->panel_width) {
        size_t left = c->width - column, width = left < c->panel_width ? left : c->panel_width;
        if (axis->taps) {
            FN(ring_summed)(axis, c, column, width, panel, h + column * axis->taps);
            continue;
        }
        column_panel p = {.axis = axis,
                          .c = c,
                          .data = (cvec *)c->data + column,
                          .zeros = zeros,
                          .width = width,
                          .more = left > width};
        p.panel = in_place ? p.data : panel;
        transform_panel(&p, mode, h ? h + column * axis->length : h);
    }
}

void FN(ring_columns_spectrum)(const conv_ring_axis *axis, conv_ring_mode mode,
                               const conv_ring_columns *c, void *spectrum, double scale) {
    vec s = vec_splat((R)scale);
    size_t rows = conv_ring_spectrum_rows(axis);
    for (size_t column = 0; column < c->width; column += c->panel_width) {
        size_t left = c->width - column, width = left < c->panel_width ? left : c->panel_width;
        cvec *x = (cvec *)spectrum + column * rows;
        column_panel p = {
            .axis = axis, .c = c, .data = (cvec *)c->data + column, .panel = x, .width = width};
        if (mode == CONV_RING_INVERSE) {
            panel_nodes(axis, mode, x, width, NULL);
            write_panel(&p);
            continue;
        }
        panel_in(&p, c->present);
        memset(x + c->present * width, 0, (rows - c->present) * width * sizeof *x);
        if (!axis->taps) {
            FN(ring_panel)(axis, mode, x, width);
        }
        for (size_t i = 0; i < rows * width && scale != 1; i++) {
            x[i] = (cvec){x[i].re * s, x[i].im * s};
        }
    }
}
