/* The sum of products. Outputs whose taps all meet plain samples read the signal in place; the
 * others, at the edges, read tiles gathered with their halo. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "methods/rounding.h"
#include "cost/costs.h"
#include "cost/fitted.h"
#include "methods/direct_run.h"
#include "methods/direct_tiles.h"
#include "problem/extend.h"

/* A problem this small is gathered whole, on the stack. */
#define STACK_BYTES 3072
/* Rows of a plane that threads take at a time. */
#define PIECE_ROWS 32

static const char *reject(const conv_task *task) {
    (void)task;
    return NULL;
}

/* Nanoseconds per output by the leaf loops, and how many outputs a row counts as: whole vectors. */
static double sum_cost(const conv_problem *problem) {
    int last = problem->rank - 1;
    const conv_axis *axis = &problem->axis[last];
    double outer = 1;
    bool steps = axis->step != 1;
    for (int d = 0; d < last - 1; d++)
        outer *= (double)problem->axis[d].m;
    if (problem->rank == 1)
        return steps ? conv_cost_slide_step(problem, (double)axis->m)
                     : conv_cost_slide(problem, (double)axis->m);
    const conv_axis *rows = &problem->axis[last - 1];
    if (steps || rows->step != 1)
        return outer * (double)rows->m * conv_cost_slide_step(problem, (double)axis->m);
    if (axis->m == 1)
        return outer * conv_cost_slide_columns(problem, (double)rows->m);
    return outer * conv_cost_slide_rows(problem, (double)rows->m, (double)axis->m);
}

static conv_cost cost(const conv_task *task) {
    const conv_problem *problem = task->problem;
    const conv_axis *axis = &problem->axis[problem->rank - 1];
    double vector = conv_cost_vector(problem);
    double vectors = ceil((double)axis->count / vector), row = vectors * vector;
    double rows = (double)problem->outputs / (double)axis->count;
    double each = sum_cost(problem), edges = 0;
    if (problem->rank > 1) {
        const conv_axis *above = &problem->axis[problem->rank - 2];
        each *= 1 + CONV_COST_NARROW * fmax(0, 4 - vectors);
        each *= 1 + CONV_COST_LOW * ((double)above->m - 1) / ((double)above->count + 16);
    }
    double least = CONV_COST_WAITING_TAP * (double)axis->m / each;
    if (rows * row < least)
        row = least / rows;
    if (problem->rank > 2)
        each *= CONV_COST_PLANES;
    conv_interior interior;
    conv_interior_find(problem, &interior);
    double inside = 1;
    for (int d = 0; d < problem->rank; d++)
        inside *= (double)(interior.end[d] - interior.begin[d]);
    if (inside < (double)problem->outputs)
        edges = conv_cost_gather(problem, 2 * ((double)problem->outputs - inside), 0);
    double around = 1;
    for (int d = 0; d < problem->rank; d++)
        around *= (double)(problem->axis[d].count + problem->axis[d].m);
    if (edges > 0 && problem->rank == 2 && around < (double)(STACK_BYTES / problem->elements->size))
        edges += CONV_COST_GATHERED_ROW * (double)(problem->axis[0].count + problem->axis[0].m);
    if (problem->rank == 1 &&
        problem->outputs + problem->taps > STACK_BYTES / problem->elements->size)
        edges += CONV_COST_LINE_END * (double)axis->m *
                 ((interior.begin[0] > 0) + (interior.end[0] < axis->count));
    double taps = (double)(problem->taps * problem->elements->tap_size);
    double fresh = (taps > CONV_COST_TAPS_THERE ? taps : 0) + CONV_COST_DIRECT_BYTES;
    return (conv_cost){
        .execute = 1e-9 * (CONV_COST_DIRECT_CALL + rows * row * each + edges),
        .prepare = 1e-9 * (CONV_COST_DIRECT_AXIS * problem->rank + CONV_COST_DIRECT_TAP * taps),
        .fresh = 1e-9 * (CONV_COST_COLD + conv_cost_new_memory(fresh))};
}

/* In more than one dimension the ends of a row are narrow strips, a vector wide or less, that cost
 * about 18 ns and 0.44 ns a tap; copying the row costs 0.0205 ns a byte, and then it has no ends.
 * (Fitted to f32 and f64, 256 x 256, 3 x 3 to 9 x 9.) */
static bool rows_are_short(const conv_problem *problem, const conv_interior *interior) {
    int last = problem->rank - 1;
    if (last == 0 || problem->axis[last].m == 1 ||
        interior->end[last] - interior->begin[last] == problem->axis[last].count)
        return false;
    double taps = (double)problem->axis[last].m * (double)problem->axis[last - 1].m;
    double bytes = (double)problem->axis[last].count * (double)problem->elements->size;
    return 0.0205 * bytes < 18 + 0.44 * taps;
}

/* Whether a line's edges are so short that they are gathered on the stack, without the tiles of the
 * general case. */
static bool has_short_edges(const conv_problem *problem, const conv_direct_state *state,
                            size_t room) {
    const conv_axis *axis = &problem->axis[0];
    size_t begin = state->interior.begin[0], end = state->interior.end[0];
    return problem->rank == 1 && axis->step == 1 && axis->signal_stride == 1 &&
           axis->output_stride == 1 && !state->tap_by_tap && axis->m <= room / 2 &&
           begin <= room / 2 && axis->count - end <= room / 2;
}

/* Everything of the plan that needs no memory of its own; also used by one-shot calls. */
static void plan_direct(const conv_task *task, conv_direct_state *state) {
    const conv_problem *problem = task->problem;
    int last = problem->rank - 1;
    size_t whole[CONV_MAX_RANK], taps[CONV_MAX_RANK];
    bool in_place =
        problem->axis[last].signal_stride == 1 && problem->axis[last].output_stride == 1;
    state->slide = conv_slide_table(problem->leaf, problem->level);
    bool tap_by_tap = false;
    for (int d = 0; d <= last && !task->finite_taps; d++)
        tap_by_tap = tap_by_tap || conv_extend_has_absent(&problem->axis[d]);
    state->tap_by_tap = tap_by_tap;
    conv_interior_find(problem, &state->interior);
    if (!in_place)
        state->interior.begin[last] = state->interior.end[last] = 0;
    ptrdiff_t step = 1;
    for (int d = last; d >= 0; d--) {
        const conv_axis *axis = &problem->axis[d];
        state->tap_stride[d] = step;
        step *= (ptrdiff_t)axis->m;
        whole[d] = axis->count;
        taps[d] = axis->m;
    }
    size_t room = STACK_BYTES / problem->elements->size;
    state->small = !state->tap_by_tap && problem->axis[last].output_stride == 1 &&
                   problem->outputs < room && problem->taps < room &&
                   conv_direct_box(problem, whole, taps) <= room;
    state->line = has_short_edges(problem, state, room);
    state->gather_bytes = state->result_bytes = 0;
    state->plane.used = false;
    state->lines = NULL;
    if (state->small)
        return;
    conv_direct_plan_plane(task, state, conv_wishes_room(task->wishes));
    if (state->plane.used)
        return;
    if (!tap_by_tap && rows_are_short(problem, &state->interior))
        state->interior.begin[last] = state->interior.end[last] = 0;
    conv_direct_tiles(problem, conv_wishes_room(task->wishes), state->tile, state->chunk);
    size_t outputs = 1;
    for (int d = 0; d <= last; d++)
        outputs *= state->tile[d];
    state->gather_bytes = conv_aligned_size(conv_direct_box(problem, state->tile, state->chunk) *
                                            problem->elements->size);
    if (problem->axis[last].output_stride != 1)
        state->result_bytes = conv_aligned_size(outputs * problem->elements->size);
}

static void release(void *state) {
    conv_direct_state *direct = state;
    if (direct)
        conv_free(direct->lines);
    conv_free(direct);
}

static conv_status prepare(const conv_task *task, void **state) {
    conv_direct_state *direct = conv_allocate(sizeof *direct);
    *state = direct;
    if (!direct)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    plan_direct(task, direct);
    conv_status status = conv_direct_lines_make(task, direct);
    if (status != CONV_OK) {
        release(direct);
        *state = NULL;
    }
    return status;
}

static size_t workspace(const conv_task *task, const void *state, int threads) {
    (void)task;
    const conv_direct_state *direct = state;
    return (direct->gather_bytes + direct->result_bytes) * (size_t)threads;
}

static void region(const void *context, const size_t *begin, const size_t *end, bool inside) {
    if (inside)
        conv_direct_interior_box(context, begin, end);
    else
        conv_direct_edge_box(context, begin, end);
}

typedef struct {
    conv_direct_run run;
    size_t piece; /* outputs on axis 0 that a thread takes at a time */
    char *workspace;
} direct_job;

static void work(void *context, size_t first, size_t last, int thread) {
    const direct_job *job = context;
    conv_direct_run run = job->run;
    const conv_problem *problem = run.task->problem;
    size_t begin[CONV_MAX_RANK] = {0}, end[CONV_MAX_RANK];
    size_t each = run.state->gather_bytes + run.state->result_bytes;
    if (first == last)
        return;
    if (each) {
        run.gathered = job->workspace + (size_t)thread * each;
        run.result = run.gathered + run.state->gather_bytes;
    }
    for (int d = 1; d < problem->rank; d++)
        end[d] = problem->axis[d].count;
    begin[0] = first * job->piece;
    end[0] = conv_min(last * job->piece, problem->axis[0].count);
    if (run.state->plane.used) {
        conv_direct_plane_rows(&run, begin[0], end[0]);
        return;
    }
    conv_regions_cut(problem->rank, &run.state->interior, begin, end, region, &run);
}

/* Clears at least `bytes`, and up to CONV_ALIGNMENT: a constant size is one or two stores. */
static void clear_bytes(char *at, size_t bytes) {
    if (bytes <= CONV_ALIGNMENT)
        memset(at, 0, CONV_ALIGNMENT);
    else
        memset(at, 0, bytes);
}

/* conv_extend_gather for the commonest case, where its generality would cost more than the sum. */
static void gather_between_zeros(const conv_axis *axis, const char *signal, ptrdiff_t origin,
                                 size_t extent, size_t size, char *tile) {
    ptrdiff_t n = (ptrdiff_t)axis->n, end = origin + (ptrdiff_t)extent;
    size_t before = origin < 0 ? conv_min((size_t)-origin, extent) : 0;
    size_t after = end > n ? conv_min((size_t)(end - n), extent - before) : 0;
    clear_bytes(tile, before * size);
    if (before + after < extent)
        memcpy(tile + before * size, signal + (origin + (ptrdiff_t)before) * (ptrdiff_t)size,
               (extent - before - after) * size);
    clear_bytes(tile + (extent - after) * size, after * size);
}

/* extent samples of a line from origin on, X itself where it lies apart from that. */
static void gather_line(const conv_problem *problem, const char *signal, ptrdiff_t origin,
                        size_t extent, char *gathered) {
    const conv_axis *axis = &problem->axis[0];
    ptrdiff_t stride = 1;
    if (axis->extension == CONV_EXTEND_ZERO && axis->ends == 0 && axis->signal_stride == 1)
        gather_between_zeros(axis, signal, origin, extent, problem->elements->size, gathered);
    else
        conv_extend_gather(problem, signal, &origin, &extent, gathered, &stride);
}

/* The whole output of one axis as one tile: no more than a gather and a sliding sum. */
static void execute_small_line(const conv_task *task, const conv_direct_state *state,
                               const char *signal, void *output) {
    _Alignas(CONV_ALIGNMENT) char gathered[STACK_BYTES + CONV_ALIGNMENT];
    const conv_problem *problem = task->problem;
    const conv_axis *axis = &problem->axis[0];
    const conv_slide_kernels *slide = state->slide;
    ptrdiff_t origin = axis->start - (ptrdiff_t)(axis->m - 1);
    size_t extent = (axis->count - 1) * axis->step + axis->m;
    const char *x = gathered;
    if (state->interior.begin[0] == 0 && state->interior.end[0] == axis->count)
        x = signal + origin * (ptrdiff_t)problem->elements->size;
    else
        gather_line(problem, signal, origin, extent, gathered);
    if (axis->step == 1)
        slide->slide(x, task->taps, axis->m, output, axis->count, false);
    else
        slide->slide_step(x, task->taps, axis->m, axis->step, output, axis->count, false);
}

/* Outputs first..last-1 of a line, at an edge. */
static void execute_edge(const conv_task *task, const conv_direct_state *state, const char *signal,
                         char *output, size_t first, size_t last) {
    _Alignas(CONV_ALIGNMENT) char gathered[STACK_BYTES + CONV_ALIGNMENT];
    const conv_axis *axis = &task->problem->axis[0];
    ptrdiff_t origin = axis->start + (ptrdiff_t)first - (ptrdiff_t)(axis->m - 1);
    if (first == last)
        return;
    gather_line(task->problem, signal, origin, last - first + axis->m - 1, gathered);
    state->slide->slide(gathered, task->taps, axis->m,
                        output + first * task->problem->elements->size, last - first, false);
}

static void execute_line(const conv_task *task, const conv_direct_state *state, const char *signal,
                         char *output) {
    const conv_axis *axis = &task->problem->axis[0];
    size_t begin = state->interior.begin[0], end = state->interior.end[0];
    ptrdiff_t size = (ptrdiff_t)task->problem->elements->size;
    ptrdiff_t origin = axis->start + (ptrdiff_t)begin - (ptrdiff_t)(axis->m - 1);
    execute_edge(task, state, signal, output, 0, begin);
    if (begin < end)
        state->slide->slide(signal + origin * size, task->taps, axis->m,
                            output + (ptrdiff_t)begin * size, end - begin, false);
    execute_edge(task, state, signal, output, end, axis->count);
}

/* The whole output as one tile. */
static void execute_small(const conv_direct_run *outer) {
    _Alignas(CONV_ALIGNMENT) char gathered[STACK_BYTES];
    conv_direct_run run = *outer;
    const conv_problem *problem = run.task->problem;
    static const size_t origin[CONV_MAX_RANK];
    conv_slide_box box = {.accumulate = false, .y = run.output};
    run.gathered = gathered;
    for (int d = 0; d < problem->rank; d++) {
        box.count[d] = problem->axis[d].count;
        box.taps[d] = problem->axis[d].m;
        box.y_stride[d] = problem->axis[d].output_stride;
    }
    conv_direct_gather_and_slide(&run, origin, origin, &box);
    if (!box.accumulate)
        conv_direct_clear_rows(problem, &box, 0, box.y);
}

static void execute(const conv_task *task, const void *state, const void *signal, void *output,
                    void *workspace, int threads) {
    const conv_direct_state *direct = state;
    const conv_problem *problem = task->problem;
    if (direct->small && problem->rank == 1) {
        execute_small_line(task, direct, signal, output);
        return;
    }
    if (direct->line && threads == 1) {
        execute_line(task, direct, signal, output);
        return;
    }
    direct_job job = {.run = {task, state, signal, output, NULL, NULL}, .workspace = workspace};
    if (direct->small) {
        execute_small(&job.run);
        return;
    }
    /* Threads share whole tiles, so that tiles are the same for any number of them. */
    job.piece = direct->plane.used ? PIECE_ROWS : direct->tile[0];
    size_t pieces = (problem->axis[0].count + job.piece - 1) / job.piece;
    conv_parallel_for(pieces, threads, work, &job);
}

static bool execute_many(const conv_task *task, const void *state, const void *signal,
                         ptrdiff_t signal_apart, void *output, ptrdiff_t output_apart,
                         size_t count) {
    const conv_direct_state *direct = state;
    if (direct->lines)
        conv_direct_lines_run(task, direct, signal, signal_apart, output, output_apart, count);
    return direct->lines != NULL;
}

/* Lines whose kernel is short enough for an edge tile on the stack, too. */
static bool once(const conv_task *task, const void *signal, void *output) {
    _Alignas(CONV_ALIGNMENT) char gathered[STACK_BYTES];
    const conv_problem *problem = task->problem;
    const conv_axis *axis = &problem->axis[0];
    size_t room = STACK_BYTES / problem->elements->size;
    conv_direct_state state;
    plan_direct(task, &state);
    if (!state.small) {
        if (problem->rank > 1 || axis->step != 1 || axis->output_stride != 1 ||
            state.chunk[0] < axis->m || axis->m > room / 2)
            return false;
        state.tile[0] = conv_min(state.tile[0], room - axis->m + 1);
        state.gather_bytes = STACK_BYTES;
    }
    execute(task, &state, signal, output, gathered, 1);
    return true;
}

static int describe(const conv_task *task, const void *state, char *text, size_t size) {
    (void)state;
    return snprintf(text, size, " with %s loops", conv_level_name(task->problem->level));
}

static conv_error error(const conv_task *task, const void *state, const void *signal,
                        void *workspace, bool proved) {
    (void)state, (void)workspace, (void)proved;
    const conv_problem *problem = task->problem;
    double sum = conv_direct_roundings(problem, conv_wishes_room(task->wishes));
    double terms = conv_bounds_terms(problem, sum);
    double product = conv_bounds_largest(task, signal);
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
