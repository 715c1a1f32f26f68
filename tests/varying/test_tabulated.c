/* test_tabulated.c - measured kernels at positions along an axis, against the definition; errors.
 */
#include <float.h>
#include <math.h>

#include <conv.h>

#include "data.h"
#include "suite.h"

enum { ROWS = 3, COLS = 40, TAPS = 7, KERNELS = 3, CENTER = 2 };

static double kernels[KERNELS][TAPS];
static const double positions[KERNELS] = {4.5, 10, 31.25};

static const void *const all_kernels[KERNELS] = {kernels[0], kernels[1], kernels[2]};

/* Tap t of the kernel at this place. */
static double tap_at(double place, size_t t) {
    if (place <= positions[0]) {
        return kernels[0][t];
    }
    for (size_t q = 1; q < KERNELS; q++) {
        if (place <= positions[q]) {
            const double share = (place - positions[q - 1]) / (positions[q] - positions[q - 1]);
            return (1 - share) * kernels[q - 1][t] + share * kernels[q][t];
        }
    }
    return kernels[KERNELS - 1][t];
}

static conv_expansion_desc describe(int along_rows) {
    conv_expansion_desc desc;
    const size_t shape[2] = {along_rows ? ROWS : COLS, along_rows ? COLS : ROWS};
    const size_t kernel_shape[2] = {along_rows ? 1 : TAPS, along_rows ? TAPS : 1};
    conv_expansion_desc_init(&desc, CONV_F64, 2, shape, kernel_shape);
    desc.terms = KERNELS;
    desc.center[along_rows] = CENTER;
    desc.center[!along_rows] = 0;
    return desc;
}

/* Output k of a line takes sample k + CENTER - t by tap t. The transform's rounding is counted as
 * u (log2(N) + 2) times the norms, N = 64 or less an axis, and three terms. */
static void against_the_definition(void **state) {
    uint64_t seed = test_seed(41);
    double x[ROWS * COLS], y[ROWS * COLS], worst = 0;
    (void)state;
    for (size_t q = 0; q < KERNELS; q++) {
        for (size_t t = 0; t < TAPS; t++) {
            kernels[q][t] = next_uniform(&seed) - 0.3;
        }
    }
    for (size_t i = 0; i < ROWS * COLS; i++) {
        x[i] = next_uniform(&seed) - 0.5;
    }
    const double bound = 3 * DBL_EPSILON / 2 * (log2(8 * 64) + 2) * sqrt(ROWS * COLS) * sqrt(TAPS);
    for (int form = CONV_GATHER; form <= CONV_SCATTER; form++) {
        for (int along_rows = 0; along_rows <= 1; along_rows++) {
            const conv_expansion_desc desc = describe(along_rows);
            conv_expansion *expansion = NULL;
            assert_int_equal(conv_tabulated_create(&expansion, &desc, all_kernels, positions,
                                                   along_rows, (conv_varying_form)form),
                             CONV_OK);
            assert_int_equal(conv_expansion_execute(expansion, x, y, NULL), CONV_OK);
            conv_expansion_destroy(expansion);
            const size_t step = along_rows ? 1 : ROWS, line = along_rows ? COLS : 1;
            for (size_t r = 0; r < ROWS; r++) {
                for (size_t k = 0; k < COLS; k++) {
                    double sum = 0;
                    for (size_t t = 0; t < TAPS; t++) {
                        const size_t j = k + CENTER - t;
                        if (j < COLS) {
                            const double place = (double)(form == CONV_GATHER ? k : j);
                            sum += tap_at(place, t) * x[r * line + j * step];
                        }
                    }
                    const double error = fabs(y[r * line + k * step] - sum);
                    worst = fmax(worst, error / bound);
                    assert_true(error <= bound);
                }
            }
        }
    }
    printf("# measured kernels: worst error %.3f of the bound (limit 1)\n", worst);
}

static void fails(const conv_expansion_desc *desc, const double *at, int axis, int form,
                  conv_status wanted, const char *named) {
    conv_expansion *expansion = (conv_expansion *)(void *)kernels;
    assert_int_equal(
        conv_tabulated_create(&expansion, desc, all_kernels, at, axis, (conv_varying_form)form),
        wanted);
    assert_null(expansion);
    if (strstr(conv_last_error(), named) == NULL) {
        fail_msg("\"%s\" does not name %s", conv_last_error(), named);
    }
}

static void errors(void **state) {
    (void)state;
    conv_expansion_desc desc = describe(1);
    const double same[KERNELS] = {1, 2, 2}, bad[KERNELS] = {1, (double)NAN, 3};
    assert_int_equal(conv_tabulated_create(NULL, &desc, all_kernels, positions, 1, CONV_GATHER),
                     CONV_ERR_NULL);
    fails(NULL, positions, 1, CONV_GATHER, CONV_ERR_NULL, "desc");
    fails(&desc, NULL, 1, CONV_GATHER, CONV_ERR_NULL, "positions");
    fails(&desc, positions, 2, CONV_GATHER, CONV_ERR_RANK, "axis is 2");
    fails(&desc, positions, -1, CONV_GATHER, CONV_ERR_RANK, "axis is -1");
    fails(&desc, positions, 1, 0, CONV_ERR_ENUM, "form");
    fails(&desc, same, 1, CONV_GATHER, CONV_ERR_RANGE, "positions[2]");
    fails(&desc, bad, 1, CONV_GATHER, CONV_ERR_RANGE, "positions[1]");
    desc.terms = 0;
    fails(&desc, positions, 1, CONV_GATHER, CONV_ERR_EXTENT, "terms");
    desc = describe(1);
    desc.shape[0] = 0;
    fails(&desc, positions, 1, CONV_GATHER, CONV_ERR_EXTENT, "signal_shape[0]");
    desc.shape[0] = SIZE_MAX / 4;
    fails(&desc, positions, 1, CONV_GATHER, CONV_ERR_OVERFLOW, "");
    desc = describe(1);
    desc.rank = 9;
    fails(&desc, positions, 1, CONV_GATHER, CONV_ERR_RANK, "rank is 9");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_the_definition),
                                       cmocka_unit_test(errors)};
    return cmocka_run_group_tests_name("measured kernels", tests, NULL, NULL);
}
