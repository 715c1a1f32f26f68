/* A transform whose first axis is summed over, against a long double sum over the definition: all
 * types, rank 2 to 4, every level, ragged tiles and boxes; threads change no bits, nor do levels
 * with fused multiply-add. CONV_TEST_SEED=number repeats one run. */
#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "base/dtype.h"
#include "base/memory.h"
#include "budget.h"
#include "fft/transform.h"

typedef long double _Complex wide;

enum { MOST_RANK = 4, GUARD = 64 };

/* Of conv_tile_transform_error's bound: 1.2 log2(N) of the transformed axes, measured, and two
 * roundings a product in both parts. */
#define TRANSFORM 1.2L

static unsigned long long state;
static long double worst[2];

static size_t random_between(size_t low, size_t high) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return low + (size_t)(state >> 33) % (high - low + 1);
}

typedef struct {
    conv_dtype dtype, kernel_dtype;
    int rank;
    size_t shape[MOST_RANK], taps, kernel[MOST_RANK], in[MOST_RANK];
    size_t first[MOST_RANK], count[MOST_RANK];
    void *x, *h;
    long double norms;
} trial;

static size_t product(int rank, const size_t *n) {
    size_t p = 1;
    for (int d = 0; d < rank; d++)
        p *= n[d];
    return p;
}

static long double part(const void *data, conv_dtype type, size_t i) {
    return conv_dtype_is_double(type) ? (long double)((const double *)data)[i]
                                      : (long double)((const float *)data)[i];
}

static wide value(const void *data, conv_dtype type, size_t i) {
    if (!conv_dtype_is_complex(type))
        return (wide)part(data, type, i);
    return (wide)part(data, type, 2 * i) + (wide)part(data, type, 2 * i + 1) * I;
}

static void *random_data(conv_dtype type, size_t count, bool positive, long double *norm) {
    void *data = conv_allocate(count * conv_dtype_size(type));
    assert_non_null(data);
    *norm = 0;
    for (size_t i = 0; i < count * (conv_dtype_is_complex(type) ? 2 : 1); i++) {
        double v = (double)random_between(0, 1 << 24) / (1 << 23) - (positive ? 0 : 1);
        if (conv_dtype_is_double(type))
            ((double *)data)[i] = v;
        else
            ((float *)data)[i] = (float)v;
        *norm += (long double)v * v;
    }
    *norm = sqrtl(*norm);
    return data;
}

/* Output o by the definition, without what would come back from an end: boxes leave that out. */
static wide reference(const trial *t, const size_t *o) {
    size_t k[MOST_RANK] = {0};
    wide sum = 0;
    for (size_t i = 0; i < product(t->rank, t->kernel); i++) {
        size_t at = 0, rest = i;
        bool inside = true;
        for (int d = t->rank - 1; d >= 0; d--) {
            k[d] = rest % t->kernel[d];
            rest /= t->kernel[d];
        }
        for (int d = 0; d < t->rank; d++) {
            inside = inside && o[d] >= k[d] && o[d] - k[d] < t->in[d];
            at = at * t->in[d] + (o[d] - k[d]);
        }
        if (inside)
            sum += value(t->x, t->dtype, at) * value(t->h, t->kernel_dtype, i);
    }
    return sum;
}

static trial random_trial(void) {
    static const conv_dtype types[][2] = {{CONV_F32, CONV_F32}, {CONV_F64, CONV_F64},
                                          {CONV_C32, CONV_C32}, {CONV_C64, CONV_C64},
                                          {CONV_C32, CONV_F32}, {CONV_C64, CONV_F64}};
    const conv_dtype *type = types[random_between(0, 5)];
    trial t = {.dtype = type[0], .kernel_dtype = type[1], .rank = (int)random_between(2, 4)};
    static const size_t most[MOST_RANK + 1] = {0, 0, 40, 12, 5};
    long double x, h;
    for (int d = 0; d < t.rank; d++) {
        size_t about = random_between(1, d == 0 ? 40 : most[t.rank]);
        t.shape[d] = d ? conv_transform_length(CONV_BACKEND_RING, t.dtype, about,
                                               conv_axis_kind_of(d, t.rank))
                       : about;
        t.kernel[d] = random_between(1, conv_min(t.shape[d], t.rank == 2 ? 12 : 4));
        t.in[d] = random_between(1, t.shape[d]);
        t.first[d] = random_between(d ? t.kernel[d] - 1 : 0, t.shape[d] - 1);
        t.count[d] = random_between(1, t.shape[d] - t.first[d]);
    }
    t.taps = random_between(t.kernel[0], t.shape[0]);
    bool positive = random_between(0, 1);
    t.x = random_data(t.dtype, product(t.rank, t.in), positive, &x);
    t.h = random_data(t.kernel_dtype, product(t.rank, t.kernel), positive, &h);
    t.norms = x * h;
    return t;
}

/* The box, `guard` bytes in a larger allocation. */
static char *convolve(const trial *t, conv_level level, int threads) {
    conv_transform *transform;
    conv_tile tile = {.in = t->x};
    size_t bytes = product(t->rank, t->count) * conv_dtype_size(t->dtype);
    ptrdiff_t in = 1, out = 1;
    for (int d = t->rank - 1; d >= 0; d--) {
        tile.in_extent[d] = t->in[d];
        tile.in_stride[d] = in;
        tile.out_first[d] = t->first[d];
        tile.out_count[d] = t->count[d];
        tile.out_stride[d] = out;
        in *= (ptrdiff_t)t->in[d];
        out *= (ptrdiff_t)t->count[d];
    }
    assert_int_equal(
        conv_transform_create_summed(&transform, t->dtype, t->rank, t->shape, t->taps, level),
        CONV_OK);
    size_t spectrum_bytes = conv_transform_spectrum_size(transform);
    size_t scratch_bytes = conv_transform_scratch_size(transform, threads);
    char *spectrum = conv_allocate(spectrum_bytes + GUARD);
    char *scratch = conv_allocate(scratch_bytes + GUARD), *y = conv_allocate(bytes + 2 * GUARD);
    assert_true(spectrum && scratch && y);
    memset(spectrum, 0xff, spectrum_bytes + GUARD);
    memset(scratch, 0xff, scratch_bytes + GUARD);
    memset(y, 0x5a, bytes + 2 * GUARD);
    conv_transform_kernel(transform, t->h, t->kernel_dtype, t->kernel, spectrum, scratch);
    tile.out = y + GUARD;
    conv_transform_convolve(transform, &tile, spectrum, scratch, threads);
    for (size_t i = 0; i < GUARD; i++) {
        assert_int_equal((unsigned char)spectrum[spectrum_bytes + i], 0xff);
        assert_int_equal((unsigned char)scratch[scratch_bytes + i], 0xff);
        assert_int_equal(y[i], 0x5a);
        assert_int_equal(y[GUARD + bytes + i], 0x5a);
    }
    conv_free(spectrum);
    conv_free(scratch);
    conv_transform_destroy(transform);
    return y;
}

static void check_sum(const trial *t, const char *y) {
    long double u = conv_dtype_is_double(t->dtype) ? 0x1p-53L : 0x1p-24L;
    long double length = log2l((long double)product(t->rank - 1, t->shape + 1));
    long double bound = u * t->norms * (TRANSFORM * length + 2 * sqrtl(2) * (long double)t->taps);
    for (size_t i = 0; i < product(t->rank, t->count); i++) {
        size_t o[MOST_RANK], rest = i;
        for (int d = t->rank - 1; d >= 0; d--) {
            o[d] = t->first[d] + rest % t->count[d];
            rest /= t->count[d];
        }
        long double error = cabsl(value(y, t->dtype, i) - reference(t, o)) / bound;
        long double *most = &worst[conv_dtype_is_double(t->dtype)];
        *most = fmaxl(*most, error);
        if (!(error <= 1))
            fail_msg("%s %s, rank %d, %zu of %zu taps, output %zu: %.3Lg of the bound",
                     conv_dtype_name(t->dtype), conv_dtype_name(t->kernel_dtype), t->rank,
                     t->kernel[0], t->taps, i, error);
    }
}

static void test_random(void **unused) {
    (void)unused;
    conv_level best = conv_cpu_level();
    for (unsigned i = 0; i < test_count(1500); i++) {
        trial t = random_trial();
        size_t bytes = product(t.rank, t.count) * conv_dtype_size(t.dtype);
        conv_level level = (conv_level)random_between(0, (size_t)best);
        char *y = convolve(&t, level, 1), *shared = convolve(&t, level, (int)random_between(2, 4));
        check_sum(&t, y + GUARD);
        if (memcmp(y + GUARD, shared + GUARD, bytes) != 0)
            fail_msg("other bits on threads, trial %u", i);
        conv_free(shared);
        if (level == CONV_LEVEL_V3 && best == CONV_LEVEL_V4) {
            shared = convolve(&t, best, 1);
            if (memcmp(y + GUARD, shared + GUARD, bytes) != 0)
                fail_msg("other bits with wider vectors, trial %u", i);
            conv_free(shared);
        }
        conv_free(y);
        conv_free(t.x);
        conv_free(t.h);
    }
    printf("# worst error over its bound: f32 %.3Lf, f64 %.3Lf (limit 1)\n", worst[0], worst[1]);
}

int main(void) {
    state = test_seed(20261127);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
