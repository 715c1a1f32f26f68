/* The end corrections of one axis (Gregory): each a few products of samples with numbers that the
 * plan knows, added to what the weighted convolution gave an output, or in its place. */
#ifndef CONV_INTEGRAL_CORRECTIONS_H
#define CONV_INTEGRAL_CORRECTIONS_H

#include "integral/integral.h"

typedef struct conv_corrections conv_corrections;

/* For a problem of rank 1 whose weights are conv_integral_weigh's, with q = ends > 0; taps: sliding
 * order, weighted. CONV_ERR_MEMORY. */
conv_status conv_corrections_make(conv_corrections **corrections, const conv_problem *problem,
                                  const void *taps, int q);
void conv_corrections_free(conv_corrections *corrections); /* NULL is fine */

/* Products of one run, and how many runs of them there are. */
void conv_corrections_count(const conv_corrections *corrections, size_t *products, size_t *runs);

/* Corrects the outputs of one convolution. An output that is not finite then is summed anew as the
 * rule has it, so that NaN and Inf are those of the rule's sum, not of the difference of two. */
void conv_corrections_run(const conv_corrections *corrections, const conv_problem *problem,
                          const void *taps, const void *signal, void *output);

#endif
