/* max_workspace: every method keeps to it or says what it needs, and what it says is enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <conv.h>

#define ROWS 150
#define COLS 170
#define SIDE 9

static float signal[ROWS * COLS], kernel[SIDE * SIDE], expected[ROWS * COLS], output[ROWS * COLS];

static conv_desc image(void) {
    static const size_t n[] = {ROWS, COLS}, m[] = {SIDE, SIDE};
    conv_desc desc;
    conv_desc_init(&desc, CONV_F32, 2, n, m, CONV_SAME);
    desc.boundary[0] = CONV_MIRROR;
    return desc;
}

/* Small integers: sums are exact, and transforms are right when they round to them. An outer
 * product, so that separable takes it too. */
static int make_data(void **state) {
    (void)state;
    uint32_t seed = 20261;
    for (size_t i = 0; i < ROWS * COLS; i++)
        signal[i] = (float)((seed = seed * 1664525u + 1013904223u) >> 28) - 7;
    for (size_t i = 0; i < SIDE * SIDE; i++)
        kernel[i] = (float)((1 + i / SIDE % 3) * (1 + i % SIDE % 2));
    conv_desc desc = image();
    conv_plan *plan;
    desc.method = CONV_METHOD_REFERENCE;
    if (conv_plan_create(&plan, &desc, kernel) != CONV_OK)
        return -1;
    conv_status status = conv_plan_execute(plan, signal, expected, NULL);
    conv_plan_destroy(plan);
    return status == CONV_OK ? 0 : -1;
}

static void plan_is_right(const conv_plan *plan, size_t limit, int method) {
    size_t bytes = conv_plan_workspace_size(plan);
    void *workspace = malloc(bytes + 1);
    if (bytes > limit)
        fail_msg("method %d, max_workspace %zu: needs %zu", method, limit, bytes);
    memset(output, 0, sizeof output);
    assert_int_equal(conv_plan_execute(plan, signal, output, workspace), CONV_OK);
    for (size_t i = 0; i < ROWS * COLS; i++)
        if (!(output[i] - expected[i] < 0.5f && expected[i] - output[i] < 0.5f))
            fail_msg("method %d, max_workspace %zu: output %zu is %g, not %g", method, limit, i,
                     (double)output[i], (double)expected[i]);
    free(workspace);
}

static void limits_are_kept(void **state) {
    (void)state;
    for (int method = CONV_METHOD_AUTO; method <= CONV_METHOD_REFERENCE; method++)
        for (size_t limit = 1; limit < (size_t)8 << 20; limit = limit * 3 / 2 + 1) {
            conv_desc desc = image();
            conv_plan *plan;
            desc.method = (conv_method)method;
            desc.max_workspace = limit;
            conv_status status = conv_plan_create(&plan, &desc, kernel);
            if (status == CONV_ERR_WORKSPACE) {
                /* The sentence ends with the bytes that are enough. */
                const char *named = strrchr(conv_last_error(), ' ');
                desc.max_workspace = (size_t)strtoull(named, NULL, 10);
                assert_true(desc.max_workspace > limit);
                status = conv_plan_create(&plan, &desc, kernel);
            }
            assert_int_equal(status, CONV_OK);
            plan_is_right(plan, desc.max_workspace, method);
            conv_plan_destroy(plan);
        }
}

/* 2 MiB a thread, whatever the length of the signal. */
static void does_not_grow_with_the_signal(void **state) {
    (void)state;
    static const conv_method methods[] = {CONV_METHOD_DIRECT, CONV_METHOD_BLOCKS};
    static float taps[4095];
    for (size_t i = 0; i < 4095; i++)
        taps[i] = 1;
    for (int k = 0; k < 2; k++)
        for (size_t m = 3; m <= 4095; m = 4 * m + 3)
            for (size_t n = 1000; n <= (size_t)1000000000 && n < SIZE_MAX / 16; n *= 100) {
                conv_desc desc;
                conv_plan *plan;
                conv_desc_init(&desc, CONV_F32, 1, &n, &m, CONV_FULL);
                desc.method = methods[k];
                assert_int_equal(conv_plan_create(&plan, &desc, taps), CONV_OK);
                if (conv_plan_workspace_size(plan) > (size_t)2 << 20)
                    fail_msg("method %d, n=%zu m=%zu: %zu bytes", (int)methods[k], n, m,
                             conv_plan_workspace_size(plan));
                conv_plan_destroy(plan);
            }
}

/* Between jumps, too, a slower method is taken where the fastest does not fit: what is named is
 * enough, and little more than one stretch and its outputs. */
static void breaks_keep_limits(void **state) {
    static float x[3000], h[1000], y[3999];
    const size_t n = 3000, m = 1000;
    const conv_break jump[1] = {{1500, {1, 0}, {0, 0}}};
    conv_desc desc;
    conv_plan *plan = NULL;
    (void)state;
    conv_desc_init(&desc, CONV_F32, 1, &n, &m, CONV_FULL);
    desc.rule = CONV_RULE_TRAPEZOID;
    desc.signal_breaks = jump;
    desc.signal_break_count = 1;
    assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
    const size_t fastest = conv_plan_workspace_size(plan);
    conv_plan_destroy(plan);
    desc.max_workspace = 1;
    assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_ERR_WORKSPACE);
    const size_t least = (size_t)strtoull(strrchr(conv_last_error(), ' '), NULL, 10);
    assert_true(least < fastest && least < 4 * (1501 + 2500) + 1024);
    for (size_t limit = least; limit <= fastest; limit += (fastest - least) / 3) {
        desc.max_workspace = limit;
        assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
        const size_t bytes = conv_plan_workspace_size(plan);
        void *workspace = malloc(bytes);
        assert_true(bytes <= limit);
        assert_int_equal(conv_plan_execute(plan, x, y, workspace), CONV_OK);
        free(workspace);
        conv_plan_destroy(plan);
    }
}

/* Enough work for several threads, each with a workspace of its own. */
static const struct {
    int rank;
    size_t n[2], m[2], batch;
} shared[] = {{1, {300000}, {60}, 1},
              {2, {500, 600}, {9, 9}, 1},
              {1, {30000}, {60}, 8},
              {2, {150, 200}, {9, 9}, 8}};

/* Executes between guards of the workspace's own size; the outputs are exact once rounded. */
static void shared_is_right(const conv_plan *plan, size_t limit, const float *x, float *y,
                            const float *right, size_t count) {
    const size_t bytes = conv_plan_workspace_size(plan);
    unsigned char *const memory = malloc(3 * bytes + 1);
    assert_non_null(memory);
    if (bytes > limit)
        fail_msg("max_workspace %zu: needs %zu", limit, bytes);
    memset(memory, 0x5a, 3 * bytes + 1);
    memset(y, 0, count * sizeof *y);
    assert_int_equal(conv_plan_execute(plan, x, y, memory + bytes), CONV_OK);
    for (size_t i = 0; i < bytes; i++)
        if (memory[i] != 0x5a || memory[2 * bytes + i] != 0x5a)
            fail_msg("max_workspace %zu: written %s the workspace", limit,
                     memory[i] != 0x5a ? "before" : "behind");
    for (size_t i = 0; i < count; i++)
        if (!(y[i] - right[i] < 0.5f && right[i] - y[i] < 0.5f))
            fail_msg("max_workspace %zu: output %zu is %g, not %g", limit, i, (double)y[i],
                     (double)right[i]);
    free(memory);
}

/* Every limit from what one thread needs to what all want. Counts the plans that got less. */
static unsigned limits_with_threads(conv_desc *desc, const float *x, const float *h, float *y,
                                    const float *right, size_t count) {
    enum { STEPS = 5 };
    const int threads = desc->threads;
    size_t bytes[2];
    unsigned smaller = 0;
    conv_plan *plan = NULL;
    for (int all = 0; all < 2; all++) {
        desc->threads = all ? threads : 1;
        desc->max_workspace = 0;
        assert_int_equal(conv_plan_create(&plan, desc, h), CONV_OK);
        bytes[all] = conv_plan_workspace_size(plan);
        conv_plan_destroy(plan);
    }
    for (size_t step = 0; step <= STEPS && bytes[0] && bytes[1] > bytes[0]; step++) {
        /* One byte less than all, and what is in between. */
        desc->max_workspace =
            step == STEPS ? bytes[1] : bytes[0] + (bytes[1] - bytes[0]) * step / STEPS;
        desc->max_workspace -= step == STEPS - 1;
        assert_int_equal(conv_plan_create(&plan, desc, h), CONV_OK);
        shared_is_right(plan, desc->max_workspace, x, y, right, count);
        smaller += conv_plan_workspace_size(plan) < bytes[1];
        conv_plan_destroy(plan);
    }
    return smaller;
}

static void threads_keep_limits(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        const size_t samples = shared[i].n[0] * (shared[i].rank > 1 ? shared[i].n[1] : 1);
        const size_t count = samples * shared[i].batch;
        float *const x = malloc(3 * count * sizeof *x), *const y = x + count;
        float *const right = y + count;
        conv_desc desc;
        conv_plan *plan = NULL;
        unsigned smaller = 0;
        assert_non_null(x);
        for (size_t k = 0; k < count; k++)
            x[k] = (float)(k * 7 % 15) - 7;
        conv_desc_init(&desc, CONV_F32, shared[i].rank, shared[i].n, shared[i].m, CONV_SAME);
        desc.boundary[0] = CONV_MIRROR;
        desc.batch = shared[i].batch;
        desc.method = CONV_METHOD_DIRECT;
        assert_int_equal(conv_plan_create(&plan, &desc, kernel), CONV_OK);
        assert_int_equal(conv_plan_execute(plan, x, right, NULL), CONV_OK);
        conv_plan_destroy(plan);
        for (int method = CONV_METHOD_DIRECT; method <= CONV_METHOD_FFT; method++)
            for (int threads = 2; threads <= 8; threads += 3) {
                if (method == CONV_METHOD_SEPARABLE && shared[i].rank == 1)
                    continue;
                desc.method = (conv_method)method;
                desc.threads = threads;
                smaller += limits_with_threads(&desc, x, kernel, y, right, count);
            }
        free(x);
        printf("# %zu samples, %zu signals: %u plans took less than all threads want\n", samples,
               shared[i].batch, smaller);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(does_not_grow_with_the_signal),
        cmocka_unit_test(breaks_keep_limits),
        cmocka_unit_test(threads_keep_limits),
    };
    return cmocka_run_group_tests_name("workspace", tests, make_data, NULL);
}
