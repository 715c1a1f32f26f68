/* What bound the results of a node keep. */
#ifndef CONV_PLAN_BOUND_H
#define CONV_PLAN_BOUND_H

#include "base/measure.h"
#include "plan/node.h"

/* Roundings of samples and taps before they meet: a fold, a rule's weights, the spacings. exact: a
 * fold of integers, which rounds nothing. */
double conv_bound_input_roundings(const conv_problem *problem, bool exact);

/* What so many roundings of outputs and before them cost, as an absolute error. */
double conv_bound_roundings(const conv_task *task, double roundings, const char *signal);

/* Of every output relative to its (|x|*|h|)_k, by sums. */
double conv_bound_componentwise(const conv_problem *problem, const conv_wishes *wishes,
                                conv_method method);

/* The outputs of one signal. */
void conv_bound_measure(const conv_problem *problem, const void *output,
                        conv_magnitudes *magnitudes);

/* The error relative to the largest output, whether that is the one that the plan gave or the one
 * without an error. Infinite where nothing is known. */
double conv_bound_maxnorm(conv_error error, const conv_magnitudes *outputs);

/* The bound of what the node has just computed, from its kind's error. */
double conv_bound_of(const conv_node *node, const char *signal, const char *output,
                     char *workspace);

/* Whether no sample other than 0 meets such a tap, by where they lie; ZERO edges alone are seen. */
bool conv_bound_all_zero(const conv_task *task, const char *signal);

#endif
