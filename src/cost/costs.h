/* The cost model: seconds from counts of outputs, taps and samples, by tables measured on one
 * machine (cost/calibrated.h). Deterministic: nothing is measured here. */
#ifndef CONV_COST_COSTS_H
#define CONV_COST_COSTS_H

#include "fft/transform.h"
#include "problem/problem.h"

/* Nanoseconds per output. */
double conv_cost_slide(const conv_problem *problem, double taps);
double conv_cost_slide_step(const conv_problem *problem, double taps);
double conv_cost_slide_rows(const conv_problem *problem, double rows, double cols);
double conv_cost_slide_columns(const conv_problem *problem, double taps);

/* Nanoseconds of one convolution of a whole tile, and of making its transform. */
double conv_cost_transform(const conv_problem *problem, conv_backend backend, const size_t *shape);
/* What of it the ring spares where only a share of the tile's rows (lines of the last axis) is
 * there, and only a share wanted: no others are transformed along the last axis. */
double conv_cost_rows_left_out(const conv_problem *problem, conv_backend backend,
                               const size_t *shape, double present, double wanted);
/* conv_cost_transform, equal for the levels whose results have equal bits: to choose the shape by.
 */
double conv_cost_transform_choice(const conv_problem *problem, conv_backend backend,
                                  const size_t *shape);
double conv_cost_transform_make(const conv_problem *problem, conv_backend backend,
                                const size_t *shape);

/* Nanoseconds of touching so much memory of one allocation for the first time. */
double conv_cost_new_memory(double bytes);

/* Nanoseconds of products that are made and added one by one. */
double conv_cost_products(double count);

/* Nanoseconds of gathering samples, `inside` of which lie in the signal. */
double conv_cost_gather(const conv_problem *problem, double inside, double outside);

#endif
