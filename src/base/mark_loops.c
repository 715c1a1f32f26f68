#include <math.h>

#include "base/mark_loops.h"

#if CONV_LEAF_COMPLEX == 1
typedef T marked_tap;
#else
typedef R marked_tap;
#endif

static inline R mark_of(R x, bool only_infinite) {
    R sign = (R)((x > 0) - (x < 0)); /* 0 of a NaN */
    return only_infinite && !isinf(x) ? 0 : sign;
}

void FN(mark_signs)(void *x, size_t count, bool only_infinite) {
    R *parts = x;
    for (size_t i = 0; i < count * (sizeof(T) / sizeof(R)); i++)
        parts[i] = mark_of(parts[i], only_infinite);
}

void FN(add_tap_signs)(void *to, ptrdiff_t step, const void *c, size_t count, bool only_infinite) {
    const marked_tap *taps = c;
    marked_tap *out = to;
    for (size_t i = 0; i < count; i++, out += step) {
#if CONV_LEAF_COMPLEX == 1
        out->re += mark_of(taps[i].re, only_infinite);
        out->im += mark_of(taps[i].im, only_infinite);
#else
        *out += mark_of(taps[i], only_infinite);
#endif
    }
}

size_t FN(bad_elements)(const void *x, size_t count) {
    const T *in = x;
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
#if CONV_LEAF_COMPLEX
        bad += (size_t)(!isfinite(in[i].re) | !isfinite(in[i].im));
#else
        bad += (size_t)!isfinite(in[i]);
#endif
    }
    return bad;
}

void FN(clear_bad)(void *x, size_t count) {
    R *parts = x;
    for (size_t i = 0; i < count * (sizeof(T) / sizeof(R)); i++)
        parts[i] = isfinite(parts[i]) ? parts[i] : 0;
}

void FN(count_bad)(uint32_t *to, const void *x, size_t count, int part) {
    const T *in = x;
    for (size_t i = 0; i < count; i++) {
#if CONV_LEAF_COMPLEX == 0
        (void)part;
        to[i] = (uint32_t)!isfinite(in[i]);
#elif CONV_LEAF_COMPLEX == 1
        (void)part;
        to[i] = (uint32_t)!isfinite(in[i].re) + (uint32_t)!isfinite(in[i].im);
#else
        to[i] = (uint32_t)!isfinite(part ? in[i].im : in[i].re);
#endif
    }
}

void FN(count_bad_taps)(uint32_t *to, ptrdiff_t step, const void *c, size_t count) {
    const marked_tap *taps = c;
    for (size_t i = 0; i < count; i++, to += step) {
#if CONV_LEAF_COMPLEX == 1
        *to += (uint32_t)!isfinite(taps[i].re) + (uint32_t)!isfinite(taps[i].im);
#else
        *to += (uint32_t)!isfinite(taps[i]);
#endif
    }
}

/* All infinite products of one sign: that Inf; else a NaN is among them, or both signs are. */
static inline R sum_of_products(uint32_t products, R balance) {
    if (products == 0)
        return 0;
    if (fabs((double)balance - products) < 0.5)
        return (R)INFINITY;
    return fabs((double)balance + products) < 0.5 ? -(R)INFINITY : (R)NAN;
}

void FN(add_nonfinite)(void *y, const uint32_t *const products[2], const void *balance,
                       size_t count) {
    T *out = y;
    const T *signs = balance;
    for (size_t i = 0; i < count; i++) {
#if CONV_LEAF_COMPLEX == 0
        if (products[0][i])
            out[i] += sum_of_products(products[0][i], signs ? signs[i] : 0);
#else
        if (products[0][i])
            out[i].re += sum_of_products(products[0][i], signs ? signs[i].re : 0);
        if (products[1][i])
            out[i].im += sum_of_products(products[1][i], signs ? signs[i].im : 0);
#endif
    }
}
