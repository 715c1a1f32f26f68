/* A node more accurate than a transform of doubles: samples and taps are each a multiple of a grid,
 * of so few bits that a transform of those is off by less than half a step of their products' grid
 * and can be rounded to it, and a rest, 2^-14 or so as large, whose transforms round as much less:
 *     x * h = x0 * h0 + x0 * rh + rx * h
 * Rank, edges, steps and strides are as any. Double data, finite taps. */
#ifndef CONV_PLAN_HALVES_H
#define CONV_PLAN_HALVES_H

#include "plan/node.h"
#include "plan/tap_sets.h"

/* Which of the extended signal the children read, contiguous, and their problem. */
typedef struct {
    conv_problem problem;
    ptrdiff_t origin[CONV_MAX_RANK];
    size_t extent[CONV_MAX_RANK], samples;
} conv_halves_part;

/* False where the sizes overflow. */
bool conv_halves_part_make(conv_halves_part *part, const conv_problem *problem);

/* Without its children, which are added in this order: by the high taps, by the low taps, by all.
 * taps, wishes: of the node's own task; they outlive it. high, low: room for the two halves of the
 * taps, filled here or, where the wishes wait, on completion. */
conv_status conv_halves_make(conv_node **halves, const conv_problem *problem,
                             const conv_wishes *wishes, const conv_tap_set *taps,
                             const conv_halves_part *part, conv_tap_set *high, conv_tap_set *low);
void conv_halves_add(conv_node *halves, conv_node *child);

/* Bytes of a node's own workspace, the children's come on top. */
size_t conv_halves_bytes(const conv_halves_part *part);

#endif
