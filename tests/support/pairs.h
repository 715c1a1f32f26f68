/* pairs.h - functions and their convolution integrals in closed form. */
#ifndef TESTS_PAIRS_H
#define TESTS_PAIRS_H

#include <stddef.h>

typedef double function(double t);

/* y(t) = int_0^t f(s) g(t-s) ds. */
typedef struct causal_pair {
    const char *name;
    function *f, *g, *y;
} causal_pair;

/* Smooth from 0 on. */
enum {
    PAIR_EXPONENTIALS,
    PAIR_SQUARE,
    PAIR_COSINE,
    PAIR_SINES,
    PAIR_FAST_SINES,
    PAIR_DAMPED,
    PAIR_J0,
    PAIR_J0_J1,
    SMOOTH_PAIRS
};
extern const causal_pair smooth_pairs[SMOOTH_PAIRS];

/* gamma(5/2), gamma(2): starts like t^1.5. t^1/2, t^3/2. Levy(1), Levy(2): flat at 0, then steep.
 */
enum { PAIR_GAMMA, PAIR_ROOTS, PAIR_LEVY, ROUGH_PAIRS };
extern const causal_pair rough_pairs[ROUGH_PAIRS];

/* Largest error over largest value on [0, 4] of the orders 2, 4, 6, 8, at 64 and 256 samples. */
extern const double smooth_errors[2][SMOOTH_PAIRS][4];
extern const double rough_errors[2][ROUGH_PAIRS][4];

/* f on [1, 3], g on [1/2, 3/2]; y(t) is the integral over the overlap. */
extern const causal_pair finite_pair;

/* n samples of f from `from` on, from malloc. */
double *sample(function *f, double from, double dx, size_t n);

#endif
