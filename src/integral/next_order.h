/* What the next order of a rule would change: differences of end weights times the products at the
 * two ends of an output's overlap. An estimate of the rule's error that needs no convolution, and
 * what CONV_RULE_AUTO picks its order by. Rank 1. */
#ifndef CONV_INTEGRAL_NEXT_ORDER_H
#define CONV_INTEGRAL_NEXT_ORDER_H

#include "integral/integral.h"

/* Signal and kernel without the weights that the problem's axis names. */
typedef struct {
    const conv_problem *problem;
    const void *taps; /* sliding order, with those weights */
    const void *signal;
    conv_mode mode;
} conv_next_order;

/* The largest q that the axis allows up to `most`; 0 where nothing carries weights. */
int conv_next_order_allowed(const conv_axis *axis, conv_mode mode, int most);

/* The overlap of output k: positions of X and with them of taps. */
void conv_next_order_overlap(const conv_next_order *ends, ptrdiff_t k, ptrdiff_t *low,
                             ptrdiff_t *high);

/* X at a position, and the tap l of the kernel, as re, im. */
void conv_next_order_sample(const conv_next_order *ends, ptrdiff_t position, double sample[2]);
void conv_next_order_tap(const conv_next_order *ends, size_t l, double tap[2]);

/* |y_k by the rule with `other` end weights - y_k by that with q|; both are allowed. */
double conv_next_order_difference(const conv_next_order *ends, ptrdiff_t k, int q, int other);

/* The q of 1..allowed beyond which the differences no longer shrink by half. */
int conv_next_order_choose(const conv_next_order *ends);

/* The same from the largest differences between q and q + 1, q = 1..count. Up to `rounding` they
 * say nothing: of orders that differ by no more the highest is taken, since the outputs that are
 * computed from polynomials, which nobody looks at here, may still gain. */
int conv_next_order_best(const double *difference, int count, double rounding);

#endif
