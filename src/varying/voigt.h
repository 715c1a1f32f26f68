/* The real part of Faddeeva's function, which band-limited Gaussians are made of. */
#ifndef CONV_VARYING_VOIGT_H
#define CONV_VARYING_VOIGT_H

enum { CONV_VOIGT_TERMS = 48 };

typedef struct {
    double coefficient[CONV_VOIGT_TERMS];
} conv_voigt;

void conv_voigt_init(conv_voigt *voigt);

/* Re w(x + iy), w(z) = exp(-z^2) erfc(-iz), y > 0. */
double conv_voigt_value(const conv_voigt *voigt, double x, double y);

#endif
