/* Gregory's rules on one axis: end weights, and the bilinear forms of single outputs.
 *
 * The integral over an overlap of L points is the sum of its products, of which the q at each end
 * carry weights; order q + 1. q = 1 is the trapezoidal rule, q = 0 the rectangle rule. The weights
 * are w(i) = 1 + (omega_i - 1) + (omega_(from the other end) - 1), the two terms where i is within
 * q of an end: also right where the ends meet, for every L >= q.
 *
 * One convolution of the signal with such weights at both its ends, and the kernel with such at its
 * own, gives the product of two weights instead. That is the same but where two weighted ends meet,
 * which happens near four outputs of the full convolution: 0, m-1, n-1 and n+m-2 (n samples, m
 * taps). These outputs are corrected.
 *
 * An overlap of at most q + 2 points at either end of the lattice has too few points for the rule:
 * its integral is that of the product of two polynomials, through the q + 2 first (last) samples of
 * signal and kernel. Two points more than the order needs, else these outputs would have the
 * largest errors of all. (Weights: Gregory 1670. Start: as in the NESSi library, Schueler et al.
 * 2020.) */
#ifndef CONV_INTEGRAL_GREGORY_H
#define CONV_INTEGRAL_GREGORY_H

#include <stdbool.h>
#include <stddef.h>

enum {
    CONV_GREGORY_MOST = 7, /* the largest q of a rule */
    CONV_GREGORY_TERMS = (CONV_GREGORY_MOST + 3) * (CONV_GREGORY_MOST + 3) /* q + 1, to compare */
};

/* omega_i of the rule with q end weights, q 0..8; 1 where i >= q. */
double conv_gregory_omega(int q, size_t i);

/* omega_0..omega_(q-1), a table. */
const double *conv_gregory_omegas(int q);

/* w(i) of `points` points. */
double conv_gregory_weight(int q, size_t points, size_t i);

/* The largest q' <= q that an overlap of signal and kernel allows; 0: all integrals are over a
 * point, or q is 0. */
int conv_gregory_overlap_ends(int q, size_t n, size_t m);

typedef struct {
    size_t sample, tap; /* tap in convolution order */
    double weight;
} conv_gregory_term;

/* What is to be done for one output. */
typedef struct {
    bool replaces; /* the terms are all; else they are added */
    int count;
    conv_gregory_term term[CONV_GREGORY_TERMS];
} conv_gregory_row;

/* The row of output k of the full convolution, 0 <= k <= n+m-2. */
void conv_gregory_correct(int q, size_t n, size_t m, ptrdiff_t k, conv_gregory_row *row);

/* The same as a form of its own (replaces), for an overlap of at most q + 3 points. */
void conv_gregory_form(int q, size_t n, size_t m, ptrdiff_t k, conv_gregory_row *row);

/* The smallest output >= k that may need to_correct; n + m - 1: none. */
ptrdiff_t conv_gregory_next(int q, size_t n, size_t m, ptrdiff_t k);

/* Whether output k is computed from polynomials; from the last samples: *mirrored. */
bool conv_gregory_is_short(int q, size_t n, size_t m, ptrdiff_t k, bool *mirrored);

/* The overlap of output k: samples low..high. */
void conv_gregory_overlap(size_t n, size_t m, ptrdiff_t k, ptrdiff_t *low, ptrdiff_t *high);

#endif
