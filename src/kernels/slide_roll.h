/* Kernels of a few rows roll down the image: one row of accumulators per kernel row, every sample
 * row is taken once and finishes one row of outputs. */
#ifndef CONV_KERNELS_SLIDE_ROLL_H
#define CONV_KERNELS_SLIDE_ROLL_H

#include "kernels/slide_grid.h"

/* Row `row` of samples of every plane, on the kernel's rows of the same plane. Of lines those of
 * one row, from all planes, follow each other. */
ALWAYS_INLINE void planes_step(tile *t, const grid *g, const place *p, const tile_slots *slots,
                               size_t row, const R *last, const int c_rows, const int vectors,
                               const bool has_ends) {
    const ptrdiff_t taps = (ptrdiff_t)(g->c_cols * SETS) * c_rows;
    size_t plane = 0;
    do {
        const R *x = has_ends ? next_slot(slots, row * g->c_planes + plane, vectors)
                              : plane_row(g, p, row, plane);
        row_step(t, g, x, p->last, last, 0, c_rows - 1, c_rows, vectors, 0);
        last += taps;
    } while (++plane < g->c_planes);
    if (g->x_ahead)
        fetch_early(plane_row(g, p, row, plane - 1), g->x_ahead, vectors);
}

/* Rolls down `rows` rows of samples. Accumulator row r holds the output that the kernel's row
 * c_rows - 1 - r is due for; the first c_rows - 1 outputs lie above the image and are dropped. */
ALWAYS_INLINE void roll_rows(const grid *g, const place *p, size_t rows, const tile_slots *slots,
                             const int c_rows, const int vectors, const bool has_ends,
                             const bool has_planes) {
    const R *last = g->c + (size_t)(c_rows - 1) * g->c_cols * SETS;
    R *y = g->y + (ptrdiff_t)p->row * g->y_stride + p->at;
    tile t;
    clear(&t, c_rows * vectors);
    for (size_t row = 0; row < rows; row++) {
        if (g->is_farther) {
            fetch_early(sample_row(g, p, row), TILES_AHEAD * vectors * LANES, vectors);
        } else if (g->is_far) { /* for the tile to the right: a whole tile ahead, which the far
                                 * caches need */
            fetch(sample_row(g, p, row), vectors * LANES + (ptrdiff_t)g->c_cols * SPACING, vectors);
            fetch_for_write(y, vectors * LANES, vectors);
        }
        if (has_planes) {
            planes_step(&t, g, p, slots, row, last, c_rows, vectors, has_ends);
        } else {
            const R *x = has_ends ? next_slot(slots, row, vectors) : sample_row(g, p, row);
            row_step(&t, g, x, p->last, last, 0, c_rows - 1, c_rows, vectors, 0);
        }
        if (row + 1 >= (size_t)c_rows) {
            if (has_ends && !has_planes && !(HAVE_STREAM && g->streams))
                put_sums(&t, 0, y, p, false, vectors, 0);
            else
                put_row(g, &t, 0, y, p, vectors, 0);
            if (has_planes && g->y_ahead)
                fetch_for_write(y, g->y_ahead, vectors);
            y += g->y_stride;
        }
        UNROLL
        for (int s = 0; s < SETS; s++) {
            UNROLL
            for (int i = 0; i < c_rows * vectors; i++)
                t.v[s][i] = i < (c_rows - 1) * vectors ? t.v[s][i + vectors] : (vec){0};
        }
    }
}

ALWAYS_INLINE void roll_tile(const grid *g, const place *p, size_t rows, const int c_rows,
                             const int vectors, const bool has_planes) {
    const size_t sample_rows = rows + (size_t)c_rows - 1;
    const size_t lines = has_planes ? sample_rows * g->c_planes : sample_rows;
    tile_slots slots;
    if (find_ends(&slots, g, p, lines, p->last + LANES))
        roll_rows(g, p, sample_rows, &slots, c_rows, vectors, true, has_planes);
    else
        roll_rows(g, p, sample_rows, NULL, c_rows, vectors, false, has_planes);
}

/* Reals of a row's first tile, after which outputs begin a cache line; 0: they do so at once. */
ALWAYS_INLINE size_t before_line(const R *y) {
    const size_t over = (uintptr_t)y % 64 / sizeof(R);
    return over ? 2 * LINE_REALS - over : 0;
}

/* One strip of rows, n reals wide. */
ALWAYS_INLINE void roll_strip(const grid *g, size_t row, size_t rows, size_t n, const int c_rows,
                              const bool has_planes) {
    const int fit = ACCUMULATORS / (c_rows * SETS);
    const int vectors = fit < MOST_VECTORS ? fit : MOST_VECTORS;
    const size_t lead = g->streams ? before_line(g->y) : 0;
    place p = {.row = row};
    bool is_pair;
    for (size_t done = 0; done < n;) {
        size_t end = done == 0 && lead > 0 && n >= 2 * PAIR * LANES ? lead : n;
        done += next_tile(&p, done, end, vectors, &is_pair);
        if (vectors > PAIR && !is_pair)
            roll_tile(g, &p, rows, c_rows, vectors, has_planes);
        else
            roll_tile(g, &p, rows, c_rows, PAIR, has_planes);
    }
}

#endif
