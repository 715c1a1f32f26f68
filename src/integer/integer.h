/* Exact sums of integers: by sums in f64 of the operands, or of the digits that they are split
 * into, none of which rounds; and by loops where that is cheaper. */
#ifndef CONV_INTEGER_INTEGER_H
#define CONV_INTEGER_INTEGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conv.h"

/* Rows, then columns; in one dimension one row. */
typedef struct {
    int rank;
    conv_mode mode;
    size_t nx[2], nh[2], start[2], count[2];
    size_t samples, taps, outputs;
    double products; /* about how many the direct sum takes */
    double repeats;  /* how often a sample can meet the kernel in one output; 1 but in CIRCULAR */
} conv_integer_shape;

/* x or h. sum, norm and nonzero are upper bounds: from the largest magnitude until scan_norms. */
typedef struct {
    const void *data;
    bool is_32;
    size_t count;
    uint64_t max;   /* largest magnitude */
    double sum;     /* of magnitudes */
    double norm;    /* root of the sum of squares */
    double nonzero; /* samples that are not 0 */
} conv_operand;

void conv_operand_scan_max(conv_operand *operand);
void conv_operand_scan_norms(conv_operand *operand);
void conv_operand_widen(const conv_operand *operand, int64_t *wide);

/* How many bits each of `digits` digits takes: all but the last are balanced, -2^(bits-1) to
 * 2^(bits-1) - 1, and the last is at most 2^(bits-1) in magnitude. */
int conv_operand_bits(const conv_operand *operand, int digits);
/* The operand is the sum of digit_i * 2^(i * bits). One digit: the number itself. */
void conv_operand_digit(const conv_operand *operand, int digits, int bits, int digit, double *out);

/* How the sum is computed. */
typedef struct {
    bool loop;       /* over the integers themselves */
    bool any_method; /* any method's result is within 1/2; else only DIRECT's */
    bool separable;  /* so is that of SEPARABLE */
    bool by_direct;  /* the direct sum is exact and cheaper than a transform */
    int x_digits, h_digits, x_bits, h_bits;
    double sum;  /* of |x||h| over one output, at most */
    double cost; /* in products of a direct sum in f64 */
} conv_split;

conv_split conv_split_choose(const conv_integer_shape *shape, const conv_operand *x,
                             const conv_operand *h);
/* Whether a loop in one word needs no choice. */
bool conv_split_is_small(const conv_integer_shape *shape, const conv_operand *x,
                         const conv_operand *h);
/* At most the error of a sum of x and h rounded to f64, by any method; rank 1. */
double conv_split_rounded_error(const conv_integer_shape *shape, const conv_operand *x,
                                const conv_operand *h);

/* Both answer RANGE where an output does not fit, and write y only on success. sum: of |x||h| over
 * one output, at most. */
conv_status conv_integer_loop(const conv_integer_shape *shape, const conv_operand *x,
                              const conv_operand *h, double sum, int64_t *y);
conv_status conv_integer_digits(const conv_integer_shape *shape, const conv_operand *x,
                                const conv_operand *h, const conv_split *split, int64_t *y);

#endif
