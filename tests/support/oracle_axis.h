/* oracle_axis.h - what the definition says about one axis. */
#ifndef TESTS_ORACLE_AXIS_H
#define TESTS_ORACLE_AXIS_H

#include "oracle.h"

typedef struct oracle_axis {
    size_t n, m;     /* CIRCULAR: n after folding, at most the period */
    ptrdiff_t start; /* lattice */
    size_t step, count;
    size_t period; /* 0: not CIRCULAR */
    conv_boundary boundary;
    bool trapezoid;
    bool overlap; /* TRAPEZOID: the weights are those of the overlap's ends */
} oracle_axis;

/* One tap's term: which sample, with which weight. */
typedef struct oracle_term {
    ptrdiff_t source; /* 0..n-1, ORACLE_ABSENT or ORACLE_CONSTANT */
    double weight;
} oracle_term;

/* False where the axis has no output or one too large for a test. */
bool oracle_axis_make(oracle_axis *axis, const conv_desc *d, int index);

/* The term of tap k, 0..m-1, at output i. For correlation the tap counts in the reversed kernel. */
oracle_term oracle_axis_term(const oracle_axis *axis, size_t i, size_t k);

#endif
