/* convbench's commands, their options and their help. */
#ifndef BENCH_COMMANDS_H
#define BENCH_COMMANDS_H

#include <getopt.h>

typedef enum {
    BENCH_RUN_GRID,
    BENCH_RUN_ONE,
    BENCH_RUN_ADVISE,
    BENCH_RUN_MAP,
    BENCH_RUN_BARS,
    BENCH_RUN_LAYER,
    BENCH_RUN_ACCURACY,
    BENCH_RUN_CALIBRATE,
    BENCH_RUN_LIMITS,
    BENCH_RUN_PEERS,
    BENCH_RUN_FRESH,
    BENCH_RUNS
} bench_run;

enum {
    OPT_SIGNAL = 256,
    OPT_KERNEL,
    OPT_TYPE,
    OPT_MODE,
    OPT_EDGE,
    OPT_SEPARABLE,
    OPT_TRAPEZOID,
    OPT_QUICK,
    OPT_SMOKE,
    OPT_RANK,
    OPT_PLANES,
    OPT_BATCH,
    OPT_METHOD,
    OPT_THREADS,
    OPT_ISA,
    OPT_BUDGET,
    OPT_REFUSED,
    OPT_JSON,
    OPT_CSV,
    OPT_OUTPUT,
    OPT_C,
    OPT_LONG,
    OPT_PART,
    OPT_HELP
};

/* The command of that name, or BENCH_RUNS. */
bench_run bench_command_find(const char *name);
const char *bench_command_name(bench_run run);

/* The options that a command takes, for getopt_long. */
enum { BENCH_OPTIONS_MOST = 32 };
void bench_command_options(bench_run run, struct option options[BENCH_OPTIONS_MOST]);

void bench_usage_print(void);
void bench_command_help(bench_run run);

#endif
