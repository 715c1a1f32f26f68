/* test_rounding.c - the caller's rounding mode: integers are exact in every one, whatever thread
 * sums them and whatever mode it was made in; other results have the same bits on all threads. */
#include "suite.h"

#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

static const int roundings[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO, FE_TONEAREST};
enum { ROUNDINGS = sizeof roundings / sizeof roundings[0] };

/* A rounding mode, and whether numbers below the normal ones are flushed. */
static void set_environment(int rounding, bool flush) {
    assert_int_equal(fesetround(rounding), 0);
#if defined(__SSE2__)
    _mm_setcsr((_mm_getcsr() & ~0x8040u) | (flush ? 0x8040u : 0u));
#else
    (void)flush;
#endif
}

static bool is_environment(int rounding, bool flush) {
    bool same = fegetround() == rounding;
#if defined(__SSE2__)
    same = same && (_mm_getcsr() & 0x8040u) == (flush ? 0x8040u : 0u);
#else
    (void)flush;
#endif
    return same;
}

/* Sums that fit int64_t, by modular arithmetic. */
static void integer_full(const int64_t *x, size_t n, const int64_t *h, size_t m, int64_t *y) {
    for (size_t k = 0; k < n + m - 1; k++) {
        uint64_t sum = 0;
        for (size_t i = k < m ? 0 : k - m + 1; i < n && i <= k; i++)
            sum += (uint64_t)x[i] * (uint64_t)h[k - i];
        y[k] = (int64_t)sum;
    }
}

typedef struct {
    size_t n, m;
    int64_t x_base, x_range, h_base, h_range;
} integer_case;

/* Loops in one word and two, sums of doubles, transforms, digits. */
static const integer_case integer_cases[] = {
    {7, 5, -3, 7, 2, 9},
    {1024, 1024, 1000003, 7, 1000033, 5},
    {3000, 1500, -1000, 2001, -1000, 2001},
    {4000, 4000, -((int64_t)1 << 31), (int64_t)1 << 32, -1000, 2001},
    {1500, 1500, -((int64_t)1 << 24), (int64_t)1 << 25, -((int64_t)1 << 24), (int64_t)1 << 25},
    {2000, 40, (int64_t)1 << 50, 1000, -60, 121},
};
enum { INTEGER_CASES = sizeof integer_cases / sizeof integer_cases[0] };

static int64_t *draw_integers(size_t count, int64_t base, int64_t range, uint64_t seed) {
    int64_t *const x = malloc(count * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < count; i++)
        x[i] = base + (int64_t)next_below(&seed, (size_t)range);
    return x;
}

/* conv1d_i64, conv1d_i32 and, in one row, conv2d_i32. */
static void check_integer_calls(const integer_case *c, const int64_t *x, const int64_t *h,
                                const int64_t *right, int rounding, bool flush) {
    const size_t count = c->n + c->m - 1;
    const bool narrow = llabs(c->x_base) + c->x_range < INT32_MAX;
    int64_t *const y = malloc(count * sizeof *y);
    int32_t *const x32 = malloc(c->n * sizeof *x32);
    int32_t *const h32 = malloc(c->m * sizeof *h32);
    assert_true(y != NULL && x32 != NULL && h32 != NULL);
    for (size_t i = 0; narrow && i < c->n; i++)
        x32[i] = (int32_t)x[i];
    for (size_t i = 0; i < c->m; i++)
        h32[i] = (int32_t)h[i];
    for (int call = 0; call < (narrow ? 3 : 1); call++) {
        conv_status status;
        set_environment(rounding, flush);
        if (call == 0)
            status = conv1d_i64(x, c->n, h, c->m, CONV_FULL, y);
        else if (call == 1)
            status = conv1d_i32(x32, c->n, h32, c->m, CONV_FULL, y);
        else
            status = conv2d_i32(x32, 1, c->n, h32, 1, c->m, CONV_FULL, y);
        const bool kept = is_environment(rounding, flush);
        set_environment(FE_TONEAREST, false);
        assert_int_equal(status, CONV_OK);
        assert_true(kept);
        for (size_t i = 0; i < count; i++)
            if (y[i] != right[i])
                fail_msg("%zu x %zu, rounding %d, call %d: output %zu is %lld, should be %lld",
                         c->n, c->m, rounding, call, i, (long long)y[i], (long long)right[i]);
    }
    free(y);
    free(x32);
    free(h32);
}

static void integer_calls(void **state) {
    (void)state;
    for (size_t i = 0; i < INTEGER_CASES; i++) {
        const integer_case *const c = &integer_cases[i];
        int64_t *const x = draw_integers(c->n, c->x_base, c->x_range, 2 * i + 1);
        int64_t *const h = draw_integers(c->m, c->h_base, c->h_range, 2 * i + 2);
        int64_t *const right = malloc((c->n + c->m - 1) * sizeof *right);
        assert_non_null(right);
        integer_full(x, c->n, h, c->m, right);
        for (int r = 0; r < ROUNDINGS; r++)
            check_integer_calls(c, x, h, right, roundings[r], r % 2 == 0);
        free(x);
        free(h);
        free(right);
    }
}

/* Sums around the largest number of int64_t: what does not fit is refused, what fits is not. */
static void integers_that_just_fit(void **state) {
    (void)state;
    for (int r = 0; r < ROUNDINGS; r++) {
        enum { N = 600 };
        int64_t x[N];
        int64_t y[2 * N - 1];
        int64_t h[N];
        for (size_t i = 0; i < N; i++) {
            x[i] = INT64_MAX / N;
            h[i] = 1;
        }
        set_environment(roundings[r], false);
        const conv_status fits = conv1d_i64(x, N, h, N, CONV_FULL, y);
        const int64_t most = y[N - 1];
        x[0] += N;
        const conv_status too_large = conv1d_i64(x, N, h, N, CONV_FULL, y);
        set_environment(FE_TONEAREST, false);
        assert_int_equal(fits, CONV_OK);
        assert_true(most == INT64_MAX / N * N);
        assert_int_equal(too_large, CONV_ERR_RANGE);
    }
}

/* Plans for exact integers, whatever thread runs them, and whatever mode threads were made in. */
static void check_integer_plan(conv_dtype dtype, conv_method method, size_t n, size_t m, int made,
                               int run) {
    const int64_t range = dtype == CONV_F32 ? 7 : 2001;
    int64_t *const x = draw_integers(4 * n, -range / 2, range, 11);
    int64_t *const h = draw_integers(m, -range / 2, range, 12);
    int64_t *const right = malloc((n + m - 1) * sizeof *right);
    void *const data = malloc((4 * n + m + 4 * (n + m - 1)) * sizeof(double));
    double *const wide = data;
    float *const narrow = data;
    conv_desc desc;
    conv_plan *plan = NULL;
    assert_true(right != NULL && data != NULL);
    for (size_t i = 0; i < 4 * n + m; i++) {
        const int64_t v = i < 4 * n ? x[i] : h[i - 4 * n];
        if (dtype == CONV_F32)
            narrow[i] = (float)v;
        else
            wide[i] = (double)v;
    }
    const size_t size = dtype == CONV_F32 ? sizeof(float) : sizeof(double);
    unsigned char *const at = data;
    conv_desc_init(&desc, dtype, 1, &n, &m, CONV_FULL);
    desc.tolerance.kind = CONV_TOLERANCE_INTEGER;
    desc.method = method;
    desc.threads = 4;
    desc.batch = 4;
    set_environment(made, true);
    const conv_status status = conv_plan_create(&plan, &desc, at + 4 * n * size);
    set_environment(run, false);
    const conv_status ran =
        status != CONV_OK ? status : conv_plan_execute(plan, at, at + (4 * n + m) * size, NULL);
    const bool kept = is_environment(run, false);
    set_environment(FE_TONEAREST, false);
    conv_plan_destroy(plan);
    assert_int_equal(ran, CONV_OK);
    assert_true(kept);
    for (size_t b = 0; b < 4; b++) {
        integer_full(x + b * n, n, h, m, right);
        for (size_t i = 0; i < n + m - 1; i++) {
            const size_t j = 4 * n + m + b * (n + m - 1) + i;
            const double got = dtype == CONV_F32 ? (double)narrow[j] : wide[j];
            if (got != (double)right[i])
                fail_msg("dtype %d, method %d, %zu x %zu, modes %d and %d: output %zu is %g, "
                         "should be %lld",
                         (int)dtype, (int)method, n, m, made, run, i, got, (long long)right[i]);
        }
    }
    free(x);
    free(h);
    free(right);
    free(data);
}

static void integer_plans(void **state) {
    static const conv_method methods[] = {CONV_METHOD_AUTO, CONV_METHOD_DIRECT, CONV_METHOD_BLOCKS,
                                          CONV_METHOD_FFT};
    (void)state;
    for (int r = 0; r < ROUNDINGS; r++)
        for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
            check_integer_plan(CONV_F64, methods[i], 1000, 700, roundings[r],
                               roundings[(r + 1) % ROUNDINGS]);
            check_integer_plan(CONV_F32, methods[i], 900, 300, roundings[r], roundings[r]);
        }
}

/* Other results round as the calling thread does, on every thread: the same bits. */
static void threads_round_alike(void **state) {
    const size_t n[2] = {60, 50};
    const size_t m[2] = {9, 8};
    enum { BATCH = 5, SAMPLES = 60 * 50, OUTPUTS = 68 * 57 };
    double *const x = malloc((BATCH * (SAMPLES + 2 * OUTPUTS) + 72) * sizeof *x);
    double *const h = x + BATCH * SAMPLES;
    double *const y = h + 72;
    uint64_t seed = 5;
    (void)state;
    assert_non_null(x);
    for (size_t i = 0; i < BATCH * SAMPLES + 72; i++)
        x[i] = (double)next_below(&seed, 1000001) * 1e-6;
    for (int r = 0; r < ROUNDINGS; r++)
        for (int method = CONV_METHOD_DIRECT; method <= CONV_METHOD_FFT; method++)
            for (size_t batch = 1; batch <= BATCH; batch += BATCH - 1) {
                conv_status status[2] = {CONV_OK, CONV_OK};
                if (method == CONV_METHOD_SEPARABLE)
                    continue;
                for (int i = 0; i < 2; i++) {
                    conv_desc desc;
                    conv_plan *plan = NULL;
                    conv_desc_init(&desc, CONV_F64, 2, n, m, CONV_FULL);
                    desc.method = (conv_method)method;
                    desc.batch = batch;
                    desc.threads = i == 0 ? 1 : 4;
                    assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
                    set_environment(roundings[r], false);
                    status[i] = conv_plan_execute(plan, x, y + (size_t)i * BATCH * OUTPUTS, NULL);
                    set_environment(FE_TONEAREST, false);
                    conv_plan_destroy(plan);
                }
                assert_true(status[0] == CONV_OK && status[1] == CONV_OK);
                assert_memory_equal(y, y + BATCH * OUTPUTS, batch * OUTPUTS * sizeof *y);
            }
    free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integer_calls),
        cmocka_unit_test(integers_that_just_fit),
        cmocka_unit_test(integer_plans),
        cmocka_unit_test(threads_round_alike),
    };
    return cmocka_run_group_tests_name("rounding modes", tests, NULL, NULL);
}
