/* test_end_corrections.c - the two ways of correcting the outputs of a weighted convolution, by
 * spectra and by sums, over the same outputs: they agree within the bounds that they name, and on
 * every NaN and Inf. (What they agree on is held against the rules' definition in test_rules.c.) */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "budget.h"
#include "base/memory.h"
#include "methods/rounding.h"
#include "plan/end_corrections.h"
#include "problem/literal.h"
#include "problem/regions.h"
#include "problem/taps.h"

typedef struct {
    conv_dtype dtype, kernel_dtype;
    int rank;
    size_t n[3], m[3];
    conv_mode mode;
    conv_boundary boundary[3];
    ptrdiff_t start[3]; /* WINDOW */
    size_t count[3], step[3];
    double signal_scale, kernel_scale;
    ptrdiff_t bad; /* every so many-th sample is NaN, Inf or -Inf; 0: none */
} example;

typedef struct {
    conv_problem problem;
    conv_to_correct to_correct[CONV_MAX_RANK];
    char *signal, *taps, *plain; /* plain: what the weighted convolution gives */
} fixture;

static double next_uniform(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53 * 2 - 1;
}

static void *random_array(conv_dtype dtype, size_t count, double scale, uint64_t seed,
                          ptrdiff_t bad) {
    static const double values[] = {NAN, INFINITY, -INFINITY};
    size_t reals = count * (dtype == CONV_C32 || dtype == CONV_C64 ? 2 : 1);
    bool is_double = dtype == CONV_F64 || dtype == CONV_C64;
    void *made = malloc(reals * sizeof(double));
    assert_non_null(made);
    for (size_t i = 0; i < reals; i++) {
        double value = scale * next_uniform(&seed);
        if (bad && i % (size_t)bad == (size_t)bad / 2)
            value = values[i / (size_t)bad % 3];
        if (is_double)
            ((double *)made)[i] = value;
        else
            ((float *)made)[i] = (float)value;
    }
    return made;
}

static void describe(const example *e, conv_desc *desc) {
    conv_desc_init(desc, e->dtype, e->rank, e->n, e->m, e->mode);
    desc->kernel_dtype = e->kernel_dtype;
    desc->boundary_value[0] = 0.5;
    for (int d = 0; d < e->rank; d++) {
        desc->boundary[d] = e->boundary[d];
        desc->window_start[d] = e->start[d];
        desc->window_count[d] = e->count[d];
        desc->window_step[d] = e->step[d];
    }
}

static void begin(fixture *f, const example *e, int order) {
    conv_desc desc;
    size_t index[CONV_MAX_RANK] = {0}, samples = 1;
    describe(e, &desc);
    assert_int_equal(conv_problem_init(&f->problem, &desc), CONV_OK);
    conv_integral_weigh(&f->problem, e->mode, order - 1, f->to_correct);
    for (int d = 0; d < e->rank; d++)
        samples *= e->n[d];
    f->signal = random_array(e->dtype, samples, e->signal_scale, 1, e->bad);
    void *kernel = random_array(e->kernel_dtype, f->problem.taps, e->kernel_scale, 2, 0);
    f->taps = malloc(f->problem.taps * f->problem.elements->tap_size);
    f->plain = malloc(f->problem.outputs * f->problem.elements->size);
    assert_true(f->taps && f->plain);
    conv_taps_prepare(&f->problem, kernel, f->taps);
    free(kernel);
    for (size_t i = 0; i < f->problem.outputs; i++) {
        long double sum[2] = {0, 0};
        conv_literal_sum(&f->problem, f->taps, f->signal, index, sum);
        f->problem.elements->round_sum(sum, f->plain + i * f->problem.elements->size);
        for (int d = e->rank - 1; d >= 0 && ++index[d] == f->problem.axis[d].count; d--)
            index[d] = 0;
    }
}

static void end(fixture *f) {
    free(f->signal);
    free(f->taps);
    free(f->plain);
}

/* The outputs corrected one way, as re, im; *bound: what the way says about their error. */
static double (*correct(const fixture *f, conv_end_way way, double *bound))[2] {
    const conv_problem *problem = &f->problem;
    size_t bytes = problem->outputs * problem->elements->size;
    conv_end_corrections *corrections;
    conv_wishes wishes;
    conv_wishes_init(&wishes);
    const conv_task task = {problem, &wishes, f->taps,
                            problem->elements->taps_are_finite(f->taps, problem->taps)};
    char *output = malloc(bytes);
    double(*wide)[2] = malloc(problem->outputs * sizeof *wide);
    assert_int_equal(conv_end_corrections_make(&corrections, &task, f->to_correct, way), CONV_OK);
    assert_non_null(corrections);
    assert_true(conv_end_corrections_seconds(corrections) > 0);
    assert_true(conv_end_corrections_preparing(corrections) > 0);
    size_t needed = conv_end_corrections_bytes(corrections);
    char *workspace = conv_allocate(needed);
    assert_true(output && wide && workspace);
    memset(workspace, 0xA5, needed);
    memcpy(output, f->plain, bytes);
    conv_end_corrections_run(corrections, f->signal, output, workspace);
    conv_error error = conv_end_corrections_error(corrections, f->signal, false);
    *bound = error.absolute;
    problem->elements->widen(wide, output, 1, problem->outputs);
    conv_end_corrections_destroy(corrections);
    conv_free(workspace);
    free(output);
    return wide;
}

static bool alike(double a, double b) {
    return isnan(a) ? isnan(b) : a == b;
}

/* The largest difference over what the two bounds allow; NaN and Inf have to be the same. */
static double compare(const fixture *f, int order, size_t number) {
    double by_sums, by_spectra, worst = 0, largest = 0;
    double(*sums)[2] = correct(f, CONV_END_SUMS, &by_sums);
    double(*spectra)[2] = correct(f, CONV_END_SPECTRA, &by_spectra);
    unsigned unlike = 0;
    for (size_t i = 0; i < f->problem.outputs; i++)
        for (int part = 0; part < 2; part++) {
            double a = sums[i][part], b = spectra[i][part];
            if (isfinite(a) && isfinite(b))
                worst = fmax(worst, fabs(a - b));
            else if (!alike(a, b) && unlike++ < 5)
                printf("# example %zu order %d output %zu: %g by sums, %g by spectra\n", number,
                       order, i, a, b);
            largest = isfinite(a) ? fmax(largest, fabs(a)) : largest;
        }
    assert_int_equal(unlike, 0);
    /* The roundings of the outputs and of what was there before. */
    double allowed = by_sums + by_spectra + 4 * conv_unit(f->problem.dtype) * largest;
    free(sums);
    free(spectra);
    if (worst > allowed)
        printf("# example %zu order %d: %g apart, %g allowed\n", number, order, worst, allowed);
    return worst / allowed;
}

static void every_example(const example *examples, size_t count, int least_order, int step) {
    double worst = 0;
    for (size_t i = 0; i < count; i++)
        for (int order = least_order; order <= 8; order += order < 4 ? 1 : step) {
            fixture f;
            if (!test_due())
                continue;
            begin(&f, &examples[i], order);
            worst = fmax(worst, compare(&f, order, i));
            end(&f);
        }
    printf("# worst difference %.3g of what the bounds allow (limit 1)\n", worst);
    assert_true(worst <= 1);
    assert_true(worst > 0); /* or nothing was compared */
}

static void both_ways_agree(void **state) {
    static const example examples[] = {
        {CONV_F64, CONV_F64, 2, {24, 20}, {18, 19}, CONV_FULL, {0}, {0}, {0}, {0}, 1, 1, 0},
        {CONV_F32, CONV_F32, 2, {22, 27}, {21, 12}, CONV_SAME, {0}, {0}, {0}, {0}, 1, 1, 0},
        {CONV_C64, CONV_C64, 2, {20, 23}, {19, 18}, CONV_CAUSAL, {0}, {0}, {0}, {0}, 1, 1, 0},
        {CONV_C32, CONV_F32, 2, {21, 20}, {9, 18}, CONV_FULL, {0}, {0}, {0}, {0}, 1, 1, 0},
        {CONV_F64, CONV_F64, 2, {7, 30}, {5, 9}, CONV_FULL, {0}, {0}, {0}, {0}, 1, 1, 0},
        {CONV_F64,
         CONV_F64,
         2,
         {24, 20},
         {18, 19},
         CONV_WINDOW,
         {0},
         {-3, 2},
         {20, 11},
         {2, 3},
         1,
         1,
         0},
        {CONV_F64,
         CONV_F64,
         2,
         {20, 24},
         {9, 12},
         CONV_SAME,
         {CONV_REFLECT, CONV_ZERO},
         {0},
         {0},
         {0},
         1,
         1,
         0},
        {CONV_F64,
         CONV_F64,
         2,
         {20, 24},
         {9, 12},
         CONV_SAME,
         {CONV_ZERO, CONV_CONSTANT},
         {0},
         {0},
         {0},
         1,
         1,
         0},
        {CONV_F64,
         CONV_F64,
         2,
         {20, 24},
         {9, 12},
         CONV_SAME,
         {CONV_WRAP, CONV_ZERO},
         {0},
         {0},
         {0},
         1,
         1,
         0},
        /* Longer than one block. */
        {CONV_F64, CONV_F64, 2, {12, 9000}, {10, 11}, CONV_SAME, {0}, {0}, {0}, {0}, 1, 1, 0},
        {CONV_F64,
         CONV_F64,
         2,
         {24, 20},
         {18, 19},
         CONV_FULL,
         {0},
         {0},
         {0},
         {0},
         1e-200,
         1e150,
         0},
        {CONV_F32, CONV_F32, 2, {24, 20}, {18, 19}, CONV_FULL, {0}, {0}, {0}, {0}, 1e30, 1e-34, 0},
        {CONV_F64, CONV_F64, 3, {10, 9, 11}, {9, 10, 9}, CONV_SAME, {0}, {0}, {0}, {0}, 1, 1, 0},
        {CONV_C64,
         CONV_C64,
         3,
         {11, 10, 9},
         {9, 9, 10},
         CONV_WINDOW,
         {0},
         {0, 1, 2},
         {9, 8, 7},
         {2, 2, 2},
         1,
         1,
         0},
        {CONV_F64,
         CONV_F64,
         3,
         {12, 5, 13},
         {9, 6, 9},
         CONV_FULL,
         {0, CONV_NEAREST, 0},
         {0},
         {0},
         {0},
         1,
         1,
         0}};
    (void)state;
    every_example(examples, sizeof examples / sizeof examples[0], 2, 2);
}

static void both_ways_agree_on_nan_and_inf(void **state) {
    static const example examples[] = {
        {CONV_F64, CONV_F64, 2, {24, 20}, {9, 9}, CONV_FULL, {0}, {0}, {0}, {0}, 1, 1, 331},
        {CONV_F64, CONV_F64, 2, {24, 20}, {9, 9}, CONV_FULL, {0}, {0}, {0}, {0}, 1, 1, 7},
        {CONV_C64, CONV_C64, 2, {24, 20}, {9, 10}, CONV_FULL, {0}, {0}, {0}, {0}, 1, 1, 203},
        {CONV_C32, CONV_F32, 2, {24, 20}, {9, 10}, CONV_SAME, {0}, {0}, {0}, {0}, 1, 1, 203},
        {CONV_F64, CONV_F64, 2, {40, 44}, {20, 12}, CONV_CAUSAL, {0}, {0}, {0}, {0}, 1, 1, 611},
        {CONV_F64,
         CONV_F64,
         3,
         {12, 11, 13},
         {9, 10, 9},
         CONV_SAME,
         {0},
         {0},
         {0},
         {0},
         1,
         1,
         501}};
    (void)state;
    /* Orders 4 and 8: what a NaN reaches is summed literally, thousands of products an output. */
    every_example(examples, sizeof examples / sizeof examples[0], 4, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_ways_agree),
                                       cmocka_unit_test(both_ways_agree_on_nan_and_inf)};
    return cmocka_run_group_tests_name("end corrections", tests, NULL, NULL);
}
