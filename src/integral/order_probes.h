/* In two and more dimensions: a few outputs by every order of a rule at once, from one pass over
 * their products, and the order that their differences ask for. */
#ifndef CONV_INTEGRAL_ORDER_PROBES_H
#define CONV_INTEGRAL_ORDER_PROBES_H

#include "integral/next_order.h"

/* Of workspace for what follows. */
size_t conv_order_probes_bytes(const conv_problem *problem);

/* Products of samples and taps, at most. */
double conv_order_probes_products(const conv_problem *problem);

/* The q of 1..count beyond which the differences no longer shrink by half. from: signal and kernel
 * as there, of any rank. workspace: aligned. */
int conv_order_probes_choose(const conv_next_order *from, int count, void *workspace);

#endif
