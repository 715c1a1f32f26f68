/* CONV_RULE_AUTO: a plan for every order, of which each signal has the one that its ends ask for.
 */
#ifndef CONV_PLAN_ORDERS_H
#define CONV_PLAN_ORDERS_H

#include "plan/plan.h"

conv_status conv_plan_build_orders(conv_plan **plan, const conv_problem *bare, conv_mode mode,
                                   const void *kernel);

/* The plan of the order that the signal has; q: its end weights. workspace: as for the whole plan.
 */
const conv_plan *conv_plan_order_for(const conv_plan *plan, const char *signal, char *workspace,
                                     int *q);

#endif
