#include <float.h>
#include <math.h>

#include "base/mark_loops.h"

#ifdef CONV_LEAF_DOUBLE
#define LARGEST DBL_MAX
#else
#define LARGEST FLT_MAX
#endif

#if CONV_LEAF_COMPLEX == 1
typedef T marked_tap;
#else
typedef R marked_tap;
#endif

/* The sign of what is beyond a bound, 0 or the largest number; 0 of a NaN. */
static inline R mark_of(R x, R bound) {
    return (R)(x > bound) - (R)(x < -bound);
}

static inline R bound_of(bool only_infinite) {
    return only_infinite ? LARGEST : 0;
}

void FN(mark_signs)(void *x, size_t count, bool only_infinite) {
    R *parts = x, bound = bound_of(only_infinite);
    for (size_t i = 0; i < count * (sizeof(T) / sizeof(R)); i++)
        parts[i] = mark_of(parts[i], bound);
}

void FN(add_tap_signs)(void *to, ptrdiff_t step, const void *c, size_t count, bool only_infinite) {
    const marked_tap *taps = c;
    marked_tap *out = to;
    R bound = bound_of(only_infinite);
    for (size_t i = 0; i < count; i++, out += step) {
#if CONV_LEAF_COMPLEX == 1
        out->re += mark_of(taps[i].re, bound);
        out->im += mark_of(taps[i].im, bound);
#else
        *out += mark_of(taps[i], bound);
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

/* To the nearest integer below 2^31, whatever way the processor is told to round. */
static inline R nearest(R x) {
    return (R)(int32_t)(x + (x < 0 ? (R)-0.5 : (R)0.5));
}

bool FN(near_integers)(const void *x, size_t count) {
    const R *parts = x;
    int far = 0;
    for (size_t i = 0; i < count * (sizeof(T) / sizeof(R)); i++) {
        R rest = parts[i] - nearest(parts[i]);
        far |= (rest > (R)0.25) | (rest < (R)-0.25);
    }
    return !far;
}

void FN(add_rounded)(void *y, const void *x, size_t count) {
    R *out = y;
    const R *parts = x;
    for (size_t i = 0; i < count * (sizeof(T) / sizeof(R)); i++)
        out[i] += nearest(parts[i]);
}

/* y and so many products: if all are infinite and of one sign, that Inf; else a NaN is among them,
 * or both signs are. Their number less 1/2 is exact in double. */
static inline R add_products_to(R y, uint32_t products, R balance) {
    double least = (double)(int32_t)products - 0.5; /* the balance is never beyond the number */
    R sum = balance > least ? (R)INFINITY : (R)NAN;
    sum = balance < -least ? -(R)INFINITY : sum;
    sum += y;
    return products ? sum : y;
}

/* What products with this number are, by the sign of the other: see CONV_MARK_PLUS. */
static inline uint8_t mark_of_number(R x, bool all) {
    R bound = bound_of(!all);
    uint8_t plus = x > bound, minus = x < -bound, none = all ? x == 0 : 0;
    return (uint8_t)(plus | minus << 1 | 3 * ((x != x) | none));
}

void FN(mark_samples)(uint8_t *to, const void *x, size_t count, int part) {
    const R *parts = x;
    enum { PARTS = sizeof(T) / sizeof(R) };
    for (size_t i = 0; i < count; i++)
        to[i] = mark_of_number(parts[i * PARTS + (size_t)part], false);
}

void FN(mark_taps)(uint8_t *to, const void *c, size_t count, int part) {
    const R *parts = c;
    enum { PARTS = sizeof(marked_tap) / sizeof(R) };
    for (size_t i = 0; i < count; i++)
        to[i] = mark_of_number(parts[i * PARTS + (size_t)part], true);
}

static inline R add_mark_to(R y, uint8_t mark) {
    R bad = mark == CONV_MARK_PLUS ? (R)INFINITY : (R)NAN;
    bad = mark == CONV_MARK_MINUS ? -(R)INFINITY : bad;
    return mark ? y + bad : y;
}

void FN(add_marks)(void *y, const uint8_t *const marks[2], size_t count) {
    R *parts = y;
    enum { PARTS = sizeof(T) / sizeof(R) };
    for (size_t i = 0; i < count; i++) {
        parts[i * PARTS] = add_mark_to(parts[i * PARTS], marks[0][i]);
        if (PARTS == 2)
            parts[i * PARTS + 1] = add_mark_to(parts[i * PARTS + 1], marks[1][i]);
    }
}

void FN(add_nonfinite)(void *y, const uint32_t *const products[2], const void *balance,
                       size_t count) {
    T *out = y;
    const T *signs = balance;
    for (size_t i = 0; i < count; i++) {
#if CONV_LEAF_COMPLEX == 0
        out[i] = add_products_to(out[i], products[0][i], signs ? signs[i] : 0);
#else
        out[i].re = add_products_to(out[i].re, products[0][i], signs ? signs[i].re : 0);
        out[i].im = add_products_to(out[i].im, products[1][i], signs ? signs[i].im : 0);
#endif
    }
}
