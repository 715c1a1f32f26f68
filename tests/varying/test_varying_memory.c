/* test_varying_memory.c - varying kernels: nothing outside the buffers, nothing allocated where a
 * workspace is given, nothing leaked, every failure to allocate reported. */
#include "suite.h"

#include <math.h>
#include <stdlib.h>

#include "allocations.h"
#include "guard.h"
#include "varying_oracle.h"

enum { MOST = 3000, MOST_FAILURES = 400 };

static double width[MOST];
static double signal[2 * MOST];

/* Extents that leave a group, a tile and a block unfilled, in some of the many variants. */
static bool set_variant(conv_varying_desc *desc, int variant) {
    static const size_t extents[] = {1, 15, 65, 700, 3000};
    const size_t n = extents[variant % 5];
    const int rest = variant / 5;
    conv_varying_desc_init(desc, CONV_F64, 1, &n, rest % 2 ? CONV_SCATTER : CONV_GATHER);
    desc->edge = (conv_varying_edge)(rest / 2 % 4);
    desc->engine = (conv_varying_engine)(rest / 8 % (VARYING_LAST_ENGINE + 1));
    desc->dtype = rest % 3 == 0 ? CONV_C32 : rest % 3 == 1 ? CONV_F32 : CONV_F64;
    desc->kind = CONV_VARYING_SAMPLED;
    const bool same = desc->engine == CONV_VARYING_ENGINE_PLAIN;
    varying_widths(same ? 0 : 4, n, 6.0, 1, width);
    for (size_t i = 0; i < 2 * MOST; i++) {
        if (desc->dtype == CONV_F64) {
            signal[i] = sin((double)i);
        } else {
            ((float *)(void *)signal)[i] = sinf((float)i);
        }
    }
    return rest < 8 * (VARYING_LAST_ENGINE + 1);
}

static size_t bytes_of(const conv_varying_desc *desc) {
    return desc->shape[0] * (desc->dtype == CONV_F32 ? sizeof(float) : sizeof(double)); /* c32: 8 */
}

static void run_guarded(const conv_varying_desc *desc, bool at_end, bool bad) {
    guarded x;
    guarded y;
    guarded w;
    guarded work;
    conv_varying *plan = NULL;
    const size_t bytes = bytes_of(desc);
    const size_t widths = desc->shape[0] * sizeof *width;
    assert_true(guard_make(&x, bytes) && guard_make(&y, bytes) && guard_make(&w, widths));
    unsigned char *const in = at_end ? x.end - bytes : x.start;
    unsigned char *const out = at_end ? y.end - bytes : y.start;
    unsigned char *const given = at_end ? w.end - widths : w.start;
    memcpy(given, width, widths);
    memcpy(in, signal, bytes);
    if (bad) {
        memset(in, 0xFF, bytes < sizeof(double) ? bytes : sizeof(double)); /* NaN in any type */
    }
    if (conv_varying_create(&plan, desc, (const double *)(const void *)given) == CONV_OK) {
        const size_t size = conv_varying_workspace_size(plan);
        const size_t shift = at_end ? 0 : 3;
        assert_true(guard_make(&work, size + shift));
        unsigned char *const space = at_end ? work.end - size : work.start + shift;
        const unsigned long before = allocations_made();
        assert_int_equal(conv_varying_execute(plan, in, out, space), CONV_OK);
        assert_int_equal(allocations_made(), before);
        guard_free(&work);
        conv_varying_destroy(plan);
    }
    guard_free(&x);
    guard_free(&y);
    guard_free(&w);
}

static void guarded_buffers(void **state) {
    conv_varying_desc desc;
    int count = 0;
    (void)state;
    for (int variant = 0; set_variant(&desc, variant); variant++) {
        for (int i = 0; i < 4; i++) {
            run_guarded(&desc, i % 2, i / 2);
        }
        count++;
    }
    printf("# %d plans in guarded memory\n", count);
    assert_true(count > 100);
}

static conv_status life(const conv_varying_desc *desc, void *y) {
    conv_varying *plan = NULL;
    conv_status status = conv_varying_create(&plan, desc, width);
    assert_true((status == CONV_OK) == (plan != NULL));
    if (status == CONV_OK) {
        status = conv_varying_execute(plan, signal, y, NULL);
    }
    conv_varying_destroy(plan);
    return status;
}

static void failing_allocations(void **state) {
    static unsigned char y[MOST * sizeof(double)];
    conv_varying_desc desc;
    unsigned long injected = 0;
    (void)state;
    for (int variant = 0; set_variant(&desc, variant); variant++) {
        if (life(&desc, y) != CONV_OK) {
            continue; /* an engine that does not do this */
        }
        for (long k = 0; k < MOST_FAILURES; k++) {
            conv_status status = CONV_OK;
            bool failed = false;
            long leaked = 0;
            /* Twice: another library may keep what it needs the first time. */
            for (int turn = 0; turn < 2; turn++) {
                memset(y, 0x5A, sizeof y);
                const long before = allocations_alive();
                allocations_fail(k);
                status = life(&desc, y);
                failed = allocations_failed();
                allocations_fail(-1);
                leaked = allocations_alive() - before;
            }
            injected += failed;
            if (leaked != 0 || !(status == CONV_OK || (failed && status == CONV_ERR_MEMORY))) {
                fail_msg("variant %d, allocation %ld fails: status %d, %ld blocks leaked", variant,
                         k, (int)status, leaked);
            }
            for (size_t i = 0; status != CONV_OK && i < sizeof y; i++) {
                assert_int_equal(y[i], 0x5A);
            }
            if (!failed) {
                break;
            }
        }
    }
    printf("# %lu failures\n", injected);
    assert_true(injected > 100);
}

static void failing_exports(void **state) {
    size_t start[66];
    size_t first[65];
    double values[65 * 65];
    conv_varying_desc desc;
    conv_varying *plan = NULL;
    (void)state;
    set_variant(&desc, 2);
    assert_int_equal(conv_varying_create(&plan, &desc, width), CONV_OK);
    for (long k = 0; k < 3; k++) {
        const long before = allocations_alive();
        allocations_fail(k);
        assert_int_equal(conv_varying_matrix(plan, 0, start, first, values), CONV_ERR_MEMORY);
        allocations_fail(-1);
        assert_int_equal(allocations_alive(), before);
    }
    assert_int_equal(conv_varying_matrix(plan, 0, start, first, values), CONV_OK);
    conv_varying_destroy(plan);
}

/* ---- expansions, families, images ------------------------------------------------------------ */

enum { SIDE = 9 };

static void two_taps(double p, double *kernel, void *context) {
    (void)context;
    kernel[0] = p;
    kernel[1] = 1.0 - p;
}

static conv_status expansion_life(int what, const double *x, double *y) {
    static const double taps[2] = {0.5, 0.25};
    const void *const kernels[1] = {taps};
    const void *const weights[1] = {x};
    const size_t n = SIDE * SIDE;
    const size_t two = 2;
    conv_spread_desc image;
    conv_spread *spread = NULL;
    conv_expansion_desc desc;
    conv_expansion *e = NULL;
    if (what == 2) {
        conv_spread_desc_init(&image, CONV_F64, SIDE, SIDE, CONV_GATHER);
        conv_status made = conv_spread_create(&spread, &image, width, NULL, NULL);
        assert_true((made == CONV_OK) == (spread != NULL));
        if (made == CONV_OK) {
            made = conv_spread_execute(spread, x, y, NULL);
        }
        conv_spread_destroy(spread);
        return made;
    }
    conv_expansion_desc_init(&desc, CONV_F64, 1, &n, &two);
    conv_status status =
        what ? conv_family_create(&e, &desc, two_taps, NULL, x, CONV_GATHER, 1e-6, NULL)
             : conv_expansion_create(&e, &desc, kernels, weights, weights);
    assert_true((status == CONV_OK) == (e != NULL));
    if (status == CONV_OK) {
        status = conv_expansion_execute(e, x, y, NULL);
    }
    conv_expansion_destroy(e);
    return status;
}

static void failing_expansions(void **state) {
    double x[SIDE * SIDE];
    double y[SIDE * SIDE];
    unsigned long injected = 0;
    (void)state;
    varying_widths(0, SIDE * SIDE, 1.5, 1, width);
    for (int i = 0; i < SIDE * SIDE; i++) {
        x[i] = 0.5 + 0.001 * i;
    }
    for (int what = 0; what < 3; what++) {
        for (long k = 0; k < MOST_FAILURES; k++) {
            memset(y, 0x5A, sizeof y);
            const long before = allocations_alive();
            allocations_fail(k);
            const conv_status status = expansion_life(what, x, y);
            const bool failed = allocations_failed();
            allocations_fail(-1);
            injected += failed;
            assert_int_equal(allocations_alive(), before);
            assert_int_equal(status, failed ? CONV_ERR_MEMORY : CONV_OK);
            for (size_t i = 0; status != CONV_OK && i < sizeof y; i++) {
                assert_int_equal(((unsigned char *)y)[i], 0x5A);
            }
            if (!failed) {
                break;
            }
        }
    }
    printf("# %lu failures\n", injected);
    assert_true(injected > 10);
}

/* A workspace of the size that is said, between guard pages; NaN too. */
static void guarded_expansion(void **state) {
    const size_t shape[2] = {SIDE, SIDE};
    const size_t kernel_shape[2] = {2, 3};
    const double taps[6] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
    double x[SIDE * SIDE];
    double y[SIDE * SIDE];
    conv_expansion_desc desc;
    conv_expansion *e = NULL;
    guarded work;
    (void)state;
    for (int i = 0; i < SIDE * SIDE; i++) {
        x[i] = i == 40 ? (double)NAN : 1.0;
    }
    const void *const kernels[1] = {taps};
    const void *const weights[1] = {x};
    conv_expansion_desc_init(&desc, CONV_F64, 2, shape, kernel_shape);
    assert_int_equal(conv_expansion_create(&e, &desc, kernels, weights, NULL), CONV_OK);
    const size_t size = conv_expansion_workspace_size(e);
    assert_true(guard_make(&work, size + 5));
    for (int i = 0; i < 2; i++) {
        unsigned char *const space = i ? work.end - size : work.start + 5;
        const unsigned long before = allocations_made();
        assert_int_equal(conv_expansion_execute(e, x, y, space), CONV_OK);
        assert_int_equal(conv_expansion_execute_transposed(e, x, y, space), CONV_OK);
        assert_int_equal(allocations_made(), before);
    }
    guard_free(&work);
    conv_expansion_destroy(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guarded_buffers),   cmocka_unit_test(failing_allocations),
        cmocka_unit_test(failing_exports),   cmocka_unit_test(failing_expansions),
        cmocka_unit_test(guarded_expansion),
    };
    return cmocka_run_group_tests_name("varying memory", tests, NULL, NULL);
}
