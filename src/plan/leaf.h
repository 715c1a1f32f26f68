/* A node without children: a method of the table. */
#ifndef CONV_PLAN_LEAF_H
#define CONV_PLAN_LEAF_H

#include "plan/node.h"
#include "plan/tap_sets.h"

/* Prepares the method, which does not refuse the problem; cost: its own. taps: they outlive the
 * node. Bounds are relative to what the tolerance wished for is relative to. */
conv_status conv_leaf_make(conv_node **leaf, const conv_problem *problem, const conv_wishes *wishes,
                           const conv_tap_set *taps, const conv_method_row *method,
                           const conv_cost *cost);

/* By the method of another leaf, for a problem that differs from its problem in weights and taps
 * alone; the method has prepare_like. */
conv_status conv_leaf_make_like(conv_node **leaf, const conv_problem *problem,
                                const conv_wishes *wishes, const conv_tap_set *taps,
                                const conv_node *like);

const conv_method_row *conv_leaf_method(const conv_node *leaf);

#endif
