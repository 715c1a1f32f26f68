/* Passes over a coarse grid, at work and exactly. */
#ifndef CONV_METHODS_COARSE_H
#define CONV_METHODS_COARSE_H

#include "kernels/coarse.h"
#include "kernels/kernels.h"
#include "methods/coarse_fit.h"
#include "methods/passes.h"
#include "problem/axis_runs.h"

/* Rows of weights as the loops read them. */
typedef double conv_coarse_row[CONV_COARSE_ROWS];
typedef double conv_coarse_pieces[CONV_COARSE_ORDER];

typedef struct {
    conv_coarse_fit fit;
    size_t cells; /* that samples are gathered from; outputs: */
    size_t out_cells;
    size_t outer, inner; /* coarse samples that are gathered, and after the coarse taps */
} conv_coarse_axis;

typedef struct {
    const conv_factors *factors;
    const conv_coarse_kernels *loops;
    const conv_slide_kernels *coarse; /* f64 */
    const conv_slide_kernels *exact;
    conv_coarse_axis axis[2]; /* of one axis the second alone */
    conv_axis_runs runs;      /* of the last axis */
    double error;             /* sum |h - what is computed| */
    double size;              /* of roundings */
    /* Tables of weights: of the first axis by groups of rows, gathered and spread; of the last one.
     */
    conv_coarse_row *reduce, *expand;
    conv_coarse_pieces *pieces;
    double *line_weight;
    size_t line_stride;
    /* Bytes from the workspace's begin on. */
    size_t rows, sums, line, pieces_sums, grid, grid_out, wide, result, exact_row, exact_line,
        total;
} conv_coarse_state;

typedef struct {
    const conv_task *task;
    const conv_coarse_state *state;
    const char *signal;
    char *output;
    char *memory;
    double samples, outputs; /* so far, the largest moduli; infinite where one is NaN */
} conv_coarse_run;

/* All outputs, and what is the largest of the samples that they depend on, and of themselves. */
void conv_coarse_run_all(conv_coarse_run *run);

/* The same by the taps themselves, row by row: slow, but a NaN or Inf stays where it belongs. */
void conv_coarse_run_exact(const conv_coarse_run *run);

#endif
