#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "plan/ladder.h"
#include "plan/patch.h"
#include "plan/plan.h"
#include "problem/taps.h"

static bool writes_nothing_but_zeros(const conv_plan *plan) {
    for (int d = 0; d < plan->problem.rank; d++)
        if (plan->mending[d].nothing)
            return true;
    return false;
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
    return !plan->nothing && !plan->composite && plan->problem.batch == 1 && plan->patches == 0 &&
           !plan->dots && !plan->problem.fold.needed;
}

conv_status conv_plan_build_with_taps(conv_plan **plan, const conv_problem *problem,
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
    conv_status status = conv_plan_build_with_taps(plan, &plain, mending, taps);
    if (status == CONV_OK && factor != 1) {
        (*plan)->factor = factor;
        (*plan)->simple = false;
    }
    return status;
}

conv_status conv_plan_compose(conv_plan **plan, const conv_problem *problem,
                              const conv_composite *composite, void *parts, size_t bytes) {
    conv_plan *made = conv_allocate(sizeof *made);
    *plan = NULL;
    if (!made) {
        composite->release(parts);
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    }
    memset(made, 0, sizeof *made);
    made->problem = *problem;
    made->factor = 1;
    made->method_threads = made->batch_threads = 1;
    made->composite = composite;
    made->parts = parts;
    made->method_bytes = bytes;
    size_t needed = conv_plan_workspace_size(made);
    if (needed > problem->max_workspace) {
        conv_plan_destroy(made);
        return conv_fail(CONV_ERR_WORKSPACE,
                         "max_workspace is %zu bytes; the least that does this problem is %zu",
                         problem->max_workspace, needed);
    }
    *plan = made;
    return CONV_OK;
}

void conv_plan_drop_method(conv_plan *plan) {
    if (plan->composite)
        plan->composite->release(plan->parts);
    if (plan->method)
        plan->method->release(plan->state);
    for (int i = 0; i < plan->patches; i++)
        conv_plan_destroy(plan->patch[i].plan);
    conv_free(plan->patch);
    conv_dots_free(plan->dots);
    plan->method = NULL;
    plan->state = plan->parts = NULL;
    plan->composite = NULL;
    plan->patch = NULL;
    plan->dots = NULL;
    plan->patches = 0;
    plan->patch_bytes = plan->sub_bytes = plan->method_bytes = 0;
}

void conv_plan_destroy(conv_plan *plan) {
    if (!plan)
        return;
    conv_plan_drop_method(plan);
    conv_ladder_destroy(plan->ladder);
    conv_free(plan->taps);
    conv_free(plan);
}
