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
#include "kernels/slide_parts.h"

enum {
#if VEC_BYTES == 64
    ROWS = SETS == 2 ? 4 : 6, /* 24 accumulators, 3 or 4 sample vectors, 1 or 2 taps */
    VECTORS = SETS == 2 ? 3 : 4,
    SHARED_LOADS = 1,
#else
    ROWS = SETS == 2 ? 2 : 4, /* 12 accumulators, 1 tap; samples as operands in memory */
    VECTORS = 3,
    SHARED_LOADS = 0,
#endif
    HALF_ROWS = ROWS / 2, /* of the tiles for what whole ones leave; 1 where there are none */
    ACCUMULATORS = ROWS * VECTORS * SETS,
    MOST_VECTORS = 4,
    /* Rolling down at once: enough rows for the kernel's first ones, which finish no output, not to
     * matter. A kernel of two or three rows is done with a row so soon that the pages count, which
     * the first translation buffer should hold. */
    ROLL_HEIGHT = 256,
    LOW_ROLL_HEIGHT = 64,
    FAR_BYTES = 1 << 19,
    /* The bytes of samples that should stay in the second-level cache from one row of tiles to the
     * next; wider images are done in panels of columns. */
    PANEL_BYTES = 1 << 19
};

/* Everything about a call that its tiles share. Strides are in reals. */
typedef struct {
    const R *c;
    size_t c_rows, c_cols;
    ptrdiff_t x_stride, y_stride;
    bool accumulate;
    bool is_far; /* samples and outputs do not fit the second-level cache */
} grid;

ALWAYS_INLINE void fetch_for_write(R *y, ptrdiff_t ahead, const int vectors) {
    uintptr_t at = (uintptr_t)y + (uintptr_t)ahead * sizeof(R);
    UNROLL
    for (int u = 0; u < vectors * LANES * (int)sizeof(R); u += 64)
        __builtin_prefetch((const void *)(at + (uintptr_t)u), 1);
}

/* One row of samples, x, on the tile's rows lo..hi: row `lo` meets the kernel's row at c, the rows
 * after it the kernel's rows before that. */
ALWAYS_INLINE void row_step(tile *t, const grid *g, const R *x, const R *c, const int lo,
                            const int hi, const int rows, const int vectors, const int part) {
    const ptrdiff_t pitch = (ptrdiff_t)g->c_cols * SETS;
    const size_t cols = g->c_cols;
    for (size_t q = 0; q < cols; q++, x += SPACING, c += SETS) {
        vec v[MOST_VECTORS];
        UNROLL
        for (int u = 0; u < vectors; u++)
            v[u] = part           ? load_part(x, part)
                   : SHARED_LOADS ? load_shared(x + u * LANES)
                                  : vec_load(x + u * LANES);
        UNROLL
        for (int r = 0; r < rows; r++) {
            if (r < lo || r > hi)
                continue;
            UNROLL
            for (int s = 0; s < SETS; s++) {
                vec tap = vec_splat(c[(lo - r) * pitch + s]);
                UNROLL
                for (int u = 0; u < vectors; u++)
                    t->v[s][r * vectors + u] = vec_fma(tap, v[u], t->v[s][r * vectors + u]);
            }
        }
    }
}

/* Samples that will be needed soon, `ahead` of x and perhaps past the image's end. Hardware does
 * not see the pattern of a tile. */
ALWAYS_INLINE void fetch(const R *x, ptrdiff_t ahead, const int vectors) {
    uintptr_t at = (uintptr_t)x + (uintptr_t)ahead * sizeof(R);
    UNROLL
    for (int u = 0; u < vectors * LANES * (int)sizeof(R); u += 64)
        __builtin_prefetch((const void *)(at + (uintptr_t)u));
}

/* The same with the rows lo..hi known at run time only. The kernel is taller than the tile, so that
 * they begin at the first row or end at the last. */
ALWAYS_INLINE void any_row_step(tile *t, const grid *g, const R *x, const R *c, int lo, int hi,
                                const int rows, const int vectors, const int part) {
    if (lo == 0 && hi == rows - 1) {
        row_step(t, g, x, c, 0, rows - 1, rows, vectors, part);
        return;
    }
    UNROLL
    for (int a = 0; a < rows; a++) {
        UNROLL
        for (int b = 0; b < rows; b++)
            if (a <= b && a == lo && b == hi && (a == 0) != (b == rows - 1))
                row_step(t, g, x, c, a, b, rows, vectors, part);
    }
}

/* A tile of outputs. Rows before known_rows and columns before known_cols are there already. With
 * `part` the tile is one vector wide and has that many columns only. */
ALWAYS_INLINE void rows_tile(const grid *g, const R *x, R *y, int known_rows, ptrdiff_t known_cols,
                             const int rows, const int vectors, const int part) {
    tile t;
    clear(&t, rows * vectors);
    if (rows == ROWS && vectors == VECTORS)
        for (int r = 0; r < rows; r++)
            fetch(x, ((ptrdiff_t)g->c_rows - 1 + r) * g->x_stride + vectors * LANES, vectors);
    for (size_t row = 0; row < g->c_rows + (size_t)rows - 1; row++) {
        size_t lo = row < g->c_rows ? 0 : row - g->c_rows + 1;
        size_t hi = smaller(row, (size_t)rows - 1);
        any_row_step(&t, g, x, g->c + (row - lo) * g->c_cols * SETS, (int)lo, (int)hi, rows,
                     vectors, part);
        x += g->x_stride;
    }
    UNROLL
    for (int r = 0; r < rows; r++, y += g->y_stride) {
        if (r < known_rows && g->accumulate)
            continue;
        UNROLL
        for (int u = 0; u < vectors; u++) {
            vec sum = finished(&t, r * vectors + u);
            if (part)
                put_part(y, sum, part, g->accumulate);
            else
                put(y + u * LANES, sum, known_cols - u * LANES, g->accumulate);
        }
    }
}

static void large_tile(const grid *g, const R *x, R *y, int known_rows, ptrdiff_t known_cols) {
    rows_tile(g, x, y, known_rows, known_cols, ROWS, VECTORS, 0);
}

static void narrow_tile(const grid *g, const R *x, R *y, int known_rows, ptrdiff_t known_cols) {
    rows_tile(g, x, y, known_rows, known_cols, ROWS, 1, 0);
}

static void part_tile(const grid *g, const R *x, R *y, int known_rows, int n) {
    rows_tile(g, x, y, known_rows, 0, ROWS, 1, n);
}

static void half_tile(const grid *g, const R *x, R *y, int known_rows, ptrdiff_t known_cols) {
    rows_tile(g, x, y, known_rows, known_cols, HALF_ROWS, VECTORS, 0);
}

static void half_narrow_tile(const grid *g, const R *x, R *y, int known_rows,
                             ptrdiff_t known_cols) {
    rows_tile(g, x, y, known_rows, known_cols, HALF_ROWS, 1, 0);
}

static void half_part_tile(const grid *g, const R *x, R *y, int known_rows, int n) {
    rows_tile(g, x, y, known_rows, 0, HALF_ROWS, 1, n);
}

static void low_tile(const grid *g, const R *x, R *y, ptrdiff_t known_cols) {
    rows_tile(g, x, y, 0, known_cols, 1, VECTORS, 0);
}

static void low_narrow_tile(const grid *g, const R *x, R *y, ptrdiff_t known_cols) {
    rows_tile(g, x, y, 0, known_cols, 1, 1, 0);
}

static void low_part_tile(const grid *g, const R *x, R *y, int n) {
    rows_tile(g, x, y, 0, 0, 1, 1, n);
}

/* A tile's width of outputs in a strip of ROWS, HALF_ROWS or one row. */
ALWAYS_INLINE void wide_tile(const grid *g, const R *x, R *y, int height, int known_rows,
                             ptrdiff_t known_cols) {
    if (height == ROWS)
        large_tile(g, x, y, known_rows, known_cols);
    else if (height > 1)
        half_tile(g, x, y, known_rows, known_cols);
    else
        low_tile(g, x, y, known_cols);
}

ALWAYS_INLINE void one_vector_tile(const grid *g, const R *x, R *y, int height, int known_rows,
                                   ptrdiff_t known_cols) {
    if (height == ROWS)
        narrow_tile(g, x, y, known_rows, known_cols);
    else if (height > 1)
        half_narrow_tile(g, x, y, known_rows, known_cols);
    else
        low_narrow_tile(g, x, y, known_cols);
}

ALWAYS_INLINE void one_part_tile(const grid *g, const R *x, R *y, int height, int known_rows,
                                 int n) {
    if (height == ROWS)
        part_tile(g, x, y, known_rows, n);
    else if (height > 1)
        half_part_tile(g, x, y, known_rows, n);
    else
        low_part_tile(g, x, y, n);
}

/* A strip of height rows, n reals wide. A last few columns are done by tiles that overlap those
 * before them. */
static void strip(const grid *g, const R *x, R *y, size_t n, int height, int known_rows) {
    const size_t wide = VECTORS * LANES;
    size_t done = 0;
    if (n < LANES) {
        one_part_tile(g, x, y, height, known_rows, (int)n);
        return;
    }
    for (; n - done >= wide; done += wide)
        wide_tile(g, x + done, y + done, height, known_rows, 0);
    if (n - done > LANES && n >= wide) {
        wide_tile(g, x + n - wide, y + n - wide, height, known_rows, (ptrdiff_t)(done + wide - n));
        return;
    }
    for (; n - done >= LANES; done += LANES)
        one_vector_tile(g, x + done, y + done, height, known_rows, 0);
    if (n > done)
        one_vector_tile(g, x + n - LANES, y + n - LANES, height, known_rows,
                        (ptrdiff_t)(done + LANES - n));
}

/* All rows of a panel of columns. What strips of ROWS rows leave is done by one that overlaps them,
 * of half as many rows where that is enough. */
static void panel(const grid *g, const R *x, R *y, size_t rows, size_t n) {
    size_t done = 0;
    while (done < rows) {
        size_t left = rows - done, height = ROWS;
        if (left <= HALF_ROWS || rows < ROWS)
            height = HALF_ROWS;
        if (rows < height)
            height = 1;
        ptrdiff_t at = (ptrdiff_t)(left < height ? rows - height : done);
        strip(g, x + at * g->x_stride, y + at * g->y_stride, n, (int)height,
              (int)((ptrdiff_t)done - at));
        done = (size_t)at + height;
    }
}

/* Rolls down `rows` rows of outputs. Accumulator row r holds the output that the kernel's row
 * c_rows - 1 - r is due for; the first c_rows - 1 outputs lie above the image and are dropped. */
ALWAYS_INLINE void roll_tile(const grid *g, const R *x, R *y, size_t rows, ptrdiff_t known_cols,
                             const int c_rows, const int vectors, const int part) {
    const R *last = g->c + (size_t)(c_rows - 1) * g->c_cols * SETS;
    tile t;
    clear(&t, c_rows * vectors);
    for (size_t row = 0; row < rows + (size_t)c_rows - 1; row++, x += g->x_stride) {
        if (!part && g->is_far) { /* for the tile to the right: a whole tile ahead, which the far
                                     caches need */
            fetch(x, vectors * LANES + (ptrdiff_t)g->c_cols * SPACING, vectors);
            fetch_for_write(y, vectors * LANES, vectors);
        }
        row_step(&t, g, x, last, 0, c_rows - 1, c_rows, vectors, part);
        if (row + 1 >= (size_t)c_rows) {
            UNROLL
            for (int u = 0; u < vectors; u++) {
                vec sum = finished(&t, u);
                if (part)
                    put_part(y, sum, part, g->accumulate);
                else
                    put(y + u * LANES, sum, known_cols - u * LANES, g->accumulate);
            }
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

/* One strip of rows, n reals wide. */
ALWAYS_INLINE void roll_strip(const grid *g, const R *x, R *y, size_t rows, size_t n,
                              const int c_rows) {
    const int fit = ACCUMULATORS / (c_rows * SETS);
    const int vectors = fit < MOST_VECTORS ? fit : MOST_VECTORS;
    const size_t wide = (size_t)(vectors * LANES);
    size_t done = 0;
    if (n < LANES) {
        roll_tile(g, x, y, rows, 0, c_rows, 1, (int)n);
        return;
    }
    for (; n - done >= wide; done += wide)
        roll_tile(g, x + done, y + done, rows, 0, c_rows, vectors, 0);
    if (n - done > LANES && n >= wide) {
        roll_tile(g, x + n - wide, y + n - wide, rows, (ptrdiff_t)(done + wide - n), c_rows,
                  vectors, 0);
        return;
    }
    while (done < n) {
        size_t at = smaller(done, n - LANES);
        roll_tile(g, x + at, y + at, rows, (ptrdiff_t)(done - at), c_rows, 1, 0);
        done = at + LANES;
    }
}

static void roll2(const grid *g, const R *x, R *y, size_t rows, size_t n) {
    roll_strip(g, x, y, rows, n, 2);
}

static void roll3(const grid *g, const R *x, R *y, size_t rows, size_t n) {
    roll_strip(g, x, y, rows, n, 3);
}

#if CONV_LEAF_COMPLEX != 1 || VEC_BYTES == 64
static void roll4(const grid *g, const R *x, R *y, size_t rows, size_t n) {
    roll_strip(g, x, y, rows, n, 4);
}

static void roll5(const grid *g, const R *x, R *y, size_t rows, size_t n) {
    roll_strip(g, x, y, rows, n, 5);
}

static void roll6(const grid *g, const R *x, R *y, size_t rows, size_t n) {
    roll_strip(g, x, y, rows, n, 6);
}
#endif

#if CONV_LEAF_COMPLEX != 1 && VEC_BYTES == 64
static void roll7(const grid *g, const R *x, R *y, size_t rows, size_t n) {
    roll_strip(g, x, y, rows, n, 7);
}

static void roll8(const grid *g, const R *x, R *y, size_t rows, size_t n) {
    roll_strip(g, x, y, rows, n, 8);
}

static void roll9(const grid *g, const R *x, R *y, size_t rows, size_t n) {
    roll_strip(g, x, y, rows, n, 9);
}

static void roll10(const grid *g, const R *x, R *y, size_t rows, size_t n) {
    roll_strip(g, x, y, rows, n, 10);
}

#endif

/* By kernel rows, from 2 on, as long as two vectors of accumulators per row fit. */
static void (*const roll_by_rows[])(const grid *, const R *, R *, size_t, size_t) = {
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

static void roll(const grid *g, const R *x, R *y, size_t rows, size_t n) {
    const size_t most = g->c_rows > 3 ? ROLL_HEIGHT : LOW_ROLL_HEIGHT;
    for (size_t done = 0, height; done < rows; done += height) {
        height = smaller(rows - done, most);
        roll_by_rows[g->c_rows - 2](g, x + (ptrdiff_t)done * g->x_stride,
                                    y + (ptrdiff_t)done * g->y_stride, height, n);
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
    if (c_rows == 1) {
        for (size_t r = 0; r < rows; r++)
            FN(slide)
        ((const T *)x + (ptrdiff_t)r * x_stride, c, c_cols, (T *)y + (ptrdiff_t)r * y_stride, cols,
         accumulate);
        return;
    }
    const size_t most = rows_together(c_rows, c_cols);
    if (c_rows > most) {
        for (size_t p = 0; p < c_rows; p += most)
            FN(slide_rows)
        ((const T *)x + (ptrdiff_t)p * x_stride, x_stride, (const R *)c + p * c_cols * SETS,
         smaller(most, c_rows - p), c_cols, y, y_stride, rows, cols, accumulate || p > 0);
        return;
    }
    const bool is_far = rows * cols * sizeof(T) > FAR_BYTES;
    const grid g = {c, c_rows, c_cols, x_stride * SPACING, y_stride * SPACING, accumulate, is_far};
    const size_t n = cols * SPACING, wide = VECTORS * LANES;
    if (c_rows < 2 + sizeof roll_by_rows / sizeof *roll_by_rows) {
        roll(&g, x, y, rows, n);
        return;
    }
    size_t width = PANEL_BYTES / sizeof(R) / (c_rows + ROWS) / wide * wide;
    width = width > 4 * wide ? width : 4 * wide;
    for (size_t at = 0, next; at < n; at = next) {
        /* The last panel is not shorter than a tile. */
        next = n - at > width + wide ? at + width : n;
        panel(&g, (const R *)x + at, (R *)y + at, rows, next - at);
    }
}
