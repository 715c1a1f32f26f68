/* Arrays of real numbers whose type is known at run time. */
#ifndef CONV_VARYING_REALS_H
#define CONV_VARYING_REALS_H

#include <stdbool.h>
#include <stddef.h>

static inline double conv_real_get(const void *reals, ptrdiff_t i, bool is_double) {
    return is_double ? ((const double *)reals)[i] : (double)((const float *)reals)[i];
}

static inline void conv_real_set(void *reals, ptrdiff_t i, double value, bool is_double) {
    if (is_double)
        ((double *)reals)[i] = value;
    else
        ((float *)reals)[i] = (float)value;
}

static inline size_t conv_real_size(bool is_double) {
    return is_double ? sizeof(double) : sizeof(float);
}

#endif
