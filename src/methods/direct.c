/* The sum of products. Outputs whose taps all meet plain samples read the signal in place; the
 * others, at the edges, read tiles gathered with their halo. */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/status.h"
#include "methods/rounding.h"
#include "cost/costs.h"
#include "cost/fitted.h"
#include "methods/direct_exchange.h"
#include "methods/direct_tiles.h"
#include "methods/direct_whole.h"
#include "problem/extend.h"

static const char *reject(const conv_task *task) {
    (void)task;
    return NULL;
}

/* Nanoseconds per output by the leaf loops, and how many outputs a row counts as: whole vectors. */
static double sum_cost(const conv_task *task) {
    const conv_problem *problem = task->problem;
    int last = problem->rank - 1;
    const conv_axis *axis = &problem->axis[last];
    double outer = 1;
    bool steps = axis->step != 1;
    for (int d = 0; d < last - 1; d++)
        outer *= (double)problem->axis[d].m;
    if (problem->rank == 1)
        return steps ? conv_cost_slide_step(task, (double)axis->m)
                     : conv_cost_slide(task, (double)axis->m);
    const conv_axis *rows = &problem->axis[last - 1];
    if (steps || rows->step != 1)
        return outer * (double)rows->m * conv_cost_slide_step(task, (double)axis->m);
    if (axis->m == 1)
        return outer * conv_cost_slide_columns(task, (double)rows->m);
    return outer * conv_cost_slide_rows(task, (double)rows->m, (double)axis->m);
}

static conv_cost cost_of(const conv_task *task) {
    const conv_problem *problem = task->problem;
    const conv_axis *axis = &problem->axis[problem->rank - 1];
    double vector = conv_cost_vector(task);
    double vectors = ceil((double)axis->count / vector), row = vectors * vector;
    double rows = (double)problem->outputs / (double)axis->count;
    double each = sum_cost(task), edges = 0;
    if (problem->rank > 1) {
        const conv_axis *above = &problem->axis[problem->rank - 2];
        each *= 1 + CONV_COST_NARROW * fmax(0, 4 - vectors);
        each *= 1 + CONV_COST_LOW * ((double)above->m - 1) / ((double)above->count + 16);
    }
    double least = CONV_COST_WAITING_TAP * (double)axis->m / each;
    if (rows * row < least)
        row = least / rows;
    size_t taps_of[CONV_MAX_RANK];
    for (int d = 0; d < problem->rank; d++)
        taps_of[d] = problem->axis[d].m;
    bool together = problem->rank > 2 && conv_direct_takes_planes(problem, taps_of);
    if (problem->rank > 2)
        each *= together ? CONV_COST_PLANES_TOGETHER : CONV_COST_PLANES;
    conv_interior interior;
    conv_interior_find(problem, &interior);
    double inside = problem->axis[problem->rank - 1].signal_stride < 0 ? 0 : 1;
    for (int d = 0; d < problem->rank; d++)
        inside *= (double)(interior.end[d] - interior.begin[d]);
    if (inside < (double)problem->outputs && !conv_direct_takes_volume(problem))
        edges = conv_cost_gather(problem, 2 * ((double)problem->outputs - inside), 0);
    double around = 1;
    for (int d = 0; d < problem->rank; d++)
        around *= (double)(problem->axis[d].count + problem->axis[d].m);
    if (edges > 0 && problem->rank == 2 &&
        around < (double)(CONV_DIRECT_STACK / problem->elements->size))
        edges += CONV_COST_GATHERED_ROW * (double)(problem->axis[0].count + problem->axis[0].m);
    if (problem->rank == 1 &&
        problem->outputs + problem->taps > CONV_DIRECT_STACK / problem->elements->size)
        edges += CONV_COST_LINE_END * (double)axis->m *
                 ((interior.begin[0] > 0) + (interior.end[0] < axis->count));
    double taps = (double)(problem->taps * problem->elements->tap_size);
    double fresh = (taps > CONV_COST_TAPS_THERE ? taps : 0) + CONV_COST_DIRECT_BYTES;
    return (conv_cost){
        .execute = 1e-9 * (CONV_COST_DIRECT_CALL + rows * row * each + edges),
        .prepare = 1e-9 * (CONV_COST_DIRECT_AXIS * problem->rank + CONV_COST_DIRECT_TAP * taps),
        .fresh = 1e-9 * (CONV_COST_COLD + conv_cost_new_memory(fresh))};
}

static conv_cost cost(const conv_task *task) {
    conv_problem exchanged;
    conv_cost plain = cost_of(task);
    if (!conv_direct_exchanges(task->problem))
        return plain;
    conv_direct_exchange(task->problem, &exchanged);
    const conv_task of = {&exchanged, task->wishes, NULL, task->finite_taps};
    plain.execute = cost_of(&of).execute;
    return plain;
}

/* ---- plans and runs ---- */

typedef struct {
    conv_direct_state plain;
    /* Where samples and taps change places: two states, for samples of which some are not finite,
     * and for others, and the bytes of the samples as taps. */
    bool exchanges;
    conv_problem problem;
    conv_direct_state exchanged[2];
    size_t tap_bytes;
} direct_plan;

static size_t exchanged_bytes(const direct_plan *plan, int threads) {
    return 2 * plan->tap_bytes + conv_max(conv_direct_bytes(&plan->exchanged[0], threads),
                                          conv_direct_bytes(&plan->exchanged[1], threads));
}

/* Not where a limit leaves no room for it. */
static void plan_exchange(const conv_task *task, direct_plan *plan) {
    plan->exchanges = conv_direct_exchanges(task->problem);
    if (!plan->exchanges)
        return;
    conv_direct_exchange(task->problem, &plan->problem);
    for (int finite = 0; finite < 2; finite++) {
        const conv_task of = {&plan->problem, task->wishes, NULL, finite == 1};
        conv_direct_plan(&of, &plan->exchanged[finite]);
    }
    plan->tap_bytes = conv_aligned_size(plan->problem.taps * plan->problem.elements->size);
    plan->exchanges = exchanged_bytes(plan, 1) <= conv_wishes_room(task->wishes);
}

static void release(void *state) {
    direct_plan *plan = state;
    if (plan)
        conv_free(plan->plain.lines);
    conv_free(plan);
}

static conv_status prepare(const conv_task *task, void **state) {
    direct_plan *plan = conv_allocate(sizeof *plan);
    *state = plan;
    if (!plan)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    conv_direct_plan(task, &plan->plain);
    plan_exchange(task, plan);
    conv_status status = plan->exchanges ? CONV_OK : conv_direct_lines_make(task, &plan->plain);
    if (status != CONV_OK) {
        release(plan);
        *state = NULL;
    }
    return status;
}

static size_t workspace(const conv_task *task, const void *state, int threads) {
    const direct_plan *plan = state;
    (void)task;
    return plan->exchanges ? exchanged_bytes(plan, threads)
                           : conv_direct_bytes(&plan->plain, threads);
}

static void execute_exchanged(const conv_task *task, const direct_plan *plan, const void *signal,
                              void *output, char *workspace, int threads) {
    static const ptrdiff_t origin[CONV_MAX_RANK];
    const conv_problem *problem = task->problem;
    const conv_element_kernels *elements = problem->elements;
    char *samples = workspace + plan->tap_bytes;
    size_t extent[CONV_MAX_RANK] = {0}, count = plan->problem.taps;
    ptrdiff_t stride[CONV_MAX_RANK];
    for (int d = 0; d < problem->rank; d++)
        extent[d] = problem->axis[d].n;
    conv_contiguous_strides(problem->rank, extent, stride);
    conv_extend_gather(problem, signal, origin, extent, samples, stride);
    elements->reverse_taps(workspace, samples, count, 1, false);
    bool finite = elements->taps_are_finite(workspace, count);
    const conv_task of = {&plan->problem, task->wishes, workspace, finite};
    conv_direct_execute(&of, &plan->exchanged[finite],
                        (const char *)task->taps + (problem->taps - 1) * elements->size, output,
                        workspace + 2 * plan->tap_bytes, threads);
}

static void execute(const conv_task *task, const void *state, const void *signal, void *output,
                    void *workspace, int threads) {
    const direct_plan *plan = state;
    if (plan->exchanges)
        execute_exchanged(task, plan, signal, output, workspace, threads);
    else
        conv_direct_execute(task, &plan->plain, signal, output, workspace, threads);
}

static bool execute_many(const conv_task *task, const void *state, const void *signal,
                         ptrdiff_t signal_apart, void *output, ptrdiff_t output_apart,
                         size_t count) {
    const conv_direct_state *direct = &((const direct_plan *)state)->plain;
    if (direct->lines)
        conv_direct_lines_run(task, direct, signal, signal_apart, output, output_apart, count);
    return direct->lines != NULL;
}

/* Lines whose kernel is short enough for an edge tile on the stack, too. */
static bool once(const conv_task *task, const void *signal, void *output) {
    _Alignas(CONV_ALIGNMENT) char gathered[CONV_DIRECT_STACK];
    const conv_problem *problem = task->problem;
    const conv_axis *axis = &problem->axis[0];
    size_t room = CONV_DIRECT_STACK / problem->elements->size;
    conv_direct_state state;
    conv_direct_plan(task, &state);
    if (!state.small && !state.zeros) {
        if (problem->rank > 1 || axis->step != 1 || axis->output_stride != 1 ||
            state.chunk[0] < axis->m || axis->m > room / 2)
            return false;
        state.tile[0] = conv_min(state.tile[0], room - axis->m + 1);
        state.gather_bytes = CONV_DIRECT_STACK;
    }
    conv_direct_execute(task, &state, signal, output, gathered, 1);
    return true;
}

static int describe(const conv_task *task, const void *state, char *text, size_t size) {
    const direct_plan *plan = state;
    return snprintf(text, size, " with %s loops%s", conv_level_name(task->wishes->level),
                    plan->exchanges ? ", the samples over the taps" : "");
}

static conv_error error(const conv_task *task, const void *state, const void *signal,
                        void *workspace, bool proved) {
    (void)state, (void)workspace, (void)proved;
    const conv_problem *problem = task->problem;
    double sum = conv_direct_roundings(problem, conv_wishes_room(task->wishes));
    double terms = conv_bounds_terms(problem, sum);
    double product = conv_bounds_met(task, signal);
    if (product == 0)
        return (conv_error){0, 0};
    return (conv_error){terms * (conv_unit(problem->dtype) * product + conv_step(problem->dtype)),
                        0};
}

const conv_method_row conv_direct_method = {
    .id = CONV_METHOD_DIRECT,
    .name = "direct",
    .reject = reject,
    .cost = cost,
    .floor = {5e-9, 20e-9, 0, 0},
    .prepare = prepare,
    .release = release,
    .parallel = true,
    .workspace = workspace,
    .execute = execute,
    .execute_many = execute_many,
    .error = error,
    .once = once,
    .describe = describe,
};
