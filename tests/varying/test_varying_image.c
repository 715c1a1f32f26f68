/* test_varying_image.c - images under Gaussians with two widths and an angle for every pixel,
 * against the definition in long double; constants, totals, transposes, NaN and statuses. */
#include "suite.h"

#include <math.h>
#include <stdlib.h>

#include "data.h"

enum { ROWS = 13, COLS = 17, PIXELS = ROWS * COLS };

static double major[PIXELS];
static double minor[PIXELS];
static double angle[PIXELS];

static void fill_widths(int pattern) {
    uint64_t seed = 4;
    for (size_t i = 0; i < PIXELS; i++) {
        major[i] = pattern == 0 ? 1.5 : 0.5 + 4.0 * next_uniform(&seed);
        minor[i] = pattern == 2 && i % 3 == 0 ? 0.0 : 0.4 + 2.0 * next_uniform(&seed);
        angle[i] = 7.0 * (next_uniform(&seed) - 0.5);
    }
}

static ptrdiff_t inside(conv_varying_edge edge, ptrdiff_t j, ptrdiff_t n) {
    if (j >= 0 && j < n) {
        return j;
    }
    if (edge == CONV_VARYING_CLAMP) {
        return j < 0 ? 0 : n - 1;
    }
    if (edge == CONV_VARYING_REFLECT) {
        const ptrdiff_t k = ((j % (2 * n)) + 2 * n) % (2 * n);
        return k < n ? k : 2 * n - 1 - k;
    }
    return -1;
}

/* The kernel of pixel i, as a row over all pixels. */
static void kernel_of(const conv_varying_image_desc *desc, const double *across,
                      const double *turned, size_t i, long double *row) {
    const long double cut = sqrtl(-2.0L * logl(1e-6L)) + 0.75L;
    const long double least = 1e-3L * fminl(desc->spacing_x, desc->spacing_y);
    const long double a = fmaxl(major[i], least);
    const long double b = fmaxl(across ? across[i] : major[i], least);
    const long double t = turned ? turned[i] : 0.0L;
    const ptrdiff_t reach = 70;
    long double all = 0.0L;
    long double kept = 0.0L;
    memset(row, 0, PIXELS * sizeof *row);
    for (ptrdiff_t dy = -reach; dy <= reach; dy++) {
        for (ptrdiff_t dx = -reach; dx <= reach; dx++) {
            const long double x = (long double)dx * desc->spacing_x;
            const long double y = (long double)dy * desc->spacing_y;
            const long double u = (x * cosl(t) + y * sinl(t)) / a;
            const long double v = (y * cosl(t) - x * sinl(t)) / b;
            const long double q = u * u + v * v;
            if (q > cut * cut) {
                continue;
            }
            const ptrdiff_t to_y = inside(desc->edge, (ptrdiff_t)(i / COLS) + dy, ROWS);
            const ptrdiff_t to_x = inside(desc->edge, (ptrdiff_t)(i % COLS) + dx, COLS);
            all += expl(-q / 2.0L);
            if (to_y >= 0 && to_x >= 0) {
                kept += expl(-q / 2.0L);
                row[to_y * COLS + to_x] += expl(-q / 2.0L);
            }
        }
    }
    for (size_t j = 0; j < PIXELS; j++) {
        row[j] /= desc->edge == CONV_VARYING_RENORMALISE ? kept : all;
    }
}

static double get(const void *data, conv_dtype dtype, size_t i) {
    return type_is_single(dtype) ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

static double worst[2];

static void compare(const conv_varying_image_desc *given, const long double *matrix,
                    const double *across, const double *turned) {
    double x[2 * PIXELS];
    double y[2 * PIXELS];
    uint64_t seed = 8;
    for (int dtype = 0; dtype <= CONV_C64; dtype++) {
        conv_varying_image_desc desc = *given;
        const size_t parts = type_is_complex((conv_dtype)dtype) ? 2 : 1;
        desc.dtype = (conv_dtype)dtype;
        for (size_t i = 0; i < parts * PIXELS; i++) {
            const double value = next_uniform(&seed) - 0.5;
            if (type_is_single(desc.dtype)) {
                ((float *)x)[i] = (float)value;
            } else {
                x[i] = value;
            }
        }
        if (conv_varying_image(&desc, major, across, turned, x, y) != CONV_OK) {
            fail_msg("%s", conv_last_error());
        }
        for (size_t k = 0; k < PIXELS; k++) {
            for (size_t p = 0; p < parts; p++) {
                long double sum = 0.0L;
                long double magnitude = 0.0L;
                for (size_t j = 0; j < PIXELS; j++) {
                    const long double weight =
                        desc.form == CONV_GATHER ? matrix[k * PIXELS + j] : matrix[j * PIXELS + k];
                    sum += weight * (long double)get(x, desc.dtype, parts * j + p);
                    magnitude += fabsl(weight * (long double)get(x, desc.dtype, parts * j + p));
                }
                /* Weights: exponents up to cut^2/2 = 18 with some roundings each, 16 steps of the
                 * recurrence, 120 u; sums of up to 3000 terms, in double. */
                const bool single = type_is_single(desc.dtype);
                const double limit = (double)magnitude * (single ? 0x1p-24 : 0.0) +
                                     (double)magnitude * 3400.0 * 0x1p-53 + 1e-300;
                const double error =
                    fabs((double)((long double)get(y, desc.dtype, parts * k + p) - sum));
                worst[!single] = fmax(worst[!single], error / limit);
                if (!(error <= limit)) {
                    fail_msg("form %d edge %d dtype %d pixel %zu: %.17g, must be %.17g", desc.form,
                             desc.edge, dtype, k, get(y, desc.dtype, parts * k + p), (double)sum);
                }
            }
        }
    }
}

static void definition(void **state) {
    long double *const matrix = malloc((size_t)PIXELS * PIXELS * sizeof *matrix);
    (void)state;
    assert_non_null(matrix);
    for (int variant = 0; variant < 12; variant++) {
        conv_varying_image_desc desc;
        const double *const across = variant % 3 ? minor : NULL;
        const double *const turned = variant % 3 == 2 ? angle : NULL;
        conv_varying_image_desc_init(&desc, CONV_F64, ROWS, COLS, CONV_GATHER);
        desc.edge = (conv_varying_edge)(variant % 4);
        desc.spacing_y = variant % 2 ? 0.7 : 1.0;
        desc.threads = 1 + variant % 2;
        fill_widths(variant % 3);
        for (size_t i = 0; i < PIXELS; i++) {
            kernel_of(&desc, across, turned, i, matrix + i * PIXELS);
        }
        compare(&desc, matrix, across, turned);
        desc.form = CONV_SCATTER;
        compare(&desc, matrix, across, turned);
    }
    printf("# worst error / limit: single %.3f, double %.3f\n", worst[0], worst[1]);
    free(matrix);
}

static void constants_totals_and_nan(void **state) {
    double x[PIXELS];
    double y[PIXELS];
    conv_varying_image_desc desc;
    double constant = 0.0;
    double total = 0.0;
    (void)state;
    fill_widths(1);
    for (int edge = CONV_VARYING_RENORMALISE; edge <= CONV_VARYING_CLAMP; edge++) {
        long double given = 0.0L;
        long double kept = 0.0L;
        conv_varying_image_desc_init(&desc, CONV_F64, ROWS, COLS, CONV_GATHER);
        desc.edge = (conv_varying_edge)edge;
        for (size_t i = 0; i < PIXELS; i++) {
            x[i] = 1.0;
        }
        assert_int_equal(conv_varying_image(&desc, major, minor, angle, x, y), CONV_OK);
        for (size_t i = 0; i < PIXELS; i++) {
            constant = fmax(constant, fabs(y[i] - 1.0));
            x[i] = sin((double)i);
            given += (long double)x[i];
        }
        desc.form = CONV_SCATTER;
        assert_int_equal(conv_varying_image(&desc, major, minor, angle, x, y), CONV_OK);
        for (size_t i = 0; i < PIXELS; i++) {
            kept += (long double)y[i];
        }
        total = fmax(total, (double)fabsl(given - kept) / PIXELS);
    }
    printf("# constant %.1e, total %.1e, limit 1e-14\n", constant, total);
    assert_true(constant <= 1e-14 && total <= 1e-14);
    /* A NaN under a kernel of its own pixel alone goes nowhere else. */
    for (size_t i = 0; i < PIXELS; i++) {
        major[i] = 0.0;
        x[i] = i == 50 ? (double)NAN : 1.0;
    }
    assert_int_equal(conv_varying_image(&desc, major, NULL, NULL, x, y), CONV_OK);
    for (size_t i = 0; i < PIXELS; i++) {
        assert_true(i == 50 ? isnan(y[i]) : y[i] == 1.0);
    }
}

static void fails(const conv_varying_image_desc *desc, conv_status expected, const char *word) {
    double x[PIXELS] = {0.0};
    double y[PIXELS];
    double z[PIXELS];
    memset(y, 0x5A, sizeof y);
    memset(z, 0x5A, sizeof z);
    const conv_status status = conv_varying_image(desc, major, minor, angle, x, y);
    if (status != expected || !strstr(conv_last_error(), word)) {
        fail_msg("%s instead of %s: \"%s\" without \"%s\"", conv_status_string(status),
                 conv_status_string(expected), conv_last_error(), word);
    }
    assert_memory_equal(y, z, sizeof y);
}

static void statuses(void **state) {
    double x[PIXELS] = {0.0};
    conv_varying_image_desc good;
    (void)state;
    fill_widths(1);
    conv_varying_image_desc_init(&good, CONV_F64, ROWS, COLS, CONV_GATHER);
    conv_varying_image_desc desc = good;
    fails(NULL, CONV_ERR_NULL, "desc");
    desc.struct_size = 3;
    fails(&desc, CONV_ERR_STRUCT_SIZE, "3");
    desc = good;
    desc.form = (conv_varying_form)0;
    fails(&desc, CONV_ERR_ENUM, "form");
    desc = good;
    desc.edge = (conv_varying_edge)9;
    fails(&desc, CONV_ERR_ENUM, "edge");
    desc = good;
    desc.dtype = (conv_dtype)9;
    fails(&desc, CONV_ERR_ENUM, "dtype");
    desc = good;
    desc.rows = 0;
    fails(&desc, CONV_ERR_EXTENT, "rows");
    desc = good;
    desc.spacing_x = -1.0;
    fails(&desc, CONV_ERR_SPACING, "-1");
    desc = good;
    desc.tolerance = 0.5;
    fails(&desc, CONV_ERR_TOLERANCE, "0.5");
    desc = good;
    desc.threads = -1;
    fails(&desc, CONV_ERR_THREADS, "-1");
    desc = good;
    desc.rows = SIZE_MAX / 4;
    fails(&desc, CONV_ERR_OVERFLOW, "rows");
    major[20] = -1.0;
    fails(&good, CONV_ERR_RANGE, "major[20], row 1, column 3, is -1");
    major[20] = 1e9;
    fails(&good, CONV_ERR_RANGE, "row 1, column 3");
    major[20] = 1.0;
    minor[20] = (double)NAN;
    fails(&good, CONV_ERR_RANGE, "minor[20]");
    minor[20] = 1.0;
    angle[20] = (double)INFINITY;
    fails(&good, CONV_ERR_RANGE, "angle[20]");
    angle[20] = 0.0;
    assert_int_equal(conv_varying_image(&good, major, minor, angle, x, x + 1), CONV_ERR_ALIAS);
    assert_int_equal(conv_varying_image(&good, NULL, minor, angle, x, x), CONV_ERR_NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definition),
        cmocka_unit_test(constants_totals_and_nan),
        cmocka_unit_test(statuses),
    };
    return cmocka_run_group_tests_name("varying image", tests, NULL, NULL);
}
