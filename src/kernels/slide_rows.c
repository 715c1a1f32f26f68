/* The sliding sum in two dimensions.
 *
 * A sample vector, shifted by q columns, is loaded once and serves several output rows. Kernels of
 * a few rows roll down the image: one row of accumulators per kernel row, every sample row is taken
 * once and finishes one row of outputs. With V vectors and P kernel rows that is V loads and P
 * broadcasts for P * V multiply-adds per column of the kernel.
 *
 * Taller kernels take tiles of ROWS x VECTORS accumulators: (P + ROWS - 1) * VECTORS loads and
 * ROWS * P broadcasts for ROWS * VECTORS * P multiply-adds per column of the kernel.
 *
 * The order of an output's sum: kernel rows in turn, in a row its columns in turn. A kernel of one
 * row keeps to slide's order. Runs of rows_together rows have a sum each. */
#include "kernels/slide_roll.h"

/* The sums of a tile over all rows of samples. */
ALWAYS_INLINE void sum_rows(tile *t, const grid *g, const place *p, const tile_slots *slots,
                            const int rows, const int vectors, const int part,
                            const bool has_ends) {
    const size_t sample_rows = g->c_rows + (size_t)rows - 1;
    for (size_t row = 0; row < sample_rows; row++) {
        size_t lo = row < g->c_rows ? 0 : row - g->c_rows + 1;
        size_t hi = smaller(row, (size_t)rows - 1);
        const R *x = has_ends ? next_slot(slots, row, 1) : sample_row(g, p, row);
        any_row_step(t, g, x, p->last, g->c + (row - lo) * g->c_cols * SETS, (int)lo, (int)hi, rows,
                     vectors, part);
    }
}

/* A tile of outputs. Rows before known_rows are there already. */
ALWAYS_INLINE void rows_tile(const grid *g, const place *p, size_t known_rows, const int rows,
                             const int vectors, const int part) {
    R *y = g->y + (ptrdiff_t)p->row * g->y_stride + p->at;
    const size_t sample_rows = g->c_rows + (size_t)rows - 1;
    tile_slots slots;
    tile t;
    const bool has_ends = find_ends(&slots, g, p, sample_rows, part ? part : p->last + LANES);
    clear(&t, rows * vectors);
    if (rows == ROWS && vectors == VECTORS)
        for (int r = 0; r < rows; r++)
            fetch(sample_row(g, p, g->c_rows - 1 + (size_t)r), vectors * LANES, vectors);
    if (has_ends)
        sum_rows(&t, g, p, &slots, rows, vectors, part, true);
    else
        sum_rows(&t, g, p, NULL, rows, vectors, part, false);
    UNROLL
    for (int r = 0; r < rows; r++, y += g->y_stride)
        if ((size_t)r >= known_rows || !g->accumulate)
            put_row(g, &t, r * vectors, y, p, vectors, part);
}

static void large_tile(const grid *g, const place *p, size_t known_rows) {
    rows_tile(g, p, known_rows, ROWS, VECTORS, 0);
}

static void large_pair(const grid *g, const place *p, size_t known_rows) {
    rows_tile(g, p, known_rows, ROWS, PAIR, 0);
}

static void low_tile(const grid *g, const place *p, size_t known_rows) {
    rows_tile(g, p, known_rows, 1, VECTORS, 0);
}

static void low_pair(const grid *g, const place *p, size_t known_rows) {
    rows_tile(g, p, known_rows, 1, PAIR, 0);
}

/* Fewer columns than a vector has. */
static void narrow_rows(const grid *g, size_t rows, int n) {
    place p = {0, 0, 0, 0};
    for (; p.row < rows; p.row++)
        rows_tile(g, &p, 0, 1, 1, n);
}

/* A strip of ROWS rows or one, n reals wide from `begin` on. */
static void strip(const grid *g, size_t row, size_t begin, size_t n, bool is_low,
                  size_t known_rows) {
    place p = {.row = row};
    bool is_pair;
    for (size_t done = 0; done < n;) {
        done += next_tile(&p, done, n, VECTORS, &is_pair);
        p.at += (ptrdiff_t)begin;
        if (is_low)
            (is_pair ? low_pair : low_tile)(g, &p, known_rows);
        else
            (is_pair ? large_pair : large_tile)(g, &p, known_rows);
    }
}

/* All rows of a panel of columns. What strips of ROWS rows leave is done by one that overlaps them.
 */
static void panel(const grid *g, size_t begin, size_t rows, size_t n) {
    const size_t height = rows < ROWS ? 1 : ROWS;
    for (size_t done = 0; done < rows; done += height) {
        size_t at = smaller(done, rows - height);
        strip(g, at, begin, n, height == 1, done - at);
    }
}

static void roll2(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 2, false);
}

static void roll3(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 3, false);
}

#if CONV_LEAF_COMPLEX != 1 || VEC_BYTES == 64
static void roll4(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 4, false);
}

static void roll5(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 5, false);
}

static void roll6(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 6, false);
}
#endif

#if CONV_LEAF_COMPLEX != 1 && VEC_BYTES == 64
static void roll7(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 7, false);
}

static void roll8(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 8, false);
}

static void roll9(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 9, false);
}

static void roll10(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 10, false);
}
#endif

/* By kernel rows, from 2 on, as long as two vectors of accumulators per row fit. */
static void (*const roll_by_rows[])(const grid *, size_t, size_t, size_t) = {
    roll2, roll3,
#if CONV_LEAF_COMPLEX != 1 || VEC_BYTES == 64
    roll4, roll5, roll6,
#endif
#if CONV_LEAF_COMPLEX != 1 && VEC_BYTES == 64
    roll7, roll8, roll9, roll10,
#endif
};

_Static_assert(ROWS <= 2 + sizeof roll_by_rows / sizeof *roll_by_rows,
               "a kernel that does not roll is at least as tall as a tile");

static size_t roll_height(const grid *g) {
    const size_t most = g->c_rows > 3 ? ROLL_HEIGHT : LOW_ROLL_HEIGHT;
    const ptrdiff_t pitch = g->y_stride < 0 ? -g->y_stride : g->y_stride;
    if (!g->streams)
        return most;
    size_t span = STREAM_SPAN / ((size_t)pitch * sizeof(R));
    return smaller(most, span > STREAM_HEIGHT ? span : STREAM_HEIGHT);
}

static void roll(const grid *g, size_t rows, size_t n) {
    const size_t most = roll_height(g);
    for (size_t done = 0, height; done < rows; done += height) {
        height = smaller(rows - done, most);
        roll_by_rows[g->c_rows - 2](g, done, height, n);
    }
}

/* Kernels of two rows or more. */
static void slide_grid(const grid *g, size_t rows, size_t n) {
    const size_t wide = VECTORS * LANES;
    if (n < LANES) {
        narrow_rows(g, rows, (int)n);
        return;
    }
    if (g->c_rows < 2 + sizeof roll_by_rows / sizeof *roll_by_rows) {
        roll(g, rows, n);
        return;
    }
    size_t width = PANEL_BYTES / sizeof(R) / (g->c_rows + ROWS) / wide * wide;
    width = width > 4 * wide ? width : 4 * wide;
    for (size_t at = 0, next; at < n; at = next) {
        /* The last panel is not shorter than a tile. */
        next = n - at > width + wide ? at + width : n;
        panel(g, at, rows, next - at);
    }
}

/* A kernel of one row. */
static void one_row(const grid *g, size_t rows, size_t cols) {
    for (size_t r = 0; r < rows; r++) {
        const R *x =
            g->lines ? (const R *)g->lines[r] + g->first : g->x + (ptrdiff_t)r * g->x_stride;
        R *y = g->y + (ptrdiff_t)r * g->y_stride;
        FN(slide)(x, g->c, g->c_cols, y, cols, g->accumulate);
    }
}

/* Kernel rows that one running sum takes: runs of about the same height. */
static size_t rows_together(size_t c_rows, size_t c_cols) {
    size_t most = c_cols < CONV_SLIDE_TAPS ? CONV_SLIDE_TAPS / c_cols : 1;
    size_t runs = (c_rows + most - 1) / most;
    return (c_rows + runs - 1) / runs;
}

void FN(slide_rows)(const void *x, ptrdiff_t x_stride, const void *c, size_t c_rows, size_t c_cols,
                    void *y, ptrdiff_t y_stride, size_t rows, size_t cols, bool accumulate) {
    const size_t most = rows_together(c_rows, c_cols);
    for (; c_rows > 1 && c_rows > most; c_rows -= most) {
        FN(slide_rows)(x, x_stride, c, most, c_cols, y, y_stride, rows, cols, accumulate);
        x = (const T *)x + (ptrdiff_t)most * x_stride;
        c = (const R *)c + most * c_cols * SETS;
        accumulate = true;
    }
    const grid g = {.x = x,
                    .x_stride = x_stride * SPACING,
                    .y = y,
                    .y_stride = y_stride * SPACING,
                    .c = c,
                    .c_rows = c_rows,
                    .c_cols = c_cols,
                    .accumulate = accumulate,
                    .is_far = rows * cols * sizeof(T) > FAR_BYTES};
    if (c_rows == 1)
        one_row(&g, rows, cols);
    else
        slide_grid(&g, rows, cols * SPACING);
}

void FN(slide_lines)(const void *const *lines, const conv_line_ends *ends, ptrdiff_t first,
                     const void *c, size_t c_rows, size_t c_cols, void *y, ptrdiff_t y_stride,
                     size_t rows, size_t cols, int hints, void *room) {
    const bool in_lines = y_stride * SPACING % LINE_REALS == 0 && (uintptr_t)y % sizeof(T) == 0;
    const grid g = {.lines = lines,
                    .ends = ends,
                    .first = first * SPACING,
                    .room = room,
                    .y = y,
                    .y_stride = y_stride * SPACING,
                    .c = c,
                    .c_rows = c_rows,
                    .c_cols = c_cols,
                    .streams = HAVE_STREAM && hints & CONV_SLIDE_STREAMS && in_lines,
                    .is_farther = hints != 0,
                    .is_far = rows * cols * sizeof(T) > FAR_BYTES};
    if (c_rows == 1)
        one_row(&g, rows, cols);
    else
        slide_grid(&g, rows, cols * SPACING);
    if (g.streams)
        end_streams();
}

size_t FN(slide_room)(size_t c_cols) {
    return slots_bytes(c_cols);
}
