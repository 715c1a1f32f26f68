/* test_abi.c - programs that were compiled with the header of 0.1.0: they have the shorter
 * description and call the function that bears the name conv_desc_init in the library; and with
 * that of 0.2.0, conv_desc_init_2. */
#include "suite.h"

#include <math.h>
#include <stdlib.h>

#undef conv_desc_init

/* conv_desc of 0.1.0, field by field. */
typedef struct old_desc {
    size_t struct_size;
    conv_dtype dtype;
    conv_dtype kernel_dtype;
    int rank;
    size_t signal_shape[CONV_MAX_RANK], kernel_shape[CONV_MAX_RANK];
    conv_mode mode;
    conv_operation operation;
    conv_boundary boundary[CONV_MAX_RANK];
    double boundary_value[2];
    size_t period[CONV_MAX_RANK];
    conv_preset preset;
    ptrdiff_t origin[CONV_MAX_RANK];
    ptrdiff_t window_start[CONV_MAX_RANK];
    size_t window_count[CONV_MAX_RANK];
    size_t window_step[CONV_MAX_RANK];
    ptrdiff_t signal_stride[CONV_MAX_RANK];
    ptrdiff_t output_stride[CONV_MAX_RANK];
    size_t batch;
    ptrdiff_t signal_batch_stride;
    ptrdiff_t output_batch_stride;
    conv_rule rule;
    double spacing[CONV_MAX_RANK];
    conv_method method;
    int threads;
    size_t max_workspace;
    conv_isa isa;
} old_desc;

CONV_API void conv_desc_init(conv_desc *desc, conv_dtype dtype, int rank,
                             const size_t *signal_shape, const size_t *kernel_shape,
                             conv_mode mode);
CONV_API void conv_desc_init_2(conv_desc *desc, conv_dtype dtype, int rank,
                               const size_t *signal_shape, const size_t *kernel_shape,
                               conv_mode mode);

enum { CANARIES = 4096, CANARY = 0xC7 };

/* A description of 0.1.0 with a page of canaries on either side. */
typedef struct old_program {
    unsigned char before[CANARIES];
    old_desc desc;
    unsigned char after[CANARIES];
} old_program;

static conv_desc *given(old_desc *desc) {
    return (conv_desc *)(void *)desc;
}

static old_program *old_make(int rank, const size_t *n, const size_t *m, conv_mode mode) {
    old_program *const p = malloc(sizeof *p);
    assert_non_null(p);
    memset(p, CANARY, sizeof *p);
    conv_desc_init(given(&p->desc), CONV_F64, rank, n, m, mode);
    return p;
}

static void canaries_live(const old_program *p) {
    for (size_t i = 0; i < CANARIES; i++) {
        assert_int_equal(p->before[i], CANARY);
        assert_int_equal(p->after[i], CANARY);
    }
}

/* The fields that both have lie at the same places, and the old end is within the new structure. */
static void fields_stay_where_they_were(void **state) {
    (void)state;
    assert_int_equal(offsetof(old_desc, signal_shape), offsetof(conv_desc, signal_shape));
    assert_int_equal(offsetof(old_desc, boundary_value), offsetof(conv_desc, boundary_value));
    assert_int_equal(offsetof(old_desc, window_step), offsetof(conv_desc, window_step));
    assert_int_equal(offsetof(old_desc, output_batch_stride),
                     offsetof(conv_desc, output_batch_stride));
    assert_int_equal(offsetof(old_desc, spacing), offsetof(conv_desc, spacing));
    assert_int_equal(offsetof(old_desc, isa), offsetof(conv_desc, isa));
    assert_true(sizeof(old_desc) < sizeof(conv_desc));
}

static void defaults_of_the_old_function(void **state) {
    const size_t n[2] = {6, 5};
    const size_t m[2] = {3, 2};
    (void)state;
    old_program *const p = old_make(2, n, m, CONV_SAME);
    canaries_live(p);
    assert_int_equal(p->desc.struct_size, sizeof(old_desc));
    assert_int_equal(p->desc.dtype, CONV_F64);
    assert_int_equal(p->desc.kernel_dtype, CONV_F64);
    assert_int_equal(p->desc.rank, 2);
    assert_true(p->desc.signal_shape[1] == 5 && p->desc.kernel_shape[0] == 3);
    assert_int_equal(p->desc.mode, CONV_SAME);
    assert_int_equal(p->desc.operation, CONV_CONVOLVE);
    assert_int_equal(p->desc.boundary[0], CONV_ZERO);
    assert_true(p->desc.batch == 1 && p->desc.window_step[0] == 1 && p->desc.spacing[1] == 1.0);
    assert_int_equal(p->desc.rule, CONV_RULE_SUM);
    assert_int_equal(p->desc.method, CONV_METHOD_AUTO);
    assert_true(p->desc.threads == 1 && p->desc.max_workspace == 0);
    assert_int_equal(p->desc.isa, CONV_ISA_BEST);
    free(p);
}

/* Integer data, so that every method gives the sum itself. */
static void old_programs_run(void **state) {
    static const conv_method methods[] = {CONV_METHOD_AUTO, CONV_METHOD_DIRECT, CONV_METHOD_FFT,
                                          CONV_METHOD_REFERENCE};
    const size_t n = 7;
    const size_t m = 3;
    const double h[3] = {1.0, -2.0, 4.0};
    double x[14];
    double y[14];
    (void)state;
    for (size_t i = 0; i < 14; i++) {
        x[i] = (double)(i * i % 5);
    }
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        old_program *const p = old_make(1, &n, &m, CONV_CAUSAL);
        conv_plan *plan = NULL;
        size_t shape[CONV_MAX_RANK];
        p->desc.method = methods[i];
        p->desc.batch = 2;
        p->desc.rule = CONV_RULE_TRAPEZOID;
        p->desc.spacing[0] = 2.0;
        p->desc.boundary[0] = CONV_WRAP;
        p->desc.isa = CONV_ISA_BASELINE;
        assert_int_equal(conv_output_shape(given(&p->desc), shape), CONV_OK);
        assert_true(shape[0] == n);
        assert_int_equal(conv_plan_create(&plan, given(&p->desc), h), CONV_OK);
        canaries_live(p);
        free(p);
        assert_int_equal(conv_plan_execute(plan, x, y, NULL), CONV_OK);
        conv_plan_destroy(plan);
        for (size_t k = 0; k < 14; k++) {
            const size_t b = k / 7 * 7;
            const size_t at = k % 7;
            const double sum =
                h[0] / 2 * x[k] + h[1] * x[b + (at + 6) % 7] + h[2] / 2 * x[b + (at + 5) % 7];
            /* A transform of 16: 0.5 u log2 16 |x| |h| times 2, with slack. */
            assert_true(fabs(y[k] - 2.0 * sum) < 1e-13);
        }
    }
}

/* The new rules need the new structure, whose fields an old one does not have. */
static void old_structures_have_no_order(void **state) {
    const size_t n = 30;
    double h[30] = {0};
    conv_plan *plan = NULL;
    (void)state;
    old_program *const p = old_make(1, &n, &n, CONV_FULL);
    p->desc.rule = CONV_RULE_GREGORY;
    const conv_status status = conv_plan_create(&plan, given(&p->desc), h);
    assert_true(status == CONV_ERR_RULE || status == CONV_ERR_ENUM);
    assert_null(plan);
    canaries_live(p);
    free(p);
}

static void other_sizes_are_refused(void **state) {
    const size_t n = 4;
    const double h[4] = {1.0, 2.0, 3.0, 4.0};
    const size_t old = sizeof(old_desc);
    const size_t new = sizeof(conv_desc);
    const size_t sizes[] = {0,       1,       old - 8, old - 1, old + 1,          old + 8,
                            new - 8, new - 1, new + 1, new + 8, SIZE_MAX / 2 + 1, SIZE_MAX};
    conv_desc desc;
    conv_plan *plan = NULL;
    size_t shape[CONV_MAX_RANK];
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        conv_desc_init_3(&desc, CONV_F64, 1, &n, &n, CONV_FULL);
        assert_int_equal(desc.struct_size, new);
        desc.struct_size = sizes[i];
        plan = (conv_plan *)(void *)&desc; /* must be overwritten */
        assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_ERR_STRUCT_SIZE);
        assert_null(plan);
        assert_non_null(strstr(conv_last_error(), "struct_size"));
        assert_int_equal(conv_output_shape(&desc, shape), CONV_ERR_STRUCT_SIZE);
    }
    conv_desc_init(NULL, CONV_F64, 1, &n, &n, CONV_FULL);
    conv_desc_init_2(NULL, CONV_F64, 1, &n, &n, CONV_FULL);
    conv_desc_init_3(NULL, CONV_F64, 1, &n, &n, CONV_FULL);
}

/* ---- 0.2.0 ---- */

/* Its description went up to rule_axis, and had no padding behind its last field. */
enum { SIZE_0_2_0 = offsetof(conv_desc, rule_axis) };

typedef struct program_0_2_0 {
    unsigned char before[CANARIES];
    _Alignas(conv_desc) unsigned char desc[SIZE_0_2_0];
    unsigned char after[CANARIES];
} program_0_2_0;

static void programs_of_0_2_0_run(void **state) {
    const size_t n[2] = {3, 7};
    const size_t m[2] = {2, 3};
    const double h[6] = {1.0, -2.0, 4.0, 3.0, 1.0, 2.0};
    double x[21];
    double y[2][4 * 9];
    conv_desc now;
    (void)state;
    for (size_t i = 0; i < 21; i++) {
        x[i] = (double)(i * i % 5);
    }
    program_0_2_0 *const p = malloc(sizeof *p);
    assert_non_null(p);
    memset(p, CANARY, sizeof *p);
    conv_desc *const then = (conv_desc *)(void *)p->desc;
    conv_desc_init_2(then, CONV_F64, 2, n, m, CONV_FULL);
    assert_int_equal(then->struct_size, SIZE_0_2_0);
    assert_int_equal(SIZE_0_2_0, offsetof(conv_desc, kernel_break_count) + sizeof(size_t));
    conv_desc_init_3(&now, CONV_F64, 2, n, m, CONV_FULL);
    for (int i = 0; i < 2; i++) {
        conv_desc *const d = i == 0 ? then : &now;
        conv_plan *plan = NULL;
        d->rule = CONV_RULE_GREGORY;
        d->rule_order = 3;
        assert_int_equal(conv_plan_create(&plan, d, h), CONV_OK);
        assert_int_equal(conv_plan_execute(plan, x, y[i], NULL), CONV_OK);
        conv_plan_destroy(plan);
    }
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    for (size_t i = 0; i < CANARIES; i++) {
        assert_int_equal(p->before[i], CANARY);
        assert_int_equal(p->after[i], CANARY);
    }
    free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_stay_where_they_were),
        cmocka_unit_test(defaults_of_the_old_function),
        cmocka_unit_test(old_programs_run),
        cmocka_unit_test(old_structures_have_no_order),
        cmocka_unit_test(other_sizes_are_refused),
        cmocka_unit_test(programs_of_0_2_0_run),
    };
    return cmocka_run_group_tests_name("programs compiled with older headers", tests, NULL, NULL);
}
