/* test_one_shot.c - one-shot calls whose kernel is far longer than the signal: the sum in long
 * double, NaN and Inf where it has them, rules too; and the time of the exchanged arguments. */
#include "suite.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

/* CMPLX, which not every compiler has; re + im * I would make NaN of Inf. */
static double _Complex complex_of(double re, double im) {
    const double parts[2] = {re, im};
    double _Complex value;
    memcpy(&value, parts, sizeof value);
    return value;
}

enum { N = 13, M = 3000, MOST_OUTPUTS = N + M };

static double worst;

static double weight_of(size_t i, size_t low, size_t high) {
    return low == high ? 0.0 : i == low || i == high ? 0.5 : 1.0;
}

/* Output k of the full result; with a rule the overlap's ends by half, in VALID the signal's. */
static double complex expected(const double complex *x, size_t n, const double complex *h, size_t m,
                               size_t k, bool rule, double *size) {
    const size_t low = k < m ? 0 : k - m + 1;
    const size_t high = k < n ? k : n - 1;
    long double sum[2] = {0, 0};
    *size = 0.0;
    for (size_t i = low; i <= high; i++) {
        const long double w = rule ? (long double)weight_of(i, low, high) : 1.0L;
        const long double a = creal(x[i]), b = cimag(x[i]);
        const long double p = creal(h[k - i]), q = cimag(h[k - i]);
        sum[0] += w * (a * p - b * q);
        sum[1] += w * (a * q + b * p);
        *size += (double)(hypotl(a, b) * hypotl(p, q));
    }
    return complex_of((double)sum[0], (double)sum[1]);
}

static bool same_kind(double got, double want) {
    return isnan(want) ? isnan(got) : got == want;
}

/* Transforms err by u (log2 N + 2) sqrt 2 times the norms, the most that conv.h reports: here
 * against the norm of N ones and of M. */
static void check(const double complex *y, const double complex *x, size_t n,
                  const double complex *h, size_t m, conv_mode mode, bool rule, const char *what) {
    const size_t first = mode == CONV_VALID ? (n < m ? n : m) - 1 : 0;
    const size_t count = conv_output_extent(n, m, mode);
    double norms[2] = {0, 0};
    for (size_t i = 0; i < n; i++)
        norms[0] += isfinite(cabs(x[i])) ? cabs(x[i]) * cabs(x[i]) : 0;
    for (size_t i = 0; i < m; i++)
        norms[1] += isfinite(cabs(h[i])) ? cabs(h[i]) * cabs(h[i]) : 0;
    const double scale = 1.42 * (log2((double)(n + m)) + 3) * DBL_EPSILON / 2;
    const double bound = scale * sqrt(norms[0]) * sqrt(norms[1]);
    for (size_t k = 0; k < count; k++) {
        double size;
        const double complex want = expected(x, n, h, m, first + k, rule, &size);
        for (int part = 0; part < 2; part++) {
            const double a = part ? cimag(want) : creal(want);
            const double b = part ? cimag(y[k]) : creal(y[k]);
            if (!isfinite(a) ? !same_kind(b, a) : !(fabs(a - b) <= bound))
                fail_msg("%s, %zu x %zu, mode %d: output %zu is %g, should be %g", what, n, m,
                         (int)mode, k, b, a);
            if (isfinite(a))
                worst = fmax(worst, fabs(a - b) / bound);
        }
    }
}

static void fill(double complex *v, size_t count, uint64_t seed) {
    for (size_t i = 0; i < count; i++) {
        const double re = (double)next_below(&seed, 2001) / 1000 - 1;
        v[i] = complex_of(re, (double)next_below(&seed, 2001) / 1000 - 1);
    }
}

static void long_kernels(void **state) {
    static double complex x[N];
    static double complex h[M];
    static double complex y[MOST_OUTPUTS];
    static const conv_mode modes[] = {CONV_FULL, CONV_VALID};
    (void)state;
    for (size_t i = 0; i < 2 * 4; i++) {
        const conv_mode mode = modes[i % 2];
        fill(x, N, i + 1);
        fill(h, M, i + 100);
        if (i / 2 % 4 >= 1)
            x[5] = complex_of((double)NAN, 1.0);
        if (i / 2 % 4 >= 2)
            h[1000] = complex_of((double)INFINITY, 0.0);
        if (i / 2 % 4 >= 3)
            h[0] = complex_of(0.0, -(double)INFINITY);
        assert_int_equal(conv1d_c64(x, N, h, M, mode, y), CONV_OK);
        check(y, x, N, h, M, mode, false, "conv1d_c64");
        if (i / 2 % 4 == 0) {
            assert_int_equal(conv1d_trapezoid_c64(x, N, h, M, 1.0, mode, y), CONV_OK);
            check(y, x, N, h, M, mode, true, "conv1d_trapezoid_c64");
        }
    }
}

/* Modes with as many outputs as samples, which are not those of the exchanged arguments. Integers
 * up to 4: sums are exact, and what transforms are off by is far from 1/2. */
static void modes_of_the_signal(void **state) {
    static const conv_mode modes[] = {CONV_SAME, CONV_CAUSAL, CONV_CIRCULAR};
    static const size_t starts[] = {(M - 1) / 2, 0, 0};
    static double x[N], h[M], y[MOST_OUTPUTS];
    uint64_t seed = 10;
    (void)state;
    for (size_t i = 0; i < N; i++)
        x[i] = (double)next_below(&seed, 9) - 4;
    for (size_t i = 0; i < M; i++)
        h[i] = (double)next_below(&seed, 9) - 4;
    for (size_t mode = 0; mode < 3; mode++) {
        for (size_t i = 0; i < MOST_OUTPUTS; i++)
            y[i] = 1e9;
        assert_int_equal(conv1d_f64(x, N, h, M, modes[mode], y), CONV_OK);
        for (size_t o = 0; o < N; o++) {
            double sum = 0.0;
            for (size_t i = 0; i < N; i++)
                for (size_t k = 0; k < M; k++)
                    sum += (modes[mode] == CONV_CIRCULAR ? (i + k) % N == o
                                                         : i + k == starts[mode] + o)
                               ? x[i] * h[k]
                               : 0.0;
            assert_true(fabs(y[o] - sum) < 0.5);
        }
        for (size_t i = N; i < MOST_OUTPUTS; i++)
            assert_true(y[i] >= 1e9);
    }
}

/* Integers, so that every method gives the sums themselves: both orders of the arguments. */
static void planes(void **state) {
    enum { R = 3, C = 4, P = 40, Q = 50, OUT = (R + P - 1) * (C + Q - 1) };
    static float x[R * C];
    static float h[P * Q];
    static float y[2][OUT];
    uint64_t seed = 9;
    (void)state;
    for (size_t i = 0; i < R * C; i++)
        x[i] = (float)next_below(&seed, 9) - 4;
    for (size_t i = 0; i < P * Q; i++)
        h[i] = (float)next_below(&seed, 9) - 4;
    for (int mode = CONV_FULL; mode <= CONV_VALID; mode += CONV_VALID - CONV_FULL) {
        memset(y, 0, sizeof y);
        assert_int_equal(conv2d_f32(x, R, C, h, P, Q, (conv_mode)mode, y[0]), CONV_OK);
        assert_int_equal(conv2d_f32(h, P, Q, x, R, C, (conv_mode)mode, y[1]), CONV_OK);
        for (size_t i = 0; i < OUT; i++)
            assert_true(fabsf(y[0][i] - y[1][i]) < 0.5F);
    }
}

static conv_status call(conv_dtype dtype, const void *x, size_t n, const void *h, size_t m,
                        conv_mode mode, void *y) {
    switch (dtype) {
    case CONV_F32:
        return conv1d_f32(x, n, h, m, mode, y);
    case CONV_F64:
        return conv1d_f64(x, n, h, m, mode, y);
    case CONV_C32:
        return conv1d_c32(x, n, h, m, mode, y);
    default:
        return conv1d_c64(x, n, h, m, mode, y);
    }
}

/* Short lines, which go without a problem, let alone a plan, have the bits of one by direct sums,
 * and so have those with NaN or Inf in a sample, which do, and in a tap, which do not. */
static void short_lines(void **state) {
    enum { MOST = 40, TAPS = 18, BYTES = (MOST + TAPS) * 16 };
    static char x[BYTES], h[BYTES], y[2][BYTES];
    uint64_t seed = 5;
    (void)state;
    for (int i = 0; i < 4 * 4 * 1500; i++) {
        const conv_dtype dtype = (conv_dtype)(i % 4);
        const conv_mode mode = (conv_mode)(i / 4 % 4);
        const bool is_double = dtype == CONV_F64 || dtype == CONV_C64;
        const size_t reals = dtype == CONV_F32 || dtype == CONV_F64 ? 1 : 2;
        const size_t n = 1 + next_below(&seed, MOST);
        const size_t m = 1 + next_below(&seed, n < TAPS ? n : TAPS);
        for (size_t k = 0; k < reals * (MOST + TAPS); k++) {
            const size_t which = next_below(&seed, 400);
            const double a = which == 0 ? (double)NAN : which == 1 ? (double)INFINITY : 1.0;
            const double sample = a * ((double)next_below(&seed, 2001) / 1000 - 1);
            const double tap = (double)next_below(&seed, 2001) / 1000 - 1;
            if (is_double) {
                ((double *)(void *)x)[k] = sample;
                ((double *)(void *)h)[k] = i % 5 == 0 ? a * tap : tap;
            } else {
                ((float *)(void *)x)[k] = (float)sample;
                ((float *)(void *)h)[k] = (float)(i % 5 == 0 ? a * tap : tap);
            }
        }
        conv_desc desc;
        conv_plan *plan = NULL;
        memset(y, 0x5A, sizeof y);
        conv_desc_init(&desc, dtype, 1, &n, &m, mode);
        desc.method = CONV_METHOD_DIRECT;
        assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
        assert_int_equal(conv_plan_execute(plan, x, y[0], NULL), CONV_OK);
        conv_plan_destroy(plan);
        assert_int_equal(call(dtype, x, n, h, m, mode, y[1]), CONV_OK);
        if (memcmp(y[0], y[1], BYTES) != 0)
            fail_msg("type %d, %zu x %zu, mode %d", (int)dtype, n, m, (int)mode);
    }
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* 64 samples under 10^6 taps cost what 10^6 samples under 64 taps do; 8 times that before. */
static void no_dearer_than_exchanged(void **state) {
    const size_t n = 64;
    const size_t m = 1000000;
    float *const x = calloc(2 * (n + m), sizeof *x);
    float *const y = x + n + m;
    double best[2] = {INFINITY, INFINITY};
    (void)state;
    assert_non_null(x);
    for (size_t i = 0; i < n + m; i++)
        x[i] = 1;
    for (int i = 0; i < 10; i++)
        for (int order = 0; order < 2; order++) {
            const double started = seconds();
            const conv_status status = order == 0 ? conv1d_f32(x, n, x + n, m, CONV_FULL, y)
                                                  : conv1d_f32(x + n, m, x, n, CONV_FULL, y);
            best[order] = fmin(best[order], seconds() - started);
            assert_int_equal(status, CONV_OK);
        }
    print_message("# 64 x 10^6: %.3f ms, exchanged %.3f ms\n", 1e3 * best[0], 1e3 * best[1]);
    assert_true(best[0] < 3 * best[1]);
    free(x);
}

static int report(void **state) {
    (void)state;
    print_message("# worst error over the bound: %.3f (limit 1)\n", worst);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_kernels),
        cmocka_unit_test(modes_of_the_signal),
        cmocka_unit_test(planes),
        cmocka_unit_test(short_lines),
        cmocka_unit_test(no_dearer_than_exchanged),
    };
    return cmocka_run_group_tests_name("one-shot calls", tests, NULL, report);
}
