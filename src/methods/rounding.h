/* Error bounds of one convolution: what the methods' rows answer, and what these are made of.
 * Rounding-error analysis as in Higham, Accuracy and Stability of Numerical Algorithms, ch. 3. */
#ifndef CONV_METHODS_ROUNDING_H
#define CONV_METHODS_ROUNDING_H

#include "base/measure.h"
#include "methods/methods.h"

/* Half the distance from 1 to the next number: 2^-24 or 2^-53. */
double conv_unit(conv_dtype dtype);
/* The smallest number above 0: what an operation below the normal numbers loses, and more. */
double conv_step(conv_dtype dtype);

/* Of the samples, weighted and extended, that lie under the taps of any one output. */
void conv_bounds_signal(const conv_problem *problem, const void *signal,
                        conv_magnitudes *magnitudes);

/* At least (|x|*|h|)_k for every output k: the least of |x|_max |h|_1, |x|_2 |h|_2, |x|_1 |h|_max.
 */
double conv_bounds_product(const conv_magnitudes *signal, const conv_magnitudes *taps);
/* The same of the data; 0 only where all samples or all taps are 0. */
double conv_bounds_largest(const conv_task *task, const void *signal);
/* The same of the samples and taps that meet in any output, which is less where a lattice leaves
 * out loud parts; 0 where none meet. Of sums: the errors of transforms are made of all. */
double conv_bounds_met(const conv_task *task, const void *signal);

/* What is lost, in outputs, where samples and taps are rounded below the normal numbers. */
double conv_bounds_steps(const conv_task *task, const void *signal);

/* A sum's error relative to (|x|*|h|)_k: `roundings` of every product on its way, in units of
 * conv_unit; a complex product is two. */
double conv_bounds_terms(const conv_problem *problem, double taps);

/* Roundings of a product on its way through the loops of kernels.h: slide and slide_step;
 * slide_rows and slide_columns. At most the number of taps. */
double conv_bounds_line(double taps);
double conv_bounds_plane(double rows, double cols);

/* A transform's error over |x|_2 |h|_2, in units of conv_unit, by its length, all axes'; of complex
 * data both parts have it. Measured: data of mean zero have about 0.2 log2(N); the most
 * that was seen in 10^5 tries, on data >= 0 under a kernel >= 0, is 1.05 log2(N) at N = 32 and 0.8
 * log2(N) from N = 128 on. Proved: Percival, Rapid multiplication modulo the sum and difference of
 * highly composite numbers, 2003, whose product of roundings is 11.83 log2 N + 2.24 to first order;
 * and what splits by 3, 5 and 7 have beyond that, which rounding.c derives. */
double conv_bounds_transform(conv_dtype dtype, double length, bool proved);

/* What is added to that where the first axis is not transformed but summed over. */
double conv_bounds_summed(const conv_problem *problem);

#endif
