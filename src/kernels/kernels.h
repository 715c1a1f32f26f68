/* The direct method's leaf loops: const tables of pointers, one per element types and level. */
#ifndef CONV_KERNELS_KERNELS_H
#define CONV_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cpu.h"
#include "base/dtype.h"

/* All extents and strides are in elements. Pointers have the alignment of the element's real type,
 * no more. Nothing is read or written outside the ranges stated. x and y never overlap. An
 * output's bits depend on the taps and on the samples under them only: not on count, position,
 * alignment or, among levels with fused multiply-add, the level.
 *
 * No running sum takes more than CONV_SLIDE_TAPS products. The first two add what more there are by
 * halves, each of whole runs but for the last; slide_rows and slide_columns add runs of whole
 * kernel rows one after the other. */
enum { CONV_SLIDE_TAPS = 4096 };

typedef struct {
    /* The sliding sum  y[i] = sum_{q=0..taps-1} c[q] x[i+q],  i = 0..count-1; with accumulate the
     * sum is added to y[i]. Reads x[0..count+taps-2]. taps and count are at least 1. */
    void (*slide)(const void *x, const void *c, size_t taps, void *y, size_t count,
                  bool accumulate);

    /* The same with samples step apart: y[i] = sum c[q] x[i*step+q], step >= 1. */
    void (*slide_step)(const void *x, const void *c, size_t taps, size_t step, void *y,
                       size_t count, bool accumulate);

    /* Two dimensions: y[r*y_stride+i] = sum_{p,q} c[p*c_cols+q] x[(r+p)*x_stride+i+q] for
     * r = 0..rows-1, i = 0..cols-1; with accumulate added to y. */
    void (*slide_rows)(const void *x, ptrdiff_t x_stride, const void *c, size_t c_rows,
                       size_t c_cols, void *y, ptrdiff_t y_stride, size_t rows, size_t cols,
                       bool accumulate);

    /* A column filter, the vertical pass of a separable kernel:
     * y[r*y_stride+i] = sum_p c[p] x[(r+p)*x_stride+i]; with accumulate added to y. */
    void (*slide_columns)(const void *x, ptrdiff_t x_stride, const void *c, size_t taps, void *y,
                          ptrdiff_t y_stride, size_t rows, size_t cols, bool accumulate);
} conv_slide_kernels;

const conv_slide_kernels *conv_slide_table(conv_leaf_type type, conv_level level);

#endif
