/* The leaf loops of images whose pixels have kernels of their own, per real type and instruction
 * set. A kernel is a list of row segments. R: the type of the table. */
#ifndef CONV_VARYING_SPREAD_LOOPS_H
#define CONV_VARYING_SPREAD_LOOPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cpu.h"

/* Rows of a canvas end with this many columns that nothing uses: vectors read and write there. */
enum { CONV_SPREAD_PAD = 16 };

/* Weights w_i = start ratio^i table[first + i], i = 0..count-1, of what lies at + i pixels from the
 * kernel's own: a Gaussian along a row whose centre is up to half a pixel beside the table's. */
typedef struct {
    ptrdiff_t at;
    size_t first, count;
    double start, ratio;
} conv_spread_row;

typedef struct {
    /* The sum of weights times x. No element outside the segments counts, not even a NaN. */
    double (*gather)(const conv_spread_row *rows, size_t count, const void *table, const void *x);

    /* y += value times the weights. */
    void (*scatter)(const conv_spread_row *rows, size_t count, const void *table, double value,
                    void *y);

    /* The kernel's table from doubles. */
    void (*round)(const double *from, size_t count, void *to);
} conv_spread_loops;

const conv_spread_loops *conv_spread_loops_for(bool is_double, conv_level level);

#endif
