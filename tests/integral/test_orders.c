/* test_orders.c - the rules against integrals known in closed form: how large their error is, and
 * how fast it falls with the spacing. */
#include "suite.h"

#include "pairs.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

static const double span = 4.0; /* the causal pairs are looked at on [0, 4] */

/* What rounding may add to an error relative to the largest output: (n + 2) u times the ratio of
 * sum|f||g| to it, which is at most 10 here; and 60 u of a start (see oracle_rule.c). */
static double rounding(size_t n) {
    return 10.0 * (double)(n + 62) * DBL_EPSILON / 2.0;
}

typedef struct outcome {
    double error, most; /* largest error, largest value */
} outcome;

static conv_rule rule_of(int order) {
    return order == 0   ? CONV_RULE_AUTO
           : order == 1 ? CONV_RULE_RECTANGLE
           : order == 2 ? CONV_RULE_TRAPEZOID
                        : CONV_RULE_GREGORY;
}

/* f from f_from on and g from g_from on; order 0: AUTO. Every output against y. */
static outcome integrate(const causal_pair *pair, conv_grid f_grid, conv_grid g_grid,
                         conv_mode mode, int order) {
    double *const f = sample(pair->f, f_grid.x0, f_grid.dx, f_grid.n);
    double *const g = sample(pair->g, g_grid.x0, g_grid.dx, g_grid.n);
    double *const y = malloc((f_grid.n + g_grid.n) * sizeof *y);
    conv_grid grid;
    outcome result = {0.0, 0.0};
    assert_true(f != NULL && g != NULL && y != NULL);
    assert_int_equal(
        conv1d_integral_f64(f, &f_grid, g, &g_grid, mode, rule_of(order), order, y, &grid),
        CONV_OK);
    for (size_t i = 0; i < grid.n; i++) {
        const double exact = pair->y(grid.x0 + (double)i * grid.dx);
        result.error = fmax(result.error, fabs(y[i] - exact));
        result.most = fmax(result.most, fabs(exact));
    }
    free(f);
    free(g);
    free(y);
    return result;
}

/* Relative to the largest value. */
static double causal_error(const causal_pair *pair, size_t steps, int order) {
    const conv_grid grid = {0.0, span / (double)steps, steps + 1};
    const outcome result = integrate(pair, grid, grid, CONV_CAUSAL, order);
    return result.error / result.most;
}

/* ---- orders --------------------------------------------------------------------------------- */

/* The integrand of this pair is e^-t times a square: exact from order 4 on but for the start. */
static bool exact_by_chance(int pair, int order) {
    return pair == PAIR_SQUARE && order >= 4;
}

/* The finest halving whose errors are 300 times above rounding. There the order is the rule's to
 * 0.1; high orders meet rounding before their error is its leading term alone, which is why they
 * may be off by 3 %, upwards of order 3. */
static void observed_orders(void **state) {
    (void)state;
    for (int order = 2; order <= 8; order++) {
        double lowest = 9.0;
        double highest = 0.0;
        for (int p = 0; p < SMOOTH_PAIRS; p++) {
            double coarse = causal_error(&smooth_pairs[p], 64, order);
            double observed = -1.0;
            for (size_t steps = 128; steps <= 1024 && !exact_by_chance(p, order); steps *= 2) {
                const double fine = causal_error(&smooth_pairs[p], steps, order);
                if (fine < 300 * DBL_EPSILON) {
                    break;
                }
                if (order < 6 || steps >= 256) {
                    observed = log2(coarse / fine);
                }
                coarse = fine;
            }
            if (observed < 0.0) {
                continue;
            }
            lowest = fmin(lowest, observed);
            highest = fmax(highest, observed);
            if (fabs(observed - order) > fmax(0.1, 0.03 * order)) {
                fail_msg("%s: order %.3f, not %d", smooth_pairs[p].name, observed, order);
            }
        }
        printf("# order %d: observed %.3f .. %.3f\n", order, lowest, highest);
    }
}

static void causal_thresholds(void **state) {
    (void)state;
    for (int fine = 0; fine < 2; fine++) {
        const size_t steps = fine != 0 ? 256 : 64;
        double worst = 0.0;
        for (int p = 0; p < SMOOTH_PAIRS + ROUGH_PAIRS; p++) {
            const bool smooth = p < SMOOTH_PAIRS;
            const causal_pair *const pair =
                smooth ? &smooth_pairs[p] : &rough_pairs[p - SMOOTH_PAIRS];
            const double *const known =
                smooth ? smooth_errors[fine][p] : rough_errors[fine][p - SMOOTH_PAIRS];
            for (int i = 0; i < 4; i++) {
                const double bound = 2.0 * known[i] + rounding(steps + 1);
                const double error = causal_error(pair, steps, 2 + 2 * i);
                worst = fmax(worst, error / bound);
                if (!(error <= bound)) {
                    fail_msg("%s, %zu steps, order %d: error %.3e, known %.3e", pair->name, steps,
                             2 + 2 * i, error, known[i]);
                }
            }
        }
        printf("# %zu steps: worst error %.2f of the bound (limit 1)\n", steps, worst);
    }
}

static double finite_error(size_t per_unit, int order) {
    const conv_grid f_grid = {1.0, 1.0 / (double)per_unit, 2 * per_unit + 1};
    const conv_grid g_grid = {0.5, 1.0 / (double)per_unit, per_unit + 1};
    return integrate(&finite_pair, f_grid, g_grid, CONV_FULL, order).error;
}

/* Absolute errors at 128 samples a unit. */
static void finite_supports(void **state) {
    static const double known[] = {3.4e-6, 5.0e-8, 9.6e-10, 1.6e-11, 6.2e-13, 1.2e-14};
    (void)state;
    for (int order = 2; order <= 7; order++) {
        const double error = finite_error(128, order);
        const double observed = log2(finite_error(32, order) / finite_error(64, order));
        printf("# %s: order %d: error %.2e, observed order %.2f\n", finite_pair.name, order, error,
               observed);
        assert_true(error <= 2.0 * known[order - 2] + rounding(257));
        assert_true(fabs(observed - order) < 0.25);
    }
}

static double box_overlap(double t) {
    return exp(-fmax(t - 1.0, 0.0)) - exp(-t);
}

static double decay(double t) {
    return exp(-t);
}

static double one(double t) {
    (void)t;
    return 1.0;
}

/* A kernel that ends in a jump needs only to end there. */
static void box_kernel(void **state) {
    static const causal_pair box = {"e^-x, box of width 1", decay, one, box_overlap};
    (void)state;
    for (int order = 2; order <= 7; order++) {
        double error[2];
        for (size_t i = 0; i < 2; i++) {
            const size_t per_unit = (size_t)(order < 6 ? 64 : 16) << i;
            const conv_grid f_grid = {0.0, 1.0 / (double)per_unit, 8 * per_unit + 1};
            const conv_grid g_grid = {0.0, 1.0 / (double)per_unit, per_unit + 1};
            error[i] = integrate(&box, f_grid, g_grid, CONV_CAUSAL, order).error;
        }
        const double observed = log2(error[0] / error[1]);
        printf("# %s: order %d: %.2e, observed order %.2f\n", box.name, order, error[1], observed);
        assert_true(fabs(observed - order) < (order < 6 ? 0.1 : 0.25));
    }
}

/* ---- two axes ------------------------------------------------------------------------------- */

enum { STEPS_2D = 40, N_2D = STEPS_2D + 1, ALL_2D = N_2D * N_2D };

/* The largest error; guess, where not NULL: the largest estimate. */
static double error_2d(int order, double *guess) {
    static double f[ALL_2D];
    static double g[ALL_2D];
    static double y[ALL_2D];
    const conv_grid axis = {0.0, 1.0 / STEPS_2D, N_2D};
    const conv_grid grids[2] = {axis, axis};
    conv_grid out[2];
    double worst = 0.0;
    for (size_t i = 0; i < ALL_2D; i++) {
        const double a = (double)(i / N_2D) * axis.dx;
        const double b = (double)(i % N_2D) * axis.dx;
        f[i] = cos(a + 2.0 * b);
        g[i] = exp(-a - b);
    }
    assert_int_equal(
        conv2d_integral_f64(f, grids, g, grids, CONV_CAUSAL, rule_of(order), order, y, out),
        CONV_OK);
    if (guess != NULL) {
        static double estimates[ALL_2D];
        const size_t n[2] = {N_2D, N_2D};
        conv_desc d;
        conv_plan *plan = NULL;
        conv_desc_init(&d, CONV_F64, 2, n, n, CONV_CAUSAL);
        d.rule = rule_of(order);
        d.rule_order = order;
        d.spacing[0] = d.spacing[1] = axis.dx;
        assert_int_equal(conv_plan_create(&plan, &d, g), CONV_OK);
        assert_int_equal(conv_plan_estimate(plan, CONV_ESTIMATE_ENDS, f, estimates), CONV_OK);
        conv_plan_destroy(plan);
        for (size_t i = 0; i < ALL_2D; i++) {
            *guess = fmax(*guess, estimates[i]);
        }
    }
    assert_true(out[0].n == N_2D && out[1].n == N_2D && out[0].x0 == 0.0 && out[1].x0 == 0.0);
    for (size_t i = 0; i < ALL_2D; i++) {
        const double a = (double)(i / N_2D) * axis.dx;
        const double b = (double)(i % N_2D) * axis.dx;
        /* Re (e^{ia} - e^-a)/(1+i) (e^{2ib} - e^-b)/(1+2i); (1+i)(1+2i) = -1+3i. */
        const double p[2] = {cos(a) - exp(-a), sin(a)};
        const double q[2] = {cos(2.0 * b) - exp(-b), sin(2.0 * b)};
        const double exact =
            (-(p[0] * q[0] - p[1] * q[1]) + 3.0 * (p[0] * q[1] + p[1] * q[0])) / 10.0;
        worst = fmax(worst, fabs(y[i] - exact));
    }
    return worst;
}

static void quadrant_2d(void **state) {
    static const double known[] = {9.7e-5, 3.8e-6, 8.3e-8, 3.2e-9, 5.7e-11};
    (void)state;
    for (int order = 2; order <= 6; order++) {
        const double error = error_2d(order, NULL);
        printf("# 2-D, order %d: %.2e (%.1e)\n", order, error, known[order - 2]);
        assert_true(error <= 2.0 * known[order - 2]);
    }
    const double automatic = error_2d(0, NULL);
    const double best = fmin(error_2d(7, NULL), error_2d(8, NULL));
    printf("# 2-D, AUTO: %.2e, best %.2e\n", automatic, best);
    assert_true(automatic <= 3.0 * best + rounding(ALL_2D));
}

/* (f + i f) * g = y + i y in the four types, and the origins of both axes. */
static void types_2d(void **state) {
    enum {
        ROWS = 7,
        COLUMNS = 6,
        ALL = ROWS * COLUMNS,
        OUT_ROWS = 13,
        OUT_COLUMNS = 11,
        OUT = OUT_ROWS * OUT_COLUMNS
    };
    const conv_grid f_grid[2] = {{1.0, 0.5, ROWS}, {-3.0, 0.25, COLUMNS}};
    const conv_grid g_grid[2] = {{10.0, 0.5, ROWS}, {20.0, 0.25, COLUMNS}};
    double f[2 * ALL];
    double g[2 * ALL] = {0};
    float f_single[2 * ALL];
    float g_single[2 * ALL] = {0};
    double y[OUT];
    double complex_y[2 * OUT];
    float y_single[OUT];
    float complex_single[2 * OUT];
    conv_grid grid[2] = {{0, 0, 0}, {0, 0, 0}};
    (void)state;
    for (size_t i = 0; i < ALL; i++) {
        g_single[i] = (float)(g[i] = (double)(i % 5));
        f_single[i] = (float)(f[i] = (double)(i % 7) - 2.0);
    }
    assert_int_equal(
        conv2d_integral_f64(f, f_grid, g, g_grid, CONV_FULL, CONV_RULE_GREGORY, 4, y, grid),
        CONV_OK);
    assert_true(grid[0].n == OUT_ROWS && grid[0].x0 == 11.0 && grid[0].dx == 0.5);
    assert_true(grid[1].n == OUT_COLUMNS && grid[1].x0 == 17.0 && grid[1].dx == 0.25);
    assert_int_equal(conv2d_integral_f32(f_single, f_grid, g_single, g_grid, CONV_FULL,
                                         CONV_RULE_GREGORY, 4, y_single, NULL),
                     CONV_OK);
    for (size_t i = ALL; i-- > 0;) {
        f[2 * i] = f[2 * i + 1] = f[i];
        f_single[2 * i] = f_single[2 * i + 1] = f_single[i];
        g[2 * i] = g[i];
        g_single[2 * i] = g_single[i];
        g[2 * i + 1] = 0.0;
        g_single[2 * i + 1] = 0.0f;
    }
    assert_int_equal(conv2d_integral_c64((const conv_c64 *)(const void *)f, f_grid,
                                         (const conv_c64 *)(const void *)g, g_grid, CONV_FULL,
                                         CONV_RULE_GREGORY, 4, (conv_c64 *)(void *)complex_y, NULL),
                     CONV_OK);
    assert_int_equal(conv2d_integral_c32((const conv_c32 *)(const void *)f_single, f_grid,
                                         (const conv_c32 *)(const void *)g_single, g_grid,
                                         CONV_FULL, CONV_RULE_GREGORY, 4,
                                         (conv_c32 *)(void *)complex_single, NULL),
                     CONV_OK);
    /* At most 42 terms of at most 16, cells of 1/8, weights and starts below 4 on each axis;
     * 2 (42 + 90) roundings. */
    const double most = 42.0 * 16.0 / 8.0 * 16.0 * 264.0;
    for (size_t i = 0; i < OUT; i++) {
        assert_true(fabs((double)y_single[i] - y[i]) <= most * (double)FLT_EPSILON / 2.0);
        for (size_t part = 0; part < 2; part++) {
            assert_true(fabs(complex_y[2 * i + part] - y[i]) <= most * DBL_EPSILON / 2.0);
            assert_true(fabs((double)complex_single[2 * i + part] - y[i]) <=
                        most * (double)FLT_EPSILON / 2.0);
        }
    }
}

/* The largest estimate against the largest error, start included. */
static void estimates_2d(void **state) {
    (void)state;
    for (int order = 2; order <= 6; order++) {
        double guess = 0.0;
        const double error = error_2d(order, &guess);
        printf("# 2-D, order %d: estimate/error %.3f\n", order, guess / error);
        assert_true(guess > 0.5 * error && guess < 2.0 * error);
    }
}

/* ---- jumps ---------------------------------------------------------------------------------- */

/* A Gaussian of width 1/2 on [-5, 5] and 2 e^-2t from 0 on, sampled from -2 to 10. The kernel's own
 * end is seen by outputs above 5 only. By exponentially modified Gaussians, t in [-4, 4]. */
static double modified_gaussian(double t) {
    return exp(2.0 * (0.25 - t)) * erfc((0.5 - t) / (0.5 * sqrt(2.0)));
}

static double jump_error(size_t per_unit, int order, bool jump_in_signal, bool with_break) {
    const double dx = 1.0 / (double)per_unit;
    const size_t n = 10 * per_unit + 1;
    const size_t m = 12 * per_unit + 1;
    double *const f = malloc(n * sizeof *f);
    double *const g = malloc(m * sizeof *g);
    double *const y = malloc((n + m) * sizeof *y);
    const conv_break jump = {2 * per_unit, {0.0, 0.0}, {2.0, 0.0}};
    conv_desc d;
    conv_plan *plan = NULL;
    double worst = 0.0;
    assert_true(f != NULL && g != NULL && y != NULL);
    for (size_t i = 0; i < n; i++) {
        const double t = -5.0 + (double)i * dx;
        f[i] = exp(-2.0 * t * t) / (0.5 * sqrt(2.0 * pi));
    }
    for (size_t i = 0; i < m; i++) {
        g[i] = i < jump.index ? 0.0 : 2.0 * exp(-2.0 * (double)(i - jump.index) * dx);
    }
    conv_desc_init(&d, CONV_F64, 1, jump_in_signal ? &m : &n, jump_in_signal ? &n : &m, CONV_FULL);
    d.rule = rule_of(order);
    d.rule_order = order;
    d.spacing[0] = dx;
    if (with_break && jump_in_signal) {
        d.signal_breaks = &jump;
        d.signal_break_count = 1;
    } else if (with_break) {
        d.kernel_breaks = &jump;
        d.kernel_break_count = 1;
    }
    assert_int_equal(conv_plan_create(&plan, &d, jump_in_signal ? f : g), CONV_OK);
    assert_int_equal(conv_plan_execute(plan, jump_in_signal ? g : f, y, NULL), CONV_OK);
    conv_plan_destroy(plan);
    for (size_t i = 0; i < n + m - 1; i++) {
        const double t = -7.0 + (double)i * dx;
        if (t >= -4.0 && t <= 4.0) {
            worst = fmax(worst, fabs(y[i] - modified_gaussian(t)));
        }
    }
    free(f);
    free(g);
    free(y);
    return worst;
}

static void jump_inside(void **state) {
    (void)state;
    for (int in_signal = 0; in_signal < 2; in_signal++) {
        for (int order = 2; order <= 6; order++) {
            const double raw = jump_error(64, order, in_signal != 0, false);
            const double coarse = jump_error(32, order, in_signal != 0, true);
            const double fine = jump_error(64, order, in_signal != 0, true);
            printf("# jump in the %s, order %d: raw %.1e, %.1e, observed order %.2f\n",
                   in_signal != 0 ? "signal" : "kernel", order, raw, fine, log2(coarse / fine));
            assert_true(raw > 5e-3);
            assert_true(fabs(log2(coarse / fine) - order) < 0.3);
        }
    }
}

/* ---- grids ---------------------------------------------------------------------------------- */

static void grid_origins(void **state) {
    static const struct {
        conv_mode mode;
        size_t f, g, n, start;
    } rows[] = {{CONV_FULL, 9, 4, 12, 0},   {CONV_SAME, 9, 4, 9, 1},   {CONV_SAME, 9, 5, 9, 2},
                {CONV_SAME, 3, 8, 3, 3},    {CONV_CAUSAL, 9, 4, 9, 0}, {CONV_VALID, 9, 4, 6, 3},
                {CONV_VALID, 4, 9, 6, 3},   {CONV_VALID, 5, 5, 1, 4},  {CONV_FULL, 1, 1, 1, 0},
                {CONV_CIRCULAR, 9, 4, 9, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const conv_grid f = {-1.5, 0.25, rows[i].f};
        const conv_grid g = {4.0, 0.25, rows[i].g};
        conv_grid y = {0.0, 0.0, 0};
        assert_int_equal(conv_grid_output(&f, &g, rows[i].mode, &y), CONV_OK);
        assert_true(y.n == rows[i].n);
        assert_true(y.x0 == 2.5 + 0.25 * (double)rows[i].start);
        assert_true(y.dx == 0.25);
    }
}

static void spacings_differ(void **state) {
    static const double values[] = {0.0, -0.25, NAN, INFINITY};
    const conv_grid f = {0.0, 0.25, 5};
    conv_grid g = {0.0, 0.2500001, 4};
    conv_grid y = {7.0, 7.0, 7};
    double data[16] = {0};
    double out[16] = {0};
    (void)state;
    out[0] = 7.0;
    assert_int_equal(conv_grid_output(&f, &g, CONV_FULL, &y), CONV_ERR_SPACING);
    assert_true(y.x0 == 7.0 && y.dx == 7.0 && y.n == 7);
    assert_non_null(strstr(conv_last_error(), "0.25"));
    assert_non_null(strstr(conv_last_error(), "0.2500001"));
    assert_int_equal(
        conv1d_integral_f64(data, &f, data, &g, CONV_FULL, CONV_RULE_TRAPEZOID, 0, out, &y),
        CONV_ERR_SPACING);
    assert_non_null(strstr(conv_last_error(), "0.2500001"));
    assert_true(out[0] == 7.0 && y.n == 7);
    g.dx = 0.25 * (1.0 + 4e-13);
    assert_int_equal(conv_grid_output(&f, &g, CONV_FULL, &y), CONV_OK);
    for (size_t i = 0; i < 4; i++) {
        const conv_grid bad = {0.0, values[i], 5};
        assert_int_equal(conv_grid_output(&bad, &f, CONV_FULL, &y), CONV_ERR_SPACING);
        assert_int_equal(conv_grid_output(&f, &bad, CONV_FULL, &y), CONV_ERR_SPACING);
    }
}

static double exp_cos(double t) {
    return exp(cos(t));
}

static double exp_sin(double t) {
    return exp(sin(t));
}

/* 2 pi I0(sqrt(2 + 2 sin t)), by its power series. */
static double exp_both(double t) {
    const double quarter = fmax(0.0, 2.0 + 2.0 * sin(t)) / 4.0;
    double term = 1.0;
    double sum = 1.0;
    for (int k = 1; k < 40; k++) {
        term *= quarter / ((double)k * k);
        sum += term;
    }
    return 2.0 * pi * sum;
}

/* Every rule is the rectangle rule of a period; and the origins add up. */
static void periodic(void **state) {
    static const causal_pair pair = {"e^cos, e^sin", exp_cos, exp_sin, exp_both};
    static const int orders[] = {1, 2, 4, 8, 0};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        const conv_grid f8 = {0.5, 2.0 * pi / 8.0, 8};
        const conv_grid f16 = {0.5, 2.0 * pi / 16.0, 16};
        conv_grid g = f8;
        g.x0 = -0.25;
        const outcome coarse = integrate(&pair, f8, g, CONV_CIRCULAR, orders[i]);
        g = f16;
        g.x0 = -0.25;
        const outcome fine = integrate(&pair, f16, g, CONV_CIRCULAR, orders[i]);
        assert_true(coarse.error < 5e-5 * coarse.most && coarse.error > 5e-7 * coarse.most);
        assert_true(fine.error < 1e-13 * fine.most);
    }
}

/* CONV_RULE_SUM is the sum, without the spacing; y_grid may be NULL. */
static void sums_on_grids(void **state) {
    const conv_grid f_grid = {0.0, 0.5, 3};
    const conv_grid g_grid = {0.0, 0.5, 2};
    const double f[3] = {1.0, 2.0, 3.0};
    const double g[2] = {1.0, 10.0};
    double y[4];
    const float f_single[3] = {1.0f, 2.0f, 3.0f};
    const float g_single[2] = {1.0f, 10.0f};
    float y_single[4];
    (void)state;
    assert_int_equal(
        conv1d_integral_f64(f, &f_grid, g, &g_grid, CONV_FULL, CONV_RULE_SUM, 0, y, NULL), CONV_OK);
    assert_true(y[0] == 1.0 && y[1] == 12.0 && y[2] == 23.0 && y[3] == 30.0);
    assert_int_equal(conv1d_integral_f32(f_single, &f_grid, g_single, &g_grid, CONV_FULL,
                                         CONV_RULE_RECTANGLE, 0, y_single, NULL),
                     CONV_OK);
    assert_true(y_single[0] == 0.5f && y_single[1] == 6.0f && y_single[3] == 15.0f);
    assert_int_equal(
        conv1d_integral_f64(f, &f_grid, g, &g_grid, CONV_FULL, CONV_RULE_TRAPEZOID, 0, y, NULL),
        CONV_OK);
    assert_true(y[0] == 0.0 && y[1] == 3.0 && y[2] == 5.75 && y[3] == 0.0);
}

/* Complex values are two real integrals; e^{iat} * e^{ibt}, a = 1, b = 3. */
static void complex_waves(void **state) {
    enum { N = 257 };
    static double f[2 * N];
    static double g[2 * N];
    static double y[2 * N];
    static float single[6 * N];
    const conv_grid grid = {0.0, span / (N - 1), N};
    double worst = 0.0;
    double worst_single = 0.0;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        const double t = (double)i * grid.dx;
        f[2 * i] = cos(t);
        f[2 * i + 1] = sin(t);
        g[2 * i] = cos(3.0 * t);
        g[2 * i + 1] = sin(3.0 * t);
        for (size_t part = 0; part < 2; part++) {
            single[2 * i + part] = (float)f[2 * i + part];
            single[2 * N + 2 * i + part] = (float)g[2 * i + part];
        }
    }
    assert_int_equal(conv1d_integral_c64((const conv_c64 *)(const void *)f, &grid,
                                         (const conv_c64 *)(const void *)g, &grid, CONV_CAUSAL,
                                         CONV_RULE_GREGORY, 6, (conv_c64 *)(void *)y, NULL),
                     CONV_OK);
    assert_int_equal(conv1d_integral_c32((const conv_c32 *)(const void *)single, &grid,
                                         (const conv_c32 *)(const void *)(single + 2 * N), &grid,
                                         CONV_CAUSAL, CONV_RULE_GREGORY, 4,
                                         (conv_c32 *)(void *)(single + 4 * N), NULL),
                     CONV_OK);
    for (size_t i = 0; i < N; i++) {
        const double t = (double)i * grid.dx; /* e^{2it} sin t */
        const double exact[2] = {cos(2.0 * t) * sin(t), sin(2.0 * t) * sin(t)};
        for (size_t part = 0; part < 2; part++) {
            worst = fmax(worst, fabs(y[2 * i + part] - exact[part]));
            worst_single =
                fmax(worst_single, fabs((double)single[4 * N + 2 * i + part] - exact[part]));
        }
    }
    /* 259 u times sum|f||g| = 4, and order 4's own error. */
    const double limit = 1e-9, limit_single = 259.0 * 4.0 * (double)FLT_EPSILON / 2.0 + 1e-6;
    printf("# complex waves: %.1e by order 6 (limit %.1e), %.1e in single precision by order 4 "
           "(limit %.1e)\n",
           worst, limit, worst_single, limit_single);
    assert_true(worst < limit);
    assert_true(worst_single < limit_single);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(observed_orders), cmocka_unit_test(causal_thresholds),
        cmocka_unit_test(finite_supports), cmocka_unit_test(box_kernel),
        cmocka_unit_test(quadrant_2d),     cmocka_unit_test(types_2d),
        cmocka_unit_test(estimates_2d),    cmocka_unit_test(jump_inside),
        cmocka_unit_test(grid_origins),    cmocka_unit_test(spacings_differ),
        cmocka_unit_test(periodic),        cmocka_unit_test(sums_on_grids),
        cmocka_unit_test(complex_waves),
    };
    return cmocka_run_group_tests_name("orders of the rules", tests, NULL, NULL);
}
