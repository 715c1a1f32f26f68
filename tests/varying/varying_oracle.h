/* varying_oracle.h - the operators of conv_varying by their definition, in long double. */
#ifndef TESTS_VARYING_ORACLE_H
#define TESTS_VARYING_ORACLE_H

#include <conv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VARYING_LAST_ENGINE = CONV_VARYING_ENGINE_BANK };

typedef struct varying_case {
    size_t n;
    const double *width; /* in samples */
    conv_varying_form form;
    conv_varying_shape profile;
    conv_varying_kind kind;
    conv_varying_edge edge;
    double tolerance;
} varying_case;

/* Which of 0..n-1 stands for what lies at `at`; -1: none. */
ptrdiff_t varying_extended(ptrdiff_t at, ptrdiff_t n, conv_varying_edge edge);

/* matrix[k * n + j]: the weight of sample j in output k. From calloc; NULL without memory. */
long double *varying_matrix(const varying_case *c);

/* How far the kernel of this width reaches. */
size_t varying_reach(const varying_case *c, double width);

/* Patterns of widths, to be seen in a failure's message. */
enum { VARYING_PATTERNS = 7 };
void varying_widths(int pattern, size_t n, double scale, uint64_t seed, double *width);

/* A plan of rank 1, or the failure of the test that asked for it. */
void varying_describe(conv_varying_desc *desc, const varying_case *c, conv_dtype dtype);

#endif
