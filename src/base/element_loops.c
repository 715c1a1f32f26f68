/* Loops of conv_element_kernels for one pair of element types. The bits are the same at every
 * level: no sum is of vectors, no product is fused. */
#include <math.h>
#include <stdbool.h>

#include "base/elements.h"
#include "base/leaf.h"
#include "base/mark_loops.h"
#include "base/measure_loops.h"

#if CONV_LEAF_COMPLEX == 1
typedef T tap;
#else
typedef R tap;
#endif

static void multiply_add(long double sum[2], const void *x, const void *c) {
#if CONV_LEAF_COMPLEX == 0
    sum[0] += (long double)*(const T *)x * *(const tap *)c;
#elif CONV_LEAF_COMPLEX == 1
    const T *a = x;
    const tap *b = c;
    sum[0] += (long double)a->re * b->re - (long double)a->im * b->im;
    sum[1] += (long double)a->re * b->im + (long double)a->im * b->re;
#else
    const T *a = x;
    long double b = *(const tap *)c;
    sum[0] += a->re * b;
    sum[1] += a->im * b;
#endif
}

static void add_sample(long double sum[2], const void *x) {
#if CONV_LEAF_COMPLEX == 0
    sum[0] += *(const T *)x;
#else
    sum[0] += ((const T *)x)->re;
    sum[1] += ((const T *)x)->im;
#endif
}

static void round_sum(const long double sum[2], void *y) {
#if CONV_LEAF_COMPLEX == 0
    *(T *)y = (R)sum[0];
#else
    *(T *)y = (T){(R)sum[0], (R)sum[1]};
#endif
}

ALWAYS_INLINE void add_to_each(T *out, T a, const tap *b, ptrdiff_t step, size_t count) {
    for (size_t i = 0; i < count; i++, b += step) {
#if CONV_LEAF_COMPLEX == 0
        out[i] += a * *b;
#elif CONV_LEAF_COMPLEX == 1
        out[i].re += a.re * b->re - a.im * b->im;
        out[i].im += a.re * b->im + a.im * b->re;
#else
        out[i].re += a.re * *b;
        out[i].im += a.im * *b;
#endif
    }
}

static void add_products(void *y, const void *x, const void *c, size_t count) {
    add_to_each(y, *(const T *)x, c, 1, count);
}

static void add_products_back(void *y, const void *x, const void *c, size_t count) {
    add_to_each(y, *(const T *)x, c, -1, count);
}

static void add_product(void *y, const void *x, const void *c) {
    add_products(y, x, c, 1);
}

static inline T plus_product(T sum, T x, tap c) {
#if CONV_LEAF_COMPLEX == 0
    return sum + x * c;
#elif CONV_LEAF_COMPLEX == 1
    return (T){sum.re + (x.re * c.re - x.im * c.im), sum.im + (x.re * c.im + x.im * c.re)};
#else
    return (T){sum.re + x.re * c, sum.im + x.im * c};
#endif
}

static inline T plus_products(T sum, const T *x, const tap *c, size_t count) {
    while (count-- > 0)
        sum = plus_product(sum, x[count], c[count]);
    return sum;
}

static void add_all(void *y, const void *x, const void *c, size_t count) {
    *(T *)y = plus_products(*(T *)y, x, c, count);
}

/* count is 1 to 8. A loop's end would be mispredicted, which costs more than the products. */
static inline T plus_few_products(T sum, const T *x, const tap *c, size_t count) {
    switch (count) {
    case 8:
        sum = plus_product(sum, x[7], c[7]);
        __attribute__((fallthrough));
    case 7:
        sum = plus_product(sum, x[6], c[6]);
        __attribute__((fallthrough));
    case 6:
        sum = plus_product(sum, x[5], c[5]);
        __attribute__((fallthrough));
    case 5:
        sum = plus_product(sum, x[4], c[4]);
        __attribute__((fallthrough));
    case 4:
        sum = plus_product(sum, x[3], c[3]);
        __attribute__((fallthrough));
    case 3:
        sum = plus_product(sum, x[2], c[2]);
        __attribute__((fallthrough));
    case 2:
        sum = plus_product(sum, x[1], c[1]);
        __attribute__((fallthrough));
    default:
        return plus_product(sum, x[0], c[0]);
    }
}

static void feed(conv_feed *feed, const void *x, void *y) {
    size_t at = feed->next++;
    T *latest = (T *)(void *)feed->recent - 1 - at;
    ((T *)(void *)feed->kept)[at] = *latest = *(const T *)x;
    if (y)
        *(T *)y = plus_few_products(((const T *)(const void *)feed->pending)[at], latest,
                                    (const tap *)(const void *)feed->taps,
                                    at < feed->most ? at + 1 : feed->most);
}

static void dot(void *y, const void *x, ptrdiff_t x_stride, double (*c)[2], size_t count,
                bool replaces) {
    T *out = y;
    const T *in = x;
#if CONV_LEAF_COMPLEX
    double re = replaces ? 0 : (double)out->re, im = replaces ? 0 : (double)out->im;
    for (size_t i = 0; i < count; i++, in += x_stride) {
        re += in->re * c[i][0] - (CONV_LEAF_COMPLEX == 1 ? in->im * c[i][1] : 0);
        im += in->im * c[i][0] + (CONV_LEAF_COMPLEX == 1 ? in->re * c[i][1] : 0);
    }
    *out = (T){(R)re, (R)im};
#else
    double sum = replaces ? 0 : (double)*out;
    for (size_t i = 0; i < count; i++, in += x_stride)
        sum += *in * c[i][0];
    *out = (R)sum;
#endif
}

static void widen(double (*to)[2], const void *x, ptrdiff_t x_stride, size_t count) {
    const T *in = x;
    for (size_t i = 0; i < count; i++, in += x_stride) {
#if CONV_LEAF_COMPLEX
        to[i][0] = in->re;
        to[i][1] = in->im;
#else
        to[i][0] = *in;
        to[i][1] = 0;
#endif
    }
}

static void widen_taps(double (*to)[2], const void *c, size_t count) {
    const tap *in = c;
    for (size_t i = 0; i < count; i++) {
#if CONV_LEAF_COMPLEX == 1
        to[i][0] = in[i].re;
        to[i][1] = in[i].im;
#else
        to[i][0] = in[i];
        to[i][1] = 0;
#endif
    }
}

static double largest_real(const R *x, size_t count) {
    enum { WAYS = 64 }; /* independent of each other: vectors of them; fewer would be unrolled */
    R most[WAYS] = {0};
    size_t whole = count - count % WAYS;
    for (size_t i = 0; i < whole; i += WAYS)
        for (size_t w = 0; w < WAYS; w++) {
            R size = x[i + w] < 0 ? -x[i + w] : x[i + w];
            most[w] = size > most[w] ? size : most[w];
        }
    for (size_t i = whole; i < count; i++) {
        R size = x[i] < 0 ? -x[i] : x[i];
        most[i - whole] = size > most[i - whole] ? size : most[i - whole];
    }
    for (size_t w = 1; w < WAYS; w++)
        most[0] = most[w] > most[0] ? most[w] : most[0];
    return most[0];
}

static double smallest_tap(const void *c, size_t count) {
    const R *x = c;
    R least = 0;
    for (size_t i = 0; i < count * (sizeof(tap) / sizeof(R)); i++) {
        R size = x[i] < 0 ? -x[i] : x[i];
        if (size > 0 && (least == 0 || size < least))
            least = size;
    }
    return least;
}

static double largest(const void *x, size_t count) {
    return largest_real(x, count * (sizeof(T) / sizeof(R)));
}

static double largest_tap(const void *c, size_t count) {
    return largest_real(c, count * (sizeof(tap) / sizeof(R)));
}

static void scale(void *x, size_t count, double factor) {
    R *values = x;
    size_t reals = count * (sizeof(T) / sizeof(R));
    for (size_t i = 0; i < reals; i++)
        values[i] = (R)(values[i] * factor); /* rounded once, also where factor is no R */
}

static void fill(void *x, size_t count, const double value[2]) {
    T *out = x;
    for (size_t i = 0; i < count; i++) {
#if CONV_LEAF_COMPLEX
        out[i] = (T){(R)value[0], (R)value[1]};
#else
        out[i] = (R)value[0];
#endif
    }
}

static void add(void *y, ptrdiff_t y_stride, const void *x, size_t count) {
    T *out = y;
    const T *in = x;
    for (size_t i = 0; i < count; i++, out += y_stride) {
#if CONV_LEAF_COMPLEX
        out->re += in[i].re;
        out->im += in[i].im;
#else
        *out += in[i];
#endif
    }
}

static bool reals_are_finite(const R *x, size_t count) {
    int found = 0; /* all of them are looked at: a loop of vectors */
    for (size_t i = 0; i < count; i++)
        found |= !isfinite(x[i]);
    return !found;
}

static bool is_finite(const void *x, size_t count) {
    return reals_are_finite(x, count * (sizeof(T) / sizeof(R)));
}

static bool is_nan(const void *y) {
#if CONV_LEAF_COMPLEX == 0
    return isnan(*(const T *)y);
#else
    return isnan(((const T *)y)->re) && isnan(((const T *)y)->im);
#endif
}

static bool poisons(const void *x) {
#if CONV_LEAF_COMPLEX == 1
    return isnan(((const T *)x)->re) || isnan(((const T *)x)->im);
#else
    return is_nan(x);
#endif
}

static bool taps_are_finite(const void *c, size_t count) {
    return reals_are_finite(c, count * (sizeof(tap) / sizeof(R)));
}

/* In double where the taps are float, so that folding a factor into them rounds once. */
static inline tap scaled_tap(tap c, double factor, bool conjugate) {
#if CONV_LEAF_COMPLEX == 1
    double im = conjugate ? -(double)c.im : (double)c.im;
    return (tap){(R)(c.re * factor), (R)(im * factor)};
#else
    (void)conjugate;
    return (R)(c * factor);
#endif
}

static void scale_taps(void *c, const void *h, size_t count, double factor, bool conjugate) {
    tap *out = c;
    const tap *in = h;
    for (size_t i = 0; i < count; i++)
        out[i] = scaled_tap(in[i], factor, conjugate);
}

static void reverse_taps(void *c, const void *h, size_t count, double factor, bool conjugate) {
    tap *out = c;
    const tap *in = h;
    for (size_t i = 0; i < count; i++)
        out[i] = scaled_tap(in[count - 1 - i], factor, conjugate);
}

static void add_tap(long double sum[2], const void *c) {
#if CONV_LEAF_COMPLEX == 1
    sum[0] += ((const tap *)c)->re;
    sum[1] += ((const tap *)c)->im;
#else
    sum[0] += *(const tap *)c;
#endif
}

static void round_tap(const long double sum[2], void *c) {
#if CONV_LEAF_COMPLEX == 1
    *(tap *)c = (tap){(R)sum[0], (R)sum[1]};
#else
    *(tap *)c = (R)sum[0];
#endif
}

const conv_element_kernels FN(elements) = {
    .size = sizeof(T),
    .tap_size = sizeof(tap),
    .multiply_add = multiply_add,
    .add_sample = add_sample,
    .round_sum = round_sum,
    .add_product = add_product,
    .dot = dot,
    .widen = widen,
    .add_products = add_products,
    .add_products_back = add_products_back,
    .add_all = add_all,
    .feed = feed,
    .largest = largest,
    .largest_tap = largest_tap,
    .smallest_tap = smallest_tap,
    .scale = scale,
    .fill = fill,
    .add = add,
    .is_finite = is_finite,
    .poisons = poisons,
    .is_nan = is_nan,
    .mark_signs = FN(mark_signs),
    .add_tap_signs = FN(add_tap_signs),
    .bad_elements = FN(bad_elements),
    .clear_bad = FN(clear_bad),
    .count_bad = FN(count_bad),
    .count_bad_taps = FN(count_bad_taps),
    .mark_samples = FN(mark_samples),
    .mark_taps = FN(mark_taps),
    .add_marks = FN(add_marks),
    .near_integers = FN(near_integers),
    .add_rounded = FN(add_rounded),
    .add_nonfinite = FN(add_nonfinite),
    .peak = FN(peak),
    .peak_tap = FN(peak_tap),
#if !CONV_LEAF_COMPLEX
    .reach = FN(reach),
#endif
    .measure = FN(measure),
    .measure_taps = FN(measure_taps),
    .round = FN(round),
    .is_integer = FN(is_integer),
    .tap_is_integer = FN(tap_is_integer),
    .scale_taps = scale_taps,
    .reverse_taps = reverse_taps,
    .taps_are_finite = taps_are_finite,
    .add_tap = add_tap,
    .round_tap = round_tap,
    .widen_taps = widen_taps,
};
