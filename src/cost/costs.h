/* The cost model: seconds from counts of outputs, taps and samples, by tables measured on one
 * machine (convbench --calibrate prints calibrated.c). Deterministic: nothing is measured here. */
#ifndef CONV_COST_COSTS_H
#define CONV_COST_COSTS_H

#include "fft/transform.h"
#include "problem/problem.h"

enum {
    CONV_COST_TAPS = 23,
    CONV_COST_ROW_TAPS = 10,
    CONV_COST_COLUMN_TAPS = 6,
    CONV_COST_STEP_TAPS = 4,
    CONV_COST_LENGTHS = 28,
    CONV_COST_SIDES = 12
};

/* Axes of the tables below. */
extern const unsigned conv_calibrated_taps[CONV_COST_TAPS];
extern const unsigned conv_calibrated_row_taps[CONV_COST_ROW_TAPS];
extern const unsigned conv_calibrated_column_taps[CONV_COST_COLUMN_TAPS];
extern const unsigned conv_calibrated_step_taps[CONV_COST_STEP_TAPS];
extern const unsigned conv_calibrated_lengths[CONV_COST_LENGTHS];
extern const unsigned conv_calibrated_sides[CONV_COST_SIDES];

/* Nanoseconds per output of the leaf loops in the first-level cache; slide_rows with as many rows
 * of taps as columns. */
extern const double conv_calibrated_slide[CONV_LEAF_TYPES][CONV_LEVELS][CONV_COST_TAPS];
extern const double conv_calibrated_slide_rows[CONV_LEAF_TYPES][CONV_LEVELS][CONV_COST_ROW_TAPS];
extern const double conv_calibrated_slide_columns[CONV_LEAF_TYPES][CONV_LEVELS]
                                                 [CONV_COST_COLUMN_TAPS];
extern const double conv_calibrated_slide_step[CONV_LEAF_TYPES][CONV_LEVELS][CONV_COST_STEP_TAPS];

/* Nanoseconds per sample of one convolution of a tile, by conv_dtype; of planes by their side.
 * 0: no such length. _make: whole nanoseconds of a transform's creation and its kernel's spectrum.
 */
extern const double conv_calibrated_ring[4][CONV_LEVELS][CONV_COST_LENGTHS];
extern const double conv_calibrated_ring_make[4][CONV_COST_LENGTHS];
/* Rows by columns. */
extern const double conv_calibrated_ring_grid[4][CONV_LEVELS][CONV_COST_SIDES][CONV_COST_SIDES];
extern const double conv_calibrated_ring_plane_make[4][CONV_COST_SIDES];
extern const double conv_calibrated_fftw[4][CONV_LEVELS][CONV_COST_LENGTHS];
extern const double conv_calibrated_fftw_make[4][CONV_COST_LENGTHS];
extern const double conv_calibrated_fftw_plane[4][CONV_LEVELS][CONV_COST_SIDES];
extern const double conv_calibrated_fftw_plane_make[4][CONV_COST_SIDES];

/* By conv_dtype: a gathered sample inside and outside the signal, and a gather's call. */
extern const double conv_calibrated_gather[4][3];

/* Nanoseconds per byte of memory that is touched for the first time, in the system's ordinary pages
 * and in large ones. */
extern const double conv_calibrated_new_memory[2];

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
