/* The choice of the method: one loop over the table. */
#include <math.h>

#include "base/memory.h"
#include "base/status.h"
#include "plan/patch.h"
#include "plan/plan.h"

static const char *method_name(conv_method id) {
    static const char *const names[] = {"auto",   "direct", "separable",
                                        "blocks", "fft",    "reference"};
    return names[id];
}

double conv_plan_shared_seconds(const conv_problem *problem, const conv_method_row *method,
                                const conv_cost *cost) {
    double batch = (double)problem->batch;
    if (problem->batch >= (size_t)problem->threads)
        return cost->execute * batch;
    return method->parallel ? (cost->execute - cost->serial) * batch : 0;
}

double conv_plan_seconds(const conv_problem *problem, const conv_method_row *method,
                         const conv_cost *cost) {
    double seconds = cost->execute * (double)problem->batch;
    double shared = conv_plan_shared_seconds(problem, method, cost);
    double threads = fmin(problem->threads, shared / CONV_SECONDS_PER_THREAD);
    if (threads > 1)
        seconds -= shared - shared / threads;
    return problem->once ? seconds + cost->prepare : seconds;
}

/* Prepares the method; one whose workspace is over the limit is given up again. */
static conv_status try_method(conv_plan *plan, const conv_method_row *method, size_t *smallest) {
    const conv_problem *problem = &plan->problem;
    conv_status status = method->prepare(&plan->task, &plan->state);
    if (status != CONV_OK)
        return status;
    plan->method = method;
    plan->method_bytes = method->workspace(&plan->task, plan->state, 1);
    status = conv_plan_make_patches(plan);
    if (status != CONV_OK)
        return status;
    size_t bytes = conv_plan_workspace_size(plan);
    if (bytes <= problem->max_workspace)
        return CONV_OK;
    *smallest = conv_min(*smallest, bytes);
    conv_plan_drop_method(plan);
    return CONV_OK;
}

/* Rows come in the order of the memory that they need: a later one has to be faster by more than
 * the estimates can tell. */
#define CLEARLY 0.97

/* The cheapest method that is not in the set `tried`, a bit for each row; NULL: none is left. */
static const conv_method_row *cheapest(const conv_plan *plan, unsigned tried, int *row) {
    const conv_method_row *best = NULL;
    double least = INFINITY;
    for (int i = 0; conv_methods[i]; i++) {
        const conv_method_row *method = conv_methods[i];
        conv_cost floor = method->floor;
        floor.prepare += method->floor_per_tap * (double)plan->problem.taps;
        if (tried >> i & 1 || method->id == CONV_METHOD_REFERENCE ||
            conv_plan_seconds(&plan->problem, method, &floor) >= least ||
            method->reject(&plan->task))
            continue;
        conv_cost cost = method->cost(&plan->task);
        double seconds = conv_plan_seconds(&plan->problem, method, &cost);
        if (seconds < least * (best ? CLEARLY : 1)) {
            least = seconds;
            best = method;
            *row = i;
        }
    }
    return best;
}

/* A method that finds no memory leaves the problem to those that need less. */
static conv_status choose(conv_plan *plan, size_t *smallest) {
    unsigned tried = 0;
    int row = 0;
    conv_status failure = CONV_OK;
    char before[CONV_MESSAGE_SIZE];
    const conv_method_row *method;
    conv_keep_message(before);
    while (!plan->method && (method = cheapest(plan, tried, &row)) != NULL) {
        conv_status status = try_method(plan, method, smallest);
        if (status != CONV_OK) {
            conv_plan_drop_method(plan);
            failure = status;
        }
        tried |= 1u << row;
    }
    if (plan->method) {
        conv_restore_message(before);
        return CONV_OK;
    }
    return failure;
}

static conv_status force(conv_plan *plan, size_t *smallest) {
    conv_method wanted = plan->problem.method;
    const conv_method_row *method = conv_method_find(wanted);
    if (!method)
        return conv_fail(CONV_ERR_METHOD, "method is %s, which this build does not have",
                         method_name(wanted));
    const char *reason = method->reject(&plan->task);
    if (reason)
        return conv_fail(CONV_ERR_METHOD, "method is %s, which cannot do this problem: %s",
                         method_name(wanted), reason);
    return try_method(plan, method, smallest);
}

conv_status conv_plan_dispatch(conv_plan *plan) {
    size_t smallest = SIZE_MAX;
    conv_status status =
        plan->problem.method == CONV_METHOD_AUTO ? choose(plan, &smallest) : force(plan, &smallest);
    if (status != CONV_OK || plan->method)
        return status;
    return conv_fail(CONV_ERR_WORKSPACE,
                     "max_workspace is %zu bytes; the least that does this problem is %zu",
                     plan->problem.max_workspace, smallest);
}
