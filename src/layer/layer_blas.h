/* Matrix products by CBLAS, image by image and block of outputs by block: the samples under the
 * outputs as a matrix (layer_columns.h), times the weights as one, or times the other side. Blocks
 * depend on the shape alone, and so do the bits, as far as BLAS's own do. */
#ifndef CONV_LAYER_LAYER_BLAS_H
#define CONV_LAYER_LAYER_BLAS_H

#include "base/elements.h"
#include "layer/layer_columns.h"
#include "layer/layer_loops.h"
#include "layer/layer_methods.h"

/* Bytes of the samples' matrix of a block. */
#define CONV_LAYER_BLAS_BLOCK ((size_t)2 << 20)

/* in and out: channels of a group that are summed over, and that come out; of PRODUCTS those of the
 * wide and of the narrow side. */
typedef struct {
    conv_layer_job job;
    const conv_layer_loops *loops;
    const conv_element_kernels *elements;
    conv_layer_flow flow;
    conv_layer_columns columns;
    const conv_layer_side *from, *to; /* of PRODUCTS: the wide and the narrow one */
    size_t in, out;                   /* channels of a group */
    bool plain, absent;               /* as in layer_columns.h */
    bool placed; /* outputs of a block are neighbours: the product is written where it belongs */
    ptrdiff_t in_step, out_step; /* between neighbours of them in w */
    /* A group's weights are the matrix of its product already, or the matrix turned. */
    bool as_they_are, weights_turned;
    size_t weight_step;   /* between the matrix' rows as they lie */
    size_t phases, block; /* outputs of a block at most */
    size_t column_bytes, output_bytes, sum_bytes, plain_bytes, matrix_bytes;
    void *direct; /* the direct method's state; NULL where no sample is absent */
} conv_layer_blas;

double conv_layer_blas_cost(const conv_layer_job *job);

/* GATHER and SCATTER, with the weights' matrices; and PRODUCTS. */
void conv_layer_blas_sums(const conv_layer_blas *blas, const conv_layer_call *call,
                          const char *matrices);
void conv_layer_blas_products(const conv_layer_blas *blas, const conv_layer_call *call);

#endif
