/* Recipe: functions with jumps at grid points, as stretches between them. */
#ifndef CONV_PLAN_BUILD_STRETCHES_H
#define CONV_PLAN_BUILD_STRETCHES_H

#include "plan/node.h"
#include "plan/tap_sets.h"

/* bare: of one signal, without a rule's weights. *node is NULL on success where the output is a
 * window that no stretch reaches. */
conv_status conv_build_stretches(conv_node **node, const conv_problem *bare,
                                 const conv_wishes *wishes, const conv_desc *desc,
                                 const void *kernel, conv_tap_set **sets);

/* COMPONENTWISE's value for the sums between jumps: what the additions of their results leave of
 * the description's, 0 or less where that is nothing. 0 stays 0: no value is asked for. */
double conv_build_stretches_value(const conv_desc *desc);

#endif
