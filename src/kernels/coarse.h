/* Loops between a fine grid of samples and a coarse one, in double. One table per real type and
 * instruction set. */
#ifndef CONV_KERNELS_COARSE_H
#define CONV_KERNELS_COARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cpu.h"

/* Rows at a time, or half of them; and the most pieces that a spline has. */
enum { CONV_COARSE_ROWS = 8, CONV_COARSE_ORDER = 8 };

typedef struct {
    /* sums[k][i] += sum_r weight[k][r] rows[r][i]: CONV_COARSE_ROWS rows of samples, or half of
     * them; n sums. Samples that are `ahead` bytes away are read next. The largest modulus of the
     * samples, infinite where one is NaN. */
    double (*reduce_rows)(const void *const *rows, bool half, ptrdiff_t ahead,
                          const double (*weight)[CONV_COARSE_ROWS], double *const *sums, size_t n,
                          size_t cols);
    /* rows[r][i] = sum_k weight[k][r] from[k][i], the first `count` of CONV_COARSE_ROWS rows. The
     * largest modulus that was written, infinite where one is NaN. */
    double (*expand_rows)(const double *const *from, const double (*weight)[CONV_COARSE_ROWS],
                          size_t n, void *const *rows, size_t count, size_t cols);
    /* sums[c + n-1 - k] += sum_t weight[t][k] x[c*spacing + t] for cells c < cells. */
    void (*reduce_line)(const double *x, size_t cells, size_t spacing,
                        const double (*weight)[CONV_COARSE_ORDER], size_t n, double *sums);
    /* x[p*spacing + t] = sum_k weight[k][t] from[p + n-1 - k]; weight's rows are `stride` long, a
     * multiple of 8 not below spacing, and up to 7 places behind the last are overwritten. */
    void (*expand_line)(const double *from, size_t cells, size_t spacing, const double *weight,
                        size_t stride, size_t n, double *x);
} conv_coarse_kernels;

const conv_coarse_kernels *conv_coarse_table(bool is_double, conv_level level);

#endif
