/* Rows that are too short for vectors along them go through the tree as columns do, one in each
 * lane: turned on the way in, from elements that follow one another to the same element of
 * different rows, and turned back behind the tree, so that a tile looks the same either way.
 *
 * Counted for 72 real elements of f32 in 8 lanes: 216 shuffles and 72 loads in, as much out, about
 * 36 * 26 multiply-adds and additions between them, for 8 rows. Along the row 72 elements would not
 * go at all, and 96 carry as many zeros. */
#include "fft/ring_across.h"

#include <stdbool.h>

#include "fft/ring_columns.h"
#include "fft/ring_lanes.h"

/* LANES rows of a panel: where element e of a run lies, in vectors. Of complex data real parts and
 * imaginary ones take turns; runs of real data are one part alone. */
typedef struct {
    vec *at;
    size_t width; /* of the panel, vector pairs */
    bool interleaved;
} run;

RING_INLINE vec *element_of(const run *r, size_t e) {
    return r->interleaved ? r->at + e / 2 * 2 * r->width + e % 2 : r->at + e * 2 * r->width;
}

/* The squares that cover count reals; where these are no multiple the last one begins earlier.
 * Fewer than a square: never called. */
RING_INLINE size_t next_square(size_t i, size_t count) {
    return i + LANES < count && i + 2 * LANES > count ? count - LANES : i + LANES;
}

static void read_few(const R *const *row, size_t count, const run *to) {
    R copy[LANES * LANES] = {0};
    vec x[LANES];
    for (size_t l = 0; l < LANES; l++) {
        memcpy(copy + l * LANES, row[l], count * sizeof(R));
    }
    for (size_t l = 0; l < LANES; l++) {
        x[l] = vec_load(copy + l * LANES);
    }
    ring_turn(x);
    for (size_t e = 0; e < count; e++) {
        *element_of(to, e) = x[e];
    }
}

/* count reals of every row, and zeros up to all. */
RING_INLINE void read_run(const R *const *row, size_t count, size_t all, const run *to) {
    if (count >= LANES) {
        for (size_t i = 0; i < count; i = next_square(i, count)) {
            vec x[LANES];
            UNROLL
            for (size_t l = 0; l < LANES; l++) {
                x[l] = vec_load(row[l] + i);
            }
            ring_turn(x);
            UNROLL
            for (size_t l = 0; l < LANES; l++) {
                *element_of(to, i + l) = x[l];
            }
        }
    } else if (count) {
        read_few(row, count, to);
    }
    for (size_t e = count; e < all; e++) {
        *element_of(to, e) = (vec){0};
    }
}

/* Elements first.. of a run to the rows that are there. */
RING_INLINE void write_square(R *const *row, size_t rows, size_t i, size_t count, const run *from,
                              size_t first) {
    vec x[LANES];
    for (size_t l = 0; l < LANES; l++) {
        x[l] = l < count ? *element_of(from, first + i + l) : (vec){0};
    }
    ring_turn(x);
    if (count < LANES) {
        R copy[LANES * LANES];
        for (size_t l = 0; l < LANES; l++) {
            vec_store(copy + l * LANES, x[l]);
        }
        for (size_t l = 0; l < rows; l++) {
            memcpy(row[l] + i, copy + l * LANES, count * sizeof(R));
        }
        return;
    }
    for (size_t l = 0; l < rows; l++) {
        vec_store(row[l] + i, x[l]);
    }
}

RING_INLINE void write_run(R *const *row, size_t rows, const run *from, size_t first,
                           size_t count) {
    if (count && count < LANES) {
        write_square(row, rows, 0, count, from, first);
        return;
    }
    for (size_t i = 0; i < count; i = next_square(i, count)) {
        write_square(row, rows, i, LANES, from, first);
    }
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* What there is of a range of count elements from begin on. */
static size_t present(size_t extent, size_t begin, size_t count) {
    return extent > begin ? least(extent - begin, count) : 0;
}

/* Rows first.. of the batch, a vector of them. */
static void read_rows(const conv_ring_axis *axis, conv_ring_data data, const conv_ring_lines *rows,
                      size_t first, cvec *panel, size_t width) {
    const R *row[LANES];
    size_t n = axis->length;
    for (size_t l = 0; l < LANES; l++) {
        row[l] = rows->in[least(first + l, rows->count - 1)];
    }
    run re = {&panel->re, width, false}, im = {&panel->im, width, false};
    run both = {&panel->re, width, true};
    if (data == CONV_RING_COMPLEX) {
        read_run(row, 2 * least(rows->in_extent, n), 2 * n, &both);
        return;
    }
    read_run(row, present(rows->in_extent, 0, n), n, &re);
    for (size_t l = 0; l < LANES && data == CONV_RING_REAL; l++) {
        row[l] += rows->in_extent > n ? n : 0;
    }
    read_run(row, data == CONV_RING_REAL ? present(rows->in_extent, n, n) : 0, n, &im);
}

/* What is wanted of elements begin..begin+n-1, which the run has. */
static void write_part(const conv_ring_lines *rows, size_t first, const run *from, size_t begin,
                       size_t n, size_t parts) {
    R *row[LANES];
    size_t end = rows->out_first + rows->out_count;
    size_t low = rows->out_first > begin ? rows->out_first : begin, high = least(end, begin + n);
    size_t there = least(rows->count - first, LANES);
    if (low >= high) {
        return;
    }
    for (size_t l = 0; l < there; l++) {
        row[l] = (R *)rows->out[first + l] + (low - rows->out_first) * parts;
    }
    write_run(row, there, from, (low - begin) * parts, (high - low) * parts);
}

static void write_rows(const conv_ring_axis *axis, conv_ring_data data, const conv_ring_lines *rows,
                       size_t first, cvec *panel, size_t width) {
    size_t n = axis->length;
    run re = {&panel->re, width, false}, im = {&panel->im, width, false};
    run both = {&panel->re, width, true};
    if (data == CONV_RING_COMPLEX) {
        write_part(rows, first, &both, 0, n, 2);
        return;
    }
    write_part(rows, first, &re, 0, n, 1);
    write_part(rows, first, &im, n, n, 1);
}

/* Between the panel and the rows of the tile, LANES coefficients of LANES rows at a time. */
RING_INLINE void keep_part(const vec *panel, size_t width, size_t count, vec *const *work,
                           size_t rows) {
    vec x[LANES];
    for (size_t l = 0; l < LANES; l++) {
        x[l] = l < count ? panel[l * 2 * width] : (vec){0};
    }
    ring_turn(x);
    for (size_t l = 0; l < rows; l++) {
        *work[l] = x[l];
    }
}

RING_INLINE void take_part(vec *panel, size_t width, size_t count, const vec *const *work) {
    vec x[LANES];
    UNROLL
    for (size_t l = 0; l < LANES; l++) {
        x[l] = *work[l];
    }
    ring_turn(x);
    for (size_t l = 0; l < count; l++) {
        panel[l * 2 * width] = x[l];
    }
}

static void keep_rows(const conv_ring_axis *axis, const conv_ring_lines *rows, size_t first,
                      const cvec *panel, size_t width) {
    size_t there = least(rows->count - first, LANES);
    for (size_t c = 0; c < axis->length; c += LANES) {
        vec *re[LANES], *im[LANES];
        size_t count = least(axis->length - c, LANES);
        for (size_t l = 0; l < there; l++) {
            cvec *pair = (cvec *)rows->work[first + l] + c / LANES;
            re[l] = &pair->re;
            im[l] = &pair->im;
        }
        keep_part(&panel[c * width].re, width, count, re, there);
        keep_part(&panel[c * width].im, width, count, im, there);
    }
}

static void take_rows(const conv_ring_axis *axis, const conv_ring_lines *rows, size_t first,
                      cvec *panel, size_t width) {
    for (size_t c = 0; c < axis->length; c += LANES) {
        const vec *re[LANES], *im[LANES];
        size_t count = least(axis->length - c, LANES);
        for (size_t l = 0; l < LANES; l++) {
            const cvec *pair = rows->work[least(first + l, rows->count - 1)];
            re[l] = &pair[c / LANES].re;
            im[l] = &pair[c / LANES].im;
        }
        take_part(&panel[c * width].re, width, count, re);
        take_part(&panel[c * width].im, width, count, im);
    }
}

void FN(ring_across)(const conv_ring_axis *axis, conv_ring_mode mode, conv_ring_data data,
                     const conv_ring_lines *rows, void *panel) {
    cvec *x = panel;
    size_t width = (rows->count + LANES - 1) / LANES;
    for (size_t w = 0; w < width; w++) {
        if (mode == CONV_RING_FORWARD) {
            read_rows(axis, data, rows, w * LANES, x + w, width);
        } else {
            take_rows(axis, rows, w * LANES, x + w, width);
        }
    }
    FN(ring_panel)(axis, mode, x, width);
    for (size_t w = 0; w < width; w++) {
        if (mode == CONV_RING_FORWARD) {
            keep_rows(axis, rows, w * LANES, x + w, width);
        } else {
            write_rows(axis, data, rows, w * LANES, x + w, width);
        }
    }
}
