/* test_varying_lines.c - Gaussian lines through Gaussians whose width changes: the result is known
 * in closed form, and errors are held against those of direct sums and of a bank of convolutions
 * made by hand. */
#include "suite.h"

#include <math.h>
#include <stdlib.h>

#include "data.h"
#include "varying_oracle.h"

enum { N = 4000, LINES = 120 };

typedef struct lines {
    double place[LINES], height[LINES], width;
} lines;

static lines some_lines(void) {
    lines made = {.width = 2.2};
    uint64_t seed = 1;
    for (int i = 0; i < LINES; i++) {
        made.place[i] = 100.0 + (N - 200.0) * next_uniform(&seed);
        made.height[i] = 0.2 + next_uniform(&seed);
    }
    return made;
}

/* Sum of height * s0/s exp(-(x - place)^2 / 2s^2), s^2 = s0^2 + sigma^2: s0 the lines' width. */
static double value(const lines *l, double x, double sigma) {
    const double s = hypot(l->width, sigma);
    double sum = 0.0;
    for (int i = 0; i < LINES; i++) {
        const double u = (x - l->place[i]) / s;
        sum += l->height[i] * l->width / s * exp(-u * u / 2.0);
    }
    return sum;
}

static double law(int which, double k) {
    const double t = k / (N - 1.0);
    return which == 0 ? 1.5 + 1.5 * t : which == 1 ? 1.0 + 9.0 * t : 3.0 + 2.0 * sin(k / 40.0);
}

static double *new_array(size_t n) {
    double *const a = calloc(n, sizeof *a);
    assert_non_null(a);
    return a;
}

/* The largest error over the largest output. */
static double error_of(int which, conv_varying_engine engine, double tolerance, double *bound) {
    const size_t n = N;
    const lines l = some_lines();
    double *const f = new_array(N);
    double *const y = new_array(N);
    double *const width = new_array(N);
    double error = 0.0;
    double peak = 0.0;
    conv_varying_desc desc;
    conv_varying *plan = NULL;
    for (size_t k = 0; k < N; k++) {
        f[k] = value(&l, (double)k, 0.0);
        width[k] = law(which, (double)k);
    }
    conv_varying_desc_init(&desc, CONV_F64, 1, &n, CONV_GATHER);
    desc.kind = CONV_VARYING_SAMPLED;
    desc.engine = engine;
    desc.tolerance = tolerance;
    if (conv_varying_create(&plan, &desc, width) != CONV_OK) {
        fail_msg("%s", conv_last_error());
    }
    assert_int_equal(conv_varying_execute(plan, f, y, NULL), CONV_OK);
    *bound = conv_varying_bound(plan);
    for (size_t k = 0; k < N; k++) {
        const double exact = value(&l, (double)k, width[k]);
        error = fmax(error, fabs(y[k] - exact));
        peak = fmax(peak, exact);
    }
    conv_varying_destroy(plan);
    free(f);
    free(y);
    free(width);
    return error / peak;
}

/* The same by sums that end after `cut` widths, with nothing but exp. */
static double error_by_hand(int which, double cut) {
    const lines l = some_lines();
    double *const f = new_array(N);
    double error = 0.0;
    double peak = 0.0;
    for (size_t k = 0; k < N; k++) {
        f[k] = value(&l, (double)k, 0.0);
    }
    for (ptrdiff_t k = 0; k < N; k++) {
        const double sigma = law(which, (double)k);
        const double exact = value(&l, (double)k, sigma);
        const ptrdiff_t reach = (ptrdiff_t)(cut * sigma);
        double sum = 0.0;
        for (ptrdiff_t j = k - reach < 0 ? 0 : k - reach; j <= k + reach && j < N; j++) {
            const double u = (double)(k - j) / sigma;
            sum += f[j] * exp(-u * u / 2.0) / (sigma * sqrt(2.0 * M_PI));
        }
        error = fmax(error, fabs(sum - exact));
        peak = fmax(peak, exact);
    }
    free(f);
    return error / peak;
}

/* A tolerance is where a kernel is cut. Errors are at most those of sums by hand that are cut
 * there, but for roundings, and for the sum that kernels are divided by: of width 1 and more it is
 * off 1 by 2 exp(-2 pi^2) at most. */
static const double rounding = 1e-14;
static const double sampled_sum[] = {0.0, 5.4e-9, 5.4e-9}; /* the narrowest is 1.5, 1, 1 */

static void direct_sums(void **state) {
    static const double cuts[] = {4.0, 5.0, 6.0, 8.0};
    (void)state;
    for (int which = 0; which < 3; which++) {
        for (int i = 0; i < 4; i++) {
            double bound = 0.0;
            const double by_hand = error_by_hand(which, cuts[i]);
            const double error =
                error_of(which, CONV_VARYING_ENGINE_DIRECT, exp(-cuts[i] * cuts[i] / 2.0), &bound);
            printf("# widths %d, cut %g: error %.2e, by hand %.2e\n", which, cuts[i], error,
                   by_hand);
            assert_true(error <= by_hand + sampled_sum[which] + rounding);
        }
    }
}

/* The bank keeps its bound, up to the aliases of the sampled kernel, which the sums by hand with a
 * wide cut show. */
static void banks(void **state) {
    static const double tolerances[] = {1e-4, 1e-6, 1e-8, 1e-11};
    (void)state;
    for (int which = 0; which < 3; which++) {
        const double aliases = error_by_hand(which, 8.0) + sampled_sum[which];
        for (int i = 0; i < 4; i++) {
            double bound = 0.0;
            const double error = error_of(which, CONV_VARYING_ENGINE_BANK, tolerances[i], &bound);
            printf("# widths %d, tolerance %g: error %.2e, bound %.2e\n", which, tolerances[i],
                   error, bound);
            /* Relative to the peak of the output, which the widest kernels make lower than that of
             * the samples: by 1 / hypot(1, 10/2.2) at most. */
            assert_true(error <= 4.7 * bound + aliases);
            assert_true(bound <= tolerances[i]);
        }
    }
}

/* One line under one narrow width: what each kind makes of it. Samples of the continuous function,
 * and not the contents of its bins, in which CELL is at its worst. */
static double narrow_error(conv_varying_kind kind, double sigma) {
    const size_t n = 400;
    double f[400];
    double y[400];
    double width[400];
    double error = 0.0;
    conv_varying_desc desc;
    conv_varying *plan = NULL;
    conv_varying_desc_init(&desc, CONV_F64, 1, &n, CONV_GATHER);
    desc.kind = kind;
    desc.tolerance = 1e-13;
    for (size_t k = 0; k < n; k++) {
        const double x = (double)k - 200.3;
        f[k] = exp(-x * x / (2.0 * 1.5 * 1.5));
        width[k] = sigma;
    }
    assert_int_equal(conv_varying_create(&plan, &desc, width), CONV_OK);
    assert_int_equal(conv_varying_execute(plan, f, y, NULL), CONV_OK);
    conv_varying_destroy(plan);
    for (size_t k = 0; k < n; k++) {
        const double x = (double)k - 200.3;
        const double s = hypot(1.5, sigma);
        error = fmax(error, fabs(y[k] - 1.5 / s * exp(-x * x / (2.0 * s * s))));
    }
    return error / (1.5 / hypot(1.5, sigma));
}

static void narrow_kernels(void **state) {
    static const double sigmas[] = {0.3, 0.5, 0.8, 1.0, 2.0};
    /* What was measured on bin contents, which are smoother than samples by a box: sampled and
     * band-limited kernels have to be as good within the aliases of this line, 2 exp(-pi^2 1.5^2 /
     * 2) = 3e-5 of the peak at the highest frequency, an error of which is 1e-6 at most. */
    static const double sampled[] = {1.7e-2, 8.3e-3, 8.4e-5, 1.7e-6, 1e-12};
    (void)state;
    for (int i = 0; i < 5; i++) {
        const double a = narrow_error(CONV_VARYING_SAMPLED, sigmas[i]);
        const double b = narrow_error(CONV_VARYING_BANDLIMITED, sigmas[i]);
        const double c = narrow_error(CONV_VARYING_CELL, sigmas[i]);
        printf("# sigma %g: sampled %.2e, band-limited %.2e, cells %.2e\n", sigmas[i], a, b, c);
        assert_true(a <= 2.0 * sampled[i]);
        assert_true(b <= 1e-6);
        assert_true(narrow_error(CONV_VARYING_AUTO, sigmas[i]) <= fmax(b, 1.001 * a));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(direct_sums),
        cmocka_unit_test(banks),
        cmocka_unit_test(narrow_kernels),
    };
    return cmocka_run_group_tests_name("varying lines", tests, NULL, NULL);
}
