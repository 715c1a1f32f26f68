#include "plan/estimate.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "integral/next_order.h"
#include "plan/build_sum.h"
#include "plan/outputs.h"
#include "plan/pick.h"
#include "problem/extend.h"

/* What is estimated: a convolution with the weights of one order, and the factor of its outputs. */
typedef struct {
    const conv_task *task;
    const conv_wishes *wishes;
    conv_mode mode;
    bool is_zero; /* all integrals are over a point, or over a period, which has no ends */
    double factor;
} subject;

/* The end weights that the plan's outputs have, at most; axes with few samples have fewer. */
static int weighted_ends(const conv_problem *problem) {
    int q = 0;
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        q = axis->ends > q ? axis->ends : q;
        q = axis->tap_ends > q ? axis->tap_ends : q;
    }
    return q;
}

/* What to compare q end weights with: one more; one fewer, whose error is larger, where there are
 * too few samples for that on every axis. */
static int next_ends(const conv_problem *problem, conv_mode mode, int q) {
    for (int d = 0; d < problem->rank; d++)
        if (conv_next_order_allowed(&problem->axis[d], mode, q + 1) > q)
            return q + 1;
    return q ? q - 1 : 1;
}

/* ---- one axis: the difference to the next order from the ends alone ---- */

static void estimate_ends(const subject *of, const char *signal, double *error) {
    const conv_problem *problem = of->task->problem;
    const conv_axis *axis = &problem->axis[0];
    conv_next_order ends = {problem, of->task->taps, signal, of->mode};
    int q = weighted_ends(problem), other = next_ends(problem, of->mode, q);
    for (size_t i = 0; i < axis->count; i++) {
        ptrdiff_t k = axis->start + (ptrdiff_t)(i * axis->step);
        error[i] = of->is_zero ? 0 : of->factor * conv_next_order_difference(&ends, k, q, other);
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

/* One convolution with the weights of q end samples, or of none where q is negative, of the
 * subject's own taps, of which those with odd index change their sign where `alternating` says so;
 * into fresh memory. */
static conv_status convolve(const subject *of, int q, bool alternating, const char *signal,
                            char **result) {
    const conv_problem *own = of->task->problem;
    const conv_element_kernels *elements = own->elements;
    conv_to_correct to_correct[CONV_MAX_RANK] = {{0}};
    conv_ingredients from = {.problem = *own, .to_correct = to_correct, .factor = 1};
    conv_tap_set *sets = NULL, *set = conv_tap_set_add(&sets, own);
    conv_wishes wishes = *of->wishes;
    conv_node *node = NULL;
    char *room = NULL;
    *result = NULL;
    if (!set)
        return CONV_ERR_MEMORY;
    conv_outputs_pack(&from.problem);
    from.sets = &sets;
    from.taps = set;
    for (int d = 0; d < own->rank; d++)
        from.problem.axis[d].ends = from.problem.axis[d].tap_ends = 0;
    if (q >= 0)
        conv_integral_weigh(&from.problem, of->mode, q, to_correct);
    reweigh(own, &from.problem, of->task->taps, set->taps);
    for (size_t i = 0; i < own->taps && alternating; i++) /* sliding order: tap taps-1-i */
        if ((own->taps - 1 - i) % 2) {
            char *tap = (char *)set->taps + i * elements->tap_size;
            elements->scale_taps(tap, tap, 1, -1, false);
        }
    conv_tap_set_ready(set, own);
    wishes.threads = 1;
    wishes.max_workspace = SIZE_MAX;
    wishes.uses = 1;
    if (alternating)
        wishes.method = CONV_METHOD_AUTO;
    conv_status status = conv_build_sum(&node, &from, &wishes);
    if (status == CONV_OK) {
        *result = conv_allocate(own->outputs * elements->size);
        room = conv_allocate(conv_max(node->bytes, 1));
        if (*result && room)
            conv_node_run(node, signal, *result, room, NULL);
        else
            status = conv_fail(CONV_ERR_MEMORY, "no memory for an estimate");
    }
    conv_free(room);
    conv_node_release(node);
    conv_tap_sets_free(sets);
    return status;
}

static conv_status nothing_to_estimate(const conv_problem *problem, double *error) {
    for (size_t i = 0; i < problem->outputs; i++)
        error[i] = 0;
    return CONV_OK;
}

static conv_status estimate_next(const subject *of, const char *signal, double *error) {
    const conv_problem *problem = of->task->problem;
    const conv_element_kernels *elements = problem->elements;
    int q = weighted_ends(problem);
    char *own = NULL, *next = NULL;
    if (of->is_zero)
        return nothing_to_estimate(problem, error);
    conv_status status = convolve(of, q, false, signal, &own);
    if (status == CONV_OK)
        status = convolve(of, next_ends(problem, of->mode, q), false, signal, &next);
    for (size_t i = 0; i < problem->outputs && status == CONV_OK; i++) {
        double a[1][2], b[1][2];
        elements->widen(a, own + i * elements->size, 1, 1);
        elements->widen(b, next + i * elements->size, 1, 1);
        error[i] = of->factor * hypot(a[0][0] - b[0][0], a[0][1] - b[0][1]);
    }
    conv_free(own);
    conv_free(next);
    return status;
}

/* ---- Richardson: the trapezoidal rule with the spacing and with twice the spacing ---- */

/* Over an even number of panels, T_h - T_2h is the sum of the products with alternating signs, the
 * first and last by half; of an odd number of panels the last one is left out. alternating: the sum
 * over the whole overlap with the sign of (-1)^l, l the tap. */
static double richardson(const conv_next_order *ends, ptrdiff_t k, const double alternating[2]) {
    double x[2], h[2], sum[2] = {alternating[0], alternating[1]};
    ptrdiff_t low, high;
    conv_next_order_overlap(ends, k, &low, &high);
    ptrdiff_t first = k - high, last = k - low, end = last - (last - first) % 2;
    for (ptrdiff_t l = first; l <= last; l = l == first && end > first ? end : l + 1) {
        double share = l == first || l == end ? 0.5 : 1; /* of what is taken away again */
        if (first == end)
            share = 1; /* one panel or none says nothing */
        conv_next_order_sample(ends, k - l, x);
        conv_next_order_tap(ends, (size_t)l, h);
        share = l % 2 ? -share : share;
        sum[0] -= share * (x[0] * h[0] - x[1] * h[1]);
        sum[1] -= share * (x[0] * h[1] + x[1] * h[0]);
    }
    return hypot(sum[0], sum[1]) / 3;
}

static conv_status estimate_richardson(const subject *of, const char *signal, double *error) {
    const conv_problem *problem = of->task->problem;
    const conv_axis *axis = &problem->axis[0];
    conv_next_order ends = {problem, of->task->taps, signal, of->mode};
    char *sums;
    if (of->is_zero && of->mode != CONV_CIRCULAR) /* a single tap has the weight 0 */
        return nothing_to_estimate(problem, error);
    conv_status status = convolve(of, -1, true, signal, &sums);
    for (size_t i = 0; i < axis->count && status == CONV_OK; i++) {
        ptrdiff_t k = axis->start + (ptrdiff_t)(i * axis->step), low, high;
        double sum[1][2];
        problem->elements->widen(sum, sums + i * problem->elements->size, 1, 1);
        conv_next_order_overlap(&ends, k, &low, &high);
        if (of->mode == CONV_CIRCULAR)
            error[i] = hypot(sum[0][0], sum[0][1]) / 3;
        else
            error[i] = low > high ? 0 : richardson(&ends, k, sum[0]);
        error[i] *= of->factor;
    }
    conv_free(sums);
    return status;
}

/* All integrals are over a point where an axis carries no weights that a rule asks for. */
static bool is_over_a_point(const conv_plan *plan) {
    conv_problem problem = plan->problem;
    conv_to_correct to_correct[CONV_MAX_RANK];
    conv_integral_weigh(&problem, plan->mode, 1, to_correct);
    for (int d = 0; d < problem.rank; d++)
        if (plan->rule != CONV_RULE_RECTANGLE && to_correct[d].nothing)
            return true;
    return false;
}

static conv_status estimate_one(const conv_plan *plan, conv_estimate kind, const char *signal,
                                double *error, char *workspace) {
    const conv_node *node = plan->one;
    int q;
    const conv_node *order = conv_pick_order(node, signal, workspace, &q);
    const conv_task *task = (order ? order : node)->task;
    subject of = {task, &plan->wishes, plan->mode,
                  plan->mode == CONV_CIRCULAR || is_over_a_point(plan),
                  plan->problem.factor / task->problem->factor};
    if (kind == CONV_ESTIMATE_RICHARDSON)
        return estimate_richardson(&of, signal, error);
    if (plan->problem.rank > 1)
        return estimate_next(&of, signal, error);
    estimate_ends(&of, signal, error);
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
        status =
            estimate_one(plan, kind, folded ? folded : x, error + b * problem->outputs, workspace);
    }
    return status;
}

/* The estimates of a batch are kept apart until there are all: memory may end at any signal. */
conv_status conv_estimate_all(const conv_plan *plan, conv_estimate kind, const char *signal,
                              double *error) {
    const conv_problem *problem = &plan->problem;
    conv_status status;
    char *workspace = conv_allocate(conv_max(plan->one->bytes, 1)), *folded = NULL;
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

int conv_estimate_order(const conv_plan *plan, const char *signal) {
    const conv_node *node = plan->one;
    if (plan->rule == CONV_RULE_SUM)
        return 0;
    if (plan->rule == CONV_RULE_AUTO) {
        int q;
        if (!signal)
            return 0;
        char *workspace = conv_allocate(conv_max(node->bytes, 1));
        if (!workspace)
            return 0;
        const conv_node *order = conv_pick_order(node, signal, workspace, &q);
        conv_free(workspace);
        node = order ? order : node;
    }
    return weighted_ends(node->task->problem) + 1;
}
