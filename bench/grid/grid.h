/* The problems that convbench times when it is not given one. */
#ifndef BENCH_GRID_H
#define BENCH_GRID_H

#include "problem.h"

typedef enum {
    BENCH_GRID_FULL,
    BENCH_GRID_QUICK, /* a third of it: under a minute */
    BENCH_GRID_SMOKE, /* a handful of small ones: seconds */
    BENCH_GRIDS
} bench_grid_size;

/* Which of the grid's problems to keep; -1 and 0 keep all. planes: of the grid of planes instead.
 */
typedef struct {
    int type, mode, edge, rank;
    bool planes;
} bench_filter;

bool bench_filter_keeps(const bench_filter *filter, const bench_problem *problem);

/* The number of problems; *problems is the caller's to free. */
size_t bench_grid_make(bench_grid_size size, const bench_filter *filter, bench_problem **problems);

/* Planes of 16^2 to 2048^2 under 1x1 to 127x127 taps, all edge rules, and batches of small planes.
 * thinned: a sixth of the edge rules for each. */
size_t bench_grid_planes(bool thinned, const bench_filter *filter, bench_problem **problems);

#endif
