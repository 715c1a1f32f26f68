/* The definition, literally: for every output, every tap, one product after the other, in the
 * widest type. The judge of the other methods. */
#include <float.h>

#include "cost/fitted.h"
#include "methods/methods.h"
#include "methods/rounding.h"
#include "problem/literal.h"
#include "problem/regions.h"

static const char *reject(const conv_task *task) {
    (void)task;
    return NULL;
}

/* About 20 ns per product. */
static conv_cost cost(const conv_task *task) {
    return (conv_cost){1e-9 * CONV_COST_REFERENCE * (double)task->problem->taps *
                           (double)task->problem->outputs,
                       0, 0, 0};
}

static conv_status prepare(const conv_task *task, void **state) {
    (void)task;
    *state = NULL;
    return CONV_OK;
}

static void release(void *state) {
    (void)state;
}

static size_t workspace(const conv_task *task, const void *state, int threads) {
    (void)task, (void)state, (void)threads;
    return 0;
}

static void execute(const conv_task *task, const void *state, const void *signal, void *output,
                    void *workspace, int threads) {
    (void)state, (void)workspace, (void)threads;
    const conv_problem *problem = task->problem;
    size_t index[CONV_MAX_RANK] = {0};
    for (size_t i = 0; i < problem->outputs; i++) {
        ptrdiff_t offset = conv_output_offset(problem, index);
        long double sum[2] = {0, 0};
        conv_literal_sum(problem, task->taps, signal, index, sum);
        problem->elements->round_sum(sum,
                                     (char *)output + offset * (ptrdiff_t)problem->elements->size);
        for (int d = problem->rank - 1; d >= 0 && ++index[d] == problem->axis[d].count; d--)
            index[d] = 0;
    }
}

/* Summed in long double, rounded once. */
static conv_error error(const conv_task *task, const void *state, const void *signal,
                        void *workspace, bool proved) {
    (void)state, (void)workspace, (void)proved;
    const conv_problem *problem = task->problem;
    double terms = conv_bounds_terms(problem, (double)problem->taps);
    double product = conv_bounds_met(task, signal);
    if (product == 0)
        return (conv_error){0, 0};
    return (conv_error){terms * (double)LDBL_EPSILON / 2 * product + conv_step(problem->dtype),
                        conv_unit(problem->dtype)};
}

static int describe(const conv_task *task, const void *state, char *text, size_t size) {
    (void)task, (void)state;
    if (size)
        text[0] = '\0';
    return 0;
}

const conv_method_row conv_reference_method = {
    .id = CONV_METHOD_REFERENCE,
    .name = "reference",
    .reject = reject,
    .cost = cost,
    .floor = {0, 0, 0, 0},
    .prepare = prepare,
    .release = release,
    .workspace = workspace,
    .execute = execute,
    .error = error,
    .describe = describe,
};
