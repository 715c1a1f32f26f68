/* The leaf loops of varying kernels, per real type and instruction set. Complex data are two real
 * lines. All pointers are to R, the type of the table. */
#ifndef CONV_VARYING_LOOPS_H
#define CONV_VARYING_LOOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

enum {
    CONV_GROUP = 16,      /* outputs that share their reach, or their diagonals */
    CONV_GROUP_PAD = 64,  /* arrays over the samples are longer by at least this */
    CONV_GAUSS_BLOCK = 16 /* taps from one restart of the recurrence to the next */
};

/* A row of widths for sampled Gaussians, as arrays over its samples. */
typedef struct {
    const void *reach;      /* taps d = -reach..reach */
    const void *step;       /* exp(-1 / 2s^2): from tap 0 to tap 1 */
    const void *shrink;     /* 1 - exp(-1 / s^2): each step is smaller than the last by this part */
    const void *block_step; /* exp(-B^2 / 2s^2), B = CONV_GAUSS_BLOCK: from tap 0 to tap B */
    const void *step_shrink;     /* exp(-B / s^2): of the step, from a block to the next */
    const void *scale;           /* 1 / sum of weights */
    const int32_t *least, *most; /* of reach over each CONV_GROUP */
} conv_gauss_row;

/* CONV_GROUP rows of a banded matrix by diagonals: `count` of them, of which the first is `low`
 * columns right of the main one; CONV_GROUP values each, from values[at] on. */
typedef struct {
    ptrdiff_t low;
    size_t count, at;
} conv_band_group;

typedef struct {
    /* y[k-begin] = scale[k] sum_d w_k(d) x[k-d-begin], k = begin..end-1, begin a multiple of
     * CONV_GROUP_PAD. x can be read up to the largest reach and CONV_GROUP_PAD outside. */
    void (*gauss_gather)(const conv_gauss_row *row, const void *x, void *y, size_t begin,
                         size_t end);

    /* y[k] = sum_j w_j(k-j) scale[j] x[j], k = begin..end-1, which may lie outside 0..n-1. most:
     * the largest reach there is. scratch: conv_gauss_scratch numbers, aligned. */
    void (*gauss_scatter)(const conv_gauss_row *row, size_t n, const void *x, void *y,
                          ptrdiff_t begin, ptrdiff_t end, size_t most, void *scratch);

    /* y = band x for groups begin..end-1. y has room for whole groups. */
    void (*band)(const conv_band_group *groups, const void *values, const void *x, void *y,
                 size_t begin, size_t end);

    /* line[i] = x[i stride], in reals; false, and zeros there, where some are not finite. */
    bool (*load)(const void *x, ptrdiff_t stride, size_t count, void *line);
    void (*store)(const void *line, size_t count, void *x, ptrdiff_t stride);

    /* The bank's: weight = 1 where a sample's set has this number, else 0; from T_(p-1), T_p to
     * T_p, T_(p+1), first from T_0 alone; y += weight z; product = weight x. */
    void (*bank_start)(const void *set, double number, void *weight, size_t count);
    void (*bank_step)(const void *place, void *last, void *now, size_t count, bool first);
    void (*bank_add)(const void *weight, const void *z, void *y, size_t count);
    void (*bank_multiply)(const void *weight, const void *x, void *product, size_t count);
} conv_varying_loops;

/* Outputs of gauss_scatter at a time: those that share the states of the sources around them. */
size_t conv_gauss_tile(size_t most);
size_t conv_gauss_scratch(size_t outputs, size_t most);

const conv_varying_loops *conv_varying_loops_for(bool is_double, conv_level level);

#endif
