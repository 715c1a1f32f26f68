/* How large numbers are, and whether they are integers: for one pair of element types. The bits
 * are the same at every level. */
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

/* Magnitudes in double, in eight sums side by side: one alone would wait for every addition. As
 * many of them in a vector as the level has room for; the bits do not depend on it. */
enum { SUMS = 8, WIDE = VEC_BYTES / sizeof(double), VECTORS = SUMS / WIDE, PACKED = 64 };

typedef double wide __attribute__((vector_size(VEC_BYTES)));
typedef int64_t wide_index __attribute__((vector_size(VEC_BYTES)));
typedef R wide_reals __attribute__((vector_size(WIDE * sizeof(R)), may_alias, aligned(sizeof(R))));

typedef struct {
    wide square, sum, squares; /* the largest square; sums of moduli and of squares */
    wide_index bad;
} magnitudes;

static inline wide larger(wide a, wide b) {
    wide_index above = a > b;
    return (wide)(((wide_index)a & above) | ((wide_index)b & ~above));
}

/* Each real's other part. */
static inline wide swap_parts(wide a) {
#if VEC_BYTES == 64
    return __builtin_shufflevector(a, a, 1, 0, 3, 2, 5, 4, 7, 6);
#elif VEC_BYTES == 32
    return __builtin_shufflevector(a, a, 1, 0, 3, 2);
#else
    return __builtin_shufflevector(a, a, 1, 0);
#endif
}

/* A complex modulus from its larger and its smaller part, at most 8 per cent too large; each is
 * counted in two lanes. */
static inline void add_reals(magnitudes *m, const R *x, double scale, int parts) {
    const wide_index no_sign = (wide_index){0} + INT64_MAX;
    wide a = (wide)((wide_index)(__builtin_convertvector(*(const wide_reals *)x, wide) * scale) &
                    no_sign);
    wide_index good = a <= DBL_MAX;
    a = (wide)((wide_index)a & good);
    wide size = a, square = a * a;
    m->bad |= ~good;
    m->squares += square;
    if (parts == 2) {
        wide other = swap_parts(a);
        wide most = larger(a, other);
        size = (most + 0.41422 * (a + other - most)) * 0.5;
        square += other * other;
    }
    m->sum += size;
    m->square = larger(square, m->square);
}

static void add_magnitudes(magnitudes m[VECTORS], const R *x, size_t reals, double scale,
                           int parts) {
    magnitudes local[VECTORS];
    memcpy(local, m, sizeof local);
    for (size_t i = 0; i < reals; i += SUMS)
        for (int v = 0; v < VECTORS; v++)
            add_reals(&local[v], x + i + (size_t)v * WIDE, scale, parts);
    memcpy(m, local, sizeof local);
}

/* Parts of 1 or 2 reals each, stride in reals. */
static inline bool measure_of(const R *x, ptrdiff_t stride, size_t count, int parts, double scale,
                              double sums[3]) {
    magnitudes m[VECTORS];
    size_t done = 0;
    memset(m, 0, sizeof m);
    if (stride == parts) {
        size_t reals = count * (size_t)parts / SUMS * SUMS;
        add_magnitudes(m, x, reals, scale, parts);
        done = reals / (size_t)parts;
    }
    while (done < count) {
        R packed[PACKED] = {0};
        size_t filled = 0;
        for (; filled < PACKED && done < count; done++)
            for (int p = 0; p < parts; p++)
                packed[filled++] = x[(ptrdiff_t)done * stride + p];
        add_magnitudes(m, packed, (filled + SUMS - 1) / SUMS * SUMS, scale, parts);
    }
    double square = sums[0] * sums[0];
    int64_t bad = 0;
    for (int i = 0; i < SUMS; i++) {
        const magnitudes *one = &m[i / (int)WIDE];
        int lane = i % (int)WIDE;
        square = one->square[lane] > square ? one->square[lane] : square;
        sums[1] += one->sum[lane];
        sums[2] += one->squares[lane];
        bad |= one->bad[lane];
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

#if !CONV_LEAF_COMPLEX
enum { CHAINS = 4 }; /* a largest number alone would wait for every comparison */

typedef struct {
    vec_index most, bad;
} reached;

/* Magnitudes compare as their bits do, and what is not finite is above all that is. */
static inline void reach_one(reached *r, vec v, lane_index infinite) {
    const lane_index no_sign = sizeof(R) == 8 ? (lane_index)INT64_MAX : (lane_index)INT32_MAX;
    const vec_index bits = (vec_index)v & no_sign, good = bits < infinite;
    const vec_index size = bits & good, above = size > r->most;
    r->most = (size & above) | (r->most & ~above);
    r->bad |= ~good;
}

void FN(reach)(const void *x, ptrdiff_t stride, size_t count, double *peak, bool *finite) {
    const R *at = x, above = (R)INFINITY;
    reached r[CHAINS];
    lane_index infinite;
    size_t done = 0;
    memset(r, 0, sizeof r);
    memcpy(&infinite, &above, sizeof infinite);
    for (; stride == 1 && count - done >= (size_t)(CHAINS * LANES); done += CHAINS * LANES)
        for (int c = 0; c < CHAINS; c++)
            reach_one(&r[c], vec_load(at + done + c * LANES), infinite);
    while (done < count) {
        vec v = {0};
        for (int i = 0; i < LANES && done < count; i++, done++)
            v[i] = at[(ptrdiff_t)done * stride];
        reach_one(&r[0], v, infinite);
    }
    for (int i = 0; i < CHAINS * LANES; i++) {
        const double size = (double)((vec)r[i / LANES].most)[i % LANES];
        *peak = size > *peak ? size : *peak;
        *finite = *finite && !r[i / LANES].bad[i % LANES];
    }
}
#endif

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
