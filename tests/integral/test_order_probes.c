/* test_order_probes.c - the few outputs that CONV_RULE_AUTO compares its orders by, against plans
 * of these orders, and what AUTO then computes, against the plan of the order that it names. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "integral/gregory.h"
#include "integral/order_probes.h"
#include "methods/rounding.h"
#include "problem/taps.h"

typedef struct {
    conv_dtype dtype, kernel_dtype;
    int rank;
    size_t n[3], m[3];
    conv_mode mode;
    conv_boundary boundary[3];
} example;

static const example examples[] = {
    {CONV_F64, CONV_F64, 2, {30, 28}, {22, 20}, CONV_FULL, {0}},
    {CONV_F32, CONV_F32, 2, {34, 31}, {12, 20}, CONV_SAME, {0}},
    {CONV_C64, CONV_C64, 2, {26, 30}, {21, 18}, CONV_CAUSAL, {0}},
    {CONV_C32, CONV_F32, 2, {26, 30}, {18, 21}, CONV_SAME, {0}},
    {CONV_F64, CONV_F64, 2, {30, 30}, {12, 9}, CONV_VALID, {0}},
    {CONV_F64, CONV_F64, 2, {12, 11}, {30, 28}, CONV_VALID, {0}},
    {CONV_F64, CONV_F64, 2, {6, 30}, {5, 12}, CONV_SAME, {0}},
    {CONV_F64, CONV_F64, 2, {20, 24}, {9, 12}, CONV_SAME, {CONV_REFLECT, CONV_ZERO}},
    {CONV_C64, CONV_C64, 2, {20, 24}, {9, 12}, CONV_SAME, {CONV_ZERO, CONV_CONSTANT}},
    {CONV_F64, CONV_F64, 2, {20, 24}, {9, 12}, CONV_SAME, {CONV_CONSTANT, CONV_WRAP}},
    {CONV_F64, CONV_F64, 3, {17, 16, 18}, {12, 11, 13}, CONV_SAME, {0}},
};

static double next_uniform(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53 * 2 - 1;
}

static void *random_array(conv_dtype dtype, size_t count, uint64_t seed) {
    size_t reals = count * (dtype == CONV_C32 || dtype == CONV_C64 ? 2 : 1);
    bool is_double = dtype == CONV_F64 || dtype == CONV_C64;
    void *made = malloc(reals * sizeof(double));
    assert_non_null(made);
    for (size_t i = 0; i < reals; i++) {
        double value = next_uniform(&seed);
        if (is_double)
            ((double *)made)[i] = value;
        else
            ((float *)made)[i] = (float)value;
    }
    return made;
}

static void describe(const example *e, int order, conv_method method, conv_desc *desc) {
    conv_desc_init(desc, e->dtype, e->rank, e->n, e->m, e->mode);
    desc->kernel_dtype = e->kernel_dtype;
    desc->boundary_value[0] = 0.5;
    desc->rule = order == 0 ? CONV_RULE_AUTO : order == 2 ? CONV_RULE_TRAPEZOID : CONV_RULE_GREGORY;
    desc->rule_order = order;
    desc->method = method;
    for (int d = 0; d < e->rank; d++)
        desc->boundary[d] = e->boundary[d];
}

static void *execute(const conv_desc *desc, const void *kernel, const void *signal, size_t bytes,
                     int *order) {
    conv_plan *plan;
    void *output = malloc(bytes);
    assert_int_equal(conv_plan_create(&plan, desc, kernel), CONV_OK);
    void *workspace = malloc(conv_plan_workspace_size(plan) + 1);
    assert_true(output && workspace);
    assert_int_equal(conv_plan_execute(plan, signal, output, workspace), CONV_OK);
    if (order)
        *order = conv_plan_rule_order(plan, signal);
    conv_plan_destroy(plan);
    free(workspace);
    return output;
}

/* Overlaps of so many points, on every axis on which the rule looks at it, have end weights of
 * every order and no polynomials. */
static bool is_long(const conv_problem *problem, conv_mode mode, const size_t *index) {
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        ptrdiff_t k = axis->start + (ptrdiff_t)(index[d] * axis->step), low, high;
        bool mirrored;
        if (!conv_integral_is_overlap(axis, mode))
            continue;
        conv_gregory_overlap(axis->n, axis->m, k, &low, &high);
        if (conv_gregory_is_short(CONV_GREGORY_MOST, axis->n, axis->m, k, &mirrored) ||
            high - low < CONV_GREGORY_MOST)
            return false;
    }
    return true;
}

/* Sums of `taps` products, each rounded a few times, of samples and taps up to sqrt(2); the
 * reference rounds its output once. Weights are up to 1.6 an axis, and their sum is the number of
 * points. */
static double allowed(const conv_problem *problem) {
    double taps = (double)problem->taps;
    return 2 * 2 * taps * ((taps + 8) * conv_unit(CONV_F64) + 4 * conv_unit(problem->dtype));
}

static void outputs_are_those_of_plans(void **state) {
    double worst = 0;
    size_t compared = 0;
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        const example *e = &examples[i];
        conv_desc desc;
        conv_problem problem;
        conv_to_correct to_correct[CONV_MAX_RANK];
        size_t samples = 1;
        for (int d = 0; d < e->rank; d++)
            samples *= e->n[d];
        describe(e, 2, CONV_METHOD_REFERENCE, &desc);
        assert_int_equal(conv_problem_init(&problem, &desc), CONV_OK);
        conv_integral_weigh(&problem, e->mode, 2, to_correct);
        void *signal = random_array(e->dtype, samples, 1 + i);
        void *kernel = random_array(e->kernel_dtype, problem.taps, 100 + i);
        char *taps = malloc(problem.taps * problem.elements->tap_size);
        void *workspace = conv_allocate(conv_order_probes_bytes(&problem));
        double(*wide)[2] = malloc(problem.outputs * sizeof *wide);
        assert_true(taps && workspace && wide);
        conv_taps_prepare(&problem, kernel, taps);
        const conv_next_order from = {&problem, taps, signal, e->mode};
        for (int q = 1; q <= CONV_GREGORY_MOST; q++) {
            size_t index[CONV_MAX_RANK] = {0};
            describe(e, q + 1, CONV_METHOD_REFERENCE, &desc);
            void *output =
                execute(&desc, kernel, signal, problem.outputs * problem.elements->size, NULL);
            problem.elements->widen(wide, output, 1, problem.outputs);
            for (size_t k = 0; k < problem.outputs; k++) {
                double made[CONV_ORDER_PROBES_MOST][2];
                if (is_long(&problem, e->mode, index)) {
                    conv_order_probes_output(&from, q, index, made, workspace);
                    double apart = hypot(made[q - 1][0] - wide[k][0], made[q - 1][1] - wide[k][1]);
                    worst = fmax(worst, apart / allowed(&problem));
                    if (apart > allowed(&problem))
                        fail_msg("example %zu, q %d, output %zu: %g, not %g", i, q, k,
                                 made[q - 1][0], wide[k][0]);
                    compared++;
                }
                for (int d = e->rank - 1; d >= 0 && ++index[d] == problem.axis[d].count; d--)
                    index[d] = 0;
            }
            free(output);
        }
        free(signal);
        free(kernel);
        free(taps);
        free(wide);
        conv_free(workspace);
    }
    printf("# %zu outputs compared, worst difference %.3g of what is allowed\n", compared, worst);
    assert_true(compared > 10000 && worst > 1e-6);
}

/* Signals of every smoothness: some order is chosen for each, and its outputs are those of its own
 * plan, bit by bit, with the lower orders' spectra made in the run. */
static void the_bits_are_those_of_the_order(void **state) {
    static const conv_method methods[] = {CONV_METHOD_DIRECT, CONV_METHOD_BLOCKS, CONV_METHOD_FFT};
    static const size_t n[2] = {40, 36}, m[2] = {23, 19};
    unsigned seen = 0;
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int roughness = 0; roughness < 12; roughness++) {
            example e = {CONV_F64, CONV_F64, 2, {n[0], n[1]}, {m[0], m[1]}, CONV_SAME, {0}};
            double *signal = malloc(n[0] * n[1] * sizeof *signal);
            double *kernel = malloc(m[0] * m[1] * sizeof *kernel);
            uint64_t seed = 5;
            conv_desc desc;
            int order;
            assert_true(signal && kernel);
            for (size_t k = 0; k < n[0] * n[1]; k++)
                signal[k] = exp(-0.02 * (double)(k / n[1] + k % n[1]) * pow(roughness, 1.2)) +
                            pow(10, -2 - roughness) * next_uniform(&seed);
            for (size_t k = 0; k < m[0] * m[1]; k++)
                kernel[k] = cos(0.1 * (double)(k / m[1]) - 0.07 * (double)(k % m[1]));
            describe(&e, 0, methods[i], &desc);
            void *chosen = execute(&desc, kernel, signal, n[0] * n[1] * 8, &order);
            describe(&e, order, methods[i], &desc);
            void *own = execute(&desc, kernel, signal, n[0] * n[1] * 8, NULL);
            assert_memory_equal(chosen, own, n[0] * n[1] * 8);
            seen |= 1u << order;
            free(signal);
            free(kernel);
            free(chosen);
            free(own);
        }
    printf("# orders seen: %#x\n", seen);
    assert_true((seen & (seen - 1)) != 0); /* more than one */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_those_of_plans),
        cmocka_unit_test(the_bits_are_those_of_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
