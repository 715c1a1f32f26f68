/* The parts of a ring convolution: tiles and kernels into spectra, their products, and back. A
 * spectrum is the data of one line, or the columns of the deepest axis, panel after panel, as the
 * fused convolution reads them. */
#include <string.h>

#include "base/dtype.h"
#include "fft/ring.h"
#include "fft/ring_shared.h"
#include "fft/ring_tile.h"

static bool is_line(const conv_ring *ring) {
    return ring->deepest == ring->rank - 1;
}

/* Behind the rows: what is left of the way into the spectrum. */
static void columns_forward(conv_ring_tile *t) {
    const conv_ring *ring = t->ring;
    if (is_line(ring)) {
        if (t->scale != 1) {
            ring->leaf->scale(t->spectrum, t->data, ring->tile, t->scale);
        }
        return;
    }
    for (int d = ring->rank - 2; d > ring->deepest; d--) {
        conv_ring_columns_along(t, CONV_RING_FORWARD, d);
    }
    conv_ring_columns_spectrum(t, CONV_RING_FORWARD);
}

/* One axis alone, where what is short should cost little beside the transform. */
static void forward_line(const conv_ring *ring, const conv_tile *tile, void *spectrum,
                         int threads) {
    conv_ring_io io = {.in = tile->in,
                       .in_extent = tile->in_extent[0],
                       .ends = tile->ends,
                       .end_elements = tile->end_elements};
    conv_ring_shared_line(ring->leaf, &ring->axis[0], CONV_RING_FORWARD, ring->is_complex, &io,
                          spectrum, NULL, threads);
}

static void inverse_line(const conv_ring *ring, const conv_tile *tile, void *spectrum,
                         int threads) {
    conv_ring_io io = {
        .out = tile->out, .out_first = tile->out_first[0], .out_count = tile->out_count[0]};
    if (io.out_count) {
        conv_ring_shared_line(ring->leaf, &ring->axis[0], CONV_RING_INVERSE, ring->is_complex, &io,
                              spectrum, NULL, threads);
    }
}

void conv_ring_forward(const conv_ring *ring, const conv_tile *tile, void *spectrum, void *scratch,
                       int threads) {
    if (ring->rank == 1) {
        forward_line(ring, tile, spectrum, threads);
        return;
    }
    conv_tile whole = *tile;
    conv_ring_tile t = conv_ring_tile_begin(ring, scratch, threads);
    t.tile = &whole;
    t.spectrum = spectrum;
    t.data = is_line(ring) ? spectrum : t.data;
    t.in = conv_ring_input_box(ring, tile->in_extent, &whole.in_extent[ring->rank - 1]);
    conv_ring_rows(&t, CONV_RING_FORWARD);
    columns_forward(&t);
}

void conv_ring_multiply(const conv_ring *ring, const void *const *signals,
                        const void *const *kernels, size_t pairs, void *sum, bool accumulate) {
    ring->leaf->multiply(sum, signals, kernels, pairs, ring->tile, accumulate);
}

void conv_ring_multiply_weighted(const conv_ring *ring, const void *const *signals,
                                 const void *const *kernels, const double *weights, size_t pairs,
                                 void *sum) {
    ring->leaf->multiply_weighted(sum, signals, kernels, weights, pairs, ring->tile);
}

void conv_ring_inverse(const conv_ring *ring, const conv_tile *tile, void *spectrum, void *scratch,
                       int threads) {
    if (ring->rank == 1) {
        inverse_line(ring, tile, spectrum, threads);
        return;
    }
    conv_ring_tile t = conv_ring_tile_begin(ring, scratch, threads);
    t.tile = tile;
    t.spectrum = spectrum;
    t.data = is_line(ring) ? spectrum : t.data;
    memcpy(t.out.first, tile->out_first, sizeof t.out.first);
    memcpy(t.out.count, tile->out_count, sizeof t.out.count);
    if (conv_ring_box_is_empty(&t.out, ring->rank)) {
        return;
    }
    if (!is_line(ring)) {
        conv_ring_columns_spectrum(&t, CONV_RING_INVERSE);
    }
    for (int d = ring->deepest + 1; d < ring->rank - 1; d++) {
        conv_ring_columns_along(&t, CONV_RING_INVERSE, d);
    }
    conv_ring_rows(&t, CONV_RING_INVERSE);
}

/* Lines of a real kernel in a complex transform. */
static void widened_rows(const conv_ring_tile *t, const void *kernel, const size_t *extent,
                         char *widened) {
    const conv_ring *ring = t->ring;
    int last = ring->rank - 1;
    size_t index[CONV_MAX_RANK] = {0}, size = ring->element / 2;
    const char *row = kernel;
    conv_ring_batch batch;
    conv_ring_batch_begin(&batch, t, CONV_RING_FORWARD, 0);
    batch.data = CONV_RING_WIDENED;
    do {
        conv_ring_io io = {.in = row, .in_extent = extent[last]};
        if (!ring->axis[last].across) {
            ring->leaf->widen(widened, row, extent[last]);
            io.in = widened;
        }
        conv_ring_batch_add(&batch, &io, conv_ring_tile_at(t, last, index));
        row += extent[last] * size;
    } while (conv_ring_next_index(&t->in, last, index));
    conv_ring_batch_flush(&batch);
}

void conv_ring_kernel(const conv_ring *ring, const void *kernel, conv_dtype kernel_dtype,
                      const size_t *kernel_extent, void *spectrum, void *scratch) {
    conv_tile tile = {.in = kernel};
    conv_ring_tile t = conv_ring_tile_begin(ring, scratch, 1);
    ptrdiff_t stride = 1;
    for (int d = ring->rank - 1; d >= 0; d--) {
        tile.in_stride[d] = stride;
        tile.in_extent[d] = kernel_extent[d];
        stride *= (ptrdiff_t)kernel_extent[d];
    }
    t.tile = &tile;
    t.spectrum = spectrum;
    t.scale = ring->scale;
    t.data = is_line(ring) ? spectrum : t.data;
    t.in = conv_ring_input_box(ring, kernel_extent, &tile.in_extent[ring->rank - 1]);
    if (ring->is_complex && !conv_dtype_is_complex(kernel_dtype)) {
        widened_rows(&t, kernel, kernel_extent, (char *)scratch + ring->widened_at);
    } else {
        conv_ring_rows(&t, CONV_RING_FORWARD);
    }
    columns_forward(&t);
}
