/* The fused convolution of a tile: lines of the last axis, then columns along the axes before it,
 * the first of which multiplies by the spectrum and turns back. */
#include <stdint.h>
#include <string.h>

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
    if (ring->deepest == last) {
        convolve_line(ring, &whole, spectrum, scratch, threads);
        return;
    }
    conv_ring_rows(&t, CONV_RING_FORWARD);
    for (int d = last - 1; d > ring->deepest; d--) {
        conv_ring_columns_along(&t, CONV_RING_FORWARD, d);
    }
    conv_ring_columns_along(&t, CONV_RING_CONVOLVE, ring->deepest);
    for (int d = ring->deepest + 1; d < last; d++) {
        conv_ring_columns_along(&t, CONV_RING_INVERSE, d);
    }
    conv_ring_rows(&t, CONV_RING_INVERSE);
}

void conv_ring_convolve(const conv_ring *ring, const conv_tile *tile, const void *spectrum,
                        void *scratch, int threads) {
    if (ring->rank > 1) {
        convolve_axes(ring, tile, spectrum, scratch, threads);
    } else if (tile->out_count[0]) {
        convolve_line(ring, tile, spectrum, scratch, threads);
    }
}
