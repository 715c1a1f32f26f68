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
#include "kernels/slide_slots.h"
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
    ACCUMULATORS = ROWS * VECTORS * SETS,
    MOST_VECTORS = MAX_TILE_VECTORS,
    PAIR = 2, /* vectors of the tiles for what whole ones leave */
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

/* Everything about a call that its tiles share. Strides are in reals. Sample row i begins at
 * lines[i] + first, or at x + i * x_stride where there are no lines. */
typedef struct {
    const void *const *lines;
    const conv_line_ends *ends;
    ptrdiff_t first;
    R *room;
    const R *x;
    R *y;
    ptrdiff_t x_stride, y_stride;
    const R *c;
    size_t c_rows, c_cols;
    bool accumulate;
    bool is_far; /* samples and outputs do not fit the second-level cache */
} grid;

/* A tile's first output, and its vectors: side by side but the last one, which may overlap the one
 * before it so as to end flush. The first `known` reals are there already. */
typedef struct {
    size_t row;
    ptrdiff_t at, last, known;
} place;

ALWAYS_INLINE const R *sample_row(const grid *g, const place *p, size_t row) {
    return g->lines ? (const R *)g->lines[p->row + row] + (g->first + p->at)
                    : g->x + (ptrdiff_t)(p->row + row) * g->x_stride + p->at;
}

/* Whether some of the samples under n reals of outputs lie beyond the ends of lines: then all are
 * found in slots. */
ALWAYS_INLINE bool find_ends(tile_slots *s, const grid *g, const place *p, size_t rows,
                             ptrdiff_t n) {
    const ptrdiff_t begin = g->first + p->at;
    const ptrdiff_t end = begin + n + (ptrdiff_t)(g->c_cols - 1) * SPACING;
    if (!g->ends || (begin >= 0 && end <= (ptrdiff_t)g->ends->n * SPACING))
        return false;
    open_slots(s, g->lines + p->row, rows, g->ends, begin, end, g->c_cols, g->room);
    return true;
}

ALWAYS_INLINE ptrdiff_t vector_at(ptrdiff_t last, const int u, const int vectors) {
    return u > 0 && u == vectors - 1 ? last : u * LANES;
}

ALWAYS_INLINE void fetch_for_write(R *y, ptrdiff_t ahead, const int vectors) {
    uintptr_t at = (uintptr_t)y + (uintptr_t)ahead * sizeof(R);
    UNROLL
    for (int u = 0; u < vectors * LANES * (int)sizeof(R); u += 64)
        __builtin_prefetch((const void *)(at + (uintptr_t)u), 1);
}

/* Samples that will be needed soon, `ahead` of x and perhaps past the image's end. Hardware does
 * not see the pattern of a tile. */
ALWAYS_INLINE void fetch(const R *x, ptrdiff_t ahead, const int vectors) {
    uintptr_t at = (uintptr_t)x + (uintptr_t)ahead * sizeof(R);
    UNROLL
    for (int u = 0; u < vectors * LANES * (int)sizeof(R); u += 64)
        __builtin_prefetch((const void *)(at + (uintptr_t)u));
}

/* One row of samples, x, on the tile's rows lo..hi: row `lo` meets the kernel's row at c, the rows
 * after it the kernel's rows before that. With `part` there is one vector, of so many columns. */
ALWAYS_INLINE void row_step(tile *t, const grid *g, const R *x, ptrdiff_t last, const R *c,
                            const int lo, const int hi, const int rows, const int vectors,
                            const int part) {
    const ptrdiff_t pitch = (ptrdiff_t)g->c_cols * SETS;
    size_t left = g->c_cols, q = 0;
    do {
        vec v[MOST_VECTORS];
        UNROLL
        for (int u = 0; u < vectors; u++) {
            const R *from = x + vector_at(last, u, vectors);
            v[u] = part ? load_part(from, part) : SHARED_LOADS ? load_shared(from) : vec_load(from);
        }
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
        x += SPACING;
        c += SETS;
        /* Measured with GCC 12, AVX-512, f32, 256^2: up to a quarter slower the other way round,
         * both at 5 rows and at 7. */
    } while (rows <= 6 ? --left > 0 : ++q < g->c_cols);
}

/* The same with the rows lo..hi known at run time only. The kernel is taller than the tile, or the
 * tile has one row, so that they begin at the first row or end at the last. */
ALWAYS_INLINE void any_row_step(tile *t, const grid *g, const R *x, ptrdiff_t last, const R *c,
                                int lo, int hi, const int rows, const int vectors, const int part) {
    if (lo == 0 && hi == rows - 1) {
        row_step(t, g, x, last, c, 0, rows - 1, rows, vectors, part);
        return;
    }
    UNROLL
    for (int a = 0; a < rows; a++) {
        UNROLL
        for (int b = 0; b < rows; b++)
            if (a <= b && a == lo && b == hi && (a == 0) != (b == rows - 1))
                row_step(t, g, x, last, c, a, b, rows, vectors, part);
    }
}

/* A row of finished sums, from accumulator `first` on. */
ALWAYS_INLINE void put_sums(const tile *t, const int first, R *y, const place *p, bool accumulate,
                            const int vectors, const int part) {
    UNROLL
    for (int u = 0; u < vectors; u++) {
        vec sum = finished(t, first + u);
        ptrdiff_t to = vector_at(p->last, u, vectors), known = p->known;
        if (u > 0 && u == vectors - 1 && known < (vectors - 1) * LANES)
            known = (vectors - 1) * LANES;
        if (part)
            put_part(y, sum, part, accumulate);
        else
            put(y + to, sum, known - to, accumulate);
    }
}

ALWAYS_INLINE void put_row(const grid *g, const tile *t, const int first, R *y, const place *p,
                           const int vectors, const int part) {
    if (g->accumulate)
        put_sums(t, first, y, p, true, vectors, part);
    else
        put_sums(t, first, y, p, false, vectors, part);
}

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

/* Where the next tile begins that outputs `done`..n-1 of a row need, and how many reals it brings:
 * one of `vectors` vectors where it is full but for its last vector, or else a pair. A pair for the
 * last vector alone begins a vector earlier. */
ALWAYS_INLINE size_t next_tile(place *p, size_t done, size_t n, const int vectors, bool *is_pair) {
    const size_t left = n - done, lanes = (size_t)LANES;
    *is_pair = vectors == PAIR || left <= (size_t)(vectors - 1) * lanes;
    size_t take = smaller(left, (size_t)(*is_pair ? PAIR : vectors) * lanes);
    size_t at = *is_pair && left <= lanes && done > 0 ? n - PAIR * lanes : done;
    p->at = (ptrdiff_t)at;
    p->known = (ptrdiff_t)(done - at);
    p->last = (ptrdiff_t)(done + take - at - lanes);
    return take;
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

/* Rolls down `rows` rows of outputs. Accumulator row r holds the output that the kernel's row
 * c_rows - 1 - r is due for; the first c_rows - 1 outputs lie above the image and are dropped. */
ALWAYS_INLINE void roll_rows(const grid *g, const place *p, size_t rows, const tile_slots *slots,
                             const int c_rows, const int vectors, const bool has_ends) {
    const R *last = g->c + (size_t)(c_rows - 1) * g->c_cols * SETS;
    R *y = g->y + (ptrdiff_t)p->row * g->y_stride + p->at;
    tile t;
    clear(&t, c_rows * vectors);
    for (size_t row = 0; row < rows; row++) {
        if (g->is_far) { /* for the tile to the right: a whole tile ahead, which the far caches
                          * need */
            fetch(sample_row(g, p, row), vectors * LANES + (ptrdiff_t)g->c_cols * SPACING, vectors);
            fetch_for_write(y, vectors * LANES, vectors);
        }
        const R *x = has_ends ? next_slot(slots, row, vectors) : sample_row(g, p, row);
        row_step(&t, g, x, p->last, last, 0, c_rows - 1, c_rows, vectors, 0);
        if (row + 1 >= (size_t)c_rows) {
            if (has_ends)
                put_sums(&t, 0, y, p, false, vectors, 0);
            else
                put_row(g, &t, 0, y, p, vectors, 0);
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
                             const int vectors) {
    const size_t sample_rows = rows + (size_t)c_rows - 1;
    tile_slots slots;
    if (find_ends(&slots, g, p, sample_rows, p->last + LANES))
        roll_rows(g, p, sample_rows, &slots, c_rows, vectors, true);
    else
        roll_rows(g, p, sample_rows, &slots, c_rows, vectors, false);
}

/* One strip of rows, n reals wide. */
ALWAYS_INLINE void roll_strip(const grid *g, size_t row, size_t rows, size_t n, const int c_rows) {
    const int fit = ACCUMULATORS / (c_rows * SETS);
    const int vectors = fit < MOST_VECTORS ? fit : MOST_VECTORS;
    place p = {.row = row};
    bool is_pair;
    for (size_t done = 0; done < n;) {
        done += next_tile(&p, done, n, vectors, &is_pair);
        if (vectors > PAIR && !is_pair)
            roll_tile(g, &p, rows, c_rows, vectors);
        else
            roll_tile(g, &p, rows, c_rows, PAIR);
    }
}

static void roll2(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 2);
}

static void roll3(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 3);
}

#if CONV_LEAF_COMPLEX != 1 || VEC_BYTES == 64
static void roll4(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 4);
}

static void roll5(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 5);
}

static void roll6(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 6);
}
#endif

#if CONV_LEAF_COMPLEX != 1 && VEC_BYTES == 64
static void roll7(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 7);
}

static void roll8(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 8);
}

static void roll9(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 9);
}

static void roll10(const grid *g, size_t row, size_t rows, size_t n) {
    roll_strip(g, row, rows, n, 10);
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

static void roll(const grid *g, size_t rows, size_t n) {
    const size_t most = g->c_rows > 3 ? ROLL_HEIGHT : LOW_ROLL_HEIGHT;
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
                     size_t rows, size_t cols, void *room) {
    const grid g = {.lines = lines,
                    .ends = ends,
                    .first = first * SPACING,
                    .room = room,
                    .y = y,
                    .y_stride = y_stride * SPACING,
                    .c = c,
                    .c_rows = c_rows,
                    .c_cols = c_cols,
                    .is_far = rows * cols * sizeof(T) > FAR_BYTES};
    if (c_rows == 1)
        one_row(&g, rows, cols);
    else
        slide_grid(&g, rows, cols * SPACING);
}

size_t FN(slide_room)(size_t c_cols) {
    return slots_bytes(c_cols);
}
