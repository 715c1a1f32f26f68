/* The ring transform against a long double sum over the ring's definition, on every level of the
 * processor: lengths, types, ragged tiles and boxes, any alignment, nothing read or written
 * outside; equal bits on levels with fused multiply-add. CONV_TEST_SEED=number repeats one run. */
#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "base/dtype.h"
#include "base/memory.h"
#include "budget.h"
#include "fft/ring.h"

typedef long double _Complex wide;

/* The bound is SAFETY * u/2 * log2(N) * |tile| * |kernel|. */
#define SAFETY 2.0L

static unsigned long long seed_used, state;
static long double worst[2];

static unsigned random_bits(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33);
}

static size_t random_below(size_t n) {
    return n ? random_bits() % n : 0;
}

static size_t random_between(size_t low, size_t high) {
    return low + random_below(high - low + 1);
}

typedef struct {
    conv_dtype dtype, kernel_dtype;
    int rank;
    size_t shape[CONV_MAX_RANK], kernel[CONV_MAX_RANK], in[CONV_MAX_RANK];
    size_t first[CONV_MAX_RANK], count[CONV_MAX_RANK];
    size_t samples; /* outputs compared, 0: all */
    bool shared;    /* on one level also on several threads, more than there are processors */
} trial;

static size_t product(int rank, const size_t *n) {
    size_t p = 1;
    for (int d = 0; d < rank; d++) {
        p *= n[d];
    }
    return p;
}

static void fill(void *data, conv_dtype type, size_t count) {
    count *= conv_dtype_is_complex(type) ? 2 : 1;
    for (size_t i = 0; i < count; i++) {
        double v = (double)random_bits() / 1073741824.0 - 1;
        if (conv_dtype_is_double(type)) {
            ((double *)data)[i] = v;
        } else {
            float f = (float)v;
            memcpy((float *)data + i, &f, sizeof f);
        }
    }
}

static wide value(const void *data, conv_dtype type, size_t i) {
    const char *p = (const char *)data + i * conv_dtype_size(type);
    double re, im = 0;
    float f[2] = {0, 0};
    if (conv_dtype_is_double(type)) {
        memcpy(&re, p, sizeof re);
        if (conv_dtype_is_complex(type)) {
            memcpy(&im, p + sizeof re, sizeof im);
        }
    } else {
        memcpy(f, p, conv_dtype_size(type));
        re = (double)f[0], im = (double)f[1];
    }
    return (wide)re + (wide)im * I;
}

static long double norm(const void *data, conv_dtype type, size_t count) {
    long double sum = 0;
    for (size_t i = 0; i < count; i++) {
        wide v = value(data, type, i);
        sum += creall(v) * creall(v) + cimagl(v) * cimagl(v);
    }
    return sqrtl(sum);
}

/* out[o] by the definition; x and h contiguous, o relative to the ring. */
static wide reference(const trial *t, const void *x, const void *h, const size_t *o) {
    size_t k[CONV_MAX_RANK] = {0}, taps = product(t->rank, t->kernel);
    wide sum = 0;
    for (size_t i = 0; i < taps; i++) {
        size_t at = 0;
        int sign = 1, inside = 1;
        for (int d = 0; d < t->rank; d++) {
            size_t j = o[d] >= k[d] ? o[d] - k[d] : o[d] + t->shape[d] - k[d];
            if (o[d] < k[d] && d == t->rank - 1 && !conv_dtype_is_complex(t->dtype)) {
                sign = -1;
            }
            inside = inside && j < t->in[d];
            at = at * t->in[d] + j;
        }
        if (inside) {
            sum += sign * value(h, t->kernel_dtype, i) * value(x, t->dtype, at);
        }
        for (int d = t->rank - 1; d >= 0 && ++k[d] == t->kernel[d]; d--) {
            k[d] = 0;
        }
    }
    return sum;
}

/* Memory with a page that must not be touched on either side; the data end or begin there. */
typedef struct {
    char *map, *data;
    size_t bytes;
} guarded;

static guarded guarded_make(size_t bytes, int at_end) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), body = (bytes + page) / page * page;
    guarded g = {.bytes = body + 2 * page};
    g.map = mmap(NULL, g.bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(g.map != MAP_FAILED);
    assert_int_equal(mprotect(g.map + page, body, PROT_READ | PROT_WRITE), 0);
    memset(g.map + page, 0xff, body); /* NaN wherever a read goes astray */
    g.data = g.map + page + (at_end ? body - bytes : 0);
    return g;
}

static void guarded_free(guarded *g) {
    munmap(g->map, g->bytes);
}

/* Contiguous from -> rows with strides, or back. */
static void copy_rows(int rank, const size_t *extent, char *strided, const ptrdiff_t *stride,
                      char *packed, size_t size, int pack) {
    size_t row = extent[rank - 1] * size, rows = product(rank - 1, extent), k[CONV_MAX_RANK] = {0};
    for (size_t i = 0; i < rows; i++) {
        ptrdiff_t at = 0;
        for (int d = 0; d < rank - 1; d++) {
            at += (ptrdiff_t)k[d] * stride[d];
        }
        char *p = strided + at * (ptrdiff_t)size;
        memcpy(pack ? packed + i * row : p, pack ? p : packed + i * row, row);
        for (int d = rank - 2; d >= 0 && ++k[d] == extent[d]; d--) {
            k[d] = 0;
        }
    }
}

/* Strides of an array with gaps between rows; returns its span in elements. */
static size_t gapped(int rank, const size_t *extent, ptrdiff_t *stride) {
    size_t span = extent[rank - 1];
    stride[rank - 1] = 1;
    for (int d = rank - 2; d >= 0; d--) {
        size_t step = span + random_below(3);
        stride[d] = (ptrdiff_t)step;
        span += step * (extent[d] - 1);
    }
    return span;
}

static const char *describe(const trial *t, conv_level level) {
    static char text[400];
    int n = snprintf(text, sizeof text, "CONV_TEST_SEED=%llu %s kernel %s level %s", seed_used,
                     conv_dtype_name(t->dtype), conv_dtype_name(t->kernel_dtype),
                     conv_level_name(level));
    for (int d = 0; d < t->rank; d++) {
        n += snprintf(text + n, sizeof text - (size_t)n, " [N %zu taps %zu in %zu out %zu+%zu]",
                      t->shape[d], t->kernel[d], t->in[d], t->first[d], t->count[d]);
    }
    return text;
}

/* The same again on so many threads, in scratch memory of just the size for them: nothing but the
 * time may change. before: the target of `bytes` as it was; alone: as one thread left it. */
static void run_shared(const trial *t, const conv_ring *ring, const conv_tile *tile,
                       const void *spectrum, guarded *to, const char *before, size_t bytes,
                       const char *alone, conv_level level) {
    static const int threads[] = {2, 3, 8};
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        guarded scratch =
            guarded_make(conv_aligned_size(conv_ring_scratch_size(ring, threads[i])), 1);
        memcpy(to->data, before, bytes);
        conv_ring_convolve(ring, tile, spectrum, scratch.data, threads[i]);
        if (memcmp(to->data, alone, bytes) != 0) {
            fail_msg("%d threads, other bits: %s", threads[i], describe(t, level));
        }
        guarded_free(&scratch);
    }
}

/* out: the packed result */
static void run(const trial *t, conv_level level, bool shared, const void *x, const void *h,
                void *out) {
    size_t size = conv_dtype_size(t->dtype),
           seed_align = size / (conv_dtype_is_complex(t->dtype) + 1);
    conv_ring *ring;
    assert_int_equal(conv_ring_create(&ring, t->dtype, t->rank, t->shape, level), CONV_OK);
    guarded spectrum = guarded_make(conv_aligned_size(conv_ring_spectrum_size(ring)), 1);
    guarded scratch = guarded_make(conv_aligned_size(conv_ring_scratch_size(ring, 1)), 1);
    guarded kernel = guarded_make(product(t->rank, t->kernel) * conv_dtype_size(t->kernel_dtype),
                                  random_bits() & 1);
    memcpy(kernel.data, h, product(t->rank, t->kernel) * conv_dtype_size(t->kernel_dtype));
    conv_ring_kernel(ring, kernel.data, t->kernel_dtype, t->kernel, spectrum.data, scratch.data);

    conv_tile tile = {0};
    memcpy(tile.in_extent, t->in, sizeof t->in);
    memcpy(tile.out_first, t->first, sizeof t->first);
    memcpy(tile.out_count, t->count, sizeof t->count);
    size_t in_bytes = gapped(t->rank, t->in, tile.in_stride) * size;
    size_t out_bytes = gapped(t->rank, t->count, tile.out_stride) * size;
    guarded in = guarded_make(in_bytes, random_bits() & 1);
    guarded to = guarded_make(out_bytes + 2 * seed_align, random_bits() & 1);
    char *target = to.data + random_below(3) * seed_align;
    char *before = malloc(out_bytes + 2 * seed_align), *zero = calloc(1, out_bytes);
    char *alone = malloc(out_bytes + 2 * seed_align);
    assert_true(before && zero && alone);
    copy_rows(t->rank, t->in, in.data, tile.in_stride, (char *)(uintptr_t)x, size, 0);
    memset(to.data, 0x55, out_bytes + 2 * seed_align);
    memcpy(before, to.data, out_bytes + 2 * seed_align);
    tile.in = in.data;
    tile.out = target;
    conv_ring_convolve(ring, &tile, spectrum.data, scratch.data, 1);
    memcpy(alone, to.data, out_bytes + 2 * seed_align);
    if (shared) {
        run_shared(t, ring, &tile, spectrum.data, &to, before, out_bytes + 2 * seed_align, alone,
                   level);
    }
    copy_rows(t->rank, t->count, target, tile.out_stride, out, size, 1);
    /* Put the old content back where a result belongs: nothing else may have changed. */
    memset(zero, 0x55, out_bytes);
    copy_rows(t->rank, t->count, target, tile.out_stride, zero, size, 0);
    if (memcmp(before, to.data, out_bytes + 2 * seed_align) != 0) {
        fail_msg("wrote outside: %s", describe(t, level));
    }
    free(before);
    free(zero);
    free(alone);
    guarded *all[] = {&spectrum, &scratch, &kernel, &in, &to};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        guarded_free(all[i]);
    }
    conv_ring_destroy(ring);
}

static void compare(const trial *t, conv_level level, const void *x, const void *h,
                    const void *out) {
    size_t outputs = product(t->rank, t->count), samples = t->samples ? t->samples : outputs;
    long double u = conv_dtype_is_double(t->dtype) ? 0x1p-53L : 0x1p-24L;
    long double unit = u / 2 * log2l((long double)product(t->rank, t->shape)) *
                       norm(x, t->dtype, product(t->rank, t->in)) *
                       norm(h, t->kernel_dtype, product(t->rank, t->kernel));
    for (size_t s = 0; s < samples; s++) {
        size_t i = t->samples ? random_below(outputs) : s, rest = i, o[CONV_MAX_RANK];
        for (int d = t->rank - 1; d >= 0; d--) {
            o[d] = t->first[d] + rest % t->count[d];
            rest /= t->count[d];
        }
        long double error = cabsl(value(out, t->dtype, i) - reference(t, x, h, o));
        error = error == 0 ? 0 : error / unit; /* an empty tile has no norm */
        int is_double = conv_dtype_is_double(t->dtype);
        worst[is_double] = fmaxl(worst[is_double], error);
        if (!(error <= SAFETY)) {
            fail_msg("output %zu off by %.3Lg of the bound: %s", i, error / SAFETY,
                     describe(t, level));
        }
    }
}

static void check(const trial *t) {
    size_t size = conv_dtype_size(t->dtype), bytes = product(t->rank, t->count) * size;
    void *x = malloc(product(t->rank, t->in) * size + 1), *h, *out[CONV_LEVELS] = {NULL};
    h = malloc(product(t->rank, t->kernel) * conv_dtype_size(t->kernel_dtype));
    assert_true(x && h);
    fill(x, t->dtype, product(t->rank, t->in));
    fill(h, t->kernel_dtype, product(t->rank, t->kernel));
    int shared = t->shared ? (int)random_below((size_t)conv_cpu_level() + 1) : -1;
    for (int level = 0; level <= (int)conv_cpu_level(); level++) {
        out[level] = malloc(bytes + 1);
        assert_true(out[level]);
        run(t, (conv_level)level, level == shared, x, h, out[level]);
        if (level <= CONV_LEVEL_V3 || memcmp(out[level], out[CONV_LEVEL_V3], bytes) != 0) {
            compare(t, (conv_level)level, x, h, out[level]);
        }
    }
    if (out[CONV_LEVEL_V4] && memcmp(out[CONV_LEVEL_V3], out[CONV_LEVEL_V4], bytes) != 0) {
        fail_msg("bits differ between v3 and v4: %s", describe(t, CONV_LEVEL_V4));
    }
    for (int level = 0; level < CONV_LEVELS; level++) {
        free(out[level]);
    }
    free(x);
    free(h);
}

static trial trial_1d(conv_dtype dtype, conv_dtype kernel_dtype, size_t n, size_t taps, size_t in) {
    trial t = {.dtype = dtype, .kernel_dtype = kernel_dtype, .rank = 1};
    t.shape[0] = n;
    t.kernel[0] = taps;
    t.in[0] = in;
    t.count[0] = n;
    return t;
}

static const struct {
    conv_dtype dtype, kernel;
} types[] = {{CONV_F32, CONV_F32}, {CONV_F64, CONV_F64}, {CONV_C32, CONV_C32},
             {CONV_C64, CONV_C64}, {CONV_C32, CONV_F32}, {CONV_C64, CONV_F64}};
enum { TYPES = sizeof types / sizeof *types };

static void random_box(trial *t, int d) {
    t->first[d] = random_below(t->shape[d]);
    t->count[d] = random_between(1, t->shape[d] - t->first[d]);
}

static void test_lengths(void **unused) {
    (void)unused;
    for (int i = 0; i < TYPES; i++) {
        size_t n = conv_ring_length(types[i].dtype, 1, CONV_AXIS_LINE);
        for (; n <= 4096; n = conv_ring_length(types[i].dtype, n + 1, CONV_AXIS_LINE)) {
            trial t = trial_1d(types[i].dtype, types[i].kernel, n, random_between(1, n), n);
            t.samples = n > 512 ? 300 : 0;
            check(&t);
            t = trial_1d(types[i].dtype, types[i].kernel, n, random_between(1, n),
                         random_below(n + 1));
            random_box(&t, 0);
            t.samples = n > 512 ? 300 : 0;
            check(&t);
        }
    }
}

static void test_large(void **unused) {
    (void)unused;
    static const size_t n[] = {8192,    24576,   32768,  40960,   98304,   131072,
                               7 << 15, 9 << 15, 262144, 5 << 16, 3 << 18, 1 << 21};
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        for (int k = 0; k < TYPES; k++) {
            trial t = trial_1d(types[k].dtype, types[k].kernel, n[i], 1000, n[i]);
            random_box(&t, 0);
            t.in[0] = random_between(n[i] / 2, n[i]);
            t.samples = 300;
            t.shared = true;
            check(&t);
        }
    }
}

static void test_ragged_inputs(void **unused) {
    (void)unused;
    for (int k = 0; k < TYPES; k++) {
        for (size_t n = 32; n <= 192; n = conv_ring_length(types[k].dtype, n + 1, CONV_AXIS_LINE)) {
            for (size_t in = 0; in <= n; in++) {
                trial t = trial_1d(types[k].dtype, types[k].kernel, n, random_between(1, 8), in);
                t.samples = 10;
                check(&t);
            }
        }
    }
}

static void test_crop_positions(void **unused) {
    (void)unused;
    for (int k = 0; k < 4; k++) {
        for (size_t first = 0; first < 96; first++) {
            for (size_t count = 1; count <= 96 - first; count += 1 + random_below(4)) {
                trial t = trial_1d(types[k].dtype, types[k].kernel, 96, 3, 96);
                t.first[0] = first;
                t.count[0] = count;
                t.samples = 4;
                check(&t);
            }
        }
    }
}

static void test_crop_long(void **unused) {
    (void)unused;
    static const size_t n[] = {128, 160, 224,  256,  288,  384,  512,
                               768, 896, 1024, 1152, 2048, 3072, 4096};
    for (int i = 0; i < (int)test_count(600); i++) {
        int k = (int)random_below(TYPES);
        trial t = trial_1d(types[k].dtype, types[k].kernel, n[random_below(sizeof n / sizeof *n)],
                           random_between(1, 16), 0);
        t.in[0] = random_below(t.shape[0] + 1);
        random_box(&t, 0);
        t.samples = 40;
        check(&t);
    }
}

static void test_boxes(void **unused) {
    (void)unused;
    for (int i = 0; i < (int)test_count(400); i++) {
        int k = (int)random_below(TYPES);
        trial t = {.dtype = types[k].dtype, .kernel_dtype = types[k].kernel};
        t.rank = (int)random_between(2, 4);
        for (int d = 0; d < t.rank; d++) {
            bool last = d == t.rank - 1;
            size_t most = last ? 200 : t.rank == 2 ? 200 : t.rank == 3 ? 30 : 9;
            t.shape[d] =
                conv_ring_length(t.dtype, random_between(1, most), conv_axis_kind_of(d, t.rank));
            t.kernel[d] = random_between(1, t.shape[d] < 7 ? t.shape[d] : 7);
            t.in[d] = random_between(1, t.shape[d]);
            random_box(&t, d);
        }
        t.samples = 60;
        check(&t);
    }
}

/* Boxes with few rows and with many, whose lines are short and so long that threads share each. */
static void test_shared_boxes(void **unused) {
    (void)unused;
    static const size_t shapes[][3] = {{1, 4, 16384},   {1, 3, 24576}, {1, 64, 96},  {1, 256, 512},
                                       {8, 12, 64},     {16, 1, 256},  {24, 24, 48}, {4, 8, 12288},
                                       {1, 1, 1 << 15}, {1, 1, 72},    {1, 7, 20},   {9, 40, 144}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (int k = 0; k < TYPES; k++) {
            trial t = {.dtype = types[k].dtype, .kernel_dtype = types[k].kernel, .rank = 3};
            for (int d = 0; d < 3; d++) {
                t.shape[d] = conv_ring_length(t.dtype, shapes[i][d], conv_axis_kind_of(d, 3));
                t.kernel[d] = random_between(1, t.shape[d] < 5 ? t.shape[d] : 5);
                t.in[d] = random_between(1 + t.shape[d] / 2, t.shape[d]);
                random_box(&t, d);
            }
            t.samples = 40;
            t.shared = true;
            check(&t);
        }
    }
}

static void test_length_choice(void **unused) {
    (void)unused;
    assert_int_equal(conv_ring_length(CONV_F32, 0, CONV_AXIS_LINE), 32);
    assert_int_equal(conv_ring_length(CONV_F64, 33, CONV_AXIS_LINE), 64);
    assert_int_equal(conv_ring_length(CONV_F32, 65, CONV_AXIS_LINE), 96);
    assert_int_equal(conv_ring_length(CONV_C32, 17, CONV_AXIS_LINE), 32);
    assert_int_equal(conv_ring_length(CONV_F32, 97, CONV_AXIS_LINE), 128);
    assert_int_equal(conv_ring_length(CONV_F32, 129, CONV_AXIS_LINE), 160);
    assert_int_equal(conv_ring_length(CONV_F64, 193, CONV_AXIS_LINE), 224);
    assert_int_equal(conv_ring_length(CONV_F32, 257, CONV_AXIS_LINE), 288);
    assert_int_equal(conv_ring_length(CONV_C32, 257, CONV_AXIS_LINE), 288);
    assert_int_equal(conv_ring_length(CONV_F32, 65, CONV_AXIS_COLUMNS), 72);
    assert_int_equal(conv_ring_length(CONV_F32, 1, CONV_AXIS_ROWS), 8);
    assert_int_equal(conv_ring_length(CONV_C64, 1, CONV_AXIS_ROWS), 4);
    assert_int_equal(conv_ring_length(CONV_F32, 65, CONV_AXIS_ROWS), 72);
    assert_int_equal(conv_ring_length(CONV_F64, 257, CONV_AXIS_ROWS), 288);
    assert_int_equal(conv_ring_length(CONV_F32, 289, CONV_AXIS_ROWS), 320);
    assert_int_equal(conv_ring_length(CONV_F32, 17, CONV_AXIS_COLUMNS), 20);
    assert_int_equal(conv_ring_length(CONV_F32, 25, CONV_AXIS_COLUMNS), 28);
    assert_int_equal(conv_ring_length(CONV_F32, 1, CONV_AXIS_COLUMNS), 1);
    assert_int_equal(conv_ring_length(CONV_F32, 2, CONV_AXIS_COLUMNS), 4);
    assert_int_equal(conv_ring_length(CONV_F32, 9, CONV_AXIS_COLUMNS), 12);
    assert_int_equal(conv_ring_length(CONV_F32, SIZE_MAX, CONV_AXIS_LINE), 0);
    conv_ring *ring = NULL;
    size_t shape = 80;
    assert_int_equal(conv_ring_create(&ring, CONV_F32, 1, &shape, CONV_LEVEL_BASELINE),
                     CONV_ERR_EXTENT);
    size_t huge[3] = {1 << 24, 1 << 24, 1 << 24};
    assert_int_equal(conv_ring_create(&ring, CONV_F32, 3, huge, CONV_LEVEL_BASELINE),
                     CONV_ERR_MEMORY);
    assert_null(ring);
}

static int print_worst(void **unused) {
    (void)unused;
    print_message(
        "# error / (u/2 log2(N) |tile| |kernel|), worst (limit %.0Lf): f32 %.3Lf, f64 %.3Lf\n",
        SAFETY, worst[0], worst[1]);
    return 0;
}

static int set_seed(void **unused) {
    (void)unused;
    seed_used = test_seed(20240607);
    state = seed_used;
    return 0;
}

/* A line whose end elements are taken from elsewhere has the bits of one that has them in place. */
static void ends_one(conv_dtype type, size_t n, size_t extent, size_t ends, conv_level level) {
    static const size_t taps = 5;
    const size_t size = conv_dtype_size(type), bytes = n * size;
    conv_ring *ring = NULL;
    assert_int_equal(conv_ring_create(&ring, type, 1, &n, level), CONV_OK);
    char *in = conv_allocate(bytes), *patched = conv_allocate(bytes),
         *kernel = conv_allocate(bytes);
    char *end_elements = conv_allocate(2 * ends * size), *spectrum, *scratch;
    char *out = conv_allocate(bytes), *wanted = conv_allocate(bytes);
    spectrum = conv_allocate(conv_ring_spectrum_size(ring));
    scratch = conv_allocate(conv_ring_scratch_size(ring, 3));
    fill(in, type, extent);
    fill(kernel, type, taps);
    fill(end_elements, type, 2 * ends);
    memcpy(patched, in, extent * size);
    memcpy(patched, end_elements, ends * size);
    memcpy(patched + (extent - ends) * size, end_elements + ends * size, ends * size);
    conv_ring_kernel(ring, kernel, type, &taps, spectrum, scratch);
    conv_tile tile = {.in = patched,
                      .in_extent = {extent},
                      .in_stride = {1},
                      .out = wanted,
                      .out_count = {n},
                      .out_stride = {1}};
    conv_ring_convolve(ring, &tile, spectrum, scratch, 1);
    tile.in = in;
    tile.ends = ends;
    tile.end_elements = end_elements;
    tile.out = out;
    for (int threads = 1; threads <= 3; threads++) {
        memset(out, 0x55, bytes);
        conv_ring_convolve(ring, &tile, spectrum, scratch, threads);
        if (memcmp(out, wanted, bytes) != 0) {
            fail_msg("CONV_TEST_SEED=%llu %s level %s N %zu extent %zu ends %zu threads %d",
                     seed_used, conv_dtype_name(type), conv_level_name(level), n, extent, ends,
                     threads);
        }
    }
    char *const all[] = {in, patched, kernel, end_elements, spectrum, scratch, out, wanted};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        conv_free(all[i]);
    }
    conv_ring_destroy(ring);
}

static void test_ends(void **unused) {
    (void)unused;
    for (int level = 0; level <= (int)conv_cpu_level(); level++) {
        for (int type = CONV_F32; type <= CONV_C64; type++) {
            for (size_t least = 1; least <= 20000; least = least * 3 / 2 + 1) {
                size_t n = conv_ring_length((conv_dtype)type, least, CONV_AXIS_LINE);
                size_t ends = 1 + random_below(7);
                size_t extent = n - random_below(n - 2 * ends);
                ends_one((conv_dtype)type, n, extent, ends, (conv_level)level);
                ends_one((conv_dtype)type, n, 2 * ends, ends, (conv_level)level);
                ends_one((conv_dtype)type, n, n, ends, (conv_level)level);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_length_choice, set_seed),
        cmocka_unit_test_setup(test_lengths, set_seed),
        cmocka_unit_test_setup(test_ragged_inputs, set_seed),
        cmocka_unit_test_setup(test_crop_positions, set_seed),
        cmocka_unit_test_setup(test_crop_long, set_seed),
        cmocka_unit_test_setup(test_boxes, set_seed),
        cmocka_unit_test_setup(test_large, set_seed),
        cmocka_unit_test_setup(test_ends, set_seed),
        cmocka_unit_test_setup(test_shared_boxes, set_seed),
    };
    return cmocka_run_group_tests(tests, NULL, print_worst);
}
