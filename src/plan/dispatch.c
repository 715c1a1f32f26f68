/* The choice of the method: one loop over the table. */
#include <math.h>

#include "base/memory.h"
#include "base/status.h"
#include "plan/plan.h"

static const char *method_name(conv_method id) {
    static const char *const names[] = {"auto",   "direct", "separable",
                                        "blocks", "fft",    "reference"};
    return names[id];
}

static double total_seconds(const conv_problem *problem, const conv_candidate *candidate) {
    double seconds = candidate->cost.execute * (double)problem->batch;
    return problem->once ? seconds + candidate->cost.prepare : seconds;
}

static void estimate(conv_plan *plan) {
    plan->candidates = 0;
    for (int i = 0; conv_methods[i]; i++) {
        conv_candidate *candidate = &plan->candidate[plan->candidates++];
        candidate->method = conv_methods[i];
        candidate->reason = conv_methods[i]->reject(&plan->task);
        candidate->cost = candidate->reason ? (conv_cost){INFINITY, INFINITY}
                                            : conv_methods[i]->cost(&plan->task);
    }
}

/* Prepares the candidate; a workspace over the limit makes it a refused one. */
static conv_status try_candidate(conv_plan *plan, conv_candidate *candidate, size_t *smallest) {
    const conv_problem *problem = &plan->problem;
    conv_status status = candidate->method->prepare(&plan->task, &plan->state);
    if (status != CONV_OK)
        return status;
    plan->method = candidate->method;
    plan->method_threads = plan->batch_threads = 1;
    plan->method_bytes = plan->method->workspace(&plan->task, plan->state, 1);
    size_t bytes = conv_plan_item_bytes(plan);
    if (bytes <= problem->max_workspace)
        return CONV_OK;
    *smallest = conv_min(*smallest, bytes);
    plan->method->release(plan->state);
    plan->state = NULL;
    plan->method = NULL;
    candidate->reason = "its workspace exceeds max_workspace";
    return CONV_OK;
}

static conv_candidate *cheapest(conv_plan *plan) {
    conv_candidate *best = NULL;
    for (int i = 0; i < plan->candidates; i++) {
        conv_candidate *candidate = &plan->candidate[i];
        if (candidate->reason || candidate->method->id == CONV_METHOD_REFERENCE)
            continue;
        if (!best || total_seconds(&plan->problem, candidate) < total_seconds(&plan->problem, best))
            best = candidate;
    }
    return best;
}

static conv_candidate *forced(conv_plan *plan) {
    for (int i = 0; i < plan->candidates; i++)
        if (plan->candidate[i].method->id == plan->problem.method)
            return &plan->candidate[i];
    return NULL;
}

conv_status conv_plan_dispatch(conv_plan *plan) {
    conv_method wanted = plan->problem.method;
    size_t smallest = SIZE_MAX;
    estimate(plan);
    if (wanted != CONV_METHOD_AUTO) {
        conv_candidate *candidate = forced(plan);
        if (!candidate)
            return conv_fail(CONV_ERR_METHOD, "method is %s, which this build does not have",
                             method_name(wanted));
        if (candidate->reason)
            return conv_fail(CONV_ERR_METHOD, "method is %s, which cannot do this problem: %s",
                             method_name(wanted), candidate->reason);
        conv_status status = try_candidate(plan, candidate, &smallest);
        if (status != CONV_OK || plan->method)
            return status;
    } else {
        for (conv_candidate *candidate; (candidate = cheapest(plan)) != NULL;) {
            conv_status status = try_candidate(plan, candidate, &smallest);
            if (status != CONV_OK || plan->method)
                return status;
        }
    }
    return conv_fail(CONV_ERR_WORKSPACE,
                     "max_workspace is %zu bytes; the least that does this problem is %zu",
                     plan->problem.max_workspace, smallest);
}
