#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "methods/coarse.h"
#include "problem/extend.h"

/* Columns at a time: their sums of all coarse rows stay in the first-level cache while a cell's
 * rows pass. */
#define CHUNK 256

static const conv_axis *last_axis(const conv_coarse_run *run) {
    return &run->task->problem->axis[run->task->problem->rank - 1];
}

static double *numbers(const conv_coarse_run *run, size_t at) {
    return (double *)(void *)(run->memory + at);
}

/* ---- the last axis ---- */

/* A line of samples in double, extended, to coarse samples after the taps. */
static void reduce_last(const conv_coarse_run *run, const double *samples, double *to) {
    const conv_coarse_state *state = run->state;
    const conv_coarse_axis *along = &state->axis[1];
    const conv_coarse_fit *fit = &along->fit;
    double *line = numbers(run, state->line), *sums = numbers(run, state->pieces_sums);
    size_t length = along->cells * fit->spacing, before = fit->before;
    const conv_axis *axis = last_axis(run);
    size_t extended = conv_min(axis->count + axis->m - 1, length - before);
    static const double none = 0;
    memset(line, 0, before * sizeof *line);
    conv_axis_runs_copy(&state->runs, 0, extended, (const char *)samples, 1, (const char *)&none,
                        (char *)(line + before), sizeof *line);
    memset(line + before + extended, 0, (length - before - extended) * sizeof *line);
    memset(sums, 0, (along->cells + fit->order - 1) * sizeof *sums);
    state->loops->reduce_line(line, along->cells, fit->spacing,
                              (const conv_coarse_pieces *)state->pieces, fit->order, sums);
    state->coarse->slide(sums + fit->order - 1, fit->taps, fit->count, to, along->inner, false);
}

static void expand_last(const conv_coarse_run *run, const double *from, double *to) {
    const conv_coarse_state *state = run->state;
    const conv_coarse_fit *fit = &state->axis[1].fit;
    state->loops->expand_line(from, state->axis[1].out_cells, fit->spacing, state->line_weight,
                              state->line_stride, fit->order, to);
}

/* ---- the first of two axes ---- */

/* Rows of the extended signal, as their samples lie in it; absent ones, and those behind `count`,
 * are one of zeros. */
static void take_rows(const conv_coarse_run *run, size_t first, size_t count, const void **rows) {
    const conv_problem *problem = run->task->problem;
    const conv_axis *down = &problem->axis[0], *along = &problem->axis[1];
    size_t size = problem->elements->size;
    for (size_t k = 0; k < CONV_COARSE_ROWS; k++) {
        ptrdiff_t j = down->start - (ptrdiff_t)(down->m - 1) + (ptrdiff_t)(first + k);
        ptrdiff_t index = k < count ? conv_extend_index(down, j) : CONV_ABSENT;
        char *to = run->memory + run->state->rows + (k + 1) * along->n * size;
        rows[k] = run->memory + run->state->rows;
        if (index < 0)
            continue;
        const char *from = run->signal + index * down->signal_stride * (ptrdiff_t)size;
        rows[k] = along->signal_stride == 1 ? from : to;
        if (along->signal_stride != 1)
            conv_copy_row(to, 1, from, along->signal_stride, along->n, size);
    }
}

/* Bytes from these rows of the extended signal to those of the next group, which memory may be slow
 * to bring: rows of a signal are apart, and their pieces short. */
static ptrdiff_t ahead_of(const conv_coarse_run *run, size_t at) {
    const conv_axis *down = &run->task->problem->axis[0];
    ptrdiff_t j =
        down->start - (ptrdiff_t)(down->m - 1) + (ptrdiff_t)(at - run->state->axis[0].fit.before);
    ptrdiff_t here = conv_extend_index(down, j);
    ptrdiff_t next = conv_extend_index(down, j + CONV_COARSE_ROWS);
    ptrdiff_t size = (ptrdiff_t)run->task->problem->elements->size;
    return here < 0 || next < 0 ? 0 : (next - here) * down->signal_stride * size;
}

/* Columns col..col+count-1 of the sums of cell c's rows; the ring has the sums of `order` coarse
 * rows, row J at J % order. */
static void reduce_columns(conv_coarse_run *run, size_t c, size_t col, size_t count) {
    const conv_coarse_state *state = run->state;
    const conv_coarse_fit *fit = &state->axis[0].fit;
    const conv_axis *down = &run->task->problem->axis[0];
    size_t cols = run->task->problem->axis[1].n, groups = 0;
    size_t size = run->task->problem->elements->size;
    size_t end = fit->before + down->count + down->m - 1;
    double *sums[CONV_COARSE_ORDER], *ring = numbers(run, state->sums);
    const void *rows[CONV_COARSE_ROWS];
    for (size_t k = 0; k < fit->order; k++)
        sums[k] = ring + (c + fit->order - k) % fit->order * cols + col;
    for (size_t t = 0; t < fit->spacing; t += CONV_COARSE_ROWS, groups++) {
        size_t at = c * fit->spacing + t, some = conv_min(CONV_COARSE_ROWS, fit->spacing - t);
        if (at + some <= fit->before || at >= end)
            continue;
        /* Cells begin where rows do but for the first ones: those before are left out one by one.
         */
        size_t skip = at < fit->before ? fit->before - at : 0;
        conv_coarse_row weight[CONV_COARSE_ORDER];
        memcpy(weight, state->reduce + groups * fit->order, fit->order * sizeof *weight);
        for (size_t k = 0; k < fit->order && skip; k++)
            for (size_t r = 0; r < CONV_COARSE_ROWS; r++)
                weight[k][r] = r + skip < some ? weight[k][r + skip] : 0;
        take_rows(run, at + skip - fit->before, conv_min(some - skip, end - at - skip), rows);
        for (size_t r = 0; r < CONV_COARSE_ROWS; r++)
            rows[r] = (const char *)rows[r] + col * size;
        double largest =
            state->loops->reduce_rows(rows, some <= CONV_COARSE_ROWS / 2, ahead_of(run, at + skip),
                                      (const conv_coarse_row *)weight, sums, fit->order, count);
        run->samples = fmax(run->samples, largest);
    }
}

/* Rows that are gathered, are so as a whole. */
static void reduce_cell(conv_coarse_run *run, size_t c) {
    const conv_axis *along = &run->task->problem->axis[1];
    size_t most = along->signal_stride == 1 ? CHUNK : along->n;
    for (size_t col = 0; col < along->n; col += most)
        reduce_columns(run, c, col, conv_min(most, along->n - col));
}

/* Coarse samples of both axes, after the last one's taps. */
static void reduce_all(conv_coarse_run *run) {
    const conv_coarse_state *state = run->state;
    const conv_coarse_axis *down = &state->axis[0];
    size_t order = down->fit.order, cols = run->task->problem->axis[1].n;
    double *ring = numbers(run, state->sums);
    memset(ring, 0, order * cols * sizeof *ring);
    memset(run->memory + state->rows, 0, cols * run->task->problem->elements->size);
    for (size_t c = 0; c < down->cells; c++) {
        double *done = ring + (c + 1) % order * cols;
        reduce_cell(run, c);
        if (c + 1 >= order && c + 1 - order < down->outer)
            reduce_last(run, done,
                        numbers(run, state->grid) + (c + 1 - order) * state->axis[1].inner);
        memset(done, 0, cols * sizeof *done);
    }
}

/* Columns col..col+cols-1 of the rows of outputs of cell p, from `order` rows spread along the last
 * axis. */
static void expand_columns(conv_coarse_run *run, size_t p, size_t col, size_t cols) {
    const conv_coarse_state *state = run->state;
    const conv_problem *problem = run->task->problem;
    const conv_coarse_fit *fit = &state->axis[0].fit;
    const conv_axis *down = &problem->axis[0], *along = &problem->axis[1];
    size_t size = problem->elements->size, stride = state->line_stride + along->count;
    const double *from[CONV_COARSE_ORDER];
    for (size_t k = 0; k < fit->order; k++)
        from[k] = numbers(run, state->wide) + (p + fit->order - 1 - k) % fit->order * stride + col;
    ptrdiff_t apart = down->output_stride * (ptrdiff_t)size;
    char *output = run->output + (ptrdiff_t)col * along->output_stride * (ptrdiff_t)size;
    for (size_t t = 0, group = 0; t < fit->spacing; t += CONV_COARSE_ROWS, group++) {
        size_t first = p * fit->spacing + t;
        if (first >= down->count)
            break;
        size_t count = conv_min(conv_min(CONV_COARSE_ROWS, fit->spacing - t), down->count - first);
        void *rows[CONV_COARSE_ROWS] = {0};
        for (size_t r = 0; r < count; r++)
            rows[r] = along->output_stride == 1 ? output + (ptrdiff_t)(first + r) * apart
                                                : run->memory + state->result + r * cols * size;
        double largest = state->loops->expand_rows(
            from, (const conv_coarse_row *)state->expand + group * fit->order, fit->order, rows,
            count, cols);
        run->outputs = fmax(run->outputs, largest);
        for (size_t r = 0; r < count && along->output_stride != 1; r++)
            conv_copy_row(output + (ptrdiff_t)(first + r) * apart, along->output_stride, rows[r], 1,
                          cols, size);
    }
}

static void expand_cell(conv_coarse_run *run, size_t p) {
    size_t cols = run->task->problem->axis[1].count;
    for (size_t col = 0; col < cols; col += CHUNK)
        expand_columns(run, p, col, conv_min(CHUNK, cols - col));
}

static void run_plane(conv_coarse_run *run) {
    const conv_coarse_state *state = run->state;
    const conv_coarse_axis *down = &state->axis[0];
    size_t cols = state->axis[1].inner, order = down->fit.order;
    size_t stride = state->line_stride + run->task->problem->axis[1].count;
    double *grid = numbers(run, state->grid_out);
    reduce_all(run);
    state->coarse->slide_columns(numbers(run, state->grid), (ptrdiff_t)cols, down->fit.taps,
                                 down->fit.count, grid, (ptrdiff_t)cols, down->inner, cols, false);
    for (size_t i = 0; i < down->inner; i++) {
        expand_last(run, grid + i * cols, numbers(run, state->wide) + i % order * stride);
        if (i + 1 >= order)
            expand_cell(run, i + 1 - order);
    }
}

/* ---- one axis ---- */

/* Between the signal's precision and double, by the loops of rows. */
static const conv_coarse_row only_first = {1};

static void run_line(conv_coarse_run *run) {
    const conv_coarse_state *state = run->state;
    const conv_problem *problem = run->task->problem;
    const conv_axis *axis = &problem->axis[0];
    char *row = run->memory + state->rows, *result = run->memory + state->result;
    double *samples = numbers(run, state->sums), *wide = numbers(run, state->wide);
    double *grid = numbers(run, state->grid);
    const void *rows[CONV_COARSE_ROWS] = {row, row, row, row, row, row, row, row};
    const double *from[1] = {wide};
    bool in_place = axis->output_stride == 1;
    void *to[CONV_COARSE_ROWS] = {in_place ? run->output : result};
    conv_copy_row(row, 1, run->signal, axis->signal_stride, axis->n, problem->elements->size);
    memset(samples, 0, axis->n * sizeof *samples);
    /* The other rows have the weight 0, which makes the line's own NaN and Inf no other. */
    run->samples = state->loops->reduce_rows(rows, true, 0, &only_first, &samples, 1, axis->n);
    reduce_last(run, samples, grid);
    expand_last(run, grid, wide);
    run->outputs = state->loops->expand_rows(from, &only_first, 1, to, 1, axis->count);
    if (!in_place)
        conv_copy_row(run->output, axis->output_stride, result, 1, axis->count,
                      problem->elements->size);
}

void conv_coarse_run_all(conv_coarse_run *run) {
    if (run->task->problem->rank == 1)
        run_line(run);
    else
        run_plane(run);
}

/* ---- exactly ---- */

static void exact_last(const conv_coarse_run *run, const char *row, ptrdiff_t stride,
                       char *output) {
    const conv_coarse_state *state = run->state;
    const conv_problem *problem = run->task->problem;
    const conv_axis *axis = last_axis(run);
    size_t size = problem->elements->size;
    char *line = run->memory + state->exact_line, *result = run->memory + state->result;
    static const double none = 0;
    conv_axis_runs_copy(&state->runs, 0, axis->count + axis->m - 1, row, stride,
                        (const char *)&none, line, size);
    bool in_place = axis->output_stride == 1;
    state->exact->slide(line, state->factors->factor[0][problem->rank - 1], axis->m,
                        in_place ? output : result, axis->count, false);
    if (!in_place)
        conv_copy_row(output, axis->output_stride, result, 1, axis->count, size);
}

void conv_coarse_run_exact(const conv_coarse_run *run) {
    const conv_coarse_state *state = run->state;
    const conv_problem *problem = run->task->problem;
    const conv_axis *down = &problem->axis[0];
    size_t size = problem->elements->size, cols = last_axis(run)->n;
    char *sum = run->memory + state->exact_row;
    if (problem->rank == 1) {
        exact_last(run, run->signal, down->signal_stride, run->output);
        return;
    }
    for (size_t i = 0; i < down->count; i++) {
        const void *rows[CONV_COARSE_ROWS];
        memset(sum, 0, cols * size);
        for (size_t q = 0; q < down->m; q++) {
            ptrdiff_t j = down->start - (ptrdiff_t)(down->m - 1) + (ptrdiff_t)(i + q);
            if (conv_extend_index(down, j) == CONV_ABSENT)
                continue;
            take_rows(run, i + q, 1, rows);
            const char *taps = state->factors->factor[0][0];
            state->exact->running_add(rows, 1, taps + q * problem->elements->tap_size, sum, true,
                                      cols);
        }
        exact_last(run, sum, 1, run->output + (ptrdiff_t)i * down->output_stride * (ptrdiff_t)size);
    }
}
