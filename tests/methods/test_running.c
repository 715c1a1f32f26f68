/* test_running.c - kernels that are constant, or a few steps, along each axis: running sums against
 * the oracle, whose bound is that of the direct sum, output by output. */
#include "suite.h"

#include <math.h>

static uint64_t stream;

static size_t between(size_t least, size_t most) {
    return least + next_below(&stream, most - least + 1);
}

static void draw_axis(problem *p, int d) {
    conv_desc *const desc = &p->desc;
    const size_t n = desc->signal_shape[d], m = desc->kernel_shape[d];
    desc->boundary[d] = (conv_boundary)between(0, 5);
    if (desc->mode == CONV_CIRCULAR) {
        desc->boundary[d] = between(0, 1) == 0 ? CONV_ZERO : CONV_WRAP;
        desc->period[d] = between(0, 2) == 0 ? 0 : between(1, n + m + 3);
    }
    if (desc->mode == CONV_WINDOW) {
        desc->window_start[d] = (ptrdiff_t)between(0, n + 2 * m) - (ptrdiff_t)m;
        desc->window_count[d] = between(1, n + 2);
        desc->window_step[d] = between(0, 1) == 0 ? 1 : between(1, m < 5 ? m : 5);
    }
}

/* The rest of a problem whose extents, type and mode are there. */
static void draw(problem *p) {
    p->seed = between(1, 100000);
    p->data = between(0, 3) == 0 ? DATA_STEPS_INT : DATA_STEPS;
    p->desc.operation = (conv_operation)between(0, 1);
    p->desc.preset = (conv_preset)between(0, 6);
    p->desc.boundary_value[0] = 2.5;
    p->desc.boundary_value[1] = -1.5;
    p->desc.batch = between(0, 7) == 0 ? 2 : 1;
    p->desc.threads = (int)between(0, 3);
    for (int d = 0; d < p->desc.rank; d++) {
        p->desc.spacing[d] = 1.0;
        draw_axis(p, d);
    }
    p->desc.rule = between(0, 5) == 0 ? CONV_RULE_TRAPEZOID : CONV_RULE_SUM;
    p->signal_align = between(0, 3);
    p->output_align = between(0, 3);
    p->desc.method = CONV_METHOD_SEPARABLE;
}

static bool mixed_fit(const problem *p) {
    bool longer = false, shorter = false;
    for (int d = 0; d < p->desc.rank; d++) {
        longer = longer || p->desc.signal_shape[d] > p->desc.kernel_shape[d];
        shorter = shorter || p->desc.signal_shape[d] < p->desc.kernel_shape[d];
    }
    return p->desc.mode == CONV_VALID && longer && shorter;
}

/* Elements apart, now and then backwards. */
static void draw_strides(problem *p) {
    size_t shape[CONV_MAX_RANK];
    ptrdiff_t in = (ptrdiff_t)between(1, 2), out = (ptrdiff_t)between(1, 2);
    if (!oracle_shape(&p->desc, shape)) {
        return;
    }
    for (int d = p->desc.rank - 1; d >= 0; d--) {
        p->desc.signal_stride[d] = between(0, 3) == 0 ? -in : in;
        p->desc.output_stride[d] = between(0, 3) == 0 ? -out : out;
        in *= (ptrdiff_t)p->desc.signal_shape[d];
        out *= (ptrdiff_t)shape[d];
    }
}

typedef struct {
    unsigned wrong, right, refused;
} tally;

static void run(problem *p, tally *t) {
    if (mixed_fit(p)) {
        return;
    }
    if (p->desc.batch == 1 && between(0, 3) == 0) {
        draw_strides(p);
    }
    const verdict v = compare_one(p);
    t->wrong += v == VERDICT_WRONG;
    t->right += v == VERDICT_RIGHT;
    t->refused += v == VERDICT_REFUSED;
}

/* Where most are refused nothing is tested; of few, which a small budget draws, more may be. */
static void finish(const tally *t) {
    printf("# %u right, %u refused\n", t->right, t->refused);
    assert_int_equal(t->wrong, 0);
    assert_true(t->right > 0 && t->right + 4 > t->refused);
}

/* Every extent up to 12 under every kernel up to 40, each type, mode and edge on many. */
static void lines(void **state) {
    tally t = {0, 0, 0};
    (void)state;
    stream = test_seed(11);
    for (size_t n = 1; n <= 12; n++) {
        for (size_t m = 2; m <= 40; m++) {
            for (unsigned v = 0; v < TYPE_PAIRS; v++) {
                problem p;
                const conv_mode mode = (conv_mode)between(0, 5);
                problem_init(&p, type_pairs[v][0], type_pairs[v][1], 1, &n, &m, mode);
                draw(&p);
                run(&p, &t);
            }
        }
    }
    finish(&t);
}

/* Of `rank` axes up to most_n and most_m; kernels are drawn wide, as narrow ones have other passes.
 */
static void run_many(unsigned usual, int rank, size_t most_n, size_t most_m, double work) {
    tally t = {0, 0, 0};
    stream = test_seed(5 + (uint64_t)rank + most_n);
    for (unsigned i = test_count(usual); i > 0;) {
        problem p;
        size_t n[CONV_MAX_RANK], m[CONV_MAX_RANK], shape[CONV_MAX_RANK];
        double cost = 1;
        for (int d = 0; d < rank; d++) {
            n[d] = between(1, most_n);
            m[d] = between(0, 5) == 0 ? between(1, 3) : between(most_m / 3, most_m);
        }
        const size_t v = between(0, TYPE_PAIRS - 1);
        problem_init(&p, type_pairs[v][0], type_pairs[v][1], rank, n, m, (conv_mode)between(0, 5));
        draw(&p);
        if (!oracle_shape(&p.desc, shape)) {
            continue;
        }
        for (int d = 0; d < rank; d++) {
            cost *= (double)(shape[d] * m[d]);
        }
        if (cost * (double)p.desc.batch > work) {
            continue;
        }
        run(&p, &t);
        i--;
    }
    finish(&t);
}

static void long_lines(void **state) {
    (void)state;
    run_many(30, 1, 20000, 700, 3e6);
}

static void small_images(void **state) {
    (void)state;
    run_many(800, 2, 9, 60, 1e6);
}

static void images(void **state) {
    (void)state;
    run_many(30, 2, 150, 90, 8e6);
}

static void volumes(void **state) {
    (void)state;
    run_many(250, 3, 10, 30, 1e6);
}

/* Samples 10^8 times the others: what lies beside them keeps its own digits. */
static void small_beside_large(void **state) {
    static const char *const cases[] = {
        "f32 n=900 m=31 same edge=mirror data=steps",
        "f64 n=5000 m=257 full data=steps",
        "c32xf32 n=700 m=90 same edge=wrap data=steps seed=4",
        "f32 n=70,90 m=31,15 same edge=mirror,mirror data=steps",
        "f64 n=60,200 m=15,63 full data=steps seed=3",
        "c64 n=60,70 m=20,30 same edge=reflect,reflect data=steps seed=2",
        "f32 n=20,30,40 m=9,12,15 same data=steps",
        /* Rows a multiple of 2 KiB apart, whose leads are copied and whose outputs wait. */
        "f32 n=40,512 m=37,21 same edge=mirror,wrap data=steps",
        "f32 n=20,512 m=11,40 same data=steps seed=2",
        "f64 n=20,256 m=23,34 same edge=nearest,zero data=steps",
        "c32 n=12,256 m=19,18 same data=steps seed=3",
        "c64xf64 n=9,128 m=13,7 same data=steps",
    };
    tally t = {0, 0, 0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (uint64_t seed = 1; seed <= 4; seed++) {
            problem p = suite_problem(cases[i]);
            size_t count = 1;
            for (int d = 0; d < p.desc.rank; d++) {
                count *= p.desc.signal_shape[d];
            }
            p.desc.method = CONV_METHOD_SEPARABLE;
            p.signal_align = seed % 3;
            p.output_align = seed - 1;
            p.seed = 10 * p.seed + seed;
            for (size_t b = 0; b < 5; b++) {
                problem_add_bad(&p, false, false, (b * 7919 + seed * 104729) % count, 1e8);
            }
            const verdict v = compare_one(&p);
            t.wrong += v == VERDICT_WRONG;
            t.right += v == VERDICT_RIGHT;
            t.refused += v == VERDICT_REFUSED;
        }
    }
    finish(&t);
}

/* NaN and Inf at every place of a signal that a kernel of several blocks runs over. */
static void not_finite(void **state) {
    static const char *const cases[] = {
        "f32 n=80 m=20 full data=steps",
        "f64 n=80 m=70 same edge=reflect data=steps",
        "c32 n=50 m=40 same data=steps",
        "c64xf64 n=60 m=21 causal edge=wrap data=steps",
        "f32 n=12,9 m=11,20 full data=steps",
        "c32 n=9,12 m=17,12 same edge=mirror,wrap data=steps",
        "c64xf64 n=9,10 m=19,9 same edge=constant,zero value=1,2 data=steps",
        "f64 n=5,6,7 m=9,10,11 same data=steps edge=zero,nearest,mirror",
    };
    static const double bad[3] = {NAN, INFINITY, -INFINITY};
    tally t = {0, 0, 0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        problem plain = suite_problem(cases[i]);
        size_t count = 1;
        for (int d = 0; d < plain.desc.rank; d++) {
            count *= plain.desc.signal_shape[d];
        }
        plain.desc.method = CONV_METHOD_SEPARABLE;
        for (size_t at = 0; at < count; at++) {
            problem p = plain;
            problem_add_bad(&p, false, at % 2 == 1, at, bad[at % 3]);
            if (at % 5 == 0) {
                problem_add_bad(&p, false, false, at / 2, bad[at % 2]);
            }
            const verdict v = compare_one(&p);
            t.wrong += v == VERDICT_WRONG;
            t.right += v == VERDICT_RIGHT;
            t.refused += v == VERDICT_REFUSED;
        }
    }
    finish(&t);
}

/* Kernels whose taps differ by more than rounding are not of equal taps, however small. */
static void steps_are_relative(void **state) {
    static const double scales[] = {1, 1e-30, 1e30};
    (void)state;
    for (size_t s = 0; s < 3; s++) {
        for (int equal = 0; equal < 2; equal++) {
            const size_t n = 500, m = 100;
            float kernel[100];
            conv_desc desc;
            conv_plan *plan = NULL;
            for (size_t i = 0; i < m; i++) {
                kernel[i] = (float)(scales[s] * (equal ? 1.0 : 1.0 + 1e-5 * (double)(i % 7)));
            }
            conv_desc_init(&desc, CONV_F32, 1, &n, &m, CONV_SAME);
            desc.method = CONV_METHOD_SEPARABLE;
            const conv_status status = conv_plan_create(&plan, &desc, kernel);
            conv_plan_destroy(plan);
            assert_int_equal(status, equal ? CONV_OK : CONV_ERR_METHOD);
        }
    }
}

/* 0: finite; NaN and either Inf are told apart. */
static int kind_of(double value) {
    return isnan(value) ? 3 : isinf(value) ? (value > 0 ? 1 : 2) : 0;
}

static void run_by(conv_method method, int rank, const double *x, const double *h, double *y) {
    const size_t n[3] = {12, 12, 12}, m[3] = {8, 8, 8};
    conv_desc desc;
    conv_plan *plan = NULL;
    conv_desc_init(&desc, CONV_C64, rank, n, m, CONV_SAME);
    desc.method = method;
    assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
    assert_int_equal(conv_plan_execute(plan, x, y, NULL), CONV_OK);
    conv_plan_destroy(plan);
}

/* Taps of a complex kernel that are real, or 1: the product makes NaN of an Inf all the same, and
 * of one part alone, however many axes have other values. */
static void real_taps_of_complex_kernels(void **state) {
    enum { SAMPLES = 12 * 12 * 12, TAPS = 8 * 8 * 8 };
    static double x[2 * SAMPLES], h[2 * TAPS], sums[2 * SAMPLES], y[2 * SAMPLES];
    static const double steps[3][2] = {{1, 1}, {1, 2}, {2, 3}}; /* of a line's two halves */
    static const double bad[] = {INFINITY, -INFINITY, NAN};
    unsigned different = 0;
    (void)state;
    for (int trial = 0; trial < 3 * 3 * 27; trial++) {
        const int rank = trial % 3 + 1;
        const size_t samples = rank == 1 ? 12 : rank == 2 ? 144 : SAMPLES;
        const size_t taps = rank == 1 ? 8 : rank == 2 ? 64 : TAPS;
        for (size_t i = 0; i < 2 * samples; i++)
            x[i] = 1 + (double)(i % 7);
        for (size_t i = 0; i < taps; i++) {
            int choice = trial / 9;
            h[2 * i] = 1;
            h[2 * i + 1] = 0;
            for (size_t place = i, d = 0; d < (size_t)rank; d++, place /= 8, choice /= 3)
                h[2 * i] *= steps[choice % 3][place % 8 / 4];
        }
        x[samples - 1 + (size_t)trial % 2] = bad[trial / 3 % 3];
        run_by(CONV_METHOD_SEPARABLE, rank, x, h, y);
        run_by(CONV_METHOD_REFERENCE, rank, x, h, sums);
        for (size_t i = 0; i < 2 * samples; i++)
            different += kind_of(y[i]) != kind_of(sums[i]);
    }
    printf("# outputs of real taps that are not finite as the sum's: %u\n", different);
    assert_int_equal(different, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_relative),
        cmocka_unit_test(lines),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(small_images),
        cmocka_unit_test(images),
        cmocka_unit_test(volumes),
        cmocka_unit_test(small_beside_large),
        cmocka_unit_test(not_finite),
        cmocka_unit_test(real_taps_of_complex_kernels),
    };
    return cmocka_run_group_tests_name("running", tests, NULL, suite_report);
}
