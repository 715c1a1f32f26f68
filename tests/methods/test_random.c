/* test_random.c - random shapes, strides, batches, alignments and windows against the oracle. */
#include "suite.h"

typedef struct limits {
    int least_rank, most_rank;
    double outputs; /* at most, over the batch */
    double work;    /* outputs times taps at most: what the oracle can do */
    bool strides;
} limits;

static uint64_t stream;

static size_t between(size_t least, size_t most) {
    return least + next_below(&stream, most - least + 1);
}

/* An extent up to `most`: small ones, powers of two and their neighbours, primes, anything. */
static size_t draw_extent(size_t most) {
    static const size_t primes[] = {2,   3,   5,    7,    11,   13,   31,    61,    127,
                                    251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521};
    size_t extent = between(1, most);
    switch (between(0, 4)) {
    case 0:
        extent = between(1, most < 12 ? most : 12);
        break;
    case 1:
        extent = ((size_t)1 << between(0, 16)) + between(0, 2) - 1;
        break;
    case 2:
        extent = primes[between(0, sizeof primes / sizeof primes[0] - 1)];
        break;
    default:
        break;
    }
    return extent < 1 ? 1 : extent > most ? most : extent;
}

static void draw_lattice(problem *p, int d) {
    conv_desc *const desc = &p->desc;
    const size_t n = desc->signal_shape[d];
    const size_t m = desc->kernel_shape[d];
    desc->boundary[d] = (conv_boundary)between(0, 5);
    desc->origin[d] = 0;
    if (desc->mode == CONV_SAME && between(0, 2) == 0) {
        desc->origin[d] = (ptrdiff_t)between(0, 2 * m) - (ptrdiff_t)m;
    }
    if (desc->mode == CONV_CIRCULAR) {
        desc->boundary[d] = between(0, 1) == 0 ? CONV_ZERO : CONV_WRAP;
        desc->period[d] = between(0, 2) == 0 ? 0 : between(1, n + m + 3);
    }
    if (desc->mode == CONV_WINDOW) {
        desc->window_start[d] = (ptrdiff_t)between(0, n + 2 * m) - (ptrdiff_t)m;
        desc->window_count[d] = between(1, n + 2);
        desc->window_step[d] = between(0, 1) == 0 ? 1 : between(1, 5);
    }
}

/* Axes in a random order, with gaps and random signs; now and then the batch innermost. */
static void draw_strides(int rank, const size_t *shape, size_t batch, ptrdiff_t *stride,
                         ptrdiff_t *batch_stride) {
    int order[CONV_MAX_RANK];
    const bool batch_inside = batch > 1 && between(0, 3) == 0;
    ptrdiff_t step = (ptrdiff_t)between(1, 2);
    for (int d = 0; d < rank; d++) {
        order[d] = d;
    }
    for (int d = rank - 1; d > 0; d--) {
        const size_t other = between(0, (size_t)d);
        const int keep = order[d];
        order[d] = order[other];
        order[other] = keep;
    }
    if (batch_inside) {
        *batch_stride = step;
        step *= (ptrdiff_t)batch;
    }
    for (int i = 0; i < rank; i++) {
        const int d = order[i];
        stride[d] = between(0, 2) == 0 ? -step : step;
        step *= (ptrdiff_t)shape[d];
        step += (ptrdiff_t)between(0, 3);
    }
    if (!batch_inside) {
        *batch_stride = between(0, 2) == 0 ? -step : step;
    }
}

static double volume(int rank, const size_t *shape) {
    double all = 1.0;
    for (int d = 0; d < rank; d++) {
        all *= (double)shape[d];
    }
    return all;
}

/* One try; false where it is larger than the limits. */
static bool draw_once(problem *p, const limits *limit) {
    size_t n[CONV_MAX_RANK];
    size_t m[CONV_MAX_RANK];
    size_t shape[CONV_MAX_RANK];
    const int rank = (int)between((size_t)limit->least_rank, (size_t)limit->most_rank);
    static const size_t most[] = {0, 100000, 400, 50, 14, 9};
    for (int d = 0; d < rank; d++) {
        n[d] = draw_extent(most[rank]);
        m[d] = draw_extent(between(0, 3) == 0 ? most[rank] : most[rank] / 5 + 1);
    }
    const size_t pair = between(0, TYPE_PAIRS - 1);
    problem_init(p, type_pairs[pair][0], type_pairs[pair][1], rank, n, m, (conv_mode)between(0, 5));
    p->seed = between(1, 1000000);
    p->data = (data_kind)between(0, DATA_KINDS - 1);
    p->desc.operation = (conv_operation)between(0, 1);
    p->desc.preset = (conv_preset)between(0, 6);
    p->desc.rule = between(0, 2) == 0 ? CONV_RULE_TRAPEZOID : CONV_RULE_SUM;
    p->desc.boundary_value[0] = (double)between(0, 6) - 3.0;
    p->desc.boundary_value[1] = (double)between(0, 6) - 3.0;
    p->desc.batch = between(0, 2) == 0 ? between(2, 4) : 1;
    for (int d = 0; d < rank; d++) {
        p->desc.spacing[d] = 0.1 * (double)between(1, 30);
        draw_lattice(p, d);
    }
    if (!oracle_shape(&p->desc, shape)) {
        return false;
    }
    p->signal_align = between(0, 3);
    p->kernel_align = between(0, 3);
    p->output_align = between(0, 3);
    if (limit->strides || between(0, 3) == 0) {
        draw_strides(rank, n, p->desc.batch, p->desc.signal_stride, &p->desc.signal_batch_stride);
        draw_strides(rank, shape, p->desc.batch, p->desc.output_stride,
                     &p->desc.output_batch_stride);
    }
    p->desc.threads = (int)between(0, 3);
    const double outputs = volume(rank, shape) * (double)p->desc.batch;
    const double samples = volume(rank, n) * (double)p->desc.batch;
    return outputs <= limit->outputs && samples <= 2.0 * limit->outputs &&
           outputs * volume(rank, m) <= limit->work;
}

/* `usual` problems, times the budget. */
static void run_many(unsigned usual, const limits *limit, uint64_t salt) {
    const unsigned count = test_count(usual);
    unsigned wrong = 0;
    stream = test_seed(20240501) + salt;
    for (unsigned i = 0; i < count; i++) {
        problem p;
        while (!draw_once(&p, limit)) {
        }
        wrong += compare_all(&p);
    }
    assert_int_equal(wrong, 0);
}

static void long_1d(void **state) {
    (void)state;
    run_many(30, &(limits){1, 1, 1e5, 8e6, false}, 1);
}

static void small_1d(void **state) {
    (void)state;
    run_many(600, &(limits){1, 1, 3000, 2e5, true}, 2);
}

static void images(void **state) {
    (void)state;
    run_many(120, &(limits){2, 2, 5e4, 3e6, false}, 3);
}

static void small_images(void **state) {
    (void)state;
    run_many(500, &(limits){2, 2, 2000, 1e5, true}, 4);
}

static void more_axes(void **state) {
    (void)state;
    run_many(500, &(limits){3, 5, 8000, 5e5, true}, 5);
}

/* Shapes that the draw meets rarely. */
static void chosen_shapes(void **state) {
    static const char *const lines[] = {
        "f32 n=100000 m=1 full data=normal",
        "f64 n=1 m=10000 full data=normal",
        "f64 n=1 m=5000 same edge=reflect data=normal",
        "c32 n=3 m=2000 full edge=mirror data=normal",
        "f32 n=65536 m=257 same edge=wrap data=normal",
        "f64 n=65537 m=255 valid corr data=normal",
        "c64 n=300 m=4099 valid data=normal",
        "f64 n=4099 m=31 circular data=normal",
        "f32 n=1000 m=900 circular period=1021 data=normal",
        "f64 n=512,512 m=5,5 same edge=reflect,wrap data=outer",
        "f32 n=1,1000 m=7,31 full data=normal",
        "f32 n=1000,1 m=31,7 same edge=nearest,mirror data=normal",
        "c64xf64 n=40,50,6 m=3,1,5 full data=normal",
        "f64 n=2,2,2,2,2,2,2,2 m=2,2,2,2,2,2,2,2 full data=normal",
        "c32 n=3,1,2,1,3,2,1,2 m=1,2,1,3,2,1,2,2 same corr data=normal",
        "f32 n=5000 m=100 window start=-50 count=100 step=60 edge=reflect data=normal",
        "f64 n=50 m=20 window start=1000000 count=5 step=3 edge=mirror data=normal",
        "f64 n=50 m=20 window start=-1000000 count=5 step=3 edge=zero data=normal",
        "f64 n=50 m=20 window start=-1000000 count=7 step=11 edge=wrap data=normal",
        "f32 n=10,10 m=3,3 full batch=50 data=normal",
        "f32 n=64 m=9 same batch=300 threads=0 data=normal",
        "f32 n=20000 m=500 full data=nonneg threads=2",
    };
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        wrong += suite_line(lines[i]);
    }
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_shapes), cmocka_unit_test(small_1d), cmocka_unit_test(small_images),
        cmocka_unit_test(more_axes),     cmocka_unit_test(images),   cmocka_unit_test(long_1d),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, suite_report);
}
