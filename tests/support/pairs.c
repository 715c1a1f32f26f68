/* pairs.c - reference pairs: each is in tables of convolutions or of Laplace transforms. */
#include "pairs.h"

#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

static double one(double t) {
    (void)t;
    return 1.0;
}

static double decay(double t) {
    return exp(-t);
}

static double twice_decay2(double t) {
    return 2.0 * exp(-2.0 * t);
}

static double exponentials(double t) {
    return 2.0 * exp(-2.0 * t) * expm1(t);
}

static double square_decay(double t) {
    return t * t * exp(-t);
}

static double cube_decay(double t) {
    return t * t * t * exp(-t) / 3.0;
}

static double sines(double t) {
    return (sin(t) - t * cos(t)) / 2.0;
}

static double sin3(double t) {
    return sin(3.0 * t);
}

static double sin5(double t) {
    return sin(5.0 * t);
}

static double fast_sines(double t) {
    return (5.0 * sin3(t) - 3.0 * sin5(t)) / 16.0;
}

static double half_decay(double t) {
    return exp(-0.5 * t);
}

static double cos4(double t) {
    return cos(4.0 * t);
}

static double damped(double t) {
    return (0.5 * (cos4(t) - half_decay(t)) + 4.0 * sin(4.0 * t)) / 16.25;
}

/* Power series; at t <= 4 no term is above 4. */
static double bessel(int order, double t) {
    double term = order == 0 ? 1.0 : t / 2.0;
    double sum = 0.0;
    for (int k = 1; k < 40; k++) {
        sum += term;
        term *= -t * t / (4.0 * k * (k + order));
    }
    return sum;
}

static double j_0(double t) {
    return bessel(0, t);
}

static double j_1(double t) {
    return bessel(1, t);
}

static double j_0_j_1(double t) {
    return bessel(0, t) - cos(t);
}

static double gamma_pdf(double shape, double t) {
    return t > 0.0 ? exp((shape - 1.0) * log(t) - t - lgamma(shape)) : 0.0;
}

static double gamma_5_2(double t) {
    return gamma_pdf(2.5, t);
}

static double gamma_2(double t) {
    return gamma_pdf(2.0, t);
}

static double gamma_9_2(double t) {
    return gamma_pdf(4.5, t);
}

static double root(double t) {
    return sqrt(t);
}

static double root_cubed(double t) {
    return t * sqrt(t);
}

static double roots(double t) {
    return pi * t * t * t / 16.0;
}

static double levy(double scale, double t) {
    return t > 0.0 ? sqrt(scale / (2.0 * pi)) * exp(-scale / (2.0 * t)) / (t * sqrt(t)) : 0.0;
}

static double levy_1(double t) {
    return levy(1.0, t);
}

static double levy_2(double t) {
    return levy(2.0, t);
}

static double levy_both(double t) {
    return levy(3.0 + 2.0 * sqrt(2.0), t);
}

const causal_pair smooth_pairs[SMOOTH_PAIRS] = {
    {"e^-t, 2e^-2t", decay, twice_decay2, exponentials},
    {"e^-t, t^2 e^-t", decay, square_decay, cube_decay},
    {"1, cos", one, cos, sin},
    {"sin, sin", sin, sin, sines},
    {"sin 3t, sin 5t", sin3, sin5, fast_sines},
    {"e^-t/2, cos 4t", half_decay, cos4, damped},
    {"J0, J0", j_0, j_0, sin},
    {"J0, J1", j_0, j_1, j_0_j_1},
};

const causal_pair rough_pairs[ROUGH_PAIRS] = {
    {"gamma(5/2), gamma(2)", gamma_5_2, gamma_2, gamma_9_2},
    {"t^1/2, t^3/2", root, root_cubed, roots},
    {"Levy(1), Levy(2)", levy_1, levy_2, levy_both},
};

const double smooth_errors[2][SMOOTH_PAIRS][4] = {{{3.3e-4, 3.5e-7, 9.5e-10, 9.1e-12},
                                                   {5.3e-4, 4.1e-8, 1.9e-10, 8.4e-13},
                                                   {3.3e-4, 3.8e-7, 7.6e-10, 1.8e-12},
                                                   {4.1e-4, 2.0e-6, 1.7e-8, 1.8e-10},
                                                   {4.8e-3, 3.9e-4, 5.3e-5, 8.6e-6},
                                                   {5.5e-3, 1.1e-4, 3.7e-6, 1.5e-7},
                                                   {3.8e-4, 1.0e-6, 5.9e-9, 4.5e-11},
                                                   {1.0e-4, 1.2e-7, 3.8e-10, 1.8e-12}},
                                                  {{2.0e-5, 1.5e-9, 1.9e-13, 4e-16},
                                                   {3.3e-5, 1.2e-11, 3.5e-15, 5e-16},
                                                   {2.0e-5, 1.6e-9, 2.0e-13, 9e-16},
                                                   {2.6e-5, 8.0e-9, 4.2e-12, 3e-15},
                                                   {3.0e-4, 1.5e-6, 1.3e-8, 1.3e-10},
                                                   {3.4e-4, 4.8e-7, 1.1e-9, 3.2e-12},
                                                   {2.4e-5, 4.0e-9, 1.4e-12, 1e-15},
                                                   {6.5e-6, 4.7e-10, 8.8e-14, 6e-16}}};

const double rough_errors[2][ROUGH_PAIRS][4] = {{{5.1e-4, 3.4e-5, 1.7e-5, 1.2e-5},
                                                 {2.1e-3, 1.0e-3, 7.9e-4, 6.8e-4},
                                                 {2.1e-4, 1.3e-3, 1.7e-3, 1.1e-3}},
                                                {{3.1e-5, 9.8e-7, 5.0e-7, 3.6e-7},
                                                 {2.6e-4, 1.2e-4, 9.8e-5, 8.5e-5},
                                                 {4.1e-9, 1.1e-8, 3.2e-6, 3.1e-6}}};

/* e^-s sin 2s and e^(u/2) cos u: the real and imaginary parts of exponentials, integrated as such.
 */
static double wave_decay(double s) {
    return exp(-s) * sin(2.0 * s);
}

static double wave_growth(double u) {
    return exp(u / 2.0) * cos(u);
}

/* int e^{a s} sin(b s + c) ds. */
static double integral(double a, double b, double c, double s) {
    return exp(a * s) * (a * sin(b * s + c) - b * cos(b * s + c)) / (a * a + b * b);
}

/* e^{t/2} e^{-3s/2} sin 2s cos(t-s), with sin A cos B = (sin(A+B) + sin(A-B)) / 2. */
static double waves(double t) {
    const double low = fmax(1.0, t - 1.5);
    const double high = fmin(3.0, t - 0.5);
    const double first = integral(-1.5, 1.0, t, high) - integral(-1.5, 1.0, t, low);
    const double second = integral(-1.5, 3.0, -t, high) - integral(-1.5, 3.0, -t, low);
    return exp(t / 2.0) * (first + second) / 2.0;
}

const causal_pair finite_pair = {"e^-s sin 2s, e^u/2 cos u", wave_decay, wave_growth, waves};

double *sample(function *f, double from, double dx, size_t n) {
    double *const x = malloc(n * sizeof *x);
    for (size_t i = 0; x != NULL && i < n; i++) {
        x[i] = f(from + (double)i * dx);
    }
    return x;
}
