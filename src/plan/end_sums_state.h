/* What planning and running sums share: the workspace. */
#ifndef CONV_PLAN_END_SUMS_STATE_H
#define CONV_PLAN_END_SUMS_STATE_H

#include "plan/end_sums.h"

/* How far the positions and taps of an output that is computed from polynomials lie from where the
 * convolution has them, at most. */
#define CONV_END_REPLACED_REACH 10

/* The workspace's parts, in bytes from its start. */
typedef struct {
    size_t taps[CONV_MAX_RANK]; /* combinations of taps, of all pairs at an axis */
    size_t sample[CONV_MAX_RANK], buffer[CONV_MAX_RANK];
    size_t wide, line, products, term, row_terms, span, used;
    size_t end;
} conv_end_sums_layout;

/* At a position of the last axis: the taps first..end-1 meet it, from `begin` of the products. */
typedef struct {
    size_t first, end, begin;
} conv_tap_span;

typedef struct {
    size_t place; /* of the product */
    double weight;
} conv_placed_term;

/* False where it does not fit a size. */
bool conv_end_sums_lay_out(const conv_end_sums *sums, conv_end_sums_layout *at);

#endif
