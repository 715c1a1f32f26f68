/* The geometry of one axis of the ring transform. */
#ifndef CONV_FFT_RING_AXIS_H
#define CONV_FFT_RING_AXIS_H

#include <stdbool.h>

#include "fft/ring_leaf.h"

/* The smallest unit * 2^a, or that times 3, 5, 7 or 9, that is >= at_least; 0 where there is none.
 * unit: a power of two. */
size_t conv_ring_axis_length(size_t unit, size_t at_least);

/* A line of length complex coefficients: of real elements, modulo z^length - i, or of complex ones,
 * modulo z^length - 1. lanes: of a vector. False where there is no memory; nothing is held then. */
bool conv_ring_axis_line(conv_ring_axis *axis, size_t length, bool is_double, bool is_complex,
                         size_t lanes);
/* The same of a row that lies across lanes. */
bool conv_ring_axis_across(conv_ring_axis *axis, size_t length, bool is_double, bool is_complex,
                           size_t lanes);
bool conv_ring_axis_column(conv_ring_axis *axis, size_t length, bool is_double);
/* Any length: nothing is transformed along it. */
void conv_ring_axis_summed(conv_ring_axis *axis, size_t length, size_t taps);
void conv_ring_axis_release(conv_ring_axis *axis);

#endif
