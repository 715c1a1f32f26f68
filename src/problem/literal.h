/* One output by the definition: every tap, one product after the other. */
#ifndef CONV_PROBLEM_LITERAL_H
#define CONV_PROBLEM_LITERAL_H

#include "problem/problem.h"

/* Adds the products of an output (lattice indices) to sum, in the widest type. taps: sliding order,
 * see problem/taps.h. A tap over an absent sample adds nothing, be it NaN or Inf. */
void conv_literal_sum(const conv_problem *problem, const void *taps, const void *signal,
                      const size_t *output, long double sum[2]);

#endif
