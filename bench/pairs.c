/* The pairs in one dimension. Most integrals are in tables of Laplace transforms; those over the
 * whole line are sums of independent variables. Where a difference of two terms cancels, what is
 * lost is small beside the largest value, by which the errors are measured. */
#include "pairs.h"

#include <math.h>

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

static double standard_normal(double t) {
    return normal(0, 1, t);
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

static double normal_box(double t) {
    return (erf((t + 2) / sqrt(2)) - erf((t - 2) / sqrt(2))) / 2;
}

static double laplace(double t) {
    return exp(-fabs(t)) / 2;
}

static double laplace_sum(double t) {
    return (1 + fabs(t)) * exp(-fabs(t)) / 4;
}

static double triangle(double t) {
    return 1 - fabs(t - 1);
}

static double spline(double t) {
    return t < 1 ? t * t / 2 : t < 2 ? (3 - t) * t - 1.5 : (3 - t) * (3 - t) / 2;
}

static double identity(double t) {
    return t;
}

static double decay_ramp(double t) {
    double low = fmax(1, t - 1.5), high = fmin(3, t - 0.5);
    return exp(-high) * (1 - t + high) - exp(-low) * (1 - t + low);
}

static double decay_box(double t) {
    return exp(-t) * expm1(fmin(t, 1));
}

static double exp_cosine(double t) {
    return exp(cos(t));
}

static double exp_sine(double t) {
    return exp(sin(t));
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

/* Causal: both functions on [0, end]. */
#define CAUSAL(text, kind, f, g, y, end, size, rate) \
    { text, kind, CONV_CAUSAL, 1, f, g, y, 0, 0, 0, 0, end, 0, end, {0}, {0}, 0, size, rate }
#define FROM_TO(f_from, f_to, g_from, g_to) 0, 0, 0, f_from, f_to, g_from, g_to

/* The rates: k for exp(kt) and sin(kt); for t^m on [0, end] m/end; for t exp(-t) and its like what
 * j, j(j-1).. are below; 2/s for a Gauss function of deviation s, from Cramer's inequality; for
 * the product the sum of both. */
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
    CAUSAL("[20] Levy(1), Levy(2)", BENCH_PAIR_ROUGH, levy1, levy2, levy_sum, 4, 1, 1),
    {"[21] N(1/2,1), N(-1/4,3/2)",
     BENCH_PAIR_FADES,
     CONV_SAME,
     1,
     normal1,
     normal2,
     normal_sum,
     FROM_TO(-12, 12, -12, 12),
     {0},
     {0},
     0,
     0.11,
     1},
    {"[23] N(0,1), e^-t from 0",
     BENCH_PAIR_SMOOTH,
     CONV_SAME,
     1,
     standard_normal,
     step_decay,
     normal_decay,
     FROM_TO(-9, 9, -18, 18),
     {0},
     {true, 0, 0, 1},
     0,
     0.4,
     3},
    {"[24] N(0,1), box(4)",
     BENCH_PAIR_SMOOTH,
     CONV_SAME,
     1,
     standard_normal,
     one,
     normal_box,
     FROM_TO(-8, 8, -2, 2),
     {0},
     {0},
     0,
     0.4,
     2},
    {"[25] Laplace, Laplace",
     BENCH_PAIR_SMOOTH,
     CONV_SAME,
     1,
     laplace,
     laplace,
     laplace_sum,
     FROM_TO(-36, 36, -36, 36),
     {true, 0, 0.5, 0.5},
     {true, 0, 0.5, 0.5},
     4,
     0.25,
     2},
    {"[28] triangle, box",
     BENCH_PAIR_SMOOTH,
     CONV_FULL,
     1,
     triangle,
     one,
     spline,
     FROM_TO(0, 2, 0, 1),
     {true, 1, 1, 1},
     {0},
     0,
     1,
     1},
    {"[29] e^-t [1,3], t [1/2,3/2]",
     BENCH_PAIR_SMOOTH,
     CONV_FULL,
     1,
     decay,
     identity,
     decay_ramp,
     FROM_TO(1, 3, 0.5, 1.5),
     {0},
     {0},
     0,
     0.6,
     2},
    {"[30] e^-t, box(1)",
     BENCH_PAIR_SMOOTH,
     CONV_CAUSAL,
     1,
     decay,
     one,
     decay_box,
     FROM_TO(0, 4, 0, 1),
     {0},
     {0},
     0,
     1,
     1},
    {"[32] e^cos, e^sin",
     BENCH_PAIR_FADES,
     CONV_CIRCULAR,
     1,
     exp_cosine,
     exp_sine,
     exp_periodic,
     FROM_TO(0, 2 * PI, 0, 2 * PI),
     {0},
     {0},
     0,
     7.4,
     1},
};

size_t bench_pairs(const bench_pair **all) {
    *all = pairs;
    return sizeof pairs / sizeof *pairs;
}
