/* Pairs on [0, t], whose integrals are in tables of Laplace transforms. Where a difference of two
 * terms cancels, what is lost is small beside the largest value, by which errors are measured. */
#include <math.h>

#include "pairs.h"

#define PI 3.14159265358979323846

static double one(double t) {
    (void)t;
    return 1;
}

static double decay(double t) {
    return exp(-t);
}

static double twice_decay2(double t) {
    return 2 * exp(-2 * t);
}

static double two_decays(double t) {
    return 2 * exp(-2 * t) * expm1(t);
}

static double square_decay(double t) {
    return t * t * exp(-t);
}

static double cube_decay(double t) {
    return t * t * t * exp(-t) / 3;
}

static double square(double t) {
    return t * t;
}

static double cube(double t) {
    return t * t * t;
}

static double sixth_power(double t) {
    return cube(t) * cube(t) / 60;
}

static double sine_sine(double t) {
    return (sin(t) - t * cos(t)) / 2;
}

static double sine3(double t) {
    return sin(3 * t);
}

static double sine5(double t) {
    return sin(5 * t);
}

static double sine3_sine5(double t) {
    return (5 * sin(3 * t) - 3 * sin(5 * t)) / 16;
}

static double half_decay(double t) {
    return exp(-t / 2);
}

static double cosine4(double t) {
    return cos(4 * t);
}

static double decay_cosine(double t) {
    return ((cos(4 * t) - exp(-t / 2)) / 2 + 4 * sin(4 * t)) / 16.25;
}

static double sine_bessel(double t) {
    return t * j1(t);
}

/* Gamma densities of shapes that are no integers take lgamma. */
static double gamma_density(double shape, double t) {
    return t > 0 ? exp((shape - 1) * log(t) - t - lgamma(shape)) : 0;
}

static double gamma2(double t) {
    return t * exp(-t);
}

static double gamma3(double t) {
    return t * t * exp(-t) / 2;
}

static double gamma5(double t) {
    return t * t * t * t * exp(-t) / 24;
}

static double gamma2_5(double t) {
    return gamma_density(2.5, t);
}

static double gamma4_5(double t) {
    return gamma_density(4.5, t);
}

static double power_half(double t) {
    return sqrt(t);
}

static double power_three_halves(double t) {
    return t * sqrt(t);
}

static double beta_cube(double t) {
    return PI * t * t * t / 16;
}

static double levy(double scale, double t) {
    return t > 0 ? sqrt(scale / (2 * PI)) * exp(-scale / (2 * t)) / (t * sqrt(t)) : 0;
}

static double levy1(double t) {
    return levy(1, t);
}

static double levy2(double t) {
    return levy(2, t);
}

static double levy_sum(double t) {
    return levy((1 + sqrt(2)) * (1 + sqrt(2)), t);
}

/* Both functions on [0, end]. */
#define CAUSAL(text, kind, f, g, y, end, size, rate) \
    { text, kind, CONV_CAUSAL, 1, f, g, y, 0, 0, 0, 0, end, 0, end, 0, 0, 1, size, rate }

static const bench_pair pairs[] = {
    CAUSAL("[1] e^-t, 2e^-2t", BENCH_PAIR_SMOOTH, decay, twice_decay2, two_decays, 4, 2, 3),
    CAUSAL("[2] e^-t, t^2 e^-t", BENCH_PAIR_SMOOTH, decay, square_decay, cube_decay, 4, 1, 3),
    CAUSAL("[4] t^3, t^2", BENCH_PAIR_SMOOTH, cube, square, sixth_power, 2, 32, 2.5),
    CAUSAL("[5] 1, cos", BENCH_PAIR_SMOOTH, one, cos, sin, 4, 1, 1),
    CAUSAL("[7] sin, sin", BENCH_PAIR_SMOOTH, sin, sin, sine_sine, 4, 1, 2),
    CAUSAL("[8] sin 3t, sin 5t", BENCH_PAIR_SMOOTH, sine3, sine5, sine3_sine5, 4, 1, 8),
    CAUSAL("[9] e^-t/2, cos 4t", BENCH_PAIR_SMOOTH, half_decay, cosine4, decay_cosine, 4, 1, 4.5),
    CAUSAL("[12] J0, J0", BENCH_PAIR_SMOOTH, j0, j0, sin, 4, 1, 2),
    CAUSAL("[13] sin, J0", BENCH_PAIR_SMOOTH, sin, j0, sine_bessel, 4, 1, 2),
    CAUSAL("[18] gamma(2), gamma(3)", BENCH_PAIR_SMOOTH, gamma2, gamma3, gamma5, 6, 1, 3.1),
    CAUSAL("[4] t^1/2, t^3/2", BENCH_PAIR_ROUGH, power_half, power_three_halves, beta_cube, 4, 16,
           1),
    CAUSAL("[18] gamma(5/2), gamma(2)", BENCH_PAIR_ROUGH, gamma2_5, gamma2, gamma4_5, 4, 1, 1),
    CAUSAL("Levy(1), Levy(2)", BENCH_PAIR_ROUGH, levy1, levy2, levy_sum, 4, 1, 1),
};

const bench_pair_set bench_pairs_causal = {pairs, sizeof pairs / sizeof *pairs};
