/* draw.h - random descriptions: shapes, strides, batches, alignments and windows. */
#ifndef TESTS_DRAW_H
#define TESTS_DRAW_H

#include "problem.h"

typedef struct draw_limits {
    int least_rank, most_rank; /* up to 5 */
    double outputs;            /* at most, over the batch */
    double work;               /* outputs times taps at most: what the oracle can do */
    bool strides;
} draw_limits;

/* The method is AUTO, and the random numbers are those of data.h. */
void draw_problem(problem *p, const draw_limits *limit, uint64_t *state);

#endif
