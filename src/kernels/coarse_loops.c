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
typedef R narrow_unaligned
    __attribute__((vector_size(WIDE * sizeof(R)), may_alias, aligned(sizeof(R))));

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

ALWAYS_INLINE moduli larger(moduli most, narrow_unaligned v) {
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

ALWAYS_INLINE double reduce(const void *const *rows, int count, ptrdiff_t ahead,
                            const double (*weight)[CONV_COARSE_ROWS], double *const *sums, size_t n,
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
                narrow_unaligned v = *(const narrow_unaligned *)(row + u * WIDE);
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
                    sum[u] = fma_wide(splat_wide(weight[k][r]), x[r][u], sum[u]);
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
                sums[k][i] = fma_one(weight[k][r], (double)x, sums[k][i]);
        }
    return largest_of(most, rest);
}

static double reduce_rows(const void *const *rows, bool half, ptrdiff_t ahead,
                          const double (*weight)[CONV_COARSE_ROWS], double *const *sums, size_t n,
                          size_t cols) {
    return half ? reduce(rows, CONV_COARSE_ROWS / 2, ahead, weight, sums, n, cols)
                : reduce(rows, CONV_COARSE_ROWS, ahead, weight, sums, n, cols);
}

/* Of `all` rows the first `count` are written. */
ALWAYS_INLINE double expand(const double *const *from, const double (*weight)[CONV_COARSE_ROWS],
                            size_t n, void *const *rows, int all, int count, size_t cols) {
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
                    sum[r][u] = fma_wide(splat_wide(weight[k][r]), x[u], sum[r][u]);
            }
        }
        UNROLL
        for (int r = 0; r < all; r++)
            if (r < count) {
                UNROLL
                for (int u = 0; u < MANY; u++) {
                    narrow_unaligned v = __builtin_convertvector(sum[r][u], narrow_unaligned);
                    most = larger(most, v);
                    *(narrow_unaligned *)((R *)rows[r] + i + u * WIDE) = v;
                }
            }
    }
    for (; i < cols; i++)
        for (int r = 0; r < count; r++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum = fma_one(weight[k][r], from[k][i], sum);
            ((R *)rows[r])[i] = (R)sum;
            rest = larger_one(rest, (R)sum);
        }
    return largest_of(most, rest);
}

static double expand_rows(const double *const *from, const double (*weight)[CONV_COARSE_ROWS],
                          size_t n, void *const *rows, size_t count, size_t cols) {
    enum { HALF = CONV_COARSE_ROWS / 2 };
    return count <= HALF ? expand(from, weight, n, rows, HALF, (int)count, cols)
           : count < CONV_COARSE_ROWS
               ? expand(from, weight, n, rows, CONV_COARSE_ROWS, (int)count, cols)
               : expand(from, weight, n, rows, CONV_COARSE_ROWS, CONV_COARSE_ROWS, cols);
}

static void reduce_line(const double *x, size_t cells, size_t spacing,
                        const double (*weight)[CONV_COARSE_ORDER], size_t n, double *sums) {
    for (size_t c = 0; c < cells; c++, x += spacing) {
        wide even[ORDER_VECTORS] = {{0}}, odd[ORDER_VECTORS] = {{0}};
        double piece[CONV_COARSE_ORDER];
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
            store_wide(piece + u * WIDE, even[u] + odd[u]);
        }
        for (size_t k = 0; k < n; k++)
            sums[c + n - 1 - k] += piece[k];
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
