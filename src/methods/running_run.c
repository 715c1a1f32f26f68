#include "methods/running_run.h"

#include <string.h>

#include "base/memory.h"
#include "problem/extend.h"
#include "problem/regions.h"

/* The samples of an axis: rows at a stride in elements. first: of the output, here. */
typedef struct {
    const conv_running_run *run;
    int d;
    const char *from;
    ptrdiff_t stride;
    char *output;
} level;

/* ---- the last axis ---- */

/* One axis: outputs begin..begin+count-1 at step 1. */
static void run_chunk(const level *at, size_t begin, size_t count) {
    const conv_running_run *run = at->run;
    const conv_running_state *state = run->state;
    const conv_problem *problem = run->task->problem;
    const conv_axis *axis = &problem->axis[at->d];
    const conv_steps *steps = &state->axis[at->d].steps;
    size_t size = problem->elements->size, filled = count + axis->m - 1, reach = filled;
    char *line = run->memory + state->line, *result = run->memory + state->result;
    conv_axis_runs_copy(&state->runs, begin, filled, at->from, at->stride,
                        run->memory + state->fill, line, size);
    for (int s = 0; s < steps->count; s++)
        reach = conv_max(reach, steps->stretch[s].begin +
                                    state->slide->running_reach(steps->stretch[s].width, count));
    memset(line + filled * size, 0, (reach - filled) * size);
    size_t first = (begin + axis->step - 1) / axis->step;
    bool in_place = axis->step == 1 && axis->output_stride == 1;
    char *output = at->output + (ptrdiff_t)first * axis->output_stride * (ptrdiff_t)size;
    char *y = in_place ? output : result;
    for (int s = 0; s < steps->count; s++) {
        const conv_tap_stretch *stretch = &steps->stretch[s];
        state->slide->running_line(line + stretch->begin * size, stretch->width, stretch->tap, y,
                                   count, s > 0, run->memory + state->scratch);
    }
    size_t skipped = first * axis->step - begin;
    if (!in_place && skipped < count)
        conv_copy_row(output, axis->output_stride, y + skipped * size, (ptrdiff_t)axis->step,
                      (count - skipped + axis->step - 1) / axis->step, size);
}

/* Rows turned over: outputs begin..begin+count-1 of each, at step 1. */
static void run_turned(const level *at, size_t begin, size_t count, char *const *outputs,
                       size_t rows) {
    const conv_running_run *run = at->run;
    const conv_running_state *state = run->state;
    const conv_problem *problem = run->task->problem;
    const conv_axis *axis = &problem->axis[at->d];
    const conv_steps *steps = &state->axis[at->d].steps;
    size_t size = problem->elements->size, column = *state->slide->running_at_once * size;
    size_t first = (begin + axis->step - 1) / axis->step, skipped = first * axis->step - begin;
    char *sums = run->memory + state->turned;
    void *to[CONV_RUNNING_BLOCK];
    if (skipped >= count)
        return;
    for (int s = 0; s < steps->count; s++) {
        const conv_tap_stretch *stretch = &steps->stretch[s];
        state->slide->running_columns(
            run->memory + state->line, state->place + begin + stretch->begin, stretch->width,
            stretch->tap, sums, count, s > 0, run->memory + state->scratch);
    }
    size_t n = (count - skipped + axis->step - 1) / axis->step;
    bool in_place = axis->output_stride == 1 && !state->is_far;
    ptrdiff_t offset = (ptrdiff_t)first * axis->output_stride * (ptrdiff_t)size;
    for (size_t r = 0; r < rows; r++)
        to[r] = in_place ? outputs[r] + offset : run->memory + state->result + r * n * size;
    state->slide->running_turn_back(sums + skipped * column, axis->step, n, to, rows);
    for (size_t r = 0; r < rows && !in_place; r++)
        conv_copy_row(outputs[r] + offset, axis->output_stride, to[r], 1, n, size);
}

/* Rows that the passes before have made, and where their outputs go. */
static void run_rows(const level *at, const void *const *rows, char *const *outputs, size_t count) {
    const conv_running_state *state = at->run->state;
    size_t dense = state->axis[at->d].dense, most = *state->slide->running_at_once;
    for (size_t r = 0; r < count; r += most) {
        size_t some = conv_min(most, count - r);
        state->slide->running_turn(rows + r, some, state->columns, at->run->memory + state->line);
        for (size_t begin = 0; begin < dense; begin += state->chunk)
            run_turned(at, begin, conv_min(state->chunk, dense - begin), outputs + r, some);
    }
}

/* ---- the other axes ---- */

/* A row of the signal as the passes want it: contiguous, with the constant behind the samples of
 * every axis that has one. */
static void gather_row(const conv_running_run *run, int d, const char *from, char *to) {
    const conv_problem *problem = run->task->problem;
    const conv_axis *axis = &problem->axis[d];
    size_t size = problem->elements->size,
           row = d + 1 < problem->rank ? run->state->axis[d].row : 1;
    bool has_fill = axis->extension == CONV_EXTEND_CONSTANT;
    if (d == problem->rank - 1) {
        conv_copy_row(to, 1, from, axis->signal_stride, axis->n, size);
    } else {
        for (size_t i = 0; i < axis->n; i++)
            gather_row(run, d + 1, from + (ptrdiff_t)i * axis->signal_stride * (ptrdiff_t)size,
                       to + i * row * size);
    }
    if (has_fill)
        memcpy(to + axis->n * row * size, run->memory + run->state->fill, row * size);
}

/* Rows first..first+count-1 of the extended axis; at most CONV_RUNNING_ROWS. */
static void take_rows(const level *at, size_t first, size_t count, const void **rows) {
    const conv_running_run *run = at->run;
    const conv_running_state *state = run->state;
    const conv_problem *problem = run->task->problem;
    const conv_axis *axis = &problem->axis[at->d];
    const conv_running_axis *here = &state->axis[at->d];
    size_t size = problem->elements->size;
    bool gathers = at->d == 0 && !state->in_place;
    for (size_t k = 0; k < count; k++) {
        ptrdiff_t j = axis->start - (ptrdiff_t)(axis->m - 1) + (ptrdiff_t)(first + k);
        ptrdiff_t index = conv_extend_index(axis, j);
        if (index == CONV_ABSENT) {
            rows[k] = run->memory + state->zeros;
            continue;
        }
        if (index == CONV_FILLED && at->d == 0) {
            rows[k] = run->memory + state->fill;
            continue;
        }
        if (index == CONV_FILLED) /* what the passes before made of the constant */
            index = (ptrdiff_t)axis->n;
        rows[k] = at->from + index * at->stride * (ptrdiff_t)size;
        if (gathers) {
            char *to = run->memory + state->gathered + k * here->stride * size;
            gather_row(run, at->d + 1, rows[k], to);
            rows[k] = to;
        }
    }
}

/* sum (+)= rows first..first+count-1 of the axis. */
static void add_rows(const level *at, size_t first, size_t count, const void *tap, char *sum,
                     bool accumulate) {
    const void *rows[CONV_RUNNING_ROWS];
    const conv_running_axis *here = &at->run->state->axis[at->d];
    while (count > 0) {
        size_t some = conv_min(count, CONV_RUNNING_ROWS);
        take_rows(at, first, some, rows);
        at->run->state->slide->running_add(rows, some, tap, sum, accumulate, here->row);
        accumulate = true;
        first += some;
        count -= some;
    }
}

static size_t row_bytes(const level *at) {
    return at->run->state->axis[at->d].stride * at->run->task->problem->elements->size;
}

/* The sum of a stretch's whole block number b. */
static char *block_sum(const level *at, const conv_running_sum *sum, size_t b) {
    return at->run->memory + sum->sums + b % sum->reach * row_bytes(at);
}

static void keep_block(const level *at, const conv_running_sum *sum, size_t b) {
    size_t size = at->run->task->problem->elements->size;
    memcpy(block_sum(at, sum, b), at->run->memory + sum->head,
           at->run->state->axis[at->d].row * size);
}

/* What block p needs of the blocks behind it, where it is the first one. */
static void begin_sum(const level *at, int s, size_t p) {
    const conv_running_axis *here = &at->run->state->axis[at->d];
    const conv_running_sum *sum = &here->sum[s];
    const conv_tap_stretch *stretch = &here->steps.stretch[s];
    size_t block = here->block;
    if (sum->reach == 1)
        return;
    for (size_t b = p + 1; b + 1 < p + sum->reach; b++)
        add_rows(at, stretch->begin + b * block, block, stretch->tap, block_sum(at, sum, b), false);
    add_rows(at, stretch->begin + (p + sum->reach - 1) * block, block - sum->change, stretch->tap,
             at->run->memory + sum->head, false);
}

/* Whole blocks from..to-1 behind what `middle` has; NULL: it has nothing. */
static const char *add_blocks(const level *at, const conv_running_sum *sum, size_t from, size_t to,
                              const char *middle) {
    char *total = at->run->memory + sum->middle;
    const void *rows[CONV_RUNNING_ROWS];
    while (from < to) {
        size_t some = conv_min(to - from, CONV_RUNNING_ROWS);
        for (size_t k = 0; k < some; k++)
            rows[k] = block_sum(at, sum, from + k);
        at->run->state->slide->running_add(rows, some, NULL, total, middle != NULL,
                                           at->run->state->axis[at->d].row);
        middle = total;
        from += some;
    }
    return middle;
}

/* `count` outputs of block p: those that begin in it. */
static void run_sum(const level *at, int s, size_t p, size_t count) {
    const conv_running_run *run = at->run;
    const conv_running_axis *here = &run->state->axis[at->d];
    const conv_running_sum *sum = &here->sum[s];
    const conv_tap_stretch *stretch = &here->steps.stretch[s];
    const void *rows[CONV_RUNNING_ROWS];
    size_t first = stretch->begin + p * here->block, change = conv_min(sum->change, count);
    take_rows(at, first, here->block, rows);
    run->state->slide->running_suffix(rows, here->block, stretch->tap, run->memory + here->ends,
                                      (ptrdiff_t)here->stride, here->row);
    take_rows(at, first + stretch->width - 1, count, rows);
    conv_running_step step = {.lead = rows,
                              .count = change,
                              .head = run->memory + sum->head,
                              .tail = run->memory + here->ends,
                              .tail_stride = (ptrdiff_t)here->stride,
                              .middle = add_blocks(at, sum, p + 1, p + sum->reach - 1, NULL),
                              .y = run->memory + here->to,
                              .y_stride = (ptrdiff_t)here->stride,
                              .accumulate = s > 0};
    if (change)
        run->state->slide->running_advance(&step, stretch->tap, here->row);
    if (count == change)
        return;
    if (sum->reach > 1) {
        keep_block(at, sum, p + sum->reach - 1);
        step.middle =
            add_blocks(at, sum, p + sum->reach - 1, p + sum->reach, (const char *)step.middle);
    }
    step.lead = rows + change;
    step.count = count - change;
    step.fresh = true;
    step.tail = (const char *)step.tail + change * row_bytes(at);
    step.y = (char *)step.y + change * row_bytes(at);
    run->state->slide->running_advance(&step, stretch->tap, here->row);
}

/* The same by the stretch's own few rows. */
static void run_short(const level *at, int s, size_t p, size_t count) {
    const conv_running_axis *here = &at->run->state->axis[at->d];
    const conv_tap_stretch *stretch = &here->steps.stretch[s];
    const void *rows[CONV_RUNNING_ROWS];
    take_rows(at, stretch->begin + p * here->block, count + stretch->width - 1, rows);
    for (size_t k = 0; k < count; k++)
        at->run->state->slide->running_add(rows + k, stretch->width, stretch->tap,
                                           at->run->memory + here->to + k * row_bytes(at), s > 0,
                                           here->row);
}

/* Calls itself for the axes behind. */
static void run_blocks(const level *at, size_t from, size_t to);

/* The axis behind, of the rows that were made for the block's outputs. */
static void run_next(const level *at, size_t p, size_t count) {
    const conv_running_run *run = at->run;
    const conv_problem *problem = run->task->problem;
    const conv_running_state *state = run->state;
    const conv_running_axis *here = &state->axis[at->d];
    const void *rows[CONV_RUNNING_BLOCK];
    char *outputs[CONV_RUNNING_BLOCK];
    size_t wanted = 0, step = problem->axis[at->d].step, size = problem->elements->size;
    for (size_t k = 0; k < count; k++) {
        size_t dense = p * here->block + k;
        if (dense % step)
            continue;
        ptrdiff_t offset = (ptrdiff_t)(dense / step) * problem->axis[at->d].output_stride;
        rows[wanted] = run->memory + here->to + k * row_bytes(at);
        outputs[wanted++] = at->output + offset * (ptrdiff_t)size;
    }
    level next = {.run = run, .d = at->d + 1};
    if (next.d == problem->rank - 1) {
        run_rows(&next, rows, outputs, wanted);
        return;
    }
    const conv_running_axis *behind = &state->axis[next.d];
    next.stride = (ptrdiff_t)behind->row;
    for (size_t k = 0; k < wanted; k++) {
        next.from = rows[k];
        next.output = outputs[k];
        run_blocks(&next, 0, (behind->dense + behind->block - 1) / behind->block);
    }
}

static void run_blocks(const level *at, size_t from, size_t to) {
    const conv_running_axis *here = &at->run->state->axis[at->d];
    for (size_t p = from; p < to; p++) {
        size_t count = conv_min(here->block, here->dense - p * here->block);
        for (int s = 0; s < here->steps.count; s++) {
            bool is_short = conv_running_is_short(here->steps.stretch[s].width);
            if (p == from && !is_short)
                begin_sum(at, s, p);
            if (is_short)
                run_short(at, s, p, count);
            else
                run_sum(at, s, p, count);
        }
        run_next(at, p, count);
    }
}

void conv_running_begin(const conv_running_run *run) {
    const conv_problem *problem = run->task->problem;
    size_t elements = problem->rank > 1 ? run->state->axis[0].row : 1;
    if (problem->rank > 1)
        memset(run->memory + run->state->zeros, 0, elements * problem->elements->size);
    problem->elements->fill(run->memory + run->state->fill, elements, problem->fill);
}

void conv_running_blocks(const conv_running_run *run, size_t first, size_t last) {
    const conv_problem *problem = run->task->problem;
    const conv_running_state *state = run->state;
    level at = {run, 0, run->signal, problem->axis[0].signal_stride, run->output};
    if (problem->rank > 1) {
        run_blocks(&at, first, last);
        return;
    }
    for (size_t c = first; c < last; c++)
        run_chunk(&at, c * state->chunk,
                  conv_min(state->chunk, state->axis[0].dense - c * state->chunk));
}
