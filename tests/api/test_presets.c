/* test_presets.c - where CONV_SAME starts, against tables of numbers. */
#include "suite.h"

enum { PRESETS = 7, MOST_TAPS = 6 };

/* Index of the full result at which each system's 'same' starts, for kernels of 1..6 taps. */
static const ptrdiff_t starts[PRESETS][2][MOST_TAPS] = {
    /*                                convolve              correlate          */
    [CONV_PRESET_SCIPY] = {{0, 0, 1, 1, 2, 2}, {0, 0, 1, 1, 2, 2}},
    [CONV_PRESET_NUMPY] = {{0, 0, 1, 1, 2, 2}, {0, 0, 1, 1, 2, 2}},
    [CONV_PRESET_SCIPY_CORRELATE2D] = {{0, 0, 1, 1, 2, 2}, {0, 1, 1, 2, 2, 3}},
    [CONV_PRESET_NDIMAGE] = {{0, 1, 1, 2, 2, 3}, {0, 0, 1, 1, 2, 2}},
    [CONV_PRESET_MATLAB] = {{0, 1, 1, 2, 2, 3}, {0, 1, 1, 2, 2, 3}},
    [CONV_PRESET_OPENCV] = {{0, 1, 1, 2, 2, 3}, {0, 0, 1, 1, 2, 2}},
    [CONV_PRESET_TORCH] = {{0, 1, 1, 2, 2, 3}, {0, 1, 1, 2, 2, 3}},
};

static const double signal[5] = {1, 10, 100, 1000, 10000};

/* The full result of `signal` and a kernel of m taps 1, 2, .., m, reversed for correlation. */
static void full_result(conv_operation operation, size_t m, double *full) {
    for (size_t k = 0; k < 5 + m - 1; k++) {
        full[k] = 0.0;
        for (size_t i = 0; i < 5; i++) {
            if (k >= i && k - i < m) {
                const size_t tap = operation == CONV_CORRELATE ? m - 1 - (k - i) : k - i;
                full[k] += signal[i] * (double)(tap + 1);
            }
        }
    }
}

static void check_start(conv_preset preset, conv_operation operation, size_t m, ptrdiff_t origin) {
    static const double kernel[MOST_TAPS] = {1, 2, 3, 4, 5, 6};
    const size_t n = 5;
    double full[5 + MOST_TAPS];
    double got[5];
    conv_desc desc;
    conv_plan *plan = NULL;
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_SAME);
    desc.preset = preset;
    desc.operation = operation;
    desc.origin[0] = origin;
    desc.method = CONV_METHOD_DIRECT;
    assert_int_equal(conv_plan_create(&plan, &desc, kernel), CONV_OK);
    assert_int_equal(conv_plan_execute(plan, signal, got, NULL), CONV_OK);
    conv_plan_destroy(plan);
    full_result(operation, m, full);
    for (ptrdiff_t i = 0; i < 5; i++) {
        const ptrdiff_t at = starts[preset][operation][m - 1] + origin + i;
        const double want = at >= 0 && at < (ptrdiff_t)(5 + m - 1) ? full[at] : 0.0;
        if (got[i] != want) {
            fail_msg("f64 n=5 m=%zu same preset=%d %s origin=%td: output %td is %g, not %g", m,
                     (int)preset, operation == CONV_CORRELATE ? "corr" : "conv", origin, i, got[i],
                     want);
        }
    }
}

static void starts_are_those_of_the_table(void **state) {
    (void)state;
    for (int preset = 0; preset < PRESETS; preset++) {
        for (int operation = 0; operation < 2; operation++) {
            for (size_t m = 1; m <= MOST_TAPS; m++) {
                check_start((conv_preset)preset, (conv_operation)operation, m, 0);
                /* The oracle is held against the same numbers. */
                assert_true(oracle_same_start((conv_preset)preset, (conv_operation)operation, m) ==
                            starts[preset][operation][m - 1]);
            }
        }
    }
}

static void origin_moves_the_start_up(void **state) {
    (void)state;
    for (int preset = 0; preset < PRESETS; preset++) {
        for (ptrdiff_t origin = -12; origin <= 12; origin++) {
            check_start((conv_preset)preset, CONV_CONVOLVE, 4, origin);
            check_start((conv_preset)preset, CONV_CORRELATE, 3, origin);
        }
    }
}

static void the_default_is_scipy(void **state) {
    const size_t n = 5;
    const size_t m = 4;
    conv_desc desc;
    (void)state;
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_SAME);
    assert_int_equal(desc.preset, CONV_PRESET_SCIPY);
    /* The one-shot call: scipy.signal.convolve([1,10,100,1000,10000], [1,2,3,4], 'same'). */
    const double kernel[4] = {1, 2, 3, 4};
    double got[5];
    assert_int_equal(conv1d_f64(signal, 5, kernel, 4, CONV_SAME, got), CONV_OK);
    const double want[5] = {12, 123, 1234, 12340, 23400};
    for (int i = 0; i < 5; i++) {
        assert_true(got[i] == want[i]);
    }
}

/* The first argument's extent is kept, also where the kernel is longer. */
static void kernel_longer_than_signal(void **state) {
    const double kernel[5] = {1, 2, 3, 4, 5};
    const double x[2] = {1, 10};
    double got[2];
    (void)state;
    if (conv1d_f64(x, 2, kernel, 5, CONV_SAME, got) != CONV_OK) {
        fail_msg("%s", conv_last_error());
    }
    assert_true(got[0] == 23.0 && got[1] == 34.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_are_those_of_the_table),
        cmocka_unit_test(origin_moves_the_start_up),
        cmocka_unit_test(the_default_is_scipy),
        cmocka_unit_test(kernel_longer_than_signal),
    };
    return cmocka_run_group_tests_name("presets", tests, NULL, NULL);
}
