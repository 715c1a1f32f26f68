/* Overlap-save: the output cut into blocks, each from one short transform of the samples under it.
 * (Stockham 1966.) Workspace does not grow with the signal. */
#include <math.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "cost/costs.h"
#include "methods/methods.h"
#include "methods/nonfinite.h"
#include "methods/tile_transform.h"

/* A thread's workspace at most, where the kernel leaves the choice: what the second-level cache
 * holds of it, and of volumes, whose halo is the larger the smaller the blocks are, the third-level
 * one. */
#define WORKSPACE_BYTES ((size_t)2 << 20)
#define VOLUME_BYTES ((size_t)16 << 20)
/* What a transform of several axes needs beside its tile, about. */
#define COLUMN_PANEL ((size_t)12 << 10)

static double blocks_of(const conv_problem *problem, const conv_tile_shape *shape) {
    double blocks = 1;
    for (int d = 0; d < problem->rank; d++)
        blocks *= (double)((shape->extent[d] + shape->block[d] - 1) / shape->block[d]);
    return blocks;
}

/* To choose by: the transform, and what a tile costs beside it. */
static double block_cost(const conv_task *task, const conv_tile_shape *shape) {
    return conv_tile_transform_cost(task, shape, true) + CONV_COST_TILE_CALL * task->problem->rank;
}

static size_t in_parts(size_t whole, size_t part) {
    return (whole + part - 1) / part;
}

/* What the rounding up of the length has left; then blocks of one length, about, which may fit into
 * a shorter one. */
static void even_out(const conv_task *task, int d, conv_tile_shape *shape) {
    const conv_problem *problem = task->problem;
    const conv_axis *axis = &problem->axis[d];
    size_t extent = shape->extent[d], most = conv_min(shape->length[d] - axis->m + 1, extent);
    size_t even = in_parts(extent, in_parts(extent, most));
    size_t length = conv_transform_length(shape->backend, conv_task_compute(task),
                                          conv_tile_reach(axis, even, even == extent),
                                          conv_axis_kind_of(d, problem->rank));
    shape->block[d] = most;
    if (length && length < shape->length[d]) {
        shape->length[d] = length;
        shape->block[d] = even == extent ? even : conv_min(length - axis->m + 1, extent);
    }
}

/* The shape with `outputs` per block asked for on each axis; false where it does not fit. */
static bool shape_for(const conv_task *task, const size_t *outputs, size_t limit,
                      conv_tile_shape *shape) {
    const conv_problem *problem = task->problem;
    size_t bytes = conv_dtype_size(conv_task_compute(task));
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        size_t wanted = conv_min(outputs[d], shape->extent[d]);
        bool summed = d == 0 && shape->summed;
        if (summed) /* blocks of one height, about */
            wanted = in_parts(shape->extent[d], in_parts(shape->extent[d], wanted));
        size_t reach = conv_tile_reach(axis, wanted, wanted == shape->extent[d]);
        shape->length[d] = summed
                               ? conv_max(reach, axis->m)
                               : conv_transform_length(shape->backend, conv_task_compute(task),
                                                       reach, conv_axis_kind_of(d, problem->rank));
        if (shape->length[d] == 0 || !conv_multiply(bytes, shape->length[d], &bytes))
            return false;
        shape->block[d] = wanted;
        if (wanted < shape->extent[d] && !summed)
            even_out(task, d, shape);
    }
    if (bytes > limit)
        return false;
    conv_tile_shape longer = *shape;
    conv_tile_try_longer_lines(task, &longer);
    if (bytes / shape->length[problem->rank - 1] <= limit / longer.length[problem->rank - 1])
        *shape = longer;
    return true;
}

/* The bytes that a tile may have. Gathered samples, the transform's own, copied results, and slack;
 * in a wider type than the data's also samples and results in that. */
static size_t tile_limit(const conv_task *task) {
    size_t parts = conv_task_compute(task) == task->problem->dtype ? 4 : 6;
    size_t most = task->problem->rank > 2 ? VOLUME_BYTES : WORKSPACE_BYTES;
    size_t limit = conv_min(most, conv_wishes_room(task->wishes)) / parts;
    return limit - conv_min(limit, COLUMN_PANEL / 4);
}

/* The shortest blocks that are worth a thought, for other ones to be compared with. */
static bool first_shape(const conv_task *task, conv_backend backend, bool summed, size_t limit,
                        conv_tile_shape *shape) {
    const conv_problem *problem = task->problem;
    size_t outputs[CONV_MAX_RANK];
    *shape = (conv_tile_shape){.backend = backend, .summed = summed};
    conv_tile_extents(problem, shape->extent);
    for (int d = 0; d < problem->rank; d++)
        outputs[d] = conv_max(problem->axis[d].m / 2, 8);
    return shape_for(task, outputs, limit, shape) || shape_for(task, outputs, SIZE_MAX, shape);
}

/* Doubles the block on one axis after the other, or makes one block less, while that makes an
 * output cheaper. */
static bool choose_shape(const conv_task *task, conv_backend backend, bool summed,
                         conv_tile_shape *best, double *seconds) {
    const conv_problem *problem = task->problem;
    conv_tile_shape shape;
    size_t limit = tile_limit(task);
    if (!first_shape(task, backend, summed, limit, &shape))
        return false;
    *best = shape;
    *seconds = blocks_of(problem, best) * block_cost(task, best);
    for (bool better = true; better;) {
        better = false;
        for (int d = 0; d < problem->rank; d++) {
            size_t tried[CONV_MAX_RANK];
            for (int e = 0; e < problem->rank; e++)
                tried[e] = best->block[e];
            size_t extent = shape.extent[d], grown = best->block[d];
            size_t fewer = conv_max(in_parts(extent, grown), 2) - 1;
            for (int grow = 0; grow <= 3; grow++) {
                if (grow)
                    grown = conv_min(grown * 2 + problem->axis[d].m - 1, extent);
                tried[d] = grow ? grown : in_parts(extent, fewer);
                if (!shape_for(task, tried, limit, &shape))
                    break;
                double estimate = blocks_of(problem, &shape) * block_cost(task, &shape);
                if (estimate < *seconds) {
                    *best = shape;
                    *seconds = estimate;
                    better = true;
                }
            }
        }
    }
    return true;
}

static bool best_shape(const conv_task *task, conv_tile_shape *best, double *seconds) {
    conv_tile_shape other;
    double others;
    bool found = choose_shape(task, CONV_BACKEND_RING, false, best, seconds);
    if (task->problem->rank == 1 || !choose_shape(task, CONV_BACKEND_RING, true, &other, &others) ||
        (found && others >= *seconds))
        return found;
    *best = other;
    *seconds = others;
    return true;
}

static const char *reject(const conv_task *task) {
    const char *reason = conv_tile_reject(task->problem);
    if (reason)
        return reason;
    conv_tile_shape shape;
    return first_shape(task, CONV_BACKEND_RING, false, SIZE_MAX, &shape)
               ? NULL
               : "no transform of this length";
}

static conv_cost cost_of(const conv_task *task, const conv_tile_shape *shape) {
    conv_cost cost = conv_tile_cost(task, shape, blocks_of(task->problem, shape));
    if (task->wishes->late_spectrum)
        conv_tile_cost_late(task, shape, &cost);
    return cost;
}

static conv_cost cost(const conv_task *task) {
    conv_tile_shape shape;
    double seconds;
    if (!best_shape(task, &shape, &seconds))
        return (conv_cost){INFINITY, INFINITY, 0, 0};
    return cost_of(task, &shape);
}

static conv_status prepare(const conv_task *task, void **state) {
    conv_tile_shape shape;
    double seconds;
    best_shape(task, &shape, &seconds);
    return conv_tile_transform_make(state, task, &shape);
}

static conv_status prepare_like(const conv_task *task, const void *like, void **state,
                                conv_cost *cost) {
    const conv_tile_shape *shape = &((const conv_tile_transform *)like)->shape;
    *cost = cost_of(task, shape);
    conv_tile_cost_chosen(task, cost);
    return conv_tile_transform_make(state, task, shape);
}

static size_t workspace(const conv_task *task, const void *state, int threads) {
    (void)task;
    return conv_tile_transform_late(state) +
           conv_tile_transform_workspace(state, 1) * (size_t)threads;
}

typedef struct {
    const conv_task *task;
    const conv_tile_transform *tile;
    const void *signal;
    void *output;
    char *workspace;
    size_t blocks[CONV_MAX_RANK]; /* per axis */
    bool streams;                 /* signal and output do not fit the caches */
    int threads;                  /* for each block; they share a block where blocks are fewer */
} blocks_job;

static void locate(const blocks_job *job, size_t block, size_t *first, size_t *count) {
    const conv_tile_shape *shape = &job->tile->shape;
    for (int d = shape->rank - 1; d >= 0; d--) {
        first[d] = block % job->blocks[d] * shape->block[d];
        count[d] = conv_min(shape->block[d], shape->extent[d] - first[d]);
        block /= job->blocks[d];
    }
}

static void work(void *context, size_t begin, size_t end, int thread) {
    const blocks_job *job = context;
    char *memory = job->workspace + (size_t)thread * conv_tile_transform_workspace(job->tile, 1);
    for (size_t block = begin; block < end; block++) {
        size_t first[CONV_MAX_RANK], count[CONV_MAX_RANK];
        if (job->streams && block + 1 < end) {
            locate(job, block + 1, first, count);
            conv_tile_transform_prefetch(job->tile, job->task, job->signal, job->output, first,
                                         count);
        }
        locate(job, block, first, count);
        conv_tile_transform_run(job->tile, job->task, job->signal, job->output, first, count,
                                memory, job->threads);
    }
}

static size_t count_blocks(blocks_job *job) {
    const conv_tile_shape *shape = &job->tile->shape;
    size_t blocks = 1;
    for (int d = 0; d < shape->rank; d++) {
        job->blocks[d] = (shape->extent[d] + shape->block[d] - 1) / shape->block[d];
        blocks *= job->blocks[d];
    }
    return blocks;
}

static void execute(const conv_task *task, const void *state, const void *signal, void *output,
                    void *workspace, int threads) {
    const conv_problem *problem = task->problem;
    blocks_job job = {task, state, signal, output, workspace, {0}, false, 1};
    conv_tile_transform ready;
    job.tile = conv_tile_transform_begin(state, &ready, &job.workspace);
    size_t blocks = count_blocks(&job);
    job.streams = problem->outputs > CONV_COST_STREAM_BYTES / 2 / problem->elements->size;
    if (blocks >= (size_t)threads) {
        conv_parallel_for(blocks, threads, work, &job);
    } else {
        job.threads = threads;
        work(&job, 0, blocks, 0);
    }
    if (!task->finite_taps && !job.tile->taps_by_pattern)
        conv_nonfinite_taps(task, signal, output);
}

/* The worst block's. */
static conv_error error(const conv_task *task, const void *state, const void *signal,
                        void *workspace, bool proved) {
    blocks_job job = {task, state, signal, NULL, workspace, {0}, false, 1};
    size_t blocks = count_blocks(&job);
    conv_error worst = {0, 0};
    for (size_t block = 0; block < blocks; block++) {
        size_t first[CONV_MAX_RANK], count[CONV_MAX_RANK];
        locate(&job, block, first, count);
        conv_error one =
            conv_tile_transform_error(job.tile, task, signal, first, count, workspace, proved);
        worst.absolute = fmax(worst.absolute, one.absolute);
        worst.relative = one.relative;
    }
    return worst;
}

static int describe(const conv_task *task, const void *state, char *text, size_t size) {
    (void)task;
    return conv_tile_transform_describe(state, "blocks of", text, size);
}

const conv_method_row conv_blocks_method = {
    .id = CONV_METHOD_BLOCKS,
    .name = "blocks",
    .reject = reject,
    .cost = cost,
    .floor = {150e-9, 2e-6, 0, 0},
    .prepare = prepare,
    .prepare_like = prepare_like,
    .release = conv_tile_transform_release,
    .complete = conv_tile_transform_complete,
    .parallel = true,
    .workspace = workspace,
    .execute = execute,
    .error = error,
    .describe = describe,
};
