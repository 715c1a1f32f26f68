/* Whether a tolerance can be kept, and by what. */
#ifndef CONV_PLAN_TOLERANCE_H
#define CONV_PLAN_TOLERANCE_H

#include "problem/problem.h"
#include "problem/wishes.h"

/* Whether the tolerance can be kept by any method, and by the one asked for. problem: weighted. */
conv_status conv_tolerance_check(const conv_problem *problem, const conv_wishes *wishes);

/* For COMPONENTWISE and STRICT: the direct sum, or the reference where that alone keeps the value.
 */
conv_status conv_tolerance_choose_sum(const conv_problem *problem, const conv_wishes *wishes,
                                      conv_method *method);

/* What sums of float data in double keep relative to (|x|*|h|)_k; of double data nothing. */
double conv_tolerance_widened(const conv_problem *problem);

#endif
