/* test_errors.c - every error: its status, a sentence that names argument and value, an output that
 * stays as it was. */
#include "suite.h"

#include <math.h>
#include <stdlib.h>

enum { SAMPLES = 64 };

static float x[SAMPLES];
static float h[SAMPLES];
static float y[SAMPLES * SAMPLES];

/* A description that is right: 6x5 samples, 3x2 taps, SAME. */
static conv_desc good(void) {
    static const size_t n[2] = {6, 5};
    static const size_t m[2] = {3, 2};
    conv_desc desc;
    conv_desc_init(&desc, CONV_F32, 2, n, m, CONV_SAME);
    return desc;
}

static void fill_output(void) {
    memset(y, 0x5A, sizeof y);
}

static void output_is_as_it_was(void) {
    for (size_t i = 0; i < sizeof y; i++) {
        assert_int_equal(((const unsigned char *)y)[i], 0x5A);
    }
}

/* The last sentence holds each of the words. */
static void sentence_names(const char *first, const char *second) {
    const char *const sentence = conv_last_error();
    assert_non_null(sentence);
    assert_true(strlen(sentence) > 5);
    if (strstr(sentence, first) == NULL || strstr(sentence, second) == NULL) {
        fail_msg("the sentence \"%s\" does not name \"%s\" and \"%s\"", sentence, first, second);
    }
}

/* create fails with the status, leaves NULL, and its sentence names field and value. */
static void create_fails(const conv_desc *desc, conv_status status, const char *field,
                         const char *value) {
    conv_plan *plan = (conv_plan *)(void *)x; /* must be overwritten */
    const conv_status got = conv_plan_create(&plan, desc, h);
    if (got != status) {
        fail_msg("%s=%s: status %d (%s), not %d", field, value, (int)got, conv_last_error(),
                 (int)status);
    }
    assert_null(plan);
    sentence_names(field, value);
}

/* The same, and conv_output_shape answers alike. */
static void description_fails(const conv_desc *desc, conv_status status, const char *field,
                              const char *value) {
    size_t shape[CONV_MAX_RANK];
    create_fails(desc, status, field, value);
    assert_int_equal(conv_output_shape(desc, shape), status);
    sentence_names(field, value);
}

static void null_pointers(void **state) {
    const conv_desc desc = good();
    conv_plan *plan = NULL;
    size_t shape[CONV_MAX_RANK];
    (void)state;
    assert_int_equal(conv_plan_create(NULL, &desc, h), CONV_ERR_NULL);
    sentence_names("plan", "NULL");
    assert_int_equal(conv_plan_create(&plan, NULL, h), CONV_ERR_NULL);
    sentence_names("desc", "NULL");
    assert_int_equal(conv_plan_create(&plan, &desc, NULL), CONV_ERR_NULL);
    sentence_names("kernel", "NULL");
    assert_int_equal(conv_output_shape(NULL, shape), CONV_ERR_NULL);
    sentence_names("desc", "NULL");
    assert_int_equal(conv_output_shape(&desc, NULL), CONV_ERR_NULL);
    sentence_names("shape", "NULL");
    assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
    fill_output();
    assert_int_equal(conv_plan_execute(NULL, x, y, NULL), CONV_ERR_NULL);
    sentence_names("plan", "NULL");
    assert_int_equal(conv_plan_execute(plan, NULL, y, NULL), CONV_ERR_NULL);
    sentence_names("signal", "NULL");
    assert_int_equal(conv_plan_execute(plan, x, NULL, NULL), CONV_ERR_NULL);
    sentence_names("output", "NULL");
    conv_plan_destroy(plan);
    assert_int_equal(conv1d_f32(NULL, 4, h, 2, CONV_FULL, y), CONV_ERR_NULL);
    sentence_names("x", "NULL");
    assert_int_equal(conv1d_f32(x, 4, NULL, 2, CONV_FULL, y), CONV_ERR_NULL);
    sentence_names("h", "NULL");
    assert_int_equal(conv1d_f32(x, 4, h, 2, CONV_FULL, NULL), CONV_ERR_NULL);
    sentence_names("y", "NULL");
    assert_int_equal(conv2d_f32(NULL, 4, 4, h, 2, 2, CONV_FULL, y), CONV_ERR_NULL);
    assert_int_equal(conv1d_trapezoid_f32(x, 4, NULL, 2, 1.0f, CONV_FULL, y), CONV_ERR_NULL);
    assert_int_equal(conv2d_trapezoid_f32(x, 4, 4, h, 2, 2, 1.0f, 1.0f, CONV_FULL, NULL),
                     CONV_ERR_NULL);
    output_is_as_it_was();
}

static void harmless_nulls(void **state) {
    char text[8] = "abc";
    (void)state;
    conv_plan_destroy(NULL);
    conv_desc_init(NULL, CONV_F32, 1, (const size_t[]){1}, (const size_t[]){1}, CONV_FULL);
    assert_int_equal(conv_plan_workspace_size(NULL), 0);
    assert_int_equal(conv_plan_method(NULL), CONV_METHOD_AUTO);
    conv_plan_describe(NULL, text, sizeof text);
}

static void struct_size_and_rank(void **state) {
    conv_desc desc = good();
    (void)state;
    desc.struct_size = 0;
    description_fails(&desc, CONV_ERR_STRUCT_SIZE, "struct_size", "0");
    desc.struct_size = sizeof desc + 8;
    char size[24];
    snprintf(size, sizeof size, "%zu", desc.struct_size);
    description_fails(&desc, CONV_ERR_STRUCT_SIZE, "struct_size", size);
    static const int ranks[] = {0, -1, 9, 1000000};
    for (size_t i = 0; i < 4; i++) {
        desc = good();
        desc.rank = ranks[i];
        char rank[16];
        snprintf(rank, sizeof rank, "%d", ranks[i]);
        description_fails(&desc, CONV_ERR_RANK, "rank", rank);
    }
}

/* conv_desc_init survives a rank that create will refuse. */
static void init_with_bad_rank(void **state) {
    static const size_t ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const int ranks[] = {0, -5, 9, 16};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        conv_desc desc;
        conv_desc_init(&desc, CONV_F64, ranks[i], ones, ones, CONV_FULL);
        description_fails(&desc, CONV_ERR_RANK, "rank", "");
    }
}

static void unknown_enumerators(void **state) {
    static const struct {
        const char *field;
        size_t at;
    } fields[] = {
        {"dtype", offsetof(conv_desc, dtype)},
        {"mode", offsetof(conv_desc, mode)},
        {"operation", offsetof(conv_desc, operation)},
        {"boundary", offsetof(conv_desc, boundary)},
        {"boundary", offsetof(conv_desc, boundary) + sizeof(conv_boundary)},
        {"preset", offsetof(conv_desc, preset)},
        {"rule", offsetof(conv_desc, rule)},
        {"method", offsetof(conv_desc, method)},
        {"isa", offsetof(conv_desc, isa)},
        {"kernel_dtype", offsetof(conv_desc, kernel_dtype)},
    };
    static const int values[] = {77, -3};
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        for (size_t v = 0; v < 2; v++) {
            conv_desc desc = good();
            char text[16];
            memcpy((unsigned char *)&desc + fields[i].at, &values[v], sizeof values[v]);
            snprintf(text, sizeof text, "%d", values[v]);
            /* A negative enumerator may be printed unsigned. */
            description_fails(&desc, CONV_ERR_ENUM, fields[i].field, v == 0 ? text : "");
        }
    }
    fill_output();
    assert_int_equal(conv1d_f32(x, 4, h, 2, (conv_mode)77, y), CONV_ERR_ENUM);
    sentence_names("mode", "77");
    output_is_as_it_was();
}

static void window_was_refused(conv_status status) {
    assert_int_equal(status, CONV_ERR_ENUM);
    sentence_names("mode", "CONV_WINDOW");
    sentence_names("conv_desc", "0..4");
    output_is_as_it_was();
}

/* A window's start, count and step lie in a description: every call without one says so. */
static void window_without_description(void **state) {
    (void)state;
    const conv_grid grid = {0, 1, 4}, grids[2] = {grid, grid};
    const int32_t ix[4] = {1, 2, 3, 4}, ih[2] = {1, 1};
    const int64_t lx[4] = {1, 2, 3, 4}, lh[2] = {1, 1};
    int64_t iy[4] = {7, 7, 7, 7};
    conv_grid out = grid;
    fill_output();
    window_was_refused(conv1d_f32(x, 4, h, 2, CONV_WINDOW, y));
    window_was_refused(conv2d_f32(x, 4, 4, h, 2, 2, CONV_WINDOW, y));
    window_was_refused(conv1d_trapezoid_f32(x, 4, h, 2, 1.0f, CONV_WINDOW, y));
    window_was_refused(conv2d_trapezoid_f32(x, 4, 4, h, 2, 2, 1.0f, 1.0f, CONV_WINDOW, y));
    window_was_refused(
        conv1d_integral_f32(x, &grid, h, &grid, CONV_WINDOW, CONV_RULE_TRAPEZOID, 0, y, NULL));
    window_was_refused(
        conv2d_integral_f32(x, grids, h, grids, CONV_WINDOW, CONV_RULE_TRAPEZOID, 0, y, NULL));
    window_was_refused(conv_grid_output(&grid, &grid, CONV_WINDOW, &out));
    window_was_refused(conv1d_i32(ix, 4, ih, 2, CONV_WINDOW, iy));
    window_was_refused(conv1d_i64(lx, 4, lh, 2, CONV_WINDOW, iy));
    window_was_refused(conv2d_i32(ix, 2, 2, ih, 1, 2, CONV_WINDOW, iy));
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(iy[i], 7);
    assert_int_equal(out.n, 4);
}

static void types(void **state) {
    (void)state;
    for (int dtype = CONV_F32; dtype <= CONV_C64; dtype++) {
        for (int kernel = CONV_F32; kernel <= CONV_C64; kernel++) {
            const bool real_of = (dtype == CONV_C32 && kernel == CONV_F32) ||
                                 (dtype == CONV_C64 && kernel == CONV_F64);
            conv_desc desc = good();
            size_t shape[CONV_MAX_RANK];
            desc.dtype = (conv_dtype)dtype;
            desc.kernel_dtype = (conv_dtype)kernel;
            if (dtype == kernel || real_of) {
                assert_int_equal(conv_output_shape(&desc, shape), CONV_OK);
            } else {
                description_fails(&desc, CONV_ERR_TYPE, "kernel_dtype", "");
                assert_null(strstr(conv_last_error(), "f32 or f32"));
                assert_null(strstr(conv_last_error(), "f64 or f64"));
            }
        }
    }
    /* What to do instead. */
    conv_desc desc = good();
    desc.dtype = CONV_F64;
    desc.kernel_dtype = CONV_C64;
    description_fails(&desc, CONV_ERR_TYPE, "must be f64", "signal c64");
}

static void zero_extents(void **state) {
    conv_desc desc = good();
    (void)state;
    desc.signal_shape[1] = 0;
    description_fails(&desc, CONV_ERR_EXTENT, "signal_shape[1]", "0");
    desc = good();
    desc.kernel_shape[0] = 0;
    description_fails(&desc, CONV_ERR_EXTENT, "kernel_shape[0]", "0");
    desc = good();
    desc.batch = 0;
    description_fails(&desc, CONV_ERR_EXTENT, "batch", "0");
    desc = good();
    desc.mode = CONV_WINDOW;
    desc.window_count[0] = 3;
    desc.window_count[1] = 0;
    description_fails(&desc, CONV_ERR_EXTENT, "window_count[1]", "0");
    desc.window_count[1] = 3;
    desc.window_step[0] = 0;
    description_fails(&desc, CONV_ERR_EXTENT, "window_step[0]", "0");
    fill_output();
    assert_int_equal(conv1d_f32(x, 0, h, 2, CONV_FULL, y), CONV_ERR_EXTENT);
    sentence_names("nx", "0");
    assert_int_equal(conv1d_f32(x, 4, h, 0, CONV_FULL, y), CONV_ERR_EXTENT);
    sentence_names("nh", "0");
    assert_int_equal(conv2d_f32(x, 4, 0, h, 2, 2, CONV_FULL, y), CONV_ERR_EXTENT);
    assert_int_equal(conv1d_trapezoid_f32(x, 4, h, 0, 1.0f, CONV_FULL, y), CONV_ERR_EXTENT);
    assert_int_equal(conv2d_trapezoid_f32(x, 4, 4, h, 0, 2, 1.0f, 1.0f, CONV_FULL, y),
                     CONV_ERR_EXTENT);
    output_is_as_it_was();
}

static void overflows(void **state) {
    static const size_t huge[] = {SIZE_MAX,     SIZE_MAX / 2,     SIZE_MAX / 2 + 1,
                                  SIZE_MAX / 4, SIZE_MAX / 4 + 1, SIZE_MAX / 8};
    (void)state;
    for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
        char value[24];
        conv_desc desc = good();
        snprintf(value, sizeof value, "%zu", huge[i]);
        desc.signal_shape[0] = huge[i];
        description_fails(&desc, CONV_ERR_OVERFLOW, "", "");
        desc = good();
        desc.kernel_shape[0] = huge[i];
        description_fails(&desc, CONV_ERR_OVERFLOW, "", "");
        desc = good();
        desc.batch = huge[i];
        description_fails(&desc, CONV_ERR_OVERFLOW, "", "");
        desc = good();
        desc.mode = CONV_CIRCULAR;
        desc.period[1] = huge[i];
        description_fails(&desc, CONV_ERR_OVERFLOW, "", "");
        desc = good();
        desc.mode = CONV_WINDOW;
        desc.window_count[0] = huge[i];
        desc.window_count[1] = 2;
        description_fails(&desc, CONV_ERR_OVERFLOW, "", "");
        fill_output();
        assert_int_equal(conv1d_f32(x, huge[i], h, 2, CONV_FULL, y), CONV_ERR_OVERFLOW);
        assert_true(strlen(conv_last_error()) > 5);
        assert_int_equal(conv2d_f32(x, huge[i], huge[i], h, 2, 2, CONV_SAME, y), CONV_ERR_OVERFLOW);
        output_is_as_it_was();
    }
}

/* Lattices and strides whose far ends are no addresses or indices: an error, never a crash. */
static void far_ends(void **state) {
    size_t shape[CONV_MAX_RANK];
    conv_desc desc = good();
    (void)state;
    desc.mode = CONV_WINDOW;
    desc.window_count[0] = desc.window_count[1] = 3;
    desc.window_step[0] = SIZE_MAX / 2;
    assert_int_not_equal(conv_output_shape(&desc, shape), CONV_OK);
    desc.window_step[0] = 1;
    desc.window_start[0] = PTRDIFF_MAX;
    assert_int_not_equal(conv_output_shape(&desc, shape), CONV_OK);
    desc = good();
    desc.origin[0] = PTRDIFF_MAX;
    assert_int_not_equal(conv_output_shape(&desc, shape), CONV_OK);
    desc = good();
    desc.signal_stride[0] = PTRDIFF_MAX;
    desc.signal_stride[1] = 1;
    assert_int_not_equal(conv_output_shape(&desc, shape), CONV_OK);
    desc = good();
    desc.output_stride[0] = PTRDIFF_MIN;
    desc.output_stride[1] = 1;
    assert_int_not_equal(conv_output_shape(&desc, shape), CONV_OK);
    desc = good();
    desc.batch = 3;
    desc.output_batch_stride = PTRDIFF_MAX;
    assert_int_not_equal(conv_output_shape(&desc, shape), CONV_OK);
}

static void mixed_fit(void **state) {
    conv_desc desc = good();
    (void)state;
    desc.mode = CONV_VALID;
    desc.kernel_shape[1] = 9;
    description_fails(&desc, CONV_ERR_MIXED_FIT, "", "9");
    fill_output();
    assert_int_equal(conv2d_f32(x, 4, 4, h, 2, 5, CONV_VALID, y), CONV_ERR_MIXED_FIT);
    sentence_names("", "5");
    assert_int_equal(conv2d_trapezoid_f32(x, 4, 4, h, 5, 2, 1.0f, 1.0f, CONV_VALID, y),
                     CONV_ERR_MIXED_FIT);
    output_is_as_it_was();
}

static void circular_boundaries(void **state) {
    (void)state;
    for (int boundary = CONV_ZERO; boundary <= CONV_MIRROR; boundary++) {
        conv_desc desc = good();
        size_t shape[CONV_MAX_RANK];
        desc.mode = CONV_CIRCULAR;
        desc.boundary[1] = (conv_boundary)boundary;
        if (boundary == CONV_ZERO || boundary == CONV_WRAP) {
            assert_int_equal(conv_output_shape(&desc, shape), CONV_OK);
        } else {
            description_fails(&desc, CONV_ERR_BOUNDARY, "boundary[1]", "");
        }
    }
}

static void spacings(void **state) {
    static const double bad[] = {0.0, -1.5, NAN, INFINITY, -INFINITY};
    static const char *const names[] = {"0", "-1.5", "nan", "inf", "-inf"};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        conv_desc desc = good();
        size_t shape[CONV_MAX_RANK];
        desc.spacing[1] = bad[i];
        assert_int_equal(conv_output_shape(&desc, shape), CONV_OK); /* SUM does not read it */
        desc.rule = CONV_RULE_TRAPEZOID;
        description_fails(&desc, CONV_ERR_SPACING, "spacing[1]", names[i]);
        fill_output();
        assert_int_equal(conv1d_trapezoid_f32(x, 4, h, 2, (float)bad[i], CONV_FULL, y),
                         CONV_ERR_SPACING);
        sentence_names("dx", names[i]);
        assert_int_equal(conv2d_trapezoid_f32(x, 4, 4, h, 2, 2, (float)bad[i], 1.0f, CONV_FULL, y),
                         CONV_ERR_SPACING);
        sentence_names("dy", names[i]);
        output_is_as_it_was();
    }
}

static void output_strides(void **state) {
    static const ptrdiff_t colliding[][2] = {{1, 1}, {0, 1}, {5, 0}, {3, 1}, {-4, 1}, {2, 2}};
    static const ptrdiff_t good_ones[][2] = {{5, 1}, {-5, 1}, {5, -1}, {1, 6}, {2, 13}, {100, 3}};
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        conv_desc desc = good();
        size_t shape[CONV_MAX_RANK];
        memcpy(desc.output_stride, colliding[i], sizeof colliding[i]);
        const conv_status status = conv_output_shape(&desc, shape);
        if (status != CONV_ERR_STRIDE) {
            fail_msg("output_stride %td,%td of 6x5 outputs: status %d", colliding[i][0],
                     colliding[i][1], (int)status);
        }
        description_fails(&desc, CONV_ERR_STRIDE, "output", "stride");
        memcpy(desc.output_stride, good_ones[i], sizeof good_ones[i]);
        assert_int_equal(conv_output_shape(&desc, shape), CONV_OK);
    }
    conv_desc desc = good();
    desc.batch = 2;
    desc.output_batch_stride = 7;
    description_fails(&desc, CONV_ERR_STRIDE, "output_batch_stride", "7");
    /* The signal may lie on top of itself. */
    size_t shape[CONV_MAX_RANK];
    desc = good();
    desc.signal_stride[0] = 1;
    desc.signal_stride[1] = 1;
    assert_int_equal(conv_output_shape(&desc, shape), CONV_OK);
}

static void aliases(void **state) {
    static float both[256];
    float before[256];
    const conv_desc desc = good();
    conv_plan *plan = NULL;
    (void)state;
    for (size_t i = 0; i < 256; i++) {
        before[i] = both[i] = (float)i;
    }
    assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
    /* 30 samples in, 30 out */
    static const size_t at[] = {0, 1, 29};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(conv_plan_execute(plan, both, both + at[i], NULL), CONV_ERR_ALIAS);
        sentence_names("output", "signal");
        assert_int_equal(conv_plan_execute(plan, both + at[i], both, NULL), CONV_ERR_ALIAS);
    }
    const size_t workspace = conv_plan_workspace_size(plan);
    if (workspace > 0 && workspace < 512) {
        assert_int_equal(conv_plan_execute(plan, both, both + 64, both + 93), CONV_ERR_ALIAS);
        sentence_names("output", "workspace");
    }
    assert_int_equal(conv1d_f32(both, 8, h, 3, CONV_FULL, both + 7), CONV_ERR_ALIAS);
    sentence_names("y", "x");
    assert_int_equal(conv1d_f32(x, 8, both, 3, CONV_FULL, both + 2), CONV_ERR_ALIAS);
    sentence_names("y", "h");
    assert_int_equal(conv2d_f32(both, 4, 4, h, 3, 3, CONV_SAME, both), CONV_ERR_ALIAS);
    assert_int_equal(conv1d_trapezoid_f32(both, 8, h, 3, 1.0f, CONV_SAME, both), CONV_ERR_ALIAS);
    assert_memory_equal(both, before, sizeof both);
    assert_int_equal(conv_plan_execute(plan, both, both + 30, NULL), CONV_OK);
    assert_int_equal(conv_plan_execute(plan, both + 30, both, NULL), CONV_OK);
    conv_plan_destroy(plan);
}

static void threads_method_workspace(void **state) {
    conv_desc desc = good();
    conv_plan *plan = NULL;
    (void)state;
    desc.threads = -2;
    description_fails(&desc, CONV_ERR_THREADS, "threads", "-2");
    /* Every method is either done or refused by name; a tiny workspace is kept or refused. */
    for (int method = CONV_METHOD_AUTO; method <= CONV_METHOD_REFERENCE; method++) {
        desc = good();
        desc.method = (conv_method)method;
        desc.max_workspace = 1;
        const conv_status status = conv_plan_create(&plan, &desc, h);
        if (status == CONV_OK) {
            assert_true(conv_plan_workspace_size(plan) <= 1);
            conv_plan_destroy(plan);
        } else {
            assert_true(status == CONV_ERR_WORKSPACE || status == CONV_ERR_METHOD);
            sentence_names(status == CONV_ERR_WORKSPACE ? "max_workspace"
                                                        : method_name((conv_method)method),
                           "");
            assert_null(plan);
        }
    }
    /* Methods that layers alone have are known, and refused. */
    for (int method = CONV_METHOD_BLAS; method <= CONV_METHOD_ONEDNN; method++) {
        desc = good();
        desc.method = (conv_method)method;
        desc.tolerance.kind = CONV_TOLERANCE_STRICT;
        description_fails(&desc, CONV_ERR_METHOD, "method", "layers");
    }
    /* A kernel that is no outer product. */
    static const float full_rank[6] = {1, 2, 3, 4, 5, 7};
    desc = good();
    desc.method = CONV_METHOD_SEPARABLE;
    assert_int_equal(conv_plan_create(&plan, &desc, full_rank), CONV_ERR_METHOD);
    assert_null(plan);
    sentence_names("separable", "");
}

static void output_extents(void **state) {
    (void)state;
    assert_int_equal(conv_output_extent(10, 4, CONV_FULL), 13);
    assert_int_equal(conv_output_extent(10, 4, CONV_SAME), 10);
    assert_int_equal(conv_output_extent(10, 4, CONV_CAUSAL), 10);
    assert_int_equal(conv_output_extent(10, 4, CONV_VALID), 7);
    assert_int_equal(conv_output_extent(4, 10, CONV_VALID), 7);
    assert_int_equal(conv_output_extent(10, 4, CONV_CIRCULAR), 10);
    assert_int_equal(conv_output_extent(10, 4, CONV_WINDOW), 0);
    assert_int_equal(conv_output_extent(10, 4, (conv_mode)99), 0);
    for (int mode = CONV_FULL; mode <= CONV_WINDOW; mode++) {
        assert_int_equal(conv_output_extent(0, 4, (conv_mode)mode), 0);
        assert_int_equal(conv_output_extent(4, 0, (conv_mode)mode), 0);
    }
    assert_int_equal(conv_output_extent(SIZE_MAX, 2, CONV_FULL), 0);
    assert_int_equal(conv_output_extent(SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1, CONV_FULL), 0);
}

static void output_shapes(void **state) {
    conv_desc desc = good();
    size_t shape[CONV_MAX_RANK];
    (void)state;
    assert_int_equal(conv_output_shape(&desc, shape), CONV_OK);
    for (int d = 0; d < CONV_MAX_RANK; d++) {
        assert_int_equal(shape[d], d == 0 ? 6 : d == 1 ? 5 : 1);
    }
}

static void describe_as_snprintf(void **state) {
    const conv_desc desc = good();
    conv_plan *plan = NULL;
    char text[16384];
    char cut[16384];
    (void)state;
    assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
    const size_t length = conv_plan_describe(plan, text, sizeof text);
    assert_true(length > 20 && length < sizeof text);
    assert_int_equal(strlen(text), length);
    assert_int_equal(conv_plan_describe(plan, NULL, 0), length);
    for (size_t size = 1; size <= length + 2; size += size < 40 ? 1 : 17) {
        memset(cut, 'x', sizeof cut);
        assert_int_equal(conv_plan_describe(plan, cut, size), length);
        const size_t kept = size <= length ? size - 1 : length;
        assert_memory_equal(cut, text, kept);
        assert_int_equal(cut[kept], '\0');
        assert_int_equal(cut[size], 'x');
    }
    for (int method = CONV_METHOD_DIRECT; method <= CONV_METHOD_REFERENCE; method++) {
        assert_non_null(strstr(text, method_name((conv_method)method)));
    }
    conv_plan_destroy(plan);
}

static void sentences(void **state) {
    (void)state;
    assert_int_equal(conv1d_f32(NULL, 4, h, 2, CONV_FULL, y), CONV_ERR_NULL);
    char before[512];
    snprintf(before, sizeof before, "%s", conv_last_error());
    assert_int_equal(conv1d_f32(x, 4, h, 2, CONV_FULL, y), CONV_OK);
    assert_string_equal(before, conv_last_error()); /* a success leaves it as it is */
    for (int i = -3; i < 40; i++) {
        assert_non_null(conv_status_string((conv_status)i));
        for (int j = CONV_OK; j < i && i <= CONV_ERR_CALLBACK; j++) {
            assert_string_not_equal(conv_status_string((conv_status)i),
                                    conv_status_string((conv_status)j));
        }
    }
}

static int no_error_yet(void **state) {
    (void)state;
    return strcmp(conv_last_error(), "") == 0 ? 0 : -1;
}

/* Every field of a stride, a batch, a pad or a lattice at the ends of its type, in all descriptions
 * that have such fields: some status, and under a sanitizer no signed overflow. What is accepted is
 * not executed: its arrays are not there. */
static const ptrdiff_t far_values[] = {
    PTRDIFF_MIN,     PTRDIFF_MIN + 1, PTRDIFF_MIN / 2, PTRDIFF_MIN / 8, PTRDIFF_MIN / 8 + 1, -1, 1,
    PTRDIFF_MAX / 8, PTRDIFF_MAX / 4, PTRDIFF_MAX / 2, PTRDIFF_MAX - 1, PTRDIFF_MAX};
enum { FAR_VALUES = sizeof far_values / sizeof far_values[0] };

static void far_plans(void **state) {
    enum { FIELDS = 14 };
    static const size_t shapes[][2] = {{6, 5}, {1, 5}, {6, 1}, {1, 1}};
    (void)state;
    for (size_t i = 0; i < FIELDS * FAR_VALUES * FAR_VALUES; i++) {
        const size_t *const shape = shapes[i % 4];
        const ptrdiff_t values[2] = {far_values[i / FIELDS % FAR_VALUES],
                                     far_values[i / FIELDS / FAR_VALUES]};
        for (int type = CONV_F32; type <= CONV_C64; type += 3) {
            conv_plan *plan = NULL;
            size_t output[CONV_MAX_RANK];
            const size_t m[2] = {shape[0] < 3 ? 1 : 3, 1};
            double kernel[2 * 9] = {1};
            conv_desc desc;
            conv_desc_init(&desc, (conv_dtype)type, 2, shape, m,
                           i % FIELDS > 9 ? CONV_WINDOW : CONV_SAME);
            desc.window_count[0] = desc.window_count[1] = 3;
            desc.batch = i / 4 % 2 + 1;
            desc.signal_stride[0] = 5;
            desc.signal_stride[1] = 1;
            ptrdiff_t *const fields[FIELDS] = {&desc.signal_stride[0],
                                               &desc.signal_stride[1],
                                               &desc.output_stride[0],
                                               &desc.output_stride[1],
                                               &desc.signal_batch_stride,
                                               &desc.output_batch_stride,
                                               &desc.origin[0],
                                               (ptrdiff_t *)&desc.batch,
                                               (ptrdiff_t *)&desc.max_workspace,
                                               (ptrdiff_t *)&desc.period[0],
                                               &desc.window_start[0],
                                               (ptrdiff_t *)&desc.window_count[0],
                                               (ptrdiff_t *)&desc.window_step[0],
                                               &desc.window_start[1]};
            *fields[i % FIELDS] = values[0];
            *fields[(i + 1 + i / 50 % 5) % FIELDS] = values[1];
            if (conv_output_shape(&desc, output) == CONV_OK && output[0] < 100 && output[1] < 100)
                (void)conv_plan_create(&plan, &desc, kernel);
            conv_plan_destroy(plan);
        }
    }
}

static void far_modules(void **state) {
    static const double widths[30] = {1, 2, 1};
    static const size_t shape[2] = {6, 5};
    static const size_t kernel[2] = {3, 2};
    (void)state;
    for (size_t i = 0; i < FAR_VALUES * FAR_VALUES; i++) {
        const ptrdiff_t a = far_values[i % FAR_VALUES];
        const ptrdiff_t b = far_values[i / FAR_VALUES];
        for (int field = 0; field < 4; field++) {
            conv_varying_desc varying;
            conv_varying *varying_plan = NULL;
            conv_spread_desc spread;
            conv_spread *spread_plan = NULL;
            conv_layer_desc layer;
            conv_layer *layer_plan = NULL;
            conv_irregular_desc irregular;
            conv_irregular *irregular_plan = NULL;
            conv_varying_desc_init(&varying, CONV_C64, 2, shape, CONV_GATHER);
            conv_spread_desc_init(&spread, CONV_C64, 6, 5, CONV_SCATTER);
            conv_layer_desc_init(&layer, CONV_F32, 2, shape, kernel, 2, 3);
            ptrdiff_t *const strides[4][2] = {
                {varying.signal_stride, spread.signal_stride},
                {varying.output_stride, spread.output_stride},
                {&varying.signal_batch_stride, &spread.signal_batch_stride},
                {&varying.output_batch_stride, &spread.output_batch_stride}};
            for (int k = 0; k < 2; k++) {
                strides[field][k][0] = a;
                if (field < 2)
                    strides[field][k][1] = b;
            }
            varying.batch = spread.batch = field < 2 ? 1 : 2;
            if (field == 3)
                varying.batch = spread.batch = (size_t)b;
            (void)conv_varying_create(&varying_plan, &varying, widths);
            (void)conv_spread_create(&spread_plan, &spread, widths, NULL, NULL);
            layer.pad[field % 2][field / 2] = a;
            layer.pad[(field + 1) % 2][0] = b;
            (void)conv_layer_create(&layer_plan, &layer);
            conv_layer_destroy(layer_plan);
            layer_plan = NULL;
            layer.pad[0][0] = layer.pad[0][1] = layer.pad[1][0] = layer.pad[1][1] = 0;
            layer.stride[field % 2] = (size_t)a;
            layer.dilation[field / 2] = (size_t)b;
            (void)conv_layer_create(&layer_plan, &layer);
            conv_irregular_desc_init(&irregular, CONV_C64, (const double[]){0, 1, 2}, 3,
                                     (const double[]){1, 1, 1}, CONV_GATHER);
            irregular.batch = (size_t)a;
            (void)conv_irregular_create(&irregular_plan, &irregular);
            conv_varying_destroy(varying_plan);
            conv_spread_destroy(spread_plan);
            conv_layer_destroy(layer_plan);
            conv_irregular_destroy(irregular_plan);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_pointers),
        cmocka_unit_test(harmless_nulls),
        cmocka_unit_test(struct_size_and_rank),
        cmocka_unit_test(init_with_bad_rank),
        cmocka_unit_test(unknown_enumerators),
        cmocka_unit_test(window_without_description),
        cmocka_unit_test(types),
        cmocka_unit_test(zero_extents),
        cmocka_unit_test(overflows),
        cmocka_unit_test(far_ends),
        cmocka_unit_test(far_plans),
        cmocka_unit_test(far_modules),
        cmocka_unit_test(mixed_fit),
        cmocka_unit_test(circular_boundaries),
        cmocka_unit_test(spacings),
        cmocka_unit_test(output_strides),
        cmocka_unit_test(aliases),
        cmocka_unit_test(threads_method_workspace),
        cmocka_unit_test(output_extents),
        cmocka_unit_test(output_shapes),
        cmocka_unit_test(describe_as_snprintf),
        cmocka_unit_test(sentences),
    };
    return cmocka_run_group_tests_name("errors", tests, no_error_yet, NULL);
}
