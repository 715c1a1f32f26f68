/* Layers whose narrow side is one point that every tap meets, as a dense layer's is: an image uses
 * each weight once, so weights are read where they are, in the order in which they lie. That order
 * is a matrix's: its rows are the narrow channels and its columns the wide side's elements, or the
 * other way round. */
#ifndef CONV_LAYER_LAYER_MATRIX_H
#define CONV_LAYER_LAYER_MATRIX_H

#include "layer/layer_loops.h"
#include "layer/layer_methods.h"

typedef struct {
    const conv_layer_shape *shape;
    const conv_layer_loops *loops;
    conv_layer_sum sum;
    int threads;
    bool narrow_last;     /* columns are narrow channels */
    size_t wide, narrow;  /* elements of a group, of one image */
    size_t rows, columns; /* of a group's matrix */
    ptrdiff_t unit;       /* in w, from one wide element to the next */
    ptrdiff_t pitch;      /* from row to row */
    size_t images;        /* at a time */
    size_t room;          /* elements of the workspace for one of them: a row of whole vectors */
    size_t spare_rows;    /* the last, of which whole vectors would be read beyond w */
} conv_layer_matrix;

bool conv_layer_matrix_fits(const conv_layer_job *job);
double conv_layer_matrix_cost(const conv_layer_job *job); /* nanoseconds */

conv_status conv_layer_matrix_make(conv_layer_matrix **matrix, const conv_layer_job *job);
void conv_layer_matrix_free(conv_layer_matrix *matrix);
size_t conv_layer_matrix_workspace(const conv_layer_matrix *m);
void conv_layer_matrix_run(const conv_layer_matrix *m, const conv_layer_call *call);

/* One image's elements of group g in the matrix's order: from where they are, and to it. bias: of
 * the group's wide channels, or NULL. */
void conv_layer_matrix_take(const conv_layer_matrix *m, const char *wide, char *row);
void conv_layer_matrix_put(const conv_layer_matrix *m, const char *row, const char *bias,
                           double beta, char *wide);

#endif
