/* test_varying_bounds.c - what conv_varying_bound and conv_spread_bound allow, against kernels
 * without a cut in long double. The operator is taken by impulses, so that what is held against the
 * bound is its largest row (GATHER) or column (SCATTER), and no choice of data. */
#include "data.h"
#include "suite.h"
#include "varying_oracle.h"

#include <math.h>
#include <stdlib.h>

/* ---- images ---- */

enum { ROWS = 5, COLS = 6, PIXELS = ROWS * COLS, FAR = 30 };

static double major[PIXELS], minor[PIXELS], angle[PIXELS];
static long double exact[PIXELS][PIXELS]; /* row: the pixel that has the widths */

/* The integral of a Gaussian over a pixel. */
static long double cell(long d, long double s) {
    const long double r = s * sqrtl(2.0L), away = fabsl((long double)d);
    return d == 0 ? erfl(0.5L / r) : (erfcl((away - 0.5L) / r) - erfcl((away + 0.5L) / r)) / 2.0L;
}

static long double kernel(const conv_spread_desc *desc, size_t at, long i, long j) {
    const long double u = major[at], v = minor[at], t = angle[at];
    const long double y = (long double)i * desc->spacing[0], x = (long double)j * desc->spacing[1];
    if (desc->kind == CONV_VARYING_CELL) {
        return cell(i, u / desc->spacing[0]) * cell(j, u / desc->spacing[1]);
    }
    const long double p = (x * cosl(t) + y * sinl(t)) / u, q = (y * cosl(t) - x * sinl(t)) / v;
    return expl(-(p * p + q * q) / 2.0L);
}

/* FAR is more than 11 of the widest kernels. */
static void fill_exact(const conv_spread_desc *desc) {
    memset(exact, 0, sizeof exact);
    for (long at = 0; at < PIXELS; at++) {
        long double all = 0.0L, inside = 0.0L;
        for (long i = -FAR; i <= FAR; i++) {
            for (long j = -FAR; j <= FAR; j++) {
                const long double w = kernel(desc, (size_t)at, i, j);
                const ptrdiff_t y = varying_extended(at / COLS + i, ROWS, desc->edge);
                const ptrdiff_t x = varying_extended(at % COLS + j, COLS, desc->edge);
                all += w;
                if (y >= 0 && x >= 0) {
                    exact[at][y * COLS + x] += w;
                    inside += w;
                }
            }
        }
        for (long k = 0; k < PIXELS; k++) {
            exact[at][k] /= desc->edge == CONV_VARYING_RENORMALISE ? inside : all;
        }
    }
}

/* GATHER: the largest sum of |weight - exact weight| over a row; SCATTER: over a column. That is
 * over the weights of a pixel's kernel either way. */
static double largest_difference(const conv_spread *plan, const conv_spread_desc *desc) {
    static long double sum[PIXELS];
    static double x[PIXELS], y[PIXELS];
    static float single[2][PIXELS];
    const bool is_double = desc->dtype == CONV_F64;
    double most = 0.0;
    memset(sum, 0, sizeof sum);
    for (size_t m = 0; m < PIXELS; m++) {
        memset(x, 0, sizeof x);
        memset(single, 0, sizeof single);
        x[m] = 1.0;
        single[0][m] = 1.0F;
        assert_int_equal(conv_spread_execute(plan, is_double ? (void *)x : (void *)single[0],
                                             is_double ? (void *)y : (void *)single[1], NULL),
                         CONV_OK);
        for (size_t k = 0; k < PIXELS; k++) {
            const bool gathers = desc->form == CONV_GATHER;
            const long double want = gathers ? exact[k][m] : exact[m][k];
            const long double got = is_double ? y[k] : (double)single[1][k];
            sum[gathers ? k : m] += fabsl(got - want);
        }
    }
    for (size_t k = 0; k < PIXELS; k++) {
        most = fmax(most, (double)sum[k]);
    }
    return most;
}

static void images(void **state) {
    static const double tolerances[] = {0.01, 1e-3, 1e-6, 1e-12};
    double worst[2] = {0.0, 0.0}, least = 1.0;
    (void)state;
    for (unsigned i = 0; i < test_count(64); i++) {
        uint64_t seed = 900 + i;
        const double low = i / 32 % 2 ? 0.3 : 0.8;
        conv_spread_desc desc;
        conv_spread *plan = NULL;
        conv_spread_desc_init(&desc, i % 2 ? CONV_F32 : CONV_F64, ROWS, COLS,
                              i / 2 % 2 ? CONV_SCATTER : CONV_GATHER);
        desc.edge = (conv_varying_edge)(i / 4 % 4);
        desc.spacing[1] = i % 5 == 0 ? 0.8 : 1.0;
        desc.tolerance = tolerances[i / 3 % 4];
        if (desc.dtype == CONV_F32) {
            desc.tolerance = fmax(desc.tolerance, 1e-6);
        }
        const bool round = i % 3 == 0;
        desc.kind = round && i % 2 ? CONV_VARYING_CELL : CONV_VARYING_AUTO;
        for (size_t at = 0; at < PIXELS; at++) {
            major[at] = low + (2.0 - low) * next_uniform(&seed);
            minor[at] = round ? major[at] : low + (2.0 - low) * next_uniform(&seed);
            angle[at] = round ? 0.0 : 6.3 * next_uniform(&seed) - 3.0;
        }
        fill_exact(&desc);
        if (conv_spread_create(&plan, &desc, major, round ? NULL : minor, round ? NULL : angle) !=
            CONV_OK) {
            fail_msg("%s", conv_last_error());
        }
        const double most = largest_difference(plan, &desc), bound = conv_spread_bound(plan);
        conv_spread_destroy(plan);
        if (!(most <= bound)) {
            fail_msg("case %u (form %d edge %d dtype %d kind %d tolerance %g): %g, bound %g", i,
                     (int)desc.form, (int)desc.edge, (int)desc.dtype, (int)desc.kind,
                     desc.tolerance, most, bound);
        }
        worst[i % 2] = fmax(worst[i % 2], most / bound);
        if (desc.tolerance >= 1e-3) {
            least = fmin(least, most / bound);
        }
    }
    printf(
        "# images, error over bound (limit 1): f64 %.3f, f32 %.3f at worst; where cuts show %.3f "
        "at least\n",
        worst[0], worst[1], least);
    assert_true(conv_spread_bound(NULL) == 0.0);
}

/* ---- lines ---- */

/* Kernels that all end one sample before the middle output: what they drop falls there together,
 * and is many times what one of them drops. All errors together are the bound's part of all
 * samples. */
static void scattered_total(void **state) {
    enum { N = 401, MIDDLE = N / 2 };
    static double widths[N], ones[N], y[N];
    static long double want[N];
    conv_varying_desc desc;
    conv_varying *plan = NULL;
    const size_t shape = N;
    (void)state;
    const double tolerance = 0.01, cut = 0.75 + sqrt(-2.0 * log(tolerance));
    memset(want, 0, sizeof want);
    for (int j = 0; j < N; j++) {
        const double away = fabs((double)(j - MIDDLE));
        widths[j] = fmax((away - 1e-6) / cut, 1.0);
        ones[j] = 1.0;
        long double sum = 0.0L;
        for (int d = -20 * N; d <= 20 * N; d++) {
            const long double v = (long double)d / widths[j];
            sum += expl(-v * v / 2.0L);
        }
        for (int k = 0; k < N; k++) {
            const long double v = (long double)(k - j) / widths[j];
            want[k] += expl(-v * v / 2.0L) / sum;
        }
    }
    conv_varying_desc_init(&desc, CONV_F64, 1, &shape, CONV_SCATTER);
    desc.tolerance = tolerance;
    desc.engine = CONV_VARYING_ENGINE_DIRECT;
    assert_int_equal(conv_varying_create(&plan, &desc, widths), CONV_OK);
    assert_int_equal(conv_varying_execute(plan, ones, y, NULL), CONV_OK);
    const double bound = conv_varying_bound(plan);
    conv_varying_destroy(plan);
    double total = 0.0, largest = 0.0;
    for (int k = 0; k < N; k++) {
        total += (double)fabsl(y[k] - want[k]);
        largest = fmax(largest, (double)fabsl(y[k] - want[k]));
    }
    printf("# scatter: all errors %.3f of the bound times all samples (limit 1); one is %.1f times "
           "the bound\n",
           total / (bound * N), largest / bound);
    assert_true(total <= bound * N);
    assert_true(largest > 2.0 * bound); /* so the bound cannot be for each output */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images),
        cmocka_unit_test(scattered_total),
    };
    return cmocka_run_group_tests_name("bounds of kernels that vary", tests, NULL, NULL);
}
