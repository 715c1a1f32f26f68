/* closed_forms.h - functions whose convolution on [0, t] is known: form_F_by_G is int_0^t F(s)
 * G(t-s) ds. For the tests and convbench accuracy. */
#ifndef TESTS_CLOSED_FORMS_H
#define TESTS_CLOSED_FORMS_H

double form_one(double t);
double form_decay(double t);
double form_twice_decay2(double t);
double form_decay_by_decay2(double t);
double form_square_decay(double t);
double form_decay_by_square_decay(double t);
double form_sine_by_sine(double t);
double form_sin3(double t);
double form_sin5(double t);
double form_sin3_by_sin5(double t);
double form_half_decay(double t);
double form_cos4(double t);
double form_half_decay_by_cos4(double t);
double form_j0(double t);
double form_j1(double t);
double form_j0_by_j1(double t);
double form_gamma_5_2(double t);
double form_gamma_2(double t);
double form_gamma_9_2(double t);
double form_root(double t);
double form_root_cubed(double t);
double form_root_by_root_cubed(double t);
double form_levy_1(double t);
double form_levy_2(double t);
double form_levy_1_by_levy_2(double t);
double form_square(double t);
double form_cube(double t);
double form_cube_by_square(double t);
double form_sine_by_j0(double t);
double form_gamma_3(double t);
double form_gamma_2_by_gamma_3(double t);
double form_decay3(double t);
double form_decay_by_decay3(double t);
double form_identity(double t);
double form_identity_by_square(double t);

/* Over intervals, of which the integral takes the overlap: a tent on [0, 2] and 1 on [0, 1]; e^-t
 * on [1, 3] and t on [1/2, 3/2]; the density N(0, 1) on the line and 1 on [-2, 2]. Of the period 2
 * pi: e^cos and e^sin. */
double form_tent(double t);
double form_tent_by_box(double t);
double form_decay_by_ramp(double t);
double form_normal(double t);
double form_normal_by_box(double t);
double form_exp_cos(double t);
double form_exp_sin(double t);

#endif
