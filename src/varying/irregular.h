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
} conv_irregular_rows;

/* The width of output or source i as it is computed with, and how far its kernel reaches. */
double conv_irregular_width(const conv_irregular_rule *rule, size_t i);
double conv_irregular_reach(const conv_irregular_rule *rule, size_t i);

/* On failure nothing is left behind. */
conv_status conv_irregular_make_rows(conv_irregular_rows *rows, const conv_irregular_rule *rule);
void conv_irregular_free_rows(conv_irregular_rows *rows);

#endif
