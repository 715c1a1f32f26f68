/* test_rules.c - the rules RECTANGLE, TRAPEZOID and GREGORY against their definition, term by term:
 * every small problem in every mode and under every edge rule, then larger ones, strides, batches,
 * threads, two and three axes, jumps, NaN and Inf; and AUTO against the order that it says it took.
 */
#include "suite.h"

#include "oracle_rule.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { MODES = 6, EDGES = 6, ORDERS = 8, MOST = 18, MOST_2D = 5 };

static uint64_t hash(uint64_t a, uint64_t b, uint64_t c) {
    uint64_t state = a * 0x9E3779B1u + b * 0x85EBCA77u + c * 0xC2B2AE3Du;
    return next_random(&state);
}

/* 1 RECTANGLE, 2 TRAPEZOID, 3..8 GREGORY. */
static void set_order(conv_desc *d, int order) {
    d->rule = order == 1   ? CONV_RULE_RECTANGLE
              : order == 2 ? CONV_RULE_TRAPEZOID
                           : CONV_RULE_GREGORY;
    d->rule_order = order > 2 ? order : 0;
}

/* Half of the problems are f64; the other types, correlation and the rest are dealt by a hash. */
static void deal(problem *p, int rank, const size_t *n, const size_t *m, conv_mode mode, int order,
                 unsigned variant) {
    uint64_t state = hash(n[0] * 64 + (rank > 1 ? n[1] : 0), m[0] * 64 + (rank > 1 ? m[1] : 0),
                          ((uint64_t)mode * 16 + (uint64_t)order) * 16 + variant);
    const size_t drawn = next_below(&state, 2 * TYPE_PAIRS);
    const size_t pair = drawn < TYPE_PAIRS ? drawn : 1;
    problem_init(p, type_pairs[pair][0], type_pairs[pair][1], rank, n, m, mode);
    set_order(&p->desc, order);
    p->data = DATA_NORMAL;
    p->seed = 1 + next_below(&state, 1000);
    p->desc.operation = next_below(&state, 2) == 0 ? CONV_CORRELATE : CONV_CONVOLVE;
    p->desc.boundary_value[0] = 0.75;
    p->desc.boundary_value[1] = -1.5;
    for (int d = 0; d < rank; d++) {
        p->desc.spacing[d] = next_below(&state, 2) == 0 ? 0.3 : 2.0;
        if (mode == CONV_SAME && next_below(&state, 3) == 0) {
            p->desc.origin[d] = (ptrdiff_t)next_below(&state, 7) - 3;
        }
        if (mode == CONV_WINDOW) {
            const size_t steps = 1 + next_below(&state, 3);
            p->desc.window_start[d] = (ptrdiff_t)next_below(&state, 6) - 4;
            p->desc.window_step[d] = steps;
            p->desc.window_count[d] = (n[d] + m[d] + 4) / steps + 1;
        }
        if (mode == CONV_CIRCULAR && next_below(&state, 2) == 0) {
            p->desc.period[d] = 1 + next_below(&state, n[d] + m[d]);
        }
    }
}

/* Edge rule ZERO, and one other dealt out. VALID and CIRCULAR have ends of their own. */
static unsigned run_1d(conv_mode mode, int order, size_t n, size_t m) {
    unsigned wrong = 0;
    const bool edges = mode != CONV_VALID && mode != CONV_CIRCULAR;
    for (unsigned variant = 0; variant < (edges ? 2 : 1); variant++) {
        problem p;
        if (!test_due()) {
            continue;
        }
        deal(&p, 1, &n, &m, mode, order, variant);
        if (variant == 1) {
            p.desc.boundary[0] =
                (conv_boundary)(1 + hash(n, m, (uint64_t)mode + 7 * (uint64_t)order) % 5);
        }
        wrong += compare_all(&p);
    }
    return wrong;
}

static void all_1d(void **state) {
    const conv_mode mode = *(const conv_mode *)*state;
    const size_t most = test_budget() < 4.0 ? MOST : 2 * MOST;
    unsigned wrong = 0;
    for (size_t n = 1; n <= most; n++) {
        for (size_t m = 1; m <= most; m++) {
            for (int order = 1; order <= ORDERS; order++) {
                wrong += run_1d(mode, order, n, m);
            }
        }
    }
    assert_int_equal(wrong, 0);
}

/* Every edge rule with every order, at the kernel's lengths around the number of end terms. */
static void all_edges(void **state) {
    unsigned wrong = 0;
    (void)state;
    for (int edge = CONV_CONSTANT; edge <= CONV_MIRROR; edge++) {
        for (int order = 1; order <= ORDERS; order++) {
            for (size_t m = 1; m <= 18; m++) {
                const size_t n = m % 3 == 0 ? 1 : 5 * (m % 3);
                problem p;
                if (!test_due()) {
                    continue;
                }
                deal(&p, 1, &n, &m, m % 2 == 0 ? CONV_SAME : CONV_FULL, order, 9);
                p.desc.boundary[0] = (conv_boundary)edge;
                wrong += compare_all(&p);
            }
        }
    }
    assert_int_equal(wrong, 0);
}

/* Every line by every rule and order, and by every method. */
static void every_order(const char *const *lines, size_t count) {
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++) {
        for (int order = 1; order <= ORDERS; order++) {
            problem p = suite_problem(lines[i]);
            set_order(&p.desc, order);
            wrong += test_due() ? compare_all(&p) : 0;
        }
    }
    assert_int_equal(wrong, 0);
}

static void lines_1d(void **state) {
    static const char *const lines[] = {
        "f64 n=40 m=25 full dx=0.1 data=normal batch=3 threads=2",
        "f64 n=40 m=25 same corr dx=0.1 data=normal batch=3 xbatch=50 ybatch=-47 xstride=-1",
        "f32 n=33 m=12 causal dx=0.1 data=normal xstride=3 ystride=-2",
        "c64 n=33 m=33 full dx=0.1 data=normal ystride=2 batch=2 ybatch=131",
        "c64xf64 n=12 m=33 valid dx=0.1 data=normal xstride=2",
        "c32xf32 n=50 m=20 window start=-3 count=30 step=2 dx=0.1 data=normal batch=2",
        "f64 n=30 m=9 same edge=reflect dx=0.1 data=normal batch=2 threads=2",
        "f64 n=300 m=200 full dx=0.01 data=normal xscale=1e-150 hscale=1e-100",
        "f64 n=1000 m=1000 causal dx=0.01 data=normal",
        "f64 n=2500 m=200 full dx=0.01 data=normal threads=2",
        "f32 n=2500 m=200 same dx=0.01 data=normal threads=2",
        "f32 n=300 m=900 full corr dx=0.01 data=normal",
        "c64 n=2000 m=500 valid dx=0.01 data=normal",
        "c32 n=1500 m=700 full corr dx=0.01 data=normal",
        "f64 n=3000 m=40 same edge=mirror dx=0.01 data=normal",
        "f64 n=3000 m=40 window start=-20 count=60 step=50 dx=0.01 data=normal",
        "f64 n=3000 m=500 window start=2900 count=700 dx=0.01 data=normal",
        "f64 n=3000 m=500 window start=1 count=3 dx=0.01 data=normal",
        "f64 n=3000 m=500 window start=5000 count=3 dx=0.01 data=normal",
        "f64 n=1000 m=300 circular dx=0.01 data=normal",
        "f64 n=9000 m=7 full dx=0.01 data=normal",
        "f64 n=7 m=2000 full dx=0.01 data=normal"};
    (void)state;
    every_order(lines, sizeof lines / sizeof lines[0]);
}

/* Axes that are plain sums: one tap among them, beside axes with every kind of ends. */
static void plain_axes(void **state) {
    static const char *const lines[] = {
        "f64 n=3,40 m=1,25 full axes=plain,rule dx=7,0.1 data=normal",
        "f64 n=40,3 m=25,1 same axes=rule,plain dx=0.1,7 data=normal batch=2 threads=2",
        "f32 n=12,33 m=5,12 causal axes=plain,rule dx=0.1,0.1 data=normal",
        "c64 n=12,14 m=9,8 full corr axes=rule,plain dx=0.1,0.1 data=normal",
        "c64xf64 n=12,20 m=5,9 same edge=reflect,zero axes=plain,rule dx=0.1,0.1 data=normal",
        ("f64 n=12,20 m=5,9 window start=-3,2 count=20,9 step=1,3 axes=plain,rule dx=2,0.1 "
         "data=normal"),
        "f64 n=20,12 m=9,5 valid axes=rule,plain dx=0.1,0.1 data=normal",
        "f64 n=20,12 m=9,5 circular axes=rule,plain dx=0.1,2 data=normal",
        "f64 n=9,10,11 m=4,1,5 full axes=rule,plain,rule dx=0.1,1,0.2 data=normal",
        "f32 n=9,10,11 m=4,3,5 same axes=plain,rule,plain dx=0.1,1,0.2 data=normal",
        "f64 n=30,40 m=12,20 full axes=plain,rule dx=0.1,0.1 data=normal"};
    (void)state;
    every_order(lines, sizeof lines / sizeof lines[0]);
}

static void random_1d(void **state) {
    uint64_t seed = test_seed(2024);
    const unsigned times = test_count(150);
    unsigned wrong = 0;
    (void)state;
    for (unsigned i = 0; i < times; i++) {
        const size_t n = 1 + next_below(&seed, (size_t)1 << next_below(&seed, 12));
        const size_t m = 1 + next_below(&seed, (size_t)1 << next_below(&seed, 10));
        const conv_mode mode = (conv_mode)next_below(&seed, MODES);
        problem p;
        deal(&p, 1, &n, &m, mode, 1 + (int)next_below(&seed, ORDERS),
             (unsigned)next_below(&seed, 1000));
        if (mode != CONV_CIRCULAR && next_below(&seed, 3) == 0) {
            p.desc.boundary[0] = (conv_boundary)next_below(&seed, EDGES);
        }
        p.desc.batch = 1 + next_below(&seed, 3);
        p.desc.threads = 1 + (int)next_below(&seed, 2);
        wrong += compare_all(&p);
    }
    assert_int_equal(wrong, 0);
}

/* One line at a time, in its own plan and by one thread, against a batch and two threads; and with
 * a workspace at an odd address, whose neighbours stay as they are. The same bits. */
static void same_bits(const problem *p) {
    problem_data data;
    conv_plan *plan = NULL;
    assert_true(data_make(&data, p));
    const conv_status status = conv_plan_create(&plan, &p->desc, data.kernel.first);
    if (status == CONV_ERR_METHOD) {
        data_free(&data);
        return;
    }
    assert_int_equal(status, CONV_OK);
    const size_t room = conv_plan_workspace_size(plan);
    unsigned char *const workspace = malloc(room + 65);
    double *const expected = malloc(data.output.span);
    conv_plan *single = NULL;
    assert_true(workspace != NULL && expected != NULL);
    memset(workspace, 0x3C, room + 65);
    assert_int_equal(conv_plan_execute(plan, data.signal.first, data.output.first, NULL), CONV_OK);
    memcpy(expected, data.output.first, data.output.span);
    assert_int_equal(conv_plan_execute(plan, data.signal.first, data.output.first, workspace + 1),
                     CONV_OK);
    assert_memory_equal(expected, data.output.first, data.output.span);
    assert_int_equal(workspace[0], 0x3C);
    for (size_t i = room + 1; i < room + 65; i++) {
        assert_int_equal(workspace[i], 0x3C);
    }
    conv_desc d = p->desc;
    d.batch = 1;
    d.threads = 1;
    d.method = conv_plan_method(plan);
    assert_int_equal(conv_plan_create(&single, &d, data.kernel.first), CONV_OK);
    for (size_t b = 0; b < p->desc.batch; b++) {
        unsigned char *const to = array_at(&data.output, b, 0);
        const size_t at = (size_t)(to - data.output.first);
        assert_int_equal(conv_plan_execute(single, array_at(&data.signal, b, 0), to, NULL),
                         CONV_OK);
        assert_memory_equal((unsigned char *)expected + at, to, data.output_count * sizeof(double));
    }
    conv_plan_destroy(single);
    conv_plan_destroy(plan);
    free(workspace);
    free(expected);
    data_free(&data);
}

static void bits(void **state) {
    static const char *const lines[] = {
        "f64 n=41 m=23 full dx=0.1 data=normal batch=3 threads=2",
        "f64 n=900 m=333 causal dx=0.1 data=normal batch=3 threads=2",
        "f64 n=3000 m=700 full corr dx=0.1 data=normal batch=2 threads=2",
        "f64 n=100 m=13 same edge=nearest dx=0.1 data=normal batch=3 threads=2",
        "f64 n=40,30 m=11,12 full dx=0.1,0.2 data=normal batch=2 threads=2"};
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        for (int order = 1; order <= ORDERS; order++) {
            for (int method = CONV_METHOD_DIRECT; method <= CONV_METHOD_FFT; method++) {
                problem p = suite_problem(lines[i]);
                set_order(&p.desc, order);
                p.desc.method = (conv_method)method;
                same_bits(&p);
            }
        }
    }
}

/* ---- more axes ------------------------------------------------------------------------------ */

static bool mixed_fit(const size_t *n, const size_t *m) {
    return (n[0] > m[0] && n[1] < m[1]) || (n[0] < m[0] && n[1] > m[1]);
}

/* One mode and order for each shape; all are met many times. */
static void all_2d(void **state) {
    unsigned wrong = 0;
    (void)state;
    for (size_t c = 0; c < MOST_2D * MOST_2D * MOST_2D * MOST_2D; c++) {
        const size_t n[2] = {1 + c % MOST_2D, 1 + c / MOST_2D % MOST_2D};
        const size_t m[2] = {1 + c / (MOST_2D * MOST_2D) % MOST_2D,
                             1 + c / (MOST_2D * MOST_2D * MOST_2D)};
        for (unsigned variant = 0; variant < 4; variant++) {
            const uint64_t drawn = hash(c, variant, 5);
            const conv_mode mode = (conv_mode)(drawn % MODES);
            problem p;
            if ((mode == CONV_VALID && mixed_fit(n, m)) || !test_due()) {
                continue;
            }
            deal(&p, 2, n, m, mode, 1 + (int)(drawn / 8 % 5), variant);
            for (int d = 0; d < 2 && mode != CONV_CIRCULAR && variant % 2 == 1; d++) {
                p.desc.boundary[d] = (conv_boundary)(drawn / (d == 0 ? 64 : 512) % EDGES);
            }
            wrong += compare_all(&p);
        }
    }
    assert_int_equal(wrong, 0);
}

/* Axes whose extents allow different orders, up to all of 8. */
static void lines_nd(void **state) {
    static const char *const lines[] = {
        "f64 n=9,9 m=9,9 full dx=0.1,0.2 data=normal",
        "f64 n=12,4 m=10,5 full dx=0.1,0.2 data=normal",
        "f64 n=4,12 m=5,10 full corr dx=0.1,0.2 data=normal",
        "f32 n=12,11 m=10,9 same dx=0.1,0.2 data=normal",
        "c64 n=10,6 m=7,6 full dx=0.1,0.2 data=normal",
        "c64xf64 n=10,2 m=7,3 causal dx=0.1,0.2 data=normal",
        "f64 n=10,1 m=7,3 full dx=0.1,0.2 data=normal",
        "f64 n=13,10 m=4,9 valid dx=0.1,0.2 data=normal",
        "f64 n=4,5 m=9,9 valid dx=0.1,0.2 data=normal",
        "f64 n=12,12 m=10,6 same edge=zero,reflect dx=0.1,0.2 data=normal",
        "f64 n=12,12 m=10,6 same edge=wrap,zero dx=0.1,0.2 data=normal",
        "f64 n=12,12 m=6,6 same edge=nearest,constant value=2,1 dx=0.1,0.2 data=normal",
        "f64 n=12,9 m=9,10 circular period=13,8 dx=0.1,0.2 data=normal",
        "f64 n=9,10 m=9,9 window start=-1,2 count=8,9 step=2,1 dx=0.1,0.2 data=normal",
        "f64 n=30,28 m=18,20 full dx=0.1,0.2 data=normal threads=2",
        "f64 n=60,50 m=9,12 same dx=0.1,0.2 data=normal batch=2 threads=2",
        "f64 n=9,20 m=3,5 same dx=0.1,0.2 data=normal ystride=60,-3 xstride=1,9",
        "f64 n=20,17 m=9,9 full dx=0.1,0.2 data=outer",
        "f32 n=100,120 m=11,9 full dx=0.1,0.2 data=normal",
        "f64 n=5,4,6 m=4,5,4 full dx=0.1,0.2,2 data=normal",
        "c32 n=5,1,6 m=4,2,4 full dx=0.1,0.2,2 data=normal",
        "f64 n=6,5,4 m=3,5,2 valid dx=0.1,0.2,2 data=normal",
        "f64 n=5,6,4 m=4,4,4 same edge=zero,mirror,zero dx=0.1,0.2,2 data=normal",
        "f64 n=7,6,5 m=4,4,4 causal dx=0.1,0.2,2 data=normal batch=2"};
    (void)state;
    every_order(lines, sizeof lines / sizeof lines[0]);
}

/* Extents at which no order is cut down. A small budget takes the first ones only. */
static void lines_nd_long(void **state) {
    static const char *const lines[] = {
        "f32 n=20,22,18 m=10,11,10 same dx=0.1,0.2,2 data=normal",
        "f64 n=40,36 m=30,28 full dx=0.1,0.2 data=normal",
        "f32 n=37,40 m=29,18 same corr dx=0.1,0.2 data=normal batch=2 threads=2",
        "c64 n=33,40 m=20,25 causal dx=0.1,0.2 data=normal",
        "c64xf64 n=25,31 m=23,18 full corr dx=0.1,0.2 data=normal",
        "c32xf32 n=40,31 m=18,22 window start=-3,2 count=25,30 step=3,2 dx=0.1,0.2 data=normal",
        "c32 n=30,30 m=18,19 same edge=zero,reflect dx=0.1,0.2 data=normal",
        "f64 n=64,64 m=32,32 same dx=0.1,0.2 data=normal ystride=70,-1 xstride=-1,64",
        "f64 n=90,20 m=60,18 full dx=0.1,0.2 data=normal xscale=1e-150 hscale=1e-100",
        "f64 n=120,100 m=20,24 same dx=0.1,0.2 data=outer",
        "f64 n=19,18,20 m=18,19,18 same dx=0.1,0.2,2 data=normal",
        ("c32 n=19,18,20 m=18,19,18 window start=0,8,6 count=5,5,4 step=8,6,7 dx=0.1,0.2,2 "
         "data=normal")};
    (void)state;
    every_order(lines, test_count(sizeof lines / sizeof lines[0]));
}

/* ---- jumps ---------------------------------------------------------------------------------- */

/* Jumps at least `apart` samples from each other and from the ends. */
static size_t draw_breaks(uint64_t *seed, conv_break *breaks, size_t most, size_t extent,
                          size_t apart) {
    size_t count = 0;
    size_t at = apart;
    while (count < most && at + apart < extent) {
        at += next_below(seed, 4);
        if (at + apart >= extent) {
            break;
        }
        breaks[count].index = at;
        for (int part = 0; part < 2; part++) {
            breaks[count].left[part] = next_uniform(seed) - 0.5;
            breaks[count].right[part] = next_uniform(seed) + 0.5;
        }
        count++;
        at += apart;
    }
    return count;
}

/* The arrays are overwritten after the plan is made (they are copied), and the samples at the jumps
 * are NaN (they are not read). */
static unsigned run_breaks(problem *p, conv_break *x_breaks, conv_break *h_breaks) {
    problem_data data;
    oracle_result expected;
    assert_true(data_make(&data, p));
    assert_true(rule_run(&expected, &p->desc, data.x, data.h));
    const unsigned wrong = compare_made(p, &data, &expected);
    for (size_t i = 0; wrong > 0 && i < p->desc.signal_break_count; i++) {
        printf("#   jump of the signal at %zu\n", x_breaks[i].index);
    }
    for (size_t i = 0; wrong > 0 && i < p->desc.kernel_break_count; i++) {
        printf("#   jump of the kernel at %zu\n", h_breaks[i].index);
    }
    oracle_free(&expected);
    data_free(&data);
    return wrong;
}

/* Stretches of q + 3 samples and more, so that each has the order asked for. VALID by the
 * trapezoidal rule alone: whether a stretch has a start there is not said. */
static void jumps(void **state) {
    uint64_t seed = test_seed(77);
    const unsigned times = test_count(200);
    unsigned wrong = 0;
    (void)state;
    for (unsigned i = 0; i < times; i++) {
        conv_break x_breaks[3];
        conv_break h_breaks[2];
        const int order = 2 + (int)next_below(&seed, 7);
        const size_t apart = (size_t)order + 1 + next_below(&seed, 3);
        const size_t n = 10 + next_below(&seed, 60);
        const size_t m = 10 + next_below(&seed, 40);
        const conv_mode modes[] = {CONV_FULL, CONV_SAME, CONV_CAUSAL, CONV_WINDOW,
                                   order == 2 ? CONV_VALID : CONV_FULL};
        problem p;
        deal(&p, 1, &n, &m, modes[next_below(&seed, 5)], order, i);
        p.desc.signal_breaks = x_breaks;
        p.desc.signal_break_count = draw_breaks(&seed, x_breaks, next_below(&seed, 4), n, apart);
        p.desc.kernel_breaks = h_breaks;
        p.desc.kernel_break_count = draw_breaks(&seed, h_breaks, next_below(&seed, 3), m, apart);
        p.desc.batch = 1 + next_below(&seed, 2);
        for (size_t k = 0; k < p.desc.signal_break_count; k++) {
            problem_add_bad(&p, false, false, x_breaks[k].index, (double)NAN);
        }
        for (size_t k = 0; k < p.desc.kernel_break_count; k++) {
            problem_add_bad(&p, true, false, h_breaks[k].index, (double)NAN);
        }
        wrong += run_breaks(&p, x_breaks, h_breaks);
    }
    assert_int_equal(wrong, 0);
}

static void breaks_are_copied(void **state) {
    conv_break jump = {12, {1.0, 0.0}, {-1.0, 0.0}};
    const size_t n = 30;
    double x[30];
    double first[59];
    double second[59];
    conv_desc d;
    conv_plan *plan = NULL;
    (void)state;
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)(i * i % 7);
    }
    conv_desc_init(&d, CONV_F64, 1, &n, &n, CONV_FULL);
    set_order(&d, 4);
    d.signal_breaks = d.kernel_breaks = &jump;
    d.signal_break_count = d.kernel_break_count = 1;
    assert_int_equal(conv_plan_create(&plan, &d, x), CONV_OK);
    assert_int_equal(conv_plan_execute(plan, x, first, NULL), CONV_OK);
    jump = (conv_break){3, {100.0, 0.0}, {50.0, 0.0}};
    assert_int_equal(conv_plan_execute(plan, x, second, NULL), CONV_OK);
    conv_plan_destroy(plan);
    assert_memory_equal(first, second, sizeof first);
}

/* ---- NaN and Inf ---------------------------------------------------------------------------- */

static unsigned every_place(const char *line, int order) {
    static const double bad[3] = {NAN, INFINITY, -INFINITY};
    problem plain = suite_problem(line);
    unsigned wrong = 0;
    set_order(&plain.desc, order);
    for (int kernel = 0; kernel < 2; kernel++) {
        const size_t count = kernel != 0 ? plain.desc.kernel_shape[0] : plain.desc.signal_shape[0];
        for (size_t i = 0; i < count; i++) {
            problem p = plain;
            problem_add_bad(&p, kernel != 0, false, i, bad[(i + (size_t)order) % 3]);
            wrong += test_due() ? compare_all(&p) : 0;
        }
    }
    return wrong;
}

static void bad_numbers(void **state) {
    static const char *const lines[] = {
        "f64 n=24 m=11 full dx=0.5 data=normal",
        "f64 n=9 m=13 full corr dx=0.5 data=normal",
        "f32 n=13 m=12 causal dx=0.5 data=normal",
        "f64 n=16 m=16 same dx=0.5 data=normal",
        "f64 n=15 m=6 valid dx=0.5 data=normal",
        "f64 n=15 m=6 same edge=reflect dx=0.5 data=normal",
        "f64 n=15 m=12 window start=-2 count=15 step=2 dx=0.5 data=normal",
        "f64 n=12 m=9 circular dx=0.5 data=normal"};
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        for (int order = 1; order <= ORDERS; order++) {
            wrong += every_place(lines[i], order);
        }
    }
    assert_int_equal(wrong, 0);
}

static void bad_numbers_meet(void **state) {
    static const char *const lines[] = {
        "f64 n=24 m=11 full dx=0.5 data=normal bad=s2:inf,s3:-inf",
        "f64 n=24 m=11 full dx=0.5 data=normal bad=s0:inf,k10:inf",
        "f64 n=24 m=11 full dx=0.5 data=normal bad=s23:nan,k0:-inf",
        "f64 n=600 m=300 full dx=0.5 data=normal bad=s0:inf,s300:-inf,s599:nan",
        "f64 n=600 m=300 full dx=0.5 data=normal bad=k0:inf",
        "f64 n=9,10 m=9,9 full dx=0.5,2 data=normal bad=s40:nan",
        "f64 n=9,10 m=9,9 same dx=0.5,2 data=normal bad=k40:nan"};
    (void)state;
    every_order(lines, sizeof lines / sizeof lines[0]);
}

/* ---- AUTO ----------------------------------------------------------------------------------- */

/* Smooth for the first signal of the batch, noise for the second: their orders differ, and each
 * result is that of a plan of its order. */
static void automatic_order(void **state) {
    enum { N = 200, M = 60, OUT = N + M - 1 };
    static double x[2 * N];
    static double h[M];
    static double y[2 * OUT];
    static double single[OUT];
    const size_t n = N;
    const size_t m = M;
    uint64_t seed = 3;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[i] = sin(0.1 * (double)i);
        x[N + i] = next_uniform(&seed) - 0.5;
        h[i % M] = exp(-0.05 * (double)(i % M));
    }
    for (int method = CONV_METHOD_DIRECT; method <= CONV_METHOD_FFT; method++) {
        conv_desc d;
        conv_plan *plan = NULL;
        conv_desc_init(&d, CONV_F64, 1, &n, &m, CONV_FULL);
        d.rule = CONV_RULE_AUTO;
        d.spacing[0] = 0.1;
        d.batch = 2;
        d.method = (conv_method)method;
        if (method == CONV_METHOD_SEPARABLE) {
            continue;
        }
        assert_int_equal(conv_plan_create(&plan, &d, h), CONV_OK);
        assert_int_equal(conv_plan_execute(plan, x, y, NULL), CONV_OK);
        for (size_t b = 0; b < 2; b++) {
            const int order = conv_plan_rule_order(plan, x + b * N);
            conv_plan *fixed = NULL;
            double most = 0.0;
            printf("# AUTO, %s: order %d for %s\n", method_name((conv_method)method), order,
                   b == 0 ? "a sine" : "noise");
            assert_true(b == 0 ? order > 4 && order <= 8 : order >= 2 && order <= 4);
            set_order(&d, order);
            d.batch = 1;
            assert_int_equal(conv_plan_create(&fixed, &d, h), CONV_OK);
            assert_int_equal(conv_plan_execute(fixed, x + b * N, single, NULL), CONV_OK);
            conv_plan_destroy(fixed);
            for (size_t i = 0; i < OUT; i++) {
                most = fmax(most, fabs(single[i]));
            }
            /* The same sums in whatever order: 60 terms of at most 1, times 0.1. */
            for (size_t i = 0; i < OUT; i++) {
                assert_true(fabs(single[i] - y[b * OUT + i]) <= 60 * DBL_EPSILON * (most + 6.0));
            }
        }
        conv_plan_destroy(plan);
    }
}

int main(void) {
    static conv_mode modes[MODES] = {CONV_FULL,  CONV_SAME,     CONV_CAUSAL,
                                     CONV_VALID, CONV_CIRCULAR, CONV_WINDOW};
    const struct CMUnitTest tests[] = {
        {"1-D full", all_1d, NULL, NULL, &modes[0]},
        {"1-D same", all_1d, NULL, NULL, &modes[1]},
        {"1-D causal", all_1d, NULL, NULL, &modes[2]},
        {"1-D valid", all_1d, NULL, NULL, &modes[3]},
        {"1-D circular", all_1d, NULL, NULL, &modes[4]},
        {"1-D window", all_1d, NULL, NULL, &modes[5]},
        cmocka_unit_test(all_edges),
        cmocka_unit_test(lines_1d),
        cmocka_unit_test(random_1d),
        cmocka_unit_test(plain_axes),
        cmocka_unit_test(bits),
        cmocka_unit_test(all_2d),
        cmocka_unit_test(lines_nd),
        cmocka_unit_test(lines_nd_long),
        cmocka_unit_test(jumps),
        cmocka_unit_test(breaks_are_copied),
        cmocka_unit_test(bad_numbers),
        cmocka_unit_test(bad_numbers_meet),
        cmocka_unit_test(automatic_order),
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, suite_report);
}
