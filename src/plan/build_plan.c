#include "plan/build_plan.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "integral/integral.h"
#include "plan/batch.h"
#include "plan/build_kept.h"
#include "plan/build_orders.h"
#include "plan/build_stretches.h"
#include "plan/tolerance.h"
#include "problem/still_axes.h"

static void weigh(conv_problem *problem, const conv_desc *desc,
                  conv_to_correct to_correct[CONV_MAX_RANK]) {
    memset(to_correct, 0, CONV_MAX_RANK * sizeof *to_correct);
    if (desc->rule != CONV_RULE_SUM)
        conv_integral_weigh(problem, desc->mode, conv_integral_ends(desc->rule, desc->rule_order),
                            to_correct);
}

static bool has_breaks(const conv_desc *desc) {
    return desc->signal_break_count || desc->kernel_break_count;
}

conv_status conv_build_check(const conv_problem *bare, const conv_wishes *wishes,
                             const conv_desc *desc) {
    conv_problem problem = *bare;
    conv_wishes between = *wishes;
    conv_to_correct to_correct[CONV_MAX_RANK];
    conv_tolerance_kind kind = wishes->tolerance.kind;
    if (conv_wishes_any_accuracy(wishes))
        return CONV_OK;
    if (has_breaks(desc) && kind != CONV_TOLERANCE_COMPONENTWISE && kind != CONV_TOLERANCE_STRICT)
        return conv_fail(CONV_ERR_TOLERANCE,
                         "tolerance.kind is %d, with breaks only the default, COMPONENTWISE and "
                         "STRICT are kept",
                         (int)kind);
    if (kind == CONV_TOLERANCE_INTEGER && desc->rule != CONV_RULE_SUM)
        return conv_fail(CONV_ERR_TOLERANCE,
                         "tolerance.kind is INTEGER, which needs CONV_RULE_SUM: integrals are no "
                         "integers");
    weigh(&problem, desc, to_correct);
    /* of the weighted problem: weights round */
    conv_status status = conv_tolerance_check(&problem, wishes);
    if (status != CONV_OK || !has_breaks(desc) || kind != CONV_TOLERANCE_COMPONENTWISE)
        return status;
    between.tolerance.value = conv_build_stretches_value(desc);
    if (conv_tolerance_check(&problem, &between) == CONV_OK)
        return CONV_OK;
    return conv_fail(CONV_ERR_TOLERANCE,
                     "tolerance.value is %g, which sums over the stretches between %zu signal "
                     "breaks and %zu kernel breaks do not keep",
                     desc->tolerance.value, desc->signal_break_count, desc->kernel_break_count);
}

static conv_status build_plain(conv_node **node, const conv_problem *bare,
                               const conv_wishes *wishes, const conv_desc *desc, const void *kernel,
                               conv_tap_set **sets) {
    conv_problem problem = *bare;
    conv_to_correct to_correct[CONV_MAX_RANK];
    conv_ingredients from;
    weigh(&problem, desc, to_correct);
    conv_status status = conv_ingredients_make(&from, &problem, to_correct, kernel, sets);
    return status == CONV_OK ? conv_build_kept(node, &from, wishes) : status;
}

/* For one signal. */
static conv_status build_one(conv_node **node, const conv_problem *bare, const conv_wishes *wishes,
                             const conv_desc *desc, const void *kernel, conv_tap_set **sets) {
    conv_status status = CONV_OK;
    *node = NULL;
    if (has_breaks(desc))
        status = conv_build_stretches(node, bare, wishes, desc, kernel, sets);
    else if (desc->rule == CONV_RULE_AUTO)
        status = conv_build_orders(node, bare, wishes, desc->mode, kernel, sets);
    if (status == CONV_OK && !*node)
        status = build_plain(node, bare, wishes, desc, kernel, sets);
    return status;
}

/* Threads go to the signals of a batch where there are enough of these, else into the methods. */
static conv_status build_tree(conv_plan *plan, const conv_desc *desc, const void *kernel) {
    const conv_problem *bare = &plan->problem;
    const conv_wishes *wishes = &plan->wishes;
    conv_wishes inner = *wishes;
    bool shares = bare->batch >= (size_t)wishes->threads;
    conv_node *node = NULL;
    inner.taken += conv_batch_fold_bytes(bare);
    inner.uses *= (double)bare->batch;
    if (shares) {
        inner.threads = 1;
        inner.uses /= wishes->threads;
    }
    conv_status status = build_one(&node, bare, &inner, desc, kernel, &plan->sets);
    plan->one = node;
    if (status == CONV_OK && (bare->batch > 1 || bare->fold.needed))
        status = conv_batch_make(&node, bare, node, shares ? wishes->threads : 1,
                                 conv_wishes_room(wishes));
    plan->root = node;
    return status;
}

conv_status conv_build_plan(conv_plan **made, const conv_problem *bare, const conv_wishes *wishes,
                            const conv_desc *desc, const void *kernel) {
    *made = NULL;
    conv_status status = conv_build_check(bare, wishes, desc);
    if (status != CONV_OK)
        return status;
    conv_plan *plan = conv_allocate(sizeof *plan);
    if (!plan)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    *plan = (conv_plan){.problem = *bare,
                        .wishes = *wishes,
                        .rule = desc->rule,
                        .mode = desc->mode,
                        .has_breaks = has_breaks(desc)};
    conv_problem_drop_still_axes(&plan->problem, desc->rule != CONV_RULE_SUM);
    status = build_tree(plan, desc, kernel);
    if (status != CONV_OK) {
        conv_plan_free(plan);
        return status;
    }
    plan->workspace = plan->root->bytes ? plan->root->bytes + CONV_ALIGNMENT - 1 : 0;
    *made = plan;
    return CONV_OK;
}
