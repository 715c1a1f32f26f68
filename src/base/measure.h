/* How large the numbers of an array are: what error bounds are made of. */
#ifndef CONV_BASE_MEASURE_H
#define CONV_BASE_MEASURE_H

#include "base/elements.h"

/* Of the moduli of all finite elements. */
typedef struct {
    double largest, sum, norm; /* norm: the root of the sum of squares */
    bool finite;               /* all elements are */
} conv_magnitudes;

void conv_measure(const conv_element_kernels *elements, int rank, const size_t *extent,
                  const ptrdiff_t *stride, const void *data, conv_magnitudes *magnitudes);

/* The largest alone, and whether all are finite; sum and norm become 0. A fraction of the time. */
void conv_measure_largest(const conv_element_kernels *elements, int rank, const size_t *extent,
                          const ptrdiff_t *stride, const void *data, conv_magnitudes *magnitudes);

/* Taps, contiguous. */
void conv_measure_taps(const conv_element_kernels *elements, const void *taps, size_t count,
                       conv_magnitudes *magnitudes);

#endif
