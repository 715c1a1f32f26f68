/* oracle_rule.h - the quadrature rules of an integral, computed literally in long double.
 *
 * An output of a rule is a bilinear form sum B[i][l] x_i h_l; in more dimensions B is the product
 * of the forms of the axes. Here B is written down term by term from its definition, with no regard
 * to cost, and summed. Rules SUM, RECTANGLE, TRAPEZOID and GREGORY, and jumps of x and h. */
#ifndef TESTS_ORACLE_RULE_H
#define TESTS_ORACLE_RULE_H

#include "oracle_axis.h"

enum {
    RULE_MOST_ENDS = 8,                   /* of order 9, which an estimate looks at */
    RULE_MOST_POINTS = RULE_MOST_ENDS + 2 /* of the polynomials at the start */
};

/* One axis under a rule. */
typedef struct rule_axis {
    oracle_axis axis;
    int ends;    /* terms at each end that carry weights, as many as the extents allow; 0: none */
    bool blocks; /* the first and last outputs are integrals of products of polynomials */
    bool point;  /* every overlap is a point, or taken for one: all outputs are 0 */
} rule_axis;

typedef struct rule_term {
    ptrdiff_t source; /* sample: 0..n-1, or ORACLE_CONSTANT */
    size_t tap;       /* of the kernel, reversed for correlation */
    long double weight;
    double magnitude; /* at least |weight|: what the parts it may be put together from add up to */
} rule_term;

/* The order of the description's rule: 1 RECTANGLE, 2 TRAPEZOID, 3..8 GREGORY; 0 SUM. */
int rule_order_of(const conv_desc *d);

/* Gregory's weights of the first `ends` terms, 1..RULE_MOST_ENDS; the rest have weight 1. */
const long double *rule_weights(int ends);

/* int_0^t L_j(x) L_l(t-x) dx at [j * points + l], L on 0..points-1, 4 <= points, 1 <= t < points.
 * absolute: the same with the absolute value of each of the quadrature's terms. */
void rule_block(int points, int t, long double *form, double *absolute);

/* False where the axis has no output. */
bool rule_axis_make(rule_axis *axis, const conv_desc *d, int index);

/* Room for a row. */
size_t rule_row_limit(const rule_axis *axis);

/* The terms of output i; how many. */
size_t rule_row(const rule_axis *axis, size_t i, rule_term *row);

/* As oracle_run, for any rule but AUTO, and with breaks. magnitude: of the terms' magnitudes. */
bool rule_run(oracle_result *result, const conv_desc *d, const long double *x,
              const long double *h);

/* For the bounds of compare.h: roundings of an output besides those of its taps, and how much
 * larger the weighted arrays of a transform can be than the arrays. */
double rule_extra(const conv_desc *d);
double rule_growth(const conv_desc *d);

#endif
