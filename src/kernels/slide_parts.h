/* What the sliding-sum leaf files share: one real machine for all element types.
 *
 * Complex data stay interleaved. A complex tap is two real taps, c.re and c.im, and each of them
 * has its own set of accumulators: sum1 += c.re * x, sum2 += c.im * x, both on vectors of
 * interleaved reals. The two are put together once per output, y = sum1 + i * sum2. So a complex
 * sum is SETS real sums whose samples are SPACING reals apart, and its inner loop has no shuffles.
 * All lengths below are in reals unless they are called taps.
 *
 * The order in which an output's products are added (see slide.c and slide_rows.c) follows from the
 * number of taps alone, and it is the same at every vector length: this is what makes the bits of
 * an output independent of count, position, alignment and level. */
#ifndef CONV_KERNELS_SLIDE_PARTS_H
#define CONV_KERNELS_SLIDE_PARTS_H

#include <stdbool.h>

#include "base/leaf.h"
#include "kernels/kernels.h"

/* For the preprocessor, which knows no sizeof. */
#ifdef CONV_LEAF_DOUBLE
#define REAL_BYTES 8
#else
#define REAL_BYTES 4
#endif

enum {
    SPACING = CONV_LEAF_COMPLEX ? 2 : 1,   /* reals from one sample to the next */
    SETS = CONV_LEAF_COMPLEX == 1 ? 2 : 1, /* reals per tap */
    GROUP_REALS = 64 / (int)sizeof(R),     /* the distance of the Toeplitz tile's tap groups: */
    GROUP = GROUP_REALS / SPACING,         /* the same in taps, */
    GROUP_VECTORS = GROUP_REALS / LANES,   /* and in vectors */
    MAX_GROUPS = 5,
    MAX_VECTORS = 24,    /* of the largest tile, per set */
    MAX_TILE_VECTORS = 4 /* of a row of slide_rows's widest tile */
};

/* Accumulators. A tile uses the first few; the rest vanish in compilation. */
typedef struct {
    vec v[SETS][MAX_VECTORS];
} tile;

void FN(slide)(const void *x, const void *c, size_t taps, void *y, size_t count, bool accumulate);
void FN(slide_line)(const void *x, size_t n, ptrdiff_t first, const void *c, size_t taps, void *y,
                    size_t count);
void FN(slide_step)(const void *x, const void *c, size_t taps, size_t step, void *y, size_t count,
                    bool accumulate);
void FN(slide_rows)(const void *x, ptrdiff_t x_stride, const void *c, size_t c_rows, size_t c_cols,
                    void *y, ptrdiff_t y_stride, size_t rows, size_t cols, bool accumulate);
void FN(slide_lines)(const void *const *lines, const conv_line_ends *ends, ptrdiff_t first,
                     const void *c, size_t c_rows, size_t c_cols, void *y, ptrdiff_t y_stride,
                     size_t rows, size_t cols, int hints, void *room);
size_t FN(slide_room)(size_t c_cols);
void FN(slide_planes)(const void *x, ptrdiff_t x_plane, ptrdiff_t x_stride, const void *c,
                      size_t c_planes, size_t c_rows, size_t c_cols, void *y, ptrdiff_t y_stride,
                      size_t rows, size_t cols, bool accumulate);
void FN(slide_volume)(const void *const *lines, const conv_line_ends *ends, ptrdiff_t first,
                      const void *c, size_t c_planes, size_t c_rows, size_t c_cols, void *y,
                      ptrdiff_t y_stride, size_t rows, size_t cols, const ptrdiff_t ahead[2],
                      void *room);
void FN(slide_block)(const conv_slide_columns *columns, const void *const *lines, size_t count,
                     void *block, ptrdiff_t pitch);
void FN(slide_ends)(const conv_row_ends *ends, void *block, ptrdiff_t pitch, size_t rows);
bool FN(slide_short)(const conv_row_ends *ends, size_t before, const void *x, ptrdiff_t x_stride,
                     const void *c, size_t taps, void *y, ptrdiff_t y_stride, size_t rows,
                     size_t count);
void FN(slide_halves)(const void *x, const void *c, size_t taps, size_t step, void *y, size_t count,
                      bool accumulate);
void FN(slide_columns)(const void *x, ptrdiff_t x_stride, const void *c, size_t taps, void *y,
                       ptrdiff_t y_stride, size_t rows, size_t cols, bool accumulate);

ALWAYS_INLINE size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

ALWAYS_INLINE size_t tap_groups(size_t taps) {
    return (taps + GROUP - 1) / GROUP;
}

/* Taps are summed chunk by chunk; this is the next chunk's length. A chunk is as many groups as a
 * tile takes, and no chunk is left with one or two groups where that can be helped, because few
 * groups share few loads. */
ALWAYS_INLINE size_t chunk_length(size_t taps) {
    size_t groups = tap_groups(taps);
    if (groups <= MAX_GROUPS)
        return taps;
    return (groups >= 7 ? 4 : 3) * (size_t)GROUP;
}

/* A vector that several multiply-adds share. Left free, GCC 12 loads it anew as an operand of each
 * of them, which costs the tiles half of their speed; a volatile load happens once. */
ALWAYS_INLINE vec load_shared(const R *p) {
    return *(const volatile vec_unaligned *)p;
}

ALWAYS_INLINE vec_index lane_numbers(void) {
    vec_index lanes;
    for (int i = 0; i < LANES; i++)
        lanes[i] = i;
    return lanes;
}

/* b in the lanes from `first` on, a in the ones before. */
ALWAYS_INLINE vec from_lane(vec a, vec b, int first) {
    vec_index late = lane_numbers() >= (lane_index)first - (vec_index){0};
    return (vec)(((vec_index)b & late) | ((vec_index)a & ~late));
}

/* Lanes of a vector: as the mask of a load where the level has one, else a bit each. Of bits, the
 * lowest is lane 0; or lanes low..high-1. */
#if defined(__AVX512F__)
#ifdef CONV_LEAF_DOUBLE
typedef __mmask8 lane_mask;
#else
typedef __mmask16 lane_mask;
#endif
#elif defined(__AVX2__)
typedef __m256i lane_mask;
#else
typedef unsigned lane_mask;
#endif

ALWAYS_INLINE lane_mask mask_of(uint64_t bits) {
#if !defined(__AVX512F__) && defined(__AVX2__)
    const vec_index none = {0}, bit = ((lane_index)1 - none) << lane_numbers();
    return (lane_mask)((((lane_index)(bits & ((1u << LANES) - 1)) - none) & bit) != none);
#else
    return (lane_mask)bits;
#endif
}

ALWAYS_INLINE lane_mask mask_between(int low, int high) {
#if !defined(__AVX512F__) && defined(__AVX2__)
    const vec_index begin = (lane_index)low - (vec_index){0},
                    end = (lane_index)high - (vec_index){0};
    return (lane_mask)((lane_numbers() >= begin) & (lane_numbers() < end));
#else
    return (lane_mask)((1u << high) - (1u << low));
#endif
}

/* The reals at p in these lanes, touching no others; the other lanes are zero. */
ALWAYS_INLINE vec load_masked(const R *p, lane_mask lanes) {
#if defined(__AVX512F__) && defined(CONV_LEAF_DOUBLE)
    return (vec)_mm512_maskz_loadu_pd(lanes, p);
#elif defined(__AVX512F__)
    return (vec)_mm512_maskz_loadu_ps(lanes, p);
#elif defined(__AVX2__) && defined(CONV_LEAF_DOUBLE)
    return (vec)_mm256_maskload_pd(p, lanes);
#elif defined(__AVX2__)
    return (vec)_mm256_maskload_ps(p, lanes);
#else
    vec v = {0};
    for (int i = 0; i < LANES; i++)
        if (lanes >> i & 1)
            v[i] = p[i];
    return v;
#endif
}

/* The first n reals at p, 0 < n < LANES, touching no others; the other lanes are zero. */
ALWAYS_INLINE vec load_part(const R *p, int n) {
    return load_masked(p, mask_between(0, n));
}

ALWAYS_INLINE void store_part(R *p, vec v, int n) {
#if defined(__AVX512F__) && defined(CONV_LEAF_DOUBLE)
    _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), (__m512d)v);
#elif defined(__AVX512F__)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#else
    for (int i = 0; i < n; i++)
        p[i] = v[i];
#endif
}

#if defined(__AVX512F__)
#define HAVE_SHIFT 1
#ifdef CONV_LEAF_DOUBLE
#define SHIFT(n) (vec) _mm512_alignr_epi64((__m512i)high, (__m512i)low, (n) % 8)
#else
#define SHIFT(n) (vec) _mm512_alignr_epi32((__m512i)high, (__m512i)low, n)
#endif
/* Lanes n and up of low, then the first n of high: the vector n reals past low. The instruction
 * wants n to be a literal. */
ALWAYS_INLINE vec shifted(vec low, vec high, const int n) {
    switch (n) {
    case 1:
        return SHIFT(1);
    case 2:
        return SHIFT(2);
    case 3:
        return SHIFT(3);
    case 4:
        return SHIFT(4);
    case 5:
        return SHIFT(5);
    case 6:
        return SHIFT(6);
    case 7:
        return SHIFT(7);
    case 8:
        return SHIFT(8);
    case 9:
        return SHIFT(9);
    case 10:
        return SHIFT(10);
    case 11:
        return SHIFT(11);
    case 12:
        return SHIFT(12);
    case 13:
        return SHIFT(13);
    case 14:
        return SHIFT(14);
    case 15:
        return SHIFT(15);
    default:
        return low;
    }
}
#undef SHIFT
#else
#define HAVE_SHIFT 0
ALWAYS_INLINE vec shifted(vec low, vec high, const int n) {
    (void)high;
    (void)n;
    return low;
}
#endif

/* i * v: (re, im) becomes (-im, re) in every pair of lanes. */
ALWAYS_INLINE vec times_i(vec v) {
    vec signs = {0};
    for (int i = 0; i < LANES; i++)
        signs[i] = i % 2 ? (R)1 : (R)-1;
#if defined(CONV_LEAF_DOUBLE) && VEC_BYTES == 16
    vec swapped = __builtin_shufflevector(v, v, 1, 0);
#elif defined(CONV_LEAF_DOUBLE) && VEC_BYTES == 32 || !defined(CONV_LEAF_DOUBLE) && VEC_BYTES == 16
    vec swapped = __builtin_shufflevector(v, v, 1, 0, 3, 2);
#elif defined(CONV_LEAF_DOUBLE) || VEC_BYTES == 32
    vec swapped = __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
#else
    vec swapped =
        __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
#endif
    return signs * swapped;
}

/* The finished sum of accumulator j. */
ALWAYS_INLINE vec finished(const tile *t, int j) {
    if (SETS == 1)
        return t->v[0][j];
    return t->v[0][j] + times_i(t->v[SETS - 1][j]);
}

/* Stores a finished sum. The first `known` lanes were written before, by a tile that this one
 * overlaps: the same bits, so that storing them again does no harm, but adding would. */
ALWAYS_INLINE void put(R *y, vec sum, ptrdiff_t known, bool accumulate) {
    if (accumulate) {
        vec old = vec_load(y);
        vec total = old + sum;
        int first = known > LANES ? LANES : (int)known;
        sum = first > 0 ? from_lane(old, total, first) : total;
    }
    vec_store(y, sum);
}

/* Whole cache lines go past the caches, where the level has vectors of a line. */
#if VEC_BYTES == 64 && defined(__AVX512F__)
#define HAVE_STREAM 1
ALWAYS_INLINE void stream(R *y, vec sum) {
#ifdef CONV_LEAF_DOUBLE
    _mm512_stream_pd(y, (__m512d)sum);
#else
    _mm512_stream_ps(y, (__m512)sum);
#endif
}

/* Other threads see them after what is stored next. */
ALWAYS_INLINE void end_streams(void) {
    _mm_sfence();
}
#else
#define HAVE_STREAM 0
ALWAYS_INLINE void stream(R *y, vec sum) {
    vec_store(y, sum);
}

ALWAYS_INLINE void end_streams(void) {
}
#endif

ALWAYS_INLINE void put_part(R *y, vec sum, int n, bool accumulate) {
    if (accumulate)
        sum = load_part(y, n) + sum;
    store_part(y, sum, n);
}

ALWAYS_INLINE void clear(tile *t, const int vectors) {
    UNROLL
    for (int s = 0; s < SETS; s++) {
        UNROLL
        for (int j = 0; j < vectors; j++)
            t->v[s][j] = (vec){0};
    }
}

#endif
