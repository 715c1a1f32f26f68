/* Single outputs by the rule: every product once, times its weight, added up in the widest type. */
#ifndef CONV_PLAN_END_LITERAL_H
#define CONV_PLAN_END_LITERAL_H

#include "plan/end_rows.h"

typedef struct {
    const conv_problem *problem;
    const void *taps;           /* sliding order, weighted */
    const conv_end_rows *whole; /* of every axis, CONV_END_ALL */
} conv_end_literal;

size_t conv_end_literal_bytes(const conv_end_literal *literal);

/* The output at these lattice indices. workspace: conv_end_literal_bytes, aligned. */
void conv_end_literal_output(const conv_end_literal *literal, const char *signal,
                             const size_t *index, char *y, char *workspace);

#endif
