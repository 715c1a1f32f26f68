/* The planes of end corrections on some of the axes: which planes of samples and which combinations
 * of planes of taps each corrected plane is made of, with which weights, and how the outputs of a
 * plane, which are a convolution over the axes that are left, are cut into blocks for a transform.
 */
#ifndef CONV_PLAN_END_PLANES_H
#define CONV_PLAN_END_PLANES_H

#include "fft/transform.h"
#include "plan/end_rows.h"
#include "problem/extend.h"
#include "problem/regions.h"
#include "problem/task.h"

/* Of a corrected axis: terms of a row that share a position are a group. What its sample is
 * multiplied by is an entry: a tap, whose weight is the group's, or, of several terms, a sum of
 * weighted taps of its own. */
typedef struct {
    const conv_end_rows *rows;
    size_t groups, positions;
    size_t *numbers;     /* the memory of all that follow but position */
    size_t *first_group; /* of each row, and of the end */
    size_t *first_term;  /* of each group: in its row's terms, which follow one another */
    size_t *place;       /* of each group: which of the positions */
    ptrdiff_t *position;
    size_t tap_count, entries; /* the distinct taps come first */
    size_t *tap, *tap_place;   /* the distinct taps; of each of the rows' terms: which of them */
    size_t *entry;             /* of each group */
    size_t *sum_group;         /* of the entry tap_count + i: whose sum it is */
} conv_end_groups;

typedef struct {
    const conv_problem *whole;
    conv_problem rest;  /* without the corrected axes */
    conv_dtype compute; /* of the transforms */
    conv_level level;
    int axes, rest_axis[CONV_MAX_RANK];
    int axis[CONV_MAX_RANK]; /* corrected */
    conv_end_groups group[CONV_MAX_RANK];
    size_t planes, combinations, corrected; /* products over the corrected axes; of entries */
    size_t most_products;                   /* for one corrected plane */
    size_t radix[CONV_MAX_RANK];            /* combinations of the corrected axes after this one */
    /* Of the axes that are left: the transform's lengths, outputs of the unit lattice a block, and
     * all of them; origin: zeros. */
    size_t length[CONV_MAX_RANK], block[CONV_MAX_RANK], reach[CONV_MAX_RANK];
    size_t origin[CONV_MAX_RANK];
} conv_end_planes;

conv_status conv_end_planes_make(conv_end_planes *planes, const conv_task *task, unsigned axes,
                                 const conv_end_rows *rows);
void conv_end_planes_end(conv_end_planes *planes);

/* Element offset in the signal of a plane of samples, in the output of a corrected plane. */
ptrdiff_t conv_end_planes_offset(const conv_end_planes *planes, size_t plane);
ptrdiff_t conv_end_planes_begin(const conv_end_planes *planes, size_t corrected);

/* A product of a plane of samples and a combination of taps. {0} before the first. */
typedef struct {
    size_t plane, combination;
    double weight;
    size_t step; /* 0: not begun */
} conv_end_product;

/* The next product of a corrected plane; false: there is none. */
bool conv_end_planes_next(const conv_end_planes *planes, size_t corrected,
                          conv_end_product *product);

/* Combinations are row-major over the corrected axes, each by its entries. The corrected axis on
 * which a combination is a sum, the last one; -1: it is a plane of taps. */
int conv_end_planes_sum(const conv_end_planes *planes, size_t combination);

/* plane = the plane of taps that a combination is, divided by 2^exponent; parts as in
 * conv_end_sums_widen. */
void conv_end_planes_load(const conv_end_planes *planes, size_t combination, const double *widened,
                          int parts, int exponent, double *plane);

/* A part of a combination that is a sum on axis i: another combination, times a weight. {0} before
 * the first. */
typedef struct {
    size_t combination;
    double weight;
    size_t step, others; /* 0: not begun; the combination without its entry on the axis */
    size_t term, end;
} conv_end_part;

/* The next part; false: there is none. */
bool conv_end_planes_part(const conv_end_planes *planes, size_t combination, int i,
                          conv_end_part *part);

/* Of one axis that is left, a block: samples low..low+samples-1 of the extended signal meet its
 * outputs, of which the results first..first+count-1 of the transform are wanted. */
typedef struct {
    ptrdiff_t low;
    size_t samples, first, count;
} conv_end_range;

/* begin: on the unit lattice. False where no sample reaches the block. */
bool conv_end_planes_range(const conv_end_planes *planes, int d, size_t begin,
                           conv_end_range *range);

/* The lattice indices first..end-1 of outputs k..k+count-1 of the full convolution. */
void conv_end_planes_lattice(const conv_axis *axis, ptrdiff_t k, size_t count, size_t *first,
                             size_t *end);

#endif
