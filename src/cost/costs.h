/* The cost model: seconds from counts of outputs, taps and samples, by tables measured on one
 * machine (cost/calibrated.h). Deterministic: nothing is measured here. */
#ifndef CONV_COST_COSTS_H
#define CONV_COST_COSTS_H

#include "fft/transform.h"
#include "problem/task.h"

/* Elements of a vector: what is left of one costs as much. */
double conv_cost_vector(const conv_task *task);

/* Nanoseconds per output. */
double conv_cost_slide(const conv_task *task, double taps);
double conv_cost_slide_step(const conv_task *task, double taps);
double conv_cost_slide_rows(const conv_task *task, double rows, double cols);
double conv_cost_slide_columns(const conv_task *task, double taps);

/* Nanoseconds of one convolution of a whole tile, and of making its transform. */
double conv_cost_transform(const conv_task *task, conv_backend backend, const size_t *shape);
/* The same of a tile of which along each axis only a share is there, and only a share wanted: the
 * ring leaves out the lines and columns that are not. by_bits: as below. */
typedef struct {
    conv_backend backend;
    const size_t *shape;
    double present[CONV_MAX_RANK], wanted[CONV_MAX_RANK];
    size_t taps; /* of axis 0, where it is not transformed but summed over; else 0 */
} conv_cost_tile;
double conv_cost_tile_transform(const conv_task *task, const conv_cost_tile *tile, bool by_bits);
/* conv_cost_transform, equal for the levels whose results have equal bits: to choose the shape by.
 */
double conv_cost_transform_choice(const conv_task *task, conv_backend backend, const size_t *shape);
double conv_cost_transform_make(const conv_task *task, conv_backend backend, const size_t *shape);

/* Nanoseconds of touching so much memory of one allocation for the first time. */
double conv_cost_new_memory(double bytes);

/* Nanoseconds of products that are made and added one by one. */
double conv_cost_products(double count);

/* Nanoseconds of gathering samples, `inside` of which lie in the signal. */
double conv_cost_gather(const conv_problem *problem, double inside, double outside);

#endif
