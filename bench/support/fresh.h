/* What calls and plans cost where a process' memory is new or malloc's own, which no other
 * measurement in the same process can tell: each is made in a process of its own. */
#ifndef BENCH_FRESH_H
#define BENCH_FRESH_H

#include "options.h"

typedef struct {
    double planned, null; /* seconds of an execution: with a workspace, without */
    double once, first;   /* of a one-shot call, and of the process' first one; 0: no such call */
    double null_faults, once_faults;    /* pages new to the process, a call */
    double creation, fresh_creation;    /* again and again, and after malloc gave all back */
    double creation_model, fresh_model; /* as conv_plan_describe has them */
    char method[160];                   /* its first line */
} bench_fresh;

/* convbench fresh: measures options->problem here, and prints the figures as a line. Returns the
 * exit status. */
int bench_fresh_run(const bench_options *options);

/* The same in a new process. keeps: one whose malloc gives no memory back to the system, the
 * usual setting of benchmarks. False where that fails. */
bool bench_fresh_measure(bench_fresh *fresh, const bench_problem *problem, conv_method method,
                         bool keeps);

#endif
