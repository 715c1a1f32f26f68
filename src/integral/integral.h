/* Quadrature rules as end weights on signal and kernel, and the few outputs they leave to mend.
 *
 * The trapezoidal rule over the overlap of f (n points) and g (m points) weighs the product
 * f_i g_{k-i} by 1/2 at each end of the overlap. With both ends of f and both ends of g halved, one
 * convolution has exactly these weights, but where an end of f meets an end of g: there it has 1/4.
 * That is 0 too much at the outputs 0 and n+m-2, whose overlap is one point, and 1/4 too little at
 * m-1, where f_0 meets g_{m-1}, and n-1, where f_{n-1} meets g_0. In more dimensions weights are
 * products, so each such output is a hyperplane to which a convolution of lower rank is added. */
#ifndef CONV_INTEGRAL_INTEGRAL_H
#define CONV_INTEGRAL_INTEGRAL_H

#include "problem/problem.h"

/* At full-convolution index `output` of an axis the weighted product of this sample and this tap
 * (in convolution order) is to be added once more. */
typedef struct {
    ptrdiff_t output;
    size_t sample, tap;
} conv_mend;

typedef struct {
    bool nothing;    /* all integrals on this axis are over points: the whole output is 0 */
    bool clear_ends; /* outputs 0 and n+m-2 of the full convolution are 0 */
    int mends;
    conv_mend mend[2];
} conv_mending;

/* Puts the rule's weights and spacings into the problem; says what is left to mend per axis. */
void conv_integral_apply(conv_problem *problem, const conv_desc *desc,
                         conv_mending mending[CONV_MAX_RANK]);

#endif
