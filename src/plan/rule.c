/* From a description to the plan or plans that its quadrature rule needs. */
#include <string.h>

#include "base/status.h"
#include "plan/ladder.h"
#include "plan/orders.h"
#include "plan/pieces.h"
#include "plan/plan.h"

conv_status conv_plan_build_kept(conv_plan **plan, const conv_problem *problem,
                                 const conv_mending *mending, const void *kernel) {
    return conv_tolerance_is_default(problem) ? conv_plan_build(plan, problem, mending, kernel)
                                              : conv_ladder_build(plan, problem, mending, kernel);
}

static void weigh(conv_problem *problem, const conv_desc *desc,
                  conv_mending mending[CONV_MAX_RANK]) {
    memset(mending, 0, CONV_MAX_RANK * sizeof *mending);
    if (desc->rule != CONV_RULE_SUM)
        conv_integral_weigh(problem, desc->mode, conv_integral_ends(desc->rule, desc->rule_order),
                            mending);
}

static bool has_breaks(const conv_desc *desc) {
    return desc->signal_break_count || desc->kernel_break_count;
}

conv_status conv_plan_check_rule(const conv_problem *bare, const conv_desc *desc) {
    conv_problem problem = *bare;
    conv_mending mending[CONV_MAX_RANK];
    conv_tolerance_kind kind = bare->tolerance.kind;
    if (conv_tolerance_is_default(bare))
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
    weigh(&problem, desc, mending);
    conv_status status =
        conv_tolerance_check(&problem); /* of the weighted problem: weights round */
    if (status != CONV_OK || !has_breaks(desc) || kind != CONV_TOLERANCE_COMPONENTWISE)
        return status;
    problem.tolerance.value = conv_pieces_value(desc);
    if (conv_tolerance_check(&problem) == CONV_OK)
        return CONV_OK;
    return conv_fail(CONV_ERR_TOLERANCE,
                     "tolerance.value is %g, which sums over the stretches between %zu signal "
                     "breaks and %zu kernel breaks do not keep",
                     desc->tolerance.value, desc->signal_break_count, desc->kernel_break_count);
}

static conv_status build_plain(conv_plan **plan, const conv_problem *bare, const conv_desc *desc,
                               const void *kernel) {
    conv_problem problem = *bare;
    conv_mending mending[CONV_MAX_RANK];
    weigh(&problem, desc, mending);
    return conv_plan_build_kept(plan, &problem, mending, kernel);
}

conv_status conv_plan_build_rule(conv_plan **plan, const conv_problem *bare, const conv_desc *desc,
                                 const void *kernel) {
    conv_status status = conv_plan_check_rule(bare, desc);
    *plan = NULL;
    if (status != CONV_OK)
        return status;
    if (has_breaks(desc))
        status = conv_plan_build_pieces(plan, bare, desc, kernel);
    else if (desc->rule == CONV_RULE_AUTO)
        status = conv_plan_build_orders(plan, bare, desc->mode, kernel);
    if (status == CONV_OK && !*plan)
        status = build_plain(plan, bare, desc, kernel);
    if (status == CONV_OK) {
        (*plan)->rule = desc->rule;
        (*plan)->mode = desc->mode;
        (*plan)->has_breaks = has_breaks(desc);
    }
    return status;
}
