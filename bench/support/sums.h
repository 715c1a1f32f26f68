/* Sums whose results are known: probabilities, which fade over hundreds of orders of magnitude,
 * noise, and integers. */
#ifndef BENCH_SUMS_H
#define BENCH_SUMS_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"

typedef struct {
    const char *name;
    bool integers;
    conv_mode mode; /* FULL or CAUSAL, so that output 0 is that of the full convolution */
    size_t n, m, outputs;
    double *x, *h;
    long double *exact, *magnitude; /* x * h, |x| * |h| */
    /* How far exact may be from the sum of these samples, in |x| * |h|: formulas are for numbers
     * before they were rounded. */
    double rounding;
} bench_sums;

enum { BENCH_SUMS = 7 };

/* Number 0.. of the sets; false without memory. */
bool bench_sums_make(bench_sums *sums, int which);
void bench_sums_free(bench_sums *sums);

/* Rounds the samples to float, and sums anew. */
void bench_sums_to_single(bench_sums *sums);

#endif
