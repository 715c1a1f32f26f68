/* A node that computes an integral: its first child the convolution of weighted samples and taps,
 * to whose outputs near the ends of the overlap corrections are added, or which they replace. */
#ifndef CONV_PLAN_CORRECTED_H
#define CONV_PLAN_CORRECTED_H

#include "integral/corrections.h"
#include "plan/end_corrections.h"
#include "plan/node.h"

/* All integrals are over a point: outputs are 0 whatever the child, which only stands for the
 * method. The child is the node's, or released where this fails; so are all below. */
conv_status conv_corrected_make_zero(conv_node **corrected, conv_node *child);

/* Rank 1. */
conv_status conv_corrected_make_line(conv_node **corrected, conv_node *child,
                                     conv_corrections *corrections);

/* More axes. */
conv_status conv_corrected_make_planes(conv_node **corrected, conv_node *child,
                                       conv_end_corrections *planes);

/* How the corrections of more axes were made, of a node of this kind or one with such a child;
 * CHEAPEST: there are none. */
conv_end_way conv_corrected_way(const conv_node *node);

#endif
