/* The sliding sum down the columns of an image: a kernel of one column. slide_rows's tiles share
 * each sample vector among output rows, which is all there is to share here. */
#include "kernels/slide_parts.h"

void FN(slide_columns)(const void *x, ptrdiff_t x_stride, const void *c, size_t taps, void *y,
                       ptrdiff_t y_stride, size_t rows, size_t cols, bool accumulate) {
    FN(slide_rows)(x, x_stride, c, taps, 1, y, y_stride, rows, cols, accumulate);
}
