/* Numbers summed over windows: along each axis of a box the sums of so many neighbours, in time
 * that does not depend on how many. Integers modulo 2^32. */
#ifndef CONV_METHODS_NONFINITE_COUNTS_H
#define CONV_METHODS_NONFINITE_COUNTS_H

#include <stddef.h>
#include <stdint.h>

/* Sums of `length` numbers of a line that end at `first` and the `count` - 1 places after it; the
 * line is 0 beyond its extent, or with a period it repeats, 0 between extent and period. */
typedef struct {
    size_t extent, length, count, period;
    ptrdiff_t first;
} conv_window;

/* All axes, one after the other, between two arrays; the result is in the one that it is not said
 * to begin in after an odd number of axes. */
void conv_windows_sum(const conv_window *axis, int rank, uint32_t *from, uint32_t *to);

#endif
