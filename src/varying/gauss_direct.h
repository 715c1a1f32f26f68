/* What the direct engine keeps of a row of widths. */
#ifndef CONV_VARYING_GAUSS_DIRECT_H
#define CONV_VARYING_GAUSS_DIRECT_H

#include "varying/loops.h"

typedef struct {
    conv_gauss_row arrays;
    void *memory; /* all of them */
    /* What of the kernels lies outside, of the first `ends` and the last `ends` samples: CLAMP. */
    double *before, *behind;
} conv_gauss_direct;

#endif
