/* A node for CONV_RULE_AUTO: a child for every order of the rule, of which each signal has the one
 * that its ends ask for. */
#ifndef CONV_PLAN_PICK_H
#define CONV_PLAN_PICK_H

#include "plan/node.h"

/* An empty node, for orders 2..orders + 1 in a problem's mode. */
conv_status conv_pick_make(conv_node **pick, const conv_problem *problem, conv_mode mode,
                           size_t orders);

/* The next order's, from 2 up. */
void conv_pick_add(conv_node *pick, conv_node *order);

/* The child of the order that the signal has; *q: its end weights. NULL where the node is not of
 * this kind. */
const conv_node *conv_pick_order(const conv_node *node, const char *signal, char *workspace,
                                 int *q);

#endif
