/* The commands grid and one: every method on every problem, as a table and as files. */
#ifndef BENCH_RUN_GRID_H
#define BENCH_RUN_GRID_H

#include "options.h"

/* Returns the exit status. */
int bench_run_grid(const bench_options *options, const bench_limits *limits);

#endif
