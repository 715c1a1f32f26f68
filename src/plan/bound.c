#include "plan/bound.h"

#include <float.h>
#include <math.h>

#include "methods/bounds.h"
#include "plan/ladder.h"
#include "problem/extend.h"

/* Roundings of samples and taps before they meet: a fold, a rule's weights, the spacings. */
static double input_roundings(const conv_problem *problem, bool folded) {
    double roundings = (folded ? 1 : 0) + (problem->factor != 1 ? 2 : 0);
    bool weighted = false;
    for (int d = 0; d < problem->rank; d++)
        weighted = weighted || problem->axis[d].ends || problem->axis[d].tap_ends;
    return roundings + (weighted ? 4 : 0);
}

conv_error conv_plan_error(const conv_plan *plan, const char *signal, char *workspace,
                           bool proved) {
    const conv_problem *problem = &plan->problem;
    char *sub = workspace + plan->fold_bytes + plan->patch_bytes;
    if (plan->nothing)
        return (conv_error){0, 0};
    if (problem->fold.needed) {
        conv_extend_fold(problem, signal, workspace);
        signal = workspace;
    }
    conv_error error =
        plan->method->error(&plan->task, plan->state, signal, sub + plan->sub_bytes, proved);
    double roundings = input_roundings(problem, problem->fold.needed);
    for (int i = 0; i < plan->patches; i++) {
        const conv_patch *patch = &plan->patch[i];
        if (!patch->plan)
            continue;
        ptrdiff_t offset = patch->signal_offset * (ptrdiff_t)problem->elements->size;
        conv_error mended = conv_plan_error(patch->plan, signal + offset, sub, proved);
        error.absolute += mended.absolute;
        error.relative = fmax(error.relative, mended.relative);
        roundings += 2;
    }
    if (plan->factor != 1)
        roundings += 2;
    if (roundings > 0)
        error.absolute +=
            roundings * (conv_unit(problem->dtype) * conv_bounds_largest(&plan->task, signal) +
                         conv_bounds_steps(&plan->task, signal));
    error.absolute *= plan->factor;
    if (plan->factor != 1)
        error.absolute += conv_step(problem->dtype);
    return error;
}

double conv_plan_componentwise(const conv_problem *problem, conv_method method) {
    double terms = conv_bounds_terms(problem, (double)problem->taps);
    double unit = conv_unit(problem->dtype);
    double roundings = input_roundings(problem, problem->fold.needed);
    if (method == CONV_METHOD_REFERENCE)
        return (1 + roundings) * unit + terms * (double)LDBL_EPSILON / 2;
    return (terms + roundings) * unit;
}

void conv_plan_measure(const conv_problem *problem, const void *output,
                       conv_magnitudes *magnitudes) {
    size_t extent[CONV_MAX_RANK] = {0};
    ptrdiff_t stride[CONV_MAX_RANK] = {0};
    for (int d = 0; d < problem->rank; d++) {
        extent[d] = problem->axis[d].count;
        stride[d] = problem->axis[d].output_stride;
    }
    conv_measure(problem->elements, problem->rank, extent, stride, output, magnitudes);
}

double conv_bound_maxnorm(conv_error error, const conv_magnitudes *outputs) {
    double total = error.absolute + error.relative * outputs->largest;
    if (!outputs->finite)
        return INFINITY;
    if (total == 0)
        return 0;
    return total < outputs->largest ? total / (outputs->largest - total) : INFINITY;
}

conv_status conv_plan_run_bound(const conv_plan *plan, const void *signal, void *output,
                                void *workspace, double *bound) {
    const conv_problem *problem = &plan->problem;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    if (plan->ladder)
        return conv_ladder_run(plan, signal, output, workspace, bound);
    if (plan->composite) {
        for (size_t b = 0; b < problem->batch; b++)
            plan->composite->run(
                plan, (const char *)signal + (ptrdiff_t)b * problem->signal_batch_stride * size,
                (char *)output + (ptrdiff_t)b * problem->output_batch_stride * size, workspace,
                bound ? &bound[b] : NULL);
        return CONV_OK;
    }
    conv_plan_run(plan, signal, output, workspace);
    for (size_t b = 0; bound && b < problem->batch; b++) {
        const char *x = (const char *)signal + (ptrdiff_t)b * problem->signal_batch_stride * size;
        const char *y = (const char *)output + (ptrdiff_t)b * problem->output_batch_stride * size;
        conv_magnitudes outputs;
        conv_plan_measure(problem, y, &outputs);
        if (problem->tolerance.kind == CONV_TOLERANCE_MAXNORM)
            bound[b] = conv_bound_maxnorm(conv_plan_error(plan, x, workspace, false), &outputs);
        else if (!outputs.finite)
            bound[b] = INFINITY;
        else
            bound[b] = conv_plan_componentwise(problem, plan->method->id) +
                       (plan->factor != 1 ? 2 * conv_unit(problem->dtype) : 0);
    }
    return CONV_OK;
}
