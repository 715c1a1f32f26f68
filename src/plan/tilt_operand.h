/* A signal or a kernel that is tilted: numbers with exponents of their own, so that no tilt over-
 * or underflows. */
#ifndef CONV_PLAN_TILT_OPERAND_H
#define CONV_PLAN_TILT_OPERAND_H

#include <stdbool.h>
#include <stddef.h>

enum { CONV_TILT_PIECES = 128 };

typedef struct {
    size_t count;
    double *mantissa; /* sign and 1/2..1, or 0 */
    int *exponent;
    bool has_negative;
    size_t first, last; /* that are not 0; first > last: none */
    /* The largest of each of a few stretches: logarithm and index. */
    int pieces;
    double logarithm[CONV_TILT_PIECES], index[CONV_TILT_PIECES];
} conv_tilt_operand;

/* Fills the arrays, of count elements, from values. False where one is not finite. */
bool conv_tilt_load(conv_tilt_operand *operand, const double *values);

/* tilted[i] = value 2^(theta i - exponent), the largest of them between 1/2 and 2; with magnitudes:
 * of the modulus. theta: a multiple of CONV_TILT_QUANTUM. Returns the exponent; *norm: the
 * 2-norm. */
double conv_tilt_apply(const conv_tilt_operand *operand, double theta, bool magnitudes,
                       double *tilted, double *norm);

/* 2^x. */
double conv_tilt_power(double mantissa, double x);

/* theta, a multiple of the quantum and at most `most` in size, for which the mean indices of the
 * tilted operands add up to target. */
double conv_tilt_solve(const conv_tilt_operand *a, const conv_tilt_operand *b, double target,
                       double start, double most);

/* So coarse that theta times an index is exact. */
#define CONV_TILT_QUANTUM 0x1p-30
/* The largest product of theta and an index. */
#define CONV_TILT_REACH 0x1p20

#endif
