/* The kernel as the methods see it. */
#ifndef CONV_PROBLEM_TAPS_H
#define CONV_PROBLEM_TAPS_H

#include "problem/problem.h"

/* Taps in sliding order: y[i] = sum_q c[q] X(start + i*step - (m-1) + q) on each axis. So c is the
 * kernel reversed for a convolution, and itself (conjugated) for a correlation; the rule's end
 * weights and the problem's factor are in it. taps: problem->taps elements. */
void conv_taps_prepare(const conv_problem *problem, const void *kernel, void *taps);

/* Whether a factor, the spacings', can be in the taps: it neither overflows the largest, nor takes
 * digits from the smallest. is_double: the taps' type. */
bool conv_taps_take(const conv_element_kernels *elements, bool is_double, const void *kernel,
                    size_t count, double factor);

#endif
