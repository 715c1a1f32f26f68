/* test_scale.c - no absolute thresholds: tiny and huge data give scaled answers, by the same
 * method. The factors are powers of two, so that scaling is exact and the bits have to agree. */
#include "suite.h"

#include <math.h>
#include <stdlib.h>

static const char *const shapes[] = {
    "n=40 m=7 full",
    "n=2000 m=300 same edge=reflect",
    "n=700 m=90 circular period=777",
    "n=30,31 m=5,6 full",
    "n=50,40 m=9,9 same edge=wrap,nearest",
    "n=60 m=9 full rule=trapezoid dx=0.25",
};

static const struct {
    const char *type;
    double tiny; /* 2^-100 is about 1e-30, 2^-997 about 1e-300 */
} types[] = {{"f32", 0x1p-100}, {"c32", 0x1p-100}, {"c32xf32", 0x1p-100},
             {"f64", 0x1p-997}, {"c64", 0x1p-997}, {"c64xf64", 0x1p-997}};

/* Output k of a run, or the method that AUTO picks where `values` is NULL. */
static conv_method run(const problem *p, double *values, size_t *count) {
    problem_data data;
    conv_method chosen = CONV_METHOD_AUTO;
    assert_true(data_make(&data, p));
    const conv_status status = compare_execute(&p->desc, &data, &chosen);
    *count = 0;
    if (status == CONV_OK) {
        *count = 2 * data.output_count;
        for (size_t i = 0; i < data.output_count; i++) {
            array_read(&data.output, p->desc.dtype, 0, i, values + 2 * i);
        }
    }
    data_free(&data);
    return chosen;
}

static void compare_scaled(const problem *plain, double signal_scale, double kernel_scale) {
    static double one[20000];
    static double other[20000];
    size_t count = 0;
    size_t scaled_count = 0;
    problem scaled = *plain;
    char line[PROBLEM_TEXT];
    scaled.signal_scale = signal_scale;
    scaled.kernel_scale = kernel_scale;
    problem_print(&scaled, line, sizeof line);
    const conv_method before = run(plain, one, &count);
    const conv_method after = run(&scaled, other, &scaled_count);
    if (before != after || count != scaled_count) {
        fail_msg("scaling changes the method from %s to %s: %s", method_name(before),
                 method_name(after), line);
    }
    double largest = 0.0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(one[i]));
    }
    /* Exact but for what falls below the smallest normal number: transforms leave roundings there
     * of the size of the unit roundoff times the largest output. */
    const double unit = type_is_single(plain->desc.dtype) ? 0x1p-23 : 0x1p-52;
    for (size_t i = 0; i < count; i++) {
        const double expected = one[i] * signal_scale * kernel_scale;
        const double error = fabs(other[i] - expected);
        if (!(error <= unit * largest * signal_scale * kernel_scale)) {
            fail_msg("output %zu is %g, not %g: %s", i / 2, other[i], expected, line);
        }
    }
}

static void scaled_answers(void **state) {
    (void)state;
    for (size_t t = 0; t < 6; t++) {
        for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
            for (int method = CONV_METHOD_AUTO; method <= CONV_METHOD_REFERENCE; method++) {
                for (int outer = 0; outer < 2; outer++) {
                    char line[200];
                    snprintf(line, sizeof line, "%s %s data=%s method=%s", types[t].type, shapes[s],
                             outer == 0 ? "normal" : "outer", method_name((conv_method)method));
                    const problem p = suite_problem(line);
                    const double tiny = types[t].tiny;
                    compare_scaled(&p, 1.0, tiny);
                    compare_scaled(&p, tiny, 1.0);
                    compare_scaled(&p, tiny, 1.0 / tiny);
                    compare_scaled(&p, 1.0 / tiny, tiny);
                    compare_scaled(&p, 1.0 / tiny, 1.0);
                    compare_scaled(&p, 1.0, 1.0 / tiny);
                }
            }
        }
    }
}

/* Against the oracle, bounds and all. */
static void scaled_bounds(void **state) {
    unsigned wrong = 0;
    (void)state;
    for (size_t t = 0; t < 6; t++) {
        for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
            char line[200];
            const char *const tiny = t < 3 ? "1e-30" : "1e-300";
            const char *const huge = t < 3 ? "1e30" : "1e300";
            snprintf(line, sizeof line, "%s %s data=normal hscale=%s", types[t].type, shapes[s],
                     tiny);
            wrong += suite_line(line);
            snprintf(line, sizeof line, "%s %s data=normal xscale=%s hscale=%s", types[t].type,
                     shapes[s], huge, tiny);
            wrong += suite_line(line);
            snprintf(line, sizeof line, "%s %s data=outer xscale=%s", types[t].type, shapes[s],
                     huge);
            wrong += suite_line(line);
        }
    }
    assert_int_equal(wrong, 0);
}

/* Samples below the normal numbers under a kernel that brings them back: the outputs are ordinary
 * numbers, and as accurate as any. */
static void subnormal_signals(void **state) {
    static const struct {
        const char *signal, *kernel;
    } scales[2][3] = {{{"1e-40", "1e20"}, {"1e-43", "1e37"}, {"1e-41", "1000"}},
                      {{"1e-310", "1e200"}, {"1e-321", "1e300"}, {"1e-311", "1000"}}};
    unsigned wrong = 0;
    (void)state;
    for (size_t t = 0; t < 6; t++) {
        /* But the last: a weight of 1/2 loses a digit of a subnormal sample by any method. */
        for (size_t s = 0; s + 1 < sizeof shapes / sizeof shapes[0]; s++) {
            for (size_t i = 0; i < 3; i++) {
                char line[200];
                snprintf(line, sizeof line, "%s %s data=normal xscale=%s hscale=%s", types[t].type,
                         shapes[s], scales[t / 3][i].signal, scales[t / 3][i].kernel);
                wrong += suite_line(line);
            }
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scaled_answers),
        cmocka_unit_test(scaled_bounds),
        cmocka_unit_test(subnormal_signals),
    };
    return cmocka_run_group_tests_name("scale", tests, NULL, suite_report);
}
