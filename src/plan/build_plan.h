/* Recipe: from a description to its tree. */
#ifndef CONV_PLAN_BUILD_PLAN_H
#define CONV_PLAN_BUILD_PLAN_H

#include "plan/plan.h"

/* Makes a plan for what the description asks; bare: its problem without a rule's weights, and with
 * the spacings in its factor where there is a rule. */
conv_status conv_build_plan(conv_plan **plan, const conv_problem *bare, const conv_wishes *wishes,
                            const conv_desc *desc, const void *kernel);

/* Whether the rule and the tolerance that the description asks for go together. */
conv_status conv_build_check(const conv_problem *bare, const conv_wishes *wishes,
                             const conv_desc *desc);

#endif
