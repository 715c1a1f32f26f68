/* test_product.c - product integration against closed forms, its statuses, and threads. */
#include "suite.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

/* ---- running -------------------------------------------------------------------------------- */

static conv_product_kernel power(double alpha, double scale) {
    return (conv_product_kernel){.kind = CONV_PRODUCT_POWER, .alpha = alpha, .scale = scale};
}

static conv_product_kernel by_function(conv_function *g, void *context, const double *points,
                                       size_t count) {
    return (conv_product_kernel){.kind = CONV_PRODUCT_FUNCTION,
                                 .function = g,
                                 .context = context,
                                 .points = points,
                                 .point_count = count};
}

static conv_product_kernel by_antiderivatives(conv_function *first, conv_function *second,
                                              void *context) {
    return (conv_product_kernel){
        .kind = CONV_PRODUCT_ANTIDERIVATIVES, .first = first, .second = second, .context = context};
}

static void run(const conv_product_kernel *kernel, size_t n, double dx, const double *f,
                double *y) {
    conv_product *product = NULL;
    if (conv_product_create(&product, CONV_F64, n, dx, kernel) != CONV_OK) {
        fail_msg("n=%zu dx=%g kind=%d: %s", n, dx, (int)kernel->kind, conv_last_error());
    }
    assert_int_equal(conv_product_execute(product, f, y), CONV_OK);
    conv_product_destroy(product);
}

static double *new_array(size_t n) {
    double *const a = calloc(n, sizeof *a);
    assert_non_null(a);
    return a;
}

/* ---- results -------------------------------------------------------------------------------- */

/* y for a linear f is the integral itself: int_0^t (p + q (t-u)) u^(a-1) du. */
static void linear_is_exact(void **state) {
    static const double alphas[] = {0.1, 0.5, 1.0, 2.5};
    enum { N = 513 };
    double *const f = new_array(N);
    double *const y = new_array(N);
    double worst = 0.0;
    (void)state;
    for (size_t i = 0; i < sizeof alphas / sizeof alphas[0]; i++) {
        const double a = alphas[i];
        const double dx = 4.0 / (N - 1);
        const conv_product_kernel kernel = power(a, 1.0);
        double largest = 0.0;
        double error = 0.0;
        for (size_t k = 0; k < N; k++) {
            f[k] = 1.0 + 0.5 * (double)k * dx;
        }
        run(&kernel, N, dx, f, y);
        assert_true(y[0] == 0.0);
        for (size_t k = 0; k < N; k++) {
            const double t = (double)k * dx;
            const double exact = pow(t, a) / a + 0.5 * pow(t, a + 1.0) / (a * (a + 1.0));
            error = fmax(error, fabs(y[k] - exact));
            largest = fmax(largest, exact);
        }
        /* Transforms: 0.5 u log2(N) |x|_2 |h|_2 with N = 1024; direct: N u sum, which is y. And
         * some ten roundings of the weights. */
        const double bound = (N + 10.0) * DBL_EPSILON / 2.0 * largest;
        worst = fmax(worst, error / bound);
        if (!(error <= bound)) {
            fail_msg("alpha=%g: error %.3g, allowed %.3g", a, error, bound);
        }
    }
    printf("# linear f: %.3f of the bound (limit 1)\n", worst);
    free(f);
    free(y);
}

typedef double function(double t);

/* The largest error over the grid on [0, end]. */
static double largest_error(const conv_product_kernel *kernel, function *f, function *exact,
                            double end, size_t n) {
    const double dx = end / (double)(n - 1);
    double *const x = new_array(n);
    double *const y = new_array(n);
    double error = 0.0;
    for (size_t k = 0; k < n; k++) {
        x[k] = f((double)k * dx);
    }
    run(kernel, n, dx, x, y);
    for (size_t k = 0; k < n; k++) {
        error = fmax(error, fabs(y[k] - exact((double)k * dx)));
    }
    free(x);
    free(y);
    return error;
}

static void check_order(const char *what, const conv_product_kernel *kernel, function *f,
                        function *exact, double end, size_t steps, double most) {
    const double coarse = largest_error(kernel, f, exact, end, steps / 2 + 1);
    const double fine = largest_error(kernel, f, exact, end, steps + 1);
    const double order = log2(coarse / fine);
    printf("# %-28s %zu steps: error %.2e, order %.3f\n", what, steps, fine, order);
    if (!(order > 1.9 && order < 2.1) || !(fine <= most)) {
        fail_msg("%s, %zu steps: error %.3g (at most %.3g), order %.3f", what, steps, fine, most,
                 order);
    }
}

static double one(double t) {
    (void)t;
    return 1.0;
}

static double decay(double t) {
    return exp(-t);
}

static double grow(double t) {
    return exp(t);
}

static double grow_erf(double t) {
    return exp(t) * erf(sqrt(t));
}

static double square(double t) {
    return t * t;
}

/* t^2 with t^(a-1): B(3, a) t^(a+2) = 2 / (a (a+1) (a+2)) t^(a+2), here with a = 1/4. */
static double square_quarter(double t) {
    return 2.0 / (0.25 * 1.25 * 2.25) * pow(t, 2.25);
}

/* e^-t with t^(-1/2)/sqrt(pi): e^-t int_0^t e^s s^(-1/2) ds / sqrt(pi), by the power series of the
 * integral. */
static double dawson_like(double t) {
    double term = 2.0 * sqrt(t);
    double sum = term;
    for (int k = 1; k < 200; k++) {
        term *= t / (double)k;
        sum += term / (2.0 * (double)k + 1.0);
    }
    return exp(-t) * sum / sqrt(pi);
}

static void orders(void **state) {
    const conv_product_kernel abel = power(0.5, 1.0 / sqrt(pi));
    const conv_product_kernel quarter = power(0.25, 1.0);
    (void)state;
    /* The threshold of the Abel kernel is that of product integration with 1023 steps, with a
     * quarter to spare; the other two by dx^2/8 max|f''| int g, the error of the interpolation. */
    check_order("e^-t, t^-1/2/sqrt(pi)", &abel, decay, dawson_like, 4.0, 1024, 1.3 * 7.7e-7);
    check_order("e^t, t^-1/2/sqrt(pi)", &abel, grow, grow_erf, 2.0, 1024,
                4.0 / 1048576.0 / 8.0 * exp(2.0) * 2.0 * sqrt(2.0 / pi));
    check_order("t^2, t^-3/4", &quarter, square, square_quarter, 2.0, 1024,
                4.0 / 1048576.0 / 8.0 * 2.0 * pow(2.0, 0.25) / 0.25);
}

/* ---- kernels as functions and antiderivatives ----------------------------------------------- */

static double two_sqrt(double t) {
    return 2.0 * sqrt(t);
}

static double inverse_sqrt(double t, void *context) {
    (void)context;
    return 1.0 / sqrt(t);
}

static double inverse_sqrt_first(double t, void *context) {
    (void)context;
    return 2.0 * sqrt(t);
}

static double inverse_sqrt_second(double t, void *context) {
    (void)context;
    return 4.0 / 3.0 * t * sqrt(t);
}

static double box(double t, void *context) {
    return t < *(const double *)context ? 1.0 : 0.0;
}

static double box_first(double t, void *context) {
    return fmin(t, *(const double *)context);
}

static double box_second(double t, void *context) {
    const double w = *(const double *)context;
    return t < w ? t * t / 2.0 : w * w / 2.0 + w * (t - w);
}

/* e^-t with a box of width 0.7071: [30]. */
static double width = 0.70710678118654752;

static double box_answer(double t) {
    return exp(-fmax(t - width, 0.0)) - exp(-t);
}

static double narrow(double t, void *context) {
    const double rate = *(const double *)context;
    return rate * exp(-rate * t);
}

static double narrow_first(double t, void *context) {
    return -expm1(-*(const double *)context * t);
}

static double narrow_second(double t, void *context) {
    const double rate = *(const double *)context;
    return t + expm1(-rate * t) / rate;
}

static double rate = 3200.0; /* 4 over 1024 steps: rate times dx is 12.5 */

/* cos with rate e^(-rate t). */
static double narrow_answer(double t) {
    return rate * (rate * (cos(t) - exp(-rate * t)) + sin(t)) / (rate * rate + 1.0);
}

static double logarithm(double t, void *context) {
    (void)context;
    return log(t);
}

static double logarithm_first(double t, void *context) {
    (void)context;
    return t * log(t) - t;
}

static double logarithm_second(double t, void *context) {
    (void)context;
    return t * t * log(t) / 2.0 - 0.75 * t * t;
}

/* t^2 with log t: t^3/3 (log t - 11/6). */
static double logarithm_answer(double t) {
    return t > 0.0 ? t * t * t / 3.0 * (log(t) - 11.0 / 6.0) : 0.0;
}

static void orders_of_functions(void **state) {
    const conv_product_kernel abel[2] = {
        by_function(inverse_sqrt, NULL, NULL, 0),
        by_antiderivatives(inverse_sqrt_first, inverse_sqrt_second, NULL)};
    const conv_product_kernel boxes[2] = {by_function(box, &width, &width, 1),
                                          by_antiderivatives(box_first, box_second, &width)};
    const conv_product_kernel narrows[2] = {by_function(narrow, &rate, NULL, 0),
                                            by_antiderivatives(narrow_first, narrow_second, &rate)};
    const conv_product_kernel logs[2] = {
        by_function(logarithm, NULL, NULL, 0),
        by_antiderivatives(logarithm_first, logarithm_second, NULL)};
    (void)state;
    for (int i = 0; i < 2; i++) {
        /* Abel's pair: exact, up to the error of the weights and of 513 terms. */
        const double error = largest_error(&abel[i], one, two_sqrt, 4.0, 513);
        printf("# 1, t^-1/2 by %s: %.2e\n", i ? "antiderivatives" : "function", error);
        assert_true(error < 4.0 * 523.0 * DBL_EPSILON / 2.0 + (i ? 513.0 * 513.0 * 1e-16 : 0.0));
        check_order(i ? "box, antiderivatives" : "box", &boxes[i], decay, box_answer, 4.0, 1024,
                    1.3 * 9.3e-7);
        check_order(i ? "log t, antiderivatives" : "log t", &logs[i], square, logarithm_answer, 2.0,
                    1024, 4.0 / 1048576.0 / 8.0 * 2.0 * 2.0);
        /* Narrower than the spacing: dx^2/8 max|f''| int g, the error of the interpolation. */
        const double narrow_error = largest_error(&narrows[i], cos, narrow_answer, 4.0, 1025);
        printf("# rate * dx = 12.5: %.2e\n", narrow_error);
        assert_true(narrow_error < 16.0 / 1048576.0 / 8.0);
    }
}

/* Jumps everywhere: in the first panel, two in one panel, on a grid point, beyond the grid. */
static double steps_at[6] = {0.03, 0.21, 0.27, 0.5, 0.777, 12.0};

static double staircase(double t, void *context) {
    double sum = 1.0;
    (void)context;
    for (int i = 0; i < 6; i++) {
        sum += t > steps_at[i] ? (double)(i + 1) : 0.0;
    }
    return sum;
}

static double staircase_answer(double t) {
    double sum = t;
    for (int i = 0; i < 6; i++) {
        sum += (double)(i + 1) * fmax(0.0, t - steps_at[i]);
    }
    return sum;
}

static void jumps(void **state) {
    const conv_product_kernel told = by_function(staircase, NULL, steps_at, 6);
    const conv_product_kernel silent = by_function(staircase, NULL, NULL, 0);
    const double error = largest_error(&told, one, staircase_answer, 1.0, 11);
    const double found = largest_error(&silent, one, staircase_answer, 1.0, 11);
    (void)state;
    printf("# jumps: %.1e told, %.1e not told\n", error, found);
    /* y is up to 7, by 10 panels of at most 48 terms. */
    assert_true(error < 7.0 * 60.0 * DBL_EPSILON);
    /* Not told, the first panel's jump stays at the double-exponential rule's resolution. */
    assert_true(found < 1e-2);
}

/* ---- narrow peaks, noise -------------------------------------------------------------------- */

typedef struct counted {
    unsigned long calls;
    double at, width;
    uint64_t state;
} counted;

/* Of integral 1. */
static double gaussian(double t, void *context) {
    counted *const c = context;
    const double u = (t - c->at) / c->width;
    c->calls++;
    return exp(-u * u / 2.0) / (c->width * sqrt(2.0 * acos(-1.0)));
}

static double thin_box(double t, void *context) {
    counted *const c = context;
    c->calls++;
    return fabs(t - c->at) < c->width / 2.0 ? 1.0 / c->width : 0.0;
}

/* y_k for f = 1 is the integral up to k dx: 0 before the peak and 1 after it. Gaussians: to what
 * the quadrature settles at, and what t rounds, beside the width. Boxes, whose jumps are no points,
 * are seen, but a jump may lie between a cell's end and the node next to it, 0.0053 of a cell that
 * is up to 15 times as wide as what is left of the box's half. */
static void narrow_peaks(void **state) {
    enum { N = 61 };
    static const double places[] = {3.037, 3.0, 0.04, 5.999, 2.0000001};
    static const double widths[] = {1e-6, 1e-9, 3e-4, 1e-2};
    double worst[2] = {0.0, 0.0};
    unsigned long most = 0;
    (void)state;
    for (int what = 0; what < 2; what++) {
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 3 + (i == 0); j++) {
                counted c = {.at = places[i], .width = widths[j]};
                const conv_product_kernel kernel =
                    by_function(what ? thin_box : gaussian, &c, &c.at, 1);
                double y[N], f[N];
                conv_product *product = NULL;
                if (conv_product_create(&product, CONV_F64, N, 0.1, &kernel) != CONV_OK) {
                    fail_msg("%s of width %g at %g: %s", what ? "box" : "Gaussian", widths[j],
                             places[i], conv_last_error());
                }
                for (int k = 0; k < N; k++) {
                    f[k] = 1.0;
                }
                assert_int_equal(conv_product_execute(product, f, y), CONV_OK);
                const double allowed =
                    what ? 0.0053 * 15.0
                         : 1e-9 + 8.0 * DBL_EPSILON * places[i] / widths[j] + 61.0 * DBL_EPSILON;
                for (int k = 0; k < N; k++) {
                    const double t = 0.1 * k;
                    if (fabs(t - places[i]) < 5.0 * widths[j] + 1e-12 || k == N - 1) {
                        continue;
                    }
                    const double error = fabs(y[k] - (t > places[i] ? 1.0 : 0.0));
                    if (!(error <= allowed)) {
                        fail_msg("%s of width %g at %g: y[%d] is %.17g, allowed %.2g off",
                                 what ? "box" : "Gaussian", widths[j], places[i], k, y[k], allowed);
                    }
                    worst[what] = fmax(worst[what], error / allowed);
                }
                most = c.calls > most ? c.calls : most;
                conv_product_destroy(product);
            }
        }
    }
    printf("# narrow peaks at points: %.3f of what is allowed, boxes %.3f, %lu evaluations\n",
           worst[0], worst[1], most);
    assert_true(most < N * 24 + 2 * 20000);
}

/* 1 + level * uniform noise. */
static double noise(double t, void *context) {
    counted *const c = context;
    (void)t;
    c->calls++;
    c->state = c->state * 6364136223846793005u + 1442695040888963407u;
    return 1.0 + c->width * ((double)(c->state >> 40) / 8388608.0 - 1.0);
}

static void noisy(void **state) {
    conv_product *product = NULL;
    counted c = {.width = 1.0, .state = 9};
    conv_product_kernel kernel = by_function(noise, &c, NULL, 0);
    (void)state;
    assert_int_equal(conv_product_create(&product, CONV_F64, 1000, 0.1, &kernel),
                     CONV_ERR_CALLBACK);
    assert_null(product);
    printf("# noise: %lu evaluations, then: %s\n", c.calls, conv_last_error());
    assert_true(c.calls <= 2 * 20000);
    assert_non_null(strstr(conv_last_error(), "samples 1 and 2"));
    c = (counted){.width = 1e-8, .state = 9};
    assert_int_equal(conv_product_create(&product, CONV_F64, 1000, 0.1, &kernel), CONV_OK);
    conv_product_destroy(product);
    assert_true(c.calls <= 1000 * 500);
}

/* ---- element types -------------------------------------------------------------------------- */

static void element_types(void **state) {
    enum { N = 300 };
    const conv_product_kernel kernel = power(0.5, 1.0);
    double *const f = new_array(2 * N);
    double *const re = new_array(N);
    double *const im = new_array(N);
    double *const y_re = new_array(N);
    double *const y_im = new_array(N);
    double *const y = new_array(2 * N);
    float *const f32 = calloc(2 * N, sizeof *f32);
    float *const y32 = calloc(2 * N, sizeof *y32);
    (void)state;
    for (size_t k = 0; k < N; k++) {
        /* Numbers that float has. */
        f[2 * k] = re[k] = nearbyint(1024.0 * cos((double)k)) / 1024.0;
        f[2 * k + 1] = im[k] = nearbyint(1024.0 * sin(2.0 * (double)k)) / 1024.0;
    }
    run(&kernel, N, 0.01, re, y_re);
    run(&kernel, N, 0.01, im, y_im);
    /* |error| <= (N + 2) u sum |f||w|, with sum |w| = 2 sqrt(3), in either type; the reference has
     * its own. */
    const double bound = (N + 12.0) * 2.0 * sqrt(3.0);
    for (int type = CONV_F32; type <= CONV_C64; type++) {
        const bool is_complex = type == CONV_C32 || type == CONV_C64;
        const bool is_double = type == CONV_F64 || type == CONV_C64;
        conv_product *product = NULL;
        double worst = 0.0;
        assert_int_equal(conv_product_create(&product, (conv_dtype)type, N, 0.01, &kernel),
                         CONV_OK);
        for (size_t k = 0; k < N; k++) {
            f32[is_complex ? 2 * k : k] = (float)re[k];
            if (is_complex) {
                f32[2 * k + 1] = (float)im[k];
            }
        }
        assert_int_equal(conv_product_execute(product,
                                              is_double ? (is_complex ? (const void *)f : re)
                                                        : (const void *)f32,
                                              is_double ? (void *)y : (void *)y32),
                         CONV_OK);
        for (size_t k = 0; k < N; k++) {
            const size_t at = is_complex ? 2 * k : k;
            worst = fmax(worst, fabs((is_double ? y[at] : (double)y32[at]) - y_re[k]));
            if (is_complex) {
                worst = fmax(worst, fabs((is_double ? y[at + 1] : (double)y32[at + 1]) - y_im[k]));
            }
        }
        const double unit = is_double ? DBL_EPSILON : (double)FLT_EPSILON;
        printf("# type %d: %.2e of the bound (limit 1)\n", type, worst / (bound * unit));
        assert_true(worst <= bound * unit);
        conv_product_destroy(product);
    }
    free(f);
    free(re);
    free(im);
    free(y_re);
    free(y_im);
    free(y);
    free(f32);
    free(y32);
}

/* A NaN or Inf reaches the outputs from its own on, and none before. */
static void nonfinite(void **state) {
    enum { N = 700 };
    const conv_product_kernel kernel = power(0.5, 1.0);
    double *const f = new_array(N);
    double *const y = new_array(N);
    static const size_t places[] = {0, 1, 2, 350, N - 1};
    (void)state;
    for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
        for (int inf = 0; inf < 2; inf++) {
            for (size_t k = 0; k < N; k++) {
                f[k] = 1.0;
            }
            f[places[p]] = inf ? (double)INFINITY : (double)NAN;
            run(&kernel, N, 0.1, f, y);
            for (size_t k = 0; k < N; k++) {
                const bool reached = k > 0 && k >= places[p];
                if (reached ? !(inf ? isinf(y[k]) : isnan(y[k])) : !isfinite(y[k])) {
                    fail_msg("%s at %zu: y[%zu] is %g", inf ? "inf" : "nan", places[p], k, y[k]);
                }
            }
            assert_true(y[0] == 0.0);
        }
    }
    free(f);
    free(y);
}

/* ---- statuses ------------------------------------------------------------------------------- */

static double bad_function(double t, void *context) {
    return t > 0.35 ? *(const double *)context : 1.0;
}

static void expect_status(const char *what, conv_status expected, conv_dtype dtype, size_t n,
                          double dx, const conv_product_kernel *kernel) {
    conv_product *product = (conv_product *)(void *)&expected;
    const conv_status status = conv_product_create(&product, dtype, n, dx, kernel);
    if (status != expected) {
        fail_msg("%s: %s, expected %s", what, conv_status_string(status),
                 conv_status_string(expected));
    }
    assert_true((product != NULL) == (status == CONV_OK));
    if (status != CONV_OK) {
        assert_true(strlen(conv_last_error()) > 10);
    }
    conv_product_destroy(product);
}

static void statuses(void **state) {
    const conv_product_kernel good = power(0.5, 1.0);
    conv_product_kernel k;
    double nan_value = (double)NAN;
    double inf_value = (double)INFINITY;
    double points[3] = {0.1, 0.3, 0.2};
    (void)state;
    expect_status("good", CONV_OK, CONV_F64, 10, 0.1, &good);
    assert_int_equal(conv_product_create(NULL, CONV_F64, 10, 0.1, &good), CONV_ERR_NULL);
    expect_status("kernel NULL", CONV_ERR_NULL, CONV_F64, 10, 0.1, NULL);
    expect_status("dtype", CONV_ERR_ENUM, (conv_dtype)4, 10, 0.1, &good);
    expect_status("dtype -1", CONV_ERR_ENUM, (conv_dtype)-1, 10, 0.1, &good);
    expect_status("n 0", CONV_ERR_EXTENT, CONV_F64, 0, 0.1, &good);
    expect_status("n too large", CONV_ERR_OVERFLOW, CONV_F64, SIZE_MAX / 2, 0.1, &good);
    if (sizeof(size_t) > 4) { /* else there is memory for it */
        expect_status("n without memory", CONV_ERR_MEMORY, CONV_F64, SIZE_MAX / 64, 0.1, &good);
    }
    expect_status("dx 0", CONV_ERR_SPACING, CONV_F64, 10, 0.0, &good);
    expect_status("dx < 0", CONV_ERR_SPACING, CONV_F64, 10, -1.0, &good);
    expect_status("dx nan", CONV_ERR_SPACING, CONV_F64, 10, nan_value, &good);
    expect_status("dx inf", CONV_ERR_SPACING, CONV_F64, 10, inf_value, &good);
    expect_status("dx too large", CONV_ERR_SPACING, CONV_F64, 100, 1e307, &good);
    k = good;
    k.kind = (conv_product_kind)3;
    expect_status("kind", CONV_ERR_ENUM, CONV_F64, 10, 0.1, &k);
    k = power(0.0, 1.0);
    expect_status("alpha 0", CONV_ERR_RANGE, CONV_F64, 10, 0.1, &k);
    k = power(-0.5, 1.0);
    expect_status("alpha < 0", CONV_ERR_RANGE, CONV_F64, 10, 0.1, &k);
    k = power(nan_value, 1.0);
    expect_status("alpha nan", CONV_ERR_RANGE, CONV_F64, 10, 0.1, &k);
    k = power(0.5, inf_value);
    expect_status("scale inf", CONV_ERR_RANGE, CONV_F64, 10, 0.1, &k);
    k = power(0.5, 1e60);
    expect_status("scale for double", CONV_OK, CONV_F64, 10, 0.1, &k);
    expect_status("scale for float", CONV_ERR_RANGE, CONV_F32, 10, 0.1, &k);
    k = by_function(NULL, NULL, NULL, 0);
    expect_status("no function", CONV_ERR_NULL, CONV_F64, 10, 0.1, &k);
    k = by_function(inverse_sqrt, NULL, NULL, 2);
    expect_status("no points", CONV_ERR_NULL, CONV_F64, 10, 0.1, &k);
    k = by_function(inverse_sqrt, NULL, points, 3);
    expect_status("points descend", CONV_ERR_RANGE, CONV_F64, 10, 0.1, &k);
    k = by_function(inverse_sqrt, NULL, points, 2);
    expect_status("points ascend", CONV_OK, CONV_F64, 10, 0.1, &k);
    points[0] = 0.0;
    expect_status("point 0", CONV_ERR_RANGE, CONV_F64, 10, 0.1, &k);
    points[0] = 0.1;
    points[1] = inf_value;
    expect_status("point inf", CONV_ERR_RANGE, CONV_F64, 10, 0.1, &k);
    k = by_function(bad_function, &nan_value, NULL, 0);
    expect_status("function nan", CONV_ERR_CALLBACK, CONV_F64, 10, 0.1, &k);
    expect_status("function nan later", CONV_OK, CONV_F64, 4, 0.1, &k);
    k = by_function(bad_function, &inf_value, NULL, 0);
    expect_status("function inf", CONV_ERR_CALLBACK, CONV_F64, 2, 1.0, &k);
    k = by_antiderivatives(NULL, bad_function, &nan_value);
    expect_status("no first", CONV_ERR_NULL, CONV_F64, 10, 0.1, &k);
    k = by_antiderivatives(bad_function, NULL, &nan_value);
    expect_status("no second", CONV_ERR_NULL, CONV_F64, 10, 0.1, &k);
    k = by_antiderivatives(bad_function, box_second, &nan_value);
    expect_status("first nan", CONV_ERR_CALLBACK, CONV_F64, 10, 0.1, &k);
    k = by_antiderivatives(box_first, bad_function, &inf_value);
    expect_status("second inf", CONV_ERR_CALLBACK, CONV_F64, 10, 0.1, &k);
}

static void execute_statuses(void **state) {
    const conv_product_kernel kernel = power(0.5, 1.0);
    conv_product *product = NULL;
    double buffer[40], before[40];
    (void)state;
    for (size_t i = 0; i < 40; i++) {
        buffer[i] = before[i] = (double)i;
    }
    assert_int_equal(conv_product_create(&product, CONV_F64, 10, 0.1, &kernel), CONV_OK);
    assert_int_equal(conv_product_execute(NULL, buffer, buffer + 20), CONV_ERR_NULL);
    assert_int_equal(conv_product_execute(product, NULL, buffer + 20), CONV_ERR_NULL);
    assert_int_equal(conv_product_execute(product, buffer, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_product_execute(product, buffer, buffer), CONV_ERR_ALIAS);
    assert_int_equal(conv_product_execute(product, buffer, buffer + 9), CONV_ERR_ALIAS);
    assert_int_equal(conv_product_execute(product, buffer + 9, buffer), CONV_ERR_ALIAS);
    assert_memory_equal(buffer, before, sizeof buffer);
    assert_int_equal(conv_product_execute(product, buffer, buffer + 10), CONV_OK);
    assert_memory_equal(buffer, before, 10 * sizeof buffer[0]);
    assert_memory_equal(buffer + 20, before + 20, 20 * sizeof buffer[0]);
    conv_product_destroy(product);
    conv_product_destroy(NULL);
    /* One sample is an integral over a point. */
    assert_int_equal(conv_product_create(&product, CONV_F64, 1, 0.1, &kernel), CONV_OK);
    assert_int_equal(conv_product_execute(product, buffer + 5, buffer), CONV_OK);
    assert_true(buffer[0] == 0.0 && buffer[1] == 1.0);
    conv_product_destroy(product);
}

/* ---- threads -------------------------------------------------------------------------------- */

typedef struct job {
    const conv_product *product;
    const double *f;
    double *y;
    bool good;
} job;

static void *execute_often(void *context) {
    job *const j = context;
    j->good = true;
    for (int i = 0; i < 20 && j->good; i++) {
        j->good = conv_product_execute(j->product, j->f, j->y) == CONV_OK;
    }
    return NULL;
}

static void threads(void **state) {
    enum { N = 3000, THREADS = 4 };
    const conv_product_kernel kernel = power(0.5, 1.0);
    conv_product *product = NULL;
    double *const f = new_array(N);
    double *const y = new_array((THREADS + 1) * N);
    pthread_t thread[THREADS];
    job jobs[THREADS];
    (void)state;
    for (size_t k = 0; k < N; k++) {
        f[k] = sin((double)k);
    }
    assert_int_equal(conv_product_create(&product, CONV_F64, N, 0.1, &kernel), CONV_OK);
    assert_int_equal(conv_product_execute(product, f, y), CONV_OK);
    for (size_t t = 0; t < THREADS; t++) {
        jobs[t] = (job){product, f, y + (t + 1) * N, false};
        assert_int_equal(pthread_create(&thread[t], NULL, execute_often, &jobs[t]), 0);
    }
    for (size_t t = 0; t < THREADS; t++) {
        pthread_join(thread[t], NULL);
        assert_true(jobs[t].good);
        assert_memory_equal(y, jobs[t].y, N * sizeof *y);
    }
    conv_product_destroy(product);
    free(f);
    free(y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_is_exact),
        cmocka_unit_test(orders),
        cmocka_unit_test(orders_of_functions),
        cmocka_unit_test(jumps),
        cmocka_unit_test(narrow_peaks),
        cmocka_unit_test(noisy),
        cmocka_unit_test(element_types),
        cmocka_unit_test(nonfinite),
        cmocka_unit_test(statuses),
        cmocka_unit_test(execute_statuses),
        cmocka_unit_test(threads),
    };
    return cmocka_run_group_tests_name("product integration", tests, NULL, NULL);
}
