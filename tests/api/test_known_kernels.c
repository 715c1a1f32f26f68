/* test_known_kernels.c - boxes, Gaussians and their derivatives: what they sum to, what they make
 * of polynomials, their closed forms, and the errors of the functions that fill them. */
#include "suite.h"

#include <math.h>

static double moment(const double *h, size_t m, int power) {
    double sum = 0.0;
    for (size_t i = 0; i < m; i++) {
        sum += h[i] * pow((double)i - 0.5 * (double)(m - 1), power);
    }
    return sum;
}

/* Sums of m terms below 1: m + 2 units. */
static void near(double got, double want, double size, size_t m) {
    if (!(fabs(got - want) <= (double)(m + 2) * 0x1p-53 * size)) {
        fail_msg("%.17g instead of %.17g", got, want);
    }
}

static void boxes(void **state) {
    static const double five[] = {0.0, 0.25, 0.5, 0.25, 0.0};
    const size_t m = 5, plane[2] = {3, 4};
    const double two = 2.0, narrow = 0.25;
    double h[12];
    float single[5];
    (void)state;
    assert_int_equal(conv_kernel_box(CONV_F64, 1, &m, &two, h), CONV_OK);
    for (size_t i = 0; i < 5; i++) {
        assert_true(h[i] == five[i]);
    }
    assert_int_equal(conv_kernel_box(CONV_F64, 1, &m, &narrow, h), CONV_OK);
    assert_true(h[2] == 1.0 && h[1] == 0.0 && h[3] == 0.0);
    assert_int_equal(conv_kernel_box(CONV_F32, 1, &m, NULL, single), CONV_OK);
    for (size_t i = 0; i < 5; i++) {
        assert_true(single[i] == 0.2f);
    }
    assert_int_equal(conv_kernel_box(CONV_F64, 2, plane, NULL, h), CONV_OK);
    for (size_t i = 0; i < 12; i++) {
        assert_true(h[i] == h[0]);
    }
    near(12 * h[0], 1.0, 1.0, 12);
}

static void gaussians(void **state) {
    static const double sigmas[] = {0.3, 1.0, 2.7, 40.0};
    (void)state;
    for (size_t s = 0; s < 4; s++) {
        for (int kind = 0; kind < 2; kind++) {
            double h[501];
            const size_t m = 2 * (size_t)ceil(6.0 * sigmas[s]) + 1;
            assert_int_equal(
                conv_kernel_gauss(CONV_F64, 1, &m, &sigmas[s], (conv_kernel_kind)kind, h), CONV_OK);
            near(moment(h, m, 0), 1.0, 1.0, m);
            for (size_t i = 0; i < m; i++) {
                assert_true(h[i] == h[m - 1 - i] && h[i] >= 0.0);
            }
            /* Ratios do not depend on the sum. Far out a sampled tap is exp(-18): 18 units more. */
            const double t = (double)(m / 2);
            const double root = sigmas[s] * sqrt(2.0);
            const double far = kind == 0 ? exp(-t * t / (root * root))
                                         : (erfc((t - 0.5) / root) - erfc((t + 0.5) / root)) / 2.0 /
                                               erf(0.5 / root);
            near(h[0] / h[m / 2], far, far, 200);
        }
    }
}

static void widths_squared(void **state) {
    const double sigma = 3.0;
    const size_t m = 61;
    double h[61];
    (void)state;
    assert_int_equal(conv_kernel_gauss(CONV_F64, 1, &m, &sigma, CONV_KERNEL_SAMPLED, h), CONV_OK);
    assert_true(fabs(moment(h, m, 2) - 9.0) < 1e-9);
    assert_int_equal(conv_kernel_gauss(CONV_F64, 1, &m, &sigma, CONV_KERNEL_INTEGRATED, h),
                     CONV_OK);
    assert_true(fabs(moment(h, m, 2) - 9.0 - 1.0 / 12.0) < 1e-9);
}

/* Of t^2 - 3t + 5 the derivatives are 2t - 3 and 2; a Gaussian adds what it does to the square. */
static void derivatives(void **state) {
    enum { N = 200, M = 41 };
    const size_t n = N, m = M;
    const double sigma = 4.0;
    double x[N], y[N], h[M];
    (void)state;
    for (int i = 0; i < N; i++) {
        x[i] = (double)i * i - 3.0 * i + 5.0;
    }
    for (int order = 1; order <= 2; order++) {
        for (int kind = 0; kind < 2; kind++) {
            assert_int_equal(conv_kernel_gauss_derivative(CONV_F64, 1, &m, &sigma, &order,
                                                          (conv_kernel_kind)kind, h),
                             CONV_OK);
            assert_int_equal(conv1d_f64(x, n, h, m, CONV_SAME, y), CONV_OK);
            for (int i = M; i < N - M; i++) {
                const double want = order == 1 ? 2.0 * i - 3.0 : 2.0;
                near(y[i], want, 40000.0, 4 * M);
            }
        }
    }
}

static void planes_are_products(void **state) {
    const size_t shape[2] = {9, 12};
    const double sigma[2] = {1.5, 2.0};
    const int order[2] = {1, 0};
    double plane[108], down[9], along[12];
    conv_c32 complexes[108];
    (void)state;
    assert_int_equal(
        conv_kernel_gauss_derivative(CONV_F64, 2, shape, sigma, order, CONV_KERNEL_SAMPLED, plane),
        CONV_OK);
    assert_int_equal(conv_kernel_gauss_derivative(CONV_F64, 1, &shape[0], &sigma[0], &order[0],
                                                  CONV_KERNEL_SAMPLED, down),
                     CONV_OK);
    assert_int_equal(
        conv_kernel_gauss(CONV_F64, 1, &shape[1], &sigma[1], CONV_KERNEL_SAMPLED, along), CONV_OK);
    for (size_t i = 0; i < 108; i++) {
        near(plane[i], down[i / 12] * along[i % 12], fabs(plane[i]), 0);
    }
    assert_int_equal(conv_kernel_gauss_derivative(CONV_C32, 2, shape, sigma, order,
                                                  CONV_KERNEL_SAMPLED, complexes),
                     CONV_OK);
    const float *const parts = (const float *)complexes;
    for (size_t i = 0; i < 108; i++) {
        assert_true(parts[2 * i] == (float)plane[i] && parts[2 * i + 1] == 0.0f);
    }
}

static void fails(conv_status got, conv_status want, const char *named) {
    assert_int_equal(got, want);
    if (strstr(conv_last_error(), named) == NULL) {
        fail_msg("\"%s\" does not name %s", conv_last_error(), named);
    }
}

static void errors(void **state) {
    const size_t m = 6, none = 0, huge[2] = {(size_t)1 << 40, (size_t)1 << 40}, two = 2;
    const double one = 1.0, bad[] = {0.0, -1.0, NAN, INFINITY}, seven = 7.0, tiny = 1e-200;
    const int three = 3, second = 2;
    const conv_kernel_kind kind = CONV_KERNEL_SAMPLED;
    double h[6] = {1, 2, 3, 4, 5, 6};
    (void)state;
    fails(conv_kernel_box(CONV_F64, 1, NULL, NULL, h), CONV_ERR_NULL, "kernel_shape");
    fails(conv_kernel_box(CONV_F64, 1, &m, NULL, NULL), CONV_ERR_NULL, "kernel");
    fails(conv_kernel_gauss(CONV_F64, 1, &m, NULL, kind, h), CONV_ERR_NULL, "sigma");
    fails(conv_kernel_gauss_derivative(CONV_F64, 1, &m, &one, NULL, kind, h), CONV_ERR_NULL,
          "order");
    fails(conv_kernel_box((conv_dtype)9, 1, &m, NULL, h), CONV_ERR_ENUM, "dtype is 9");
    fails(conv_kernel_gauss(CONV_F64, 1, &m, &one, (conv_kernel_kind)5, h), CONV_ERR_ENUM,
          "kind is 5");
    fails(conv_kernel_box(CONV_F64, 0, &m, NULL, h), CONV_ERR_RANK, "rank is 0");
    fails(conv_kernel_box(CONV_F64, 9, &m, NULL, h), CONV_ERR_RANK, "rank is 9");
    fails(conv_kernel_box(CONV_F64, 1, &none, NULL, h), CONV_ERR_EXTENT, "kernel_shape[0]");
    fails(conv_kernel_box(CONV_F64, 2, huge, NULL, h), CONV_ERR_OVERFLOW, "kernel_shape[1]");
    fails(conv_kernel_box(CONV_F64, 1, &m, &seven, h), CONV_ERR_RANGE, "width[0] is 7");
    for (size_t i = 0; i < 4; i++) {
        fails(conv_kernel_box(CONV_F64, 1, &m, &bad[i], h), CONV_ERR_RANGE, "width[0]");
        fails(conv_kernel_gauss(CONV_F64, 1, &m, &bad[i], kind, h), CONV_ERR_RANGE, "sigma[0]");
    }
    fails(conv_kernel_gauss(CONV_F64, 1, &m, &tiny, kind, h), CONV_ERR_RANGE, "sigma[0]");
    fails(conv_kernel_gauss_derivative(CONV_F64, 1, &m, &one, &three, kind, h), CONV_ERR_RANGE,
          "order[0] is 3");
    fails(conv_kernel_gauss_derivative(CONV_F64, 1, &two, &one, &second, kind, h), CONV_ERR_RANGE,
          "kernel_shape[0] is 2");
    for (size_t i = 0; i < 6; i++) {
        assert_true(h[i] == (double)(i + 1));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes),
        cmocka_unit_test(gaussians),
        cmocka_unit_test(widths_squared),
        cmocka_unit_test(derivatives),
        cmocka_unit_test(planes_are_products),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests_name("known_kernels", tests, NULL, NULL);
}
