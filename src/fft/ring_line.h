/* The ends of a line towards the caller: the first split reads the signal, the last join writes
 * the result. Both see a line as chunks, one behind the other, of as many elements as a child of
 * that split has coefficients; a real line has two chunks per child, for the real parts and for the
 * imaginary parts. */
#ifndef CONV_FFT_RING_LINE_H
#define CONV_FFT_RING_LINE_H

#include "fft/ring_pass.h"

/* in: extent elements; the rest of the line is zero. */
void FN(ring_load)(const conv_ring_axis *axis, int complex_data, const R *in, size_t extent,
                   cvec *x);
/* out: the elements first, ..., first + count - 1 of the line */
void FN(ring_store)(const conv_ring_axis *axis, int complex_data, const cvec *x, R *out,
                    size_t first, size_t count);

/* Into how many parts the first split goes. */
RING_INLINE size_t ring_first_ways(const conv_ring_axis *axis) {
    return axis->branches == 3 ? 3 : axis->steps ? (size_t)1 << axis->log_radix[0] : 1;
}

/* Vector pairs between the parts in memory. */
RING_INLINE size_t ring_first_stride(const conv_ring_axis *axis, size_t ways) {
    return (ways == 3 ? axis->stride : axis->length / ways) / LANES;
}

RING_INLINE ring_pass_roots ring_first_roots(const conv_ring_axis *axis, size_t ways) {
    return ways == 3 ? ring_roots_cube(axis)
                     : ring_roots_of(ways == 8   ? 3
                                     : ways == 4 ? 2
                                                 : ways == 2,
                                     axis->level[0], 0, 0);
}

#endif
