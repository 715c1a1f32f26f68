/* test_rule_errors.c - rules, orders and jumps that do not fit: the status, a sentence that names
 * the argument and its value, an output that stays as it was. */
#include "suite.h"

#include <math.h>
#include <stdlib.h>

enum { SAMPLES = 64 };

static double x[SAMPLES];
static double h[10 * 10 * 10]; /* see good() */
static double y[SAMPLES * SAMPLES];

static conv_desc good(int rank, conv_rule rule, int order) {
    static const size_t n[3] = {20, 20, 20};
    static const size_t m[3] = {10, 10, 10};
    conv_desc d;
    conv_desc_init(&d, CONV_F64, rank, n, m, CONV_FULL);
    d.rule = rule;
    d.rule_order = order;
    return d;
}

static void sentence_names(const char *word) {
    if (strstr(conv_last_error(), word) == NULL) {
        fail_msg("the sentence \"%s\" does not name \"%s\"", conv_last_error(), word);
    }
}

/* conv_output_shape answers alike: it checks the whole description. */
static void refused(const conv_desc *d, conv_status status, const char *field, const char *value) {
    conv_plan *plan = (conv_plan *)(void *)x; /* must be overwritten */
    size_t shape[CONV_MAX_RANK];
    const conv_status got = conv_plan_create(&plan, d, h);
    if (got != status) {
        fail_msg("%s, value %s: status %d, not %d (%s)", field, value, (int)got, (int)status,
                 conv_last_error());
    }
    assert_null(plan);
    sentence_names(field);
    sentence_names(value);
    assert_int_equal(conv_output_shape(d, shape), status);
    sentence_names(field);
}

static void accepted_with(const conv_desc *d, const double *kernel) {
    conv_plan *plan = NULL;
    const conv_status got = conv_plan_create(&plan, d, kernel);
    if (got != CONV_OK) {
        fail_msg("status %d: %s", (int)got, conv_last_error());
    }
    conv_plan_destroy(plan);
}

static void accepted(const conv_desc *d) {
    accepted_with(d, h);
}

static void orders(void **state) {
    static const struct {
        int order;
        const char *text;
    } wrong[] = {{0, "0"}, {1, "1"}, {2, "2"}, {9, "9"}, {-3, "-3"}, {INT32_MAX, "2147483647"}};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        for (int rank = 1; rank <= 2; rank++) {
            conv_desc d = good(rank, CONV_RULE_GREGORY, wrong[i].order);
            refused(&d, CONV_ERR_RULE, "rule_order", wrong[i].text);
            /* The other rules do not read it. */
            d.rule = CONV_RULE_TRAPEZOID;
            accepted(&d);
            d.rule = CONV_RULE_RECTANGLE;
            accepted(&d);
            d.rule = CONV_RULE_SUM;
            accepted(&d);
            d.rule = CONV_RULE_AUTO;
            accepted(&d);
        }
    }
    for (int order = 3; order <= 8; order++) {
        const conv_desc d = good(1, CONV_RULE_GREGORY, order);
        accepted(&d);
    }
    conv_desc d = good(1, (conv_rule)(CONV_RULE_AUTO + 1), 4);
    refused(&d, CONV_ERR_ENUM, "rule", "5");
    d.rule = (conv_rule)-1;
    refused(&d, CONV_ERR_ENUM, "rule", "");
}

static void spacings(void **state) {
    static const conv_rule rules[] = {CONV_RULE_RECTANGLE, CONV_RULE_GREGORY, CONV_RULE_AUTO};
    static const double values[] = {0.0, -1.0, NAN, INFINITY};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (size_t v = 0; v < 4; v++) {
            conv_desc d = good(2, rules[i], 4);
            d.spacing[1] = values[v];
            refused(&d, CONV_ERR_SPACING, "spacing", "");
        }
    }
}

static const conv_break *const no_breaks = NULL;

/* The same jumps for the signal, then for the kernel. */
static void set_breaks(conv_desc *d, bool kernel, const conv_break *breaks, size_t count) {
    *d = good(d->rank, d->rule, d->rule_order);
    if (kernel) {
        d->kernel_breaks = breaks;
        d->kernel_break_count = count;
    } else {
        d->signal_breaks = breaks;
        d->signal_break_count = count;
    }
}

static void breaks_where_there_can_be_none(void **state) {
    static const conv_break one[1] = {{4, {0, 0}, {1, 0}}};
    static const char *const fields[2] = {"signal_break", "kernel_break"};
    (void)state;
    for (int kernel = 0; kernel < 2; kernel++) {
        const char *const field = fields[kernel];
        conv_desc d = good(1, CONV_RULE_GREGORY, 3);
        set_breaks(&d, kernel != 0, one, 1);
        accepted(&d);
        d.mode = CONV_VALID;
        accepted(&d);
        d.mode = CONV_CIRCULAR;
        refused(&d, CONV_ERR_RULE, field, "");
        d.mode = CONV_SAME;
        d.boundary[0] = CONV_REFLECT;
        refused(&d, CONV_ERR_RULE, field, "");
        d.boundary[0] = CONV_CONSTANT;
        refused(&d, CONV_ERR_RULE, field, "");
        d.boundary[0] = CONV_ZERO;
        d.rule = CONV_RULE_SUM;
        refused(&d, CONV_ERR_RULE, field, "");
        d.rule = CONV_RULE_RECTANGLE;
        refused(&d, CONV_ERR_RULE, field, "");
        d.rule = CONV_RULE_AUTO;
        refused(&d, CONV_ERR_RULE, field, "");
        d.rule = CONV_RULE_TRAPEZOID;
        accepted(&d);
        d.rank = 2;
        set_breaks(&d, kernel != 0, one, 1);
        refused(&d, CONV_ERR_RULE, field, "");
    }
}

/* The signal has 20 samples, the kernel 10. */
static void breaks_at_wrong_places(void **state) {
    (void)state;
    for (int kernel = 0; kernel < 2; kernel++) {
        const size_t last = kernel != 0 ? 9 : 19;
        const char *const field = kernel != 0 ? "kernel_break" : "signal_break";
        const conv_break first_sample[1] = {{0, {0, 0}, {1, 0}}};
        const conv_break last_sample[1] = {{last, {0, 0}, {1, 0}}};
        const conv_break outside[1] = {{SIZE_MAX, {0, 0}, {1, 0}}};
        const conv_break twice[2] = {{4, {0, 0}, {1, 0}}, {4, {1, 0}, {2, 0}}};
        const conv_break back[3] = {{2, {0, 0}, {1, 0}}, {6, {1, 0}, {2, 0}}, {5, {1, 0}, {2, 0}}};
        const conv_break widest[2] = {{1, {0, 0}, {1, 0}}, {last - 1, {1, 0}, {2, 0}}};
        conv_desc d = good(1, CONV_RULE_TRAPEZOID, 0);
        set_breaks(&d, kernel != 0, first_sample, 1);
        refused(&d, CONV_ERR_RULE, field, "0");
        set_breaks(&d, kernel != 0, last_sample, 1);
        refused(&d, CONV_ERR_RULE, field, kernel != 0 ? "9" : "19");
        set_breaks(&d, kernel != 0, outside, 1);
        refused(&d, CONV_ERR_RULE, field, "");
        set_breaks(&d, kernel != 0, twice, 2);
        refused(&d, CONV_ERR_RULE, field, "4");
        set_breaks(&d, kernel != 0, back, 3);
        refused(&d, CONV_ERR_RULE, field, "5");
        set_breaks(&d, kernel != 0, widest, 2);
        accepted(&d);
        /* Of three samples the one between the others may jump, of two none. */
        set_breaks(&d, kernel != 0, first_sample, 1);
        (kernel != 0 ? d.kernel_shape : d.signal_shape)[0] = 3;
        refused(&d, CONV_ERR_RULE, field, "1..1");
        (kernel != 0 ? d.kernel_shape : d.signal_shape)[0] = 2;
        refused(&d, CONV_ERR_RULE, field, "1..0");
        set_breaks(&d, kernel != 0, no_breaks, 1);
        refused(&d, CONV_ERR_NULL, field, "NULL");
        /* A pointer without a count is not read. */
        set_breaks(&d, kernel != 0, (const conv_break *)(const void *)x, 0);
        accepted(&d);
    }
}

/* A spacing's two roundings count wherever the tolerance is checked: 10 taps and 2, 4 for the
 * weights, 2 for the spacing. */
static void spacing_counts_in_tolerances(void **state) {
    conv_desc d = good(1, CONV_RULE_TRAPEZOID, 0);
    (void)state;
    d.spacing[0] = 0.1;
    d.method = CONV_METHOD_DIRECT;
    d.tolerance.kind = CONV_TOLERANCE_COMPONENTWISE;
    d.tolerance.value = 17 * 0x1p-53;
    refused(&d, CONV_ERR_TOLERANCE, "tolerance.value", "1.88738e-15");
    d.tolerance.value = 18 * 0x1p-53;
    accepted(&d);
}

/* The results between jumps are added up: two stretches of the signal, two roundings more. */
static void additions_count_in_tolerances(void **state) {
    static const conv_break one[1] = {{10, {0, 0}, {1, 0}}};
    conv_desc d = good(1, CONV_RULE_TRAPEZOID, 0);
    double bound = 1;
    conv_plan *plan = NULL;
    (void)state;
    d.method = CONV_METHOD_DIRECT;
    d.signal_breaks = one;
    d.signal_break_count = 1;
    d.tolerance.kind = CONV_TOLERANCE_COMPONENTWISE;
    d.tolerance.value = 17.5 * 0x1p-53;
    refused(&d, CONV_ERR_TOLERANCE, "tolerance.value", "1.94289e-15");
    d.tolerance.value = 18 * 0x1p-53;
    assert_int_equal(conv_plan_create(&plan, &d, h), CONV_OK);
    assert_int_equal(conv_plan_execute_bound(plan, x, y, NULL, &bound), CONV_OK);
    assert_true(bound <= d.tolerance.value);
    conv_plan_destroy(plan);
}

static conv_plan *plan_for(const conv_desc *d) {
    conv_plan *plan = NULL;
    assert_int_equal(conv_plan_create(&plan, d, h), CONV_OK);
    return plan;
}

static void estimate_refused(const conv_desc *d, conv_estimate kind, conv_status status) {
    conv_plan *const plan = plan_for(d);
    memset(y, 0x5A, sizeof y);
    const conv_status got = conv_plan_estimate(plan, kind, x, y);
    if (got != status) {
        fail_msg("kind %d: status %d, not %d (%s)", (int)kind, (int)got, (int)status,
                 conv_last_error());
    }
    conv_plan_destroy(plan);
    for (size_t i = 0; i < sizeof y; i++) {
        assert_int_equal(((const unsigned char *)y)[i], 0x5A);
    }
}

static void estimates(void **state) {
    static const conv_break one[1] = {{10, {0, 0}, {1, 0}}};
    conv_desc d = good(1, CONV_RULE_SUM, 0);
    (void)state;
    estimate_refused(&d, CONV_ESTIMATE_ENDS, CONV_ERR_RULE);
    estimate_refused(&d, CONV_ESTIMATE_RICHARDSON, CONV_ERR_RULE);
    d = good(2, CONV_RULE_TRAPEZOID, 0);
    estimate_refused(&d, CONV_ESTIMATE_RICHARDSON, CONV_ERR_RULE);
    d = good(1, CONV_RULE_TRAPEZOID, 0);
    estimate_refused(&d, (conv_estimate)2, CONV_ERR_ENUM);
    estimate_refused(&d, (conv_estimate)-1, CONV_ERR_ENUM);
    d.signal_breaks = one;
    d.signal_break_count = 1;
    estimate_refused(&d, CONV_ESTIMATE_ENDS, CONV_ERR_RULE);
    /* Outputs that no stretch reaches. */
    d.mode = CONV_WINDOW;
    d.window_start[0] = -5;
    d.window_count[0] = 3;
    estimate_refused(&d, CONV_ESTIMATE_ENDS, CONV_ERR_RULE);
    d = good(1, CONV_RULE_GREGORY, 5);
    conv_plan *const plan = plan_for(&d);
    assert_int_equal(conv_plan_estimate(NULL, CONV_ESTIMATE_ENDS, x, y), CONV_ERR_NULL);
    assert_int_equal(conv_plan_estimate(plan, CONV_ESTIMATE_ENDS, NULL, y), CONV_ERR_NULL);
    assert_int_equal(conv_plan_estimate(plan, CONV_ESTIMATE_ENDS, x, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_plan_estimate(plan, CONV_ESTIMATE_ENDS, x, y), CONV_OK);
    conv_plan_destroy(plan);
    /* Two axes: one more convolution. */
    d = good(2, CONV_RULE_TRAPEZOID, 0);
    static double image[400];
    static double taps[100];
    static double error[29 * 29];
    conv_plan *image_plan = NULL;
    image[0] = taps[0] = 1.0;
    assert_int_equal(conv_plan_create(&image_plan, &d, taps), CONV_OK);
    assert_int_equal(conv_plan_estimate(image_plan, CONV_ESTIMATE_ENDS, image, error), CONV_OK);
    conv_plan_destroy(image_plan);
}

static void grids(void **state) {
    const conv_grid f = {0.0, 1.0, 20};
    const conv_grid g = {0.0, 1.0, 10};
    const conv_grid none = {0.0, 1.0, 0};
    const conv_grid huge = {0.0, 1.0, SIZE_MAX};
    conv_grid out = {5.0, 5.0, 5};
    (void)state;
    assert_int_equal(conv_grid_output(NULL, &g, CONV_FULL, &out), CONV_ERR_NULL);
    assert_int_equal(conv_grid_output(&f, NULL, CONV_FULL, &out), CONV_ERR_NULL);
    assert_int_equal(conv_grid_output(&f, &g, CONV_FULL, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_grid_output(&none, &g, CONV_FULL, &out), CONV_ERR_EXTENT);
    assert_int_equal(conv_grid_output(&f, &none, CONV_SAME, &out), CONV_ERR_EXTENT);
    assert_int_equal(conv_grid_output(&f, &g, CONV_WINDOW, &out), CONV_ERR_ENUM);
    assert_int_equal(conv_grid_output(&f, &g, (conv_mode)17, &out), CONV_ERR_ENUM);
    assert_int_equal(conv_grid_output(&huge, &g, CONV_FULL, &out), CONV_ERR_OVERFLOW);
    assert_true(out.x0 == 5.0 && out.dx == 5.0 && out.n == 5);
}

static conv_status integral(const double *a, const conv_grid *f, const double *b,
                            const conv_grid *g, conv_rule rule, int order, double *to) {
    conv_grid out = {5.0, 5.0, 5};
    memset(y, 0x5A, sizeof y);
    const conv_status status = conv1d_integral_f64(a, f, b, g, CONV_FULL, rule, order, to, &out);
    for (size_t i = 0; status != CONV_OK && i < sizeof y; i++) {
        assert_int_equal(((const unsigned char *)y)[i], 0x5A);
    }
    assert_true(status == CONV_OK || (out.x0 == 5.0 && out.n == 5));
    return status;
}

static void one_shot_calls(void **state) {
    const conv_grid f = {0.0, 1.0, 20};
    const conv_grid g = {0.0, 1.0, 10};
    const conv_grid none = {0.0, 1.0, 0};
    const conv_grid wide[2] = {{0.0, 1.0, 5}, {0.0, 1.0, 6}};
    const conv_grid tall[2] = {{0.0, 1.0, 6}, {0.0, 1.0, 5}};
    const conv_rule trapezoid = CONV_RULE_TRAPEZOID;
    (void)state;
    assert_int_equal(integral(NULL, &f, h, &g, trapezoid, 0, y), CONV_ERR_NULL);
    assert_int_equal(integral(x, NULL, h, &g, trapezoid, 0, y), CONV_ERR_NULL);
    assert_int_equal(integral(x, &f, NULL, &g, trapezoid, 0, y), CONV_ERR_NULL);
    assert_int_equal(integral(x, &f, h, NULL, trapezoid, 0, y), CONV_ERR_NULL);
    assert_int_equal(integral(x, &f, h, &g, trapezoid, 0, NULL), CONV_ERR_NULL);
    assert_int_equal(integral(x, &none, h, &g, trapezoid, 0, y), CONV_ERR_EXTENT);
    assert_int_equal(integral(x, &f, h, &g, CONV_RULE_GREGORY, 2, y), CONV_ERR_RULE);
    assert_int_equal(integral(x, &f, h, &g, CONV_RULE_GREGORY, 9, y), CONV_ERR_RULE);
    assert_int_equal(integral(x, &f, h, &g, (conv_rule)5, 4, y), CONV_ERR_ENUM);
    assert_int_equal(integral(x, &f, h, &g, CONV_RULE_AUTO, 99, y), CONV_OK);
    assert_int_equal(integral(x, &f, h, &g, CONV_RULE_GREGORY, 8, y), CONV_OK);
    assert_int_equal(integral(x, &f, h, &g, CONV_RULE_GREGORY, 4, x), CONV_ERR_ALIAS);
    assert_int_equal(integral(x, &f, h, &g, CONV_RULE_GREGORY, 4, h + 2), CONV_ERR_ALIAS);
    assert_int_equal(conv1d_integral_f64(x, &f, h, &g, CONV_WINDOW, trapezoid, 0, y, NULL),
                     CONV_ERR_ENUM);
    assert_int_equal(conv2d_integral_f64(x, wide, h, tall, CONV_VALID, trapezoid, 0, y, NULL),
                     CONV_ERR_MIXED_FIT);
    assert_int_equal(conv2d_integral_f64(x, wide, h, NULL, CONV_FULL, trapezoid, 0, y, NULL),
                     CONV_ERR_NULL);
    assert_int_equal(
        conv2d_integral_f64(x, wide, h, tall, CONV_FULL, CONV_RULE_GREGORY, 4, y, NULL), CONV_OK);
}

static void axes_without_a_rule(void **state) {
    conv_desc d = good(2, CONV_RULE_TRAPEZOID, 0);
    (void)state;
    d.rule_axis[1] = (conv_axis_rule)2;
    refused(&d, CONV_ERR_ENUM, "rule_axis", "2");
    d.rule_axis[1] = (conv_axis_rule)-1;
    refused(&d, CONV_ERR_ENUM, "rule_axis", "-1");
    d.rule_axis[1] = CONV_AXIS_SUM;
    d.spacing[1] = -3.0; /* not read */
    accepted(&d);
    d.rule_axis[0] = CONV_AXIS_SUM;
    refused(&d, CONV_ERR_RULE, "rule_axis", "CONV_AXIS_SUM");
    d.rule = CONV_RULE_SUM;
    accepted(&d);
}

/* Four dimensions, where what the end corrections need is beyond their limit: said at once, by
 * whatever method, and not left to sums that take minutes. */
static void too_many_corrections(void **state) {
    static const size_t n[4] = {10, 10, 10, 10};
    static const size_t m[4] = {8, 8, 8, 8};
    static const conv_method methods[] = {CONV_METHOD_AUTO, CONV_METHOD_BLOCKS, CONV_METHOD_FFT};
    double *const kernel = calloc(8 * 8 * 8 * 8, sizeof *kernel);
    (void)state;
    assert_non_null(kernel);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        conv_plan *plan = (conv_plan *)(void *)x; /* must be overwritten */
        conv_desc d;
        conv_desc_init(&d, CONV_F64, 4, n, m, CONV_FULL);
        d.rule = CONV_RULE_GREGORY;
        d.rule_order = 8;
        d.method = methods[i];
        assert_int_equal(conv_plan_create(&plan, &d, kernel), CONV_ERR_RULE);
        assert_null(plan);
        sentence_names("rule");
        sentence_names("rank is 4");
        sentence_names("MB");
        sentence_names("10 samples");
        sentence_names("8 taps");
        /* AUTO goes up to what the limit allows. */
        d.rule = CONV_RULE_AUTO;
        accepted_with(&d, kernel);
        /* A lower order has fewer. */
        d.rule = CONV_RULE_GREGORY;
        d.rule_order = 3;
        accepted_with(&d, kernel);
    }
    free(kernel);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders),
        cmocka_unit_test(spacings),
        cmocka_unit_test(axes_without_a_rule),
        cmocka_unit_test(breaks_where_there_can_be_none),
        cmocka_unit_test(breaks_at_wrong_places),
        cmocka_unit_test(spacing_counts_in_tolerances),
        cmocka_unit_test(additions_count_in_tolerances),
        cmocka_unit_test(estimates),
        cmocka_unit_test(grids),
        cmocka_unit_test(one_shot_calls),
        cmocka_unit_test(too_many_corrections),
    };
    return cmocka_run_group_tests_name("errors of the rules", tests, NULL, NULL);
}
