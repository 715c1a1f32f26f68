/* A node of float data that computes in double: samples are widened, the child, a node of doubles,
 * sums them, and its outputs are rounded once. */
#ifndef CONV_PLAN_WIDENED_H
#define CONV_PLAN_WIDENED_H

#include "plan/node.h"
#include "plan/tap_sets.h"

/* The problem of the child: in double, contiguous samples and outputs. */
void conv_widened_problem(const conv_problem *problem, conv_problem *wide);

/* Bytes beside the child's. */
size_t conv_widened_bytes(const conv_problem *problem);

/* The taps in double. */
void conv_widened_taps(const conv_problem *problem, const void *taps, void *wide);

/* wishes, taps: of the node's own task, in float; taps outlive it. wide: the child's, filled on
 * completion where the wishes wait. The child is the node's, or released where this fails.
 * componentwise: what the outputs keep, see plan/node.h. */
conv_status conv_widened_make(conv_node **widened, const conv_problem *problem,
                              const conv_wishes *wishes, const conv_tap_set *taps,
                              const conv_tap_set *wide, conv_node *child, double componentwise);

#endif
