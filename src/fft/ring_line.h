/* The ends of a line towards the caller: the first split reads the signal, the last join writes
 * the result. */
#ifndef CONV_FFT_RING_LINE_H
#define CONV_FFT_RING_LINE_H

#include "fft/ring_pass.h"

/* in: a whole line. */
void FN(ring_load)(const conv_ring_axis *axis, int complex_data, const R *in, cvec *x);
void FN(ring_store)(const conv_ring_axis *axis, int complex_data, const cvec *x, R *out);

#endif
