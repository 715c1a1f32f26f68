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

/* A panel of columns from one on of an axis that is summed over: sums of spectra times the kernel's
 * h, through the panel, which has room for taps - 1 rows more. */
void FN(ring_summed)(const conv_ring_axis *axis, const conv_ring_columns *c, size_t column,
                     size_t width, cvec *panel, const cvec *h);

#endif
