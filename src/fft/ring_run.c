/* The fused convolution of a tile: lines of the last axis, then columns along the axes before it,
 * the first of which multiplies by the spectrum and turns back. */
#include <stdint.h>
#include <string.h>

#include "base/parallel.h"
#include "fft/ring.h"
#include "fft/ring_shared.h"
#include "fft/ring_tile.h"

static void convolve_line(const conv_ring *ring, const conv_tile *tile, const void *spectrum,
                          void *scratch, int threads) {
    int last = ring->rank - 1;
    conv_ring_io io = {.in = tile->in,
                       .in_extent = tile->in_extent[last],
                       .ends = tile->ends,
                       .end_elements = tile->end_elements,
                       .out = tile->out,
                       .out_first = tile->out_first[last],
                       .out_count = tile->out_count[last]};
    conv_ring_shared_line(ring->leaf, &ring->axis[last], CONV_RING_CONVOLVE, ring->is_complex, &io,
                          scratch, spectrum, threads);
}

/* A row across lanes, whose spectrum no line has. */
static void convolve_row(conv_ring_tile *t) {
    const conv_ring *ring = t->ring;
    const void *row = t->data, *spectrum = t->spectrum;
    conv_ring_rows(t, CONV_RING_FORWARD);
    ring->leaf->multiply(t->data, &row, &spectrum, 1, ring->tile, false);
    conv_ring_rows(t, CONV_RING_INVERSE);
}

static void rows_and_columns(conv_ring_tile *t, conv_ring_mode mode) {
    int last = t->ring->rank - 1, deepest = t->ring->deepest;
    if (mode == CONV_RING_FORWARD) {
        conv_ring_rows(t, mode);
        for (int d = last - 1; d > deepest; d--) {
            conv_ring_columns_along(t, mode, d);
        }
        return;
    }
    for (int d = deepest + 1; d < last; d++) {
        conv_ring_columns_along(t, mode, d);
    }
    conv_ring_rows(t, mode);
}

static conv_ring_tile on_one_thread(const conv_ring_tile *t, int thread) {
    conv_ring_tile one = *t;
    one.panels += (size_t)thread * t->ring->panel;
    one.threads = 1;
    return one;
}

static void slices_forward(void *context, size_t begin, size_t end, int thread) {
    conv_ring_tile t = on_one_thread(context, thread);
    t.in.count[0] = 1;
    for (t.in.first[0] = begin; t.in.first[0] < end; t.in.first[0]++) {
        rows_and_columns(&t, CONV_RING_FORWARD);
    }
}

static void slices_inverse(void *context, size_t begin, size_t end, int thread) {
    const conv_ring_tile *whole = context;
    conv_ring_tile t = on_one_thread(whole, thread);
    conv_tile tile = *whole->tile;
    ptrdiff_t apart = tile.out_stride[0] * (ptrdiff_t)t.ring->element;
    t.tile = &tile;
    t.out.count[0] = 1;
    for (size_t i = begin; i < end; i++) {
        tile.out = (char *)whole->tile->out + (ptrdiff_t)i * apart;
        t.out.first[0] = whole->out.first[0] + i;
        rows_and_columns(&t, CONV_RING_INVERSE);
    }
}

/* All axes but the deepest. Of three axes and more slice by slice, which the first-level caches
 * hold between rows and columns. */
static void slices(conv_ring_tile *t, conv_ring_mode mode) {
    bool inverse = mode == CONV_RING_INVERSE;
    size_t count = inverse ? t->out.count[0] : t->in.count[0];
    bool shares = t->threads == 1 || conv_ring_shares(count, t->threads);
    if (t->ring->rank < 3 || t->ring->deepest > 0 || !shares) {
        rows_and_columns(t, mode);
        return;
    }
    conv_parallel_for(count, t->threads, inverse ? slices_inverse : slices_forward, t);
}

static void convolve_axes(const conv_ring *ring, const conv_tile *tile, const void *spectrum,
                          void *scratch, int threads) {
    int last = ring->rank - 1;
    conv_tile whole = *tile;
    conv_ring_tile t = conv_ring_tile_begin(ring, scratch, threads);
    t.tile = &whole;
    t.spectrum = (void *)(uintptr_t)spectrum; /* read only, in this mode */
    t.in = conv_ring_input_box(ring, tile->in_extent, &whole.in_extent[last]);
    memcpy(t.out.first, tile->out_first, sizeof t.out.first);
    memcpy(t.out.count, tile->out_count, sizeof t.out.count);
    if (conv_ring_box_is_empty(&t.out, ring->rank)) {
        return;
    }
    if (ring->deepest == last && ring->axis[last].across) {
        convolve_row(&t);
        return;
    }
    if (ring->deepest == last) {
        convolve_line(ring, &whole, spectrum, scratch, threads);
        return;
    }
    slices(&t, CONV_RING_FORWARD);
    conv_ring_columns_along(&t, CONV_RING_CONVOLVE, ring->deepest);
    slices(&t, CONV_RING_INVERSE);
}

void conv_ring_convolve(const conv_ring *ring, const conv_tile *tile, const void *spectrum,
                        void *scratch, int threads) {
    if (ring->rank > 1) {
        convolve_axes(ring, tile, spectrum, scratch, threads);
    } else if (tile->out_count[0]) {
        convolve_line(ring, tile, spectrum, scratch, threads);
    }
}
