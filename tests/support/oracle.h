/* oracle.h - the definition of a convolution, computed literally in long double.
 *
 * Written from the definition alone, without a line of the library, to be the judge of it. */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include <conv.h>
#include <stdbool.h>

typedef struct oracle_result {
    size_t shape[CONV_MAX_RANK];
    size_t count;        /* outputs of one batch */
    long double *value;  /* batch * count pairs re, im */
    double *magnitude;   /* per output: sum of weight |x||h|, spacing included, of finite parts */
    double *signal_norm; /* per batch: the 2-norm of the signal as extended, of finite parts */
    double kernel_norm; /* 2-norm of the kernel (CIRCULAR: folded), with spacing, of finite parts */
    double transform_log; /* log2 of the next power of two that holds a linear transform, >= 1 */
    size_t taps;          /* of the kernel, in all axes */
    size_t folds;         /* CIRCULAR: the most samples that fall on one place */
} oracle_result;

/* The extents of the output; false where there is none (or too large to be a test). */
bool oracle_shape(const conv_desc *d, size_t shape[CONV_MAX_RANK]);

/* Index in the full result at which SAME starts, without the origin. */
ptrdiff_t oracle_same_start(conv_preset preset, conv_operation operation, size_t m);

/* Where the extension rule finds X(j): 0..n-1, or one of these. */
enum { ORACLE_ABSENT = -1, ORACLE_CONSTANT = -2 };
ptrdiff_t oracle_extend(conv_boundary boundary, size_t n, ptrdiff_t j);

/* x: batch * signal elements as pairs; h: kernel elements as pairs; both contiguous. Strides are
 * not looked at. False where there is no output or no memory. */
bool oracle_run(oracle_result *result, const conv_desc *d, const long double *x,
                const long double *h);
void oracle_free(oracle_result *result);

#endif
