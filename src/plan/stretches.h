/* A node for functions with jumps at grid points: between jumps are stretches, each with the ends
 * of a function of its own. A child for every pair of a signal's and a kernel's stretch, shared by
 * those that are equal but for the samples; their outputs add up. Rank 1. */
#ifndef CONV_PLAN_STRETCHES_H
#define CONV_PLAN_STRETCHES_H

#include "plan/node.h"

/* A stretch of samples first..last, whose values at its two ends are those beside the jumps. */
typedef struct {
    size_t first, last;
    bool has_left, has_right; /* the end is a jump */
    double left[2], right[2];
} conv_stretch;

/* An empty node; it takes over `signal`, the signal's stretches, also where it fails. result_bytes,
 * copy_bytes: the most that outputs of a pair and samples of a stretch take. */
conv_status conv_stretches_make(conv_node **stretches, const conv_problem *problem,
                                conv_stretch *signal, size_t pairs, size_t copy_bytes,
                                size_t result_bytes);

/* first: the output of the whole lattice with which the pair's outputs begin. Pairs of one stretch
 * of the signal come one after the other. */
void conv_stretches_add(conv_node *stretches, size_t signal, size_t first, conv_node *pair);

/* The same with a child that is there: another stretch of the signal, as long, in the same place.
 */
void conv_stretches_repeat(conv_node *stretches, size_t signal, size_t first, size_t child);

#endif
