/* Loops of conv_element_kernels that measure numbers and round them; see there. */
#ifndef CONV_BASE_MEASURE_LOOPS_H
#define CONV_BASE_MEASURE_LOOPS_H

#include <stdbool.h>

#include "base/leaf.h"

double FN(peak)(const void *x, ptrdiff_t stride, size_t count);
double FN(peak_tap)(const void *c, size_t count);
void FN(reach)(const void *x, ptrdiff_t stride, size_t count, double *peak, bool *finite);
bool FN(measure)(const void *x, ptrdiff_t stride, size_t count, double scale, double sums[3]);
bool FN(measure_taps)(const void *c, size_t count, double scale, double sums[3]);
void FN(round)(void *y, ptrdiff_t stride, size_t count);
bool FN(is_integer)(const void *x);
bool FN(tap_is_integer)(const void *c);

#endif
