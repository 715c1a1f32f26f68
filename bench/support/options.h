/* convbench's command line. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include "grid.h"
#include "measure.h"

typedef enum {
    BENCH_RUN_GRID,
    BENCH_RUN_BARS,
    BENCH_RUN_ACCURACY,
    BENCH_RUN_CALIBRATE,
    BENCH_RUN_LIMITS,
    BENCH_RUN_FRESH,
    BENCH_RUN_LAYER
} bench_run;

typedef struct {
    bench_run run;
    bench_grid_size grid;
    bench_filter filter;
    bool one; /* problem is the only one */
    bench_problem problem;
    bench_effort effort;
    int threads;
    conv_isa isa;
    bool refused;  /* show what methods refuse, and why */
    bool long_run; /* --bars: 10^8 samples too */
    const char *json, *csv;
    const char *part; /* of the bars; NULL: all */
} bench_options;

extern const char bench_usage[];

/* false: *exit_status is what the program should end with. */
bool bench_options_read(bench_options *options, int argc, char **argv, int *exit_status);

#endif
