/* Passes of smooth taps under a tolerance: samples are gathered on a coarse grid by splines, go
 * through few taps there, and are spread by splines again, all in double. The time of an output
 * does not grow with the taps. What is off by the fit is summed up over all taps and is in the
 * bound. */
#include "methods/coarse.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/dtype.h"
#include "base/layout.h"
#include "base/status.h"
#include "cost/fitted.h"
#include "methods/rounding.h"

/* Shorter kernels gain nothing. */
#define FEWEST_TAPS 16
/* Taps in double, at a time. */
#define WIDENED 64

static const char *reject_problem(const conv_task *task, const conv_factors *factors) {
    const conv_problem *problem = task->problem;
    const conv_tolerance *tolerance = &task->wishes->tolerance;
    if (tolerance->kind != CONV_TOLERANCE_MAXNORM || tolerance->value <= 0)
        return "no tolerance of the largest output";
    if (factors->terms > 1)
        return "several outer products";
    if (problem->rank > 2)
        return "more than two axes";
    if (conv_dtype_is_complex(problem->dtype))
        return "complex data";
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        if (axis->ends)
            return "the rule weighs the signal's ends";
        if (axis->step != 1)
            return "a lattice with a step";
        if (axis->extension == CONV_EXTEND_CONSTANT)
            return "a constant outside";
        if (axis->m < FEWEST_TAPS)
            return "few taps";
    }
    return NULL;
}

/* ---- the fit ---- */

static void measure(const double *line, size_t m, double *sum, double *norm) {
    *sum = *norm = 0;
    for (size_t i = 0; i < m; i++) {
        *sum += fabs(line[i]);
        *norm += line[i] * line[i];
    }
    *norm = sqrt(*norm);
}

static double *widen(const conv_problem *problem, const void *taps, size_t m) {
    double *line = conv_allocate(m * sizeof *line);
    for (size_t i = 0; line && i < m; i++) {
        long double tap[2] = {0, 0};
        problem->elements->add_tap(tap, (const char *)taps + i * problem->elements->tap_size);
        line[i] = (double)tap[0];
    }
    return line;
}

/* Dearer by this and no more, a fit is taken that keeps the tolerance for white noise, too. */
#define NOISE_WORK 1.5

/* An axis' share of the tolerance: enough where outputs are at least an eighth of the largest
 * sample times the sum of the taps. The outputs of white noise are about the samples times the norm
 * of the taps, which is less: half of the tolerance is to be kept there, too, if that is cheap.
 * Taps are rounded, so that below a part of their unit there are no fits. */
static bool fit_axis(const double *line, size_t m, double tolerance, conv_coarse_fit *fit,
                     bool *no_memory) {
    double sum, norm;
    conv_coarse_fit close;
    measure(line, m, &sum, &norm);
    *no_memory = false;
    if (!(sum > 0) || !conv_coarse_fit_find(fit, line, m, tolerance * sum / 16, no_memory))
        return false;
    bool found = conv_coarse_fit_find(&close, line, m, tolerance * norm / 4, no_memory);
    bool is_cheap = found && conv_coarse_fit_work(&close) <= NOISE_WORK * conv_coarse_fit_work(fit);
    conv_coarse_fit unused = is_cheap ? *fit : close;
    if (is_cheap)
        *fit = close;
    conv_coarse_fit_end(&unused);
    return !*no_memory;
}

/* Both axes' fits into axis[2 - rank..1]; NULL: found, or why there are none. */
static const char *fit_all(const conv_task *task, const conv_factors *factors,
                           conv_coarse_axis *axis, bool *no_memory) {
    const conv_problem *problem = task->problem;
    double work = 0, taps = 0;
    axis[0].fit.spline = axis[1].fit.spline = NULL;
    *no_memory = false;
    for (int d = 0; d < problem->rank; d++) {
        conv_coarse_fit *fit = &axis[2 - problem->rank + d].fit;
        size_t m = problem->axis[d].m;
        double *line = widen(problem, factors->factor[0][d], m);
        bool found = line && fit_axis(line, m, task->wishes->tolerance.value, fit, no_memory);
        *no_memory = *no_memory || !line;
        conv_free(line);
        if (!found)
            return "no coarse grid keeps the tolerance";
        work += conv_coarse_fit_work(fit);
        taps += (double)m;
    }
    return work < taps ? NULL : "taps as few as those of a coarse grid";
}

static void end_fits(conv_coarse_axis *axis) {
    conv_coarse_fit_end(&axis[0].fit);
    conv_coarse_fit_end(&axis[1].fit);
}

/* sum |h - lines' product|: of the factors' own rounding. */
static double factors_error(const conv_task *task, const double *down, const double *along) {
    const conv_problem *problem = task->problem;
    size_t cols = problem->axis[1].m;
    double error = 0, row[WIDENED][2];
    for (size_t i = 0; i < problem->taps;) {
        size_t col = i % cols, some = conv_min(WIDENED, cols - col);
        const char *taps = (const char *)task->taps + i * problem->elements->tap_size;
        problem->elements->widen_taps(row, taps, some);
        for (size_t k = 0; k < some; k++)
            error += fabs(row[k][0] - down[i / cols] * along[col + k]);
        i += some;
    }
    return error;
}

/* What the computed sums are off: of axes e0 |h1| + (|h0| + e0) e1, and the factors' error. An
 * axis' sums round once a product, and so did the sum that is its error; two units are counted for
 * one. */
static bool measure_error(const conv_task *task, conv_coarse_state *state) {
    const conv_problem *problem = task->problem;
    double sum[2] = {1, 1}, norm, *line[2] = {NULL, NULL}, error[2];
    int first = 2 - problem->rank;
    for (int d = first; d < 2; d++) {
        size_t m = problem->axis[d - first].m;
        line[d] = widen(problem, state->factors->factor[0][d - first], m);
        if (line[d])
            measure(line[d], m, &sum[d], &norm);
        const conv_coarse_fit *fit = &state->axis[d].fit;
        double roundings = (double)(fit->order * (fit->spacing + 1) + fit->count + m + 4);
        error[d] = fit->error + roundings * DBL_EPSILON * fmax(fit->gain, sum[d]);
    }
    bool done = line[1] && (first || line[0]);
    if (done)
        state->error = first ? error[1]
                             : error[0] * sum[1] + (sum[0] + error[0]) * error[1] +
                                   factors_error(task, line[0], line[1]) * (1 + 4 * DBL_EPSILON);
    conv_free(line[0]);
    conv_free(line[1]);
    return done;
}

/* ---- sizes and tables ---- */

static void size_axis(const conv_axis *axis, conv_coarse_axis *coarse) {
    const conv_coarse_fit *fit = &coarse->fit;
    coarse->out_cells = (axis->count + fit->spacing - 1) / fit->spacing;
    coarse->inner = coarse->out_cells + fit->order - 1;
    coarse->outer = coarse->inner + fit->count - 1;
    coarse->cells = coarse->outer + fit->order - 1;
}

static bool lay_out(const conv_problem *problem, conv_coarse_state *state) {
    conv_layout memory = {0, true};
    bool is_plane = problem->rank == 2;
    const conv_axis *along = &problem->axis[problem->rank - 1];
    const conv_coarse_axis *last = &state->axis[1], *down = &state->axis[0];
    size_t size = problem->elements->size, number = sizeof(double);
    size_t grid, grid_out;
    for (int d = 0; d < problem->rank; d++)
        size_axis(&problem->axis[d], &state->axis[2 - problem->rank + d]);
    size_t rows = is_plane ? down->outer : 1, out_rows = is_plane ? down->inner : 0;
    if (!conv_multiply(rows, last->inner, &grid) ||
        !conv_multiply(out_rows, last->inner, &grid_out))
        return false;
    state->line_stride = (last->fit.spacing + 7) / 8 * 8;
    state->rows = conv_layout_place(&memory, (CONV_COARSE_ROWS + 1) * along->n, size);
    state->sums = conv_layout_place(&memory, along->n, number * (is_plane ? down->fit.order : 1));
    state->line = conv_layout_place(&memory, last->cells * last->fit.spacing, number);
    state->pieces_sums = conv_layout_place(&memory, last->cells + last->fit.order, number);
    state->grid = conv_layout_place(&memory, grid, number);
    state->grid_out = conv_layout_place(&memory, grid_out, number);
    state->wide = conv_layout_place(&memory, state->line_stride + along->count,
                                    number * (is_plane ? down->fit.order : 1));
    state->result = conv_layout_place(&memory, along->count, CONV_COARSE_ROWS * size);
    state->exact_row = conv_layout_place(&memory, along->n, size);
    state->exact_line = conv_layout_place(&memory, along->count + along->m - 1, size);
    state->total = memory.used;
    return memory.fits;
}

static bool make_tables(const conv_problem *problem, conv_coarse_state *state) {
    const conv_coarse_fit *down = &state->axis[0].fit, *along = &state->axis[1].fit;
    size_t groups = (down->spacing + CONV_COARSE_ROWS - 1) / CONV_COARSE_ROWS;
    state->pieces = conv_allocate(along->spacing * sizeof *state->pieces);
    state->line_weight = conv_allocate(along->order * state->line_stride * sizeof(double));
    if (!state->pieces || !state->line_weight)
        return false;
    memset(state->pieces, 0, along->spacing * sizeof *state->pieces);
    memset(state->line_weight, 0, along->order * state->line_stride * sizeof(double));
    for (size_t i = 0; i < along->order * along->spacing; i++) {
        size_t k = i / along->spacing, t = i % along->spacing;
        state->pieces[t][k] = along->spline[i];
        state->line_weight[k * state->line_stride + t] = along->spline[i];
    }
    if (problem->rank == 1)
        return true;
    state->reduce = conv_allocate(2 * groups * down->order * sizeof *state->reduce);
    if (!state->reduce)
        return false;
    memset(state->reduce, 0, 2 * groups * down->order * sizeof *state->reduce);
    state->expand = state->reduce + groups * down->order;
    for (size_t i = 0; i < down->order * down->spacing; i++) {
        size_t k = i / down->spacing, t = i % down->spacing;
        size_t at = t / CONV_COARSE_ROWS * down->order + k;
        state->reduce[at][t % CONV_COARSE_ROWS] = down->spline[i];
        state->expand[at][t % CONV_COARSE_ROWS] = down->spline[i];
    }
    return true;
}

/* ---- the way's members ---- */

static const char *reject(const conv_task *task, const conv_factors *factors) {
    conv_coarse_state state;
    bool no_memory;
    const char *reason = reject_problem(task, factors);
    if (reason)
        return reason;
    reason = fit_all(task, factors, state.axis, &no_memory);
    if (no_memory) /* which is no property of the kernel: prepare says it */
        reason = NULL;
    else if (!reason &&
             (!lay_out(task->problem, &state) || state.total > conv_wishes_room(task->wishes)))
        reason = "a grid that does not fit the workspace";
    end_fits(state.axis);
    return reason;
}

/* Products of an output, of which those of samples are also those of the extension's. */
static double work_of(const conv_axis *axis, const conv_coarse_fit *fit) {
    double outside = (double)(axis->m - 1) / (double)axis->count;
    return conv_coarse_fit_work(fit) + (double)fit->order * outside;
}

static double seconds(const conv_task *task, const conv_factors *factors) {
    static const double level[CONV_LEVELS] = {CONV_COST_COARSE_BASELINE, CONV_COST_COARSE_V3, 1};
    const conv_problem *problem = task->problem;
    conv_coarse_axis axis[2];
    bool no_memory;
    double each = INFINITY, lines = 1;
    if (!fit_all(task, factors, axis, &no_memory)) {
        each = 0;
        if (problem->rank == 2) {
            each = CONV_COST_COARSE_PRODUCT * work_of(&problem->axis[0], &axis[0].fit);
            lines = 1 / (double)axis[0].fit.spacing;
        }
        each += lines * CONV_COST_COARSE_LINE *
                work_of(&problem->axis[problem->rank - 1], &axis[1].fit);
    }
    end_fits(axis);
    return 1e-9 *
           (CONV_COST_COARSE_CALL + level[task->wishes->level] * (each + CONV_COST_COARSE_OUTPUT) *
                                        (double)problem->outputs);
}

static void release(void *made) {
    conv_coarse_state *state = made;
    if (!state)
        return;
    end_fits(state->axis);
    conv_axis_runs_end(&state->runs);
    conv_free(state->reduce);
    conv_free(state->pieces);
    conv_free(state->line_weight);
    conv_free(state);
}

static conv_status prepare(const conv_task *task, const conv_factors *factors, void **made) {
    const conv_problem *problem = task->problem;
    const conv_axis *last = &problem->axis[problem->rank - 1];
    conv_coarse_state *state = conv_allocate(sizeof *state);
    bool no_memory;
    *made = NULL;
    if (!state)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    *state = (conv_coarse_state){
        .factors = factors,
        .loops = conv_coarse_table(conv_dtype_is_double(problem->dtype), task->wishes->level),
        .coarse = conv_slide_table(CONV_LEAF_F64, task->wishes->level),
        .exact = conv_slide_table(problem->leaf, task->wishes->level)};
    if (fit_all(task, factors, state->axis, &no_memory) || !lay_out(problem, state) ||
        !make_tables(problem, state) || !measure_error(task, state) ||
        !conv_axis_runs_find(&state->runs, last, last->start - (ptrdiff_t)(last->m - 1),
                             last->count + last->m - 1)) {
        release(state);
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    }
    *made = state;
    return CONV_OK;
}

static size_t workspace(const conv_task *task, const void *state, int threads) {
    (void)task, (void)threads;
    return ((const conv_coarse_state *)state)->total;
}

static void execute(const conv_task *task, const void *state, const void *signal, void *output,
                    void *workspace, int threads) {
    conv_coarse_run run = {task, state, signal, output, workspace, 0, 0};
    (void)threads;
    conv_coarse_run_all(&run);
    if (!isfinite(run.outputs))
        conv_coarse_run_exact(&run);
}

/* The outputs are rounded once, from double. */
static conv_error error_of(const conv_task *task, const conv_coarse_state *state, double largest) {
    if (largest == 0)
        return (conv_error){0, 0};
    return (conv_error){state->error * largest + conv_step(task->problem->dtype),
                        conv_unit(task->problem->dtype)};
}

static conv_measured execute_measured(const conv_task *task, const void *state, const void *signal,
                                      void *output, void *workspace, conv_error *known,
                                      conv_magnitudes *outputs) {
    conv_coarse_run run = {task, state, signal, output, workspace, 0, 0};
    conv_coarse_run_all(&run);
    *outputs = (conv_magnitudes){.largest = run.outputs, .finite = true};
    *known = error_of(task, state, run.samples);
    if (isfinite(run.outputs))
        return CONV_MEASURED;
    conv_coarse_run_exact(&run);
    return CONV_RUN;
}

static conv_error error(const conv_task *task, const void *made, const void *signal,
                        void *workspace, bool proved) {
    (void)workspace, (void)proved;
    const conv_problem *problem = task->problem;
    size_t extent[2] = {0};
    ptrdiff_t stride[2] = {0};
    conv_magnitudes samples;
    for (int d = 0; d < problem->rank; d++) {
        extent[d] = problem->axis[d].n;
        stride[d] = problem->axis[d].signal_stride;
    }
    conv_measure_largest(problem->elements, problem->rank, extent, stride, signal, &samples);
    return error_of(task, made, samples.largest);
}

static int describe(const conv_task *task, const void *made, char *text, size_t size) {
    const conv_coarse_state *state = made;
    (void)task;
    return snprintf(text, size,
                    " with a grid of every %zu samples, taps off by %.2g in sum, in f64",
                    state->axis[1].fit.spacing, state->error);
}

const conv_passes conv_coarse_passes = {
    .reject = reject,
    .seconds = seconds,
    .prepare = prepare,
    .release = release,
    .workspace = workspace,
    .execute = execute,
    .execute_measured = execute_measured,
    .error = error,
    .describe = describe,
};
