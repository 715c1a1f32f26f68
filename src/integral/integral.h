/* Quadrature rules as end weights on signal and kernel; see gregory.h for what that leaves to
 * correct. In more dimensions weights are products, so what is corrected are hyperplanes. */
#ifndef CONV_INTEGRAL_INTEGRAL_H
#define CONV_INTEGRAL_INTEGRAL_H

#include "problem/problem.h"

/* Of one axis. */
typedef struct {
    bool nothing; /* all its integrals are over points: the whole output is 0 */
    int ends;     /* the weighted ends of signal and kernel meet, q of them: outputs are to be
                     corrected; 0: none */
} conv_to_correct;

/* End weights of a rule: q. Order is read by GREGORY; AUTO has none of its own. */
int conv_integral_ends(conv_rule rule, int order);

/* Puts the weights of a rule with q ends (0: the rectangle rule) into the problem, axis by axis, as
 * many as the axis allows; says what is left to correct. A sum is not a rule: it has no weights,
 * and this is not called. */
void conv_integral_weigh(conv_problem *problem, conv_mode mode, int q,
                         conv_to_correct to_correct[CONV_MAX_RANK]);

/* Puts the grid spacings into the problem's factor. */
void conv_integral_scale(conv_problem *problem, const double *spacing);

/* What a tap, which carries the weight of its axis, is to be multiplied by to have another. */
long double conv_integral_factor(const conv_axis *axis, size_t tap, double weight);

/* Whether a rule has weights on the axis: a period has no ends, and a plain axis no rule. */
bool conv_integral_has_ends(const conv_axis *axis, conv_mode mode);

/* Whether the overlap of signal and kernel decides where the ends are. Else those of the kernel
 * carry weights, or of the signal under a longer kernel in VALID; none where there are no
 * ends. */
bool conv_integral_is_overlap(const conv_axis *axis, conv_mode mode);

#endif
