#include "plan/estimate.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "integral/ends.h"
#include "plan/ladder.h"
#include "plan/orders.h"
#include "problem/extend.h"

/* The end weights that the plan's outputs have, at most; axes with few samples have fewer. */
static int plan_ends(const conv_plan *plan) {
    int q = 0;
    for (int d = 0; d < plan->problem.rank; d++) {
        const conv_axis *axis = &plan->problem.axis[d];
        q = axis->ends > q ? axis->ends : q;
        q = axis->tap_ends > q ? axis->tap_ends : q;
    }
    return q;
}

/* What to compare q end weights with: one more; one fewer, whose error is larger, where there are
 * too few samples for that on every axis. */
static int next_ends(const conv_plan *plan, conv_mode mode, int q) {
    for (int d = 0; d < plan->problem.rank; d++)
        if (conv_ends_allowed(&plan->problem.axis[d], mode, q + 1) > q)
            return q + 1;
    return q ? q - 1 : 1;
}

/* ---- one axis: the difference to the next order from the ends alone ---- */

static void estimate_ends(const conv_plan *plan, conv_mode mode, const char *signal,
                          double *error) {
    const conv_axis *axis = &plan->problem.axis[0];
    conv_ends ends = {&plan->problem, plan->taps, signal, mode};
    int q = plan_ends(plan), other = next_ends(plan, mode, q);
    for (size_t i = 0; i < axis->count; i++) {
        ptrdiff_t k = axis->start + (ptrdiff_t)(i * axis->step);
        bool none = plan->nothing || mode == CONV_CIRCULAR;
        error[i] = none ? 0 : plan->factor * conv_ends_difference(&ends, k, q, other);
    }
}

/* ---- more axes: the next order itself ---- */

/* The plan's taps with the weights of `to` in place of those they have. */
static void reweigh(const conv_problem *from, const conv_problem *to, const char *taps,
                    char *changed) {
    const conv_element_kernels *elements = from->elements;
    size_t index[CONV_MAX_RANK] = {0}; /* in sliding order: weights are symmetric */
    for (size_t i = 0; i < from->taps; i++) {
        double factor = 1;
        for (int d = 0; d < from->rank; d++) {
            const conv_axis *a = &from->axis[d], *b = &to->axis[d];
            factor *= conv_end_weight(b->m, b->tap_ends, b->tap_end_weight, index[d]) /
                      conv_end_weight(a->m, a->tap_ends, a->tap_end_weight, index[d]);
        }
        elements->scale_taps(changed + i * elements->tap_size, taps + i * elements->tap_size, 1,
                             factor, false);
        for (int d = from->rank - 1; d >= 0 && ++index[d] == from->axis[d].m; d--)
            index[d] = 0;
    }
}

/* A problem like the plan's, for one signal, with contiguous outputs. */
static conv_problem single_problem(const conv_plan *plan) {
    conv_problem problem = plan->problem;
    size_t count[CONV_MAX_RANK] = {0};
    ptrdiff_t stride[CONV_MAX_RANK];
    for (int d = 0; d < problem.rank; d++)
        count[d] = problem.axis[d].count;
    conv_contiguous_strides(problem.rank, count, stride);
    for (int d = 0; d < problem.rank; d++)
        problem.axis[d].output_stride = stride[d];
    problem.batch = 1;
    problem.fold.needed = false; /* done by then */
    problem.max_workspace = SIZE_MAX;
    return problem;
}

/* One convolution of a problem of its own, into fresh memory. */
static conv_status convolve(const conv_problem *problem, const conv_mending *mending, char *taps,
                            const char *signal, char **result) {
    conv_plan *plan = NULL;
    conv_status status = conv_plan_build_with_taps(&plan, problem, mending, taps);
    char *room = NULL;
    *result = NULL;
    if (status == CONV_OK) {
        *result = conv_allocate(problem->outputs * problem->elements->size);
        room = conv_allocate(conv_max(conv_plan_item_bytes(plan), 1));
        if (*result && room)
            conv_plan_run_item(plan, signal, *result, room);
        else
            status = conv_fail(CONV_ERR_MEMORY, "no memory for an estimate");
    }
    conv_free(room);
    conv_plan_destroy(plan);
    return status;
}

/* The plan's own outputs: its problem once more, with the weights of q end samples. */
static conv_status convolve_order(const conv_plan *plan, conv_mode mode, int q, const char *signal,
                                  char **result) {
    conv_problem problem = single_problem(plan);
    conv_mending mending[CONV_MAX_RANK];
    char *taps = conv_allocate(problem.taps * problem.elements->tap_size);
    *result = NULL;
    if (!taps)
        return conv_fail(CONV_ERR_MEMORY, "no memory for an estimate");
    for (int d = 0; d < problem.rank; d++)
        problem.axis[d].ends = problem.axis[d].tap_ends = 0;
    conv_integral_weigh(&problem, mode, q, mending);
    reweigh(&plan->problem, &problem, plan->taps, taps);
    return convolve(&problem, mending, taps, signal, result);
}

static conv_status estimate_next(const conv_plan *plan, conv_mode mode, const char *signal,
                                 double *error) {
    const conv_element_kernels *elements = plan->problem.elements;
    int q = plan_ends(plan);
    char *own = NULL, *next = NULL;
    if (plan->nothing || mode == CONV_CIRCULAR) {
        for (size_t i = 0; i < plan->problem.outputs; i++)
            error[i] = 0;
        return CONV_OK;
    }
    conv_status status = convolve_order(plan, mode, q, signal, &own);
    if (status == CONV_OK)
        status = convolve_order(plan, mode, next_ends(plan, mode, q), signal, &next);
    for (size_t i = 0; i < plan->problem.outputs && status == CONV_OK; i++) {
        double a[1][2], b[1][2];
        elements->widen(a, own + i * elements->size, 1, 1);
        elements->widen(b, next + i * elements->size, 1, 1);
        error[i] = plan->factor * hypot(a[0][0] - b[0][0], a[0][1] - b[0][1]);
    }
    conv_free(own);
    conv_free(next);
    return status;
}

/* ---- Richardson: the trapezoidal rule with the spacing and with twice the spacing ---- */

/* Over an even number of panels, T_h - T_2h is the sum of the products with alternating signs, the
 * first and last by half; of an odd number of panels the last one is left out. alternating: the sum
 * over the whole overlap with the sign of (-1)^l, l the tap. */
static double richardson(const conv_ends *ends, ptrdiff_t k, const double alternating[2]) {
    double x[2], h[2], sum[2] = {alternating[0], alternating[1]};
    ptrdiff_t low, high;
    conv_ends_overlap(ends, k, &low, &high);
    ptrdiff_t first = k - high, last = k - low, end = last - (last - first) % 2;
    for (ptrdiff_t l = first; l <= last; l = l == first && end > first ? end : l + 1) {
        double share = l == first || l == end ? 0.5 : 1; /* of what is taken away again */
        if (first == end)
            share = 1; /* one panel or none says nothing */
        conv_ends_sample(ends, k - l, x);
        conv_ends_tap(ends, (size_t)l, h);
        share = l % 2 ? -share : share;
        sum[0] -= share * (x[0] * h[0] - x[1] * h[1]);
        sum[1] -= share * (x[0] * h[1] + x[1] * h[0]);
    }
    return hypot(sum[0], sum[1]) / 3;
}

static conv_status alternating_sums(const conv_plan *plan, const char *signal, char **sums) {
    conv_problem problem = single_problem(plan), bare;
    conv_mending none[CONV_MAX_RANK] = {{0}};
    size_t m = problem.taps, size = problem.elements->tap_size;
    char *taps = conv_allocate(m * size);
    *sums = NULL;
    if (!taps)
        return conv_fail(CONV_ERR_MEMORY, "no memory for an estimate");
    problem.axis[0].ends = problem.axis[0].tap_ends = 0;
    bare = problem;
    reweigh(&plan->problem, &bare, plan->taps, taps);
    for (size_t i = 0; i < m; i++) /* sliding order: tap m-1-i */
        if ((m - 1 - i) % 2)
            problem.elements->scale_taps(taps + i * size, taps + i * size, 1, -1, false);
    problem.method = CONV_METHOD_AUTO;
    return convolve(&problem, none, taps, signal, sums);
}

static conv_status estimate_richardson(const conv_plan *plan, conv_mode mode, const char *signal,
                                       double *error) {
    const conv_axis *axis = &plan->problem.axis[0];
    const conv_element_kernels *elements = plan->problem.elements;
    conv_ends ends = {&plan->problem, plan->taps, signal, mode};
    char *sums;
    conv_status status = alternating_sums(plan, signal, &sums);
    for (size_t i = 0; i < axis->count && status == CONV_OK; i++) {
        ptrdiff_t k = axis->start + (ptrdiff_t)(i * axis->step), low, high;
        double sum[1][2];
        elements->widen(sum, sums + i * elements->size, 1, 1);
        conv_ends_overlap(&ends, k, &low, &high);
        if (mode == CONV_CIRCULAR)
            error[i] = hypot(sum[0][0], sum[0][1]) / 3;
        else
            error[i] = plan->nothing || low > high ? 0 : richardson(&ends, k, sum[0]);
        error[i] *= plan->factor;
    }
    conv_free(sums);
    return status;
}

static conv_status estimate_one(const conv_plan *plan, conv_mode mode, conv_estimate kind,
                                const char *signal, double *error, char *workspace) {
    const conv_plan *order = plan;
    int q;
    if (plan->rule == CONV_RULE_AUTO)
        order = conv_plan_order_for(plan, signal, workspace, &q);
    order = conv_ladder_first(order);
    if (kind == CONV_ESTIMATE_RICHARDSON)
        return estimate_richardson(order, mode, signal, error);
    if (plan->problem.rank > 1)
        return estimate_next(order, mode, signal, error);
    estimate_ends(order, mode, signal, error);
    return CONV_OK;
}

static conv_status estimate_batch(const conv_plan *plan, conv_estimate kind, const char *signal,
                                  double *error, char *folded, char *workspace) {
    const conv_problem *problem = &plan->problem;
    conv_status status = CONV_OK;
    for (size_t b = 0; b < problem->batch && status == CONV_OK; b++) {
        const char *x = signal + (ptrdiff_t)b * problem->signal_batch_stride *
                                     (ptrdiff_t)problem->elements->size;
        if (folded)
            conv_extend_fold(problem, x, folded);
        status = estimate_one(plan, plan->mode, kind, folded ? folded : x,
                              error + b * problem->outputs, workspace);
    }
    return status;
}

/* The estimates of a batch are kept apart until there are all: memory may end at any signal. */
conv_status conv_plan_estimate_all(const conv_plan *plan, conv_estimate kind, const char *signal,
                                   double *error) {
    const conv_problem *problem = &plan->problem;
    conv_status status;
    char *workspace = conv_allocate(conv_max(conv_plan_item_bytes(plan), 1)), *folded = NULL;
    double *all = error;
    size_t bytes = 0;
    if (problem->fold.needed)
        folded = conv_allocate(problem->fold.samples * problem->elements->size);
    if (problem->batch > 1)
        all = conv_multiply(problem->batch, problem->outputs, &bytes) &&
                      conv_multiply(bytes, sizeof *error, &bytes)
                  ? conv_allocate(bytes)
                  : NULL;
    status = workspace && all && (folded || !problem->fold.needed)
                 ? estimate_batch(plan, kind, signal, all, folded, workspace)
                 : conv_fail(CONV_ERR_MEMORY, "no memory for an estimate");
    if (all != error && status == CONV_OK)
        memcpy(error, all, bytes);
    if (all != error)
        conv_free(all);
    conv_free(folded);
    conv_free(workspace);
    return status;
}

int conv_plan_order_of(const conv_plan *plan, const char *signal) {
    if (plan->rule == CONV_RULE_SUM)
        return 0;
    if (plan->rule == CONV_RULE_AUTO) {
        int q;
        if (!signal)
            return 0;
        char *workspace = conv_allocate(conv_max(conv_plan_item_bytes(plan), 1));
        if (!workspace)
            return 0;
        const conv_plan *order = conv_plan_order_for(plan, signal, workspace, &q);
        conv_free(workspace);
        return plan_ends(conv_ladder_first(order)) + 1;
    }
    if (plan->composite)
        plan = plan->composite->lead(plan->parts);
    return plan_ends(conv_ladder_first(plan)) + 1;
}
