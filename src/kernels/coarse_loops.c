/* Sums of products in double, of samples in either precision; vectors across outputs, or across the
 * weights of a sample. */
#include "base/leaf.h"
#include "kernels/coarse.h"

enum { WIDE = VEC_BYTES / (int)sizeof(double), ORDER_VECTORS = CONV_COARSE_ORDER / WIDE, MANY = 2 };

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

ALWAYS_INLINE wide widen(const R *p) {
    return __builtin_convertvector(*(const narrow_unaligned *)p, wide);
}

ALWAYS_INLINE void narrow(R *p, wide v) {
    *(narrow_unaligned *)p = __builtin_convertvector(v, narrow_unaligned);
}

static void reduce_rows(const void *const *rows, const double (*weight)[CONV_COARSE_ROWS],
                        double *const *sums, size_t n, size_t cols) {
    size_t i = 0;
    for (; cols - i >= MANY * WIDE; i += MANY * WIDE) {
        wide x[CONV_COARSE_ROWS][MANY];
        UNROLL
        for (int r = 0; r < CONV_COARSE_ROWS; r++) {
            UNROLL
            for (int u = 0; u < MANY; u++)
                x[r][u] = widen((const R *)rows[r] + i + u * WIDE);
        }
        for (size_t k = 0; k < n; k++) {
            UNROLL
            for (int u = 0; u < MANY; u++) {
                double *to = sums[k] + i + u * WIDE;
                wide sum = load_wide(to);
                UNROLL
                for (int r = 0; r < CONV_COARSE_ROWS; r++)
                    sum = fma_wide(splat_wide(weight[k][r]), x[r][u], sum);
                store_wide(to, sum);
            }
        }
    }
    for (; i < cols; i++)
        for (size_t k = 0; k < n; k++)
            for (int r = 0; r < CONV_COARSE_ROWS; r++)
                sums[k][i] = fma_one(weight[k][r], (double)((const R *)rows[r])[i], sums[k][i]);
}

static void expand_rows(const double *const *from, const double (*weight)[CONV_COARSE_ROWS],
                        size_t n, void *const *rows, size_t count, size_t cols) {
    size_t i = 0;
    for (; cols - i >= MANY * WIDE; i += MANY * WIDE) {
        wide sum[CONV_COARSE_ROWS][MANY] = {{{0}}};
        for (size_t k = 0; k < n; k++) {
            UNROLL
            for (int u = 0; u < MANY; u++) {
                wide x = load_wide(from[k] + i + u * WIDE);
                UNROLL
                for (int r = 0; r < CONV_COARSE_ROWS; r++)
                    sum[r][u] = fma_wide(splat_wide(weight[k][r]), x, sum[r][u]);
            }
        }
        UNROLL
        for (int r = 0; r < CONV_COARSE_ROWS; r++)
            if ((size_t)r < count) {
                UNROLL
                for (int u = 0; u < MANY; u++)
                    narrow((R *)rows[r] + i + u * WIDE, sum[r][u]);
            }
    }
    for (; i < cols; i++)
        for (size_t r = 0; r < count; r++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum = fma_one(weight[k][r], from[k][i], sum);
            ((R *)rows[r])[i] = (R)sum;
        }
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
