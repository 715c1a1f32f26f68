/* A node that multiplies all outputs of its child: by spacings that the taps cannot take without
 * over- or underflow. */
#ifndef CONV_PLAN_SCALED_H
#define CONV_PLAN_SCALED_H

#include "plan/node.h"

/* The child is the node's, or released where this fails. */
conv_status conv_scaled_make(conv_node **scaled, conv_node *child, double factor);

#endif
