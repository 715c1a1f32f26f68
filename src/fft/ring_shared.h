/* One line on several threads. */
#ifndef CONV_FFT_RING_SHARED_H
#define CONV_FFT_RING_SHARED_H

#include "fft/ring_leaf.h"

/* Whether so many equal items keep all threads busy nearly to the end. */
bool conv_ring_shares(size_t items, int threads);

/* Whether a line is long enough for several threads. */
bool conv_ring_is_shared(const conv_ring_axis *axis, int threads);

/* leaf->line with the same bits, on up to `threads` threads where the line is long. */
void conv_ring_shared_line(const conv_ring_leaf *leaf, const conv_ring_axis *axis,
                           conv_ring_mode mode, int complex_data, const conv_ring_io *io,
                           void *work, const void *spectrum, int threads);

#endif
