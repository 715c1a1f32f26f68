/* Recipe: CONV_RULE_AUTO, every order of the rule. */
#ifndef CONV_PLAN_BUILD_ORDERS_H
#define CONV_PLAN_BUILD_ORDERS_H

#include "plan/node.h"
#include "plan/tap_sets.h"

/* bare: of one signal, without a rule's weights. */
conv_status conv_build_orders(conv_node **node, const conv_problem *bare, const conv_wishes *wishes,
                              conv_mode mode, const void *kernel, conv_tap_set **sets);

#endif
