/* The ends of a line towards the caller: the first split reads the signal, the last join writes
 * the result. Both see a line as chunks, one behind the other, of as many elements as a child of
 * that split has coefficients; a real line has two chunks per child, for the real parts and for the
 * imaginary parts. */
#ifndef CONV_FFT_RING_LINE_H
#define CONV_FFT_RING_LINE_H

#include <stdbool.h>

#include "fft/ring_pass.h"

enum { MOST_WAYS = CONV_RING_BRANCHES }; /* of a first split */

void FN(ring_load)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io, cvec *x);
void FN(ring_store)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io,
                    const cvec *x);

/* Of each part of the split or join, the vector pairs begin..end-1. */
void FN(ring_load_part)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io,
                        void *x, size_t begin, size_t end);
void FN(ring_store_part)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io,
                         const void *x, size_t begin, size_t end);

/* Whether a first split by so many is the one into branches; else it is by 2^ring_log(ways). */
RING_INLINE bool ring_is_odd(size_t ways) {
    return ways > 1 && ways % 2;
}

RING_INLINE int ring_log(size_t ways) {
    return ways == 8 ? 3 : ways == 4 ? 2 : ways == 2;
}

/* Vector pairs between the parts in memory. */
RING_INLINE size_t ring_first_stride(const conv_ring_axis *axis, size_t ways) {
    return (axis->branches > 1 ? axis->stride : axis->length / ways) / LANES;
}

RING_INLINE ring_pass_roots ring_first_roots(const conv_ring_axis *axis, size_t ways) {
    return ring_is_odd(ways) ? ring_roots_odd(axis, ways)
                             : ring_roots_of(ring_log(ways), axis->level[0], 0);
}

#endif
