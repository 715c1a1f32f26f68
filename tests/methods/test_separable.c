/* Which kernels are outer products, or sums of few, and what comes of them. */
#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <conv.h>

#define N 61
#define M 15

static double signal[N * N], kernel[M * M], sums[N * N], passes[N * N];

static conv_desc image(conv_method method) {
    static const size_t n[] = {N, N}, m[] = {M, M};
    conv_desc desc;
    conv_desc_init(&desc, CONV_F64, 2, n, m, CONV_SAME);
    desc.boundary[0] = desc.boundary[1] = CONV_REFLECT;
    desc.method = method;
    return desc;
}

static bool accepts(void) {
    conv_desc desc = image(CONV_METHOD_SEPARABLE);
    conv_plan *plan;
    conv_status status = conv_plan_create(&plan, &desc, kernel);
    conv_plan_destroy(plan);
    assert_true(status == CONV_OK || status == CONV_ERR_METHOD);
    return status == CONV_OK;
}

static void run(conv_method method, double *y) {
    conv_desc desc = image(method);
    conv_plan *plan;
    assert_int_equal(conv_plan_create(&plan, &desc, kernel), CONV_OK);
    assert_int_equal(conv_plan_execute(plan, signal, y, NULL), CONV_OK);
    conv_plan_destroy(plan);
}

/* A sum of `terms` outer products of smooth lines, times scale. */
static void make(int terms, double scale) {
    for (int i = 0; i < M; i++)
        for (int j = 0; j < M; j++) {
            double sum = 0, a = i - 7, b = j - 7;
            for (int t = 0; t < terms; t++)
                sum += pow(a, t) * exp(-a * a / 20) * cos(0.3 * t * b) * exp(-b * b / (15 + 4 * t));
            kernel[i * M + j] = scale * sum;
        }
}

static int make_signal(void **state) {
    (void)state;
    uint32_t seed = 77;
    for (size_t i = 0; i < N * N; i++)
        signal[i] = (double)(seed = seed * 1664525u + 1013904223u) / 4294967296.0;
    return 0;
}

/* Relative to the kernel's own size, never absolutely. */
static void sums_of_few_are_found(void **state) {
    (void)state;
    static const double scales[] = {1, 1e-300, 1e300, 1e-30};
    for (int terms = 1; terms <= 3; terms++)
        for (int s = 0; s < 4; s++) {
            make(terms, scales[s]);
            if (!accepts())
                fail_msg("%d terms of scale %g are refused", terms, scales[s]);
        }
}

static void others_are_not(void **state) {
    (void)state;
    make(6, 1);
    assert_false(accepts());
    /* Every tap off by thousands of roundings. (One tap alone would be a second outer product.) */
    uint32_t seed = 5;
    make(1, 1);
    for (int i = 0; i < M * M; i++)
        kernel[i] *= 1 + 1e-12 * (double)((seed = seed * 1664525u + 1013904223u) >> 16) / 65536;
    assert_false(accepts());
    for (int i = 0; i < M * M; i++)
        kernel[i] = 0;
    accepts(); /* zeros: either answer is right */
}

/* Each term is two passes of at most M products, so an output carries at most 2 M + 3 roundings a
 * term, relative to the sum of the terms' magnitudes; those cancel to no less than the largest tap
 * here, so 3 (2 M + 3) u M^2 max|h| max|x| bounds the difference, and (M^2 + 2) u more the plain
 * sum's own. */
static void passes_are_the_sum(void **state) {
    (void)state;
    double worst = 0;
    for (int terms = 1; terms <= 3; terms++) {
        make(terms, 1);
        double largest = 0;
        for (int i = 0; i < M * M; i++)
            largest = fmax(largest, fabs(kernel[i]));
        double bound = (3 * (2 * M + 3) + M * M + 2) * 0x1p-53 * M * M * largest;
        run(CONV_METHOD_DIRECT, sums);
        run(CONV_METHOD_SEPARABLE, passes);
        for (int i = 0; i < N * N; i++) {
            double error = fabs(sums[i] - passes[i]);
            worst = fmax(worst, error / bound);
            if (!(error <= bound))
                fail_msg("%d terms, output %d: %.17g by sums, %.17g by passes", terms, i, sums[i],
                         passes[i]);
        }
    }
    print_message("# worst error over bound %.3g (limit 1)\n", worst);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_of_few_are_found),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(passes_are_the_sum),
    };
    return cmocka_run_group_tests_name("separable", tests, make_signal, NULL);
}
