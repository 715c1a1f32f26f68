/* test_estimates.c - conv_plan_estimate against the error that it estimates, and CONV_RULE_AUTO
 * against the order that is best. */
#include "suite.h"

#include "pairs.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

static const double span = 4.0; /* the causal pairs are looked at on [0, 4] */

static double one(double t) {
    (void)t;
    return 1.0;
}

/* What rounding may add to an error relative to the largest output: (n + 2) u times the ratio of
 * sum|f||g| to it, which is at most 10 here; and 60 u of a start (see oracle_rule.c). */
static double rounding(size_t n) {
    return 10.0 * (double)(n + 62) * DBL_EPSILON / 2.0;
}

static conv_rule rule_of(int order) {
    return order == 0   ? CONV_RULE_AUTO
           : order == 1 ? CONV_RULE_RECTANGLE
           : order == 2 ? CONV_RULE_TRAPEZOID
                        : CONV_RULE_GREGORY;
}

/* The integrand of this pair is e^-t times a square: exact from order 4 on but for the start. */
static bool exact_by_chance(int pair, int order) {
    return pair == PAIR_SQUARE && order >= 4;
}

/* ---- estimates ------------------------------------------------------------------------------ */

static conv_plan *plan_of(const double *g, size_t n, double dx, int order) {
    conv_desc d;
    conv_plan *plan = NULL;
    conv_desc_init(&d, CONV_F64, 1, &n, &n, CONV_CAUSAL);
    d.rule = rule_of(order);
    d.rule_order = order;
    d.spacing[0] = dx;
    assert_int_equal(conv_plan_create(&plan, &d, g), CONV_OK);
    return plan;
}

typedef struct estimated {
    double estimate, error, most; /* largest, from `from` on */
} estimated;

static estimated estimate(function *f, function *g, function *exact, size_t steps, int order,
                          conv_estimate kind, size_t from) {
    const size_t n = steps + 1;
    const double dx = span / (double)steps;
    double *const x = sample(f, 0.0, dx, n);
    double *const h = sample(g, 0.0, dx, n);
    double *const y = malloc(2 * n * sizeof *y);
    estimated result = {0.0, 0.0, 0.0};
    assert_true(x != NULL && h != NULL && y != NULL);
    double *const guess = y + n;
    conv_plan *const plan = plan_of(h, n, dx, order);
    assert_int_equal(conv_plan_execute(plan, x, y, NULL), CONV_OK);
    assert_int_equal(conv_plan_estimate(plan, kind, x, guess), CONV_OK);
    for (size_t i = 0; i < n; i++) {
        const double value = exact((double)i * dx);
        assert_true(isfinite(guess[i]) && guess[i] >= 0.0);
        if (i >= from) {
            result.estimate = fmax(result.estimate, guess[i]);
            result.error = fmax(result.error, fabs(y[i] - value));
        }
        result.most = fmax(result.most, fabs(value));
    }
    conv_plan_destroy(plan);
    free(x);
    free(h);
    free(y);
    return result;
}

/* Away from the start, where the error is not one of ends; above 1e-12 of the largest value. */
static void ends_estimate_the_error(void **state) {
    double lowest = 1.0;
    double highest = 1.0;
    unsigned times = 0;
    (void)state;
    for (int p = 0; p < SMOOTH_PAIRS; p++) {
        for (size_t steps = 64; steps <= 256; steps *= 4) {
            for (int order = 2; order <= 8; order++) {
                const causal_pair *const pair = &smooth_pairs[p];
                const estimated e = estimate(pair->f, pair->g, pair->y, steps, order,
                                             CONV_ESTIMATE_ENDS, 2 * (size_t)order);
                if (exact_by_chance(p, order) || e.error < 1e-12 * e.most) {
                    continue;
                }
                const double ratio = e.estimate / e.error;
                lowest = fmin(lowest, ratio);
                highest = fmax(highest, ratio);
                times++;
                if (!(ratio > 0.7 && ratio < 1.3)) {
                    fail_msg("%s, %zu steps, order %d: estimate %.3e, error %.3e", pair->name,
                             steps, order, e.estimate, e.error);
                }
            }
        }
    }
    printf("# estimate/error in %u cases: %.3f .. %.3f\n", times, lowest, highest);
    assert_true(times > 60);
}

/* A bump between grid points near 1, 0.3 spacings of 1/16 wide, on a cosine. */
enum { BUMP_STEPS = 64, BUMP_AT = 16 };
static const double bump_dx = 1.0 / 16.0;

static double bumped(double t) {
    const double z = (t - (BUMP_AT + 0.3) * bump_dx) / (0.3 * bump_dx);
    return cos(t) + exp(-z * z / 2.0);
}

static double bumped_integral(double t) {
    const double z = (t - (BUMP_AT + 0.3) * bump_dx) / (0.3 * bump_dx);
    return sin(t) + 0.3 * bump_dx * sqrt(pi / 2.0) * erfc(-z / sqrt(2.0));
}

static void richardson_sees_the_inside(void **state) {
    (void)state;
    const estimated ends =
        estimate(bumped, one, bumped_integral, BUMP_STEPS, 6, CONV_ESTIMATE_ENDS, BUMP_AT + 20);
    const estimated inside = estimate(bumped, one, bumped_integral, BUMP_STEPS, 6,
                                      CONV_ESTIMATE_RICHARDSON, BUMP_AT + 20);
    printf("# bump: error %.1e, by the ends %.1e, by Richardson %.1e\n", ends.error, ends.estimate,
           inside.estimate);
    assert_true(ends.error > 1e-3);
    assert_true(ends.estimate < 1e-6);
    assert_true(inside.estimate > 0.5 * inside.error);
}

/* The trapezoidal rule's error, also in a plan of a higher order. */
static void richardson_is_the_trapezoids_error(void **state) {
    (void)state;
    for (int p = 0; p < SMOOTH_PAIRS; p++) {
        const causal_pair *const pair = &smooth_pairs[p];
        const estimated two =
            estimate(pair->f, pair->g, pair->y, 256, 2, CONV_ESTIMATE_RICHARDSON, 8);
        const estimated six =
            estimate(pair->f, pair->g, pair->y, 256, 6, CONV_ESTIMATE_RICHARDSON, 8);
        assert_true(two.estimate > 0.7 * two.error && two.estimate < 1.3 * two.error);
        assert_true(fabs(six.estimate - two.estimate) <= 1e-9 * two.estimate);
    }
}

/* CIRCULAR has no ends. In FULL each end of each operand is one. */
static void estimates_of_other_modes(void **state) {
    enum { N = 257, M = 129, OUT = N + M - 1 };
    const size_t n = N;
    const size_t m = M;
    double *const f = sample(finite_pair.f, 1.0, 1.0 / 128.0, N);
    double *const g = sample(finite_pair.g, 0.5, 1.0 / 128.0, M);
    double *const y = malloc(2 * OUT * sizeof *y);
    (void)state;
    assert_true(f != NULL && g != NULL && y != NULL);
    for (int circular = 0; circular < 2; circular++) {
        conv_desc d;
        conv_plan *plan = NULL;
        double worst = 0.0;
        double most = 0.0;
        conv_desc_init(&d, CONV_F64, 1, &n, &m, circular != 0 ? CONV_CIRCULAR : CONV_FULL);
        d.rule = CONV_RULE_GREGORY;
        d.rule_order = 4;
        d.spacing[0] = 1.0 / 128.0;
        assert_int_equal(conv_plan_create(&plan, &d, g), CONV_OK);
        assert_int_equal(conv_plan_execute(plan, f, y, NULL), CONV_OK);
        assert_int_equal(conv_plan_estimate(plan, CONV_ESTIMATE_ENDS, f, y + OUT), CONV_OK);
        conv_plan_destroy(plan);
        for (size_t i = 0; i < (circular != 0 ? N : OUT); i++) {
            most = fmax(most, y[OUT + i]);
            worst = fmax(worst, fabs(y[i] - finite_pair.y(1.5 + (double)i / 128.0)));
        }
        printf("# %s: estimate %.2e, error %.2e\n", circular != 0 ? "circular" : "full", most,
               worst);
        assert_true(circular != 0 ? most == 0.0 : most > 0.5 * worst && most < 2.0 * worst);
    }
    free(f);
    free(g);
    free(y);
}

/* Contiguous, one signal after the other, whatever the strides of signal and output are. */
static void estimates_of_batches(void **state) {
    enum { N = 40, M = 30, OUT = N + M - 1 };
    static double x[2 * 2 * N];
    static double h[M];
    static double both[2 * OUT];
    static double one_signal[N];
    static double single[OUT];
    const size_t n = N;
    const size_t m = M;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        for (size_t b = 0; b < 2; b++) {
            x[2 * N * b + 2 * i] = sin(0.1 * (double)i + (double)b);
            x[2 * N * b + 2 * i + 1] = NAN; /* between the samples */
        }
        h[i % M] = exp(-0.1 * (double)(i % M));
    }
    for (int kind = CONV_ESTIMATE_ENDS; kind <= CONV_ESTIMATE_RICHARDSON; kind++) {
        conv_desc d;
        conv_plan *plan = NULL;
        conv_desc_init(&d, CONV_F64, 1, &n, &m, CONV_FULL);
        d.rule = CONV_RULE_GREGORY;
        d.rule_order = 3;
        d.spacing[0] = 0.1;
        conv_desc strided = d;
        strided.batch = 2;
        strided.signal_stride[0] = 2;
        strided.output_stride[0] = -3;
        assert_int_equal(conv_plan_create(&plan, &strided, h), CONV_OK);
        assert_int_equal(conv_plan_estimate(plan, (conv_estimate)kind, x, both), CONV_OK);
        conv_plan_destroy(plan);
        assert_int_equal(conv_plan_create(&plan, &d, h), CONV_OK);
        for (size_t b = 0; b < 2; b++) {
            double most = 0.0;
            for (size_t i = 0; i < N; i++) {
                one_signal[i] = x[2 * N * b + 2 * i];
            }
            assert_int_equal(conv_plan_estimate(plan, (conv_estimate)kind, one_signal, single),
                             CONV_OK);
            for (size_t i = 0; i < OUT; i++) {
                most = fmax(most, single[i]);
                /* Differences of outputs below 10, each of 30 terms. */
                assert_true(fabs(single[i] - both[b * OUT + i]) < 10.0 * 200.0 * DBL_EPSILON);
            }
            assert_true(most > 1e-9);
        }
        conv_plan_destroy(plan);
    }
}

/* ---- AUTO ----------------------------------------------------------------------------------- */

/* Relative to the largest value; order 0: AUTO. */
static double causal_error(const causal_pair *pair, size_t steps, int order) {
    const size_t n = steps + 1;
    const double dx = span / (double)steps;
    double *const x = sample(pair->f, 0.0, dx, n);
    double *const h = sample(pair->g, 0.0, dx, n);
    double *const y = malloc(n * sizeof *y);
    double worst = 0.0;
    double most = 0.0;
    assert_true(x != NULL && h != NULL && y != NULL);
    conv_plan *const plan = plan_of(h, n, dx, order);
    assert_int_equal(conv_plan_execute(plan, x, y, NULL), CONV_OK);
    conv_plan_destroy(plan);
    for (size_t i = 0; i < n; i++) {
        const double exact = pair->y((double)i * dx);
        worst = fmax(worst, fabs(y[i] - exact));
        most = fmax(most, fabs(exact));
    }
    free(x);
    free(h);
    free(y);
    return worst / most;
}

static int order_chosen(const causal_pair *pair, size_t steps) {
    const size_t n = steps + 1;
    const double dx = span / (double)steps;
    double *const x = sample(pair->f, 0.0, dx, n);
    double *const h = sample(pair->g, 0.0, dx, n);
    assert_true(x != NULL && h != NULL);
    conv_plan *const plan = plan_of(h, n, dx, 0);
    const int order = conv_plan_rule_order(plan, x);
    assert_int_equal(conv_plan_rule_order(plan, NULL), 0);
    conv_plan_destroy(plan);
    free(x);
    free(h);
    return order;
}

/* Three times the best order's error, of orders 2 to 8. Not for the pair whose end corrections
 * vanish from order 4 on (what error it has is in the start), nor for Levy's, whose corrections do
 * not tell.
 */
static void automatic_order_is_near_the_best(void **state) {
    (void)state;
    for (int p = 0; p < SMOOTH_PAIRS + PAIR_LEVY; p++) {
        for (size_t steps = 64; steps <= 256; steps *= 4) {
            const causal_pair *const pair =
                p < SMOOTH_PAIRS ? &smooth_pairs[p] : &rough_pairs[p - SMOOTH_PAIRS];
            const int order = order_chosen(pair, steps);
            const double error = causal_error(pair, steps, 0);
            double best = causal_error(pair, steps, 2);
            int best_order = 2;
            for (int other = 3; other <= 8; other++) {
                const double here = causal_error(pair, steps, other);
                best_order = here < best ? other : best_order;
                best = fmin(best, here);
            }
            printf("# %-22s %3zu steps: order %d, error %.1e; best %d, %.1e\n", pair->name, steps,
                   order, error, best_order, best);
            assert_true(order >= 2 && order <= 8);
            assert_true(p == PAIR_SQUARE || error <= 3.0 * best + rounding(steps + 1));
            assert_true(fabs(error - causal_error(pair, steps, order)) <= rounding(steps + 1));
        }
    }
}

static double noise(double t) {
    uint64_t state = (uint64_t)(t * 1e6);
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9u;
    state = (state ^ (state >> 27)) * 0x94D049BB133111EBu;
    return (double)(state >> 11) * 0x1p-53 - 0.5;
}

/* Noise has no derivatives: no end correction is smaller than the one before. */
static void automatic_order_of_noise(void **state) {
    static const causal_pair white = {"noise", noise, noise, one};
    (void)state;
    for (size_t steps = 64; steps <= 256; steps *= 4) {
        const int order = order_chosen(&white, steps);
        printf("# %zu steps of noise: order %d\n", steps, order);
        assert_true(order >= 2 && order <= 3);
    }
}

static void orders_are_told(void **state) {
    const size_t n = 20;
    double x[20] = {1.0, 2.0};
    (void)state;
    assert_int_equal(conv_plan_rule_order(NULL, x), 0);
    for (int order = 1; order <= 8; order++) {
        conv_plan *const plan = plan_of(x, n, 0.5, order);
        assert_int_equal(conv_plan_rule_order(plan, x), order);
        conv_plan_destroy(plan);
    }
    conv_desc d;
    conv_plan *plan = NULL;
    conv_desc_init(&d, CONV_F64, 1, &n, &n, CONV_FULL);
    d.rule_order = 99; /* not read by SUM */
    assert_int_equal(conv_plan_create(&plan, &d, x), CONV_OK);
    assert_int_equal(conv_plan_rule_order(plan, x), 0);
    conv_plan_destroy(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_estimate_the_error),
        cmocka_unit_test(richardson_sees_the_inside),
        cmocka_unit_test(richardson_is_the_trapezoids_error),
        cmocka_unit_test(estimates_of_other_modes),
        cmocka_unit_test(estimates_of_batches),
        cmocka_unit_test(automatic_order_is_near_the_best),
        cmocka_unit_test(automatic_order_of_noise),
        cmocka_unit_test(orders_are_told),
    };
    return cmocka_run_group_tests_name("estimates of the rules", tests, NULL, NULL);
}
