#include "base/memory.h"
#include "base/parallel.h"
#include "plan/ladder.h"
#include "plan/plan.h"
#include "problem/extend.h"

/* Sets the outputs of the box to 0; axis `only` is held at its pointer, -1: none. */
static void clear_outputs(const conv_problem *problem, int d, int only, char *output) {
    static const double zero[2];
    if (d == problem->rank) {
        problem->elements->fill(output, 1, zero);
        return;
    }
    size_t count = d == only ? 1 : problem->axis[d].count;
    ptrdiff_t step = problem->axis[d].output_stride * (ptrdiff_t)problem->elements->size;
    for (size_t i = 0; i < count; i++)
        clear_outputs(problem, d + 1, only, output + (ptrdiff_t)i * step);
}

/* Adds a contiguous slice to the outputs with axis `skip` held. */
static const char *add_slice(const conv_problem *problem, int d, int skip, char *output,
                             const char *slice) {
    if (d == skip)
        return add_slice(problem, d + 1, skip, output, slice);
    size_t size = problem->elements->size;
    if (d == problem->rank) {
        problem->elements->add(output, 1, slice, 1);
        return slice + size;
    }
    const conv_axis *axis = &problem->axis[d];
    bool innermost = d == problem->rank - 1 || (d == problem->rank - 2 && skip == d + 1);
    if (innermost) {
        problem->elements->add(output, axis->output_stride, slice, axis->count);
        return slice + axis->count * size;
    }
    for (size_t i = 0; i < axis->count; i++)
        slice = add_slice(problem, d + 1, skip,
                          output + (ptrdiff_t)i * axis->output_stride * (ptrdiff_t)size, slice);
    return slice;
}

static void scale_outputs(const conv_problem *problem, int d, double factor, char *output) {
    if (d == problem->rank) {
        problem->elements->scale(output, 1, factor);
        return;
    }
    ptrdiff_t step = problem->axis[d].output_stride * (ptrdiff_t)problem->elements->size;
    for (size_t i = 0; i < problem->axis[d].count; i++)
        scale_outputs(problem, d + 1, factor, output + (ptrdiff_t)i * step);
}

void conv_plan_clear(const conv_plan *plan, char *output) {
    clear_outputs(&plan->problem, 0, -1, output);
}

void conv_plan_run_item(const conv_plan *plan, const char *signal, char *output, char *workspace) {
    const conv_problem *problem = &plan->problem;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    char *folded = workspace;
    char *slice = folded + plan->fold_bytes, *sub = slice + plan->patch_bytes;
    char *method = sub + plan->sub_bytes;
    if (plan->nothing) {
        conv_plan_clear(plan, output);
        return;
    }
    if (plan->composite) {
        plan->composite->run(plan, signal, output, workspace, NULL);
        return;
    }
    if (plan->ladder) { /* a part of another plan: of one signal, and not of integers */
        (void)conv_ladder_run(plan, signal, output, workspace, NULL);
        return;
    }
    if (problem->fold.needed) {
        conv_extend_fold(problem, signal, folded);
        signal = folded;
    }
    plan->method->execute(&plan->task, plan->state, signal, output, method, plan->method_threads);
    for (int i = 0; i < plan->patches; i++) {
        const conv_patch *patch = &plan->patch[i];
        if (patch->replaces)
            clear_outputs(problem, 0, patch->axis, output + patch->output_offset * size);
        if (!patch->plan)
            continue;
        conv_plan_run_item(patch->plan, signal + patch->signal_offset * size, slice, sub);
        add_slice(problem, 0, patch->axis, output + patch->output_offset * size, slice);
    }
    if (plan->dots)
        conv_dots_run(plan->dots, problem, plan->taps, signal, output);
    if (plan->factor != 1)
        scale_outputs(problem, 0, plan->factor, output);
}

typedef struct {
    const conv_plan *plan;
    const char *signal;
    char *output, *workspace;
    size_t item_bytes;
} batch_job;

static void run_batch(void *context, size_t begin, size_t end, int thread) {
    const batch_job *job = context;
    const conv_problem *problem = &job->plan->problem;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    char *workspace = job->workspace;
    if (job->item_bytes)
        workspace += (size_t)thread * job->item_bytes;
    for (size_t b = begin; b < end; b++)
        conv_plan_run_item(
            job->plan, job->signal + (ptrdiff_t)b * problem->signal_batch_stride * size,
            job->output + (ptrdiff_t)b * problem->output_batch_stride * size, workspace);
}

void conv_plan_run(const conv_plan *plan, const void *signal, void *output, void *workspace) {
    if (plan->simple) {
        plan->method->execute(&plan->task, plan->state, signal, output, workspace,
                              plan->method_threads);
        return;
    }
    batch_job job = {plan, signal, output, workspace, conv_plan_item_bytes(plan)};
    conv_parallel_for(plan->problem.batch, plan->batch_threads, run_batch, &job);
}
