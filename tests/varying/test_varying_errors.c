/* test_varying_errors.c - every status of conv_varying, its sentence, and an output that stays as
 * it was. */
#include "suite.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

enum { N = 12 };

static double width[N];

static void fresh(conv_varying_desc *desc) {
    const size_t n = N;
    conv_varying_desc_init(desc, CONV_F64, 1, &n, CONV_GATHER);
    for (size_t k = 0; k < N; k++) {
        width[k] = 1.0 + 0.1 * (double)k;
    }
}

static void fails(const conv_varying_desc *desc, const double *widths, conv_status expected,
                  const char *word, const char *value) {
    conv_varying *plan = (conv_varying *)(void *)&expected;
    const conv_status status = conv_varying_create(&plan, desc, widths);
    if (status != expected) {
        fail_msg("%s, expected %s: %s", conv_status_string(status), conv_status_string(expected),
                 conv_last_error());
    }
    assert_null(plan);
    if (!strstr(conv_last_error(), word) || !strstr(conv_last_error(), value)) {
        fail_msg("\"%s\" has no \"%s\" or no \"%s\"", conv_last_error(), word, value);
    }
}

static void bad_widths(void **state) {
    conv_varying_desc desc;
    (void)state;
    fresh(&desc);
    width[7] = -0.5;
    fails(&desc, width, CONV_ERR_RANGE, "widths[7]", "-0.5");
    width[7] = (double)NAN;
    fails(&desc, width, CONV_ERR_RANGE, "widths[7]", "nan");
    width[7] = (double)INFINITY;
    fails(&desc, width, CONV_ERR_RANGE, "widths[7]", "inf");
    width[7] = 1e300;
    desc.spacing = 1e-300;
    fails(&desc, width, CONV_ERR_RANGE, "widths[7]", "1e+300");
    fresh(&desc);
    desc.edge = CONV_VARYING_REFLECT;
    desc.profile = CONV_VARYING_BOX;
    width[3] = 1e9;
    fails(&desc, width, CONV_ERR_RANGE, "widths[3]", "1e+09");
    /* In a map the sample is counted row-major. */
    fresh(&desc);
    desc.rank = 2;
    desc.shape[0] = 3;
    desc.shape[1] = 4;
    desc.axis = 0;
    desc.width_map = 1;
    width[6] = -2.0;
    fails(&desc, width, CONV_ERR_RANGE, "widths[6]", "-2");
}

static void bad_fields(void **state) {
    conv_varying_desc desc;
    (void)state;
    fresh(&desc);
    fails(NULL, width, CONV_ERR_NULL, "desc", "NULL");
    fails(&desc, NULL, CONV_ERR_NULL, "widths", "NULL");
    assert_int_equal(conv_varying_create(NULL, &desc, width), CONV_ERR_NULL);
    desc.struct_size = 7;
    fails(&desc, width, CONV_ERR_STRUCT_SIZE, "struct_size", "7");
    fresh(&desc);
    desc.form = (conv_varying_form)0;
    fails(&desc, width, CONV_ERR_ENUM, "form", "CONV_SCATTER");
    fresh(&desc);
    desc.profile = (conv_varying_shape)9;
    fails(&desc, width, CONV_ERR_ENUM, "profile", "9");
    fresh(&desc);
    desc.kind = (conv_varying_kind)-1;
    fails(&desc, width, CONV_ERR_ENUM, "kind", "-1");
    fresh(&desc);
    desc.kind = CONV_VARYING_BANDLIMITED;
    desc.profile = CONV_VARYING_LORENTZ;
    fails(&desc, width, CONV_ERR_ENUM, "kind", "profile");
    fresh(&desc);
    desc.edge = (conv_varying_edge)4;
    fails(&desc, width, CONV_ERR_ENUM, "edge", "4");
    fresh(&desc);
    desc.dtype = (conv_dtype)5;
    fails(&desc, width, CONV_ERR_ENUM, "dtype", "5");
    fresh(&desc);
    desc.width_map = 2;
    fails(&desc, width, CONV_ERR_ENUM, "width_map", "2");
    fresh(&desc);
    desc.engine = (conv_varying_engine)17;
    fails(&desc, width, CONV_ERR_ENUM, "engine", "17");
    fresh(&desc);
    desc.isa = (conv_isa)8;
    fails(&desc, width, CONV_ERR_ENUM, "isa", "8");
}

static void bad_numbers(void **state) {
    static const double spacings[] = {0.0, -1.0, (double)NAN, (double)INFINITY};
    static const double tolerances[] = {-1.0, 1e-17, 0.02, (double)NAN};
    conv_varying_desc desc;
    (void)state;
    for (int i = 0; i < 4; i++) {
        fresh(&desc);
        desc.spacing = spacings[i];
        fails(&desc, width, CONV_ERR_SPACING, "spacing", "positive");
        fresh(&desc);
        desc.tolerance = tolerances[i];
        fails(&desc, width, CONV_ERR_TOLERANCE, "tolerance", "f64");
    }
    fresh(&desc);
    desc.dtype = CONV_C32;
    desc.tolerance = 1e-8;
    fails(&desc, width, CONV_ERR_TOLERANCE, "tolerance", "1e-08");
    fresh(&desc);
    desc.rank = 0;
    fails(&desc, width, CONV_ERR_RANK, "rank", "0");
    fresh(&desc);
    desc.rank = 9;
    fails(&desc, width, CONV_ERR_RANK, "rank", "9");
    fresh(&desc);
    desc.axis = 1;
    fails(&desc, width, CONV_ERR_RANK, "axis", "1");
    fresh(&desc);
    desc.shape[0] = 0;
    fails(&desc, width, CONV_ERR_EXTENT, "signal", "0");
    fresh(&desc);
    desc.batch = 0;
    fails(&desc, width, CONV_ERR_EXTENT, "batch", "0");
    fresh(&desc);
    desc.batch = SIZE_MAX / 2;
    desc.signal_batch_stride = 1;
    fails(&desc, width, CONV_ERR_OVERFLOW, "", "");
    fresh(&desc);
    desc.threads = -2;
    fails(&desc, width, CONV_ERR_THREADS, "threads", "-2");
    fresh(&desc);
    desc.batch = 2;
    desc.output_batch_stride = 3;
    fails(&desc, width, CONV_ERR_STRIDE, "", "");
    fresh(&desc);
    desc.max_workspace = 16;
    desc.engine = CONV_VARYING_ENGINE_DIRECT;
    fails(&desc, width, CONV_ERR_WORKSPACE, "max_workspace", "16");
    fresh(&desc);
    desc.engine = CONV_VARYING_ENGINE_PLAIN;
    fails(&desc, width, CONV_ERR_METHOD, "plain", "same");
    fresh(&desc);
    desc.kind = CONV_VARYING_CELL;
    desc.engine = CONV_VARYING_ENGINE_DIRECT;
    fails(&desc, width, CONV_ERR_METHOD, "direct", "sampled");
}

static void bad_executions(void **state) {
    double x[N] = {1.0};
    double y[N];
    double z[N];
    size_t start[N + 1];
    size_t first[N];
    conv_varying_desc desc;
    conv_varying *plan = NULL;
    (void)state;
    for (int i = 0; i < N; i++) {
        y[i] = z[i] = 7.0;
    }
    fresh(&desc);
    assert_int_equal(conv_varying_create(&plan, &desc, width), CONV_OK);
    assert_int_equal(conv_varying_execute(NULL, x, y, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_varying_execute(plan, NULL, y, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_varying_execute(plan, x, NULL, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_varying_execute(plan, y, y + 1, NULL), CONV_ERR_ALIAS);
    assert_non_null(strstr(conv_last_error(), "overlaps"));
    assert_int_equal(conv_varying_execute(plan, x, y, y), CONV_ERR_ALIAS);
    assert_non_null(strstr(conv_last_error(), "workspace"));
    assert_memory_equal(y, z, sizeof y);
    assert_int_equal(conv_varying_matrix(NULL, 0, start, first, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_varying_matrix(plan, 0, NULL, first, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_varying_matrix(plan, 0, start, NULL, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_varying_matrix(plan, 1, start, first, NULL), CONV_ERR_RANGE);
    conv_varying_destroy(plan);
    conv_varying_destroy(NULL);
    assert_int_equal(conv_varying_workspace_size(NULL), 0);
    assert_int_equal(conv_varying_chosen(NULL), CONV_VARYING_ENGINE_AUTO);
    assert_true(conv_varying_bound(NULL) == 0.0);
    assert_true(conv_varying_describe(NULL, NULL, 0) > 0);
    assert_int_equal(conv1d_varying_f64(NULL, N, width, 1.0, CONV_GATHER, CONV_VARYING_LOSE, y),
                     CONV_ERR_NULL);
    assert_int_equal(conv1d_varying_f64(x, N, width, 1.0, CONV_GATHER, CONV_VARYING_LOSE, NULL),
                     CONV_ERR_NULL);
    assert_int_equal(
        conv1d_varying_f64(x, N, width, 1.0, (conv_varying_form)0, CONV_VARYING_LOSE, y),
        CONV_ERR_ENUM);
    assert_int_equal(conv1d_varying_f64(x, N, width, 1.0, CONV_GATHER, CONV_VARYING_LOSE, width),
                     CONV_ERR_ALIAS);
    assert_int_equal(conv1d_varying_f64(x, N, width, 0.0, CONV_GATHER, CONV_VARYING_LOSE, y),
                     CONV_ERR_SPACING);
    assert_memory_equal(y, z, sizeof y);
}

/* A one-shot call is the plan. */
static void one_shots(void **state) {
    float f[N];
    float f_out[N];
    double d[N];
    double d_out[N];
    double again[N];
    conv_c32 c[N];
    conv_c32 c_out[N];
    conv_c64 z[N];
    conv_c64 z_out[N];
    conv_varying_desc desc;
    conv_varying *plan = NULL;
    (void)state;
    fresh(&desc);
    for (int i = 0; i < N; i++) {
        d[i] = (double)(i * i % 7) - 3.0;
        f[i] = (float)d[i];
        c[i] = (float)d[i] * (1.0f + 2.0f * _Complex_I);
        z[i] = d[i] * (1.0 + 2.0 * _Complex_I);
    }
    desc.edge = CONV_VARYING_CLAMP;
    desc.form = CONV_SCATTER;
    assert_int_equal(conv_varying_create(&plan, &desc, width), CONV_OK);
    assert_int_equal(conv_varying_execute(plan, d, again, NULL), CONV_OK);
    conv_varying_destroy(plan);
    assert_int_equal(conv1d_varying_f64(d, N, width, 1.0, CONV_SCATTER, CONV_VARYING_CLAMP, d_out),
                     CONV_OK);
    assert_memory_equal(d_out, again, sizeof again);
    assert_int_equal(conv1d_varying_f32(f, N, width, 1.0, CONV_SCATTER, CONV_VARYING_CLAMP, f_out),
                     CONV_OK);
    assert_int_equal(conv1d_varying_c32(c, N, width, 1.0, CONV_SCATTER, CONV_VARYING_CLAMP, c_out),
                     CONV_OK);
    assert_int_equal(conv1d_varying_c64(z, N, width, 1.0, CONV_SCATTER, CONV_VARYING_CLAMP, z_out),
                     CONV_OK);
    for (int i = 0; i < N; i++) {
        /* |d| <= 3, rounded some 30 times. */
        assert_true(fabs((double)f_out[i] - d_out[i]) < 100.0 * 0x1p-24);
        assert_true(fabs((double)crealf(c_out[i]) - d_out[i]) < 100.0 * 0x1p-24);
        assert_true(fabs((double)cimagf(c_out[i]) - 2.0 * d_out[i]) < 200.0 * 0x1p-24);
        assert_true(fabs(creal(z_out[i]) - d_out[i]) < 100.0 * 0x1p-53);
        assert_true(fabs(cimag(z_out[i]) - 2.0 * d_out[i]) < 200.0 * 0x1p-53);
    }
}

static void description(void **state) {
    char text[512];
    char cut[10];
    conv_varying_desc desc;
    conv_varying *plan = NULL;
    (void)state;
    fresh(&desc);
    assert_int_equal(conv_varying_create(&plan, &desc, width), CONV_OK);
    const size_t length = conv_varying_describe(plan, text, sizeof text);
    assert_int_equal(length, strlen(text));
    assert_int_equal(conv_varying_describe(plan, cut, sizeof cut), length);
    assert_memory_equal(cut, text, sizeof cut - 1);
    assert_non_null(strstr(text, "gather"));
    assert_non_null(strstr(text, "direct"));
    assert_non_null(strstr(text, "bound"));
    conv_varying_destroy(plan);
}

/* Boxes 20000 samples wide on 100000 samples: 32 GB of weights, and not smooth in the width. */
static void too_large(void **state) {
    const size_t n = 100000;
    double *const widths = malloc(n * sizeof *widths);
    conv_varying_desc desc;
    (void)state;
    assert_non_null(widths);
    for (size_t k = 0; k < n; k++) {
        widths[k] = 10000.0 + (double)k * 0.01;
    }
    conv_varying_desc_init(&desc, CONV_F64, 1, &n, CONV_GATHER);
    desc.profile = CONV_VARYING_BOX;
    fails(&desc, widths, CONV_ERR_METHOD, "4 GiB", "smoothly");
    free(widths);
}

/* Where kernels are wide, both forms choose the bank, and tell of it. */
static void wide_kernels_choose_the_bank(void **state) {
    const size_t n = 20000;
    char text[512];
    double *const widths = malloc(n * sizeof *widths);
    (void)state;
    assert_non_null(widths);
    for (size_t k = 0; k < n; k++) {
        widths[k] = 100.0 + 0.005 * (double)k;
    }
    for (int form = CONV_GATHER; form <= CONV_SCATTER; form++) {
        conv_varying_desc desc;
        conv_varying *plan = NULL;
        conv_varying_desc_init(&desc, CONV_F64, 1, &n, (conv_varying_form)form);
        assert_int_equal(conv_varying_create(&plan, &desc, widths), CONV_OK);
        assert_int_equal(conv_varying_chosen(plan), CONV_VARYING_ENGINE_BANK);
        assert_true(conv_varying_describe(plan, text, sizeof text) < sizeof text);
        assert_non_null(strstr(text, "terms"));
        assert_true(conv_varying_bound(plan) <= 1e-6);
        conv_varying_destroy(plan);
    }
    free(widths);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_widths),  cmocka_unit_test(bad_fields),
        cmocka_unit_test(bad_numbers), cmocka_unit_test(bad_executions),
        cmocka_unit_test(one_shots),   cmocka_unit_test(description),
        cmocka_unit_test(too_large),   cmocka_unit_test(wide_kernels_choose_the_bank),
    };
    return cmocka_run_group_tests_name("varying errors", tests, NULL, NULL);
}
