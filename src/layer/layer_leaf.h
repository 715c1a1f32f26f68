/* What the layers' leaf files share. Tiles of 6 x 4 vectors fill 24 of the 32 registers that
 * AVX-512 and AArch64 have, 6 x 2 fill 12 of 16. */
#ifndef CONV_LAYER_LAYER_LEAF_H
#define CONV_LAYER_LAYER_LEAF_H

#include "base/leaf.h"
#include "kernels/slide_parts.h"
#include "layer/layer_loops.h"

#define TILE_ROWS 6
#if defined(__AVX512F__) || defined(__aarch64__)
#define TILE_VECTORS 4
#define BY_LANE_ROWS 12
#define LINES 4
#else
#define TILE_VECTORS 2
#define BY_LANE_ROWS 8
#define LINES 2
#endif

/* A kernel that stays in registers, and the lines of samples under LINES lines of outputs. */
enum { LINE_KERNEL = 3, ROWS = LINE_KERNEL, TAPS = LINE_KERNEL, SAMPLES = LINES + ROWS - 1 };

/* The first `lanes` elements of a vector, 1 and up. Where that is more than one instruction it is a
 * function of its own: inlined many times, its temporaries would need a large stack. */
#if defined(__AVX512F__)
#define TAIL static inline __attribute__((always_inline))
#else
#define TAIL static __attribute__((noinline, unused))
#endif

TAIL vec load_tail(const R *p, int lanes) {
    return load_part(p, lanes);
}

TAIL void store_tail(R *p, vec v, int lanes) {
    store_part(p, v, lanes);
}

/* A vector that several multiply-adds share. */
ALWAYS_INLINE vec load_channels(const R *p, int lanes, const bool whole) {
    return whole ? load_shared(p) : load_tail(p, lanes);
}

ALWAYS_INLINE int between(ptrdiff_t at, ptrdiff_t most) {
    return (int)(at < 0 ? 0 : at > most ? most : at);
}

void FN(layer_tile)(const conv_layer_tile *tile, const void *a, const void *b, void *c);
void FN(layer_by_lane)(const conv_layer_tile *tile, const void *a, const void *b, void *c);
void FN(layer_tap_lanes)(const conv_layer_tile *tile, const void *a, const void *b, void *c);
void FN(layer_lines)(const conv_layer_lines *lines, const void *a, const void *b, void *c);
void FN(layer_tap_dots)(const conv_layer_line *taps_line, const void *a, const void *c, void *b);
void FN(layer_plane_sums)(const conv_layer_plane *plane, const void *a, const void *b, void *c);
void FN(layer_line_products)(const conv_layer_lines *lines, const void *a, const void *c, void *b);
void FN(layer_line_dots)(const conv_layer_lines *lines, const void *a, const void *c, void *b);
void FN(layer_dots)(const conv_layer_dots *dots, const void *a, const void *b, void *c);
void FN(layer_fold)(const void *sum, size_t count, bool first, void *high, void *low);
void FN(layer_total)(const void *high, const void *low, size_t count, void *sum);
void FN(layer_add_lanes)(const void *vectors, size_t count, void *to, ptrdiff_t to_stride);
void FN(layer_turn)(const void *from, ptrdiff_t from_stride, size_t rows, size_t columns, void *to,
                    ptrdiff_t to_stride);
void FN(layer_put)(const void *x, ptrdiff_t x_stride, size_t count, const void *bias, double beta,
                   void *y, ptrdiff_t y_stride);

#endif
