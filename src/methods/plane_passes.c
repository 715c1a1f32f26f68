/* The passes of one outer product over a plane, by loops over taps: a band of rows down the
 * columns, from where the samples lie, then along the rows, into the outputs. Lines beyond the
 * signal are pointers to other lines. What lies beyond a row's ends is copied between the passes,
 * from the sums down the columns: an edge rule takes each sum beyond the end from one within. So
 * nothing is gathered, and nothing computed twice. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "cost/costs.h"
#include "cost/fitted.h"
#include "kernels/kernels.h"
#include "methods/passes.h"
#include "methods/row_block.h"
#include "problem/borders.h"

enum {
    BAND_BYTES = 128 << 10, /* of sums between the passes, if that is enough rows */
    MOST_BYTES = 512 << 10, /* else this, of the second-level cache */
    FAR_BYTES = 512 << 10,  /* of samples */
    ROWS_OF_KERNEL = 2,     /* enough: as many times the kernel's */
    FEWEST_ROWS = 24
};

enum { ROWS, COLUMNS };

typedef struct {
    const conv_slide_kernels *slide;
    const conv_factors *factors;
    conv_row_block block; /* of sums down the columns */
    size_t height;        /* rows of a band */
    size_t lines_bytes, blank_bytes, sums_bytes;
    bool is_far; /* the samples, beyond the second-level cache */
} plane_passes;

/* Rows of a band, and its bytes; false where not even a row fits. */
static bool plan_band(const conv_task *task, plane_passes *plane) {
    const conv_problem *problem = task->problem;
    const conv_axis *rows = &problem->axis[ROWS];
    size_t size = problem->elements->size, row = plane->block.pitch * size;
    size_t room = conv_wishes_room(task->wishes);
    size_t enough = conv_max(ROWS_OF_KERNEL * rows->m, FEWEST_ROWS);
    plane->height = conv_max(BAND_BYTES / row, conv_min(enough, MOST_BYTES / row));
    plane->height = conv_min(plane->height, rows->count);
    plane->blank_bytes =
        conv_borders_have_blank(problem) ? conv_aligned_size(problem->axis[COLUMNS].n * size) : 0;
    for (; plane->height > 0; plane->height /= 2) {
        plane->lines_bytes = conv_aligned_size((plane->height + rows->m - 1) * sizeof(void *));
        plane->sums_bytes = plane->height * row;
        if (plane->lines_bytes + plane->blank_bytes + plane->sums_bytes <= room)
            return true;
    }
    return false;
}

static bool plan(const conv_task *task, plane_passes *plane) {
    const conv_axis *rows = &task->problem->axis[ROWS], *cols = &task->problem->axis[COLUMNS];
    plane->is_far = rows->n > FAR_BYTES / task->problem->elements->size / cols->n;
    return conv_row_block_plan(task->problem, COLUMNS, &plane->block) && plan_band(task, plane);
}

static const char *reject(const conv_task *task, const conv_factors *factors) {
    const conv_problem *problem = task->problem;
    plane_passes plane;
    if (problem->rank != 2)
        return "no plane";
    if (factors->terms > 1 || conv_dtype_is_complex(problem->kernel_dtype))
        return "no real outer product";
    if (problem->axis[COLUMNS].signal_stride != 1 || problem->axis[COLUMNS].output_stride != 1)
        return "samples or outputs with a stride";
    for (int d = 0; d < 2; d++)
        if (problem->axis[d].step != 1 || problem->axis[d].ends > 0 ||
            problem->axis[d].m > CONV_SLIDE_TAPS)
            return "a lattice with a step, weights, or many taps";
    if (!conv_borders_are_plain(problem) || !plan(task, &plane))
        return "edges that lines do not share";
    return NULL;
}

/* The sum down a column of the constant. */
static conv_status find_value(const conv_task *task, plane_passes *plane) {
    const conv_problem *problem = task->problem;
    size_t m = problem->axis[ROWS].m;
    memset(plane->block.ends.value, 0, sizeof plane->block.ends.value);
    if (problem->axis[COLUMNS].extension != CONV_EXTEND_CONSTANT)
        return CONV_OK;
    void *column = conv_allocate(m * problem->elements->size);
    if (!column)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a column of %zu samples", m);
    problem->elements->fill(column, m, problem->fill);
    plane->slide->slide_columns(column, 1, plane->factors->factor[0][ROWS], m,
                                plane->block.ends.value, 1, 1, 1, false);
    conv_free(column);
    return CONV_OK;
}

static void release(void *state) {
    conv_free(state);
}

static conv_status prepare(const conv_task *task, const conv_factors *factors, void **state) {
    plane_passes *plane = conv_allocate(sizeof *plane);
    *state = plane;
    if (!plane)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    plane->factors = factors;
    plane->slide = conv_slide_table(task->problem->leaf, task->wishes->level);
    plan(task, plane);
    conv_status status = find_value(task, plane);
    if (status != CONV_OK) {
        release(plane);
        *state = NULL;
    }
    return status;
}

static size_t thread_bytes(const plane_passes *plane) {
    return plane->lines_bytes + plane->blank_bytes + plane->sums_bytes;
}

static size_t workspace(const conv_task *task, const void *state, int threads) {
    (void)task;
    return thread_bytes(state) * (size_t)threads;
}

typedef struct {
    const conv_task *task;
    const plane_passes *plane;
    const char *signal;
    char *output, *workspace;
} plane_job;

static void run_band(const plane_job *job, size_t begin, size_t rows, char *memory) {
    const plane_passes *plane = job->plane;
    const conv_problem *problem = job->task->problem;
    const conv_axis *above = &problem->axis[ROWS], *cols = &problem->axis[COLUMNS];
    const void **lines = (const void **)(void *)memory;
    char *blank = memory + plane->lines_bytes, *sums = blank + plane->blank_bytes;
    size_t size = problem->elements->size;
    conv_borders_lines(problem, job->signal,
                       above->start + (ptrdiff_t)begin - (ptrdiff_t)(above->m - 1),
                       rows + above->m - 1, blank, lines);
    char *inside = sums + plane->block.lead * size;
    plane->slide->slide_lines(lines, NULL, (ptrdiff_t)plane->block.first,
                              plane->factors->factor[0][ROWS], above->m, 1, inside,
                              (ptrdiff_t)plane->block.pitch, rows, plane->block.inside,
                              plane->is_far ? CONV_SLIDE_FAR : 0, NULL);
    plane->slide->slide_ends(&plane->block.ends, inside, (ptrdiff_t)plane->block.pitch, rows);
    plane->slide->slide_rows(inside - plane->block.before * size, (ptrdiff_t)plane->block.pitch,
                             plane->factors->factor[0][COLUMNS], 1, cols->m,
                             job->output +
                                 (ptrdiff_t)begin * above->output_stride * (ptrdiff_t)size,
                             above->output_stride, rows, cols->count, false);
}

static void work(void *context, size_t first, size_t last, int thread) {
    const plane_job *job = context;
    const plane_passes *plane = job->plane;
    const conv_problem *problem = job->task->problem;
    char *memory = job->workspace + (size_t)thread * thread_bytes(plane);
    size_t end = conv_min(last * plane->height, problem->axis[ROWS].count);
    if (plane->blank_bytes && first < last)
        conv_borders_blank(problem, memory + plane->lines_bytes);
    for (size_t begin = first * plane->height, rows; begin < end; begin += rows) {
        rows = conv_min(end - begin, plane->height);
        run_band(job, begin, rows, memory);
    }
}

static void execute(const conv_task *task, const void *state, const void *signal, void *output,
                    void *workspace, int threads) {
    const plane_passes *plane = state;
    plane_job job = {task, plane, signal, output, workspace};
    size_t rows = task->problem->axis[ROWS].count;
    conv_parallel_for((rows + plane->height - 1) / plane->height, threads, work, &job);
}

/* Rows count as whole pairs of vectors. */
static double as_pairs(const conv_task *task, double outputs) {
    double pair = 2 * conv_cost_vector(task);
    return ceil(outputs / pair) * pair;
}

static double seconds(const conv_task *task, const conv_factors *factors) {
    const conv_problem *problem = task->problem;
    const conv_axis *above = &problem->axis[ROWS], *cols = &problem->axis[COLUMNS];
    plane_passes plane;
    (void)factors;
    plan(task, &plane);
    double rows = (double)above->count, inside = (double)plane.block.inside;
    double down = as_pairs(task, inside) * conv_cost_slide_columns(task, (double)above->m);
    double along = as_pairs(task, (double)cols->count) * conv_cost_slide(task, (double)cols->m);
    along = fmax(along, CONV_COST_BAND_TAP * (double)cols->m);
    double bytes = (inside + (double)cols->count) * (double)problem->elements->size;
    double row = CONV_COST_BAND_ROW + down + along;
    if (rows * bytes > CONV_COST_BAND_NEAR)
        row += CONV_COST_BAND_BYTE * bytes;
    return 1e-9 * (CONV_COST_BANDS + rows * row);
}

static int describe(const conv_task *task, const void *state, char *text, size_t size) {
    (void)state;
    return snprintf(text, size, " with 1 outer product and %s loops",
                    conv_level_name(task->wishes->level));
}

static conv_error error(const conv_task *task, const void *state, const void *signal,
                        void *workspace, bool proved) {
    (void)state, (void)workspace, (void)proved;
    return conv_passes_loops_error(task, signal, 1);
}

const conv_passes conv_plane_passes = {
    .reject = reject,
    .seconds = seconds,
    .prepare = prepare,
    .release = release,
    .workspace = workspace,
    .execute = execute,
    .error = error,
    .describe = describe,
};
