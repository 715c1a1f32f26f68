/* A node that sums integers exactly, in floating point: children of which every signal is given to
 * the first whose error is proved to be below 1/2, so that rounding its outputs makes them exact; a
 * sum is exact where no partial sum leaves the integers that the type holds. */
#ifndef CONV_PLAN_EXACT_H
#define CONV_PLAN_EXACT_H

#include "plan/node.h"

/* An empty node. */
conv_status conv_exact_make(conv_node **exact, const conv_problem *problem, size_t children);

/* The next child. is_sum: exact by itself, as the last one must be. rounds: to a narrower type than
 * it computes in, before its outputs are rounded to integers. */
void conv_exact_add(conv_node *exact, conv_node *child, bool is_sum, bool rounds);

/* Whether taps and the edge's constant are integers. */
conv_status conv_exact_check_kernel(const conv_problem *problem, const void *taps);

#endif
