/* How large numbers are, and whether they are integers: for one pair of element types. Compiled at
 * baseline only. */
#include "base/measure_loops.h"

#include <float.h>
#include <math.h>

#if CONV_LEAF_COMPLEX == 1
typedef T tap;
#else
typedef R tap;
#endif

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

double FN(peak)(const void *x, ptrdiff_t stride, size_t count) {
    return peak_of(x, stride * PARTS, count, PARTS);
}

double FN(peak_tap)(const void *c, size_t count) {
    return peak_of(c, TAP_PARTS, count, TAP_PARTS);
}

bool FN(measure)(const void *x, ptrdiff_t stride, size_t count, double scale, double sums[3]) {
    return measure_of(x, stride * PARTS, count, PARTS, scale, sums);
}

bool FN(measure_taps)(const void *c, size_t count, double scale, double sums[3]) {
    return measure_of(c, TAP_PARTS, count, TAP_PARTS, scale, sums);
}

void FN(round)(void *y, ptrdiff_t stride, size_t count) {
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

bool FN(is_integer)(const void *x) {
    return parts_are_integers(x, PARTS);
}

bool FN(tap_is_integer)(const void *c) {
    return parts_are_integers(c, TAP_PARTS);
}
