/* test_integral_2d.c - the trapezoidal rule in two dimensions and for every small size. */
#include "suite.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

typedef struct quadrant_pair {
    const char *name;
    double (*f)(double, double);
    double (*g)(double, double);
    double (*y)(double, double);
} quadrant_pair;

static double wave(double x, double y) {
    return cos(x + 2.0 * y);
}

static double decay(double x, double y) {
    return exp(-x - y);
}

static double answer34(double x, double y) {
    const double complex a = (cexp(I * x) - exp(-x)) / (1.0 + I);
    const double complex b = (cexp(2.0 * I * y) - exp(-y)) / (1.0 + 2.0 * I);
    return creal(a * b);
}

static double plane(double x, double y) {
    return x + y;
}

static double ramp_decay(double x, double y) {
    return x * exp(-y);
}

static double answer35(double x, double y) {
    return x * x * x / 6.0 * (1.0 - exp(-y)) + x * x / 2.0 * (y - 1.0 + exp(-y));
}

/* Rows are x, columns are y; different spacings on the two axes. */
static double quadrant_error(const quadrant_pair *pair, size_t steps, conv_method method) {
    const size_t n[2] = {steps + 1, 2 * steps + 1};
    const double dx[2] = {1.0 / (double)steps, 0.5 / (double)steps};
    double *const f = malloc(3 * n[0] * n[1] * sizeof *f);
    double *const g = f + n[0] * n[1];
    double *const out = g + n[0] * n[1];
    double worst = -1.0;
    conv_desc desc;
    conv_plan *plan = NULL;
    assert_non_null(f);
    for (size_t i = 0; i < n[0] * n[1]; i++) {
        const double x = (double)(i / n[1]) * dx[0];
        const double y = (double)(i % n[1]) * dx[1];
        f[i] = pair->f(x, y);
        g[i] = pair->g(x, y);
    }
    conv_desc_init(&desc, CONV_F64, 2, n, n, CONV_CAUSAL);
    desc.rule = CONV_RULE_TRAPEZOID;
    desc.spacing[0] = dx[0];
    desc.spacing[1] = dx[1];
    desc.method = method;
    if (conv_plan_create(&plan, &desc, g) == CONV_OK) {
        assert_int_equal(conv_plan_execute(plan, f, out, NULL), CONV_OK);
        for (size_t i = 0; i < n[0] * n[1]; i++) {
            const double x = (double)(i / n[1]) * dx[0];
            const double y = (double)(i % n[1]) * dx[1];
            worst = fmax(worst, fabs(out[i] - pair->y(x, y)));
        }
    }
    conv_plan_destroy(plan);
    free(f);
    return worst;
}

static void quadrant_order_two(void **state) {
    static const quadrant_pair pairs[] = {{"[34] cos(x+2y), e^-x-y", wave, decay, answer34},
                                          {"[35] x+y, x e^-y", plane, ramp_decay, answer35}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (int method = CONV_METHOD_AUTO; method <= CONV_METHOD_REFERENCE; method++) {
            const double coarse = quadrant_error(&pairs[i], 16, (conv_method)method);
            const double fine = quadrant_error(&pairs[i], 32, (conv_method)method);
            const double order = log2(coarse / fine);
            if (coarse >= 0.0 && !(order > 1.95 && order < 2.05)) {
                fail_msg("%s, %s: errors %.3g, %.3g: order %.3f", pairs[i].name,
                         method_name((conv_method)method), coarse, fine, order);
            }
        }
        printf("# %s: %.3e at 16x32 steps\n", pairs[i].name,
               quadrant_error(&pairs[i], 16, CONV_METHOD_AUTO));
    }
}

/* Three rows of e^-t, each integrated along the row: a kernel of 1 x 101, whose other axis is a
 * plain sum. Each row has 1-D's answer: products of numbers below 2, up to 101 of them, differ by
 * roundings of at most 2 * 103 u times their sum, which is below 2 / dx. */
static void integrals_along_rows(void **state) {
    enum { ROWS = 3, N = 101 };
    static const conv_rule rules[] = {CONV_RULE_TRAPEZOID, CONV_RULE_GREGORY, CONV_RULE_AUTO};
    const size_t n[2] = {ROWS, N};
    const size_t m[2] = {1, N};
    const double dx = 0.05;
    double f[ROWS * N];
    double g[N];
    double y[ROWS * N];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        g[i] = 2.0 * exp(-2.0 * dx * (double)i);
        for (size_t r = 0; r < ROWS; r++) {
            f[r * N + i] = exp(-dx * (double)i);
        }
    }
    for (size_t rule = 0; rule < sizeof rules / sizeof rules[0]; rule++) {
        double line[N];
        double worst = 0.0;
        const conv_grid grid = {0.0, dx, N};
        conv_desc desc;
        conv_plan *plan = NULL;
        conv_desc_init(&desc, CONV_F64, 2, n, m, CONV_CAUSAL);
        desc.rule = rules[rule];
        desc.rule_order = 4;
        desc.rule_axis[0] = CONV_AXIS_SUM;
        desc.spacing[1] = dx;
        assert_int_equal(conv_plan_create(&plan, &desc, g), CONV_OK);
        assert_int_equal(conv_plan_execute(plan, f, y, NULL), CONV_OK);
        conv_plan_destroy(plan);
        assert_int_equal(
            conv1d_integral_f64(f, &grid, g, &grid, CONV_CAUSAL, rules[rule], 4, line, NULL),
            CONV_OK);
        for (size_t i = 0; i < ROWS * N; i++) {
            const double t = dx * (double)(i % N);
            worst = fmax(worst, fabs(y[i] - 2.0 * exp(-2.0 * t) * expm1(t)));
            if (rules[rule] != CONV_RULE_AUTO) { /* which may choose another order */
                assert_true(fabs(y[i] - line[i % N]) <= 2 * 103 * 0x1p-53 * 2);
            }
        }
        /* Of order 2: dx^2 / 12 times f'g - fg' between the ends, at most 2. */
        assert_true(worst <= dx * dx / 6);
        printf("# rows of e^-t, rule %d: %.3e\n", (int)rules[rule], worst);
    }
}

/* cos(x+2y) * e^-x y on [0,1]^2, n = 10, 20, 40, 80, equal spacings. The integral
 * is that of one axis times that of the other, taken as a complex exponential. */
static void quadrant_thresholds(void **state) {
    static const double most[4] = {9.9e-4, 2.5e-4, 6.1e-5, 1.5e-5};
    (void)state;
    for (int row = 0; row < 4; row++) {
        const size_t steps = (size_t)10 << row;
        const size_t n = steps + 1;
        const double dx = 1.0 / (double)steps;
        double *const f = malloc(3 * n * n * sizeof *f);
        double *const g = f + n * n;
        double *const out = g + n * n;
        double worst = 0.0;
        assert_non_null(f);
        for (size_t i = 0; i < n * n; i++) {
            const double x = (double)(i / n) * dx;
            const double y = (double)(i % n) * dx;
            f[i] = wave(x, y);
            g[i] = exp(-x) * y;
        }
        assert_int_equal(conv2d_trapezoid_f64(f, n, n, g, n, n, dx, dx, CONV_CAUSAL, out), CONV_OK);
        for (size_t i = 0; i < n * n; i++) {
            const double x = (double)(i / n) * dx;
            const double y = (double)(i % n) * dx;
            /* int_0^y e^{2i(y-s)} s ds = (1 + 2iy - e^{2iy}) / 4 */
            const double complex a = (cexp(I * x) - exp(-x)) / (1.0 + I);
            const double complex b = (cexp(2.0 * I * y) - 1.0 - 2.0 * I * y) / -4.0;
            worst = fmax(worst, fabs(out[i] - creal(a * b)));
        }
        printf("# 2-D trapezoid, n=%zu: %.2e (limit %.2e)\n", steps, worst, 1.1 * most[row]);
        assert_true(worst < 1.1 * most[row] && worst > 0.8 * most[row]);
        free(f);
    }
}

/* Every N, M in 1..13 in every mode, and every small 2-D pair of shapes, against the oracle. */
static void every_small_size(void **state) {
    static const char *const modes[] = {"full",  "same",     "causal",
                                        "valid", "circular", "window start=-2 count=30"};
    unsigned wrong = 0;
    (void)state;
    for (size_t n = 1; n <= 13; n++) {
        for (size_t m = 1; m <= 13; m++) {
            for (size_t mode = 0; mode < 6; mode++) {
                char line[200];
                snprintf(line, sizeof line,
                         "f64 n=%zu m=%zu %s rule=trapezoid dx=0.3 data=normal seed=%zu", n, m,
                         modes[mode], 13 * n + m);
                wrong += suite_line(line);
            }
        }
    }
    assert_int_equal(wrong, 0);
}

static void every_small_shape(void **state) {
    static const char *const types[] = {"f32", "f64", "c32", "c64", "c32xf32", "c64xf64"};
    static const char *const modes[] = {"full", "same corr", "causal",
                                        "window start=-1,2 count=9,5"};
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < 625; i++) {
        char line[200];
        snprintf(line, sizeof line, "%s n=%zu,%zu m=%zu,%zu %s rule=trapezoid dx=0.3,2 data=normal",
                 types[i % 6], 1 + i % 5, 1 + i / 5 % 5, 1 + i / 25 % 5, 1 + i / 125, modes[i % 4]);
        wrong += suite_line(line);
    }
    wrong += suite_line("f64 n=3,4,2 m=2,3,3 full rule=trapezoid dx=1,2,0.3 data=normal");
    wrong += suite_line("c32 n=5,1,4 m=2,3,3 full rule=trapezoid dx=1,2,0.3 data=normal");
    wrong += suite_line("f32 n=3,4,2,3 m=2,3,3,2 same rule=trapezoid dx=1,2,0.3,1 data=normal");
    assert_int_equal(wrong, 0);
}

/* One sample on an axis: nothing to integrate over, but for CIRCULAR and extended signals. */
static void one_sample(void **state) {
    const double f[3] = {1, 2, 3};
    const double g[1] = {5};
    double y[3] = {9, 9, 9};
    (void)state;
    assert_int_equal(conv1d_trapezoid_f64(f, 3, g, 1, 0.5, CONV_FULL, y), CONV_OK);
    assert_true(y[0] == 0.0 && y[1] == 0.0 && y[2] == 0.0);
    assert_int_equal(conv1d_trapezoid_f64(g, 1, f, 3, 0.5, CONV_FULL, y), CONV_OK);
    assert_true(y[0] == 0.0 && y[1] == 0.0 && y[2] == 0.0);
    assert_int_equal(conv1d_trapezoid_f64(f, 3, g, 1, 0.5, CONV_CIRCULAR, y), CONV_OK);
    assert_true(y[0] == 2.5 && y[1] == 5.0 && y[2] == 7.5);
    assert_int_equal(suite_line("f64 n=1 m=3 same edge=nearest rule=trapezoid dx=0.5"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quadrant_order_two),  cmocka_unit_test(integrals_along_rows),
        cmocka_unit_test(quadrant_thresholds), cmocka_unit_test(every_small_size),
        cmocka_unit_test(every_small_shape),   cmocka_unit_test(one_sample),
    };
    return cmocka_run_group_tests_name("integrals, 2-D and small", tests, NULL, suite_report);
}
