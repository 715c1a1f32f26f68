/* A node for many signals, each folded first where a period is shorter than it: the only loop over
 * a batch, on the threads that the signals are shared among. */
#ifndef CONV_PLAN_BATCH_H
#define CONV_PLAN_BATCH_H

#include "plan/node.h"

/* problem: with the batch. threads: at most so many signals at once, as far as the room for their
 * workspaces goes. The child is the node's, or released where this fails. */
conv_status conv_batch_make(conv_node **batch, const conv_problem *problem, conv_node *child,
                            int threads, size_t room);

/* Of the workspace of one signal, what the fold needs. */
size_t conv_batch_fold_bytes(const conv_problem *problem);

#endif
