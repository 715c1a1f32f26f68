/* test_circular.c - circular convolution against its own definitions, without the oracle's
 * lattice: wrapped full results, shifts, and transforms by hand. */
#include "suite.h"

#include <math.h>

enum { MOST = 64 };

static void draw(double *x, size_t n, uint64_t seed) {
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)next_below(&seed, 9) - 4.0;
    }
}

static bool circular(const double *x, size_t n, const double *h, size_t m, size_t period,
                     conv_method method, double *y) {
    conv_desc desc;
    conv_plan *plan = NULL;
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_CIRCULAR);
    desc.period[0] = period;
    desc.method = method;
    const conv_status status = conv_plan_create(&plan, &desc, h);
    if (status == CONV_ERR_METHOD) {
        return false;
    }
    assert_int_equal(status, CONV_OK);
    assert_int_equal(conv_plan_execute(plan, x, y, NULL), CONV_OK);
    conv_plan_destroy(plan);
    return true;
}

/* The full result, added up at every period: what P < n+m-1 aliases, and what P >= n+m-1 pads. */
static void aliases_the_full_result(void **state) {
    (void)state;
    for (size_t n = 1; n <= 14; n++) {
        for (size_t m = 1; m <= 14; m++) {
            double x[MOST];
            double h[MOST];
            double full[MOST];
            draw(x, n, 100 * n + m);
            draw(h, m, 200 * n + m);
            assert_int_equal(conv1d_f64(x, n, h, m, CONV_FULL, full), CONV_OK);
            for (size_t period = 1; period < n + m + 4; period++) {
                for (int method = 0; method <= CONV_METHOD_REFERENCE; method++) {
                    double want[MOST] = {0};
                    double got[MOST];
                    for (size_t k = 0; k < n + m - 1; k++) {
                        want[k % period] += full[k];
                    }
                    if (!circular(x, n, h, m, period, (conv_method)method, got)) {
                        continue;
                    }
                    for (size_t i = 0; i < period; i++) {
                        if (fabs(got[i] - want[i]) > 1e-12) {
                            fail_msg("f64 n=%zu m=%zu circular period=%zu method=%s: output %zu "
                                     "is %g, not %g",
                                     n, m, period, method_name((conv_method)method), i, got[i],
                                     want[i]);
                        }
                    }
                }
            }
        }
    }
}

/* y[i] = sum_k h[k] x[(i-k) mod n], written out. */
static void the_definition(void **state) {
    (void)state;
    for (size_t n = 1; n <= 20; n++) {
        for (size_t m = 1; m <= 30; m++) {
            double x[MOST];
            double h[MOST];
            double y[MOST];
            draw(x, n, 7 * n + m);
            draw(h, m, 11 * n + m);
            assert_int_equal(conv1d_f64(x, n, h, m, CONV_CIRCULAR, y), CONV_OK);
            for (size_t i = 0; i < n; i++) {
                double want = 0.0;
                for (size_t k = 0; k < m; k++) {
                    want += h[k] * x[(i + n * m - k) % n];
                }
                assert_true(fabs(y[i] - want) < 1e-12);
            }
        }
    }
}

/* A kernel that is one tap at k shifts by k. */
static void an_impulse_shifts(void **state) {
    double x[13];
    double y[13];
    (void)state;
    draw(x, 13, 5);
    for (size_t k = 0; k < 30; k++) {
        double h[30] = {0};
        h[k] = 1.0;
        for (int method = 0; method <= CONV_METHOD_REFERENCE; method++) {
            if (circular(x, 13, h, 30, 0, (conv_method)method, y)) {
                for (size_t i = 0; i < 13; i++) {
                    assert_true(fabs(y[(i + k) % 13] - x[i]) < 1e-13);
                }
            }
        }
    }
}

/* Lengths of every kind of factor, for the transforms at exactly the period. */
static void awkward_periods(void **state) {
    static const size_t lengths[] = {1,   2,   3,    17,   97,   128,  243,  625,
                                     961, 997, 1001, 1024, 2047, 3125, 4093, 6561};
    static const char *const types[] = {"f32", "f64", "c32", "c64", "c32xf32", "c64xf64"};
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (size_t t = 0; t < 6; t++) {
            char line[128];
            snprintf(line, sizeof line, "%s n=%zu m=%zu circular %s data=normal", types[t],
                     lengths[i], lengths[i] / 3 + 1, t % 2 == 0 ? "conv" : "corr");
            wrong += suite_line(line);
            snprintf(line, sizeof line, "%s n=100 m=70 circular period=%zu data=normal", types[t],
                     lengths[i]);
            wrong += suite_line(line);
        }
    }
    wrong += suite_line("f64 n=31,37 m=5,41 circular period=31,64 data=normal");
    wrong += suite_line("f32 n=13,11,7 m=3,13,2 circular period=11,0,5 data=normal");
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aliases_the_full_result),
        cmocka_unit_test(the_definition),
        cmocka_unit_test(an_impulse_shifts),
        cmocka_unit_test(awkward_periods),
    };
    return cmocka_run_group_tests_name("circular", tests, NULL, suite_report);
}
