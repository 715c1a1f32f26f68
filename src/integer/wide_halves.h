/* wide.h for compilers without 128-bit integers: two words of 64 bits. */
#ifndef CONV_INTEGER_WIDE_HALVES_H
#define CONV_INTEGER_WIDE_HALVES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t low, high;
} conv_wide;

static inline conv_wide conv_wide_of(int64_t value) {
    return (conv_wide){(uint64_t)value, value < 0 ? UINT64_MAX : 0};
}

/* That of the words read without a sign, and what a negative one was read too large by: 2^64 times
 * the other one. */
static inline conv_wide conv_wide_product(int64_t a, int64_t b) {
    uint64_t ua = (uint64_t)a, ub = (uint64_t)b;
    uint64_t a0 = ua & UINT32_MAX, a1 = ua >> 32, b0 = ub & UINT32_MAX, b1 = ub >> 32;
    uint64_t low = a0 * b0, one = a1 * b0 + (low >> 32), other = a0 * b1 + (one & UINT32_MAX);
    uint64_t high = a1 * b1 + (one >> 32) + (other >> 32);
    high -= (a < 0 ? ub : 0) + (b < 0 ? ua : 0);
    return (conv_wide){other << 32 | (low & UINT32_MAX), high};
}

static inline conv_wide conv_wide_sum(conv_wide a, conv_wide b) {
    uint64_t low = a.low + b.low;
    return (conv_wide){low, a.high + b.high + (low < a.low)};
}

/* shift: 0..127 */
static inline conv_wide conv_wide_shifted(conv_wide a, int shift) {
    if (shift >= 64)
        return (conv_wide){0, a.low << (shift - 64)};
    return (conv_wide){a.low << shift, a.high << shift | (shift ? a.low >> (64 - shift) : 0)};
}

static inline bool conv_wide_below(conv_wide a, conv_wide b) {
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

static inline bool conv_wide_is_negative(conv_wide a) {
    return a.high >> 63;
}

static inline uint64_t conv_wide_low(conv_wide a) {
    return a.low;
}

#endif
