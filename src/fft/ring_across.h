/* Short rows, one in each lane. */
#ifndef CONV_FFT_RING_ACROSS_H
#define CONV_FFT_RING_ACROSS_H

#include "fft/ring_leaf.h"
#include "base/leaf.h"

void FN(ring_across)(const conv_ring_axis *axis, conv_ring_mode mode, conv_ring_data data,
                     const conv_ring_lines *rows, void *panel);

#endif
