/* Roots of the ring's tree, to be written into its tables. */
#ifndef CONV_FFT_RING_ROOTS_H
#define CONV_FFT_RING_ROOTS_H

#include "fft/ring_leaf.h"

enum { CONV_RING_PARTS = 58, CONV_RING_HALVINGS = 45 };

/* exp(2 pi i / (315 * 2^m)) for m = -6, -5, ..., and exp(2 pi i / 2^m) for m = 7, 8, ...: re, im.
 */
extern const long double conv_ring_parts[CONV_RING_PARTS][2];
extern const long double conv_ring_halvings[CONV_RING_HALVINGS][2];

/* exp(2 pi i p bit_reversal(k) / 4) for p = 1, 2, 3 and the nodes k of a block: real parts, then
 * imaginary ones, each the sum of a high part of 24 bits and a low one. */
extern const double conv_ring_fine_high[3][2][CONV_RING_BLOCK];
extern const double conv_ring_fine_low[3][2][CONV_RING_BLOCK];

/* re, im, each the sum of a high part of 24 bits and a low one. */
typedef struct {
    double high[2], low[2];
} conv_ring_root;

/* One block of a table: coarse[p - 1] times the fine roots of power p. The same bits at any level.
 */
typedef void conv_ring_roots_body(const conv_ring_root coarse[3], void *block);

extern conv_ring_roots_body conv_ring_roots_f32_baseline, conv_ring_roots_f64_baseline;
extern conv_ring_roots_body conv_ring_roots_f32_v3, conv_ring_roots_f64_v3;
extern conv_ring_roots_body conv_ring_roots_f32_v4, conv_ring_roots_f64_v4;

#endif
