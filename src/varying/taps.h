/* The taps of one kernel by its width in samples: shape, how it is made discrete, where it is cut.
 * Taps are symmetric, w(-d) = w(d), and not normalised; an operator divides by their sum. */
#ifndef CONV_VARYING_TAPS_H
#define CONV_VARYING_TAPS_H

#include <stddef.h>

#include "conv.h"
#include "varying/voigt.h"

typedef struct {
    conv_varying_shape profile;
    conv_varying_kind kind; /* as the caller has it, AUTO too */
    double tolerance;
    double cut; /* the Gaussian's reach in widths */
    conv_voigt voigt;
} conv_tap_rule;

/* How many widths a Gaussian reaches. */
double conv_tap_cut(double tolerance);

void conv_tap_rule_init(conv_tap_rule *rule, conv_varying_shape profile, conv_varying_kind kind,
                        double tolerance);

/* What AUTO is for this width; other kinds are themselves. */
conv_varying_kind conv_tap_kind(const conv_tap_rule *rule, double width);

/* Taps d = -reach..reach are kept. A whole number, which may be above any size. */
double conv_tap_reach(const conv_tap_rule *rule, double width);

/* taps[d] = w(d), d = 0..count-1. */
void conv_tap_fill(const conv_tap_rule *rule, double width, size_t count, double *taps);

/* sum of w(d), d = first..last; 0 where last < first. Long sums in closed form. */
double conv_tap_sum(const conv_tap_rule *rule, double width, double first, double last);

/* sum over all d of |w(d) / (sum within the reach) - w(d) / (sum of all)|, w cut in the first. */
double conv_tap_dropped(const conv_tap_rule *rule, double width);

#endif
