/* test_long_sums.c - sums of many taps: within the bound that is reported, and that bound is the
 * one of a block of taps, not of all of them.
 *
 * Numbers of one sign, all equal, are the worst for a running sum: it rounds the same way at every
 * step between two powers of two. Errors are measured against sums in long double, whose own error,
 * (m+2) 2^-64 of the sum of magnitudes, is allowed on top. */
#include "suite.h"

#include <math.h>
#include <stdlib.h>

enum { RANK = 2, TEXT = 2048 };

static double worst;

typedef struct {
    const char *name;
    conv_dtype dtype, kernel_dtype;
    int rank;
    size_t n[RANK], m[RANK];
    ptrdiff_t start[RANK];
    size_t count[RANK], step[RANK];
    conv_boundary boundary;
    conv_method method;
    double most; /* of the bound, in units of u; 0: the header's */
} sum_case;

static bool is_single(conv_dtype dtype) {
    return dtype == CONV_F32 || dtype == CONV_C32;
}

static size_t parts_of(conv_dtype dtype) {
    return dtype == CONV_C32 || dtype == CONV_C64 ? 2 : 1;
}

/* `count` elements: re, and for complex ones half of it as im. */
static void *constant(conv_dtype dtype, size_t count, double re) {
    const size_t parts = parts_of(dtype);
    void *const x = malloc(count * parts * (is_single(dtype) ? sizeof(float) : sizeof(double)));
    assert_non_null(x);
    for (size_t i = 0; i < count * parts; i++) {
        const double v = i % parts == 0 ? re : re / 2;
        if (is_single(dtype))
            ((float *)x)[i] = (float)v;
        else
            ((double *)x)[i] = v;
    }
    return x;
}

static long double value_at(conv_dtype dtype, const void *x, size_t i) {
    return is_single(dtype) ? (long double)((const float *)x)[i]
                            : (long double)((const double *)x)[i];
}

/* How many taps of an axis meet a sample at output i. */
static size_t met(const sum_case *c, int d, size_t i) {
    const ptrdiff_t at = c->start[d] + (ptrdiff_t)(i * c->step[d]);
    size_t taps = 0;
    for (size_t k = 0; k < c->m[d]; k++) {
        const ptrdiff_t j = at - (ptrdiff_t)k;
        taps += c->boundary != CONV_ZERO || (j >= 0 && j < (ptrdiff_t)c->n[d]);
    }
    return taps;
}

static void check_outputs(const sum_case *c, const void *x, const void *h, const void *y,
                          double bound) {
    const size_t parts = parts_of(c->dtype);
    const bool complex_taps = parts_of(c->kernel_dtype) == 2;
    const long double a = value_at(c->dtype, x, 0), b = parts == 2 ? value_at(c->dtype, x, 1) : 0;
    const long double p = value_at(c->kernel_dtype, h, 0);
    const long double q = complex_taps ? value_at(c->kernel_dtype, h, 1) : 0;
    const long double product[2] = {a * p - b * q, a * q + b * p};
    const long double size = hypotl(a, b) * hypotl(p, q);
    for (size_t r = 0; r < c->count[0]; r++)
        for (size_t i = 0; i < c->count[1]; i++) {
            const long double terms = (long double)met(c, 0, r) * (long double)met(c, 1, i);
            const size_t at = r * c->count[1] + i;
            long double error = 0;
            for (size_t part = 0; part < parts; part++)
                error =
                    hypotl(error, value_at(c->dtype, y, at * parts + part) - terms * product[part]);
            const double allowed = (double)(terms * size) * (bound + ldexp((double)terms + 2, -64));
            if (error > (long double)allowed)
                fail_msg("%s: output %zu, %zu is off by %Lg; the bound allows %g", c->name, r, i,
                         error, allowed);
            if (allowed > 0)
                worst = fmax(worst, (double)error / allowed);
        }
}

static conv_desc description(const sum_case *c) {
    conv_desc desc;
    const int first = RANK - c->rank;
    conv_desc_init(&desc, c->dtype, c->rank, c->n + first, c->m + first, CONV_WINDOW);
    desc.kernel_dtype = c->kernel_dtype;
    desc.method = c->method;
    for (int d = 0; d < c->rank; d++) {
        desc.window_start[d] = c->start[first + d];
        desc.window_count[d] = c->count[first + d];
        desc.window_step[d] = c->step[first + d];
        desc.boundary[d] = c->boundary;
    }
    return desc;
}

static void check_case(const sum_case *c) {
    const size_t taps = c->m[0] * c->m[1], outputs = c->count[0] * c->count[1];
    void *const x = constant(c->dtype, c->n[0] * c->n[1], 0.7);
    void *const h = constant(c->kernel_dtype, taps, 0.3);
    void *const y = constant(c->dtype, outputs, 0);
    conv_desc desc = description(c);
    conv_plan *plan;
    double bound = -1;
    if (c->method == CONV_METHOD_DIRECT)
        desc.tolerance.kind = CONV_TOLERANCE_COMPONENTWISE;
    assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
    assert_int_equal(conv_plan_execute_bound(plan, x, y, NULL, &bound), CONV_OK);
    conv_plan_destroy(plan);
    /* The header's bound; a complex product is two, and its parts' errors meet in the modulus. */
    const double m = (double)taps, unit = is_single(c->dtype) ? 0x1p-24 : 0x1p-53;
    const double complex_factor = parts_of(c->kernel_dtype) == 2 ? 2.83 : 1;
    const double most = c->most > 0 ? c->most : complex_factor * (fmin(m, 4096 + m / 1024) + 2);
    if (!(bound > 0 && bound <= most * unit))
        fail_msg("%s: the bound is %g, should be at most %g", c->name, bound, most * unit);
    check_outputs(c, x, h, y, bound);
    free(x);
    free(h);
    free(y);
}

#define LINE(type, n, m, start, count, step, edge)                                             \
    {                                                                                          \
#type " " #n " " #m " " #start, CONV_##type, CONV_##type, 1,                           \
            {1, n },                                                                           \
             {1, m }, {0, start }, {1, count }, {1, step }, CONV_##edge, CONV_METHOD_DIRECT, 0 \
    }

static void lines_of_many_taps(void **state) {
    static const sum_case cases[] = {
        /* all taps inside; the edges of short signals, in chunks; steps, sorted and scattered */
        LINE(F32, 300000, 299990, 299989, 11, 1, ZERO),
        LINE(F64, 300000, 299990, 299989, 11, 1, ZERO),
        LINE(C32, 100000, 99000, 98999, 11, 1, ZERO),
        LINE(C64, 100000, 99000, 98999, 11, 1, ZERO),
        LINE(F32, 300000, 200000, 100000, 3, 1, ZERO),
        LINE(F64, 300000, 200000, 100000, 3, 1, NEAREST),
        LINE(C64, 100, 200000, 100, 3, 1, WRAP),
        LINE(F32, 5, 300000, 100, 3, 1, REFLECT),
        LINE(F32, 64, 300000, 100, 300, 1, ZERO),
        LINE(F32, 300000, 200000, 200000, 300, 3, ZERO),
        LINE(F32, 300000, 200000, 200000, 30, 300, ZERO),
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i]);
}

#undef LINE

static void planes_of_many_taps(void **state) {
    /* rows and columns; separable passes, whose bound is relative to the largest output, and whose
     * factors are off by a few units */
    static const sum_case cases[] = {
        {"rows",
         CONV_F32,
         CONV_F32,
         2,
         {500, 600},
         {490, 580},
         {489, 579},
         {5, 7},
         {1, 1},
         CONV_ZERO,
         CONV_METHOD_DIRECT,
         0},
        {"long rows",
         CONV_F32,
         CONV_F32,
         2,
         {3, 90000},
         {3, 80000},
         {2, 79999},
         {1, 40},
         {1, 1},
         CONV_ZERO,
         CONV_METHOD_DIRECT,
         0},
        {"columns",
         CONV_F32,
         CONV_F32,
         2,
         {300000, 2},
         {290000, 1},
         {289999, 0},
         {5, 2},
         {1, 1},
         CONV_ZERO,
         CONV_METHOD_DIRECT,
         0},
        {"rows at edges",
         CONV_F32,
         CONV_F32,
         2,
         {300, 200},
         {490, 580},
         {300, 400},
         {5, 7},
         {1, 1},
         CONV_NEAREST,
         CONV_METHOD_DIRECT,
         0},
        {"rows with steps",
         CONV_C32,
         CONV_F32,
         2,
         {500, 600},
         {490, 400},
         {489, 400},
         {2, 7},
         {3, 5},
         CONV_ZERO,
         CONV_METHOD_DIRECT,
         0},
        {"separable",
         CONV_F32,
         CONV_F32,
         2,
         {8, 6000},
         {8, 5000},
         {7, 4999},
         {1, 300},
         {1, 1},
         CONV_ZERO,
         CONV_METHOD_SEPARABLE,
         4500},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i]);
}

/* 30 million ones, and the energy of 10 million samples, by whatever AUTO takes. */
static void sums_of_ones(void **state) {
    const size_t n = 30000000;
    float *const x = constant(CONV_F32, n, 1);
    float y = 0;
    (void)state;
    assert_int_equal(conv1d_f32(x, n, x, n, CONV_VALID, &y), CONV_OK);
    if (y != (float)n)
        fail_msg("the sum of %zu ones is %.9g", n, (double)y);
    free(x);
}

static void energy(void **state) {
    const size_t n = 10000000;
    float *const x = constant(CONV_F32, n, 0);
    const conv_method methods[] = {CONV_METHOD_AUTO, CONV_METHOD_DIRECT};
    uint64_t stream = test_seed(1);
    long double sum = 0;
    (void)state;
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)next_below(&stream, 1000001) * 1e-6F;
        sum += (long double)x[i] * (long double)x[i];
    }
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        conv_desc desc;
        conv_plan *plan;
        float y = 0;
        double bound = 0;
        conv_desc_init(&desc, CONV_F32, 1, &n, &n, CONV_VALID);
        desc.operation = CONV_CORRELATE;
        desc.method = methods[i];
        assert_int_equal(conv_plan_create(&plan, &desc, x), CONV_OK);
        assert_int_equal(conv_plan_execute_bound(plan, x, &y, NULL, &bound), CONV_OK);
        char text[TEXT];
        conv_plan_describe(plan, text, sizeof text);
        conv_plan_destroy(plan);
        const double error = (double)fabsl((long double)y - sum) / (double)sum;
        text[strcspn(text, "\n")] = '\0';
        print_message("# energy of %zu samples: off by %.2g, bound %.2g; %.60s...\n", n, error,
                      bound, text);
        assert_true(bound <= (4096 + (double)n / 1024 + 2) * 0x1p-24);
        assert_true(error <= bound);
    }
    free(x);
}

/* Gradients for weights: one sum over batch and points for each. */
static void gradients_for_weights(void **state) {
    static const struct {
        size_t in, out, groups, kernel, points, batch;
    } cases[] = {{1, 1, 1, 1, 300000, 1},
                 {3, 5, 1, 3, 30000, 6},
                 {6, 6, 6, 3, 5000, 20},
                 {40, 40, 1, 1, 500, 60},
                 {4, 6, 2, 5, 9000, 7}};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        const size_t c = i / 2, n = cases[c].points;
        const size_t taps = cases[c].kernel * cases[c].in / cases[c].groups * cases[c].out;
        float *const x = constant(CONV_F32, cases[c].batch * cases[c].in * n, 0.7);
        float *const dy = constant(CONV_F32, cases[c].batch * cases[c].out * n, 0.3);
        float *const dw = constant(CONV_F32, taps, 0);
        conv_layer_desc desc;
        conv_layer *layer = NULL;
        conv_layer_desc_init(&desc, CONV_F32, 1, &n, &cases[c].kernel, cases[c].in, cases[c].out);
        desc.groups = cases[c].groups;
        desc.batch = cases[c].batch;
        desc.x_layout = desc.y_layout = i % 2 ? CONV_CHANNELS_LAST : CONV_CHANNELS_FIRST;
        desc.method = CONV_METHOD_DIRECT;
        assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
        assert_int_equal(conv_layer_grad_weights(layer, x, dy, 0, dw, NULL, NULL), CONV_OK);
        conv_layer_destroy(layer);
        const double terms = (double)((n - cases[c].kernel + 1) * cases[c].batch);
        const double sum = terms * (double)0.7F * (double)0.3F;
        const double bound = (4096 + terms / 1024 + 3) * 0x1p-24 * sum;
        for (size_t k = 0; k < taps; k++) {
            const double error = fabs((double)dw[k] - sum);
            if (error > bound)
                fail_msg("case %zu: weight %zu is off by %g, the bound is %g", i, k, error, bound);
            worst = fmax(worst, error / bound);
        }
        free(x);
        free(dy);
        free(dw);
    }
}

static int report(void **state) {
    (void)state;
    print_message("# worst error over the bound: %.3f (limit 1)\n", worst);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_many_taps),    cmocka_unit_test(planes_of_many_taps),
        cmocka_unit_test(sums_of_ones),          cmocka_unit_test(energy),
        cmocka_unit_test(gradients_for_weights),
    };
    return cmocka_run_group_tests_name("long sums", tests, NULL, report);
}
