/* test_ratios.c - nothing takes absurdly long: tolerances that a plain transform or sum does not
 * keep, zeros, many jumps. Each answer against the reference, the times printed. */
#include "suite.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 3 };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct answer {
    double *y;
    size_t reals;
    double bound, time;
} answer;

static size_t product(const size_t *extent, int rank) {
    size_t all = 1;
    for (int d = 0; d < rank; d++) {
        all *= extent[d];
    }
    return all;
}

/* The outputs as doubles, what bound is given, and the least time of a few runs. */
static answer run(const conv_desc *desc, const void *kernel, const void *signal) {
    conv_plan *plan = NULL;
    size_t shape[CONV_MAX_RANK];
    answer a = {NULL, 0, 0.0, INFINITY};
    assert_int_equal(conv_plan_create(&plan, desc, kernel), CONV_OK);
    assert_int_equal(conv_output_shape(desc, shape), CONV_OK);
    const bool single = desc->dtype == CONV_F32 || desc->dtype == CONV_C32;
    const bool complex = desc->dtype == CONV_C32 || desc->dtype == CONV_C64;
    a.reals = product(shape, desc->rank) * (complex ? 2 : 1);
    a.y = malloc(a.reals * sizeof *a.y);
    assert_non_null(a.y);
    for (int r = 0; r < RUNS; r++) {
        const double begin = seconds();
        assert_int_equal(conv_plan_execute_bound(plan, signal, a.y, NULL, &a.bound), CONV_OK);
        a.time = fmin(a.time, seconds() - begin);
        if (desc->method == CONV_METHOD_REFERENCE) {
            break;
        }
    }
    for (size_t i = a.reals; single && i-- > 0;) {
        float narrow;
        memcpy(&narrow, (const char *)a.y + i * sizeof narrow, sizeof narrow);
        a.y[i] = (double)narrow;
    }
    conv_plan_destroy(plan);
    return a;
}

static double *noise(size_t count, unsigned seed) {
    double *const data = malloc(count * sizeof *data);
    assert_non_null(data);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525U + 1013904223U;
        data[i] = (double)(seed >> 8) * 0x1p-24 - 0.5;
    }
    return data;
}

static double largest(const answer *a) {
    double most = 0.0;
    for (size_t i = 0; i < a->reals; i++) {
        most = fmax(most, fabs(a->y[i]));
    }
    return most;
}

/* Two answers that are each within their bound of the sum differ by at most both. */
static void check_maxnorm(const char *what, conv_desc *desc, double value) {
    const size_t parts = desc->dtype == CONV_C64 ? 2 : 1;
    double *const x = noise(product(desc->signal_shape, desc->rank) * parts, 1);
    double *const h = noise(product(desc->kernel_shape, desc->rank) * parts, 2);
    const answer plain = run(desc, h, x);
    desc->tolerance.kind = CONV_TOLERANCE_MAXNORM;
    desc->tolerance.value = value;
    const answer kept = run(desc, h, x);
    desc->method = CONV_METHOD_REFERENCE;
    const answer reference = run(desc, h, x);
    const double most = largest(&reference);
    double worst = 0.0;
    for (size_t i = 0; i < kept.reals; i++) {
        worst = fmax(worst, fabs(kept.y[i] - reference.y[i]));
    }
    printf("# %s: off by %.2f of what is allowed, bound %.3g of %.3g, %.1f times the plain time\n",
           what, worst / (2.0 * value * most), kept.bound, value, kept.time / plain.time);
    assert_true(plain.bound > value);
    assert_true(kept.bound <= value);
    assert_true(worst <= 2.0 * value * most);
    /* 20 is the aim; the machine may be busy. */
    assert_true(kept.time < 100.0 * plain.time);
    free(x);
    free(h);
    free(plain.y);
    free(kept.y);
    free(reference.y);
}

static void maxnorm(void **state) {
    const size_t n = 6000, m = 1500, plane[2] = {70, 90}, taps[2] = {31, 25};
    conv_desc desc;
    (void)state;
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_FULL);
    check_maxnorm("f64 full", &desc, 2e-16);
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_SAME);
    desc.boundary[0] = CONV_CONSTANT;
    desc.boundary_value[0] = 0.3;
    check_maxnorm("f64 same, constant", &desc, 2e-16);
    conv_desc_init(&desc, CONV_C64, 1, &n, &m, CONV_SAME);
    desc.boundary[0] = CONV_REFLECT;
    check_maxnorm("c64 same, reflect", &desc, 4e-16);
    conv_desc_init(&desc, CONV_F64, 2, plane, taps, CONV_FULL);
    desc.method = CONV_METHOD_FFT;
    check_maxnorm("f64 plane", &desc, 2e-16);
}

static void check_zero(const char *what, conv_desc *desc, const double *x, const double *h) {
    desc->tolerance.kind = CONV_TOLERANCE_MAXNORM;
    desc->tolerance.value = 1e-10;
    const answer zero = run(desc, h, x);
    printf("# %s: bound %g, %.3f ms\n", what, zero.bound, 1e3 * zero.time);
    assert_true(largest(&zero) == 0.0);
    assert_true(zero.bound == 0.0);
    free(zero.y);
}

static void zeros(void **state) {
    const size_t n = 8000, m = 4000;
    double *const x = calloc(n, sizeof *x), *const h = calloc(m, sizeof *h);
    conv_desc desc;
    (void)state;
    assert_non_null(x);
    assert_non_null(h);
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_FULL);
    desc.rule = CONV_RULE_TRAPEZOID;
    desc.spacing[0] = 0.1;
    check_zero("an integral of zeros", &desc, x, h);
    for (size_t i = 0; i < m; i++) {
        h[i] = i % 2 == 0 ? 1.0 : -1.0;
    }
    for (size_t i = 0; i < n; i++) {
        x[i] = 1.0;
    }
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_VALID);
    check_zero("what cancels", &desc, x, h);
    for (size_t i = 0; i < n; i++) {
        x[i] = i > n / 2 + 8 ? 0.7 : 0.0;
    }
    for (size_t i = 0; i < m; i++) {
        h[i] = i > m - 9 ? 0.3 : 0.0;
    }
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_CAUSAL);
    check_zero("samples that meet no tap", &desc, x, h);
    free(x);
    free(h);
}

/* Floats that have to be accurate relative to (|x|*|h|)_k beyond what sums of floats are. */
static void componentwise(void **state) {
    const size_t n = 20000, m = 1001;
    float *const x = malloc(n * sizeof *x), *const h = malloc(m * sizeof *h);
    double *const wide_x = noise(n, 3), *const wide_h = noise(m, 4);
    conv_desc desc;
    (void)state;
    assert_non_null(x);
    assert_non_null(h);
    for (size_t i = 0; i < n; i++) {
        wide_x[i] = x[i] = (float)(wide_x[i] + 0.5);
    }
    for (size_t i = 0; i < m; i++) {
        wide_h[i] = h[i] = (float)(wide_h[i] + 0.5);
    }
    conv_desc_init(&desc, CONV_F32, 1, &n, &m, CONV_SAME);
    desc.boundary[0] = CONV_REFLECT;
    desc.tolerance.kind = CONV_TOLERANCE_COMPONENTWISE;
    desc.tolerance.value = 1e-5;
    const answer single = run(&desc, h, x);
    desc.dtype = desc.kernel_dtype = CONV_F64;
    const answer wide = run(&desc, wide_h, wide_x);
    double worst = 0.0; /* all data are positive: (|x|*|h|)_k is the output */
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs(single.y[i] - wide.y[i]) / wide.y[i]);
    }
    printf("# floats: off by %.3g, bound %.3g of 1e-05, %.1f times the time of doubles\n", worst,
           single.bound, single.time / wide.time);
    assert_true(worst <= single.bound + wide.bound);
    assert_true(single.bound <= 1e-5);
    assert_true(single.time < 20.0 * wide.time);
    free(x);
    free(h);
    free(wide_x);
    free(wide_h);
    free(single.y);
    free(wide.y);
}

/* Stretches of equal lengths share plans: as many jumps as there were seconds for. */
static void jumps(void **state) {
    enum { JUMPS = 300, APART = 12 };
    const size_t n = (JUMPS + 1) * APART;
    double *const x = noise(n, 5), *const h = noise(n, 6), *const y = malloc(2 * n * sizeof *y);
    conv_break *const breaks = calloc(JUMPS, sizeof *breaks);
    conv_desc desc;
    conv_plan *plan = NULL;
    (void)state;
    assert_non_null(breaks);
    assert_non_null(y);
    conv_desc_init(&desc, CONV_F64, 1, &n, &n, CONV_FULL);
    desc.rule = CONV_RULE_TRAPEZOID;
    desc.spacing[0] = 0.1;
    const answer plain = run(&desc, h, x);
    /* Without a jump in the values: stretches of the trapezoidal rule add up to the whole. */
    conv_break *const taps = calloc(JUMPS, sizeof *taps);
    assert_non_null(taps);
    for (size_t i = 0; i < JUMPS; i++) {
        breaks[i].index = taps[i].index = (i + 1) * APART;
        breaks[i].left[0] = breaks[i].right[0] = x[(i + 1) * APART];
        taps[i].left[0] = taps[i].right[0] = h[(i + 1) * APART];
    }
    desc.signal_breaks = breaks;
    desc.kernel_breaks = taps;
    desc.signal_break_count = desc.kernel_break_count = JUMPS;
    const double begin = seconds();
    assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
    const double made = seconds() - begin;
    assert_int_equal(conv_plan_execute(plan, x, y, NULL), CONV_OK);
    double worst = 0.0;
    for (size_t i = 0; i < plain.reals; i++) {
        worst = fmax(worst, fabs(y[i] - plain.y[i]));
    }
    /* n products of at most 1/4, dx 1/10: each added up with up to n others, and those of all
     * pairs. */
    const double limit = 4.0 * (double)n * DBL_EPSILON * 0.025 * (double)n;
    printf("# %d x %d jumps: made in %.0f ms, off by %.3g of %.3g\n", JUMPS, JUMPS, 1e3 * made,
           worst, limit);
    assert_true(worst <= limit);
    assert_true(made < 1.0);
    conv_plan_destroy(plan);
    free(x);
    free(h);
    free(y);
    free(breaks);
    free(taps);
    free(plain.y);
}

/* A complex kernel that is one outer product, from its first row and column. */
static void make_outer(double *h, size_t rows, size_t cols) {
    for (size_t r = rows; r-- > 0;) {
        for (size_t c = cols; c-- > 0;) {
            const double *const row = h + 2 * r * cols, *const col = h + 2 * c;
            const double re = row[0] * col[0] - row[1] * col[1];
            const double im = row[0] * col[1] + row[1] * col[0];
            h[2 * (r * cols + c)] = re;
            h[2 * (r * cols + c) + 1] = im;
        }
    }
}

/* FULL. One NaN spreads to the outputs whose sums have it, to no other, and costs about what none
 * does. beside: how far from its overlap a rule may take products. */
static void check_one_nan(const char *what, const conv_desc *desc, size_t beside) {
    const size_t parts = desc->dtype == CONV_C64 ? 2 : 1;
    const size_t samples = product(desc->signal_shape, desc->rank);
    double *const x = noise(samples * parts, 7);
    double *const h = noise(product(desc->kernel_shape, desc->rank) * parts, 8);
    size_t bad = 0, shape[CONV_MAX_RANK], reached = 0, wrong = 0;
    double worst = 0.0;
    if (desc->method == CONV_METHOD_SEPARABLE) {
        make_outer(h, desc->kernel_shape[0], desc->kernel_shape[1]);
    }
    const answer plain = run(desc, h, x);
    for (int d = 0; d < desc->rank; d++) {
        bad = bad * desc->signal_shape[d] + desc->signal_shape[d] / 2;
    }
    x[bad * parts] = NAN;
    const answer mended = run(desc, h, x);
    assert_int_equal(conv_output_shape(desc, shape), CONV_OK);
    for (size_t i = 0; i < plain.reals; i++) {
        bool surely = true, maybe = true;
        size_t rest = i / parts;
        for (int d = desc->rank - 1; d >= 0; d--) {
            const size_t k = rest % shape[d], p = desc->signal_shape[d] / 2;
            surely = surely && k >= p && k < p + desc->kernel_shape[d];
            maybe = maybe && k + beside >= p && k < p + desc->kernel_shape[d] + beside;
            rest /= shape[d];
        }
        reached += surely;
        wrong += isnan(mended.y[i]) ? !maybe : surely;
        worst = isnan(mended.y[i]) ? worst : fmax(worst, fabs(mended.y[i] - plain.y[i]));
    }
    const double limit = 2.0 * plain.bound * largest(&plain);
    printf("# %s with a NaN, which %zu outputs have: the rest off by %.3g of %.3g, %.1f times the "
           "time without\n",
           what, reached, worst, limit, mended.time / plain.time);
    assert_true(reached > 0);
    assert_true(reached < plain.reals);
    assert_int_equal(wrong, 0);
    assert_true(worst <= limit);
    /* The aim is 5; the machine may be busy. */
    assert_true(mended.time < 25.0 * plain.time);
    free(x);
    free(h);
    free(plain.y);
    free(mended.y);
}

static void one_nan(void **state) {
    const size_t volume[3] = {30, 30, 30}, ball[3] = {15, 15, 15};
    const size_t plane[2] = {300, 300}, taps[2] = {41, 41};
    conv_desc desc;
    (void)state;
    conv_desc_init(&desc, CONV_F64, 3, volume, ball, CONV_FULL);
    desc.rule = CONV_RULE_GREGORY;
    desc.rule_order = 4;
    desc.spacing[0] = desc.spacing[1] = desc.spacing[2] = 0.1;
    check_one_nan("a volume by a rule of order 4", &desc, 8);
    conv_desc_init(&desc, CONV_F64, 2, plane, taps, CONV_FULL);
    check_one_nan("a plane", &desc, 0);
    conv_desc_init(&desc, CONV_C64, 2, plane, taps, CONV_FULL);
    desc.method = CONV_METHOD_SEPARABLE;
    check_one_nan("a plane by passes", &desc, 0);
}

/* ---- many NaN and Inf ----------------------------------------------------------------------- */

typedef struct bad_case {
    conv_dtype dtype;
    int rank;
    size_t n[3], m[3];
    bool outer; /* the kernel is an outer product */
} bad_case;

enum { KINDS = 5, SHARES = 2, OPERANDS = 3 };

/* A third of the numbers, or all: NaN, Inf, Inf of both signs, -Inf in the second half, or rarely.
 */
static void spoil(double *data, size_t count, int kind, bool all, unsigned seed) {
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525U + 1013904223U;
        if (all || seed >> 8 < (1U << 24) / 3) {
            const bool signs[KINDS] = {false, false, (seed >> 7 & 1) != 0, i >= count / 2,
                                       i % 1000 == 500};
            data[i] = kind == 0 ? (double)NAN : signs[kind] ? -(double)INFINITY : (double)INFINITY;
        }
    }
}

static void *typed(const double *data, size_t count, conv_dtype dtype) {
    const bool single = dtype == CONV_F32 || dtype == CONV_C32;
    void *const made = malloc(count * (single ? sizeof(float) : sizeof(double)));
    assert_non_null(made);
    for (size_t i = 0; i < count && single; i++) {
        ((float *)made)[i] = (float)data[i];
    }
    if (!single) {
        memcpy(made, data, count * sizeof *data);
    }
    return made;
}

/* What others do meanwhile is left out. */
static double processor_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double time_of(const conv_desc *desc, const void *kernel, const void *signal, void *output) {
    conv_plan *plan = NULL;
    double least = INFINITY;
    assert_int_equal(conv_plan_create(&plan, desc, kernel), CONV_OK);
    for (int r = 0; r < RUNS; r++) {
        const double begin = processor_seconds();
        assert_int_equal(conv_plan_execute(plan, signal, output, NULL), CONV_OK);
        least = fmin(least, processor_seconds() - begin);
    }
    conv_plan_destroy(plan);
    return least;
}

static double spoiled_time(const conv_desc *desc, const double *x, size_t samples, const double *h,
                           size_t taps, int number, void *output) {
    double *const bad_x = malloc(samples * sizeof *x), *const bad_h = malloc(taps * sizeof *h);
    const int operand = number % OPERANDS, kind = number / OPERANDS % KINDS;
    const bool all = number / OPERANDS / KINDS == 1;
    assert_true(bad_x != NULL && bad_h != NULL);
    memcpy(bad_x, x, samples * sizeof *x);
    memcpy(bad_h, h, taps * sizeof *h);
    if (operand != 1) {
        spoil(bad_x, samples, kind, all, 5);
    }
    if (operand != 0) {
        spoil(bad_h, taps, kind, all, 6);
    }
    void *const signal = typed(bad_x, samples, desc->dtype);
    void *const kernel = typed(bad_h, taps, desc->dtype);
    const double took = time_of(desc, kernel, signal, output);
    free(bad_x);
    free(bad_h);
    free(signal);
    free(kernel);
    return took;
}

static void check_many_bad(const bad_case *now) {
    const size_t parts = now->dtype == CONV_C32 || now->dtype == CONV_C64 ? 2 : 1;
    const size_t samples = product(now->n, now->rank) * parts;
    const size_t taps = product(now->m, now->rank) * parts;
    double *const x = noise(samples, 3), *const h = noise(taps, 4);
    size_t shape[CONV_MAX_RANK];
    double worst = 0.0;
    int slowest = 0;
    conv_desc desc;
    conv_desc_init(&desc, now->dtype, now->rank, now->n, now->m, CONV_FULL);
    assert_int_equal(conv_output_shape(&desc, shape), CONV_OK);
    if (now->outer) {
        make_outer(h, now->m[0], now->m[1]);
    }
    void *const signal = typed(x, samples, now->dtype), *const kernel = typed(h, taps, now->dtype);
    void *const output = malloc(product(shape, now->rank) * parts * sizeof(double));
    assert_non_null(output);
    const double plain = time_of(&desc, kernel, signal, output);
    for (int i = 0; i < OPERANDS * KINDS * SHARES; i++) {
        const double took = spoiled_time(&desc, x, samples, h, taps, i, output);
        slowest = took > worst ? i : slowest;
        worst = fmax(worst, took);
    }
    printf("# many NaN or Inf, type %d, rank %d: at most %.1f times the time without, in case %d\n",
           (int)now->dtype, now->rank, worst / plain, slowest);
    /* The aim is 5, of an optimised build. */
    assert_true(worst < 20.0 * plain);
    free(x);
    free(h);
    free(signal);
    free(kernel);
    free(output);
}

static void many_bad(void **state) {
    static const bad_case cases[] = {{CONV_F32, 1, {30000}, {12000}, false},
                                     {CONV_F32, 1, {150000}, {100000}, false},
                                     {CONV_C32, 1, {60000}, {301}, false},
                                     {CONV_F64, 2, {256, 256}, {7, 7}, false},
                                     {CONV_C32, 2, {128, 128}, {101, 101}, false},
                                     {CONV_C64, 2, {200, 200}, {31, 31}, true},
                                     {CONV_F32, 3, {48, 48, 48}, {13, 13, 13}, false},
                                     {CONV_C32, 3, {48, 48, 48}, {5, 5, 5}, false}};
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        check_many_bad(&cases[c]);
    }
}

/* A kernel much longer than the signal takes about what the exchanged operands do. */
static void long_kernels(void **state) {
    const size_t n = 64, m = 300000, outputs = n + m - 1;
    double *const x = noise(n, 7), *const h = noise(m, 8);
    double *const y = malloc(outputs * sizeof *y), *const other = malloc(outputs * sizeof *other);
    conv_desc desc;
    double worst = 0.0;
    (void)state;
    assert_true(y != NULL && other != NULL);
    conv_desc_init(&desc, CONV_F64, 1, &m, &n, CONV_FULL);
    const double plain = time_of(&desc, x, h, other);
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_FULL);
    const double took = time_of(&desc, h, x, y);
    for (size_t i = 0; i < outputs; i++) {
        worst = fmax(worst, fabs(y[i] - other[i]));
    }
    /* 64 products of at most 1/4; a sum, or transforms of blocks: |x| |h| of a block is below
     * sqrt(64 * 4096) / 4, and 14 units of it are more than either's. */
    const double limit = 2.0 * 14.0 * DBL_EPSILON * sqrt(64.0 * 4096.0) / 4.0;
    printf(
        "# 64 samples by %zu taps: %.2f times the time of the exchanged operands, off by %.3g of "
        "%.3g\n",
        m, took / plain, worst, limit);
    assert_true(worst <= limit);
    assert_true(took < 6.0 * plain);
    free(x);
    free(h);
    free(y);
    free(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maxnorm),      cmocka_unit_test(zeros),   cmocka_unit_test(componentwise),
        cmocka_unit_test(jumps),        cmocka_unit_test(one_nan), cmocka_unit_test(many_bad),
        cmocka_unit_test(long_kernels),
    };
    return cmocka_run_group_tests_name("ratios of times", tests, NULL, NULL);
}
