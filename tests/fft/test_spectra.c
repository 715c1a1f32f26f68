/* The parts of a transform against a long double sum over the definition: tiles and kernels into
 * spectra, products added up, and back. Both backends, every level, all types, rank 1 to 3, ragged
 * tiles and boxes at any alignment; small integers come out exactly; one product has the bits of
 * the fused convolution, and threads change none. CONV_TEST_SEED=number repeats one run. */
#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "budget.h"
#include "fft/transform.h"

typedef long double _Complex wide;

enum { PAIRS = 3, GUARD = 64 };

/* The bound is SAFETY * u/2 * log2(N) * sum of |tile| * |kernel|, and a rounding for every sum. */
#define SAFETY 2.0L

static unsigned long long seed_used, state;
static long double worst[CONV_BACKENDS][2];

static size_t random_below(size_t n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return n ? (size_t)(state >> 33) % n : 0;
}

static size_t random_between(size_t low, size_t high) {
    return low + random_below(high - low + 1);
}

typedef struct {
    conv_backend backend;
    conv_level level;
    conv_dtype dtype, kernel_dtype;
    int rank, pairs;
    size_t shape[CONV_MAX_RANK];
    size_t in[PAIRS][CONV_MAX_RANK], taps[PAIRS][CONV_MAX_RANK];
    size_t first[CONV_MAX_RANK], count[CONV_MAX_RANK];
    bool integers;
} trial;

static size_t product(int rank, const size_t *n) {
    size_t p = 1;
    for (int d = 0; d < rank; d++)
        p *= n[d];
    return p;
}

static void describe(const trial *t, char *text, size_t size) {
    int n =
        snprintf(text, size, "CONV_TEST_SEED=%llu %s %s kernel %s level %s, %d pairs:", seed_used,
                 t->backend == CONV_BACKEND_FFTW ? "FFTW" : "own", conv_dtype_name(t->dtype),
                 conv_dtype_name(t->kernel_dtype), conv_level_name(t->level), t->pairs);
    for (int d = 0; d < t->rank; d++)
        n += snprintf(text + n, size - (size_t)n, " [N %zu in %zu taps %zu out %zu+%zu]",
                      t->shape[d], t->in[0][d], t->taps[0][d], t->first[d], t->count[d]);
}

static void set_value(void *data, conv_dtype type, size_t i, double v) {
    float f = (float)v;
    if (conv_dtype_is_double(type))
        memcpy((char *)data + i * sizeof v, &v, sizeof v);
    else
        memcpy((char *)data + i * sizeof f, &f, sizeof f);
}

static double part(const void *data, conv_dtype type, size_t i) {
    double v;
    float f;
    if (conv_dtype_is_double(type)) {
        memcpy(&v, (const char *)data + i * sizeof v, sizeof v);
        return v;
    }
    memcpy(&f, (const char *)data + i * sizeof f, sizeof f);
    return (double)f;
}

static wide value(const void *data, conv_dtype type, size_t i) {
    if (!conv_dtype_is_complex(type))
        return (wide)part(data, type, i);
    return (wide)part(data, type, 2 * i) + (wide)part(data, type, 2 * i + 1) * I;
}

/* An array of count elements that begins as many bytes behind a multiple of 64 as a caller's may,
 * with guard bytes on either side. */
typedef struct {
    char *memory, *data;
    size_t bytes;
} array;

static array array_make(conv_dtype type, size_t count) {
    size_t real = conv_dtype_is_double(type) ? sizeof(double) : sizeof(float);
    array a = {.bytes = count * conv_dtype_size(type)};
    a.memory = conv_allocate(a.bytes + 4 * GUARD);
    assert_non_null(a.memory);
    memset(a.memory, 0x5a, a.bytes + 4 * GUARD);
    a.data = a.memory + GUARD + random_below(GUARD / real) * real;
    return a;
}

static void array_check(const trial *t, const array *a) {
    char text[400];
    for (const char *p = a->memory; p < a->memory + a->bytes + 4 * GUARD; p++) {
        if (*p != 0x5a && (p < a->data || p >= a->data + a->bytes)) {
            describe(t, text, sizeof text);
            fail_msg("wrote outside: %s", text);
        }
    }
}

static array random_array(conv_dtype type, size_t count, bool integers, long double *norm) {
    array a = array_make(type, count);
    *norm = 0;
    for (size_t i = 0; i < count * (conv_dtype_is_complex(type) ? 2 : 1); i++) {
        double v =
            integers ? (double)random_below(9) - 4 : (double)random_below(1 << 24) / 8388608 - 1;
        set_value(a.data, type, i, v);
        *norm += (long double)v * v;
    }
    *norm = sqrtl(*norm);
    return a;
}

/* Output o of one pair by the definition; the tile and the kernel are contiguous. */
static wide reference(const trial *t, int pair, const void *x, const void *h, const size_t *o) {
    size_t k[CONV_MAX_RANK] = {0}, taps = product(t->rank, t->taps[pair]);
    bool turns = t->backend == CONV_BACKEND_RING && !conv_dtype_is_complex(t->dtype);
    wide sum = 0;
    for (size_t i = 0; i < taps; i++) {
        size_t at = 0;
        int sign = 1, inside = 1;
        for (int d = 0; d < t->rank; d++) {
            size_t j = o[d] >= k[d] ? o[d] - k[d] : o[d] + t->shape[d] - k[d];
            if (o[d] < k[d] && d == t->rank - 1 && turns)
                sign = -1;
            inside = inside && j < t->in[pair][d];
            at = at * t->in[pair][d] + j;
        }
        if (inside)
            sum += sign * value(h, t->kernel_dtype, i) * value(x, t->dtype, at);
        for (int d = t->rank - 1; d >= 0 && ++k[d] == t->taps[pair][d]; d--)
            k[d] = 0;
    }
    return sum;
}

/* Memory of a transform, filled with what is no number. */
static void *poisoned(size_t bytes) {
    void *memory = conv_allocate(bytes);
    assert_non_null(memory);
    memset(memory, 0xff, bytes);
    return memory;
}

typedef struct {
    const trial *t;
    conv_transform *transform;
    array in[PAIRS], taps[PAIRS], out;
    void *signal[PAIRS], *kernel[PAIRS], *sum;
    long double norms; /* sum of |tile| * |kernel| */
} job;

static conv_tile tile_of(const job *j, int pair, void *out) {
    const trial *t = j->t;
    conv_tile tile = {.in = j->in[pair].data, .out = out};
    ptrdiff_t in_step = 1, out_step = 1;
    for (int d = t->rank - 1; d >= 0; d--) {
        tile.in_extent[d] = t->in[pair][d];
        tile.in_stride[d] = in_step;
        tile.out_first[d] = t->first[d];
        tile.out_count[d] = t->count[d];
        tile.out_stride[d] = out_step;
        in_step *= (ptrdiff_t)t->in[pair][d];
        out_step *= (ptrdiff_t)t->count[d];
    }
    return tile;
}

static void begin(job *j, const trial *t) {
    *j = (job){.t = t};
    assert_int_equal(
        conv_transform_create(&j->transform, t->backend, t->dtype, t->rank, t->shape, t->level),
        CONV_OK);
    size_t bytes = conv_transform_spectrum_size(j->transform);
    void *scratch = poisoned(conv_transform_scratch_size(j->transform, 1));
    for (int i = 0; i < t->pairs; i++) {
        long double x, h;
        j->in[i] = random_array(t->dtype, product(t->rank, t->in[i]), t->integers, &x);
        j->taps[i] = random_array(t->kernel_dtype, product(t->rank, t->taps[i]), t->integers, &h);
        j->norms += x * h;
        j->signal[i] = poisoned(bytes);
        j->kernel[i] = poisoned(bytes);
        conv_transform_kernel(j->transform, j->taps[i].data, t->kernel_dtype, t->taps[i],
                              j->kernel[i], scratch);
    }
    j->sum = poisoned(bytes);
    j->out = array_make(t->dtype, product(t->rank, t->count));
    conv_free(scratch);
}

static void end(job *j) {
    for (int i = 0; i < j->t->pairs; i++) {
        conv_free(j->in[i].memory);
        conv_free(j->taps[i].memory);
        conv_free(j->signal[i]);
        conv_free(j->kernel[i]);
    }
    conv_free(j->sum);
    conv_free(j->out.memory);
    conv_transform_destroy(j->transform);
}

/* All pairs but those from `pairs` on, in parts; weights: NULL, all are 1. */
static void in_parts(job *j, int pairs, const double *weights, void *out, int threads) {
    void *scratch = poisoned(conv_transform_scratch_size(j->transform, threads));
    conv_tile tile = tile_of(j, 0, out);
    for (int i = 0; i < pairs; i++) {
        conv_tile from = tile_of(j, i, NULL);
        conv_transform_forward(j->transform, &from, j->signal[i], scratch, threads);
    }
    memset(scratch, 0xff, conv_transform_scratch_size(j->transform, threads));
    const void *const *signals = (const void *const *)j->signal;
    const void *const *kernels = (const void *const *)j->kernel;
    size_t at_once = random_between(1, (size_t)pairs), rest = (size_t)pairs - at_once;
    if (weights)
        conv_transform_multiply_weighted(j->transform, signals, kernels, weights, (size_t)pairs,
                                         j->sum);
    else
        conv_transform_multiply(j->transform, signals, kernels, at_once, j->sum, false);
    if (rest && !weights)
        conv_transform_multiply(j->transform, signals + at_once, kernels + at_once, rest, j->sum,
                                true);
    tile.in = NULL;
    conv_transform_inverse(j->transform, &tile, j->sum, scratch, threads);
    conv_free(scratch);
}

static void check_sum(job *j) {
    const trial *t = j->t;
    char text[400];
    long double u = conv_dtype_is_double(t->dtype) ? 0x1p-53L : 0x1p-24L;
    /* integers remain integers */
    static const double weight[PAIRS] = {-1, 2, 1};
    bool weighted = random_below(2);
    long double unit = u / 2 * (log2l((long double)product(t->rank, t->shape)) + PAIRS) * j->norms;
    if (weighted)
        unit *= 2;
    in_parts(j, t->pairs, weighted ? weight : NULL, j->out.data, 1);
    array_check(t, &j->out);
    for (size_t i = 0; i < product(t->rank, t->count); i++) {
        size_t o[CONV_MAX_RANK], rest = i;
        wide sum = 0;
        for (int d = t->rank - 1; d >= 0; d--) {
            o[d] = t->first[d] + rest % t->count[d];
            rest /= t->count[d];
        }
        for (int p = 0; p < t->pairs; p++)
            sum += (weighted ? weight[p] : 1) * reference(t, p, j->in[p].data, j->taps[p].data, o);
        wide got = value(j->out.data, t->dtype, i);
        long double error = cabsl(got - sum);
        error = error == 0 ? 0 : error / unit; /* an empty tile has no norm */
        bool is_double = conv_dtype_is_double(t->dtype);
        worst[t->backend][is_double] = fmaxl(worst[t->backend][is_double], error);
        bool exact = roundl(creall(got)) == creall(sum) && roundl(cimagl(got)) == cimagl(sum);
        if (!(error <= SAFETY) || (t->integers && !exact)) {
            describe(t, text, sizeof text);
            fail_msg("output %zu off by %.3Lg of the bound: %s", i, error / SAFETY, text);
        }
    }
}

/* One product in parts, in place and not, and the same on threads, beside the fused convolution. */
static void check_bits(job *j) {
    const trial *t = j->t;
    char text[400];
    array fused = array_make(t->dtype, product(t->rank, t->count));
    void *scratch = poisoned(conv_transform_scratch_size(j->transform, 1));
    conv_tile tile = tile_of(j, 0, fused.data);
    conv_transform_convolve(j->transform, &tile, j->kernel[0], scratch, 1);
    array_check(t, &fused);
    for (int threads = 1; threads <= 4; threads++) {
        memset(j->out.data, 0x5a, j->out.bytes);
        in_parts(j, 1, NULL, j->out.data, threads);
        if (memcmp(j->out.data, fused.data, fused.bytes) != 0) {
            describe(t, text, sizeof text);
            fail_msg("other bits in parts on %d threads: %s", threads, text);
        }
    }
    memset(j->out.data, 0x5a, j->out.bytes);
    tile.out = j->out.data;
    conv_transform_multiply(j->transform, (const void *const *)j->signal,
                            (const void *const *)j->kernel, 1, j->signal[0], false);
    conv_transform_inverse(j->transform, &tile, j->signal[0], scratch, 1);
    if (memcmp(j->out.data, fused.data, fused.bytes) != 0) {
        describe(t, text, sizeof text);
        fail_msg("other bits in place: %s", text);
    }
    conv_free(scratch);
    conv_free(fused.memory);
}

static void check(const trial *t) {
    job j;
    begin(&j, t);
    check_sum(&j);
    check_bits(&j);
    end(&j);
}

static const struct {
    conv_dtype dtype, kernel;
} types[] = {{CONV_F32, CONV_F32}, {CONV_F64, CONV_F64}, {CONV_C32, CONV_C32},
             {CONV_C64, CONV_C64}, {CONV_C32, CONV_F32}, {CONV_C64, CONV_F64}};
enum { TYPES = sizeof types / sizeof *types };

/* Random tiles, kernels and a box in a transform of about these lengths. */
static trial random_trial(int type, conv_backend backend, conv_level level, int rank,
                          const size_t *about, bool integers) {
    trial t = {.backend = backend, .level = level, .rank = rank, .integers = integers};
    t.dtype = types[type].dtype;
    t.kernel_dtype = types[type].kernel;
    t.pairs = (int)random_between(1, PAIRS);
    for (int d = 0; d < rank; d++) {
        t.shape[d] = conv_transform_length(backend, t.dtype, about[d], conv_axis_kind_of(d, rank));
        for (int i = 0; i < t.pairs; i++) {
            t.in[i][d] = random_between(random_below(20) ? 1 : 0, t.shape[d]);
            t.taps[i][d] = random_between(1, t.shape[d]);
        }
        t.first[d] = random_below(t.shape[d]);
        t.count[d] = random_between(1, t.shape[d] - t.first[d]);
    }
    return t;
}

static bool has(conv_backend backend) {
    return conv_backend_available(backend);
}

/* Every backend, level and type. */
static void check_all(int rank, const size_t *about, bool integers) {
    for (int backend = 0; backend < CONV_BACKENDS; backend++) {
        int levels = backend == CONV_BACKEND_RING ? (int)conv_cpu_level() : 0;
        for (int level = 0; has((conv_backend)backend) && level <= levels; level++) {
            for (int type = 0; type < TYPES; type++) {
                trial t = random_trial(type, (conv_backend)backend, (conv_level)level, rank, about,
                                       integers);
                check(&t);
            }
        }
    }
}

static void test_lines(void **unused) {
    (void)unused;
    for (size_t n = 1; n <= 700; n += n / 3 + 1)
        check_all(1, &n, n % 2);
}

/* Long enough for several threads to share a line: compared where the loop is short. */
static void test_long_lines(void **unused) {
    (void)unused;
    for (int type = 0; type < TYPES; type++) {
        for (int backend = 0; backend < CONV_BACKENDS; backend++) {
            static const size_t lengths[] = {16384, 49152};
            for (size_t i = 0; has((conv_backend)backend) && i < 2; i++) {
                trial t = random_trial(type, (conv_backend)backend, conv_cpu_level(), 1,
                                       &lengths[i], false);
                for (int p = 0; p < t.pairs; p++)
                    t.taps[p][0] = random_between(1, 300);
                t.count[0] = conv_min(t.count[0], 500);
                check(&t);
            }
        }
    }
}

static void test_planes(void **unused) {
    (void)unused;
    static const size_t shapes[][2] = {{1, 40}, {4, 1}, {8, 64}, {12, 33}, {30, 20}, {96, 32}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int again = 0; again < 2; again++)
            check_all(2, shapes[i], again);
}

static void test_boxes(void **unused) {
    (void)unused;
    static const size_t shapes[][3] = {{1, 1, 32}, {1, 6, 20}, {4, 1, 33}, {6, 4, 17}, {3, 8, 32}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int again = 0; again < 2; again++)
            check_all(3, shapes[i], again);
}

static void test_random(void **unused) {
    (void)unused;
    for (unsigned i = test_count(25); i > 0; i--) {
        size_t about[3];
        int rank = (int)random_between(1, 3);
        for (int d = 0; d < rank; d++)
            about[d] = random_between(1, rank == 1 ? 200 : rank == 2 ? 24 : 8);
        check_all(rank, about, i % 2);
    }
}

static int set_seed(void **unused) {
    (void)unused;
    seed_used = test_seed(20263);
    state = seed_used;
    return 0;
}

static int print_worst(void **unused) {
    (void)unused;
    for (int b = 0; b < CONV_BACKENDS; b++)
        print_message("# %s: worst error %.3Lf (f32), %.3Lf (f64) of the bound (limit 1)\n",
                      b == CONV_BACKEND_FFTW ? "FFTW" : "own", worst[b][0] / SAFETY,
                      worst[b][1] / SAFETY);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lines, set_seed),
        cmocka_unit_test_setup(test_long_lines, set_seed),
        cmocka_unit_test_setup(test_planes, set_seed),
        cmocka_unit_test_setup(test_boxes, set_seed),
        cmocka_unit_test_setup(test_random, set_seed),
    };
    return cmocka_run_group_tests(tests, NULL, print_worst);
}
