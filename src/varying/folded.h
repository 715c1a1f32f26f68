/* A Lorentzian that is reflected over and over, in closed form. */
#ifndef CONV_VARYING_FOLDED_H
#define CONV_VARYING_FOLDED_H

#include <stddef.h>

#include "varying/taps.h"

/* The reach from which on a kernel that is reflected at both ends of n samples is summed in closed
 * form. */
double conv_folded_from(const conv_tap_rule *rule, size_t n);

/* taps[d] = the sum over all i of w(d + 2 n i) within the reach, d = 0..n. */
void conv_folded_fill(const conv_tap_rule *rule, double width, size_t n, double *taps);

#endif
