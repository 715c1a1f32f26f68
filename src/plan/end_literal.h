/* Single outputs by the rule: every product once, times its weight, added up in the widest type. */
#ifndef CONV_PLAN_END_LITERAL_H
#define CONV_PLAN_END_LITERAL_H

#include "plan/end_rows.h"

typedef struct {
    const conv_problem *problem;
    const void *taps; /* sliding order, weighted */
    bool finite_taps;
    const conv_end_rows *whole; /* of every axis, CONV_END_ALL */
} conv_end_literal;

size_t conv_end_literal_bytes(const conv_end_literal *literal);

/* Marks in the workspace, conv_end_literal_bytes, aligned, where samples are NaN or Inf; before any
 * outputs of the signal. */
void conv_end_literal_mark(const conv_end_literal *literal, const char *signal, char *workspace);

/* The output at these lattice indices. lacks_bad: y is finite, and all that it lacks are products
 * of NaN and Inf samples. */
void conv_end_literal_output(const conv_end_literal *literal, const char *signal,
                             const size_t *index, bool lacks_bad, char *y, char *workspace);

#endif
