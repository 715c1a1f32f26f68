/* test_coarse.c - smooth kernels under a tolerance, over a coarse grid: every output within the
 * bound that is reported, the bound within the tolerance, and NaN and Inf where the definition has
 * them. */
#include "suite.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    conv_dtype dtype;
    int rank;
    size_t n[2];
    double sigma[2];
    conv_mode mode;
    conv_boundary boundary[2];
    double tolerance, mean;
    bool correlate;
} smooth;

static double uniform(uint64_t *state) {
    return next_uniform(state) - 0.5;
}

/* Asymmetric a little, as the planner is not to know what the kernel is. */
static double line(double sigma, size_t m, size_t i) {
    const double at = ((double)i - 0.5 * (double)(m - 1)) / sigma;
    return exp(-0.5 * at * at) * (1.0 + 0.1 * at);
}

static void put(conv_dtype dtype, void *to, size_t i, double value) {
    if (dtype == CONV_F32) {
        ((float *)to)[i] = (float)value;
    } else {
        ((double *)to)[i] = value;
    }
}

static double take(conv_dtype dtype, const void *from, size_t i) {
    return dtype == CONV_F32 ? (double)((const float *)from)[i] : ((const double *)from)[i];
}

typedef struct {
    conv_desc desc;
    void *x, *h, *y, *expected;
    size_t samples, outputs;
} work;

static void make(work *w, const smooth *s) {
    size_t m[2] = {1, 1}, shape[CONV_MAX_RANK];
    uint64_t state = 77;
    w->samples = 1;
    for (int d = 0; d < s->rank; d++) {
        m[d] = 2 * (size_t)ceil(6 * s->sigma[d]) + 1;
        w->samples *= s->n[d];
    }
    conv_desc_init(&w->desc, s->dtype, s->rank, s->n, m, s->mode);
    w->desc.operation = s->correlate ? CONV_CORRELATE : CONV_CONVOLVE;
    w->desc.boundary[0] = s->boundary[0];
    w->desc.boundary[1] = s->boundary[1];
    assert_int_equal(conv_output_shape(&w->desc, shape), CONV_OK);
    w->outputs = shape[0] * (s->rank > 1 ? shape[1] : 1);
    w->x = malloc(w->samples * sizeof(double));
    w->h = malloc(m[0] * m[1] * sizeof(double));
    w->y = malloc(w->outputs * sizeof(double));
    w->expected = malloc(w->outputs * sizeof(double));
    assert_true(w->x && w->h && w->y && w->expected);
    for (size_t i = 0; i < w->samples; i++) {
        put(s->dtype, w->x, i, s->mean + uniform(&state));
    }
    for (size_t i = 0; i < m[0] * m[1]; i++) {
        const double down = line(s->sigma[0], m[0], i / m[1]);
        put(s->dtype, w->h, i, s->rank > 1 ? down * line(s->sigma[1], m[1], i % m[1]) : down);
    }
}

static void drop(work *w) {
    free(w->x);
    free(w->h);
    free(w->y);
    free(w->expected);
}

static void run(work *w, conv_method method, double tolerance, void *y, double *bound, char *text,
                size_t size) {
    conv_plan *plan = NULL;
    w->desc.method = method;
    w->desc.tolerance.value = tolerance;
    assert_int_equal(conv_plan_create(&plan, &w->desc, w->h), CONV_OK);
    if (text != NULL) {
        conv_plan_describe(plan, text, size);
    }
    assert_int_equal(conv_plan_execute_bound(plan, w->x, y, NULL, bound), CONV_OK);
    conv_plan_destroy(plan);
}

static const smooth cases[] = {
    {CONV_F64, 1, {5000}, {20}, CONV_SAME, {CONV_MIRROR}, 1e-6, 0.5, false},
    {CONV_F64, 1, {3000}, {100}, CONV_FULL, {CONV_ZERO}, 1e-7, 0.5, true},
    {CONV_F32, 1, {4000}, {40}, CONV_SAME, {CONV_WRAP}, 1e-5, 0, false},
    {CONV_F32, 1, {700}, {64}, CONV_CAUSAL, {CONV_NEAREST}, 1e-4, 0.5, true},
    {CONV_F32, 1, {90}, {20}, CONV_SAME, {CONV_REFLECT}, 1e-4, 0.5, true},
    {CONV_F64, 1, {5}, {16}, CONV_FULL, {CONV_MIRROR}, 1e-4, 0.5, false},
    {CONV_F32, 2, {30, 34}, {12, 9}, CONV_SAME, {CONV_MIRROR, CONV_ZERO}, 1e-4, 0.5, false},
    {CONV_F64, 2, {30, 40}, {8, 12}, CONV_SAME, {CONV_WRAP, CONV_REFLECT}, 1e-5, 0.5, true},
    {CONV_F64, 2, {9, 11}, {6, 6}, CONV_FULL, {CONV_MIRROR, CONV_NEAREST}, 1e-4, 0.5, false},
    {CONV_F32, 2, {110, 120}, {8, 8}, CONV_VALID, {CONV_ZERO, CONV_ZERO}, 1e-4, 0.5, false},
    {CONV_F32, 2, {40, 40}, {9, 9}, CONV_CIRCULAR, {CONV_WRAP, CONV_WRAP}, 1e-4, 0.5, false},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static void outputs_keep_the_bound(void **state) {
    double worst = 0.0;
    (void)state;
    for (size_t c = 0; c < CASES; c++) {
        work w;
        char text[4096];
        double bound = 0.0, largest = 0.0, error = 0.0;
        make(&w, &cases[c]);
        run(&w, CONV_METHOD_REFERENCE, 0, w.expected, NULL, NULL, 0);
        run(&w, CONV_METHOD_SEPARABLE, cases[c].tolerance, w.y, &bound, text, sizeof text);
        if (strstr(text, "with a grid") == NULL) {
            fail_msg("case %zu does not use a grid:\n%s", c, text);
        }
        for (size_t i = 0; i < w.outputs; i++) {
            const double want = take(cases[c].dtype, w.expected, i);
            largest = fmax(largest, fabs(take(cases[c].dtype, w.y, i)));
            error = fmax(error, fabs(take(cases[c].dtype, w.y, i) - want));
        }
        /* The reference has the outputs' rounding, a unit of the largest. */
        const double unit = cases[c].dtype == CONV_F32 ? 0x1p-24 : 0x1p-53;
        worst = fmax(worst, error / ((bound + unit) * largest));
        if (!(bound <= cases[c].tolerance) || !(error <= (bound + unit) * largest)) {
            fail_msg("case %zu: error %g, bound %g, tolerance %g", c, error / largest, bound,
                     cases[c].tolerance);
        }
        drop(&w);
    }
    printf("# worst error over bound %.3g (limit 1)\n", worst);
}

static bool same_kind(double a, double b) {
    return isnan(a) ? isnan(b) : isinf(a) ? a == b : isfinite(b);
}

static void not_finite_stays(void **state) {
    static const double bad[3] = {NAN, INFINITY, -INFINITY};
    (void)state;
    for (size_t c = 0; c < CASES; c++) {
        work w;
        make(&w, &cases[c]);
        put(cases[c].dtype, w.x, (c * 17) % w.samples, bad[c % 3]);
        put(cases[c].dtype, w.x, (c * 17 + 3) % w.samples, bad[(c + 1) % 3]);
        run(&w, CONV_METHOD_REFERENCE, 0, w.expected, NULL, NULL, 0);
        run(&w, CONV_METHOD_SEPARABLE, cases[c].tolerance, w.y, NULL, NULL, 0);
        for (size_t i = 0; i < w.outputs; i++) {
            const double want = take(cases[c].dtype, w.expected, i);
            const double got = take(cases[c].dtype, w.y, i);
            if (!same_kind(want, got)) {
                fail_msg("case %zu, output %zu: %g instead of %g", c, i, got, want);
            }
        }
        drop(&w);
    }
}

/* Strides of signal and output, batches and threads: the same bits. */
static void bits_do_not_depend_on_layout(void **state) {
    (void)state;
    for (size_t c = 0; c < CASES; c++) {
        work w;
        make(&w, &cases[c]);
        run(&w, CONV_METHOD_SEPARABLE, cases[c].tolerance, w.expected, NULL, NULL, 0);
        size_t shape[CONV_MAX_RANK];
        assert_int_equal(conv_output_shape(&w.desc, shape), CONV_OK);
        const size_t real = cases[c].dtype == CONV_F32 ? 4 : 8;
        char *const x = malloc(2 * w.samples * real), *const y = malloc(3 * w.outputs * real);
        assert_true(x && y);
        for (size_t i = 0; i < w.samples; i++) {
            memcpy(x + 2 * i * real, (const char *)w.x + i * real, real);
        }
        const int last = cases[c].rank - 1;
        w.desc.signal_stride[last] = 2;
        w.desc.output_stride[last] = 3;
        if (last == 1) {
            w.desc.signal_stride[0] = 2 * (ptrdiff_t)cases[c].n[1];
            w.desc.output_stride[0] = 3 * (ptrdiff_t)shape[1];
        }
        w.desc.threads = 2;
        void *const packed = w.x;
        w.x = x;
        run(&w, CONV_METHOD_SEPARABLE, cases[c].tolerance, y, NULL, NULL, 0);
        w.x = packed;
        for (size_t i = 0; i < w.outputs; i++) {
            assert_memory_equal(y + 3 * i * real, (const char *)w.expected + i * real, real);
        }
        free(x);
        free(y);
        drop(&w);
    }
}

/* A kernel that no grid fits well enough has other passes, or none. */
static void rough_kernels_are_refused(void **state) {
    (void)state;
    const size_t n = 500, m = 101;
    float taps[101];
    uint64_t draw = 5;
    conv_desc desc;
    conv_plan *plan = NULL;
    for (size_t i = 0; i < m; i++) {
        taps[i] = (float)uniform(&draw);
    }
    conv_desc_init(&desc, CONV_F32, 1, &n, &m, CONV_SAME);
    desc.method = CONV_METHOD_SEPARABLE;
    desc.tolerance.value = 1e-3;
    assert_int_equal(conv_plan_create(&plan, &desc, taps), CONV_ERR_METHOD);
    assert_null(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_keep_the_bound),
        cmocka_unit_test(not_finite_stays),
        cmocka_unit_test(bits_do_not_depend_on_layout),
        cmocka_unit_test(rough_kernels_are_refused),
    };
    return cmocka_run_group_tests_name("coarse", tests, NULL, NULL);
}
