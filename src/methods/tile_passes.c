/* The passes of outer products, or of sums of two or three, by loops over taps: tile by tile, so
 * that what lies between the passes stays in the second-level cache. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "kernels/kernels.h"
#include "cost/costs.h"
#include "cost/fitted.h"
#include "methods/nonfinite_scan.h"
#include "methods/passes.h"
#include "problem/extend.h"
#include "problem/regions.h"

/* One array between two passes; two of them and a gathered tile share a core's cache. */
#define TILE_BYTES ((size_t)192 << 10)

typedef struct {
    const conv_slide_kernels *slide;
    const conv_factors *factors;
    conv_interior interior;
    size_t tile[CONV_MAX_RANK];       /* outputs */
    size_t tile_bytes;                /* of a gathered tile, and so of anything between passes */
    size_t result_bytes, marks_bytes; /* the latter of the former, at the end */
} tile_passes;

typedef struct {
    const conv_task *task;
    const tile_passes *state;
    const char *signal;
    char *output;
    char *gathered, *between[2], *result;
} tile_run;

/* An array on its way through the passes. */
typedef struct {
    const char *data;
    ptrdiff_t stride[CONV_MAX_RANK];
    size_t extent[CONV_MAX_RANK];
} pass_view;

static size_t halo_bytes(const conv_problem *problem, const size_t *tile) {
    size_t bytes = problem->elements->size;
    for (int d = 0; d < problem->rank; d++)
        if (!conv_multiply(bytes, tile[d] + problem->axis[d].m - 1, &bytes))
            return SIZE_MAX;
    return bytes;
}

/* Wide along the rows; on the other axes no narrower than the halo, if it fits. */
static void choose_tile(const conv_task *task, size_t *tile) {
    const conv_problem *problem = task->problem;
    int last = problem->rank - 1;
    for (int d = 0; d < last; d++)
        tile[d] = conv_min(problem->axis[d].count, conv_max(2 * problem->axis[d].m, 32));
    tile[last] = conv_min(problem->axis[last].count, 2048);
    /* Four tiles at most, and marks of less than one; a cache line of rounding for each. */
    size_t limit = conv_min(TILE_BYTES, conv_wishes_room(task->wishes) / 5);
    limit -= conv_min(limit, 2 * CONV_ALIGNMENT);
    while (halo_bytes(problem, tile) > limit) {
        int widest = last;
        double ratio = (double)tile[last] / (double)(problem->axis[last].m + 255);
        for (int d = 0; d < last; d++) {
            double other = (double)tile[d] / (double)(problem->axis[d].m + 7);
            if (other > ratio) {
                ratio = other;
                widest = d;
            }
        }
        if (tile[widest] == 1)
            break;
        tile[widest] = (tile[widest] + 1) / 2;
    }
}

static const char *reject(const conv_task *task, const conv_factors *factors) {
    const conv_problem *problem = task->problem;
    (void)factors;
    if (problem->rank == 1)
        return "one axis, along which the taps are no few steps";
    if (problem->rank > 2 && conv_dtype_is_complex(problem->kernel_dtype))
        return "a complex kernel of more than two axes";
    for (int d = 0; d < problem->rank; d++)
        if (problem->axis[d].step != 1)
            return "a lattice with a step";
    size_t tile[CONV_MAX_RANK];
    choose_tile(task, tile);
    if (halo_bytes(problem, tile) > 4 * TILE_BYTES)
        return "a tile of one output and its halo does not fit the cache";
    return NULL;
}

static double seconds(const conv_task *task, const conv_factors *factors) {
    const conv_problem *problem = task->problem;
    int last = problem->rank - 1;
    double each = conv_cost_slide(task, (double)problem->axis[last].m), halo = 1;
    size_t tile[CONV_MAX_RANK];
    choose_tile(task, tile);
    for (int d = 0; d < last; d++) {
        double m = (double)problem->axis[d].m;
        each += conv_cost_slide_columns(task, m);
        if (d > 0) /* passes before the axis' own also run over its halo */
            halo *= ((double)tile[d] + m - 1) / (double)tile[d];
    }
    each *= factors->terms * halo;
    double cols = (double)problem->axis[last].count, rows = (double)problem->outputs / cols;
    double begins = problem->axis[last].m > 1 ? CONV_COST_PASS_ROW : CONV_COST_PASS_ROW_ALONE;
    double row = begins + CONV_COST_PASS_TAP * (double)problem->axis[last].m +
                 CONV_COST_PASS_BYTE * cols * (double)problem->elements->size;
    each += factors->terms * row * rows / (double)problem->outputs;
    return 1e-9 * (CONV_COST_PASSES + each * (double)problem->outputs);
}

static void release(void *state) {
    conv_free(state);
}

/* Inf times a term, or the real part of a complex factor, can meet an Inf of the opposite sign that
 * the plain product does not have. Rank 2. */
static bool passes_may_make_nan(const conv_problem *problem, const conv_factors *factors) {
    return factors->terms > 1 || conv_dtype_is_complex(problem->kernel_dtype);
}

static conv_status prepare(const conv_task *task, const conv_factors *factors, void **state) {
    const conv_problem *problem = task->problem;
    int last = problem->rank - 1;
    tile_passes *tiles = conv_allocate(sizeof *tiles);
    *state = tiles;
    if (!tiles)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    tiles->factors = factors;
    tiles->slide = conv_slide_table(problem->leaf, task->wishes->level);
    conv_interior_find(problem, &tiles->interior);
    if (problem->axis[last].signal_stride != 1)
        tiles->interior.begin[last] = tiles->interior.end[last] = 0;
    choose_tile(task, tiles->tile);
    tiles->tile_bytes = conv_aligned_size(halo_bytes(problem, tiles->tile));
    size_t outputs = 1;
    for (int d = 0; d <= last; d++)
        outputs *= tiles->tile[d];
    tiles->marks_bytes =
        passes_may_make_nan(problem, factors) ? conv_aligned_size(conv_times(2, outputs)) : 0;
    tiles->result_bytes = problem->axis[last].output_stride != 1 || tiles->marks_bytes > 0
                              ? tiles->tile_bytes + tiles->marks_bytes
                              : 0;
    return CONV_OK;
}

static size_t workspace(const conv_task *task, const void *state, int threads) {
    (void)task;
    const tile_passes *tiles = state;
    return (3 * tiles->tile_bytes + tiles->result_bytes) * (size_t)threads;
}

/* Calls slide or slide_columns for every line of the array but those along axis d and the last. */
typedef struct {
    const tile_run *run;
    const pass_view *from;
    char *to;
    const ptrdiff_t *to_stride;
    int axis;
    const void *taps;
    bool accumulate;
} axis_pass;

static void run_pass(const axis_pass *pass, int d, const char *x, char *y) {
    const conv_problem *problem = pass->run->task->problem;
    const conv_slide_kernels *slide = pass->run->state->slide;
    int last = problem->rank - 1, axis = pass->axis;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    size_t m = problem->axis[axis].m, outputs = pass->from->extent[axis] - m + 1;
    if (d == axis && d != last) {
        run_pass(pass, d + 1, x, y);
        return;
    }
    if (d == last) {
        if (axis == last)
            slide->slide(x, pass->taps, m, y, outputs, pass->accumulate);
        else
            slide->slide_columns(x, pass->from->stride[axis], pass->taps, m, y,
                                 pass->to_stride[axis], outputs, pass->from->extent[last],
                                 pass->accumulate);
        return;
    }
    for (size_t i = 0; i < pass->from->extent[d]; i++)
        run_pass(pass, d + 1, x + (ptrdiff_t)i * pass->from->stride[d] * size,
                 y + (ptrdiff_t)i * pass->to_stride[d] * size);
}

/* All passes of one term, from the view to y. */
static void run_term(const tile_run *run, int term, pass_view view, char *y,
                     const ptrdiff_t *y_stride) {
    const conv_problem *problem = run->task->problem;
    int last = problem->rank - 1;
    for (int d = 0; d <= last; d++) {
        size_t extent[CONV_MAX_RANK];
        ptrdiff_t stride[CONV_MAX_RANK];
        for (int e = 0; e <= last; e++)
            extent[e] = view.extent[e];
        extent[d] -= problem->axis[d].m - 1;
        conv_contiguous_strides(problem->rank, extent, stride);
        char *target = d == last ? y : run->between[d % 2];
        axis_pass pass = {.run = run,
                          .from = &view,
                          .to = target,
                          .to_stride = d == last ? y_stride : stride,
                          .axis = d,
                          .taps = run->state->factors->factor[term][d],
                          .accumulate = d == last && term > 0};
        run_pass(&pass, 0, view.data, target);
        view.data = target;
        view.extent[d] = extent[d];
        for (int e = 0; e <= last; e++)
            view.stride[e] = stride[e];
    }
}

static void gather(const tile_run *run, const ptrdiff_t *origin, pass_view *view) {
    const conv_problem *problem = run->task->problem;
    conv_contiguous_strides(problem->rank, view->extent, view->stride);
    conv_extend_gather(problem, run->signal, origin, view->extent, run->gathered, view->stride);
    view->data = run->gathered;
}

static void run_terms(const tile_run *run, const pass_view *view, char *y,
                      const ptrdiff_t *y_stride) {
    for (int t = 0; t < run->state->factors->terms; t++)
        run_term(run, t, *view, y, y_stride);
}

/* All outputs tap by tap; those that were finite keep their bits, whatever else is in the tile. */
static void sum_again(const tile_run *run, const pass_view *view, char *y, const size_t *count) {
    const conv_problem *problem = run->task->problem;
    const conv_element_kernels *elements = problem->elements;
    size_t outputs = count[0] * count[1], size = elements->size;
    char *sums = run->between[0];
    run->state->slide->slide_rows(view->data, view->stride[0], run->task->taps, problem->axis[0].m,
                                  problem->axis[1].m, sums, (ptrdiff_t)count[1], count[0], count[1],
                                  false);
    for (size_t i = 0; i < outputs; i++)
        if (!elements->is_finite(y + i * size, 1))
            memcpy(y + i * size, sums + i * size, size);
}

/* What the tile's outputs have of NaN and Inf samples' products, by lookups, where these take no
 * longer than all sums again, in seconds. */
static bool look_up(const tile_run *run, const conv_nonfinite_box *box, size_t bad, double seconds,
                    uint8_t *marks[2]) {
    const tile_passes *tiles = run->state;
    size_t outputs = box->out_count[0] * box->out_count[1];
    conv_scan scan = {.box = box,
                      .samples = run->gathered,
                      .density = (double)bad / (double)conv_nonfinite_samples(box),
                      .most = seconds / CONV_SCAN_LOOKUP,
                      .memory = run->between[0]};
    scan.marks[0] = marks[0] = (uint8_t *)run->result + tiles->result_bytes - tiles->marks_bytes;
    scan.marks[1] = marks[1] = marks[0] + outputs;
    return conv_scan_bytes(box->problem, box->out_count) <= 2 * tiles->tile_bytes &&
           conv_scan_run(&scan);
}

static void add_marks(const conv_nonfinite_box *box, uint8_t *const *marks, char *y) {
    const conv_element_kernels *elements = box->problem->elements;
    for (size_t i = 0; i < box->out_count[0]; i++) {
        size_t at = i * box->out_count[1];
        const uint8_t *const line[2] = {marks[0] + at, marks[1] + at};
        elements->add_marks(y + (ptrdiff_t)i * box->out_stride[0] * (ptrdiff_t)elements->size, line,
                            box->out_count[1]);
    }
}

/* Where outputs of the tile are not finite: NaN and Inf samples left out, and their products added
 * one by one, or looked up; or all sums again where that costs less, or where the passes
 * overflowed. */
static void mend_nonfinite(const tile_run *run, const ptrdiff_t *origin, pass_view *view, char *y,
                           const ptrdiff_t *y_stride, const size_t *count) {
    const conv_problem *problem = run->task->problem;
    const conv_element_kernels *elements = problem->elements;
    size_t outputs = count[0] * count[1];
    if (elements->is_finite(y, outputs))
        return;
    gather(run, origin, view);
    conv_nonfinite_box box = {.problem = problem, .task = run->task};
    for (int d = 0; d < problem->rank; d++) {
        box.extent[d] = view->extent[d];
        box.out_first[d] = problem->axis[d].m - 1;
        box.out_count[d] = count[d];
        box.out_stride[d] = y_stride[d];
    }
    double again =
        1e-9 * (double)outputs *
        conv_cost_slide_rows(run->task, (double)problem->axis[0].m, (double)problem->axis[1].m);
    size_t bad = conv_nonfinite_count(&box, view->data);
    uint8_t *marks[2];
    bool one_by_one = bad > 0 && conv_nonfinite_seconds(&box, bad) <= again;
    if (!one_by_one && (bad == 0 || !look_up(run, &box, bad, again / 4, marks))) {
        sum_again(run, view, y, count);
        return;
    }
    conv_nonfinite_clear(&box, run->gathered, !one_by_one);
    run_terms(run, view, y, y_stride);
    bool overflows = !elements->is_finite(y, outputs);
    gather(run, origin, view);
    if (overflows) {
        run_terms(run, view, y, y_stride);
        sum_again(run, view, y, count);
    } else if (one_by_one)
        conv_nonfinite_add(&box, view->data, y);
    else
        add_marks(&box, marks, y);
}

static void run_tile(const tile_run *run, const size_t *first, const size_t *count, bool inside) {
    const conv_problem *problem = run->task->problem;
    const conv_element_kernels *elements = problem->elements;
    const tile_passes *state = run->state;
    ptrdiff_t origin[CONV_MAX_RANK], y_stride[CONV_MAX_RANK], offset = 0;
    pass_view view;
    char *output = run->output + conv_output_offset(problem, first) * (ptrdiff_t)elements->size;
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        origin[d] = axis->start + (ptrdiff_t)first[d] - (ptrdiff_t)(axis->m - 1);
        offset += origin[d] * axis->signal_stride;
        view.stride[d] = axis->signal_stride;
        view.extent[d] = count[d] + axis->m - 1;
        y_stride[d] = axis->output_stride;
    }
    if (inside)
        view.data = run->signal + offset * (ptrdiff_t)elements->size;
    else
        gather(run, origin, &view);
    char *y = state->result_bytes ? run->result : output;
    if (state->result_bytes)
        conv_contiguous_strides(problem->rank, count, y_stride);
    run_terms(run, &view, y, y_stride);
    if (passes_may_make_nan(problem, state->factors))
        mend_nonfinite(run, origin, &view, y, y_stride, count);
    if (state->result_bytes)
        conv_copy_results(problem, count, y, y_stride, output);
}

static void region(const void *context, const size_t *begin, const size_t *end, bool inside) {
    const tile_run *run = context;
    int rank = run->task->problem->rank;
    size_t index[CONV_MAX_RANK], count[CONV_MAX_RANK];
    for (int d = 0; d < rank; d++)
        index[d] = begin[d];
    do {
        for (int d = 0; d < rank; d++)
            count[d] = conv_min(run->state->tile[d], end[d] - index[d]);
        run_tile(run, index, count, inside);
    } while (conv_next_box(rank, begin, end, run->state->tile, index));
}

typedef struct {
    tile_run run;
    char *workspace;
} tile_job;

static void work(void *context, size_t first, size_t last, int thread) {
    const tile_job *job = context;
    tile_run run = job->run;
    const tile_passes *state = run.state;
    const conv_problem *problem = run.task->problem;
    size_t begin[CONV_MAX_RANK] = {0}, end[CONV_MAX_RANK];
    run.gathered = job->workspace + (size_t)thread * (3 * state->tile_bytes + state->result_bytes);
    run.between[0] = run.gathered + state->tile_bytes;
    run.between[1] = run.between[0] + state->tile_bytes;
    run.result = run.between[1] + state->tile_bytes;
    for (int d = 1; d < problem->rank; d++)
        end[d] = problem->axis[d].count;
    begin[0] = first * state->tile[0];
    end[0] = conv_min(last * state->tile[0], problem->axis[0].count);
    if (begin[0] < end[0])
        conv_regions_cut(problem->rank, &state->interior, begin, end, region, &run);
}

static void execute(const conv_task *task, const void *state, const void *signal, void *output,
                    void *workspace, int threads) {
    const tile_passes *tiles = state;
    tile_job job = {{.task = task, .state = state, .signal = signal, .output = output}, workspace};
    size_t rows = task->problem->axis[0].count;
    conv_parallel_for((rows + tiles->tile[0] - 1) / tiles->tile[0], threads, work, &job);
}

static int describe(const conv_task *task, const void *state, char *text, size_t size) {
    const tile_passes *tiles = state;
    return snprintf(text, size, " with %d outer product%s and %s loops", tiles->factors->terms,
                    tiles->factors->terms == 1 ? "" : "s", conv_level_name(task->wishes->level));
}

static conv_error error(const conv_task *task, const void *state, const void *signal,
                        void *workspace, bool proved) {
    (void)workspace, (void)proved;
    return conv_passes_loops_error(task, signal, ((const tile_passes *)state)->factors->terms);
}

const conv_passes conv_tile_passes = {
    .reject = reject,
    .seconds = seconds,
    .prepare = prepare,
    .release = release,
    .workspace = workspace,
    .execute = execute,
    .error = error,
    .describe = describe,
};
