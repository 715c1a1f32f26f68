/* Integrals of straight lines against a kernel of width 1: what the linear interpolant between two
 * samples contributes to a point. */
#ifndef CONV_VARYING_HAT_INTEGRALS_H
#define CONV_VARYING_HAT_INTEGRALS_H

#include "conv.h"

typedef enum {
    CONV_HAT_KERNEL,    /* q is the kernel */
    CONV_HAT_CUMULATIVE /* q is its integral from -infinity on */
} conv_hat_integrand;

/* halves[0] = integral from v0 to v1 of (v1 - v) / (v1 - v0) q(v) dv, halves[1] that of
 * (v - v0) / (v1 - v0) q(v). v0 < v1, both of at most 1e100; for CUMULATIVE v1 <= 0. */
void conv_hat_halves(conv_varying_shape profile, conv_hat_integrand integrand, double v0, double v1,
                     double halves[2]);

/* The kernel's integral from -infinity to v. */
double conv_hat_cumulative(conv_varying_shape profile, double v);

#endif
