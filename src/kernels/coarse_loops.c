/* Sums of products in double, of samples in either precision; vectors across outputs, or across the
 * weights of a sample. */
#include <math.h>

#include "base/leaf.h"
#include "kernels/coarse.h"

enum {
    WIDE = VEC_BYTES / (int)sizeof(double),
    ORDER_VECTORS = CONV_COARSE_ORDER / WIDE,
    MANY = VEC_BYTES == 64 ? 2 : 1
};

typedef double wide __attribute__((vector_size(VEC_BYTES), may_alias));
typedef double wide_unaligned
    __attribute__((vector_size(VEC_BYTES), may_alias, aligned(sizeof(double))));
/* As many samples as `wide` has numbers. */
typedef R narrow __attribute__((vector_size(WIDE * sizeof(R)), may_alias));
typedef R narrow_unaligned
    __attribute__((vector_size(WIDE * sizeof(R)), may_alias, aligned(sizeof(R))));

ALWAYS_INLINE narrow load_narrow(const R *p) {
    return *(const narrow_unaligned *)p;
}

ALWAYS_INLINE void store_narrow(R *p, narrow v) {
    *(narrow_unaligned *)p = v;
}

ALWAYS_INLINE narrow splat_narrow(R s) {
    return s - (narrow){0};
}

ALWAYS_INLINE narrow fma_narrow(narrow a, narrow b, narrow c) {
#if defined(__AVX512F__) && defined(CONV_LEAF_DOUBLE)
    return (narrow)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__FMA__) && defined(CONV_LEAF_DOUBLE)
    return (narrow)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif defined(__AVX512F__)
    return (narrow)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__FMA__)
    return (narrow)_mm_fmadd_ps((__m128)a, (__m128)b, (__m128)c);
#else
    return a * b + c;
#endif
}

ALWAYS_INLINE R fma_one_narrow(R a, R b, R c) {
#if defined(__FMA__) && defined(CONV_LEAF_DOUBLE)
    return __builtin_fma(a, b, c);
#elif defined(__FMA__)
    return __builtin_fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

ALWAYS_INLINE wide load_wide(const double *p) {
    return *(const wide_unaligned *)p;
}

ALWAYS_INLINE void store_wide(double *p, wide v) {
    *(wide_unaligned *)p = v;
}

ALWAYS_INLINE wide splat_wide(double s) {
    return s - (wide){0};
}

ALWAYS_INLINE wide fma_wide(wide a, wide b, wide c) {
#if defined(__AVX512F__)
    return (wide)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__FMA__)
    return (wide)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
    return a * b + c;
#endif
}

ALWAYS_INLINE double fma_one(double a, double b, double c) {
#if defined(__FMA__)
    return __builtin_fma(a, b, c);
#else
    return a * b + c;
#endif
}

/* Moduli are compared as the integers of their bits, of which NaN has larger ones than Inf. */
typedef lane_index moduli __attribute__((vector_size(WIDE * sizeof(R)), may_alias));
static const lane_index modulus_bits = (sizeof(R) == 8 ? (lane_index)INT64_MAX : INT32_MAX);

ALWAYS_INLINE moduli larger(moduli most, narrow v) {
    moduli bits = (moduli)v & modulus_bits, above = bits > most;
    return (bits & above) | (most & ~above);
}

ALWAYS_INLINE lane_index larger_one(lane_index most, R x) {
    lane_index bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= modulus_bits;
    return bits > most ? bits : most;
}

/* Of all lanes, and of what the vectors leave. */
static double largest_of(moduli most, lane_index rest) {
    R largest;
    for (int i = 0; i < WIDE; i++)
        rest = most[i] > rest ? most[i] : rest;
    memcpy(&largest, &rest, sizeof largest);
    return isnan(largest) ? (double)INFINITY : (double)largest;
}

typedef struct {
    double of[CONV_COARSE_ROWS];
} wide_weights;
typedef struct {
    R of[CONV_COARSE_ROWS];
} narrow_weights;

ALWAYS_INLINE double reduce(const void *const *rows, int count, ptrdiff_t ahead,
                            const wide_weights *weight, double *const *sums, size_t n,
                            size_t cols) {
    moduli most = {0};
    lane_index rest = 0;
    size_t i = 0;
    for (; cols - i >= MANY * WIDE; i += MANY * WIDE) {
        wide x[CONV_COARSE_ROWS][MANY];
        UNROLL
        for (int r = 0; r < count; r++) {
            const R *row = (const R *)rows[r] + i;
            __builtin_prefetch((const void *)((uintptr_t)row + (uintptr_t)ahead));
            UNROLL
            for (int u = 0; u < MANY; u++) {
                narrow v = load_narrow(row + u * WIDE);
                most = larger(most, v);
                x[r][u] = __builtin_convertvector(v, wide);
            }
        }
        for (size_t k = 0; k < n; k++) {
            wide sum[MANY];
            UNROLL
            for (int u = 0; u < MANY; u++)
                sum[u] = load_wide(sums[k] + i + u * WIDE);
            UNROLL
            for (int r = 0; r < count; r++) {
                UNROLL
                for (int u = 0; u < MANY; u++)
                    sum[u] = fma_wide(splat_wide(weight[k].of[r]), x[r][u], sum[u]);
            }
            UNROLL
            for (int u = 0; u < MANY; u++)
                store_wide(sums[k] + i + u * WIDE, sum[u]);
        }
    }
    for (; i < cols; i++)
        for (int r = 0; r < count; r++) {
            R x = ((const R *)rows[r])[i];
            rest = larger_one(rest, x);
            for (size_t k = 0; k < n; k++)
                sums[k][i] = fma_one(weight[k].of[r], (double)x, sums[k][i]);
        }
    return largest_of(most, rest);
}

ALWAYS_INLINE double reduce_narrow(const void *const *rows, int count, ptrdiff_t ahead,
                                   const narrow_weights *w, double *const *sums, size_t n,
                                   size_t cols) {
    moduli most = {0};
    lane_index rest = 0;
    size_t i = 0;
    for (; cols - i >= MANY * WIDE; i += MANY * WIDE) {
        narrow x[CONV_COARSE_ROWS][MANY];
        UNROLL
        for (int r = 0; r < count; r++) {
            const R *row = (const R *)rows[r] + i;
            __builtin_prefetch((const void *)((uintptr_t)row + (uintptr_t)ahead));
            UNROLL
            for (int u = 0; u < MANY; u++) {
                x[r][u] = load_narrow(row + u * WIDE);
                most = larger(most, x[r][u]);
            }
        }
        for (size_t k = 0; k < n; k++) {
            narrow part[MANY];
            UNROLL
            for (int u = 0; u < MANY; u++)
                part[u] = w[k].of[0] * x[0][u];
            UNROLL
            for (int r = 1; r < count; r++) {
                UNROLL
                for (int u = 0; u < MANY; u++)
                    part[u] = fma_narrow(splat_narrow(w[k].of[r]), x[r][u], part[u]);
            }
            UNROLL
            for (int u = 0; u < MANY; u++) {
                double *to = sums[k] + i + u * WIDE;
                store_wide(to, load_wide(to) + __builtin_convertvector(part[u], wide));
            }
        }
    }
    for (; i < cols; i++)
        for (size_t k = 0; k < n; k++) {
            R part = w[k].of[0] * ((const R *)rows[0])[i];
            for (int r = 1; r < count; r++)
                part = fma_one_narrow(w[k].of[r], ((const R *)rows[r])[i], part);
            for (int r = 0; r < count && k == 0; r++)
                rest = larger_one(rest, ((const R *)rows[r])[i]);
            sums[k][i] += (double)part;
        }
    return largest_of(most, rest);
}

static double reduce_rows(const void *const *rows, bool half, ptrdiff_t ahead, bool is_narrow,
                          const void *weight, double *const *sums, size_t n, size_t cols) {
    enum { ALL = CONV_COARSE_ROWS, HALF = ALL / 2 };
    if (is_narrow)
        return half ? reduce_narrow(rows, HALF, ahead, weight, sums, n, cols)
                    : reduce_narrow(rows, ALL, ahead, weight, sums, n, cols);
    return half ? reduce(rows, HALF, ahead, weight, sums, n, cols)
                : reduce(rows, ALL, ahead, weight, sums, n, cols);
}

/* Of `all` rows the first `count` are written. */
ALWAYS_INLINE double expand(const double *const *from, const wide_weights *weight, size_t n,
                            void *const *rows, int all, int count, size_t cols) {
    moduli most = {0};
    lane_index rest = 0;
    size_t i = 0;
    for (; cols - i >= MANY * WIDE; i += MANY * WIDE) {
        wide sum[CONV_COARSE_ROWS][MANY] = {{{0}}};
        for (size_t k = 0; k < n; k++) {
            wide x[MANY];
            UNROLL
            for (int u = 0; u < MANY; u++)
                x[u] = load_wide(from[k] + i + u * WIDE);
            UNROLL
            for (int r = 0; r < all; r++) {
                UNROLL
                for (int u = 0; u < MANY; u++)
                    sum[r][u] = fma_wide(splat_wide(weight[k].of[r]), x[u], sum[r][u]);
            }
        }
        UNROLL
        for (int r = 0; r < all; r++)
            if (r < count) {
                UNROLL
                for (int u = 0; u < MANY; u++) {
                    narrow v = __builtin_convertvector(sum[r][u], narrow);
                    most = larger(most, v);
                    store_narrow((R *)rows[r] + i + u * WIDE, v);
                }
            }
    }
    for (; i < cols; i++)
        for (int r = 0; r < count; r++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum = fma_one(weight[k].of[r], from[k][i], sum);
            ((R *)rows[r])[i] = (R)sum;
            rest = larger_one(rest, (R)sum);
        }
    return largest_of(most, rest);
}

ALWAYS_INLINE double expand_narrow(const double *const *from, const narrow_weights *w, size_t n,
                                   void *const *rows, int all, int count, size_t cols) {
    moduli most = {0};
    lane_index rest = 0;
    size_t i = 0;
    for (; cols - i >= MANY * WIDE; i += MANY * WIDE) {
        narrow sum[CONV_COARSE_ROWS][MANY] = {{{0}}};
        for (size_t k = 0; k < n; k++) {
            narrow x[MANY];
            UNROLL
            for (int u = 0; u < MANY; u++)
                x[u] = __builtin_convertvector(load_wide(from[k] + i + u * WIDE), narrow);
            UNROLL
            for (int r = 0; r < all; r++) {
                UNROLL
                for (int u = 0; u < MANY; u++)
                    sum[r][u] = fma_narrow(splat_narrow(w[k].of[r]), x[u], sum[r][u]);
            }
        }
        UNROLL
        for (int r = 0; r < all; r++)
            if (r < count) {
                UNROLL
                for (int u = 0; u < MANY; u++) {
                    most = larger(most, sum[r][u]);
                    store_narrow((R *)rows[r] + i + u * WIDE, sum[r][u]);
                }
            }
    }
    for (; i < cols; i++)
        for (int r = 0; r < count; r++) {
            R sum = 0;
            for (size_t k = 0; k < n; k++)
                sum = fma_one_narrow(w[k].of[r], (R)from[k][i], sum);
            ((R *)rows[r])[i] = sum;
            rest = larger_one(rest, sum);
        }
    return largest_of(most, rest);
}

static double expand_rows(const double *const *from, bool is_narrow, const void *weight, size_t n,
                          void *const *rows, size_t count, size_t cols) {
    enum { ALL = CONV_COARSE_ROWS, HALF = ALL / 2 };
    if (is_narrow)
        return count <= HALF ? expand_narrow(from, weight, n, rows, HALF, (int)count, cols)
                             : expand_narrow(from, weight, n, rows, ALL, (int)count, cols);
    return count <= HALF ? expand(from, weight, n, rows, HALF, (int)count, cols)
           : count < ALL ? expand(from, weight, n, rows, ALL, (int)count, cols)
                         : expand(from, weight, n, rows, ALL, ALL, cols);
}

/* The lanes of a and then of b, but for the first. */
ALWAYS_INLINE wide next_lane(wide a, wide b) {
#if VEC_BYTES == 64
    return __builtin_shufflevector(a, b, 1, 2, 3, 4, 5, 6, 7, 8);
#elif VEC_BYTES == 32
    return __builtin_shufflevector(a, b, 1, 2, 3, 4);
#else
    return __builtin_shufflevector(a, b, 1, 2);
#endif
}

/* The sums that a cell adds to stay in registers, and move by one from cell to cell. */
static void reduce_line(const double *x, size_t cells, size_t spacing,
                        const double (*weight)[CONV_COARSE_ORDER], double *sums) {
    wide open[ORDER_VECTORS + 1] = {{0}};
    for (size_t c = 0; c < cells; c++, x += spacing) {
        wide even[ORDER_VECTORS] = {{0}}, odd[ORDER_VECTORS] = {{0}};
        size_t t = 0;
        for (; t + 2 <= spacing; t += 2) {
            UNROLL
            for (int u = 0; u < ORDER_VECTORS; u++) {
                even[u] = fma_wide(splat_wide(x[t]), load_wide(weight[t] + u * WIDE), even[u]);
                odd[u] =
                    fma_wide(splat_wide(x[t + 1]), load_wide(weight[t + 1] + u * WIDE), odd[u]);
            }
        }
        UNROLL
        for (int u = 0; u < ORDER_VECTORS; u++) {
            if (t < spacing)
                even[u] = fma_wide(splat_wide(x[t]), load_wide(weight[t] + u * WIDE), even[u]);
            open[u] += even[u] + odd[u];
        }
        sums[c] = open[0][0];
        UNROLL
        for (int u = 0; u < ORDER_VECTORS; u++)
            open[u] = next_lane(open[u], open[u + 1]);
    }
}

static void expand_line(const double *from, size_t cells, size_t spacing, const double *weight,
                        size_t stride, size_t n, double *x) {
    for (size_t p = 0; p < cells; p++, x += spacing) {
        for (size_t t = 0; t < spacing; t += WIDE) {
            wide sum = {0};
            for (size_t k = 0; k < n; k++)
                sum = fma_wide(splat_wide(from[p + n - 1 - k]), load_wide(weight + k * stride + t),
                               sum);
            store_wide(x + t, sum);
        }
    }
}

const conv_coarse_kernels FN(coarse_table) = {reduce_rows, expand_rows, reduce_line, expand_line};
