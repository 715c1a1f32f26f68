/* pairs.c - reference pairs, and how large the rules' errors on them are. */
#include "pairs.h"

#include "closed_forms.h"

#include <math.h>
#include <stdlib.h>

const causal_pair smooth_pairs[SMOOTH_PAIRS] = {
    {"e^-t, 2e^-2t", form_decay, form_twice_decay2, form_decay_by_decay2},
    {"e^-t, t^2 e^-t", form_decay, form_square_decay, form_decay_by_square_decay},
    {"1, cos", form_one, cos, sin},
    {"sin, sin", sin, sin, form_sine_by_sine},
    {"sin 3t, sin 5t", form_sin3, form_sin5, form_sin3_by_sin5},
    {"e^-t/2, cos 4t", form_half_decay, form_cos4, form_half_decay_by_cos4},
    {"J0, J0", form_j0, form_j0, sin},
    {"J0, J1", form_j0, form_j1, form_j0_by_j1},
};

const causal_pair rough_pairs[ROUGH_PAIRS] = {
    {"gamma(5/2), gamma(2)", form_gamma_5_2, form_gamma_2, form_gamma_9_2},
    {"t^1/2, t^3/2", form_root, form_root_cubed, form_root_by_root_cubed},
    {"Levy(1), Levy(2)", form_levy_1, form_levy_2, form_levy_1_by_levy_2},
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

/* e^-s sin 2s and e^(u/2) cos u: the real and imaginary parts of form_decay_by_decay2, integrated
 * as such.
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
