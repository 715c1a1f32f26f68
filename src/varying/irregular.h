/* A plan for samples on any grid: the operator as rows of weights. */
#ifndef CONV_VARYING_IRREGULAR_H
#define CONV_VARYING_IRREGULAR_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"

typedef struct {
    conv_varying_shape profile;
    conv_varying_form form;
    conv_varying_edge edge;
    double cut;              /* a kernel's reach in widths */
    const double *x, *t;     /* samples, outputs */
    size_t n, count;         /* of them; n >= 2 */
    const double *widths;    /* GATHER: count; SCATTER: n */
    double span, most_width; /* x[n-1] - x[0]; wider ones are as good as this */
    bool even; /* outputs are the samples' points, which are equally far apart, with one width */
} conv_irregular_rule;

/* Row k has start[k+1] - start[k] weights, of the samples from first[k] on. Those of the rows
 * alike..alike_end-1 are the same, and are kept once. */
typedef struct {
    size_t *start, *first;
    double *values;
    size_t alike, alike_end;
    /* Of all rows at most: what the weights are off in sum, the sum of their sizes, samples. */
    double off, largest;
    size_t longest;
} conv_irregular_rows;

/* An even grid's points are not further from where they should be, as a part of the largest. */
#define CONV_IRREGULAR_UNEVEN 0x1p-50

/* Where row k begins in values. */
static inline size_t conv_irregular_row_at(const conv_irregular_rows *rows, size_t k) {
    if (k > rows->alike && k < rows->alike_end)
        k = rows->alike;
    return k < rows->alike_end || rows->alike_end == 0
               ? rows->start[k]
               : rows->start[k] - (rows->start[rows->alike_end] - rows->start[rows->alike + 1]);
}

static inline double *conv_irregular_row(const conv_irregular_rows *rows, size_t k) {
    return rows->values + conv_irregular_row_at(rows, k);
}

/* Whether row k is kept, and not only another like it. */
static inline bool conv_irregular_row_is_own(const conv_irregular_rows *rows, size_t k) {
    return k <= rows->alike || k >= rows->alike_end;
}

/* Of a rule whose samples, outputs and widths are set. */
bool conv_irregular_is_even(const conv_irregular_rule *rule);
/* Even: finds the rows that are alike, first[k]..last[k] being the samples of row k: those whose
 * samples have kernels that do not reach the ends. All have the extent of the first of them. */
void conv_irregular_find_alike(const conv_irregular_rule *rule, conv_irregular_rows *rows,
                               size_t *last);

/* The width of output or source i as it is computed with, and how far its kernel reaches. */
double conv_irregular_width(const conv_irregular_rule *rule, size_t i);
double conv_irregular_reach(const conv_irregular_rule *rule, size_t i);

/* The first of the ascending p[0..count-1] that is at least `value`; count where there is none. */
size_t conv_irregular_first_from(const double *p, size_t count, double value);

/* GATHER: what row k of `count` weights is off in sum at most; total: what they were divided by. */
double conv_irregular_gather_off(const conv_irregular_rule *rule, size_t k, size_t count,
                                 double total);

/* SCATTER: what a weight of sample j, `weight` before it was divided by `share`, is off by at most;
 * and what outputs but begin..end-1, which its kernel does not reach, miss: added to steps, as by
 * add_range. Even: what any output misses, least the smallest share. */
double conv_irregular_scatter_rounding(const conv_irregular_rule *rule, size_t j, double weight,
                                       double share);
void conv_irregular_scatter_off(const conv_irregular_rule *rule, size_t j, size_t begin, size_t end,
                                double share, double *steps);
double conv_irregular_even_off(const conv_irregular_rule *rule, double least);
void conv_irregular_add_range(double *steps, size_t begin, size_t end, double value);

/* The rows that are alike, as a convolution of the samples from `first` on; plan NULL: none. */
typedef struct {
    conv_plan *plan;
    size_t first, samples, taps;
    double norm; /* of the taps: |h|_2 */
} conv_irregular_alike;

conv_status conv_irregular_plan_alike(const conv_irregular_rows *rows, int threads,
                                      conv_irregular_alike *alike);
/* How far off the convolution's sums are at most, of the largest sample. */
double conv_irregular_alike_off(const conv_irregular_alike *alike);

struct conv_irregular {
    conv_dtype dtype;
    size_t n, count, batch, samples, results, workspace; /* the last three in bytes */
    int threads;
    conv_irregular_rows rows;
    conv_irregular_alike alike;
};

/* Bytes of a signal's samples in double: two rows of them where it is complex. */
size_t conv_irregular_rows_bytes(const conv_irregular *plan);

/* On failure nothing is left behind. */
conv_status conv_irregular_make_rows(conv_irregular_rows *rows, const conv_irregular_rule *rule);
void conv_irregular_free_rows(conv_irregular_rows *rows);

#endif
