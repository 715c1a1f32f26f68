/* What bound the results of a plan keep. */
#ifndef CONV_PLAN_BOUND_H
#define CONV_PLAN_BOUND_H

#include "base/measure.h"
#include "plan/plan.h"

/* Of one signal of the batch, by a plan without a ladder: as the method's row has it, and what the
 * plan does around the method. workspace: one item's. */
conv_error conv_plan_error(const conv_plan *plan, const char *signal, char *workspace, bool proved);

/* Of every output relative to its (|x|*|h|)_k, by sums. */
double conv_plan_componentwise(const conv_problem *problem, conv_method method);

/* The outputs of one signal. */
void conv_plan_measure(const conv_problem *problem, const void *output,
                       conv_magnitudes *magnitudes);

/* The error relative to the largest output, whether that is the one that the plan gave or the one
 * without an error. Infinite where nothing is known. */
double conv_bound_maxnorm(conv_error error, const conv_magnitudes *outputs);

/* conv_plan_run, with a bound for every signal of the batch, or NULL. Any plan. */
conv_status conv_plan_run_bound(const conv_plan *plan, const void *signal, void *output,
                                void *workspace, double *bound);

#endif
