/* test_product_weights.c - the weights of product integration against long double. */
#include "suite.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "volterra/product_weights.h"

/* ---- powers --------------------------------------------------------------------------------- */

/* The binomial series in long double: j^(a+1) sum 2 C(a+1, 2i) j^(-2i) / (a (a+1)), and its like
 * for f_0. Used from j = 2 on, where long double's 64 bits make up for what the closed form loses
 * (below 12 bits at j = 40), and the closed form up to there. */
static void exact_power(double alpha, double dx, size_t j, long double *hat, long double *first) {
    const long double a = alpha;
    const long double c = a + 1.0L;
    const long double k = (long double)j;
    const long double unit = powl((long double)dx, a) / (a * c);
    if (j == 0) {
        *hat = unit;
        *first = 0.0L;
        return;
    }
    if (j <= 12) {
        *hat = unit * (powl(k + 1.0L, c) - 2.0L * powl(k, c) + powl(k - 1.0L, c));
        *first = unit * (powl(k - 1.0L, c) - (k - c) * powl(k, a));
        return;
    }
    long double term = c * a / 2.0L / (k * k);
    long double even = 0.0L;
    long double alternating = 0.0L;
    for (int i = 2; i < 60; i++) {
        even += i % 2 == 0 ? term : 0.0L;
        alternating += i % 2 == 0 ? term : -term;
        term *= (c - (long double)i) / ((long double)i + 1.0L) / k;
    }
    *hat = unit * powl(k, c) * 2.0L * even;
    *first = unit * powl(k, c) * alternating;
}

/* What is allowed: pow to one rounding; the product j dx, and in a panel (j + v) dx and j + v,
 * whose roundings the exponent multiplies by |alpha - 1|; and some ten roundings of sums and
 * products. The reference's own cancellation up to j = 12: 4 j^2 / (a (a+1)) roundings of 2^-64
 * each, so up to 2.6 u at a = 0.1. */
static double power_bound(double alpha) {
    return 8.0 + 3.0 * fabs(alpha - 1.0);
}

enum { FAR = 1000001 };

/* Which weights are looked at: all of the first 2000, then some as far as 1e6. */
static size_t next_index(size_t j) {
    return j < 2000 ? j + 1 : j + j / 101;
}

static double in_units(double weight, long double exact) {
    return (double)(fabsl((long double)weight - exact) / fabsl(exact)) / (DBL_EPSILON / 2.0);
}

static void power_weights(void **state) {
    static const double alphas[] = {0.1, 0.25, 0.5, 2.0 / 3.0, 0.9, 1.0, 1.5, 2.0, 2.3, 3.0};
    static const double steps[] = {0.013, 1.0, 1e-3};
    double *const hat = malloc(FAR * sizeof *hat);
    double *const first = malloc(FAR * sizeof *first);
    double worst = 0.0;
    (void)state;
    assert_non_null(hat);
    assert_non_null(first);
    for (size_t i = 0; i < 30; i++) {
        const double alpha = alphas[i / 3];
        const double dx = steps[i % 3];
        const conv_product_kernel kernel = {.kind = CONV_PRODUCT_POWER, .alpha = alpha, .scale = 1};
        const size_t panels = i % 3 == 2 ? FAR : 2000;
        assert_int_equal(conv_product_weights(&kernel, panels, dx, hat, first), CONV_OK);
        for (size_t j = 0; j < panels; j = next_index(j)) {
            long double exact_hat, exact_first, unused;
            exact_power(alpha, dx, j, &exact_hat, &unused);
            exact_power(alpha, dx, j + 1, &unused, &exact_first);
            const double e = in_units(hat[j], exact_hat);
            const double d = in_units(first[j], exact_first);
            if (!(fmax(e, d) <= power_bound(alpha))) {
                fail_msg("alpha=%g j=%zu dx=%g: hat %.17g off by %.1f u, first %.17g by %.1f u",
                         alpha, j, dx, hat[j], e, first[j], d);
            }
            worst = fmax(worst, fmax(e, d) / power_bound(alpha));
        }
    }
    printf("# weights of powers to j = 1e6: %.2f of the bound (limit 1)\n", worst);
    free(hat);
    free(first);
}

/* Exponents for which the series starts late, and the panels before it are far from flat: the hat
 * against the closed form, which cancels the less the larger alpha is. The roundings of
 * power_bound, and those of the closed form, j^2 / alpha^2 or so times less than at small alpha. */
static void large_exponents(void **state) {
    static const double alphas[] = {5.0, 10.5, 31.0, 64.0, 100.0};
    double hat[60], first[60];
    double worst = 0.0;
    (void)state;
    for (size_t i = 0; i < sizeof alphas / sizeof alphas[0]; i++) {
        const conv_product_kernel kernel = {
            .kind = CONV_PRODUCT_POWER, .alpha = alphas[i], .scale = 1};
        assert_int_equal(conv_product_weights(&kernel, 60, 0.5, hat, first), CONV_OK);
        for (size_t j = 0; j < 60; j++) {
            const long double c = (long double)alphas[i] + 1.0L;
            const long double k = (long double)j;
            const long double unit = powl(0.5L, c - 1.0L) / (c * (c - 1.0L));
            const long double exact =
                j ? unit * (powl(k + 1.0L, c) - 2.0L * powl(k, c) + powl(k - 1.0L, c)) : unit;
            const double e = in_units(hat[j], exact);
            if (!(e <= power_bound(alphas[i]))) {
                fail_msg("alpha=%g j=%zu: hat %.17g off by %.1f u", alphas[i], j, hat[j], e);
            }
            worst = fmax(worst, e / power_bound(alphas[i]));
        }
    }
    printf("# weights of powers, alpha to 100: %.2f of the bound (limit 1)\n", worst);
}

/* ---- functions ------------------------------------------------------------------------------ */

static double inverse_sqrt(double t, void *context) {
    (void)context;
    return 1.0 / sqrt(t);
}

static double logarithm(double t, void *context) {
    (void)context;
    return log(t);
}

/* The weights by functions against those of the same kernel by its antiderivatives in long double,
 * whose second differences of a number of size G2(j dx)/dx lose j^2 or so of 2^-64. */
static long double hat_of(long double (*second)(long double), size_t j, long double dx) {
    const long double t = (long double)j * dx;
    return (second(t + dx) - 2.0L * second(t) + (j ? second(t - dx) : 0.0L)) / dx;
}

static long double sqrt_second(long double t) {
    return t > 0.0L ? 4.0L / 3.0L * t * sqrtl(t) : 0.0L;
}

static long double log_second(long double t) {
    return t > 0.0L ? t * t * logl(t) / 2.0L - 0.75L * t * t : 0.0L;
}

static long double twentieth_second(long double t) {
    return t > 0.0L ? powl(t, 1.05L) / (0.05L * 1.05L) : 0.0L;
}

static double twentieth(double t, void *context) {
    (void)context;
    return pow(t, -0.95);
}

static long double decay_second(long double t) {
    return t / 12.5L + expm1l(-12.5L * t) / (12.5L * 12.5L);
}

static double decay12(double t, void *context) {
    (void)context;
    return exp(-12.5 * t);
}

/* A decay much narrower than the first panel, of area 1. */
static double spike(double t, void *context) {
    (void)context;
    return 1e7 * exp(-1e7 * t);
}

static long double spike_second(long double t) {
    return t + expm1l(-1e7L * t) / 1e7L;
}

/* Diffusion: flat at 0, where a careless quadrature meets infinity times 0. */
static double levy(double t, void *context) {
    (void)context;
    return exp(-0.5 / t) / (t * sqrt(2.0 * 3.14159265358979323846 * t));
}

static void function_weights(void **state) {
    static const struct {
        const char *name;
        conv_function *g;
        long double (*second)(long double);
        double dx;
        size_t n;
        double most; /* relative to the largest weight */
    } rows[] = {
        {"t^-1/2", inverse_sqrt, sqrt_second, 1.0 / 64.0, 40, 2e-15},
        {"log t", logarithm, log_second, 1.0 / 64.0, 40, 2e-15},
        {"t^-0.95", twentieth, twentieth_second, 1.0 / 64.0, 40, 1e-14},
        {"e^-12.5 t", decay12, decay_second, 1.0, 10, 4e-15},
        {"1e7 e^-1e7 t", spike, spike_second, 1.0, 4, 1e-14},
    };
    double hat[64], first[64];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const conv_product_kernel kernel = {.kind = CONV_PRODUCT_FUNCTION, .function = rows[i].g};
        double worst = 0.0;
        double largest = 0.0;
        assert_int_equal(conv_product_weights(&kernel, rows[i].n, rows[i].dx, hat, first), CONV_OK);
        for (size_t j = 0; j < rows[i].n; j++) {
            const long double exact = hat_of(rows[i].second, j, rows[i].dx);
            worst = fmax(worst, (double)fabsl(hat[j] - exact));
            largest = fmax(largest, (double)fabsl(exact));
        }
        printf("# %-14s weights off by %.1e of the largest (limit %.1e)\n", rows[i].name,
               worst / largest, rows[i].most);
        if (!(worst <= rows[i].most * largest)) {
            fail_msg("%s: off by %.3g of the largest", rows[i].name, worst / largest);
        }
    }
    /* What f = 1 gives in y_1 is the density up to 1, erfc(sqrt(1/2)). */
    const conv_product_kernel kernel = {.kind = CONV_PRODUCT_FUNCTION, .function = levy};
    assert_int_equal(conv_product_weights(&kernel, 1, 1.0, hat, first), CONV_OK);
    printf("# Levy's density: off by %.1e\n", fabs(hat[0] + first[0] - erfc(sqrt(0.5))));
    assert_true(fabs(hat[0] + first[0] - erfc(sqrt(0.5))) < 1e-14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_weights),
        cmocka_unit_test(large_exponents),
        cmocka_unit_test(function_weights),
    };
    return cmocka_run_group_tests_name("weights of product integration", tests, NULL, NULL);
}
