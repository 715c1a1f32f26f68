/* The sliding sum in three dimensions: small kernels, whose planes of taps a tile takes together.
 * It rolls down as slide_roll.h says, and takes each row of samples from all planes before the next
 * row, so that an output is stored once. With V vectors, P kernel rows and Q planes that is Q * V
 * loads and Q * P broadcasts for Q * P * V multiply-adds per column of the kernel.
 *
 * The order of an output's sum: kernel rows in turn, of a row its planes in turn, of these the
 * columns in turn. */
#include "kernels/slide_roll.h"

static void planes2(const grid *g, size_t rows, size_t n) {
    roll_strip(g, 0, rows, n, 2, true);
}

static void planes3(const grid *g, size_t rows, size_t n) {
    roll_strip(g, 0, rows, n, 3, true);
}

#if CONV_LEAF_COMPLEX != 1
static void planes4(const grid *g, size_t rows, size_t n) {
    roll_strip(g, 0, rows, n, 4, true);
}

static void planes5(const grid *g, size_t rows, size_t n) {
    roll_strip(g, 0, rows, n, 5, true);
}
#endif

/* By kernel rows, from 2 on. */
static void (*const planes_by_rows[])(const grid *, size_t, size_t) = {
    planes2,
    planes3,
#if CONV_LEAF_COMPLEX != 1
    planes4,
    planes5,
#endif
};

_Static_assert(sizeof planes_by_rows / sizeof *planes_by_rows ==
                   (SETS == 2 ? CONV_PLANES_ROWS_COMPLEX : CONV_PLANES_ROWS) - 1,
               "kernels.h says which kernels are taken");

/* Fewer columns than a vector has. */
static void narrow_planes(const grid *all, size_t rows, int n) {
    const place p = {0, 0, 0, 0};
    grid g = *all;
    for (; rows > 0; rows--) {
        tile t;
        tile_slots slots;
        const bool has_ends = find_ends(&slots, &g, &p, g.c_rows * g.c_planes, n);
        clear(&t, 1);
        for (size_t row = 0; row < g.c_rows; row++)
            for (size_t plane = 0; plane < g.c_planes; plane++)
                row_step(&t, &g,
                         has_ends ? next_slot(&slots, row * g.c_planes + plane, 1)
                                  : plane_row(&g, &p, row, plane),
                         0, g.c + (plane * g.c_rows + row) * g.c_cols * SETS, 0, 0, 1, 1, n);
        put_row(&g, &t, 0, g.y, &p, 1, n);
        g.y += g.y_stride;
        if (g.lines)
            g.lines += g.c_planes;
        else
            g.x += g.x_stride;
    }
}

static void slide_strip(const grid *g, size_t rows, size_t n) {
    if (n < LANES)
        narrow_planes(g, rows, (int)n);
    else
        planes_by_rows[g->c_rows - 2](g, rows, n);
}

void FN(slide_planes)(const void *x, ptrdiff_t x_plane, ptrdiff_t x_stride, const void *c,
                      size_t c_planes, size_t c_rows, size_t c_cols, void *y, ptrdiff_t y_stride,
                      size_t rows, size_t cols, bool accumulate) {
    const grid g = {.x = x,
                    .x_plane = x_plane * SPACING,
                    .x_stride = x_stride * SPACING,
                    .y = y,
                    .y_stride = y_stride * SPACING,
                    .c = c,
                    .c_planes = c_planes,
                    .c_rows = c_rows,
                    .c_cols = c_cols,
                    .accumulate = accumulate};
    slide_strip(&g, rows, cols * SPACING);
}

void FN(slide_volume)(const void *const *lines, const conv_line_ends *ends, ptrdiff_t first,
                      const void *c, size_t c_planes, size_t c_rows, size_t c_cols, void *y,
                      ptrdiff_t y_stride, size_t rows, size_t cols, const ptrdiff_t ahead[2],
                      void *room) {
    const grid g = {.lines = lines,
                    .ends = ends,
                    .first = first * SPACING,
                    .room = room,
                    .y = y,
                    .y_stride = y_stride * SPACING,
                    .c = c,
                    .c_planes = c_planes,
                    .c_rows = c_rows,
                    .c_cols = c_cols,
                    .x_ahead = ahead[0] * SPACING,
                    .y_ahead = ahead[1] * SPACING};
    slide_strip(&g, rows, cols * SPACING);
}
