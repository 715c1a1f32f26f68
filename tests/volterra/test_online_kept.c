/* test_online_kept.c - what a convolution that is fed sample by sample promises: COMPONENTWISE, and
 * the bound that it tells, against sums in long double. */
#include "suite.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static const char *const type_names[] = {"f32", "f64", "c32", "c64"};

static bool is_double(conv_dtype type) {
    return type == CONV_F64 || type == CONV_C64;
}

static size_t reals_of(conv_dtype type) {
    return type == CONV_C32 || type == CONV_C64 ? 2 : 1;
}

static double unit_of(conv_dtype type) {
    return is_double(type) ? DBL_EPSILON / 2.0 : (double)FLT_EPSILON / 2.0;
}

static double step_of(conv_dtype type) {
    return is_double(type) ? 0x1p-1074 : 0x1p-149;
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

static uint64_t random_state;

static double random_value(void) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (double)(random_state >> 40) / 16777216.0;
}

/* What the data look like over [0, 1]: `decades` decades of dynamic range, as a bell, a ramp, a
 * ramp with gaps, or noise. */
enum { BELL, RAMP, GAPS, NOISE, SHAPES };

static double shape_value(int shape, double at, double decades) {
    switch (shape) {
    case BELL:
        return pow(10.0, -decades * 4.0 * (at - 0.5) * (at - 0.5)) * (1.0 + 0.1 * random_value());
    case RAMP:
        return pow(10.0, -decades * at);
    case GAPS:
        return random_value() < 0.5 ? 0.0 : pow(10.0, decades * (at - 1.0));
    default:
        return random_value();
    }
}

static void *make(conv_dtype type, size_t n, int shape, double decades, bool is_signed) {
    void *const values = malloc(n * reals_of(type) * sizeof(double));
    assert_non_null(values);
    for (size_t i = 0; i < n * reals_of(type); i++) {
        const double value = shape_value(shape, (double)i / (double)(n * reals_of(type)), decades);
        set_real(type, values, i, is_signed && random_value() < 0.5 ? -value : value);
    }
    return values;
}

/* Output k, and the same of moduli. */
static void sum_exactly(conv_dtype type, const void *f, const void *kernel, size_t m, size_t k,
                        long double sum[2], long double *size) {
    const size_t reals = reals_of(type);
    sum[0] = sum[1] = *size = 0.0L;
    for (size_t t = 0; t < m && t <= k; t++) {
        long double a[2] = {0.0L, 0.0L}, b[2] = {0.0L, 0.0L};
        for (size_t i = 0; i < reals; i++) {
            a[i] = get_real(type, f, (k - t) * reals + i);
            b[i] = get_real(type, kernel, t * reals + i);
        }
        sum[0] += a[0] * b[0] - a[1] * b[1];
        sum[1] += a[0] * b[1] + a[1] * b[0];
        *size += reals == 1 ? fabsl(a[0] * b[0])
                            : sqrtl(a[0] * a[0] + a[1] * a[1]) * sqrtl(b[0] * b[0] + b[1] * b[1]);
    }
}

typedef struct worst {
    double kept, bound;
} worst;

typedef struct stream {
    conv_dtype type;
    size_t m, n, every; /* every so many outputs are looked at */
    int shape;
    double decades;
    bool is_signed;
    conv_tolerance tolerance;
} stream;

static conv_online *create(const stream *s, const void *kernel) {
    conv_online *online = NULL;
    conv_online_desc desc;
    conv_online_desc_init(&desc, s->type, s->m);
    desc.tolerance = s->tolerance;
    assert_int_equal(conv_online_create_desc(&online, &desc, kernel), CONV_OK);
    return online;
}

/* |error| is within the value (0: m + 64 units, complex 2 sqrt(2) times that and the products' own)
 * of the sum of moduli, but for a step of the type for each product; and within what
 * conv_online_bound tells, whatever the tolerance. The sums here round to 2^-64, n of them. */
static void look(const stream *s, conv_online *online, const void *f, const void *kernel, size_t k,
                 const void *y, worst *w) {
    long double exact[2], size;
    double bound;
    sum_exactly(s->type, f, kernel, s->m, k, exact, &size);
    double error = (double)fabsl(get_real(s->type, y, 0) - exact[0]);
    if (reals_of(s->type) == 2) {
        error = hypot(error, (double)fabsl(get_real(s->type, y, 1) - exact[1]));
    }
    assert_int_equal(conv_online_bound(online, &bound), CONV_OK);
    if (!(error <= bound) || !isfinite(bound)) {
        fail_msg("%s m=%zu shape %d: y[%zu] is off by %.3g, the bound says %.3g",
                 type_names[s->type], s->m, s->shape, k, error, bound);
    }
    w->bound = bound > 0.0 ? fmax(w->bound, error / bound) : w->bound;
    if (s->tolerance.kind == CONV_TOLERANCE_MAXNORM) {
        return;
    }
    const double parts = reals_of(s->type) == 2 ? 2.0 * sqrt(2.0) : 1.0;
    const double value = s->tolerance.value > 0.0
                             ? s->tolerance.value
                             : parts * ((double)s->m + 64.0) * unit_of(s->type);
    const double steps = ((double)s->m + 64.0) * step_of(s->type);
    const double allowed = value * (double)size + steps;
    if (!(error <= allowed) ||
        (!s->is_signed && get_real(s->type, y, 0) < 0.0 && reals_of(s->type) == 1)) {
        fail_msg("%s m=%zu n=%zu shape %d, %g decades, value %g: y[%zu] is %.17g, not %.17Lg, off "
                 "by %.3g, allowed %.3g",
                 type_names[s->type], s->m, s->n, s->shape, s->decades, value, k,
                 get_real(s->type, y, 0), exact[0], error, allowed);
    }
    w->kept = fmax(w->kept, error / allowed);
    if (bound > 2.0 * allowed) {
        fail_msg("%s m=%zu: the bound at y[%zu] is %.3g, where %.3g is promised",
                 type_names[s->type], s->m, k, bound, allowed);
    }
}

static void run(const stream *s, worst *w) {
    char y[16];
    const size_t size = reals_of(s->type) * (is_double(s->type) ? 8 : 4);
    char *const f = make(s->type, s->n, s->shape, s->decades, s->is_signed);
    void *const kernel = make(s->type, s->m, s->shape, s->decades / 2.0, s->is_signed);
    conv_online *const online = create(s, kernel);
    for (size_t k = 0; k < s->n; k++) {
        assert_int_equal(conv_online_push(online, f + k * size, y), CONV_OK);
        if (k % s->every == 0 || k < 20) {
            look(s, online, f, kernel, k, y, w);
        }
    }
    conv_online_destroy(online);
    free(f);
    free(kernel);
}

/* ---- COMPONENTWISE and STRICT --------------------------------------------------------------- */

static void componentwise(void **state) {
    static const size_t kernels[] = {1, 2, 9, 65, 66, 200, 400, 700, 1500};
    worst w = {0.0, 0.0};
    (void)state;
    random_state = test_seed(77);
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        for (int type = CONV_F32; type <= CONV_C64; type++) {
            const double unit = unit_of((conv_dtype)type);
            const double values[] = {0.0, 64.0 * unit, 4096.0 * unit};
            for (int v = 0; v < 4; v++) {
                stream s = {.type = (conv_dtype)type,
                            .m = kernels[i],
                            .n = 2600,
                            .every = 5,
                            .shape = (int)((i + (size_t)v + (size_t)type) % SHAPES),
                            .decades = is_double((conv_dtype)type) ? 150.0 : 15.0,
                            .is_signed = (i + (size_t)v) % 2 == 1};
                s.tolerance.kind = v < 3 ? CONV_TOLERANCE_COMPONENTWISE : CONV_TOLERANCE_STRICT;
                s.tolerance.value = v < 3 ? values[v] : 0.0;
                run(&s, &w);
            }
        }
    }
    printf("# COMPONENTWISE: %.3f of what is promised, %.3f of the bound told\n", w.kept, w.bound);
}

/* Blocks that are plans for tilted data. */
static void tilted(void **state) {
    worst w = {0.0, 0.0};
    (void)state;
    random_state = test_seed(78);
    for (int shape = 0; shape < SHAPES; shape++) {
        const bool wide = shape == BELL || shape == RAMP;
        const stream s = {.type = wide ? CONV_F64 : CONV_F32,
                          .m = 9500,
                          .n = 14000,
                          .every = 97,
                          .shape = shape,
                          .decades = wide ? 140.0 : 14.0,
                          .is_signed = shape == GAPS,
                          .tolerance = {CONV_TOLERANCE_COMPONENTWISE, wide ? 1e-10 : 1e-5}};
        run(&s, &w);
    }
    printf("# tilted blocks: %.3f of what is promised, %.3f of the bound told\n", w.kept, w.bound);
}

/* A claim size is 1 or 3 with the chance 1/2 each, their number has the mean 10 (Panjer, Recursive
 * evaluation of a family of compound distributions, 1981): p_k = 10/k sum_j j q_j p_{k-j}. Each
 * step adds (m + 66) u to the relative error, as all terms are positive. */
static double panjer(conv_tolerance_kind kind, size_t *negative) {
    enum { M = 401, N = 600 };
    double kernel[M] = {0.0}, p400 = 0.0, y, worst_ratio = 0.0;
    long double exact[N];
    conv_online *online = NULL;
    conv_online_desc desc;
    kernel[1] = 0.5;
    kernel[3] = 1.5;
    conv_online_desc_init(&desc, CONV_F64, M);
    desc.tolerance.kind = kind;
    assert_int_equal(conv_online_create_desc(&online, &desc, kernel), CONV_OK);
    *negative = 0;
    for (size_t k = 0; k < N; k++) {
        double history, p = exp(-10.0);
        assert_int_equal(conv_online_history(online, &history, NULL), CONV_OK);
        exact[k] = (long double)p;
        if (k > 0) {
            exact[k] = 5.0L * exact[k - 1] + (k >= 3 ? 15.0L * exact[k - 3] : 0.0L);
            exact[k] /= (long double)k;
            p = 10.0 / (double)k * history;
        }
        assert_int_equal(conv_online_push(online, &p, &y), CONV_OK);
        *negative += p < 0.0 || y < 0.0;
        p400 = k == 400 ? p : p400;
        const double allowed = ((double)k + 1.0) * (M + 66.0) * DBL_EPSILON / 2.0;
        worst_ratio = fmax(worst_ratio, (double)fabsl(p / exact[k] - 1.0L) / allowed);
    }
    conv_online_destroy(online);
    printf("# compound Poisson, tolerance %d: p_400 %.4g, %.3g of what is allowed, %zu below 0\n",
           (int)kind, p400, worst_ratio, *negative);
    assert_true(kind == CONV_TOLERANCE_MAXNORM || worst_ratio <= 1.0);
    return p400;
}

static void compound_poisson(void **state) {
    size_t negative;
    (void)state;
    const double p = panjer(CONV_TOLERANCE_COMPONENTWISE, &negative);
    assert_true(fabs(p / 8.859e-133 - 1.0) < 1e-3);
    assert_int_equal(negative, 0);
    (void)panjer(CONV_TOLERANCE_MAXNORM, &negative); /* printed: what the default is not for */
}

/* ---- the bound ------------------------------------------------------------------------------ */

static void bounds(void **state) {
    static const size_t kernels[] = {1, 8, 64, 65, 66, 130, 600, 3000};
    worst w = {0.0, 0.0};
    (void)state;
    random_state = test_seed(79);
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        for (int type = CONV_F32; type <= CONV_C64; type++) {
            for (int shape = BELL; shape < SHAPES; shape++) {
                const stream s = {.type = (conv_dtype)type,
                                  .m = kernels[i],
                                  .n = 4500,
                                  .every = 23,
                                  .shape = shape,
                                  .decades = 12.0,
                                  .is_signed = (type + shape) % 2 == 1};
                run(&s, &w);
            }
        }
    }
    printf("# transforms: %.3f of the bound told\n", w.bound);
    assert_true(w.bound > 0.01); /* of some use */
}

static void bound_of_nothing(void **state) {
    const double h[3] = {1.0, 2.0, 3.0}, inf = (double)INFINITY;
    double bound = 5.0, one = 1.0;
    conv_online *online = NULL;
    (void)state;
    assert_int_equal(conv_online_create(&online, CONV_F64, h, 3, CONV_RULE_SUM, 1.0), CONV_OK);
    assert_int_equal(conv_online_bound(online, &bound), CONV_OK);
    assert_true(bound == 0.0);
    assert_int_equal(conv_online_push(online, &one, NULL), CONV_OK);
    assert_int_equal(conv_online_bound(online, &bound), CONV_OK);
    assert_true(bound > 0.0 && bound < 1e-13);
    assert_int_equal(conv_online_push(online, &inf, NULL), CONV_OK);
    assert_int_equal(conv_online_bound(online, &bound), CONV_OK);
    assert_true(isinf(bound));
    bound = 5.0;
    assert_int_equal(conv_online_bound(NULL, &bound), CONV_ERR_NULL);
    assert_int_equal(conv_online_bound(online, NULL), CONV_ERR_NULL);
    assert_true(bound == 5.0);
    conv_online_destroy(online);
}

/* ---- NaN and Inf, statuses ------------------------------------------------------------------ */

/* The first NaN or Inf reaches the outputs under its taps, and no others. */
static void nonfinite(void **state) {
    static const size_t kernels[] = {9, 130, 700};
    (void)state;
    random_state = test_seed(80);
    for (size_t i = 0; i < 3; i++) {
        for (size_t at = 0; at < 1500; at += 61) {
            stream s = {.type = CONV_F64, .m = kernels[i], .n = 2500, .shape = NOISE};
            s.tolerance.kind = CONV_TOLERANCE_COMPONENTWISE;
            s.tolerance.value = at % 2 ? 0.0 : 64.0 * DBL_EPSILON / 2.0;
            double *const kernel = make(CONV_F64, s.m, NOISE, 0.0, false);
            conv_online *const online = create(&s, kernel);
            for (size_t k = 0; k < s.n; k++) {
                const double f = k == at ? (double)INFINITY : 1.0;
                double y;
                assert_int_equal(conv_online_push(online, &f, &y), CONV_OK);
                const bool reached = k >= at && k - at < s.m;
                const bool meets_zero = reached && kernel[k - at] == 0.0;
                if (reached ? !(isinf(y) || meets_zero) : !isfinite(y)) {
                    fail_msg("m=%zu, Inf at %zu: y[%zu] is %g", s.m, at, k, y);
                }
            }
            conv_online_destroy(online);
            free(kernel);
        }
    }
}

static void expect(conv_status expected, const conv_online_desc *desc, const double *h) {
    conv_online *online = (conv_online *)(void *)&expected;
    const conv_status status = conv_online_create_desc(&online, desc, h);
    if (status != expected) {
        fail_msg("%s, expected %s", conv_status_string(status), conv_status_string(expected));
    }
    assert_true((online != NULL) == (status == CONV_OK));
    conv_online_destroy(online);
}

static void expect_tolerance(conv_status expected, int kind, double value) {
    const double h[2] = {1.0, 2.0};
    conv_online_desc desc;
    conv_online_desc_init(&desc, CONV_F64, 2);
    desc.tolerance = (conv_tolerance){(conv_tolerance_kind)kind, value};
    expect(expected, &desc, h);
}

static void statuses(void **state) {
    const double h[2] = {1.0, 2.0};
    conv_online_desc desc;
    (void)state;
    conv_online_desc_init(NULL, CONV_F64, 2);
    conv_online_desc_init(&desc, CONV_F64, 2);
    expect(CONV_OK, &desc, h);
    expect(CONV_ERR_NULL, NULL, h);
    expect(CONV_ERR_NULL, &desc, NULL);
    assert_int_equal(conv_online_create_desc(NULL, &desc, h), CONV_ERR_NULL);
    desc.struct_size--;
    expect(CONV_ERR_STRUCT_SIZE, &desc, h);
    desc.struct_size++;
    desc.taps = 0;
    expect(CONV_ERR_EXTENT, &desc, h);
    expect_tolerance(CONV_OK, CONV_TOLERANCE_COMPONENTWISE, 0.0);
    expect_tolerance(CONV_OK, CONV_TOLERANCE_COMPONENTWISE, 64.0 * DBL_EPSILON / 2.0);
    expect_tolerance(CONV_OK, CONV_TOLERANCE_COMPONENTWISE, 1.0);
    expect_tolerance(CONV_OK, CONV_TOLERANCE_STRICT, (double)NAN);
    expect_tolerance(CONV_ERR_TOLERANCE, CONV_TOLERANCE_COMPONENTWISE, 1e-17);
    expect_tolerance(CONV_ERR_TOLERANCE, CONV_TOLERANCE_COMPONENTWISE, 1.5);
    expect_tolerance(CONV_ERR_TOLERANCE, CONV_TOLERANCE_COMPONENTWISE, -1.0);
    expect_tolerance(CONV_ERR_TOLERANCE, CONV_TOLERANCE_COMPONENTWISE, (double)NAN);
    expect_tolerance(CONV_ERR_TOLERANCE, CONV_TOLERANCE_MAXNORM, 1e-9);
    expect_tolerance(CONV_ERR_TOLERANCE, CONV_TOLERANCE_INTEGER, 0.0);
    expect_tolerance(CONV_ERR_ENUM, 4, 0.0);
    expect_tolerance(CONV_ERR_ENUM, -1, 0.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(componentwise),    cmocka_unit_test(tilted),
        cmocka_unit_test(compound_poisson), cmocka_unit_test(bounds),
        cmocka_unit_test(bound_of_nothing), cmocka_unit_test(nonfinite),
        cmocka_unit_test(statuses),
    };
    return cmocka_run_group_tests_name("online_kept", tests, NULL, NULL);
}
