/* The other axes: columns of vectors. */
#ifndef CONV_FFT_RING_COLUMNS_H
#define CONV_FFT_RING_COLUMNS_H

#include "fft/ring_pass.h"

/* All columns of a panel, rows of width vector pairs one after the other, in place: FORWARD or
 * INVERSE. */
void FN(ring_panel)(const conv_ring_axis *axis, conv_ring_mode mode, void *panel, size_t width);

void FN(ring_columns)(const conv_ring_axis *axis, conv_ring_mode mode, const conv_ring_columns *c,
                      void *panel, const void *spectrum);
void FN(ring_columns_spectrum)(const conv_ring_axis *axis, conv_ring_mode mode,
                               const conv_ring_columns *c, void *spectrum, double scale);

#endif
