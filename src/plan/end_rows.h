/* The outputs of one axis as bilinear forms of its samples and taps: what a rule wants of each,
 * what the weighted convolution gives it, and what is to be added or put in its place. The form of
 * an output in more dimensions is the product of the forms of its axes. */
#ifndef CONV_PLAN_END_ROWS_H
#define CONV_PLAN_END_ROWS_H

#include "integral/gregory.h"
#include "integral/integral.h"

/* The weight is that of the plain sample times the weighted tap. Terms of a form come position by
 * position. */
typedef struct {
    ptrdiff_t position; /* of X, the extended signal, where it is not absent */
    size_t tap;         /* in convolution order */
    double weight;
} conv_end_term;

/* An output of the lattice. */
typedef struct {
    size_t index;
    size_t first, count; /* terms; first SIZE_MAX: they are not kept, conv_end_rows_terms makes them
                            anew */
    bool corrected;      /* the weighted convolution does not give what the rule wants */
    bool replaces;       /* of these: nothing of what it gives is left */
} conv_end_row;

typedef struct {
    const conv_axis *axis;
    int q; /* end weights; 0: no output is corrected */
    size_t rows, most_terms;
    conv_end_row *row;
    size_t terms, term_room;
    conv_end_term *term;
} conv_end_rows;

typedef enum {
    CONV_END_ALL,       /* every output, by the rule's form */
    CONV_END_CORRECTED, /* the corrected outputs, by the rule's form */
    CONV_END_REST,      /* the others, by the rule's form, which is the convolution's */
    CONV_END_EXTRA      /* the corrected outputs: what is added, or where they replace, all */
} conv_end_choice;

/* The rows of CONV_END_EXTRA. axis: with its weights; it must outlive the rows. CONV_ERR_MEMORY,
 * then conv_end_rows_end is still needed. */
conv_status conv_end_rows_make_extra(conv_end_rows *rows, const conv_axis *axis, int q);

/* The others, from these: forms that are not quickly made are copied. */
conv_status conv_end_rows_make(conv_end_rows *rows, const conv_end_rows *extra,
                               conv_end_choice choice);
void conv_end_rows_end(conv_end_rows *rows);

/* The row's terms: *count of them. buffer: most_terms. */
const conv_end_term *conv_end_rows_terms(const conv_end_rows *rows, const conv_end_row *row,
                                         conv_end_term *buffer, size_t *count);

/* The largest sum of |weights| over the terms of a row that share a position, or that share a tap:
 * by Schur's test the form is at most this times the product of the two-norms of what it is of. */
double conv_end_rows_gain(const conv_end_rows *rows);

#endif
