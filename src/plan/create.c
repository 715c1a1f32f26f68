#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "plan/plan.h"
#include "problem/taps.h"

static bool writes_nothing_but_zeros(const conv_plan *plan) {
    for (int d = 0; d < plan->problem.rank; d++)
        if (plan->mending[d].nothing)
            return true;
    return false;
}

/* Lattice index of the full convolution's index k on an axis; false where it is not an output. */
static bool on_lattice(const conv_axis *axis, ptrdiff_t k, size_t *index) {
    ptrdiff_t offset = k - axis->start, step = (ptrdiff_t)axis->step;
    if (offset < 0 || offset % step != 0 || (size_t)(offset / step) >= axis->count)
        return false;
    *index = (size_t)(offset / step);
    return true;
}

/* A mended output must be as accurate as the others. */
static conv_method slice_method(conv_method method) {
    if (method == CONV_METHOD_REFERENCE)
        return method;
    return method == CONV_METHOD_DIRECT || method == CONV_METHOD_SEPARABLE ? CONV_METHOD_DIRECT
                                                                           : CONV_METHOD_AUTO;
}

/* The problem on the slice: this axis gone. Of a line, a point is left, an axis of one sample. */
static void slice_problem(const conv_problem *whole, conv_method whole_method, int axis,
                          conv_problem *slice) {
    *slice = *whole;
    slice->rank = 0;
    slice->outputs = slice->taps = slice->batch = 1;
    slice->method = slice_method(whole_method);
    slice->threads = 1;
    slice->max_workspace = SIZE_MAX;
    slice->fold.needed = false;
    for (int d = 0; d < whole->rank; d++) {
        if (d == axis)
            continue;
        slice->axis[slice->rank] = whole->axis[d];
        slice->outputs *= whole->axis[d].count;
        slice->taps *= whole->axis[d].m;
        slice->rank++;
    }
    if (slice->rank == 0) {
        slice->axis[0] = (conv_axis){.n = 1,
                                     .m = 1,
                                     .count = 1,
                                     .step = 1,
                                     .period = 1,
                                     .signal_stride = 1,
                                     .output_stride = 1};
        slice->rank = 1;
    }
    /* The slice's outputs are collected contiguously, then added to the whole. */
    size_t count[CONV_MAX_RANK] = {1};
    ptrdiff_t stride[CONV_MAX_RANK];
    for (int d = 0; d < slice->rank; d++)
        count[d] = slice->axis[d].count;
    conv_contiguous_strides(slice->rank, count, stride);
    for (int d = 0; d < slice->rank; d++)
        slice->axis[d].output_stride = stride[d];
}

/* The taps of the slice at convolution-order index `tap` of the axis, weighted by the sample that
 * they meet there. */
static void slice_taps(const conv_plan *plan, int axis, size_t tap, double weight, char *taps) {
    const conv_problem *problem = &plan->problem;
    size_t inner = problem->elements->tap_size, outer = 1, m = problem->axis[axis].m;
    for (int d = 0; d < problem->rank; d++) {
        if (d < axis)
            outer *= problem->axis[d].m;
        if (d > axis)
            inner *= problem->axis[d].m;
    }
    size_t run = inner / problem->elements->tap_size;
    const char *from = (const char *)plan->taps + (m - 1 - tap) * inner;
    for (size_t i = 0; i < outer; i++)
        problem->elements->scale_taps(taps + i * inner, from + i * m * inner, run, weight, false);
}

static conv_status build_with_taps(conv_plan **plan, const conv_problem *problem,
                                   const conv_mending *mending, void *taps);

static conv_status make_patch(conv_plan *plan, int axis, const conv_mend *mend, size_t index) {
    const conv_axis *whole = &plan->problem.axis[axis];
    conv_problem slice;
    conv_mending mending[CONV_MAX_RANK] = {{0}};
    slice_problem(&plan->problem, plan->method->id, axis, &slice);
    /* Axes before this one are mended by their own patches, over the full extent of this axis. */
    for (int d = axis + 1; d < plan->problem.rank; d++)
        mending[d - 1] = plan->mending[d];
    conv_patch *patch = &plan->patch[plan->patches];
    patch->axis = axis;
    patch->signal_offset = (ptrdiff_t)mend->sample * whole->signal_stride;
    patch->output_offset = (ptrdiff_t)index * whole->output_stride;
    char *taps = conv_allocate(slice.taps * slice.elements->tap_size);
    if (!taps)
        return conv_fail(CONV_ERR_MEMORY, "no memory for the kernel");
    double weight = whole->ends ? whole->end_weight[0] : 1;
    slice_taps(plan, axis, mend->tap, weight, taps);
    conv_status status = build_with_taps(&patch->plan, &slice, mending, taps);
    if (status != CONV_OK)
        return status;
    plan->patches++;
    plan->patch_bytes =
        conv_max(plan->patch_bytes, conv_aligned_size(slice.outputs * slice.elements->size));
    plan->sub_bytes =
        conv_max(plan->sub_bytes, conv_aligned_size(conv_plan_item_bytes(patch->plan)));
    return CONV_OK;
}

conv_status conv_plan_make_patches(conv_plan *plan) {
    int most = 0;
    for (int d = 0; d < plan->problem.rank; d++)
        most += plan->mending[d].mends;
    if (most == 0 || plan->nothing)
        return CONV_OK;
    plan->patch = conv_allocate((size_t)most * sizeof *plan->patch);
    if (!plan->patch)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    for (int d = 0; d < plan->problem.rank; d++)
        for (int i = 0; i < plan->mending[d].mends; i++) {
            const conv_mend *mend = &plan->mending[d].mend[i];
            size_t index;
            if (!on_lattice(&plan->problem.axis[d], mend->output, &index))
                continue;
            conv_status status = make_patch(plan, d, mend, index);
            if (status != CONV_OK)
                return status;
        }
    return CONV_OK;
}

static void share_threads(conv_plan *plan) {
    const conv_problem *problem = &plan->problem;
    if (problem->threads == 1)
        return;
    conv_cost cost = plan->method->cost(&plan->task);
    double useful =
        conv_plan_shared_seconds(problem, plan->method, &cost) / CONV_SECONDS_PER_THREAD;
    int threads = useful < (double)problem->threads ? (int)useful : problem->threads;
    if (threads <= 1)
        return;
    if (problem->max_workspace < CONV_ALIGNMENT)
        return;
    size_t item = conv_plan_item_bytes(plan);
    size_t method = plan->method->workspace(&plan->task, plan->state, threads);
    if (problem->batch >= (size_t)threads) {
        if (item <= (problem->max_workspace - CONV_ALIGNMENT) / (size_t)threads)
            plan->batch_threads = threads;
    } else if (plan->method->parallel &&
               item - plan->method_bytes + method <= problem->max_workspace - CONV_ALIGNMENT) {
        plan->method_threads = threads;
        plan->method_bytes = method;
    }
}

static bool is_simple(const conv_plan *plan) {
    for (int d = 0; d < plan->problem.rank; d++)
        if (plan->mending[d].clear_ends)
            return false;
    return !plan->nothing && plan->problem.batch == 1 && plan->patches == 0 &&
           !plan->problem.fold.needed;
}

/* Takes over taps, in sliding order, whether it succeeds or not. */
static conv_status build_with_taps(conv_plan **plan, const conv_problem *problem,
                                   const conv_mending *mending, void *taps) {
    conv_plan *made = conv_allocate(sizeof *made);
    conv_status status;
    if (!made) {
        conv_free(taps);
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    }
    memset(made, 0, sizeof *made);
    made->problem = *problem;
    made->taps = taps;
    made->factor = 1;
    made->method_threads = made->batch_threads = 1;
    memcpy(made->mending, mending, (size_t)problem->rank * sizeof *mending);
    made->task =
        (conv_task){&made->problem, taps, problem->elements->taps_are_finite(taps, problem->taps)};
    if (problem->fold.needed)
        made->fold_bytes = conv_aligned_size(problem->fold.samples * problem->elements->size);
    made->nothing = writes_nothing_but_zeros(made);
    status = conv_plan_dispatch(made);
    if (status == CONV_OK) {
        share_threads(made);
        made->simple = is_simple(made);
    }
    if (status != CONV_OK) {
        conv_plan_destroy(made);
        made = NULL;
    }
    *plan = made;
    return status;
}

conv_status conv_plan_build(conv_plan **plan, const conv_problem *problem,
                            const conv_mending *mending, const void *kernel) {
    void *taps = conv_allocate(problem->taps * problem->elements->tap_size);
    if (!taps)
        return conv_fail(CONV_ERR_MEMORY, "no memory for the kernel's %zu taps", problem->taps);
    conv_problem plain = *problem;
    double factor = 1;
    if (!conv_taps_take_factor(problem, kernel)) {
        factor = problem->factor;
        plain.factor = 1;
    }
    conv_taps_prepare(&plain, kernel, taps);
    conv_status status = build_with_taps(plan, &plain, mending, taps);
    if (status == CONV_OK && factor != 1) {
        (*plan)->factor = factor;
        (*plan)->simple = false;
    }
    return status;
}

void conv_plan_drop_method(conv_plan *plan) {
    if (plan->method)
        plan->method->release(plan->state);
    for (int i = 0; i < plan->patches; i++)
        conv_plan_destroy(plan->patch[i].plan);
    conv_free(plan->patch);
    plan->method = NULL;
    plan->state = NULL;
    plan->patch = NULL;
    plan->patches = 0;
    plan->patch_bytes = plan->sub_bytes = plan->method_bytes = 0;
}

void conv_plan_destroy(conv_plan *plan) {
    if (!plan)
        return;
    conv_plan_drop_method(plan);
    conv_free(plan->taps);
    conv_free(plan);
}
