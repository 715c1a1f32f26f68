/* The direct method's leaf loops, every entry of every table this processor runs: against plain C
 * loops, against each other bit for bit, and with guard pages flush at both ends of every array.
 *
 *     CONV_TEST_SEED=N ./test_kernels    repeats a random run (of the same budget). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "budget.h"
#include "kernels/kernels.h"

enum {
    ARENA = 1 << 20, /* bytes between an array's guard pages */
    MAX_REALS = ARENA / 4
};

typedef enum {
    SLIDE,
    SLIDE_STEP,
    SLIDE_ROWS,
    SLIDE_LINES,
    SLIDE_COLUMNS,
    SLIDE_PLANES,
    SLIDE_VOLUME
} entry;

typedef enum { INTEGERS, RANDOM, SPECIALS } filling;

typedef struct {
    entry entry;
    conv_leaf_type type;
    size_t c_planes; /* 0: a plane */
    size_t c_rows, c_cols, rows, cols, step;
    ptrdiff_t x_plane, x_stride, y_stride;
    bool accumulate;
    int shift;   /* elements of free space before or after the arrays */
    bool at_end; /* arrays end at their guard page, or else begin at it */
} call;

typedef struct {
    unsigned char *begin, *end;
} arena;

/* Arenas for the samples, the taps and the outputs. */
static struct {
    arena x, c, y;
    long double *expected, *bound;
    bool *special;
    unsigned char *first_y;
    uint64_t seed, state;
    double worst[CONV_LEAF_TYPES];
    size_t calls;
} shared;

static const char *const type_names[] = {"f32", "f64", "c32", "c64", "c32r", "c64r"};
static const char *const entry_names[] = {"slide",       "slide_step",    "slide_rows",
                                          "slide_lines", "slide_columns", "slide_planes",
                                          "slide_volume"};

static uint64_t random_bits(void) {
    uint64_t z = shared.state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t random_below(size_t n) {
    return (size_t)(random_bits() % n);
}

static bool is_double(conv_leaf_type type) {
    return type == CONV_LEAF_F64 || type == CONV_LEAF_C64 || type == CONV_LEAF_C64R;
}

static size_t spacing(conv_leaf_type type) {
    return type == CONV_LEAF_F32 || type == CONV_LEAF_F64 ? 1 : 2;
}

static size_t sets(conv_leaf_type type) {
    return type == CONV_LEAF_C32 || type == CONV_LEAF_C64 ? 2 : 1;
}

static size_t real_size(conv_leaf_type type) {
    return is_double(type) ? sizeof(double) : sizeof(float);
}

static long double get(conv_leaf_type type, const void *p, size_t i) {
    return is_double(type) ? (long double)((const double *)p)[i]
                           : (long double)((const float *)p)[i];
}

static void set(conv_leaf_type type, void *p, size_t i, double v) {
    if (is_double(type))
        ((double *)p)[i] = v;
    else
        ((float *)p)[i] = (float)v;
}

static double some_real(filling how) {
    if (how == INTEGERS)
        return (double)(int)random_below(7) - 3;
    if (how == SPECIALS && random_below(97) == 0)
        return random_below(2) ? (double)NAN : (random_below(2) ? 1 : -1) * (double)INFINITY;
    return (double)(random_bits() >> 11) * 0x1p-52 - 1;
}

static void fill(conv_leaf_type type, void *p, size_t reals, filling how) {
    for (size_t i = 0; i < reals; i++)
        set(type, p, i, some_real(how));
}

static void map_arena(arena *a) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *p =
        mmap(NULL, ARENA + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(p != MAP_FAILED);
    assert_int_equal(mprotect(p, page, PROT_NONE), 0);
    assert_int_equal(mprotect(p + page + ARENA, page, PROT_NONE), 0);
    a->begin = p + page;
    a->end = p + page + ARENA;
}

static int set_up(void **state) {
    (void)state;
    map_arena(&shared.x);
    map_arena(&shared.c);
    map_arena(&shared.y);
    shared.expected = malloc(MAX_REALS * sizeof *shared.expected);
    shared.bound = malloc(MAX_REALS * sizeof *shared.bound);
    shared.special = malloc(MAX_REALS * sizeof *shared.special);
    shared.first_y = malloc(ARENA);
    shared.seed = test_seed((uint64_t)time(NULL));
    shared.state = shared.seed;
    return !shared.expected || !shared.bound || !shared.special || !shared.first_y;
}

static int tear_down(void **state) {
    (void)state;
    free(shared.expected);
    free(shared.bound);
    free(shared.special);
    free(shared.first_y);
    print_message("# %zu calls; worst error over (m + 2) u sum |c||x| (limit 1):", shared.calls);
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        print_message(" %s %.3f", type_names[t], shared.worst[t]);
    print_message("\n");
    return 0;
}

/* Elements from the first to the last that the call may touch. */
static size_t x_extent(const call *k) {
    if (k->entry == SLIDE_STEP)
        return (k->cols - 1) * k->step + k->c_cols;
    return (k->c_planes ? k->c_planes - 1 : 0) * (size_t)k->x_plane +
           (k->rows + k->c_rows - 2) * (size_t)k->x_stride + k->cols + k->c_cols - 1;
}

static size_t tap_count(const call *k) {
    return (k->c_planes ? k->c_planes : 1) * k->c_rows * k->c_cols;
}

static size_t y_extent(const call *k) {
    return (k->rows - 1) * (size_t)k->y_stride + k->cols;
}

static void *place(const arena *a, const call *k, size_t elements, size_t size) {
    size_t shift = (size_t)k->shift * size;
    if (elements * size + shift > ARENA)
        fail_msg("arena too small");
    return k->at_end ? a->end - elements * size - shift : a->begin + shift;
}

/* slide_rows by pointers to its lines, in two parts where there is more than a column. */
static void run_lines(const call *k, const conv_slide_kernels *table, const void *x, const void *c,
                      void *y) {
    static const void *lines[ARENA / 64];
    const size_t size = spacing(k->type) * real_size(k->type), half = k->cols / 2;
    for (size_t r = 0; r < k->rows + k->c_rows - 1; r++)
        lines[r] = (const unsigned char *)x + r * (size_t)k->x_stride * size;
    if (half > 0)
        table->slide_lines(lines, NULL, 0, c, k->c_rows, k->c_cols, y, k->y_stride, k->rows, half,
                           (int)random_below(4), NULL);
    table->slide_lines(lines, NULL, (ptrdiff_t)half, c, k->c_rows, k->c_cols,
                       (unsigned char *)y + half * size, k->y_stride, k->rows, k->cols - half,
                       (int)random_below(4), NULL);
}

/* slide_planes by pointers to its lines. */
static void run_volume(const call *k, const conv_slide_kernels *table, const void *x, const void *c,
                       void *y) {
    static const void *lines[ARENA / 64];
    static const ptrdiff_t near[2] = {0, 0};
    const size_t size = spacing(k->type) * real_size(k->type);
    for (size_t r = 0; r < k->rows + k->c_rows - 1; r++)
        for (size_t o = 0; o < k->c_planes; o++)
            lines[r * k->c_planes + o] = (const unsigned char *)x +
                                         (o * (size_t)k->x_plane + r * (size_t)k->x_stride) * size;
    table->slide_volume(lines, NULL, 0, c, k->c_planes, k->c_rows, k->c_cols, y, k->y_stride,
                        k->rows, k->cols, near, NULL);
}

static void run(const call *k, conv_level level, const void *x, const void *c, void *y) {
    const conv_slide_kernels *table = conv_slide_table(k->type, level);
    shared.calls++;
    switch (k->entry) {
    case SLIDE:
        table->slide(x, c, k->c_cols, y, k->cols, k->accumulate);
        break;
    case SLIDE_STEP:
        table->slide_step(x, c, k->c_cols, k->step, y, k->cols, k->accumulate);
        break;
    case SLIDE_ROWS:
        table->slide_rows(x, k->x_stride, c, k->c_rows, k->c_cols, y, k->y_stride, k->rows, k->cols,
                          k->accumulate);
        break;
    case SLIDE_LINES:
        run_lines(k, table, x, c, y);
        break;
    case SLIDE_PLANES:
        table->slide_planes(x, k->x_plane, k->x_stride, c, k->c_planes, k->c_rows, k->c_cols, y,
                            k->y_stride, k->rows, k->cols, k->accumulate);
        break;
    case SLIDE_VOLUME:
        run_volume(k, table, x, c, y);
        break;
    default:
        table->slide_columns(x, k->x_stride, c, k->c_rows, y, k->y_stride, k->rows, k->cols,
                             k->accumulate);
        break;
    }
}

static void fail_at(const call *k, conv_level level, const char *what, size_t r, size_t i) {
    fail_msg("CONV_TEST_SEED=%llu: %s %s %s: %s at row %zu, real %zu; kernel %zu x %zu, outputs "
             "%zu x %zu, step %zu, strides %td %td, accumulate %d, shift %d, at_end %d",
             (unsigned long long)shared.seed, entry_names[k->entry], type_names[k->type],
             conv_level_name(level), what, r, i, k->c_rows, k->c_cols, k->rows, k->cols, k->step,
             k->x_stride, k->y_stride, k->accumulate, k->shift, k->at_end);
}

/* One output by the definition: the sum, the sum of magnitudes, and whether anything under the taps
 * is not finite. */
static void expect_output(const call *k, const void *x, const void *c, const void *y, size_t r,
                          size_t i) {
    const conv_leaf_type t = k->type;
    const size_t sp = spacing(t), se = sets(t), out = (r * k->cols + i) * sp;
    for (size_t part = 0; part < sp; part++) {
        long double sum = 0, size = 0;
        for (size_t tap = 0; tap < tap_count(k); tap++) {
            size_t o = tap / (k->c_rows * k->c_cols), p = tap / k->c_cols % k->c_rows;
            size_t row = o * (size_t)k->x_plane + (r + p) * (size_t)k->x_stride;
            size_t at = (row + i * k->step + tap % k->c_cols) * sp;
            long double product = get(t, c, tap * se) * get(t, x, at + part);
            sum += product;
            size += fabsl(product);
            if (se == 2) {
                product = get(t, c, tap * se + 1) * get(t, x, at + 1 - part);
                sum += part ? product : -product;
                size += fabsl(product);
            }
        }
        if (k->accumulate) {
            long double old = get(t, y, (r * (size_t)k->y_stride + i) * sp + part);
            sum += old;
            size += fabsl(old);
        }
        shared.expected[out + part] = sum;
        shared.bound[out + part] = size;
        shared.special[out + part] = !isfinite(sum);
    }
}

/* Of a product on its way into the sum: runs of whole kernel rows, one after the other, and in a
 * long row, or in a kernel of one, by halves. */
static long double roundings(const call *k) {
    size_t rows = k->c_rows, cols = k->c_cols, most = CONV_SLIDE_TAPS;
    long double row = (long double)cols, total = (long double)(rows * cols);
    if (cols > most)
        row = (long double)most + ceill(log2l(ceill((long double)cols / (long double)most)));
    size_t together = cols < most ? most / cols : 1;
    long double run = cols < most ? (long double)(together * cols) : row;
    if (k->c_planes)
        total = (long double)tap_count(k);
    else if (rows * cols > most)
        total = fminl(total, run + (long double)((rows + together - 1) / together - 1));
    return total * (long double)sets(k->type);
}

static void check_output(const call *k, conv_level level, filling how, const void *y, size_t r,
                         size_t i) {
    const size_t sp = spacing(k->type);
    const size_t out = r * k->cols * sp + i;
    long double got = get(k->type, y, r * (size_t)k->y_stride * sp + i);
    long double want = shared.expected[out];
    if (how == INTEGERS) {
        if (got != want)
            fail_at(k, level, "wrong integer", r, i);
        return;
    }
    if (shared.special[out]) {
        /* A sum may overflow on neither side: the same kind of special is due. */
        if (isnan(want) ? !isnan(got) : got != want)
            fail_at(k, level, "NaN or infinity lost", r, i);
        return;
    }
    long double u = is_double(k->type) ? 0x1p-53L : 0x1p-24L;
    long double bound = (roundings(k) + 2) * u * shared.bound[out];
    long double error = fabsl(got - want);
    if (!(error <= bound))
        fail_at(k, level, "error past the bound", r, i);
    if (bound > 0 && (double)(error / bound) > shared.worst[k->type])
        shared.worst[k->type] = (double)(error / bound);
}

/* Between an image's rows nothing may be written. */
static void check_gaps(const call *k, conv_level level, const unsigned char *y,
                       const unsigned char *before) {
    size_t size = spacing(k->type) * real_size(k->type);
    for (size_t r = 0; r + 1 < k->rows; r++) {
        size_t from = (r * (size_t)k->y_stride + k->cols) * size;
        size_t to = (r + 1) * (size_t)k->y_stride * size;
        if (memcmp(y + from, before + from, to - from) != 0)
            fail_at(k, level, "write between rows", r, 0);
    }
}

static bool same_bits(conv_leaf_type type, const void *a, const void *b, size_t reals) {
    if (memcmp(a, b, reals * real_size(type)) == 0)
        return true;
    /* The sign and payload of a NaN are nobody's promise. */
    for (size_t i = 0; i < reals; i++) {
        long double u = get(type, a, i), v = get(type, b, i);
        if (!(isnan(u) && isnan(v)) && (u != v || signbit(u) != signbit(v)))
            return false;
    }
    return true;
}

/* Runs the call at every level; if `bits` is given, that is where a known output's bits are. */
static void check_call(const call *k, filling how) {
    const conv_leaf_type t = k->type;
    const size_t sp = spacing(t), size = real_size(t);
    const size_t y_reals = y_extent(k) * sp;
    void *x = place(&shared.x, k, x_extent(k), sp * size);
    void *c = place(&shared.c, k, tap_count(k), sets(t) * size);
    void *y = place(&shared.y, k, y_extent(k), sp * size);
    static unsigned char start[ARENA];
    fill(t, x, x_extent(k) * sp, how);
    fill(t, c, tap_count(k) * sets(t), how == SPECIALS ? RANDOM : how);
    fill(t, start, y_reals, how == SPECIALS ? RANDOM : how);
    for (size_t r = 0; r < k->rows; r++)
        for (size_t i = 0; i < k->cols; i++)
            expect_output(k, x, c, start, r, i);
    for (int l = 0; l <= (int)conv_cpu_level(); l++) {
        memcpy(y, start, y_reals * size);
        run(k, (conv_level)l, x, c, y);
        for (size_t r = 0; r < k->rows; r++)
            for (size_t i = 0; i < k->cols * sp; i++)
                check_output(k, (conv_level)l, how, y, r, i);
        check_gaps(k, (conv_level)l, y, start);
        if (l == CONV_LEVEL_V3)
            memcpy(shared.first_y, y, y_reals * size);
        if (l > CONV_LEVEL_V3 && !same_bits(t, shared.first_y, y, y_reals))
            fail_at(k, (conv_level)l, "bits differ from v3", 0, 0);
    }
}

static call one_row(entry which, conv_leaf_type type, size_t taps, size_t count, size_t step) {
    call k = {.entry = which,
              .type = type,
              .c_rows = 1,
              .c_cols = taps,
              .rows = 1,
              .cols = count,
              .step = step,
              .x_stride = 1,
              .y_stride = 1};
    return k;
}

static void vary(call *k) {
    k->accumulate = random_below(2);
    k->shift = (int)random_below(17);
    k->at_end = random_below(2);
    if (random_below(2))
        k->shift = 0;
}

static filling some_filling(void) {
    static const filling all[] = {INTEGERS, INTEGERS, RANDOM, RANDOM, SPECIALS};
    return all[random_below(sizeof all / sizeof *all)];
}

/* All counts up to two of the longest vectors and all short kernels. */
static void test_slide_short(void **state) {
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (size_t taps = 1; taps <= 70; taps++)
            for (size_t count = 1; count <= 36; count++) {
                call k = one_row(SLIDE, (conv_leaf_type)t, taps, count, 1);
                vary(&k);
                check_call(&k, some_filling());
            }
}

static void test_slide_counts(void **state) {
    static const size_t taps[] = {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 70};
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (size_t i = 0; i < sizeof taps / sizeof *taps; i++)
            for (size_t count = 37; count <= 700; count += 1 + random_below(23)) {
                call k = one_row(SLIDE, (conv_leaf_type)t, taps[i], count, 1);
                vary(&k);
                check_call(&k, some_filling());
            }
}

static void test_slide_long_kernels(void **state) {
    static const size_t taps[] = {79, 80, 81, 96, 97, 113, 127, 128, 129, 191, 255, 300, 1025};
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (size_t i = 0; i < sizeof taps / sizeof *taps; i++)
            for (size_t j = 0; j < test_count(12); j++) {
                call k = one_row(SLIDE, (conv_leaf_type)t, taps[i], 1 + random_below(450), 1);
                vary(&k);
                check_call(&k, some_filling());
            }
}

/* More taps than a running sum takes. */
static void test_long_sums(void **state) {
    static const size_t taps[] = {4095, 4096, 4097, 8192, 8193, 12289, 20000, 40000};
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (size_t i = 0; i < sizeof taps / sizeof *taps; i++)
            for (int e = SLIDE; e <= SLIDE_COLUMNS; e++) {
                if (e == SLIDE_LINES)
                    continue; /* sums of one run */
                size_t count = i < 5 && random_below(3) == 0 ? 1 + random_below(700) : 3;
                call k = one_row((entry)e, (conv_leaf_type)t, taps[i], count, 1);
                if (e == SLIDE_STEP)
                    k.step = 1 + random_below(4);
                if (e >= SLIDE_ROWS) {
                    size_t total = taps[i] < 20000 ? taps[i] : 20000; /* the arenas hold no more */
                    k.c_cols = e == SLIDE_ROWS ? 1 + random_below(random_below(2) ? 9000 : 80) : 1;
                    k.c_rows = total / k.c_cols + 1;
                    k.cols = 1 + random_below(k.c_cols < 20 ? 2 : 20);
                    k.rows = 1 + random_below(3);
                    k.x_stride = (ptrdiff_t)(k.cols + k.c_cols - 1);
                    k.y_stride = (ptrdiff_t)k.cols;
                }
                vary(&k);
                check_call(&k, some_filling());
            }
}

static void test_slide_alignments(void **state) {
    static const size_t taps[] = {3, 16, 31, 64};
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (int shift = 0; shift <= 17; shift++)
            for (size_t i = 0; i < sizeof taps / sizeof *taps; i++) {
                call k = one_row(SLIDE, (conv_leaf_type)t, taps[i], 200 + random_below(64), 1);
                vary(&k);
                k.shift = shift;
                check_call(&k, some_filling());
            }
}

static void test_slide_step(void **state) {
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (size_t step = 1; step <= 40; step += 1 + step / 10)
            for (size_t j = 0; j < test_count(40); j++) {
                size_t taps = 1 + random_below(j % 4 ? 20 : 200);
                call k = one_row(SLIDE_STEP, (conv_leaf_type)t, taps, 1 + random_below(300), step);
                vary(&k);
                check_call(&k, some_filling());
            }
}

static void test_slide_rows(void **state) {
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (size_t c_rows = 1; c_rows <= 15; c_rows++)
            for (size_t c_cols = 1; c_cols <= 15; c_cols++)
                for (int j = 0; j < (int)test_count(3); j++) {
                    call k = {.entry = SLIDE_ROWS,
                              .type = (conv_leaf_type)t,
                              .c_rows = c_rows,
                              .c_cols = c_cols,
                              .rows = 1 + random_below(20),
                              .cols = 1 + random_below(j ? 40 : 150),
                              .step = 1};
                    k.x_stride = (ptrdiff_t)(k.cols + c_cols - 1 + random_below(5));
                    k.y_stride = (ptrdiff_t)(k.cols + random_below(5));
                    vary(&k);
                    check_call(&k, some_filling());
                }
}

static void test_slide_lines(void **state) {
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (size_t c_rows = 1; c_rows <= 15; c_rows++)
            for (int j = 0; j < (int)test_count(8); j++) {
                call k = {.entry = SLIDE_LINES,
                          .type = (conv_leaf_type)t,
                          .c_rows = c_rows,
                          .c_cols = 1 + random_below(9),
                          .rows = 1 + random_below(j > 2 ? 20 : 80),
                          .cols = j % 4 ? 2 + random_below(70) : (size_t)4 << j % 5,
                          .step = 1};
                k.x_stride = (ptrdiff_t)(k.cols + k.c_cols - 1 + random_below(5));
                k.y_stride = (ptrdiff_t)(k.cols + random_below(5));
                vary(&k);
                k.accumulate = false;
                check_call(&k, some_filling());
            }
}

static call some_planes(conv_leaf_type t, size_t c_rows) {
    call k = {.entry = random_below(2) ? SLIDE_PLANES : SLIDE_VOLUME,
              .type = t,
              .c_planes = 2 + random_below(5),
              .c_rows = c_rows,
              .c_cols = 1 + random_below(9),
              .rows = 1 + random_below(20),
              .cols = 1 + random_below(random_below(3) ? 40 : 150),
              .step = 1};
    k.x_stride = (ptrdiff_t)(k.cols + k.c_cols - 1 + random_below(5));
    k.x_plane = (ptrdiff_t)(k.rows + c_rows) * k.x_stride + (ptrdiff_t)random_below(5);
    k.y_stride = (ptrdiff_t)(k.cols + random_below(5));
    return k;
}

static void test_slide_planes(void **state) {
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (size_t c_rows = 2; conv_slide_takes_planes(sets((conv_leaf_type)t) == 2, 2, c_rows, 9);
             c_rows++)
            for (int j = 0; j < (int)test_count(30); j++) {
                call k = some_planes((conv_leaf_type)t, c_rows);
                vary(&k);
                k.accumulate = k.accumulate && k.entry == SLIDE_PLANES;
                check_call(&k, some_filling());
            }
}

/* Columns of lines of n samples, which end flush with their arena as the block does. */
static void check_block(conv_leaf_type t, conv_level level, size_t n, size_t count) {
    const size_t size = spacing(t) * real_size(t);
    conv_slide_columns k = {.before = random_below(9)};
    k.inside = 1 + random_below(n);
    k.source = (ptrdiff_t)random_below(n - k.inside + 1);
    k.outside = k.before + random_below(9);
    k.copies = random_below(k.outside + 1);
    const size_t extent = k.inside + k.outside;
    const void **lines = malloc(count * sizeof *lines);
    unsigned char *x = shared.x.end - count * n * size, *y = shared.y.end - count * extent * size;
    assert_non_null(lines);
    for (size_t i = 0; i < k.outside; i++) {
        size_t rank = (i * 5 + 3) % k.outside; /* in any order */
        if (k.outside % 5 == 0)
            rank = i;
        k.to[rank] = i < k.before ? i : i + k.inside;
        k.from[rank] = (ptrdiff_t)random_below(n);
    }
    fill(t, x, count * n * spacing(t), RANDOM);
    memset(y, 0x55, count * extent * size);
    memset(k.blank, 0x2a, sizeof k.blank);
    for (size_t i = 0; i < count; i++)
        lines[i] = x + random_below(count) * n * size;
    conv_slide_table(t, level)->slide_block(&k, lines, count, y, (ptrdiff_t)extent);
    for (size_t i = 0; i < count; i++) {
        const unsigned char *line = lines[i], *got = y + i * extent * size;
        assert_memory_equal(got + k.before * size, line + (size_t)k.source * size, k.inside * size);
        for (size_t j = 0; j < k.outside; j++)
            assert_memory_equal(got + k.to[j] * size,
                                j < k.copies ? (const void *)(line + (size_t)k.from[j] * size)
                                             : (const void *)k.blank,
                                size);
    }
    free(lines);
}

static void test_slide_block(void **state) {
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (int l = 0; l <= (int)conv_cpu_level(); l++)
            for (size_t n = 1; n <= 90; n++)
                check_block((conv_leaf_type)t, (conv_level)l, n, 1 + random_below(40));
}

/* Lines of n samples that go on to some column of theirs, or to a blank, beyond either end. */
static conv_line_ends some_ends(conv_leaf_type t, size_t n, size_t before, size_t after) {
    conv_line_ends e = {.n = n, .outside = before + after};
    e.copies = random_below(2) ? e.outside : random_below(e.outside + 1);
    for (size_t i = 0; i < e.outside; i++) {
        size_t rank = e.outside % 5 == 0 ? i : (i * 5 + 3) % e.outside; /* in any order */
        e.to[rank] = i < before ? -(ptrdiff_t)before + (ptrdiff_t)i : (ptrdiff_t)(n + i - before);
        e.from[rank] = (ptrdiff_t)random_below(n);
    }
    for (size_t i = 0; i < spacing(t); i++)
        set(t, e.blank, i, 2.5 + (double)i);
    return e;
}

/* Columns -before..n+after-1 of a line, as the ends say. */
static void continue_line(const conv_line_ends *e, size_t before, size_t size, const void *line,
                          unsigned char *to) {
    const unsigned char *from = line;
    memcpy(to + before * size, from, e->n * size);
    for (size_t i = 0; i < e->outside; i++)
        memcpy(to + (size_t)(e->to[i] + (ptrdiff_t)before) * size,
               i < e->copies ? (const void *)(from + (size_t)e->from[i] * size)
                             : (const void *)e->blank,
               size);
}

/* The bits of slide_rows, or slide_planes, on lines that are written out, from the column -before
 * on. */
static void check_ends(const call *k, conv_level level, size_t n, size_t before, size_t after) {
    enum { CANARY = 64 };
    const conv_leaf_type t = k->type;
    const conv_slide_kernels *table = conv_slide_table(t, level);
    const size_t size = spacing(t) * real_size(t), planes = k->c_planes ? k->c_planes : 1;
    const size_t count = (k->rows + k->c_rows - 1) * planes;
    const ptrdiff_t ahead[2] = {(ptrdiff_t)random_below(2) << 30, (ptrdiff_t)random_below(2) << 30};
    const size_t extent = before + n + after, room_bytes = table->slide_room(k->c_cols);
    const conv_line_ends ends = some_ends(t, n, before, after);
    unsigned char *x = shared.x.end - count * n * size;
    unsigned char *c = shared.c.end - tap_count(k) * sets(t) * real_size(t);
    unsigned char *y = shared.y.end - y_extent(k) * size;
    const void **lines = malloc(count * sizeof *lines);
    unsigned char *whole = malloc(count * extent * size), *want = malloc(y_extent(k) * size);
    unsigned char *room = aligned_alloc(64, (room_bytes + CANARY + 63) / 64 * 64);
    assert_true(lines && whole && want && room);
    fill(t, x, count * n * spacing(t), RANDOM);
    fill(t, c, tap_count(k) * sets(t), RANDOM);
    for (size_t i = 0; i < count; i++) {
        lines[i] = x + random_below(count) * n * size;
        continue_line(&ends, before, size, lines[i], whole + i * extent * size);
    }
    memset(y, 0x55, y_extent(k) * size);
    memset(want, 0x55, y_extent(k) * size);
    memset(room + room_bytes, 0x2a, CANARY);
    const ptrdiff_t pitch = (ptrdiff_t)extent, first = -(ptrdiff_t)before;
    if (k->c_planes) {
        table->slide_planes(whole, pitch, pitch * (ptrdiff_t)planes, c, planes, k->c_rows,
                            k->c_cols, want, k->y_stride, k->rows, k->cols, false);
        table->slide_volume(lines, &ends, first, c, planes, k->c_rows, k->c_cols, y, k->y_stride,
                            k->rows, k->cols, ahead, room);
    } else {
        table->slide_rows(whole, pitch, c, k->c_rows, k->c_cols, want, k->y_stride, k->rows,
                          k->cols, false);
        table->slide_lines(lines, &ends, first, c, k->c_rows, k->c_cols, y, k->y_stride, k->rows,
                           k->cols, (int)random_below(4), room);
    }
    if (memcmp(y, want, y_extent(k) * size) != 0)
        fail_at(k, level, "other bits than of lines written out", before, n);
    for (size_t i = 0; i < CANARY; i++)
        assert_int_equal(room[room_bytes + i], 0x2a);
    free(lines);
    free(whole);
    free(want);
    free(room);
}

/* Bits are those of slide on a copy between zeros; arrays end or begin at guard pages. */
static void check_line(conv_leaf_type type, conv_level level, size_t taps, size_t n,
                       ptrdiff_t first, size_t count) {
    const conv_slide_kernels *table = conv_slide_table(type, level);
    size_t reals = spacing(type), size = reals * real_size(type), window = count + taps - 1;
    size_t tap_bytes = taps * sets(type) * real_size(type), bytes = count * size;
    bool at_end = random_below(2);
    unsigned char *x = at_end ? shared.x.end - n * size : shared.x.begin;
    unsigned char *c = at_end ? shared.c.end - tap_bytes : shared.c.begin;
    unsigned char *y = at_end ? shared.y.end - bytes : shared.y.begin;
    unsigned char *beside = at_end ? y - 64 : y + bytes;
    unsigned char *padded = calloc(window, size), *expected = malloc(bytes);
    assert_true(padded && expected);
    fill(type, x, n * reals, RANDOM);
    if (random_below(2))
        set(type, x, random_below(n * reals), random_below(2) ? (double)NAN : (double)INFINITY);
    fill(type, c, tap_bytes / real_size(type), RANDOM);
    memset(beside, 0xA5, 64);
    memset(y, 0xA5, bytes);
    for (size_t i = 0; i < window; i++) {
        ptrdiff_t from = first + (ptrdiff_t)i;
        if (from >= 0 && from < (ptrdiff_t)n)
            memcpy(padded + i * size, x + (size_t)from * size, size);
    }
    table->slide(padded, c, taps, expected, count, false);
    table->slide_line(x, n, first, c, taps, y, count);
    bool same = memcmp(y, expected, bytes) == 0;
    for (size_t i = 0; i < 64; i++)
        same = same && beside[i] == 0xA5;
    if (!same)
        fail_msg("slide_line, %s, %s: %zu samples from %td on, %zu taps, %zu outputs",
                 type_names[type], conv_level_name(level), n, first, taps, count);
    free(padded);
    free(expected);
    shared.calls++;
}

static void test_slide_line(void **state) {
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (int l = 0; l <= (int)conv_cpu_level(); l++)
            for (size_t j = 0; j < test_count(3000); j++) {
                size_t most =
                    CONV_SLIDE_LINE / (spacing((conv_leaf_type)t) * real_size((conv_leaf_type)t));
                size_t taps = 1 + random_below(most), n = 1 + random_below(j % 3 ? 90 : 9);
                ptrdiff_t first = (ptrdiff_t)random_below(n + 40) - 20;
                if (j % 2)
                    first = -(ptrdiff_t)(taps - 1);
                check_line((conv_leaf_type)t, (conv_level)l, taps, n, first,
                           j % 4 == 1 ? n + taps - 1 : 1 + random_below(110));
            }
}

static void test_slide_ends(void **state) {
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (int l = 0; l <= (int)conv_cpu_level(); l++)
            for (size_t j = 0; j < test_count(400); j++) {
                call k = {.entry = SLIDE_LINES,
                          .type = (conv_leaf_type)t,
                          .c_rows = 2 + random_below(13),
                          .rows = 1 + random_below(j % 8 ? 20 : 80)};
                size_t n = 1 + random_below(j % 3 ? 90 : 9);
                size_t before = random_below(j % 2 ? 4 : 33), after = random_below(j % 4 ? 4 : 33);
                size_t extent = before + n + after;
                k.c_cols = 1 + random_below(extent < 30 ? extent : 30);
                k.cols = extent - (k.c_cols - 1);
                if (conv_slide_takes_planes(sets(k.type) == 2, 2, k.c_rows, k.c_cols))
                    k.c_planes = random_below(3) ? 2 + random_below(4) : 0;
                k.y_stride = (ptrdiff_t)(k.cols + random_below(5));
                check_ends(&k, (conv_level)l, n, before, after);
            }
}

static void test_slide_columns(void **state) {
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (size_t taps = 1; taps <= 70; taps += 1 + taps / 20)
            for (int j = 0; j < (int)test_count(6); j++) {
                call k = {.entry = SLIDE_COLUMNS,
                          .type = (conv_leaf_type)t,
                          .c_rows = taps,
                          .c_cols = 1,
                          .rows = 1 + random_below(j ? 20 : 150),
                          .cols = 1 + random_below(j > 2 ? 150 : 40),
                          .step = 1};
                k.x_stride = (ptrdiff_t)(k.cols + random_below(5));
                k.y_stride = (ptrdiff_t)(k.cols + random_below(5));
                vary(&k);
                check_call(&k, some_filling());
            }
}

/* An output's bits follow from its taps and samples: a part of a sum, and the sum with a step, have
 * the bits of the whole. */
static void check_part(const call *whole, conv_level level, const unsigned char *x, const void *c,
                       const unsigned char *y) {
    const conv_leaf_type t = whole->type;
    const size_t element = spacing(t) * real_size(t);
    call part = *whole;
    size_t first = random_below(whole->cols), row = random_below(whole->rows);
    part.rows = 1 + random_below(whole->rows - row);
    part.cols = 1 + random_below(whole->cols - first);
    if (whole->entry == SLIDE && random_below(2)) {
        part.entry = SLIDE_STEP;
        part.step = 1 + random_below(12);
        part.cols = (part.cols + part.step - 1) / part.step;
    }
    if (whole->entry == SLIDE_ROWS && !whole->accumulate)
        part.entry = random_below(2) ? SLIDE_LINES : SLIDE_ROWS;
    unsigned char *out = place(&shared.y, &part, y_extent(&part), element);
    memset(out, 0, y_extent(&part) * element);
    run(&part, level, x + (row * (size_t)whole->x_stride + first) * element, c, out);
    for (size_t r = 0; r < part.rows; r++)
        for (size_t i = 0; i < part.cols; i++) {
            size_t at = (row + r) * (size_t)whole->y_stride + first + i * part.step;
            const unsigned char *mine = out + (r * (size_t)part.y_stride + i) * element;
            if (!same_bits(t, y + at * element, mine, spacing(t)))
                fail_at(&part, level, "bits differ from the whole", r, i * spacing(t));
        }
}

static void check_parts(call whole) {
    const conv_leaf_type t = whole.type;
    const size_t element = spacing(t) * real_size(t);
    static unsigned char x[ARENA], c[ARENA], y[ARENA];
    fill(t, x, x_extent(&whole) * spacing(t), RANDOM);
    fill(t, c, whole.c_rows * whole.c_cols * sets(t), RANDOM);
    for (int l = 0; l <= (int)conv_cpu_level(); l++) {
        whole.accumulate = false;
        memset(y, 0, y_extent(&whole) * element);
        run(&whole, (conv_level)l, x, c, y);
        for (int i = 0; i < 40; i++) {
            whole.accumulate = random_below(2); /* to zeros */
            whole.shift = (int)random_below(17);
            check_part(&whole, (conv_level)l, x, c, y);
        }
    }
}

static void test_parts(void **state) {
    (void)state;
    for (int t = 0; t < CONV_LEAF_TYPES; t++)
        for (int j = 0; j < (int)test_count(40); j++) {
            size_t taps = 1 + random_below(j % 4 ? 40 : 300);
            check_parts(one_row(SLIDE, (conv_leaf_type)t, taps, 1 + random_below(700), 1));
            if (j % 20 == 0)
                check_parts(one_row(SLIDE, (conv_leaf_type)t, 9000, 1 + random_below(700), 1));
            call k = {.entry = j % 2 ? SLIDE_ROWS : SLIDE_COLUMNS,
                      .type = (conv_leaf_type)t,
                      .c_rows = 1 + random_below(13),
                      .c_cols = j % 2 ? 1 + random_below(20) : 1,
                      .rows = 1 + random_below(30),
                      .cols = 1 + random_below(130),
                      .step = 1};
            k.x_stride = (ptrdiff_t)(k.cols + k.c_cols - 1);
            k.y_stride = (ptrdiff_t)k.cols;
            check_parts(k);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slide_short),
        cmocka_unit_test(test_slide_counts),
        cmocka_unit_test(test_slide_long_kernels),
        cmocka_unit_test(test_slide_alignments),
        cmocka_unit_test(test_slide_step),
        cmocka_unit_test(test_slide_rows),
        cmocka_unit_test(test_slide_lines),
        cmocka_unit_test(test_slide_line),
        cmocka_unit_test(test_slide_planes),
        cmocka_unit_test(test_slide_ends),
        cmocka_unit_test(test_slide_block),
        cmocka_unit_test(test_slide_columns),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_long_sums),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
