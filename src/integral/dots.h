/* The mended outputs of one axis: each a few products of samples with numbers that the plan knows,
 * added to what the weighted convolution gave it, or in its place. */
#ifndef CONV_INTEGRAL_DOTS_H
#define CONV_INTEGRAL_DOTS_H

#include "integral/integral.h"

typedef struct conv_dots conv_dots;

/* For a problem of rank 1 whose weights are conv_integral_weigh's, with q = ends > 0; taps: sliding
 * order, weighted. CONV_ERR_MEMORY. */
conv_status conv_dots_make(conv_dots **dots, const conv_problem *problem, const void *taps, int q);
void conv_dots_free(conv_dots *dots); /* NULL is fine */

/* Mends the outputs of one convolution. An output that is not finite then is summed anew as the
 * rule has it, so that NaN and Inf are those of the rule's sum, not of the difference of two. */
void conv_dots_run(const conv_dots *dots, const conv_problem *problem, const void *taps,
                   const void *signal, void *output);

#endif
