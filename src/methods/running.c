/* Passes whose taps are constant, or few values one after the other, as running sums: the time of
 * an output does not grow with the taps. */
#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "base/dtype.h"
#include "base/layout.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "cost/fitted.h"
#include "methods/passes.h"
#include "methods/rounding.h"
#include "methods/running_run.h"
#include "problem/extend.h"

/* Outputs of a line at a time: sums of cache lines stay in the first-level cache, and the windows'
 * overhang is a part of the work. */
#define LINE 4096
/* What an axis' stretches cost, in additions of a tap. */
#define STRETCH_WORK 3
#define LINE_WORK 1

static size_t work_of(const conv_steps *steps, bool is_last) {
    size_t work = 0;
    for (int s = 0; s < steps->count; s++)
        work += conv_min(steps->stretch[s].width, STRETCH_WORK) + (is_last ? LINE_WORK : 0);
    return work;
}

/* A sum within a block adds up to a stretch's width: in single precision no more than any other
 * running sum does. */
static bool sums_are_long(const conv_problem *problem, const conv_steps *steps) {
    for (int s = 0; s < steps->count; s++)
        if (steps->stretch[s].width > CONV_SLIDE_TAPS && !conv_dtype_is_double(problem->dtype))
            return true;
    return false;
}

static bool are_ones(const conv_steps *steps) {
    bool ones = true;
    for (int s = 0; s < steps->count; s++)
        ones = ones && !steps->stretch[s].tap;
    return ones;
}

/* The product (ac-bd) + (ad+bc)i makes NaN of an Inf also where a tap is real, or 1; but once. So
 * the lines of a complex kernel multiply as complex ones on one axis, ones as well, and as real
 * ones on all others: an axis of complex taps, else one of others than 1. */
static void share_product(const conv_task *task, const conv_factors *factors,
                          conv_running_state *state) {
    const conv_problem *problem = task->problem;
    conv_leaf_type leaf = problem->leaf;
    bool is_complex = conv_dtype_is_complex(problem->kernel_dtype);
    int last = problem->rank - 1, product = last;
    for (int d = 0; d <= last; d++)
        if (!are_ones(&state->axis[d].steps) && state->axis[product].steps.is_real)
            product = d;
    if (is_complex)
        leaf = leaf == CONV_LEAF_C32 ? CONV_LEAF_C32R : CONV_LEAF_C64R;
    for (int d = 0; d <= last; d++)
        state->axis[d].slide =
            conv_slide_table(d == product ? problem->leaf : leaf, task->wishes->level);
    conv_steps *steps = &state->axis[product].steps;
    for (int s = 0; is_complex && s < steps->count; s++)
        steps->stretch[s].tap = (const char *)factors->factor[0][product] +
                                steps->stretch[s].begin * problem->elements->tap_size;
}

/* The steps of every axis; NULL, or why they are none. */
static const char *find_steps(const conv_task *task, const conv_factors *factors,
                              conv_running_state *state) {
    const conv_problem *problem = task->problem;
    size_t work = 0, taps = 0;
    int complex_lines = 0, last = problem->rank - 1;
    for (int d = 0; d <= last; d++) {
        size_t m = problem->axis[d].m;
        conv_steps *steps = &state->axis[d].steps;
        if (!conv_steps_find(problem, factors->factor[0][d], m, steps))
            return "taps of too many values";
        if (sums_are_long(problem, steps))
            return "sums of too many taps in single precision";
        complex_lines += !steps->is_real;
        work += work_of(steps, d == last);
        taps += m;
    }
    /* Of several products of complex taps an Inf could make NaN that the plain product has not. */
    if (complex_lines > 1)
        return "complex taps along two axes";
    /* One axis has no other passes. */
    if (last == 0 ? (size_t)state->axis[0].steps.count >= taps : work > taps)
        return "taps of too many values for so few";
    share_product(task, factors, state);
    return NULL;
}

/* ---- memory ---- */

/* Rows begin at cache lines, and an odd number of those apart, so that a column of them does not
 * fall to one set of a cache. */
static size_t row_stride(size_t row, size_t size) {
    size_t lines = conv_aligned_size(row * size) / CONV_ALIGNMENT | 1;
    return lines * CONV_ALIGNMENT / size;
}

static void place_sum(size_t width, size_t block, size_t bytes, conv_running_sum *sum,
                      conv_layout *memory) {
    *sum = (conv_running_sum){0};
    if (width <= block)
        return;
    sum->wholes = (width - 1) / block - 1;
    sum->parts = (width - 1) % block;
    if (sum->parts)
        sum->part = conv_layout_place(memory, 1 + sum->wholes, bytes);
    sum->before = conv_layout_place(memory, sum->wholes, bytes);
    sum->behind = conv_layout_place(memory, sum->wholes > 0, bytes);
}

static void place_rows(const conv_problem *problem, int d, size_t block, conv_running_axis *axis,
                       conv_layout *memory) {
    size_t size = problem->elements->size, bytes;
    axis->row = 1;
    for (int e = d + 1; e < problem->rank; e++) {
        size_t samples = problem->axis[e].n + (problem->axis[e].extension == CONV_EXTEND_CONSTANT);
        memory->fits = memory->fits && conv_multiply(axis->row, samples, &axis->row);
    }
    if (!memory->fits || !conv_multiply(axis->row, 2 * size, &bytes)) {
        memory->fits = false;
        return;
    }
    axis->stride = row_stride(axis->row, size);
    bytes = axis->stride * size;
    if (d + 2 < problem->rank)
        axis->to = conv_layout_place(memory, block, bytes);
    for (int s = 0; s < axis->steps.count; s++)
        place_sum(axis->steps.stretch[s].width, block, bytes, &axis->sum[s], memory);
}

/* One axis. */
static void place_line(const conv_problem *problem, conv_running_state *state,
                       conv_layout *memory) {
    const conv_axis *axis = &problem->axis[0];
    const conv_steps *steps = &state->axis[0].steps;
    size_t size = problem->elements->size, scratch = 0;
    state->chunk = conv_min(state->axis[0].dense, conv_max(LINE, 2 * axis->m));
    size_t line = state->chunk + axis->m - 1;
    for (int s = 0; s < steps->count; s++) {
        const conv_tap_stretch *stretch = &steps->stretch[s];
        scratch =
            conv_max(scratch, state->axis[0].slide->running_scratch(stretch->width, state->chunk));
        line = conv_max(line, stretch->begin + state->axis[0].slide->running_reach(stretch->width,
                                                                                   state->chunk));
    }
    state->line = conv_layout_place(memory, line, size);
    state->scratch = conv_layout_place(memory, scratch, 1);
    state->result = memory->used;
    if (axis->step != 1 || axis->output_stride != 1)
        conv_layout_place(memory, state->chunk, size);
}

/* The last of more axes: rows turned over, so that a block of them is a column of cache lines. */
static void place_columns(const conv_problem *problem, conv_running_state *state,
                          conv_layout *memory) {
    int d = problem->rank - 1;
    const conv_axis *axis = &problem->axis[d];
    const conv_steps *steps = &state->axis[d].steps;
    size_t size = problem->elements->size, scratch = 0, dense = state->axis[d].dense;
    for (int s = 0; s < steps->count; s++)
        scratch = conv_max(scratch,
                           state->axis[d].slide->running_columns_scratch(steps->stretch[s].width));
    state->columns = axis->n + (axis->extension == CONV_EXTEND_CONSTANT);
    memory->fits = memory->fits && state->columns < UINT_MAX - 1;
    state->line = conv_layout_place(memory, state->columns + 1, state->block * size);
    state->lines = conv_layout_place(memory, dense + axis->m + state->block, sizeof(void *));
    state->scratch = conv_layout_place(memory, scratch, 1);
    /* Also where rows go that nobody wants. */
    state->to_place = axis->step == 1 && axis->output_stride == 1;
    state->result = conv_layout_place(memory, state->to_place ? 1 : state->block, dense * size);
}

/* Of two axes, as rows of more are too long for it to matter. */
static bool rows_are_far(const conv_problem *problem) {
    ptrdiff_t bytes = problem->axis[0].signal_stride * (ptrdiff_t)problem->elements->size;
    return problem->rank == 2 && bytes % CONV_RUNNING_FAR == 0;
}

static bool rows_are_in_place(const conv_problem *problem) {
    size_t stride = 1;
    for (int d = problem->rank - 1; d > 0; d--) {
        const conv_axis *axis = &problem->axis[d];
        if (axis->signal_stride != (ptrdiff_t)stride || axis->extension == CONV_EXTEND_CONSTANT)
            return false;
        stride *= axis->n;
    }
    return true;
}

/* All of the state but the runs. False: sizes that overflow. */
static bool lay_out(const conv_task *task, conv_running_state *state) {
    const conv_problem *problem = task->problem;
    conv_layout memory = {0, true};
    int last = problem->rank - 1;
    state->in_place = rows_are_in_place(problem);
    state->copies = state->in_place && rows_are_far(problem);
    state->block = conv_running_lines(problem->elements->size);
    for (int d = 0; d <= last; d++) {
        const conv_axis *axis = &problem->axis[d];
        if (!conv_multiply(axis->count - 1, axis->step, &state->axis[d].dense) ||
            state->axis[d].dense > CONV_MAX_BYTES / 32)
            return false;
        state->axis[d].dense++;
        if (d < last)
            place_rows(problem, d, state->block, &state->axis[d], &memory);
    }
    size_t size = problem->elements->size, fill = last ? state->axis[0].row : 1;
    state->zeros = conv_layout_place(&memory, last ? fill : 0, size);
    state->fill = conv_layout_place(&memory, fill, size);
    state->gathered = memory.used;
    if (last && !state->in_place)
        conv_layout_place(&memory, CONV_RUNNING_ROWS, state->axis[0].stride * size);
    state->copy = conv_layout_place(&memory, state->copies ? state->block : 0,
                                    CONV_RUNNING_COPY + CONV_ALIGNMENT);
    if (last)
        place_columns(problem, state, &memory);
    else
        place_line(problem, state, &memory);
    state->total = memory.used;
    return memory.fits;
}

/* ---- the way's members ---- */

static const char *reject(const conv_task *task, const conv_factors *factors) {
    const conv_problem *problem = task->problem;
    conv_running_state state;
    if (factors->terms > 1)
        return "several outer products";
    for (int d = 0; d < problem->rank; d++) {
        if (problem->axis[d].ends)
            return "the rule weighs the signal's ends";
        if (problem->axis[d].step > problem->axis[d].m)
            return "steps longer than the kernel";
    }
    const char *reason = find_steps(task, factors, &state);
    if (reason)
        return reason;
    if (!lay_out(task, &state) || state.total > conv_wishes_room(task->wishes))
        return "rows that do not fit the workspace";
    return NULL;
}

/* Nanoseconds for each byte of a sample. */
static double byte_cost(const conv_problem *problem, const conv_running_state *state) {
    int last = problem->rank - 1;
    double runs = 1, cost = 0;
    for (int d = 0; d < last; d++) {
        const conv_running_axis *axis = &state->axis[d];
        double row = (double)axis->steps.count;
        for (int e = d + 1; e <= last; e++)
            row *= (double)problem->axis[e].n;
        cost += runs * row *
                (CONV_COST_RUNNING_ROW * (double)axis->dense +
                 CONV_COST_RUNNING_BEFORE * (double)problem->axis[d].m);
        runs *= (double)problem->axis[d].count;
    }
    double dense = (double)state->axis[last].dense, each = (double)state->axis[last].steps.count;
    if (last == 0)
        return CONV_COST_RUNNING_LINE * each * dense;
    return cost + runs * CONV_COST_RUNNING_SUM * each * dense;
}

static double seconds(const conv_task *task, const conv_factors *factors) {
    static const double level[CONV_LEVELS] = {CONV_COST_RUNNING_BASELINE, CONV_COST_RUNNING_V3, 1};
    const conv_problem *problem = task->problem;
    conv_running_state state;
    if (find_steps(task, factors, &state) || !lay_out(task, &state))
        return INFINITY;
    double rows = (double)problem->outputs / (double)problem->axis[problem->rank - 1].count;
    return 1e-9 * (CONV_COST_PASSES + CONV_COST_RUNNING_CALL * rows +
                   level[task->wishes->level] * (double)problem->elements->size *
                       byte_cost(problem, &state));
}

static void release(void *made) {
    conv_running_state *state = made;
    if (!state)
        return;
    conv_axis_runs_end(&state->runs);
    conv_free(state->place);
    conv_free(state);
}

/* Where the samples of the extended last axis are. */
static bool find_places(const conv_problem *problem, conv_running_state *state) {
    const conv_axis *axis = &problem->axis[problem->rank - 1];
    size_t length = state->axis[problem->rank - 1].dense + axis->m - 1;
    ptrdiff_t first = axis->start - (ptrdiff_t)(axis->m - 1);
    if (problem->rank == 1)
        return conv_axis_runs_find(&state->runs, axis, first, length);
    state->place = conv_allocate(length * sizeof *state->place);
    for (size_t i = 0; state->place && i < length; i++) {
        ptrdiff_t index = conv_extend_index(axis, first + (ptrdiff_t)i);
        if (index == CONV_FILLED)
            index = (ptrdiff_t)axis->n;
        else if (index == CONV_ABSENT)
            index = (ptrdiff_t)state->columns;
        state->place[i] = (unsigned)index;
    }
    return state->place != NULL;
}

static conv_status prepare(const conv_task *task, const conv_factors *factors, void **made) {
    conv_running_state *state = conv_allocate(sizeof *state);
    *made = NULL;
    if (!state)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    state->runs.run = NULL;
    state->place = NULL;
    find_steps(task, factors, state);
    lay_out(task, state);
    if (!find_places(task->problem, state)) {
        release(state);
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    }
    *made = state;
    return CONV_OK;
}

static size_t workspace(const conv_task *task, const void *state, int threads) {
    (void)task;
    return ((const conv_running_state *)state)->total * (size_t)threads;
}

static void work(void *context, size_t first, size_t last, int thread) {
    conv_running_run run = *(const conv_running_run *)context;
    run.memory += (size_t)thread * run.state->total;
    conv_running_begin(&run);
    conv_running_blocks(&run, first, last);
}

static void execute(const conv_task *task, const void *made, const void *signal, void *output,
                    void *workspace, int threads) {
    const conv_running_state *state = made;
    conv_running_run run = {task, state, signal, output, workspace};
    size_t block = task->problem->rank == 1 ? state->chunk : state->block;
    conv_parallel_for((state->axis[0].dense + block - 1) / block, threads, work, &run);
}

/* Taps that are taken as equal differ by up to two units of theirs. */
static conv_error error(const conv_task *task, const void *state, const void *signal,
                        void *workspace, bool proved) {
    (void)state, (void)workspace, (void)proved;
    double roundings = 0;
    for (int d = 0; d < task->problem->rank; d++)
        roundings += conv_bounds_terms(task->problem, (double)task->problem->axis[d].m) + 4;
    return conv_passes_error(task, signal, 1, roundings);
}

static int describe(const conv_task *task, const void *made, char *text, size_t size) {
    const conv_running_state *state = made;
    int stretches = 0;
    for (int d = 0; d < task->problem->rank; d++)
        stretches += state->axis[d].steps.count;
    return snprintf(text, size, " with running sums, %d stretch%s of equal taps, and %s loops",
                    stretches, stretches == 1 ? "" : "es", conv_level_name(task->wishes->level));
}

const conv_passes conv_running_passes = {
    .reject = reject,
    .seconds = seconds,
    .prepare = prepare,
    .release = release,
    .workspace = workspace,
    .execute = execute,
    .error = error,
    .describe = describe,
};
