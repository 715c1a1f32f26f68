#include "methods/direct_whole.h"

#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "methods/direct_tiles.h"
#include "problem/extend.h"

/* Rows of a plane that threads take at a time. */
#define PIECE_ROWS 32

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

/* Outputs of such a line that threads take at a time. */
#define PIECE_OUTPUTS 4096

static bool is_line_of_few_taps(const conv_task *task) {
    const conv_problem *problem = task->problem;
    const conv_axis *axis = &problem->axis[0];
    return problem->rank == 1 && axis->extension == CONV_EXTEND_ZERO && axis->ends == 0 &&
           axis->step == 1 && axis->signal_stride == 1 && axis->output_stride == 1 &&
           axis->m <= CONV_SLIDE_LINE / problem->elements->size && task->finite_taps;
}

/* Outputs first..last-1. */
static void execute_zeros(const conv_task *task, const conv_direct_state *state, const char *signal,
                          char *output, size_t first, size_t last) {
    const conv_axis *axis = &task->problem->axis[0];
    ptrdiff_t origin = axis->start + (ptrdiff_t)first - (ptrdiff_t)(axis->m - 1);
    state->slide->slide_line(signal, axis->n, origin, task->taps, axis->m,
                             output + first * task->problem->elements->size, last - first);
}

void conv_direct_plan(const conv_task *task, conv_direct_state *state) {
    const conv_problem *problem = task->problem;
    int last = problem->rank - 1;
    size_t whole[CONV_MAX_RANK], taps[CONV_MAX_RANK];
    bool in_place =
        problem->axis[last].signal_stride == 1 && problem->axis[last].output_stride == 1;
    state->slide = conv_slide_table(problem->leaf, task->wishes->level);
    state->gather_bytes = state->result_bytes = 0;
    state->plane.used = state->volume.used = state->tap_by_tap = false;
    state->small = state->inside = state->line = false;
    state->lines = NULL;
    state->zeros = is_line_of_few_taps(task);
    if (state->zeros)
        return;
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
    size_t room = CONV_DIRECT_STACK / problem->elements->size;
    state->small = !state->tap_by_tap && problem->axis[last].output_stride == 1 &&
                   problem->outputs < room && problem->taps < room &&
                   conv_direct_box(problem, whole, taps) <= room;
    state->inside = state->small;
    for (int d = 0; d <= last; d++)
        state->inside = state->inside && state->interior.begin[d] == 0 &&
                        state->interior.end[d] == problem->axis[d].count;
    state->line = has_short_edges(problem, state, room);
    if (state->small)
        return;
    conv_direct_plan_plane(task, state, conv_wishes_room(task->wishes));
    conv_direct_plan_volume(task, state, conv_wishes_room(task->wishes));
    if (state->plane.used || state->volume.used)
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
    if (run.state->zeros) {
        execute_zeros(run.task, run.state, run.signal, run.output, begin[0], end[0]);
        return;
    }
    if (run.state->plane.used) {
        conv_direct_plane_rows(&run, begin[0], end[0]);
        return;
    }
    if (run.state->volume.used) {
        conv_direct_volume_planes(&run, begin[0], end[0]);
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
    _Alignas(CONV_ALIGNMENT) char gathered[CONV_DIRECT_STACK + CONV_ALIGNMENT];
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
    _Alignas(CONV_ALIGNMENT) char gathered[CONV_DIRECT_STACK + CONV_ALIGNMENT];
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

/* The whole output as one tile: where there are no edges from where the samples lie. */
static void execute_small(const conv_direct_run *outer) {
    _Alignas(CONV_ALIGNMENT) char gathered[CONV_DIRECT_STACK];
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
    if (run.state->inside) {
        conv_direct_interior_box(&run, origin, box.count);
        return;
    }
    conv_direct_gather_and_slide(&run, origin, origin, &box);
    if (!box.accumulate)
        conv_direct_clear_rows(problem, &box, 0, box.y);
}

size_t conv_direct_bytes(const conv_direct_state *state, int threads) {
    return (state->gather_bytes + state->result_bytes) * (size_t)threads;
}

static size_t piece_of(const conv_direct_state *direct) {
    if (direct->zeros)
        return PIECE_OUTPUTS;
    if (direct->plane.used)
        return PIECE_ROWS;
    return direct->volume.used ? 1 : direct->tile[0];
}

void conv_direct_execute(const conv_task *task, const conv_direct_state *direct, const void *signal,
                         void *output, void *workspace, int threads) {
    const conv_problem *problem = task->problem;
    if (direct->zeros && threads == 1) {
        execute_zeros(task, direct, signal, output, 0, problem->axis[0].count);
        return;
    }
    if (direct->small && problem->rank == 1) {
        execute_small_line(task, direct, signal, output);
        return;
    }
    if (direct->line && threads == 1) {
        execute_line(task, direct, signal, output);
        return;
    }
    direct_job job = {.run = {task, direct, signal, output, NULL, NULL}, .workspace = workspace};
    if (direct->small) {
        execute_small(&job.run);
        return;
    }
    /* Threads share whole tiles, so that tiles are the same for any number of them. */
    job.piece = piece_of(direct);
    size_t pieces = (problem->axis[0].count + job.piece - 1) / job.piece;
    conv_parallel_for(pieces, threads, work, &job);
}
