/* The pairs in two dimensions. */
#include <complex.h>
#include <math.h>

#include "pairs.h"

/* The normal density with the covariance {{a, b}, {b, c}}. */
static double normal(double a, double b, double c, double x, double y) {
    double determinant = a * c - b * b;
    double square = (c * x * x - 2 * b * x * y + a * y * y) / determinant;
    return exp(-square / 2) / (2 * 3.14159265358979323846 * sqrt(determinant));
}

static double normal1(double x, double y) {
    return normal(1, 0.5, 1.5, x, y);
}

static double normal2(double x, double y) {
    return normal(1.25, -0.375, 0.75, x, y);
}

static double normal_sum(double x, double y) {
    return normal(2.25, 0.125, 2.25, x, y);
}

static double cosine(double x, double y) {
    return cos(x + 2 * y);
}

static double decay(double x, double y) {
    return exp(-x - y);
}

/* The real part of the product of int exp(is) exp(-(x-s)) ds and int exp(2is) exp(-(y-s)) ds. */
static double cosine_decay(double x, double y) {
    double complex along_x = (cexp(I * x) - exp(-x)) / (1 + I);
    double complex along_y = (cexp(2 * I * y) - exp(-y)) / (1 + 2 * I);
    return creal(along_x * along_y);
}

static double sum(double x, double y) {
    return x + y;
}

static double ramp_decay(double x, double y) {
    return x * exp(-y);
}

static double sum_ramp(double x, double y) {
    return -x * x * x / 6 * expm1(-y) + x * x / 2 * (y + expm1(-y));
}

/* Both functions on [from, to] x [from, to]. */
#define PLANE(text, kind, mode, f, g, y, from, to, finer, size, rate) \
    { text, kind, mode, 2, 0, 0, 0, f, g, y, from, to, from, to, 0, 0, finer, size, rate }

static const bench_pair pairs[] = {
    PLANE("[33] rotated Gauss functions", BENCH_PAIR_FADES, CONV_SAME, normal1, normal2, normal_sum,
          -12, 12, 3, 0.04, 1),
    PLANE("[34] cos(x+2y), e^-x-y", BENCH_PAIR_SMOOTH, CONV_CAUSAL, cosine, decay, cosine_decay, 0,
          2, 1, 1, 3),
    PLANE("[35] x+y, x e^-y", BENCH_PAIR_SMOOTH, CONV_CAUSAL, sum, ramp_decay, sum_ramp, 0, 2, 1, 8,
          1.5),
};

const bench_pair_set bench_pairs_plane = {pairs, sizeof pairs / sizeof *pairs};
