/* Row k of the operator that gathers: the weights of the samples in output k, edges included. The
 * operator that scatters is the transpose: its column k. */
#ifndef CONV_VARYING_ROWS_H
#define CONV_VARYING_ROWS_H

#include <stddef.h>

#include "varying/taps.h"

typedef struct {
    conv_tap_rule taps;
    conv_varying_edge edge;
    size_t n;
} conv_row_rule;

/* Which sample stands for what lies at j: reflected (... b a | a b c d | d c ...), clamped, or -1:
 * none. */
static inline ptrdiff_t conv_row_inside(conv_varying_edge edge, ptrdiff_t j, size_t n) {
    ptrdiff_t extent = (ptrdiff_t)n;
    if (j >= 0 && j < extent)
        return j;
    if (edge == CONV_VARYING_CLAMP)
        return j < 0 ? 0 : extent - 1;
    if (edge != CONV_VARYING_REFLECT)
        return -1;
    ptrdiff_t at = j % (2 * extent);
    if (at < 0)
        at += 2 * extent;
    return at < extent ? at : 2 * extent - 1 - at;
}

/* No kernel is reflected from further away. */
#define CONV_LONGEST_REFLECTED 67108864.0

/* The width that is computed with: a reflected kernel much wider than the signal is flat. */
double conv_row_width(const conv_row_rule *rule, double width);

/* The samples first..last that row k may have weights of. */
void conv_row_extent(const conv_row_rule *rule, double width, size_t k, size_t *first,
                     size_t *last);

/* What filling a row takes, in taps. */
double conv_row_taps(const conv_row_rule *rule, double width);

/* Numbers of scratch memory for conv_row_fill, for kernels that reach so far. */
size_t conv_row_scratch(const conv_row_rule *rule, double reach);

/* weights[0..last-first]. */
void conv_row_fill(const conv_row_rule *rule, double width, size_t k, double *weights,
                   double *scratch);

/* What of the kernel lies before sample 0 and behind sample n-1, not normalised. */
void conv_row_outside(const conv_row_rule *rule, double width, size_t k, double outside[2]);

#endif
