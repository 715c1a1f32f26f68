/* What the tiles of slide_rows.c, slide_roll.h and slide_planes.c share: a call's samples, taps and
 * outputs, a tile's place, one row of samples on a tile, and a row of finished sums. */
#ifndef CONV_KERNELS_SLIDE_GRID_H
#define CONV_KERNELS_SLIDE_GRID_H

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
    TILES_AHEAD = 4, /* that samples from far are fetched */
    /* Outputs that are streamed lie so far that fewer rows at a time count less than places of the
     * caches: rows of images lie at multiples of a large power of two, and share a few of them. */
    STREAM_SPAN = 1 << 18,
    STREAM_HEIGHT = 8,
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
    size_t c_planes;   /* slide_planes.c alone: planes of taps, and of samples under them, */
    ptrdiff_t x_plane; /* so many reals apart */
    ptrdiff_t x_ahead, y_ahead; /* of the next plane of outputs; 0: near */
    bool accumulate;
    bool streams;    /* rows of outputs begin alike in cache lines, and do not go into the caches */
    bool is_farther; /* samples are in no near cache, whatever this call takes of them */
    bool is_far;     /* samples and outputs do not fit the second-level cache */
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

/* Of several planes, in a strip that begins at row 0. */
ALWAYS_INLINE const R *plane_row(const grid *g, const place *p, size_t row, size_t plane) {
    return g->lines ? (const R *)g->lines[row * g->c_planes + plane] + (g->first + p->at)
                    : sample_row(g, p, row) + (ptrdiff_t)plane * g->x_plane;
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

/* Samples that will be needed, `ahead` of x and perhaps past the image's end. Hardware does not see
 * the pattern of a tile. */
ALWAYS_INLINE void fetch(const R *x, ptrdiff_t ahead, const int vectors) {
    uintptr_t at = (uintptr_t)x + (uintptr_t)ahead * sizeof(R);
    UNROLL
    for (int u = 0; u < vectors * LANES * (int)sizeof(R); u += 64)
        __builtin_prefetch((const void *)(at + (uintptr_t)u));
}

/* The same for the second-level cache. */
ALWAYS_INLINE void fetch_early(const R *x, ptrdiff_t ahead, const int vectors) {
    uintptr_t at = (uintptr_t)x + (uintptr_t)ahead * sizeof(R);
    UNROLL
    for (int u = 0; u < vectors * LANES * (int)sizeof(R); u += 64)
        __builtin_prefetch((const void *)(at + (uintptr_t)u), 0, 2);
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

/* Whole vectors of a row, each of which is stored past the caches where it is a cache line. */
ALWAYS_INLINE void stream_sums(const tile *t, const int first, R *y, const place *p,
                               const int vectors) {
    UNROLL
    for (int u = 0; u < vectors; u++) {
        vec sum = finished(t, first + u);
        R *to = y + vector_at(p->last, u, vectors);
        if ((uintptr_t)to % 64 == 0)
            stream(to, sum);
        else
            vec_store(to, sum);
    }
}

ALWAYS_INLINE void put_row(const grid *g, const tile *t, const int first, R *y, const place *p,
                           const int vectors, const int part) {
    if (HAVE_STREAM && g->streams && !part)
        stream_sums(t, first, y, p, vectors);
    else if (g->accumulate)
        put_sums(t, first, y, p, true, vectors, part);
    else
        put_sums(t, first, y, p, false, vectors, part);
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

#endif
