/* What a row's outputs should have been: long double sums, or the integral where there is one. */
#ifndef BENCH_REFERENCE_H
#define BENCH_REFERENCE_H

#include "problem.h"

typedef struct {
    size_t count;       /* outputs compared: all of a small problem, a sample of a large one */
    size_t *index;      /* which outputs */
    long double *value; /* re, im */
    double *magnitude;  /* sum |x||h| under the output */
    double *truncation; /* the rule's own error at most: 0 for sums */
    double maximum;     /* of |value| */
    double signal_norm; /* 2-norm of the signal as the method sees it, over a whole transform */
    bool is_integral;
} bench_reference;

typedef struct {
    double relative;  /* largest |error| relative to the largest |output| */
    double component; /* largest |error| of an output relative to that output */
    double bound;     /* the largest bound, relative to the largest |output| */
    double ratio;     /* largest |error| over its bound: above 1 is wrong */
} bench_error;

/* work: multiply-adds to spend at most. false where there is no memory. */
bool bench_reference_make(bench_reference *reference, const bench_problem *problem,
                          const bench_data *data, double work);
void bench_reference_free(bench_reference *reference);

/* data->y as the method left it. length: of the transform, the product over the axes; 0: unknown.
 *
 * Bounds, with u half an ulp of 1 and m the number of taps:
 *   direct, reference   (m + 2) u sum|x||h|
 *   separable           (sum over the axes of m_d + 2, and 4 for the factors) u sum|x||h|
 *   transforms          4 times 0.5 u log2(N) |x| |h|, 2-norms, |x| over N samples
 * and for integrals the trapezoidal rule's (b-a) dx^2 / 12 max|f''| on top, and 4 u for the
 * rounding of the samples. */
bench_error bench_compare(const bench_reference *reference, const bench_problem *problem,
                          const bench_data *data, conv_method method, double length);

#endif
