/* How large the error of a quadrature rule is. */
#ifndef CONV_PLAN_ESTIMATE_H
#define CONV_PLAN_ESTIMATE_H

#include "plan/plan.h"

/* See conv_plan_estimate in conv.h; the arguments are known to be good. */
conv_status conv_estimate_all(const conv_plan *plan, conv_estimate kind, const char *signal,
                              double *error);

/* See conv_plan_rule_order. */
int conv_estimate_order(const conv_plan *plan, const char *signal);

#endif
