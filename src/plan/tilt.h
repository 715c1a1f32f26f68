/* Sums of one dimension whose outputs are all accurate relative to (|x|*|h|)_k, by transforms.
 *
 * A transform's error is about the same at every output, so small ones have no digits. With both
 * operands multiplied by 2^(theta i) the result is y_k 2^(theta k): for the right theta any output
 * is among the largest. A few such tilts cover data whose logarithm is smooth; what no tilt reaches
 * is summed directly. (Wilson and Keich, Accurate pairwise convolutions of non-negative vectors via
 * FFT, 2016, with one tilt; here as many as pay, placed by the saddle-point equation: the mean
 * index of the tilted signal plus that of the tilted kernel is the output aimed at.) */
#ifndef CONV_PLAN_TILT_H
#define CONV_PLAN_TILT_H

#include "methods/methods.h"

typedef struct conv_tilt conv_tilt;

/* Makes *tilt; NULL and CONV_OK where the problem is not one for it (rank, type, edge rule, step,
 * weights, taps that are not finite), or where value cannot be kept so. is_needed: also where no
 * tilt pays, for the sums in double. */
conv_status conv_tilt_create(conv_tilt **tilt, const conv_task *task, double value, bool is_needed);
void conv_tilt_destroy(conv_tilt *tilt); /* NULL is fine */

size_t conv_tilt_workspace(const conv_tilt *tilt);

/* Of one convolution, about: three tilts, or the sums. */
double conv_tilt_seconds(const conv_tilt *tilt);

/* One convolution; *bound: the largest error bound relative to (|x|*|h|)_k. False, and nothing is
 * done, where a sample is not finite. */
bool conv_tilt_execute(const conv_tilt *tilt, const conv_problem *problem, const void *signal,
                       void *output, void *workspace, double *bound);

int conv_tilt_describe(const conv_tilt *tilt, char *text, size_t size); /* snprintf-style */

#endif
