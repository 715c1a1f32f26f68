/* A node that keeps a tolerance relative to (|x|*|h|)_k by transforms of tilted data (tilt.h), and
 * by its child, a direct sum, for signals that are not finite. */
#ifndef CONV_PLAN_TILTED_H
#define CONV_PLAN_TILTED_H

#include "plan/node.h"
#include "plan/tilt.h"

/* Tilt and child are the node's, or released where this fails. */
conv_status conv_tilted_make(conv_node **tilted, conv_node *child, conv_tilt *tilt, double value);

#endif
