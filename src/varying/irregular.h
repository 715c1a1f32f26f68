/* A plan for samples on any grid: the operator as rows of weights. */
#ifndef CONV_VARYING_IRREGULAR_H
#define CONV_VARYING_IRREGULAR_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"

typedef struct {
    conv_varying_shape profile;
    conv_varying_form form;
    conv_varying_edge edge;
    double cut;              /* a kernel's reach in widths */
    const double *x, *t;     /* samples, outputs */
    size_t n, count;         /* of them; n >= 2 */
    const double *widths;    /* GATHER: count; SCATTER: n */
    double span, most_width; /* x[n-1] - x[0]; wider ones are as good as this */
} conv_irregular_rule;

/* Row k: values[start[k]..start[k+1]-1], of the samples from first[k] on. */
typedef struct {
    size_t *start, *first;
    double *values;
    /* Of all rows at most: what the weights are off in sum, the sum of their sizes, samples. */
    double off, largest;
    size_t longest;
} conv_irregular_rows;

/* The width of output or source i as it is computed with, and how far its kernel reaches. */
double conv_irregular_width(const conv_irregular_rule *rule, size_t i);
double conv_irregular_reach(const conv_irregular_rule *rule, size_t i);

/* The first of the ascending p[0..count-1] that is at least `value`; count where there is none. */
size_t conv_irregular_first_from(const double *p, size_t count, double value);

/* GATHER: what row k of `count` weights is off in sum at most; total: what they were divided by. */
double conv_irregular_gather_off(const conv_irregular_rule *rule, size_t k, size_t count,
                                 double total);

/* SCATTER: what a weight of sample j, `weight` before it was divided by `share`, is off by at most,
 * and what outputs miss that its kernel does not reach: added to steps, as by add_range. low, high:
 * where its hat begins and ends. */
double conv_irregular_scatter_rounding(const conv_irregular_rule *rule, size_t j, double weight,
                                       double share);
void conv_irregular_scatter_off(const conv_irregular_rule *rule, size_t j, double low, double high,
                                double share, double *steps);
void conv_irregular_add_range(double *steps, size_t begin, size_t end, double value);

/* On failure nothing is left behind. */
conv_status conv_irregular_make_rows(conv_irregular_rows *rows, const conv_irregular_rule *rule);
void conv_irregular_free_rows(conv_irregular_rows *rows);

#endif
