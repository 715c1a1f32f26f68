/* With antiderivatives Q1, Q2 of the integrand q and d = v1 - v0, by parts:
 *
 *     integral of (v - v0) / d q = Q1(v1) - (Q2(v1) - Q2(v0)) / d
 *     integral of (v1 - v) / d q = (Q2(v1) - Q2(v0)) / d - Q1(v0)
 *
 * The differences lose 1/d^2 of their digits where d is small. There q is smooth over the interval,
 * and a Gauss-Legendre rule of p points has the error (d/2)^(2p) max|q^(2p)| / (2p)! or less: at
 * d = 0.1 four points, at d = 0.5 eight points leave less than 1e-16 for the Gaussian; for the
 * Lorentzian, whose poles are sqrt(1 + v^2) away, d / sqrt(1 + v^2) takes d's place. A box is a
 * polynomial between its edges, where the rule is exact. */
#include "varying/hat_integrals.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

static const double pi = 3.14159265358979323846;
static const double root_half = 0.70710678118654752440, root_two_pi = 2.50662827463100050242;

/* ---- the kernel and its integrals ---- */

static double density(conv_varying_shape profile, double v) {
    switch (profile) {
    case CONV_VARYING_GAUSS:
        return exp(-v * v / 2) / root_two_pi;
    case CONV_VARYING_LORENTZ:
        return 1 / (pi * (1 + v * v));
    default:
        return fabs(v) <= 1 ? 0.5 : 0;
    }
}

double conv_hat_cumulative(conv_varying_shape profile, double v) {
    switch (profile) {
    case CONV_VARYING_GAUSS:
        return erfc(-v * root_half) / 2;
    case CONV_VARYING_LORENTZ: /* atan(-1/v) keeps the digits of the tail */
        return v < -1 ? atan(-1 / v) / pi : 0.5 + atan(v) / pi;
    default:
        return fmin(fmax((v + 1) / 2, 0), 1);
    }
}

static double second_integral(conv_varying_shape profile, double v) {
    double first = conv_hat_cumulative(profile, v);
    if (profile == CONV_VARYING_GAUSS)
        return v * first + density(profile, v);
    return v * first - log1p(v * v) / (2 * pi);
}

static double third_integral(conv_varying_shape profile, double v) {
    double first = conv_hat_cumulative(profile, v);
    if (profile == CONV_VARYING_GAUSS)
        return ((v * v + 1) * first + v * density(profile, v)) / 2;
    return (v * v * first + (v - atan(v) - v * log1p(v * v)) / pi) / 2;
}

/* ---- quadrature ---- */

static double value_of(conv_varying_shape profile, conv_hat_integrand integrand, double v) {
    return integrand == CONV_HAT_KERNEL ? density(profile, v) : conv_hat_cumulative(profile, v);
}

/* Adds the part from a to b of the halves over v0..v1. */
static void add_by_points(conv_varying_shape profile, conv_hat_integrand integrand, double v0,
                          double v1, double a, double b, bool few, double halves[2]) {
    static const double nodes[2][4] = {{0.33998104358485626480, 0.86113631159405257522},
                                       {0.18343464249564980494, 0.52553240991632898582,
                                        0.79666647741362673959, 0.96028985649753623168}};
    static const double weights[2][4] = {{0.65214515486254614263, 0.34785484513745385737},
                                         {0.36268378337836198297, 0.31370664587788728734,
                                          0.22238103445337447054, 0.10122853629037625915}};
    double middle = (a + b) / 2, half = (b - a) / 2;
    for (int i = 0; i < (few ? 2 : 4); i++)
        for (int side = -1; side <= 1; side += 2) {
            double v = middle + side * half * nodes[!few][i];
            double part = half * weights[!few][i] * value_of(profile, integrand, v) / (v1 - v0);
            halves[0] += part * (v1 - v);
            halves[1] += part * (v - v0);
        }
}

static void box_halves(conv_hat_integrand integrand, double v0, double v1, double halves[2]) {
    const double ends[4] = {v0, fmin(fmax(-1, v0), v1), fmin(fmax(1, v0), v1), v1};
    for (int i = 0; i < 3; i++)
        if (ends[i] < ends[i + 1])
            add_by_points(CONV_VARYING_BOX, integrand, v0, v1, ends[i], ends[i + 1], true, halves);
}

/* ---- closed form ---- */

static void by_parts(conv_varying_shape profile, conv_hat_integrand integrand, double v0, double v1,
                     double halves[2]) {
    double slope, first[2];
    if (integrand == CONV_HAT_KERNEL) {
        first[0] = conv_hat_cumulative(profile, v0);
        first[1] = conv_hat_cumulative(profile, v1);
        slope = (second_integral(profile, v1) - second_integral(profile, v0)) / (v1 - v0);
    } else {
        first[0] = second_integral(profile, v0);
        first[1] = second_integral(profile, v1);
        slope = (third_integral(profile, v1) - third_integral(profile, v0)) / (v1 - v0);
    }
    halves[0] = slope - first[0];
    halves[1] = first[1] - slope;
}

void conv_hat_halves(conv_varying_shape profile, conv_hat_integrand integrand, double v0, double v1,
                     double halves[2]) {
    double d = v1 - v0, scale = 1;
    halves[0] = halves[1] = 0;
    if (profile == CONV_VARYING_BOX) {
        box_halves(integrand, v0, v1, halves);
        return;
    }
    if (profile == CONV_VARYING_LORENTZ && (v0 > 0 || v1 < 0))
        scale = fmax(1, fmin(fabs(v0), fabs(v1)));
    if (d <= 0.5 * scale) {
        add_by_points(profile, integrand, v0, v1, v0, v1, d <= 0.1 * scale, halves);
    } else if (integrand == CONV_HAT_KERNEL && v0 + v1 > 0) {
        /* On the side where the integrals from -infinity on are small. */
        double mirrored[2];
        by_parts(profile, integrand, -v1, -v0, mirrored);
        halves[0] = mirrored[1];
        halves[1] = mirrored[0];
    } else {
        by_parts(profile, integrand, v0, v1, halves);
    }
}
