/* NaN and Inf beside transforms, which would spread them everywhere: they are left out, and their
 * products added to the outputs that the sum gives them to. */
#ifndef CONV_METHODS_NONFINITE_H
#define CONV_METHODS_NONFINITE_H

#include "methods/methods.h"

/* A contiguous tile of samples, and the outputs o = first..first+count-1 that come of it:
 * out[o] = sum_k h[k] tile[o-k], indices modulo wrap where that is not 0. */
typedef struct {
    const conv_problem *problem;
    const conv_task *task;
    size_t extent[CONV_MAX_RANK];
    size_t out_first[CONV_MAX_RANK], out_count[CONV_MAX_RANK];
    ptrdiff_t out_stride[CONV_MAX_RANK];
    size_t wrap[CONV_MAX_RANK];
    bool counts_taps; /* patterns add the bad parts of NaN and Inf taps, and those alone */
} conv_nonfinite_box;

size_t conv_nonfinite_samples(const conv_nonfinite_box *box);

/* How many samples of the tile are NaN or Inf in a part. */
size_t conv_nonfinite_count(const conv_nonfinite_box *box, const void *tile);

/* Sets these samples to 0, or only those parts of them. */
void conv_nonfinite_clear(const conv_nonfinite_box *box, void *tile, bool only_parts);

/* Adds the products of the tile's NaN and Inf samples with the finite taps to out, and with the
 * others where these are counted, or a finite part's product with such a sample would be lost. */
void conv_nonfinite_add(const conv_nonfinite_box *box, const void *tile, void *out);

/* Seconds that this takes where there are so many such samples, about. */
double conv_nonfinite_seconds(const conv_nonfinite_box *box, size_t samples);

/* Adds the products of the NaN and Inf taps with all samples to the problem's output. */
void conv_nonfinite_taps(const conv_task *task, const void *signal, void *output);

#endif
