/* Outputs as sums of products, by forms of their axes: each output that is a row of every axis. In
 * double, axis after axis. Of the axes before the last, samples and combinations of taps are paired
 * off, a line of samples with a line of taps; the products of these lines are added up over the
 * pairs before the forms of the last axis make outputs of them. */
#ifndef CONV_PLAN_END_SUMS_H
#define CONV_PLAN_END_SUMS_H

#include "plan/end_rows.h"

typedef struct {
    const conv_problem *problem;
    const void *taps;      /* sliding order, weighted */
    const double *widened; /* the same in convolution order: real parts, then imaginary parts */
    const conv_end_rows *rows[CONV_MAX_RANK];
    bool adds;                   /* to the outputs; else it writes them */
    size_t pairs[CONV_MAX_RANK]; /* at most, once the axes before this one are paired off */
    size_t below[CONV_MAX_RANK]; /* taps of this and the later axes */
    /* Rows of the last axis that go together lie so far apart at most, and have room for so many
     * products, at so many positions. */
    size_t batch_reach, batch_products, batch_positions, batch_terms;
    size_t bytes; /* of workspace */
} conv_end_sums;

/* Real parts, and imaginary parts where the problem has any. */
int conv_end_sums_parts(const conv_problem *problem);

/* Taps in convolution order as `widened` has them; NULL: no memory. */
double *conv_end_sums_widen(const conv_problem *problem, const void *taps);

/* Plans sums over the rows; what is given must outlive them. CONV_ERR_OVERFLOW. */
conv_status conv_end_sums_plan(conv_end_sums *sums, const conv_problem *problem, const void *taps,
                               const double *widened, const conv_end_rows *const *rows, bool adds);

/* Products and additions of one run, about; in seconds. */
double conv_end_sums_seconds(const conv_end_sums *sums);

/* workspace: sums->bytes, aligned. NaN and Inf: not as the forms have it where it meets them; the
 * outputs concerned are not finite. */
void conv_end_sums_run(const conv_end_sums *sums, const char *signal, char *output,
                       char *workspace);

#endif
