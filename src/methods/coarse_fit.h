/* A smooth line of taps as a sum over a coarse grid: splines at the samples, taps on the grid,
 * splines at the outputs. */
#ifndef CONV_METHODS_COARSE_FIT_H
#define CONV_METHODS_COARSE_FIT_H

#include <stdbool.h>
#include <stddef.h>

/* In sliding order, y[i] = sum_q c[q] z[i+q] becomes, for outputs i = p*spacing + r,
 *     v[J] = sum_t spline[t] z[J*spacing + t - before]
 *     g[I] = sum_l taps[l] v[I+l]
 *     y[i] = sum_k spline[r + k*spacing] g[p-k + order-1]
 * with t below order*spacing and k below order. */
typedef struct {
    size_t order, spacing, count, before;
    double *spline; /* order * spacing */
    double *taps;   /* count */
    double error;   /* the most, over r, of the sum of |c - what the above has in its place| */
    double size;    /* of that, sum |c| */
    double gain;    /* sum |spline| |taps| |spline|: what roundings are relative to */
} conv_coarse_fit;

/* The cheapest whose error is at most `most`; false: none is known, or *no_memory. line: m taps. */
bool conv_coarse_fit_find(conv_coarse_fit *fit, const double *line, size_t m, double most,
                          bool *no_memory);
void conv_coarse_fit_end(conv_coarse_fit *fit);

/* What an output of the axis costs, in products. */
double conv_coarse_fit_work(const conv_coarse_fit *fit);

#endif
