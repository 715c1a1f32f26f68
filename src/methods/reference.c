/* The definition, literally: for every output, every tap, one product after the other, in the
 * widest type. The judge of the other methods. */
#include "methods/methods.h"
#include "problem/extend.h"

static const char *reject(const conv_task *task) {
    (void)task;
    return NULL;
}

/* About 20 ns per product. */
static conv_cost cost(const conv_task *task) {
    return (conv_cost){20e-9 * (double)task->problem->taps * (double)task->problem->outputs, 0};
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

static void sum_taps(const conv_task *task, const void *signal, const size_t *output,
                     long double sum[2]) {
    const conv_problem *problem = task->problem;
    const char *tap = task->taps;
    ptrdiff_t first[CONV_MAX_RANK], point[CONV_MAX_RANK];
    size_t index[CONV_MAX_RANK] = {0};
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        first[d] = axis->start + (ptrdiff_t)(output[d] * axis->step) - (ptrdiff_t)(axis->m - 1);
        point[d] = first[d];
    }
    for (size_t q = 0; q < problem->taps; q++, tap += problem->elements->tap_size) {
        _Alignas(16) char sample[16];
        if (conv_extend_sample(problem, signal, point, sample))
            problem->elements->multiply_add(sum, sample, tap);
        for (int d = problem->rank - 1; d >= 0; d--) {
            if (++index[d] < problem->axis[d].m) {
                point[d]++;
                break;
            }
            index[d] = 0;
            point[d] = first[d];
        }
    }
}

static void execute(const conv_task *task, const void *state, const void *signal, void *output,
                    void *workspace, int threads) {
    (void)state, (void)workspace, (void)threads;
    const conv_problem *problem = task->problem;
    size_t index[CONV_MAX_RANK] = {0};
    for (size_t i = 0; i < problem->outputs; i++) {
        ptrdiff_t offset = 0;
        for (int d = 0; d < problem->rank; d++)
            offset += (ptrdiff_t)index[d] * problem->axis[d].output_stride;
        long double sum[2] = {0, 0};
        sum_taps(task, signal, index, sum);
        problem->elements->round_sum(sum,
                                     (char *)output + offset * (ptrdiff_t)problem->elements->size);
        for (int d = problem->rank - 1; d >= 0 && ++index[d] == problem->axis[d].count; d--)
            index[d] = 0;
    }
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
    .floor = {0, 0},
    .prepare = prepare,
    .release = release,
    .workspace = workspace,
    .execute = execute,
    .describe = describe,
};
