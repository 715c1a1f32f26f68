/* The weights of product integration: what a function that is linear between grid points, and 1 at
 * one of them, contributes to the convolution integral with a kernel that is known as a function.
 *
 * (Young 1954; Linz, Analytical and Numerical Methods for Volterra Equations, 1985.) Over the panel
 * from j dx to (j+1) dx the kernel g has the two moments
 *
 *     fall = int g(t) (1 - v) dt,   rise = int g(t) v dt,   v = t/dx - j
 *
 * and sample f_i, i > 0, meets fall of panel k-i and rise of panel k-i-1, its hat. f_0, of which
 * there is half a hat, meets rise of panel k-1 alone. */
#ifndef CONV_VOLTERRA_PRODUCT_WEIGHTS_H
#define CONV_VOLTERRA_PRODUCT_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"

/* hat[j], the weight of f_(k-j) in y_k, and first[j], the weight of f_0 in y_(j+1);
 * j = 0..panels-1. The kernel is checked here. */
conv_status conv_product_weights(const conv_product_kernel *kernel, size_t panels, double dx,
                                 double *hat, double *first);

/* ---- one panel at a time, by quadrature (product_panels.c) ---- */

typedef struct {
    double fall, rise;
    double size; /* the same for |g|, fall and rise together */
} conv_moments;

typedef struct {
    conv_function *function;
    void *context;
    double dx, origin; /* g is evaluated at (origin + v) * dx; origin: the panel's index */
    double bad_point, bad_value; /* where it was not finite, and what it was */
    unsigned cells;              /* that the piece at hand may still be cut into */
    double unsettled; /* what the two rules of the cells that were not cut further differ by */
    bool failed;
} conv_panel;

/* Adds the part of the panel between a and b, 0 <= a < b <= 1, to the moments, by Gauss-Legendre.
 */
void conv_panel_smooth(conv_panel *panel, double a, double b, conv_moments *sum);

/* The same, by cells that shrink towards point, which is one of the ends: whatever lies around it
 * is seen, however narrow. */
void conv_panel_towards(conv_panel *panel, double point, double far, conv_moments *sum);

/* The panel's cells were too few: the function is too irregular there. */
bool conv_panel_is_rough(const conv_panel *panel, const conv_moments *sum);

/* The same from 0 to b, where g may be singular at 0. */
void conv_panel_singular(conv_panel *panel, double b, conv_moments *sum);

#endif
