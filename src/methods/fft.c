/* One transform over everything: the whole output is a single tile. Circular axes are transformed
 * at exactly their period where the transform wraps around there. */
#include <math.h>

#include "cost/costs.h"
#include "cost/fitted.h"
#include "methods/methods.h"
#include "methods/nonfinite.h"
#include "methods/tile_transform.h"

static bool is_periodic(const conv_axis *axis) {
    return axis->extension == CONV_EXTEND_WRAP || axis->extension == CONV_EXTEND_PERIOD;
}

/* Periods that the backend is not fast at are left to a longer, linear transform; so are, with
 * FFTW, odd ones of real samples, for which it allocates in every execution. */
static bool wraps_at_period(const conv_task *task, conv_backend backend, int d, size_t outputs) {
    const conv_problem *problem = task->problem;
    const conv_axis *axis = &problem->axis[d];
    bool last = d == problem->rank - 1;
    return conv_backend_wraps(backend, conv_task_compute(task), last) && is_periodic(axis) &&
           outputs <= axis->period &&
           conv_transform_length(backend, conv_task_compute(task), axis->period,
                                 conv_axis_kind_of(d, problem->rank)) == axis->period;
}

/* The shape of the single transform; false where the backend has none. */
static bool choose_shape(const conv_task *task, conv_backend backend, conv_tile_shape *shape) {
    const conv_problem *problem = task->problem;
    *shape = (conv_tile_shape){.backend = backend};
    conv_tile_extents(problem, shape->extent);
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        shape->block[d] = shape->extent[d];
        size_t reach = conv_tile_reach(axis, shape->extent[d], true);
        shape->cyclic[d] =
            wraps_at_period(task, backend, d, shape->extent[d]) && axis->period <= reach;
        shape->length[d] = shape->cyclic[d]
                               ? axis->period
                               : conv_transform_length(backend, conv_task_compute(task), reach,
                                                       conv_axis_kind_of(d, problem->rank));
        if (shape->length[d] == 0)
            return false;
    }
    if (backend == CONV_BACKEND_RING)
        conv_tile_try_longer_lines(task, shape);
    return true;
}

static bool wraps_somewhere(const conv_problem *problem, const conv_tile_shape *shape) {
    bool wraps = false;
    for (int d = 0; d < problem->rank; d++)
        wraps = wraps || shape->cyclic[d];
    return wraps;
}

/* FFTW's planner ends the process where it gets no memory: it is for what wraps at a period that
 * the own transform has not, and only where it is much faster. */
static bool best_shape(const conv_task *task, conv_tile_shape *best) {
    const conv_problem *problem = task->problem;
    conv_tile_shape other;
    bool found = choose_shape(task, CONV_BACKEND_RING, best);
    if (!conv_backend_available(CONV_BACKEND_FFTW) ||
        !choose_shape(task, CONV_BACKEND_FFTW, &other) || !wraps_somewhere(problem, &other))
        return found;
    double own = found ? conv_cost_transform_choice(task, best->backend, best->length) : INFINITY;
    if (CONV_COST_FFTW_CLEARLY * conv_cost_transform_choice(task, other.backend, other.length) <
        own)
        *best = other;
    return true;
}

static const char *reject(const conv_task *task) {
    const char *reason = conv_tile_reject(task->problem);
    if (reason)
        return reason;
    conv_tile_shape shape;
    if (!best_shape(task, &shape))
        return "no transform of this length";
    return NULL;
}

static conv_cost cost_of(const conv_task *task, const conv_tile_shape *shape) {
    conv_cost cost = conv_tile_cost(task, shape, 1);
    if (task->wishes->late_spectrum)
        conv_tile_cost_late(task, shape, &cost);
    if (shape->backend == CONV_BACKEND_FFTW)
        cost.serial = cost.execute;
    return cost;
}

static conv_cost cost(const conv_task *task) {
    conv_tile_shape shape;
    if (!best_shape(task, &shape))
        return (conv_cost){INFINITY, INFINITY, 0, 0};
    return cost_of(task, &shape);
}

static conv_status prepare(const conv_task *task, void **state) {
    conv_tile_shape shape;
    best_shape(task, &shape);
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
    return conv_tile_transform_late(state) + conv_tile_transform_workspace(state, threads);
}

static void execute(const conv_task *task, const void *state, const void *signal, void *output,
                    void *workspace, int threads) {
    static const size_t origin[CONV_MAX_RANK];
    char *memory = workspace;
    conv_tile_transform ready;
    const conv_tile_transform *tile = conv_tile_transform_begin(state, &ready, &memory);
    conv_tile_transform_run(tile, task, signal, output, origin, tile->shape.extent, memory,
                            threads);
    if (!task->finite_taps && !tile->taps_by_pattern)
        conv_nonfinite_taps(task, signal, output);
}

static conv_error error(const conv_task *task, const void *state, const void *signal,
                        void *workspace, bool proved) {
    const conv_tile_transform *tile = state;
    static const size_t origin[CONV_MAX_RANK];
    return conv_tile_transform_error(tile, task, signal, origin, tile->shape.extent, workspace,
                                     proved);
}

static int describe(const conv_task *task, const void *state, char *text, size_t size) {
    (void)task;
    return conv_tile_transform_describe(state, "a transform of", text, size);
}

const conv_method_row conv_fft_method = {
    .id = CONV_METHOD_FFT,
    .name = "fft",
    .reject = reject,
    .cost = cost,
    .floor = {200e-9, 2e-6, 0, 0},
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
