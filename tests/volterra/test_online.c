/* test_online.c - convolution fed sample by sample against the same sum done at once. */
#include "suite.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static const char *const type_names[] = {"f32", "f64", "c32", "c64"};
static const char *const rule_names[] = {"sum", "trapezoid", "rectangle"};

static size_t element_size(conv_dtype type) {
    static const size_t sizes[] = {4, 8, 8, 16};
    return sizes[type];
}

static size_t reals_of(conv_dtype type) {
    return type == CONV_C32 || type == CONV_C64 ? 2 : 1;
}

static bool is_double(conv_dtype type) {
    return type == CONV_F64 || type == CONV_C64;
}

static double unit_of(conv_dtype type) {
    return is_double(type) ? DBL_EPSILON / 2.0 : (double)FLT_EPSILON / 2.0;
}

static uint64_t random_state;

static double random_value(void) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (double)(random_state >> 40) / 8388608.0 - 1.0;
}

static void set_real(conv_dtype type, void *values, size_t index, double value) {
    if (is_double(type)) {
        ((double *)values)[index] = value;
    } else {
        ((float *)values)[index] = (float)value;
    }
}

static double get_real(conv_dtype type, const void *values, size_t index) {
    return is_double(type) ? ((const double *)values)[index]
                           : (double)((const float *)values)[index];
}

/* n elements, and their 2-norm. */
static void *random_array(conv_dtype type, size_t n, double *norm) {
    void *const values = malloc(n * element_size(type));
    double sum = 0.0;
    assert_non_null(values);
    for (size_t i = 0; i < n * reals_of(type); i++) {
        const double value = random_value();
        set_real(type, values, i, value);
        sum += value * value;
    }
    *norm = sqrt(sum);
    return values;
}

/* The first n outputs at once: the reference method is the definition in a wider type. */
static void *at_once(conv_dtype type, const void *kernel, size_t m, const void *f, size_t n,
                     conv_rule rule, double dx, conv_method method) {
    void *const y = malloc(n * element_size(type));
    conv_plan *plan = NULL;
    conv_desc desc;
    assert_non_null(y);
    /* FULL, cut after n: the end of the signal must not show in the rule. */
    size_t samples = n + 1;
    char *const longer = calloc(samples, element_size(type));
    assert_non_null(longer);
    memcpy(longer, f, n * element_size(type));
    conv_desc_init(&desc, type, 1, &samples, &m, CONV_WINDOW);
    desc.window_count[0] = n;
    desc.rule = rule == CONV_RULE_TRAPEZOID ? rule : CONV_RULE_SUM;
    desc.spacing[0] = dx;
    desc.method = method;
    assert_int_equal(conv_plan_create(&plan, &desc, kernel), CONV_OK);
    assert_int_equal(conv_plan_execute(plan, longer, y, NULL), CONV_OK);
    conv_plan_destroy(plan);
    free(longer);
    for (size_t i = 0; rule == CONV_RULE_RECTANGLE && i < n * reals_of(type); i++) {
        set_real(type, y, i, dx * get_real(type, y, i));
    }
    return y;
}

typedef struct worst {
    double ratio;
    char line[96];
} worst;

/* One kernel, one stream. An output is the sum of disjoint pieces, at most one for each level.
 * Direct ones have 64 terms or fewer: together within (64 + 2) u sum|x||h|. Transforms: 0.5 u
 * log2(N) |x|_2 |h|_2 each, and the sums of the pieces; with N <= 4m and log2(m) levels below
 * log2(m)^2 u |x|_2 |h|_2 for all. And sum|x||h| <= |x|_2 |h|_2. Where the other side is a
 * transform, too, half as much again. */
static void compare(conv_dtype type, size_t m, size_t n, conv_rule rule, worst *w) {
    const double dx = 0.75;
    double kernel_norm, signal_norm;
    conv_online *online = NULL;
    void *const kernel = random_array(type, m, &kernel_norm);
    char *const f = random_array(type, n, &signal_norm);
    void *const exact = at_once(type, kernel, m, f, n, rule, dx,
                                m * n < 400000 ? CONV_METHOD_REFERENCE : CONV_METHOD_AUTO);
    const size_t size = element_size(type);
    const size_t reals = reals_of(type);
    double terms = 66.0 + log2((double)m + 1.0) * log2((double)m + 1.0);
    const double bound = (m * n < 400000 ? 1.0 : 1.5) * terms * unit_of(type) * kernel_norm *
                         signal_norm * (rule == CONV_RULE_SUM ? 1.0 : dx);
    char y[16];
    assert_int_equal(conv_online_create(&online, type, kernel, m, rule, dx), CONV_OK);
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(conv_online_push(online, f + k * size, y), CONV_OK);
        for (size_t i = 0; i < reals; i++) {
            const double error = fabs(get_real(type, y, i) - get_real(type, exact, k * reals + i));
            if (!(error <= bound)) {
                fail_msg("%s m=%zu n=%zu %s: y[%zu] is %.17g, off by %.3g, allowed %.3g",
                         type_names[type], m, n, rule_names[rule], k, get_real(type, y, i), error,
                         bound);
            }
            if (error > w->ratio * bound) {
                w->ratio = error / bound;
                snprintf(w->line, sizeof w->line, "%s m=%zu n=%zu %s y[%zu]", type_names[type], m,
                         n, rule_names[rule], k);
            }
        }
        if (k == 0 && rule == CONV_RULE_TRAPEZOID) {
            assert_true(get_real(type, y, 0) == 0.0);
        }
    }
    assert_int_equal(conv_online_count(online), n);
    conv_online_destroy(online);
    free(kernel);
    free(f);
    free(exact);
}

static void report(const char *what, const worst *w) {
    printf("# %s: %.3f of the bound, %s\n", what, w->ratio, w->line);
}

static void small_exhaustive(void **state) {
    worst w = {0.0, ""};
    (void)state;
    for (size_t m = 1; m <= 40; m++) {
        for (size_t n = 1; n <= 40; n++) {
            for (int type = CONV_F32; type <= CONV_C64; type++) {
                for (int rule = CONV_RULE_SUM; rule <= CONV_RULE_RECTANGLE; rule++) {
                    compare((conv_dtype)type, m, n, (conv_rule)rule, &w);
                }
            }
        }
    }
    report("m, n in 1..40", &w);
}

/* Kernels around every power of two, where blocks begin and end; streams up to many times as long.
 */
static void long_streams(void **state) {
    static const size_t kernels[] = {1,   2,   7,   8,   9,   10,  15,  16,   17,   18,
                                     31,  33,  63,  64,  65,  66,  100, 127,  128,  129,
                                     130, 255, 257, 258, 511, 513, 700, 1000, 1025, 2049};
    worst w = {0.0, ""};
    (void)state;
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        for (int type = CONV_F32; type <= CONV_C64; type++) {
            const conv_rule rule = (conv_rule)((i + (size_t)type) % 3);
            compare((conv_dtype)type, kernels[i], 3000, rule, &w);
            compare((conv_dtype)type, kernels[i], 3 * kernels[i] + 5, (conv_rule)((rule + 1) % 3),
                    &w);
        }
    }
    compare(CONV_F64, 20000, 70000, CONV_RULE_TRAPEZOID, &w);
    compare(CONV_F32, 16385, 40000, CONV_RULE_SUM, &w);
    compare(CONV_C64, 5000, 40000, CONV_RULE_RECTANGLE, &w);
    compare(CONV_F64, 300, 100000, CONV_RULE_SUM, &w);
    report("long streams", &w);
}

static void random_streams(void **state) {
    worst w = {0.0, ""};
    (void)state;
    random_state = test_seed(20260);
    for (unsigned i = test_count(200); i > 0; i--) {
        const size_t m = 1 + (size_t)(fabs(random_value()) * 600.0);
        const size_t n = 1 + (size_t)(fabs(random_value()) * 2500.0);
        compare((conv_dtype)(i % 4), m, n, (conv_rule)(i / 4 % 3), &w);
    }
    report("random", &w);
}

/* ---- history, reset ------------------------------------------------------------------------- */

/* y_k = history + weight f_k, rounded twice in f64, and the same bits whether history was asked for
 * or not; asking twice changes nothing. */
static void history_and_push(void **state) {
    static const size_t kernels[] = {1, 2, 5, 8, 9, 17, 64, 100, 129, 600};
    (void)state;
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        for (int rule = CONV_RULE_SUM; rule <= CONV_RULE_RECTANGLE; rule++) {
            const size_t m = kernels[i];
            double norm;
            conv_online *asked = NULL;
            conv_online *plain = NULL;
            double *const kernel = random_array(CONV_F64, m, &norm);
            assert_int_equal(conv_online_create(&asked, CONV_F64, kernel, m, (conv_rule)rule, 0.3),
                             CONV_OK);
            assert_int_equal(conv_online_create(&plain, CONV_F64, kernel, m, (conv_rule)rule, 0.3),
                             CONV_OK);
            for (size_t k = 0; k < 1500; k++) {
                const double f = random_value();
                double y, other, history, again, weight;
                assert_int_equal(conv_online_history(asked, &history, &weight), CONV_OK);
                assert_int_equal(conv_online_history(asked, &again, NULL), CONV_OK);
                assert_int_equal(conv_online_history(asked, NULL, NULL), CONV_OK);
                assert_int_equal(conv_online_push(asked, &f, &y), CONV_OK);
                assert_int_equal(conv_online_push(plain, &f, k % 3 ? &other : NULL), CONV_OK);
                const double product = weight * f;
                const double sum = history + product;
                if (history != again || y != sum || (k % 3 && y != other)) {
                    fail_msg("m=%zu %s k=%zu: y %.17g, history %.17g then %.17g, weight %.17g, "
                             "without history %.17g",
                             m, rule_names[rule], k, y, history, again, weight, other);
                }
                const bool point = rule == CONV_RULE_TRAPEZOID && (k == 0 || m == 1);
                const double expected = point                         ? 0.0
                                        : rule == CONV_RULE_SUM       ? kernel[0]
                                        : rule == CONV_RULE_RECTANGLE ? 0.3 * kernel[0]
                                                                      : 0.15 * kernel[0];
                assert_true(fabs(weight - expected) <= DBL_EPSILON * fabs(expected));
            }
            conv_online_destroy(asked);
            conv_online_destroy(plain);
            free(kernel);
        }
    }
}

static void reset(void **state) {
    double norm;
    conv_online *online = NULL;
    double *const kernel = random_array(CONV_F64, 300, &norm);
    double *const f = random_array(CONV_F64, 2000, &norm);
    double first[2000];
    static const size_t stops[] = {0, 1, 7, 8, 100, 299, 300, 512, 1999};
    (void)state;
    assert_int_equal(conv_online_create(&online, CONV_F64, kernel, 300, CONV_RULE_TRAPEZOID, 0.1),
                     CONV_OK);
    for (size_t k = 0; k < 2000; k++) {
        assert_int_equal(conv_online_push(online, f + k, first + k), CONV_OK);
    }
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        assert_int_equal(conv_online_reset(online), CONV_OK);
        assert_int_equal(conv_online_count(online), 0);
        for (size_t k = 0; k < stops[i]; k++) {
            const double other = (double)NAN;
            assert_int_equal(conv_online_push(online, &other, NULL), CONV_OK);
        }
        assert_int_equal(conv_online_reset(online), CONV_OK);
        for (size_t k = 0; k < 2000; k++) {
            double y;
            assert_int_equal(conv_online_push(online, f + k, &y), CONV_OK);
            if (y != first[k]) {
                fail_msg("reset after %zu: y[%zu] is %.17g, was %.17g", stops[i], k, y, first[k]);
            }
        }
    }
    /* y may be where f is. */
    assert_int_equal(conv_online_reset(online), CONV_OK);
    for (size_t k = 0; k < 2000; k++) {
        double both = f[k];
        assert_int_equal(conv_online_push(online, &both, &both), CONV_OK);
        assert_true(both == first[k]);
    }
    conv_online_destroy(online);
    free(kernel);
    free(f);
}

/* ---- NaN, Inf, and numbers near the ends of the type's range --------------------------------- */

/* The pattern of NaN, +Inf and -Inf in the outputs is that of the sum. */
static void pattern(conv_dtype type, size_t m, size_t n, conv_rule rule, size_t bad_sample,
                    size_t bad_tap, double value) {
    double norm;
    conv_online *online = NULL;
    void *const kernel = random_array(type, m, &norm);
    char *const f = random_array(type, n, &norm);
    const size_t size = element_size(type);
    const size_t reals = reals_of(type);
    char y[16];
    if (bad_sample < n) {
        set_real(type, f, bad_sample * reals, value);
    }
    if (bad_tap < m) {
        set_real(type, kernel, bad_tap * reals, value);
    }
    void *const exact = at_once(type, kernel, m, f, n, rule, 0.5, CONV_METHOD_REFERENCE);
    assert_int_equal(conv_online_create(&online, type, kernel, m, rule, 0.5), CONV_OK);
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(conv_online_push(online, f + k * size, y), CONV_OK);
        for (size_t i = 0; i < reals; i++) {
            const double got = get_real(type, y, i);
            const double wanted = get_real(type, exact, k * reals + i);
            if (isnan(got) != isnan(wanted) || (isinf(wanted) && got != wanted) ||
                isfinite(got) != isfinite(wanted)) {
                fail_msg("%s m=%zu n=%zu %s, %g at sample %zu, tap %zu: y[%zu] is %g, not %g",
                         type_names[type], m, n, rule_names[rule], value, bad_sample, bad_tap, k,
                         got, wanted);
            }
        }
    }
    conv_online_destroy(online);
    free(kernel);
    free(f);
    free(exact);
}

static void nonfinite(void **state) {
    static const size_t kernels[] = {1, 2, 9, 16, 100, 300, 600};
    static const size_t places[] = {0, 1, 8, 15, 63, 99, 130, 299, 640};
    (void)state;
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        for (size_t j = 0; j < sizeof places / sizeof places[0]; j++) {
            for (int type = CONV_F32; type <= CONV_C64; type++) {
                const conv_rule rule = (conv_rule)((i + j) % 3);
                const double value = j % 2 ? (double)NAN : (double)INFINITY;
                const size_t m = kernels[i];
                pattern((conv_dtype)type, m, 700, rule, places[j], SIZE_MAX, value);
                pattern((conv_dtype)type, m, 700, rule, SIZE_MAX, places[j] % m, value);
                pattern((conv_dtype)type, m, 700, rule, places[j], (places[j] + 3) % m, value);
            }
        }
    }
}

/* A spacing that the taps could not take, at either end of the range. */
static void scales(void **state) {
    static const double taps[] = {1e-300, 1e300};
    (void)state;
    for (int i = 0; i < 2; i++) {
        double kernel[20];
        conv_online *online = NULL;
        const double dx = taps[i];
        const double f = 1.0 / dx;
        double history, weight, y;
        for (size_t k = 0; k < 20; k++) {
            kernel[k] = taps[i];
        }
        assert_int_equal(conv_online_create(&online, CONV_F64, kernel, 20, CONV_RULE_TRAPEZOID, dx),
                         CONV_OK);
        for (size_t k = 0; k < 60; k++) {
            assert_int_equal(conv_online_history(online, &history, &weight), CONV_OK);
            assert_int_equal(conv_online_push(online, &f, &y), CONV_OK);
            /* dx * tap * f * (k, or 19 from there on) = taps * (k or 19) */
            const double exact = taps[i] * (double)(k < 19 ? k : 19);
            if (!(fabs(y - exact) <= 25.0 * DBL_EPSILON * exact)) {
                fail_msg("taps %g, dx %g, k=%zu: %.17g, not %.17g", taps[i], dx, k, y, exact);
            }
        }
        conv_online_destroy(online);
    }
}

/* Constant samples under constant taps, where what transforms compute with on the way overflows, or
 * falls below the smallest normal number, and the sums do not. Within the norms' bound of
 * compare(), and for samples that lose digits as they are, a step of the type for every product. */
static void scaled_blocks(void **state) {
    static const struct {
        conv_dtype type;
        size_t m;
        double tap, sample;
    } rows[] = {
        {CONV_F32, 100, 0.01, 1e37},    {CONV_F32, 700, 0.001, 3e37},
        {CONV_F32, 100, 1e30, 1e-33},   {CONV_F32, 700, 1e30, 1e-35},
        {CONV_F32, 100, 1e-30, 1e30},   {CONV_F32, 700, 1e-36, 1e20},
        {CONV_F64, 100, 0.01, 1e307},   {CONV_F64, 700, 1e300, 1e-303},
        {CONV_F64, 700, 1e-305, 1e300},
    };
    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        const conv_dtype type = rows[r].type;
        const size_t m = rows[r].m;
        static double kernel[700];
        double tap[1], f[1], terms = 66.0 + log2((double)m + 1.0) * log2((double)m + 1.0);
        conv_online *online = NULL;
        set_real(type, tap, 0, rows[r].tap);
        set_real(type, f, 0, rows[r].sample);
        for (size_t k = 0; k < m; k++) {
            set_real(type, kernel, k, rows[r].tap);
        }
        const double one = get_real(type, tap, 0) * get_real(type, f, 0);
        assert_int_equal(conv_online_create(&online, type, kernel, m, CONV_RULE_SUM, 1.0), CONV_OK);
        for (size_t k = 0; k < 3000; k++) {
            double y[1];
            assert_int_equal(conv_online_push(online, f, y), CONV_OK);
            const double exact = one * (double)(k < m ? k + 1 : m);
            const double bound = terms * unit_of(type) * one * sqrt((double)m * (double)(k + 1));
            if (!(fabs(get_real(type, y, 0) - exact) <= bound)) {
                fail_msg("%s m=%zu taps %g samples %g: y[%zu] is %g, not %g, allowed %g off",
                         type_names[type], m, rows[r].tap, rows[r].sample, k, get_real(type, y, 0),
                         exact, bound);
            }
        }
        conv_online_destroy(online);
    }
}

/* ---- equations ------------------------------------------------------------------------------ */

/* y(t) = 1 + int_0^t K(t-s) y(s) ds, step by step: y_k = 1 + history + weight y_k. */
static double volterra_error(double (*kernel)(double), double (*exact)(double), double end,
                             size_t steps) {
    const size_t n = steps + 1;
    const double dx = end / (double)steps;
    double *const taps = malloc(n * sizeof *taps);
    double error = 0.0;
    conv_online *online = NULL;
    assert_non_null(taps);
    for (size_t k = 0; k < n; k++) {
        taps[k] = kernel((double)k * dx);
    }
    assert_int_equal(conv_online_create(&online, CONV_F64, taps, n, CONV_RULE_TRAPEZOID, dx),
                     CONV_OK);
    for (size_t k = 0; k < n; k++) {
        double history, weight, y, integral;
        assert_int_equal(conv_online_history(online, &history, &weight), CONV_OK);
        y = (1.0 + history) / (1.0 - weight);
        assert_int_equal(conv_online_push(online, &y, &integral), CONV_OK);
        assert_true(fabs(y - 1.0 - integral) <= 1e-13 * (1.0 + fabs(y)));
        error = fmax(error, fabs(y - exact((double)k * dx)));
    }
    conv_online_destroy(online);
    free(taps);
    return error;
}

static double minus_identity(double t) {
    return -t;
}

/* K = 2 e^-t: y' = 1 + y, y(0) = 1. */
static double twice_decay(double t) {
    return 2.0 * exp(-t);
}

static double twice_decay_answer(double t) {
    return 2.0 * exp(t) - 1.0;
}

static void volterra(void **state) {
    static const struct {
        const char *name;
        double (*kernel)(double), (*exact)(double);
        double most; /* as measured, and a tenth */
    } rows[] = {
        {"K = -t, y = cos t", minus_identity, cos, 8.4e-8},
        {"K = 2 e^-t, y = 2 e^t - 1", twice_decay, twice_decay_answer, 2.1e-5},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const double coarse = volterra_error(rows[i].kernel, rows[i].exact, 2.0, 1000);
        const double fine = volterra_error(rows[i].kernel, rows[i].exact, 2.0, 2000);
        const double order = log2(coarse / fine);
        printf("# %s: error %.2e, order %.3f\n", rows[i].name, fine, order);
        if (!(order > 1.95 && order < 2.05) || !(fine < rows[i].most)) {
            fail_msg("%s: errors %.3g and %.3g, order %.3f", rows[i].name, coarse, fine, order);
        }
    }
}

/* ---- statuses ------------------------------------------------------------------------------- */

static void expect_status(const char *what, conv_status expected, conv_dtype type,
                          const void *kernel, size_t m, conv_rule rule, double dx) {
    conv_online *online = (conv_online *)(void *)&expected;
    const conv_status status = conv_online_create(&online, type, kernel, m, rule, dx);
    if (status != expected) {
        fail_msg("%s: %s, expected %s", what, conv_status_string(status),
                 conv_status_string(expected));
    }
    assert_true((online != NULL) == (status == CONV_OK));
    if (status != CONV_OK) {
        assert_true(strlen(conv_last_error()) > 10);
    }
    conv_online_destroy(online);
}

static void statuses(void **state) {
    const double h[4] = {1.0, 2.0, 3.0, 4.0};
    double y = 5.0;
    conv_online *online = NULL;
    (void)state;
    assert_int_equal(conv_online_create(NULL, CONV_F64, h, 4, CONV_RULE_SUM, 1.0), CONV_ERR_NULL);
    expect_status("good", CONV_OK, CONV_F64, h, 4, CONV_RULE_TRAPEZOID, 1.0);
    expect_status("dx not read", CONV_OK, CONV_F64, h, 4, CONV_RULE_SUM, (double)NAN);
    expect_status("kernel NULL", CONV_ERR_NULL, CONV_F64, NULL, 4, CONV_RULE_SUM, 1.0);
    expect_status("dtype", CONV_ERR_ENUM, (conv_dtype)4, h, 4, CONV_RULE_SUM, 1.0);
    expect_status("dtype -1", CONV_ERR_ENUM, (conv_dtype)-1, h, 4, CONV_RULE_SUM, 1.0);
    expect_status("rule 5", CONV_ERR_ENUM, CONV_F64, h, 4, (conv_rule)5, 1.0);
    expect_status("rule -1", CONV_ERR_ENUM, CONV_F64, h, 4, (conv_rule)-1, 1.0);
    expect_status("Gregory", CONV_ERR_RULE, CONV_F64, h, 4, CONV_RULE_GREGORY, 1.0);
    expect_status("auto", CONV_ERR_RULE, CONV_F64, h, 4, CONV_RULE_AUTO, 1.0);
    expect_status("m 0", CONV_ERR_EXTENT, CONV_F64, h, 0, CONV_RULE_SUM, 1.0);
    expect_status("dx 0", CONV_ERR_SPACING, CONV_F64, h, 4, CONV_RULE_TRAPEZOID, 0.0);
    expect_status("dx nan", CONV_ERR_SPACING, CONV_F64, h, 4, CONV_RULE_RECTANGLE, (double)NAN);
    expect_status("dx inf", CONV_ERR_SPACING, CONV_F64, h, 4, CONV_RULE_TRAPEZOID,
                  (double)INFINITY);
    expect_status("m overflows", CONV_ERR_OVERFLOW, CONV_F64, h, SIZE_MAX, CONV_RULE_SUM, 1.0);
    expect_status("m overflows", CONV_ERR_OVERFLOW, CONV_C64, h, SIZE_MAX / 32, CONV_RULE_SUM, 1.0);
    if (sizeof(size_t) > 4) { /* else there is memory for it, and h is shorter */
        expect_status("m without memory", CONV_ERR_MEMORY, CONV_F32, h, SIZE_MAX / 64,
                      CONV_RULE_SUM, 1.0);
    }

    assert_int_equal(conv_online_create(&online, CONV_F64, h, 4, CONV_RULE_SUM, 1.0), CONV_OK);
    assert_int_equal(conv_online_push(NULL, h, &y), CONV_ERR_NULL);
    assert_int_equal(conv_online_push(online, NULL, &y), CONV_ERR_NULL);
    assert_int_equal(conv_online_history(NULL, &y, &y), CONV_ERR_NULL);
    assert_int_equal(conv_online_reset(NULL), CONV_ERR_NULL);
    assert_int_equal(conv_online_count(NULL), 0);
    assert_int_equal(conv_online_count(online), 0);
    assert_true(y == 5.0);
    conv_online_destroy(online);
    conv_online_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_exhaustive),
        cmocka_unit_test(long_streams),
        cmocka_unit_test(random_streams),
        cmocka_unit_test(history_and_push),
        cmocka_unit_test(reset),
        cmocka_unit_test(nonfinite),
        cmocka_unit_test(scales),
        cmocka_unit_test(scaled_blocks),
        cmocka_unit_test(volterra),
        cmocka_unit_test(statuses),
    };
    return cmocka_run_group_tests_name("online", tests, NULL, NULL);
}
