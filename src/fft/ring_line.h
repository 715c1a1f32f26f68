/* The ends of a line towards the caller: the first split reads the signal, the last join writes
 * the result. Both see a line as chunks, one behind the other, of as many elements as a child of
 * that split has coefficients; a real line has two chunks per child, for the real parts and for the
 * imaginary parts. */
#ifndef CONV_FFT_RING_LINE_H
#define CONV_FFT_RING_LINE_H

#include "fft/ring_pass.h"

void FN(ring_load)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io, cvec *x);
void FN(ring_store)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io,
                    const cvec *x);

/* Of each part of the split or join, the vector pairs begin..end-1. */
void FN(ring_load_part)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io,
                        void *x, size_t begin, size_t end);
void FN(ring_store_part)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io,
                         const void *x, size_t begin, size_t end);

/* Vector pairs between the parts in memory. */
RING_INLINE size_t ring_first_stride(const conv_ring_axis *axis, size_t ways) {
    return (axis->branches > 1 ? axis->stride : axis->length / ways) / LANES;
}

#endif
