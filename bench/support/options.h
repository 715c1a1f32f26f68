/* convbench's command line. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include "commands.h"
#include "grid.h"
#include "measure.h"

typedef struct {
    bench_run run;
    bench_grid_size grid;
    bench_filter filter;
    bench_problem problem; /* of one, advise, fresh */
    bench_effort effort;
    int threads;
    conv_isa isa;
    bool refused;  /* show what methods refuse, and why */
    bool long_run; /* bars: 10^8 samples too */
    bool as_c;     /* calibrate */
    const char *json, *csv, *output;
    const char *part; /* of the bars or layers; NULL: all */
} bench_options;

/* false: *exit_status is what the program should end with. */
bool bench_options_read(bench_options *options, int argc, char **argv, int *exit_status);

#endif
