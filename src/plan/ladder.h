/* A node that keeps a tolerance relative to the largest output: children from the cheapest to the
 * most accurate, of which every signal is given to the first that keeps it. */
#ifndef CONV_PLAN_LADDER_H
#define CONV_PLAN_LADDER_H

#include "plan/node.h"

/* An empty node. */
conv_status conv_ladder_make(conv_node **ladder, const conv_problem *problem, double value,
                             size_t rungs);

/* The next rung. waits: its wishes said so, and it is completed by the first signal that needs it.
 */
void conv_ladder_add(conv_node *ladder, conv_node *rung, bool waits);

#endif
