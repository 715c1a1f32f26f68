/* Words of 128 bits in two's complement, for sums of products of int64_t. */
#ifndef CONV_INTEGER_WIDE_H
#define CONV_INTEGER_WIDE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __SIZEOF_INT128__

__extension__ typedef __int128 conv_signed_wide;
__extension__ typedef unsigned __int128 conv_wide;

static inline conv_wide conv_wide_of(int64_t value) {
    return (conv_wide)(conv_signed_wide)value;
}

static inline conv_wide conv_wide_product(int64_t a, int64_t b) {
    return (conv_wide)((conv_signed_wide)a * b);
}

static inline conv_wide conv_wide_sum(conv_wide a, conv_wide b) {
    return a + b;
}

/* shift: 0..127 */
static inline conv_wide conv_wide_shifted(conv_wide a, int shift) {
    return a << shift;
}

static inline bool conv_wide_below(conv_wide a, conv_wide b) {
    return a < b;
}

static inline bool conv_wide_is_negative(conv_wide a) {
    return (conv_signed_wide)a < 0;
}

static inline uint64_t conv_wide_low(conv_wide a) {
    return (uint64_t)a;
}

#else
#include "integer/wide_halves.h"
#endif

/* Whether it is an int64_t, namely its low word. */
static inline bool conv_wide_is_narrow(conv_wide a) {
    conv_wide narrow = conv_wide_of((int64_t)conv_wide_low(a));
    return !conv_wide_below(a, narrow) && !conv_wide_below(narrow, a);
}

#endif
