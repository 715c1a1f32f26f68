/* Pairs over the whole line, where the integrals are densities of sums of independent variables, on
 * intervals with ends, and on a circle. */
#include <math.h>

#include "closed_forms.h"
#include "pairs.h"

#define PI 3.14159265358979323846

static double normal(double mean, double deviation, double t) {
    double z = (t - mean) / deviation;
    return exp(-z * z / 2) / (deviation * sqrt(2 * PI));
}

static double normal1(double t) {
    return normal(0.5, 1, t);
}

static double normal2(double t) {
    return normal(-0.25, 1.5, t);
}

static double normal_sum(double t) {
    return normal(0.25, sqrt(3.25), t);
}

/* At the jump the mean, which is what a rule without breaks should read. */
static double step_decay(double t) {
    return t < -1e-9 ? 0 : t > 1e-9 ? exp(-t) : 0.5;
}

/* exp(1/2 - t) erfc((1-t)/sqrt 2) / 2, where the exponential of the square keeps small values from
 * being a product of a huge and a tiny number. erfcx by its continued fraction, from z = 6 on. */
static double normal_decay(double t) {
    double z = (1 - t) / sqrt(2);
    if (z < 6)
        return exp(0.5 - t) * erfc(z) / 2;
    double fraction = z;
    for (int k = 20; k >= 1; k--)
        fraction = z + k / 2.0 / fraction;
    return exp(-t * t / 2) / (2 * sqrt(PI) * fraction);
}

static double laplace(double t) {
    return exp(-fabs(t)) / 2;
}

static double laplace_sum(double t) {
    return (1 + fabs(t)) * exp(-fabs(t)) / 4;
}

static double decay_box(double t) {
    return exp(-t) * expm1(fmin(t, 1));
}

/* 2 pi I0(sqrt(2 + 2 sin t)), by I0's power series, whose terms are all positive. */
static double exp_periodic(double t) {
    double quarter = (1 + sin(t)) / 2, term = 1, sum = 1;
    for (int k = 1; k < 20; k++) {
        term *= quarter / ((double)k * k);
        sum += term;
    }
    return 2 * PI * sum;
}

static const bench_jump step = {0, 0, 1}, cusp = {0, 0.5, 0.5}, peak = {1, 1, 1};

/* f on [a, b], g on [c, d]. */
#define PAIR(text, kind, mode, f, g, y, a, b, c, d, f_jump, g_jump, finer, size, rate) \
    { text, kind, mode, 1, f, g, y, 0, 0, 0, a, b, c, d, f_jump, g_jump, finer, size, rate }
#define SMOOTH BENCH_PAIR_SMOOTH
#define FADES BENCH_PAIR_FADES

static const bench_pair pairs[] = {
    PAIR("[21] N(1/2,1), N(-1/4,3/2)", FADES, CONV_SAME, normal1, normal2, normal_sum, -15, 15, -15,
         15, NULL, NULL, 1, 0.11, 1),
    PAIR("[23] N(0,1), e^-t from 0", SMOOTH, CONV_SAME, form_normal, step_decay, normal_decay, -9,
         9, -18, 18, NULL, &step, 1, 0.4, 3),
    PAIR("[24] N(0,1), box(4)", SMOOTH, CONV_SAME, form_normal, form_one, form_normal_by_box, -8, 8,
         -2, 2, NULL, NULL, 1, 0.4, 2),
    PAIR("[25] Laplace, Laplace", SMOOTH, CONV_SAME, laplace, laplace, laplace_sum, -36, 36, -36,
         36, &cusp, &cusp, 4, 0.25, 2),
    PAIR("[28] triangle, box", SMOOTH, CONV_FULL, form_tent, form_one, form_tent_by_box, 0, 2, 0, 1,
         &peak, NULL, 1, 1, 1),
    PAIR("[29] e^-t [1,3], t [1/2,3/2]", SMOOTH, CONV_FULL, form_decay, form_identity,
         form_decay_by_ramp, 1, 3, 0.5, 1.5, NULL, NULL, 1, 0.6, 2),
    PAIR("[30] e^-t, box(1)", SMOOTH, CONV_CAUSAL, form_decay, form_one, decay_box, 0, 4, 0, 1,
         NULL, NULL, 1, 1, 1),
    PAIR("[32] e^cos, e^sin", FADES, CONV_CIRCULAR, form_exp_cos, form_exp_sin, exp_periodic, 0,
         2 * PI, 0, 2 * PI, NULL, NULL, 1, 7.4, 1),
};

const bench_pair_set bench_pairs_line = {pairs, sizeof pairs / sizeof *pairs};
