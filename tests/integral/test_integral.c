/* test_integral.c - CONV_RULE_TRAPEZOID against integrals known in closed form, and the order of
 * its error. */
#include "suite.h"

#include "closed_forms.h"

#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

typedef double function(double t);

typedef struct causal_pair {
    const char *name;
    function *f, *g, *y;
    double end;
} causal_pair;

static const causal_pair pairs[] = {
    {"[1] e^-t, 2e^-2t", form_decay, form_twice_decay2, form_decay_by_decay2, 5.0},
    {"[2] e^-t, t^2 e^-t", form_decay, form_square_decay, form_decay_by_square_decay, 7.0},
    {"[3] e^-t, e^-3t", form_decay, form_decay3, form_decay_by_decay3, 4.0},
    {"[4] t, t^2", form_identity, form_square, form_identity_by_square, 2.0},
    {"[5] 1, cos", form_one, cos, sin, 4.0},
    {"[7] sin, sin", sin, sin, form_sine_by_sine, 4.0},
    {"[8] sin 3t, sin 5t", form_sin3, form_sin5, form_sin3_by_sin5, 4.0},
    {"[9] e^-t/2, cos 4t", form_half_decay, form_cos4, form_half_decay_by_cos4, 4.0},
};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

static double *sample(function *f, double from, double dx, size_t n) {
    double *const x = malloc(n * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        x[i] = f(from + (double)i * dx);
    }
    return x;
}

/* Runs one 1-D description in f64; false where the method refuses. */
static bool run(const conv_desc *desc, const double *f, const double *g, double *y) {
    conv_plan *plan = NULL;
    const conv_status status = conv_plan_create(&plan, desc, g);
    if (status == CONV_ERR_METHOD) {
        return false;
    }
    assert_int_equal(status, CONV_OK);
    assert_int_equal(conv_plan_execute(plan, f, y, NULL), CONV_OK);
    conv_plan_destroy(plan);
    return true;
}

/* The largest error of a causal pair on n+1 points; negative where the method refuses. */
static double causal_error(const causal_pair *pair, size_t steps, conv_rule rule,
                           conv_method method) {
    const size_t n = steps + 1;
    const double dx = pair->end / (double)steps;
    double *const f = sample(pair->f, 0.0, dx, n);
    double *const g = sample(pair->g, 0.0, dx, n);
    double *const y = malloc(n * sizeof *y);
    double worst = -1.0;
    conv_desc desc;
    conv_desc_init(&desc, CONV_F64, 1, &n, &n, CONV_CAUSAL);
    desc.rule = rule;
    desc.spacing[0] = dx;
    desc.method = method;
    if (run(&desc, f, g, y)) {
        for (size_t i = 0; i < n; i++) {
            const double scale = rule == CONV_RULE_SUM ? dx : 1.0;
            worst = fmax(worst, fabs(scale * y[i] - pair->y((double)i * dx)));
        }
    }
    free(f);
    free(g);
    free(y);
    return worst;
}

static void check_order(const char *what, double coarse, double fine) {
    const double order = log2(coarse / fine);
    if (!(order > 1.95 && order < 2.05)) {
        fail_msg("%s: errors %.3g and %.3g at half the step: order %.3f", what, coarse, fine,
                 order);
    }
}

static void causal_order_two(void **state) {
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        for (int method = CONV_METHOD_AUTO; method <= CONV_METHOD_REFERENCE; method++) {
            const double coarse =
                causal_error(&pairs[i], 400, CONV_RULE_TRAPEZOID, (conv_method)method);
            if (coarse >= 0.0) {
                check_order(pairs[i].name, coarse,
                            causal_error(&pairs[i], 800, CONV_RULE_TRAPEZOID, (conv_method)method));
            }
        }
    }
}

/* Maxima of the Riemann sum and of the trapezoid. */
static void causal_thresholds(void **state) {
    static const struct {
        size_t pair, steps;
        double riemann, trapezoid;
    } rows[] = {
        {0, 50, 2.0e-1, 4.2e-4},     {0, 100, 1.0e-1, 1.0e-4},     {0, 800, 1.25e-2, 1.6e-6},
        {1, 50, 3.9e-2, 1.2e-3},     {1, 100, 1.9e-2, 3.0e-4},     {1, 800, 2.4e-3, 4.7e-6},
        {0, 100000, 1e-4, 1.04e-10}, {1, 100000, 1.9e-5, 3.0e-10},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const double trapezoid = causal_error(&pairs[rows[i].pair], rows[i].steps,
                                              CONV_RULE_TRAPEZOID, CONV_METHOD_AUTO);
        const double riemann =
            causal_error(&pairs[rows[i].pair], rows[i].steps, CONV_RULE_SUM, CONV_METHOD_AUTO);
        printf("# %-20s n=%-7zu Riemann %.2e trapezoid %.2e\n", pairs[rows[i].pair].name,
               rows[i].steps, riemann, trapezoid);
        assert_true(trapezoid < 1.08 * rows[i].trapezoid);
        assert_true(trapezoid > 0.85 * rows[i].trapezoid);
        assert_true(riemann < 1.08 * rows[i].riemann && riemann > 0.85 * rows[i].riemann);
    }
}

/* ---- finite supports, FULL ------------------------------------------------------------------ */

static double answer27(double t) {
    return t < 1.0 ? t : t < 2.0 ? 1.0 : 3.0 - t;
}

typedef struct finite_pair {
    const char *name;
    function *f, *g, *y;
    double f_from, f_to, g_from, g_to;
} finite_pair;

static double finite_error(const finite_pair *pair, size_t per_unit, conv_method method) {
    const double dx = 1.0 / (double)per_unit;
    const size_t n = (size_t)lround((pair->f_to - pair->f_from) * (double)per_unit) + 1;
    const size_t m = (size_t)lround((pair->g_to - pair->g_from) * (double)per_unit) + 1;
    double *const f = sample(pair->f, pair->f_from, dx, n);
    double *const g = sample(pair->g, pair->g_from, dx, m);
    double *const y = malloc((n + m - 1) * sizeof *y);
    double worst = -1.0;
    conv_desc desc;
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_FULL);
    desc.rule = CONV_RULE_TRAPEZOID;
    desc.spacing[0] = dx;
    desc.method = method;
    if (run(&desc, f, g, y)) {
        for (size_t i = 0; i < n + m - 1; i++) {
            const double t = pair->f_from + pair->g_from + (double)i * dx;
            worst = fmax(worst, fabs(y[i] - pair->y(t)));
        }
    }
    free(f);
    free(g);
    free(y);
    return worst;
}

static void finite_supports(void **state) {
    static const finite_pair box_box = {"[27] box, box", form_one, form_one, answer27, 0, 1, 0, 2};
    static const finite_pair box_tent = {
        "[28] box, triangle", form_one, form_tent, form_tent_by_box, 0, 1, 0, 2};
    static const finite_pair ramp = {
        "[29] e^-x, x", form_decay, form_identity, form_decay_by_ramp, 1, 3, 0.5, 1.5};
    (void)state;
    for (int i = CONV_METHOD_AUTO; i <= CONV_METHOD_REFERENCE; i++) {
        const conv_method method = (conv_method)i;
        const double coarse = finite_error(&ramp, 160, method);
        if (coarse >= 0.0) {
            check_order(ramp.name, coarse, finite_error(&ramp, 320, method));
        }
        /* The integrand is piecewise linear with its corners on the grid: exact. */
        assert_true(finite_error(&box_box, 64, method) < 1e-14);
        assert_true(finite_error(&box_tent, 64, method) < 1e-14);
        assert_true(finite_error(&box_box, 7, method) < 1e-14);
    }
    /* N=21, M=11 and N=641, M=321. */
    assert_true(finite_error(&ramp, 10, CONV_METHOD_AUTO) < 6.5e-4);
    assert_true(finite_error(&ramp, 320, CONV_METHOD_AUTO) < 6.3e-7);
}

/* [30] e^-x on a long axis, a box of width 1 as the short kernel of a CAUSAL call. */
static double box_kernel_error(size_t per_unit, conv_method method) {
    const size_t n = 8 * per_unit + 1;
    const size_t m = per_unit + 1;
    const double dx = 1.0 / (double)per_unit;
    double *const f = sample(form_decay, 0.0, dx, n);
    double *const g = sample(form_one, 0.0, dx, m);
    double *const y = malloc(n * sizeof *y);
    double worst = -1.0;
    conv_desc desc;
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_CAUSAL);
    desc.rule = CONV_RULE_TRAPEZOID;
    desc.spacing[0] = dx;
    desc.method = method;
    if (run(&desc, f, g, y)) {
        for (size_t i = 0; i < n; i++) {
            const double t = (double)i * dx;
            worst = fmax(worst, fabs(y[i] - (exp(-fmax(t - 1.0, 0.0)) - exp(-t))));
        }
    }
    free(f);
    free(g);
    free(y);
    return worst;
}

static void box_kernel(void **state) {
    (void)state;
    for (int i = CONV_METHOD_AUTO; i <= CONV_METHOD_REFERENCE; i++) {
        const double coarse = box_kernel_error(128, (conv_method)i);
        if (coarse >= 0.0) {
            check_order("[30] e^-x, box", coarse, box_kernel_error(256, (conv_method)i));
        }
    }
    assert_true(box_kernel_error(128, CONV_METHOD_AUTO) < 1.1 / (12.0 * 128.0 * 128.0));
}

/* ---- periodic and full line ----------------------------------------------------------------- */

/* I_0 by its power series. */
static double bessel_i0(double x) {
    double term = 1.0;
    double sum = 1.0;
    for (int k = 1; k < 60; k++) {
        term *= x * x / (4.0 * k * k);
        sum += term;
    }
    return sum;
}

/* [32] e^cos * e^sin over the circle; relative to the largest value. */
static double periodic_error(size_t n, conv_method method) {
    const double dx = 2.0 * pi / (double)n;
    double *const f = sample(form_exp_cos, 0.0, dx, n);
    double *const g = sample(form_exp_sin, 0.0, dx, n);
    double *const y = malloc(n * sizeof *y);
    double worst = -1.0;
    conv_desc desc;
    conv_desc_init(&desc, CONV_F64, 1, &n, &n, CONV_CIRCULAR);
    desc.rule = CONV_RULE_TRAPEZOID;
    desc.spacing[0] = dx;
    desc.method = method;
    if (run(&desc, f, g, y)) {
        for (size_t i = 0; i < n; i++) {
            const double inside = fmax(0.0, 2.0 + 2.0 * sin((double)i * dx));
            worst = fmax(worst, fabs(y[i] - 2.0 * pi * bessel_i0(sqrt(inside))));
        }
    }
    free(f);
    free(g);
    free(y);
    return worst / (2.0 * pi * bessel_i0(2.0));
}

static void periodic_is_spectral(void **state) {
    (void)state;
    for (int i = CONV_METHOD_AUTO; i <= CONV_METHOD_REFERENCE; i++) {
        assert_true(periodic_error(8, (conv_method)i) < 3e-5);
        assert_true(periodic_error(16, (conv_method)i) < 1e-13);
        assert_true(periodic_error(17, (conv_method)i) < 1e-13);
    }
    assert_true(periodic_error(8, CONV_METHOD_DIRECT) > 1e-5);
}

static double normal_pdf(double t, double mean, double sigma) {
    const double z = (t - mean) / sigma;
    return exp(-z * z / 2.0) / (sigma * sqrt(2.0 * pi));
}

static double gauss_one(double t) {
    return normal_pdf(t, 0.5, 1.0);
}

static double gauss_two(double t) {
    return normal_pdf(t, -1.0, 1.5);
}

static double answer21(double t) {
    return normal_pdf(t, -0.5, hypot(1.0, 1.5));
}

static void full_line(void **state) {
    static const finite_pair gauss = {"[21]", gauss_one, gauss_two, answer21, -16, 16, -16, 16};
    static const finite_pair box = {
        "[24] Gauss, box", form_normal, form_one, form_normal_by_box, -12, 12, -2, 2};
    (void)state;
    for (int i = CONV_METHOD_AUTO; i <= CONV_METHOD_REFERENCE; i++) {
        const conv_method method = (conv_method)i;
        const double coarse = finite_error(&box, 32, method);
        assert_true(finite_error(&gauss, 2, method) < 1e-11);
        if (coarse >= 0.0) {
            check_order(box.name, coarse, finite_error(&box, 64, method));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causal_order_two),     cmocka_unit_test(causal_thresholds),
        cmocka_unit_test(finite_supports),      cmocka_unit_test(box_kernel),
        cmocka_unit_test(periodic_is_spectral), cmocka_unit_test(full_line),
    };
    return cmocka_run_group_tests_name("integrals, 1-D", tests, NULL, NULL);
}
