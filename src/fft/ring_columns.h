/* The other axes: columns of vectors. */
#ifndef CONV_FFT_RING_COLUMNS_H
#define CONV_FFT_RING_COLUMNS_H

#include "fft/ring_pass.h"

/* All columns of a panel, rows of width vector pairs one after the other; h: as wide a spectrum,
 * for CONVOLVE. */
void FN(ring_panel)(const conv_ring_axis *axis, conv_ring_mode mode, cvec *x, size_t width,
                    const cvec *h);

void FN(ring_columns)(const conv_ring_axis *axis, conv_ring_mode mode, const conv_ring_columns *c,
                      void *panel, const void *spectrum);
void FN(ring_columns_spectrum)(const conv_ring_axis *axis, conv_ring_mode mode,
                               const conv_ring_columns *c, void *spectrum, double scale);

#endif
