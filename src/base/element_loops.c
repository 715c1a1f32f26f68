/* Loops of conv_element_kernels for one pair of element types. Compiled at baseline only: none of
 * them is where the time goes. */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/elements.h"
#include "base/leaf.h"

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

static void add_products(void *y, const void *x, const void *c, size_t count) {
    T *out = y, a = *(const T *)x;
    const tap *b = c;
    for (size_t i = 0; i < count; i++) {
#if CONV_LEAF_COMPLEX == 0
        out[i] += a * b[i];
#elif CONV_LEAF_COMPLEX == 1
        out[i].re += a.re * b[i].re - a.im * b[i].im;
        out[i].im += a.re * b[i].im + a.im * b[i].re;
#else
        out[i].re += a.re * b[i];
        out[i].im += a.im * b[i];
#endif
    }
}

static void add_product(void *y, const void *x, const void *c) {
    add_products(y, x, c, 1);
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
    R most = 0;
    for (size_t i = 0; i < count; i++) {
        R size = x[i] < 0 ? -x[i] : x[i];
        most = size > most ? size : most;
    }
    return most;
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

/* Stride in parts. */
static double peak_of(const R *x, ptrdiff_t stride, size_t count, int parts) {
    R most = 0;
    for (size_t i = 0; i < count; i++, x += stride)
        for (int p = 0; p < parts; p++) {
            R size = x[p] < 0 ? -x[p] : x[p];
            most = isfinite(size) && size > most ? size : most;
        }
    return most;
}

/* Magnitudes, two reals at a time in double. */
typedef double two __attribute__((vector_size(2 * sizeof(double))));
typedef int64_t two_index __attribute__((vector_size(2 * sizeof(double))));
typedef R two_reals __attribute__((vector_size(2 * sizeof(R)), may_alias, aligned(sizeof(R))));

typedef struct {
    two square, sum, squares; /* the largest square; sums of moduli and of squares */
    two_index bad;
} magnitudes;

static inline two larger(two a, two b) {
    two_index above = a > b;
    return (two)(((two_index)a & above) | ((two_index)b & ~above));
}

/* A complex modulus from its larger and its smaller part, at most 8 per cent too large; each is
 * counted in two lanes. */
static inline void add_two(magnitudes *m, const R *x, double scale, int parts) {
    const two_index no_sign = {INT64_MAX, INT64_MAX};
    two a =
        (two)((two_index)(__builtin_convertvector(*(const two_reals *)x, two) * scale) & no_sign);
    two_index good = a <= DBL_MAX;
    a = (two)((two_index)a & good);
    two size = a, square = a * a;
    m->bad |= ~good;
    m->squares += square;
    if (parts == 2) {
        two other = __builtin_shufflevector(a, a, 1, 0);
        two most = larger(a, other);
        size = (most + 0.41422 * (a + other - most)) * 0.5;
        square += other * other;
    }
    m->sum += size;
    m->square = larger(square, m->square);
}

/* Side by side: one sum alone would wait for every addition. */
enum { SUMS = 4, PACKED = 64 };

static void add_all(magnitudes m[SUMS], const R *x, size_t reals, double scale, int parts) {
    magnitudes a = m[0], b = m[1], c = m[2], d = m[3];
    for (size_t i = 0; i < reals; i += 2 * SUMS, x += 2 * SUMS) {
        add_two(&a, x, scale, parts);
        add_two(&b, x + 2, scale, parts);
        add_two(&c, x + 4, scale, parts);
        add_two(&d, x + 6, scale, parts);
    }
    m[0] = a;
    m[1] = b;
    m[2] = c;
    m[3] = d;
}

/* Parts of 1 or 2 reals each, stride in reals. */
static inline bool measure_of(const R *x, ptrdiff_t stride, size_t count, int parts, double scale,
                              double sums[3]) {
    magnitudes m[SUMS] = {{{0}, {0}, {0}, {0}}};
    size_t done = 0;
    if (stride == parts) {
        size_t reals = count * (size_t)parts / (2 * SUMS) * (2 * SUMS);
        add_all(m, x, reals, scale, parts);
        done = reals / (size_t)parts;
    }
    while (done < count) {
        R packed[PACKED] = {0};
        size_t filled = 0;
        for (; filled < PACKED && done < count; done++)
            for (int p = 0; p < parts; p++)
                packed[filled++] = x[(ptrdiff_t)done * stride + p];
        add_all(m, packed, (filled + 2 * SUMS - 1) / (2 * SUMS) * (2 * SUMS), scale, parts);
    }
    double square = sums[0] * sums[0];
    int64_t bad = 0;
    for (int i = 0; i < 2 * SUMS; i++) {
        const magnitudes *one = &m[i / 2];
        square = one->square[i % 2] > square ? one->square[i % 2] : square;
        sums[1] += one->sum[i % 2];
        sums[2] += one->squares[i % 2];
        bad |= one->bad[i % 2];
    }
    sums[0] = sqrt(square);
    return !bad;
}

enum { PARTS = sizeof(T) / sizeof(R), TAP_PARTS = sizeof(tap) / sizeof(R) };

static double peak(const void *x, ptrdiff_t stride, size_t count) {
    return peak_of(x, stride * PARTS, count, PARTS);
}

static double peak_tap(const void *c, size_t count) {
    return peak_of(c, TAP_PARTS, count, TAP_PARTS);
}

static bool measure(const void *x, ptrdiff_t stride, size_t count, double scale, double sums[3]) {
    return measure_of(x, stride * PARTS, count, PARTS, scale, sums);
}

static bool measure_taps(const void *c, size_t count, double scale, double sums[3]) {
    return measure_of(c, TAP_PARTS, count, TAP_PARTS, scale, sums);
}

static void round_parts(void *y, ptrdiff_t stride, size_t count) {
    R *out = y;
    for (size_t i = 0; i < count; i++, out += stride * PARTS)
        for (int p = 0; p < PARTS; p++)
            out[p] = (R)rint(out[p]) + 0; /* no negative zeros: a sum of integers has none */
}

static bool parts_are_integers(const R *x, int parts) {
    for (int p = 0; p < parts; p++)
        if (!isfinite(x[p]) || x[p] != (R)rint(x[p]))
            return false;
    return true;
}

static bool is_integer(const void *x) {
    return parts_are_integers(x, PARTS);
}

static bool tap_is_integer(const void *c) {
    return parts_are_integers(c, TAP_PARTS);
}

static bool reals_are_finite(const R *x, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
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

static void scale_taps(void *c, const void *h, size_t count, double factor, bool conjugate) {
    tap *out = c;
    const tap *in = h;
    /* In double where the taps are float, so that folding a factor into them rounds once. */
    for (size_t i = 0; i < count; i++) {
#if CONV_LEAF_COMPLEX == 1
        double im = conjugate ? -(double)in[i].im : (double)in[i].im;
        out[i] = (tap){(R)(in[i].re * factor), (R)(im * factor)};
#else
        (void)conjugate;
        out[i] = (R)(in[i] * factor);
#endif
    }
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
    .largest = largest,
    .largest_tap = largest_tap,
    .smallest_tap = smallest_tap,
    .scale = scale,
    .fill = fill,
    .add = add,
    .is_finite = is_finite,
    .poisons = poisons,
    .is_nan = is_nan,
    .peak = peak,
    .peak_tap = peak_tap,
    .measure = measure,
    .measure_taps = measure_taps,
    .round = round_parts,
    .is_integer = is_integer,
    .tap_is_integer = tap_is_integer,
    .scale_taps = scale_taps,
    .taps_are_finite = taps_are_finite,
    .add_tap = add_tap,
    .round_tap = round_tap,
    .widen_taps = widen_taps,
};
