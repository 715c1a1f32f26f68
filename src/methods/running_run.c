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
        reach = conv_max(reach, steps->stretch[s].begin + state->axis[at->d].slide->running_reach(
                                                              steps->stretch[s].width, count));
    memset(line + filled * size, 0, (reach - filled) * size);
    size_t first = (begin + axis->step - 1) / axis->step;
    bool in_place = axis->step == 1 && axis->output_stride == 1;
    char *output = at->output + (ptrdiff_t)first * axis->output_stride * (ptrdiff_t)size;
    char *y = in_place ? output : result;
    for (int s = 0; s < steps->count; s++) {
        const conv_tap_stretch *stretch = &steps->stretch[s];
        state->axis[at->d].slide->running_line(line + stretch->begin * size, stretch->width,
                                               stretch->tap, y, count, s > 0,
                                               run->memory + state->scratch);
    }
    size_t skipped = first * axis->step - begin;
    if (!in_place && skipped < count)
        conv_copy_row(output, axis->output_stride, y + skipped * size, (ptrdiff_t)axis->step,
                      (count - skipped + axis->step - 1) / axis->step, size);
}

/* Rows that the passes before have turned over, and where their outputs go; NULL: nowhere. */
static void run_columns(const level *at, char *const *outputs) {
    const conv_running_run *run = at->run;
    const conv_running_state *state = run->state;
    const conv_problem *problem = run->task->problem;
    const conv_axis *axis = &problem->axis[at->d];
    const conv_steps *steps = &state->axis[at->d].steps;
    size_t size = problem->elements->size, dense = state->axis[at->d].dense;
    const void *const *lines = (const void *const *)(void *)(run->memory + state->lines);
    void *rows[CONV_RUNNING_BLOCK];
    for (size_t r = 0; r < state->block; r++) {
        rows[r] = run->memory + state->result + (state->to_place ? 0 : r * dense * size);
        if (state->to_place && outputs[r])
            rows[r] = outputs[r];
    }
    for (int s = 0; s < steps->count; s++) {
        const conv_tap_stretch *stretch = &steps->stretch[s];
        state->axis[at->d].slide->running_columns(lines + stretch->begin, stretch->width,
                                                  stretch->tap, rows, dense, s > 0,
                                                  run->memory + state->scratch);
    }
    for (size_t r = 0; r < state->block && !state->to_place; r++)
        if (outputs[r])
            conv_copy_row(outputs[r], axis->output_stride, rows[r], (ptrdiff_t)axis->step,
                          axis->count, size);
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

/* Rows first..first+count-1 of the extended axis, and behind it what may be there. slot: of the
 * CONV_RUNNING_ROWS that are gathered. */
static void take_rows(const level *at, size_t first, size_t count, const void **rows, size_t slot) {
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
            char *to = run->memory + state->gathered + (slot + k) * here->stride * size;
            gather_row(run, at->d + 1, rows[k], to);
            rows[k] = to;
        }
    }
}

static size_t row_bytes(const level *at) {
    return at->run->state->axis[at->d].stride * at->run->task->problem->elements->size;
}

static char *row_of(const level *at, size_t ring, size_t k) {
    return at->run->memory + ring + k * row_bytes(at);
}

/* sum = rows first..first+count-1 of the axis; count: of a block at most. */
static void add_rows(const level *at, size_t first, size_t count, const void *tap, char *sum) {
    const void *rows[CONV_RUNNING_BLOCK];
    take_rows(at, first, count, rows, 0);
    at->run->state->axis[at->d].slide->running_add(rows, count, tap, sum, false,
                                                   at->run->state->axis[at->d].row);
}

static void add_row(const level *at, const void *row, char *sum, bool accumulate) {
    at->run->state->axis[at->d].slide->running_add(&row, 1, NULL, sum, accumulate,
                                                   at->run->state->axis[at->d].row);
}

/* sum = a block of leads, by halves, as blocks have it. */
static void add_block(const level *at, size_t first, const void *tap, char *sum, char *half) {
    size_t lines = at->run->state->block / 2;
    add_rows(at, first, lines, tap, sum);
    add_rows(at, first + lines, lines, tap, half);
    add_row(at, half, sum, true);
}

/* Each whole block with those behind it, down to number `last`. */
static void add_behind(const level *at, const conv_running_sum *sum, size_t last) {
    for (size_t k = sum->wholes; k-- > last + 1;)
        add_row(at, row_of(at, sum->before, k), row_of(at, sum->before, k - 1), true);
}

/* What block p has of the leads before, where it is the first one: the same bits as if it were not.
 */
static void begin_sum(const level *at, int s, size_t p) {
    const conv_running_state *state = at->run->state;
    const conv_running_sum *sum = &state->axis[at->d].sum[s];
    const conv_tap_stretch *stretch = &state->axis[at->d].steps.stretch[s];
    size_t wholes = sum->wholes, lines = state->block;
    /* Its window's first line behind the block; parts end here and whole blocks begin. */
    size_t first = stretch->begin + (p + 1) * lines;
    for (size_t k = 0; sum->parts && k <= wholes; k++)
        add_rows(at, first + k * lines, sum->parts, stretch->tap,
                 row_of(at, sum->part, (p + k) % (wholes + 1)));
    if (wholes == 0)
        return;
    for (size_t k = 0; k < wholes; k++)
        add_block(at, first + sum->parts + k * lines, stretch->tap,
                  row_of(at, sum->before, (p + k) % wholes), row_of(at, sum->behind, 0));
    size_t now = p % wholes;
    if (now == 0)
        return;
    add_behind(at, sum, now);
    for (size_t k = 0; k < now; k++)
        add_row(at, row_of(at, sum->before, k), row_of(at, sum->behind, 0), k > 0);
}

/* Calls itself for the axes behind. */
static void run_blocks(const level *at, size_t from, size_t to);

/* The axis behind, of the rows that were made for the block's outputs. */
static void run_next(const level *at, size_t p, size_t count) {
    const conv_running_run *run = at->run;
    const conv_problem *problem = run->task->problem;
    const conv_running_state *state = run->state;
    const conv_axis *axis = &problem->axis[at->d];
    char *outputs[CONV_RUNNING_BLOCK] = {NULL};
    for (size_t k = 0; k < count; k++) {
        size_t dense = p * state->block + k;
        ptrdiff_t offset = (ptrdiff_t)(dense / axis->step) * axis->output_stride;
        if (dense % axis->step == 0)
            outputs[k] = at->output + offset * (ptrdiff_t)problem->elements->size;
    }
    level next = {.run = run, .d = at->d + 1};
    if (next.d == problem->rank - 1) {
        run_columns(&next, outputs);
        return;
    }
    const conv_running_axis *behind = &state->axis[next.d];
    next.stride = (ptrdiff_t)behind->row;
    for (size_t k = 0; k < count; k++) {
        next.from = row_of(at, state->axis[at->d].to, k);
        next.output = outputs[k];
        if (outputs[k])
            run_blocks(&next, 0, (behind->dense + state->block - 1) / state->block);
    }
}

/* Block p's outputs, to rows or, before the last axis, to columns. */
static void run_sum(const level *at, int s, size_t p) {
    const conv_running_state *state = at->run->state;
    const conv_running_axis *here = &state->axis[at->d];
    const conv_running_sum *sum = &here->sum[s];
    const conv_tap_stretch *stretch = &here->steps.stretch[s];
    const void *tail[CONV_RUNNING_ROWS], *lead[CONV_RUNNING_BLOCK];
    size_t first = stretch->begin + p * state->block, width = stretch->width;
    conv_running_block block = {
        .width = width, .c = stretch->tap, .accumulate = s > 0, .tail = tail, .lead = lead};
    if (width <= state->block) {
        take_rows(at, first, state->block + width - 1, tail, 0);
    } else {
        take_rows(at, first, state->block, tail, 0);
        take_rows(at, first + width - 1, state->block, lead, state->block);
    }
    if (sum->parts)
        block.part = row_of(at, sum->part, p % (1 + sum->wholes));
    if (sum->wholes) {
        size_t now = p % sum->wholes;
        block.begins = now == 0;
        if (block.begins)
            add_behind(at, sum, 0);
        block.before = row_of(at, sum->before, now);
        block.behind = row_of(at, sum->behind, 0);
    }
    if (state->copies && at->d == 0)
        block.copy = at->run->memory + state->copy;
    if (at->d + 2 == at->run->task->problem->rank)
        state->axis[at->d].slide->running_turned(&block, at->run->memory + state->line, here->row);
    else
        state->axis[at->d].slide->running_rows(&block, at->run->memory + here->to,
                                               (ptrdiff_t)here->stride, here->row);
}

static void run_blocks(const level *at, size_t from, size_t to) {
    const conv_running_state *state = at->run->state;
    const conv_running_axis *here = &state->axis[at->d];
    for (size_t p = from; p < to; p++) {
        for (int s = 0; s < here->steps.count; s++) {
            if (p == from)
                begin_sum(at, s, p);
            run_sum(at, s, p);
        }
        run_next(at, p, conv_min(state->block, here->dense - p * state->block));
    }
}

/* The turned columns of the extended last axis; behind its end there are none. */
static void begin_columns(const conv_running_run *run) {
    const conv_running_state *state = run->state;
    const conv_problem *problem = run->task->problem;
    const conv_running_axis *last = &state->axis[problem->rank - 1];
    size_t column = state->block * problem->elements->size;
    size_t length = last->dense + problem->axis[problem->rank - 1].m - 1;
    const char *columns = run->memory + state->line, *none = columns + state->columns * column;
    const void **lines = (const void **)(void *)(run->memory + state->lines);
    memset(run->memory + state->line + state->columns * column, 0, column);
    for (size_t i = 0; i < length + state->block; i++)
        lines[i] = i < length ? columns + state->place[i] * column : none;
}

void conv_running_begin(const conv_running_run *run) {
    const conv_problem *problem = run->task->problem;
    size_t elements = problem->rank > 1 ? run->state->axis[0].row : 1;
    if (problem->rank > 1)
        memset(run->memory + run->state->zeros, 0, elements * problem->elements->size);
    if (problem->rank > 1)
        begin_columns(run);
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
