/* test_rule_oracle.c - the judge of the quadrature rules, judged by mathematics: its weights solve
 * their equations, it is exact for the polynomials that it has to be exact for, and it gives the
 * errors that were measured with other programs. No line of the library takes part. */
#include "suite.h"

#include "oracle_rule.h"
#include "pairs.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* sum_j u_j j^m = -zeta(-m): 1/2 for m = 0, B_{m+1}/(m+1) else. */
static void weights_solve_their_equations(void **state) {
    static const long double right[RULE_MOST_ENDS] = {1 / 2.0L, 1 / 12.0L,  0.0L, -1 / 120.0L,
                                                      0.0L,     1 / 252.0L, 0.0L, -1 / 240.0L};
    (void)state;
    for (int ends = 1; ends <= RULE_MOST_ENDS; ends++) {
        const long double *const omega = rule_weights(ends);
        for (int m = 0; m < ends; m++) {
            long double sum = 0.0L;
            long double size = 0.0L;
            for (int j = 0; j < ends; j++) {
                const long double power = m == 0 ? 1.0L : powl(j, m);
                sum += (omega[j] - (j > 0 ? 1.0L : 0.0L)) * power;
                size += power;
            }
            assert_true(fabsl(sum - right[m]) <= 8 * LDBL_EPSILON * size);
        }
    }
}

/* int_0^t x^a (t-x)^b dx = a! b! / (a+b+1)! t^(a+b+1). */
static long double beta(int a, int b, long double t) {
    return expl(lgammal(a + 1.0L) + lgammal(b + 1.0L) - lgammal(a + b + 2.0L)) * powl(t, a + b + 1);
}

static void starts_integrate_polynomials(void **state) {
    /* sum|R|/t, largest over t, computed with rational numbers. */
    static const double sums[RULE_MOST_POINTS + 1] = {
        [4] = 2.040476, [5] = 3.297961, [6] = 5.788889,
        [7] = 11.06619, [8] = 23.02895, [9] = 51.95574};
    double form_sum;
    double worst = 0.0;
    (void)state;
    for (int points = 4; points <= 9; points++) {
        form_sum = 0.0;
        for (int t = 1; t < points; t++) {
            long double form[RULE_MOST_POINTS * RULE_MOST_POINTS];
            double absolute[RULE_MOST_POINTS * RULE_MOST_POINTS];
            double size = 0.0;
            rule_block(points, t, form, absolute);
            for (int c = 0; c < points * points; c++) {
                size += (double)fabsl(form[c]);
            }
            form_sum = fmax(form_sum, size / t);
            for (int a = 0; a < points; a++) {
                for (int b = 0; b < points; b++) {
                    long double sum = 0.0L;
                    double magnitude = 0.0;
                    for (int c = 0; c < points * points; c++) {
                        const long double v = powl(c / points, a) * powl(c % points, b);
                        sum += form[c] * v;
                        magnitude += absolute[c] * (double)v;
                    }
                    const double error = (double)fabsl(sum - beta(a, b, t));
                    worst = fmax(worst, error / magnitude);
                }
            }
        }
        assert_true(fabs(form_sum / sums[points] - 1.0) < 1e-6);
    }
    /* 10 terms in each of 100 entries, products of 18 quotients, and lgammal. */
    const double limit = 200 * (double)LDBL_EPSILON;
    printf("# start: worst error %.2g of the sum of magnitudes (limit %.2g)\n", worst, limit);
    assert_true(worst < limit);
}

/* x and h real, one signal. */
static void run_real(oracle_result *r, const conv_desc *d, const long double *f,
                     const long double *g) {
    long double *const x = calloc(2 * d->signal_shape[0], sizeof *x);
    long double *const h = calloc(2 * d->kernel_shape[0], sizeof *h);
    assert_true(x != NULL && h != NULL);
    for (size_t i = 0; i < d->signal_shape[0]; i++) {
        x[2 * i] = f[i];
    }
    for (size_t i = 0; i < d->kernel_shape[0]; i++) {
        h[2 * i] = g[i];
    }
    assert_true(rule_run(r, d, x, h));
    free(x);
    free(h);
}

static conv_desc gregory(size_t n, size_t m, conv_mode mode, int order, double dx) {
    conv_desc d;
    conv_desc_init(&d, CONV_F64, 1, &n, &m, mode);
    d.rule = CONV_RULE_GREGORY;
    d.rule_order = order;
    d.spacing[0] = dx;
    return d;
}

/* int_low^high x^a (k-x)^b dx by expansion about the lower end. */
static long double over_overlap(int a, int b, long double k, long double low, long double high) {
    long double sum = 0.0L;
    const long double width = high - low;
    for (int i = 0; i <= a; i++) {
        for (int j = 0; j <= b; j++) {
            const long double choose =
                expl(lgammal(a + 1.0L) - lgammal(i + 1.0L) - lgammal(a - i + 1.0L) +
                     lgammal(b + 1.0L) - lgammal(j + 1.0L) - lgammal(b - j + 1.0L));
            const long double sign = j % 2 == 0 ? 1.0L : -1.0L;
            sum += sign * choose * powl(low, a - i) * powl(k - low, b - j) *
                   powl(width, i + j + 1) / (i + j + 1);
        }
    }
    return sum;
}

static double polynomial_error(size_t n, size_t m, int order, int a, int b) {
    const conv_desc d = gregory(n, m, CONV_FULL, order, 1.0);
    oracle_result r;
    long double f[32] = {0};
    long double g[32] = {0};
    double worst = 0.0;
    for (size_t i = 0; i < n; i++) {
        f[i] = a == 0 ? 1.0L : powl((long double)i, a);
    }
    for (size_t i = 0; i < m; i++) {
        g[i] = b == 0 ? 1.0L : powl((long double)i, b);
    }
    run_real(&r, &d, f, g);
    for (size_t k = 0; k < n + m - 1; k++) {
        const long double low = k + 1 > m ? (long double)(k + 1 - m) : 0.0L;
        const long double high = k < n - 1 ? (long double)k : (long double)(n - 1);
        const long double exact = over_overlap(a, b, (long double)k, low, high);
        const double error = (double)fabsl(r.value[2 * k] - exact);
        worst = fmax(worst, error / (r.magnitude[k] + 1.0));
    }
    oracle_free(&r);
    return worst;
}

/* Degree a + b <= ends - 1 at every output of FULL, with the ends that the extents allow. */
static void rules_are_exact_for_polynomials(void **state) {
    double worst = 0.0;
    (void)state;
    for (int order = 3; order <= 9; order++) {
        const size_t points = (size_t)order + 1;
        for (size_t n = points; n <= points + 8; n++) {
            for (size_t m = points; m <= points + 8; m += 3) {
                for (int a = 0; a <= order - 2; a++) {
                    for (int b = 0; a + b <= order - 2; b++) {
                        worst = fmax(worst, polynomial_error(n, m, order, a, b));
                    }
                }
            }
        }
    }
    printf("# polynomials: worst error %.2g of the sum of magnitudes (limit 1e-15)\n", worst);
    assert_true(worst < 1e-15);
}

/* Order 2 is the trapezoidal rule of the other oracle, in every mode and under every edge rule. */
static void order_two_is_the_trapezoid(void **state) {
    (void)state;
    for (size_t c = 0; c < 9 * 9 * 6 * 6; c++) {
        const size_t n = 1 + c % 9;
        const size_t m = 1 + c / 9 % 9;
        const conv_mode mode = (conv_mode)(c / 81 % 6);
        conv_desc d = gregory(n, m, mode, 2, 0.5);
        d.boundary[0] = mode == CONV_CIRCULAR ? CONV_ZERO : (conv_boundary)(c / 486);
        d.boundary_value[0] = 3.0;
        d.window_start[0] = -2;
        d.window_count[0] = 9;
        d.window_step[0] = 2;
        long double f[9];
        long double g[9];
        uint64_t seed = c;
        for (size_t i = 0; i < 9; i++) {
            f[i] = (long double)next_below(&seed, 9) - 4.0L;
            g[i] = (long double)next_below(&seed, 9) - 4.0L;
        }
        oracle_result a;
        oracle_result b;
        run_real(&a, &d, f, g);
        d.rule = CONV_RULE_TRAPEZOID;
        run_real(&b, &d, f, g);
        assert_int_equal(a.count, b.count);
        for (size_t i = 0; i < a.count; i++) {
            assert_true(a.value[2 * i] == b.value[2 * i]);
        }
        oracle_free(&a);
        oracle_free(&b);
    }
}

/* Largest error over largest value. */
static double pair_error(const causal_pair *pair, size_t n, double end, int order) {
    const double dx = end / (double)(n - 1);
    const conv_desc d = gregory(n, n, CONV_CAUSAL, order, dx);
    long double *const f = malloc(2 * n * sizeof *f);
    assert_non_null(f);
    long double *const g = f + n;
    double worst = 0.0;
    double most = 0.0;
    oracle_result r;
    for (size_t i = 0; i < n; i++) {
        f[i] = (long double)pair->f((double)i * dx);
        g[i] = (long double)pair->g((double)i * dx);
    }
    run_real(&r, &d, f, g);
    for (size_t i = 0; i < n; i++) {
        const double y = pair->y((double)i * dx);
        worst = fmax(worst, fabs((double)r.value[2 * i] - y));
        most = fmax(most, fabs(y));
    }
    oracle_free(&r);
    free(f);
    return worst / most;
}

/* The table has the errors to two digits, of n intervals; rounding of the samples and of y itself
 * is four units of the largest value. */
static void measured_errors(void **state) {
    (void)state;
    for (int fine = 0; fine < 2; fine++) {
        for (int p = 0; p < SMOOTH_PAIRS + ROUGH_PAIRS; p++) {
            const bool smooth = p < SMOOTH_PAIRS;
            const causal_pair *const pair =
                smooth ? &smooth_pairs[p] : &rough_pairs[p - SMOOTH_PAIRS];
            const double *const known =
                smooth ? smooth_errors[fine][p] : rough_errors[fine][p - SMOOTH_PAIRS];
            for (int i = 0; i < 4; i++) {
                const size_t n = fine != 0 ? 257 : 65;
                const double error = pair_error(pair, n, 4.0, 2 + 2 * i);
                if (fabs(error - known[i]) > 0.06 * known[i] + 4 * DBL_EPSILON) {
                    fail_msg("%s, %zu samples, order %d: %.3e, not %.3e", pair->name, n, 2 + 2 * i,
                             error, known[i]);
                }
            }
        }
    }
}

/* Finite supports of different lengths, step 1/128: the errors of the orders 2 to 7, to two digits;
 * the last is rounding. */
static void measured_errors_finite(void **state) {
    static const double known[] = {3.4e-6, 5.0e-8, 9.6e-10, 1.6e-11, 6.2e-13, 1.2e-14};
    long double f[257];
    long double g[129];
    (void)state;
    for (size_t i = 0; i < 257; i++) {
        f[i] = (long double)finite_pair.f(1.0 + (double)i / 128.0);
        g[i % 129] = (long double)finite_pair.g(0.5 + (double)(i % 129) / 128.0);
    }
    for (int order = 2; order <= 7; order++) {
        const conv_desc d = gregory(257, 129, CONV_FULL, order, 1.0 / 128.0);
        oracle_result r;
        double worst = 0.0;
        run_real(&r, &d, f, g);
        for (size_t k = 0; k < r.count; k++) {
            const double y = finite_pair.y(1.5 + (double)k / 128.0);
            worst = fmax(worst, fabs((double)r.value[2 * k] - y));
        }
        oracle_free(&r);
        printf("# %s, order %d: %.2e (%.1e)\n", finite_pair.name, order, worst, known[order - 2]);
        assert_true(fabs(worst - known[order - 2]) < 0.06 * known[order - 2] + 4 * DBL_EPSILON);
    }
}

/* cos(x+2y) and e^(-x-y) on [0, 1]^2, 40 intervals a side. */
static void measured_errors_2d(void **state) {
    static const double known[] = {9.7e-5, 3.8e-6, 8.3e-8, 3.2e-9, 5.7e-11};
    enum { STEPS = 40, N = STEPS + 1 };
    static long double x[2 * N * N];
    static long double h[2 * N * N];
    static double y[N * N];
    const size_t shape[2] = {N, N};
    (void)state;
    for (size_t i = 0; i < (size_t)N * N; i++) {
        const double a = (double)(i / N) / STEPS;
        const double b = (double)(i % N) / STEPS;
        x[2 * i] = (long double)cos(a + 2.0 * b);
        h[2 * i] = (long double)exp(-a - b);
        /* Re (e^{ia} - e^-a)/(1+i) (e^{2ib} - e^-b)/(1+2i); (1+i)(1+2i) = -1+3i. */
        const double p[2] = {cos(a) - exp(-a), sin(a)};
        const double q[2] = {cos(2.0 * b) - exp(-b), sin(2.0 * b)};
        y[i] = (-(p[0] * q[0] - p[1] * q[1]) + 3.0 * (p[0] * q[1] + p[1] * q[0])) / 10.0;
    }
    for (int order = 2; order <= 6; order++) {
        conv_desc d;
        oracle_result r;
        double worst = 0.0;
        conv_desc_init(&d, CONV_F64, 2, shape, shape, CONV_CAUSAL);
        d.rule = CONV_RULE_GREGORY;
        d.rule_order = order;
        d.spacing[0] = d.spacing[1] = 1.0 / STEPS;
        assert_true(rule_run(&r, &d, x, h));
        for (size_t k = 0; k < r.count; k++) {
            worst = fmax(worst, fabs((double)r.value[2 * k] - y[k]));
        }
        oracle_free(&r);
        printf("# 2-D, order %d: %.2e (%.1e)\n", order, worst, known[order - 2]);
        assert_true(fabs(worst - known[order - 2]) < 0.06 * known[order - 2]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_solve_their_equations),
        cmocka_unit_test(starts_integrate_polynomials),
        cmocka_unit_test(rules_are_exact_for_polynomials),
        cmocka_unit_test(order_two_is_the_trapezoid),
        cmocka_unit_test(measured_errors),
        cmocka_unit_test(measured_errors_finite),
        cmocka_unit_test(measured_errors_2d),
    };
    return cmocka_run_group_tests_name("oracle of the rules", tests, NULL, NULL);
}
