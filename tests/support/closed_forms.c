/* closed_forms.c - in tables of convolutions or of Laplace transforms. Where a difference of two
 * terms cancels, what is lost is small beside the largest value, by which errors are measured. */
#include "closed_forms.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

double form_one(double t) {
    (void)t;
    return 1.0;
}

double form_decay(double t) {
    return exp(-t);
}

double form_twice_decay2(double t) {
    return 2.0 * exp(-2.0 * t);
}

double form_decay_by_decay2(double t) {
    return 2.0 * exp(-2.0 * t) * expm1(t);
}

double form_square_decay(double t) {
    return t * t * exp(-t);
}

double form_decay_by_square_decay(double t) {
    return t * t * t * exp(-t) / 3.0;
}

double form_sine_by_sine(double t) {
    return (sin(t) - t * cos(t)) / 2.0;
}

double form_sin3(double t) {
    return sin(3.0 * t);
}

double form_sin5(double t) {
    return sin(5.0 * t);
}

double form_sin3_by_sin5(double t) {
    return (5.0 * form_sin3(t) - 3.0 * form_sin5(t)) / 16.0;
}

double form_half_decay(double t) {
    return exp(-0.5 * t);
}

double form_cos4(double t) {
    return cos(4.0 * t);
}

double form_half_decay_by_cos4(double t) {
    return (0.5 * (form_cos4(t) - form_half_decay(t)) + 4.0 * sin(4.0 * t)) / 16.25;
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

double form_j0(double t) {
    return bessel(0, t);
}

double form_j1(double t) {
    return bessel(1, t);
}

double form_j0_by_j1(double t) {
    return bessel(0, t) - cos(t);
}

static double gamma_pdf(double shape, double t) {
    return t > 0.0 ? exp((shape - 1.0) * log(t) - t - lgamma(shape)) : 0.0;
}

double form_gamma_5_2(double t) {
    return gamma_pdf(2.5, t);
}

double form_gamma_2(double t) {
    return t * exp(-t);
}

double form_gamma_9_2(double t) {
    return gamma_pdf(4.5, t);
}

double form_root(double t) {
    return sqrt(t);
}

double form_root_cubed(double t) {
    return t * sqrt(t);
}

double form_root_by_root_cubed(double t) {
    return pi * t * t * t / 16.0;
}

static double levy(double scale, double t) {
    return t > 0.0 ? sqrt(scale / (2.0 * pi)) * exp(-scale / (2.0 * t)) / (t * sqrt(t)) : 0.0;
}

double form_levy_1(double t) {
    return levy(1.0, t);
}

double form_levy_2(double t) {
    return levy(2.0, t);
}

double form_levy_1_by_levy_2(double t) {
    return levy(3.0 + 2.0 * sqrt(2.0), t);
}

double form_square(double t) {
    return t * t;
}

double form_cube(double t) {
    return t * t * t;
}

double form_cube_by_square(double t) {
    return form_cube(t) * form_cube(t) / 60.0;
}

double form_sine_by_j0(double t) {
    return t * form_j1(t);
}

double form_gamma_3(double t) {
    return t * t * exp(-t) / 2.0;
}

double form_gamma_2_by_gamma_3(double t) {
    return t * t * t * t * exp(-t) / 24.0;
}

double form_decay3(double t) {
    return exp(-3.0 * t);
}

double form_decay_by_decay3(double t) {
    return exp(-t) * -expm1(-2.0 * t) / 2.0;
}

double form_identity(double t) {
    return t;
}

double form_identity_by_square(double t) {
    return t * t * t * t / 12.0;
}

double form_tent(double t) {
    return 1 - fabs(t - 1);
}

double form_tent_by_box(double t) {
    return t < 1 ? t * t / 2 : t < 2 ? (3 - t) * t - 1.5 : (3 - t) * (3 - t) / 2;
}

double form_decay_by_ramp(double t) {
    double low = fmax(1, t - 1.5), high = fmin(3, t - 0.5);
    return exp(-high) * (1 - t + high) - exp(-low) * (1 - t + low);
}

double form_normal(double t) {
    return exp(-t * t / 2) / sqrt(2 * pi);
}

double form_normal_by_box(double t) {
    return (erf((t + 2) / sqrt(2)) - erf((t - 2) / sqrt(2))) / 2;
}

double form_exp_cos(double t) {
    return exp(cos(t));
}

double form_exp_sin(double t) {
    return exp(sin(t));
}
