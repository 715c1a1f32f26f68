/* In two and more dimensions: a few outputs by every order of a rule at once, from one pass over
 * their products, and the order that their differences ask for. */
#ifndef CONV_INTEGRAL_ORDER_PROBES_H
#define CONV_INTEGRAL_ORDER_PROBES_H

#include "integral/next_order.h"

enum { CONV_ORDER_PROBES_MOST = 8 }; /* orders */

/* Of workspace for what follows. */
size_t conv_order_probes_bytes(const conv_problem *problem);

/* Products of samples and taps, at most. */
double conv_order_probes_products(const conv_problem *problem);

/* The output at these lattice indices with q = 1..count end weights, as re, im, where its overlap
 * is not too short for them (else with as many as it has points). As far as this goes: without the
 * problem's factor where the taps do not have it. */
void conv_order_probes_output(const conv_next_order *from, int count, const size_t *index,
                              double (*output)[2], void *workspace);

/* The q of 1..count beyond which the differences no longer shrink by half. from: signal and kernel
 * as there, of any rank. workspace: aligned. */
int conv_order_probes_choose(const conv_next_order *from, int count, void *workspace);

#endif
