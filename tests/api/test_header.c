/* test_header.c - what conv.h promises by itself: every function is there, versions agree, the
 * defaults are those of the manual. */
#include <conv.h>

#include <complex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

size_t header_alone(void);

typedef void any_function(void);

static void every_function_links(void **state) {
    any_function *const all[] = {
        (any_function *)conv_status_string,
        (any_function *)conv_last_error,
        (any_function *)conv_version_string,
        (any_function *)conv_output_extent,
        (any_function *)conv1d_f32,
        (any_function *)conv1d_f64,
        (any_function *)conv1d_c32,
        (any_function *)conv1d_c64,
        (any_function *)conv2d_f32,
        (any_function *)conv2d_f64,
        (any_function *)conv2d_c32,
        (any_function *)conv2d_c64,
        (any_function *)conv1d_trapezoid_f32,
        (any_function *)conv1d_trapezoid_f64,
        (any_function *)conv1d_trapezoid_c32,
        (any_function *)conv1d_trapezoid_c64,
        (any_function *)conv2d_trapezoid_f32,
        (any_function *)conv2d_trapezoid_f64,
        (any_function *)conv2d_trapezoid_c32,
        (any_function *)conv2d_trapezoid_c64,
        (any_function *)conv_desc_init,
        (any_function *)conv_output_shape,
        (any_function *)conv_plan_create,
        (any_function *)conv_plan_execute,
        (any_function *)conv_plan_workspace_size,
        (any_function *)conv_plan_method,
        (any_function *)conv_plan_describe,
        (any_function *)conv_plan_destroy,
        (any_function *)conv1d_integral_f32,
        (any_function *)conv1d_integral_f64,
        (any_function *)conv1d_integral_c32,
        (any_function *)conv1d_integral_c64,
        (any_function *)conv2d_integral_f32,
        (any_function *)conv2d_integral_f64,
        (any_function *)conv2d_integral_c32,
        (any_function *)conv2d_integral_c64,
        (any_function *)conv_grid_output,
        (any_function *)conv_plan_estimate,
        (any_function *)conv_plan_rule_order,
        (any_function *)conv_plan_execute_bound,
        (any_function *)conv1d_i32,
        (any_function *)conv1d_i64,
        (any_function *)conv2d_i32,
        (any_function *)conv_product_create,
        (any_function *)conv_product_execute,
        (any_function *)conv_product_destroy,
        (any_function *)conv_online_create,
        (any_function *)conv_online_desc_init,
        (any_function *)conv_online_create_desc,
        (any_function *)conv_online_bound,
        (any_function *)conv_online_history,
        (any_function *)conv_online_push,
        (any_function *)conv_online_count,
        (any_function *)conv_online_reset,
        (any_function *)conv_online_destroy,
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_true(all[i] != NULL);
    }
    assert_true(header_alone() > 0);
}

static void versions_agree(void **state) {
    char version[64];
    (void)state;
    snprintf(version, sizeof version, "%d.%d.%d", CONV_VERSION_MAJOR, CONV_VERSION_MINOR,
             CONV_VERSION_PATCH);
    assert_string_equal(version, conv_version_string());
}

static void defaults_are_the_manuals(void **state) {
    static const size_t n[2] = {6, 5};
    static const size_t m[2] = {3, 2};
    conv_desc desc;
    (void)state;
    memset(&desc, 0x55, sizeof desc);
    conv_desc_init(&desc, CONV_C32, 2, n, m, CONV_SAME);
    assert_int_equal(desc.struct_size, sizeof desc);
    assert_int_equal(desc.dtype, CONV_C32);
    assert_int_equal(desc.kernel_dtype, CONV_C32);
    assert_int_equal(desc.rank, 2);
    assert_memory_equal(desc.signal_shape, n, sizeof n);
    assert_memory_equal(desc.kernel_shape, m, sizeof m);
    assert_int_equal(desc.mode, CONV_SAME);
    assert_int_equal(desc.operation, CONV_CONVOLVE);
    assert_int_equal(desc.preset, CONV_PRESET_SCIPY);
    assert_int_equal(desc.batch, 1);
    assert_int_equal(desc.signal_batch_stride, 0);
    assert_int_equal(desc.output_batch_stride, 0);
    assert_int_equal(desc.rule, CONV_RULE_SUM);
    assert_int_equal(desc.method, CONV_METHOD_AUTO);
    assert_int_equal(desc.threads, 1);
    assert_int_equal(desc.max_workspace, 0);
    assert_int_equal(desc.isa, CONV_ISA_BEST);
    assert_true(desc.boundary_value[0] == 0.0 && desc.boundary_value[1] == 0.0);
    for (int d = 0; d < 2; d++) {
        assert_int_equal(desc.boundary[d], CONV_ZERO);
        assert_int_equal(desc.period[d], 0);
        assert_int_equal(desc.origin[d], 0);
        assert_int_equal(desc.window_step[d], 1);
        assert_int_equal(desc.signal_stride[d], 0);
        assert_int_equal(desc.output_stride[d], 0);
        assert_true(desc.spacing[d] == 1.0);
    }
}

/* The one-shot calls of all types, once each: 1 2 * 3 4 = 3 10 8. */
static void one_shot_calls(void **state) {
    const float xf[2] = {1, 2};
    const float hf[2] = {3, 4};
    const double xd[2] = {1, 2};
    const double hd[2] = {3, 4};
    const conv_c32 xc[2] = {1, 2.0f * I};
    const conv_c32 hc[2] = {3, 4};
    const conv_c64 xz[2] = {1, 2.0 * I};
    const conv_c64 hz[2] = {3, 4};
    float yf[3];
    double yd[3];
    conv_c32 yc[3];
    conv_c64 yz[3];
    (void)state;
    assert_int_equal(conv1d_f32(xf, 2, hf, 2, CONV_FULL, yf), CONV_OK);
    assert_true(yf[0] == 3.0f && yf[1] == 10.0f && yf[2] == 8.0f);
    assert_int_equal(conv1d_f64(xd, 2, hd, 2, CONV_FULL, yd), CONV_OK);
    assert_true(yd[0] == 3.0 && yd[1] == 10.0 && yd[2] == 8.0);
    assert_int_equal(conv1d_c32(xc, 2, hc, 2, CONV_FULL, yc), CONV_OK);
    assert_true(crealf(yc[1]) == 4.0f && cimagf(yc[1]) == 6.0f && cimagf(yc[2]) == 8.0f);
    assert_int_equal(conv1d_c64(xz, 2, hz, 2, CONV_FULL, yz), CONV_OK);
    assert_true(creal(yz[1]) == 4.0 && cimag(yz[1]) == 6.0 && cimag(yz[2]) == 8.0);
    assert_int_equal(conv2d_f32(xf, 1, 2, hf, 1, 2, CONV_FULL, yf), CONV_OK);
    assert_true(yf[0] == 3.0f && yf[1] == 10.0f && yf[2] == 8.0f);
    assert_int_equal(conv2d_f64(xd, 2, 1, hd, 2, 1, CONV_FULL, yd), CONV_OK);
    assert_true(yd[0] == 3.0 && yd[1] == 10.0 && yd[2] == 8.0);
    assert_int_equal(conv2d_c32(xc, 1, 2, hc, 1, 2, CONV_FULL, yc), CONV_OK);
    assert_true(crealf(yc[1]) == 4.0f && cimagf(yc[1]) == 6.0f);
    assert_int_equal(conv2d_c64(xz, 2, 1, hz, 2, 1, CONV_FULL, yz), CONV_OK);
    assert_true(creal(yz[1]) == 4.0 && cimag(yz[1]) == 6.0);
    assert_int_equal(conv1d_trapezoid_f32(xf, 2, hf, 2, 0.5f, CONV_FULL, yf), CONV_OK);
    assert_true(yf[0] == 0.0f && yf[1] == 2.5f && yf[2] == 0.0f);
    assert_int_equal(conv1d_trapezoid_f64(xd, 2, hd, 2, 0.5, CONV_FULL, yd), CONV_OK);
    assert_true(yd[0] == 0.0 && yd[1] == 2.5 && yd[2] == 0.0);
    assert_int_equal(conv1d_trapezoid_c32(xc, 2, hc, 2, 0.5f, CONV_FULL, yc), CONV_OK);
    assert_true(crealf(yc[1]) == 1.0f && cimagf(yc[1]) == 1.5f);
    assert_int_equal(conv1d_trapezoid_c64(xz, 2, hz, 2, 0.5, CONV_FULL, yz), CONV_OK);
    assert_true(creal(yz[1]) == 1.0 && cimag(yz[1]) == 1.5);
}

/* Rows and columns, dy and dx are not confused: 2x2 ones, spacing 3 between rows, 0.5 in columns.
 */
static void trapezoid_2d_calls(void **state) {
    const float f[6] = {1, 2, 3, 4, 5, 6};
    const float g[4] = {1, 1, 1, 1};
    float y[12];
    (void)state;
    assert_int_equal(conv2d_trapezoid_f32(f, 2, 3, g, 2, 2, 3.0f, 0.5f, CONV_FULL, y), CONV_OK);
    /* Row 1 is the only one with two rows of overlap: columns 1 and 2 average four samples. */
    const float want[12] = {0, 0, 0, 0, 0, 1.5f * 3.0f, 1.5f * 4.0f, 0, 0, 0, 0, 0};
    for (int i = 0; i < 12; i++) {
        assert_true(y[i] == want[i]);
    }
    double fd[6];
    double gd[4] = {1, 1, 1, 1};
    double yd[12];
    conv_c32 fc[6];
    conv_c32 gc[4] = {1, 1, 1, 1};
    conv_c32 yc[12];
    conv_c64 fz[6];
    conv_c64 gz[4] = {1, 1, 1, 1};
    conv_c64 yz[12];
    for (int i = 0; i < 6; i++) {
        fd[i] = (double)f[i];
        fc[i] = f[i] * (1.0f + I);
        fz[i] = (double)f[i] * (1.0 - I);
    }
    assert_int_equal(conv2d_trapezoid_f64(fd, 2, 3, gd, 2, 2, 3.0, 0.5, CONV_FULL, yd), CONV_OK);
    assert_int_equal(conv2d_trapezoid_c32(fc, 2, 3, gc, 2, 2, 3.0f, 0.5f, CONV_FULL, yc), CONV_OK);
    assert_int_equal(conv2d_trapezoid_c64(fz, 2, 3, gz, 2, 2, 3.0, 0.5, CONV_FULL, yz), CONV_OK);
    for (int i = 0; i < 12; i++) {
        const double expected = (double)want[i];
        assert_true(yd[i] == expected);
        assert_true((double)crealf(yc[i]) == expected && (double)cimagf(yc[i]) == expected);
        assert_true(creal(yz[i]) == expected && cimag(yz[i]) == -expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_links),     cmocka_unit_test(versions_agree),
        cmocka_unit_test(defaults_are_the_manuals), cmocka_unit_test(one_shot_calls),
        cmocka_unit_test(trapezoid_2d_calls),
    };
    return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
