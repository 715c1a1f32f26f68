/* Tables, JSON, CSV, the progress line, and the statistics at the end. */
#ifndef BENCH_OUTPUT_H
#define BENCH_OUTPUT_H

#include <stdio.h>

#include "measure.h"

/* How good the dispatcher's picks were, over the problems where more than one method was timed. */
typedef struct {
    int problems, fastest, within; /* within: at most 1.10 times the fastest */
    double log_sum;                /* of the ratios' logarithms */
    double worst;
    bench_problem worst_problem;
    conv_method worst_pick, worst_fastest;
    /* Per method the logarithms of the model's time over the measured one. */
    int modelled[CONV_METHOD_REFERENCE + 1];
    double model_log[CONV_METHOD_REFERENCE + 1], model_squares[CONV_METHOD_REFERENCE + 1];
    int wrong; /* rows with an error above the bound */
    /* Error over bound per method: of sums, where the bound is for rounding, and of integrals,
     * where it is mostly the rule's own error. */
    double worst_error[CONV_METHOD_REFERENCE + 1], worst_integral;
} bench_summary;

void bench_summary_add(bench_summary *summary, const bench_result *result);

void bench_print_head(void);
void bench_print_result(const bench_result *result, bool refused);
void bench_print_summary(const bench_summary *summary);
void bench_print_model(const bench_summary *summary); /* the cost model, over all rows */

void bench_csv_head(FILE *file);
void bench_csv_result(FILE *file, const bench_result *result);

void bench_json_head(FILE *file, const bench_limits *limits);
void bench_json_result(FILE *file, const bench_result *result, bool first);
void bench_json_end(FILE *file, const bench_summary *summary);

/* Says so where other processes were in the way. */
void bench_print_disturbance(void);

/* A line on standard error where that is a terminal: step `done` (from 1) of `all`, and about how
 * long the rest takes; all 0: the text alone; text NULL: wiped. */
void bench_progress(size_t done, size_t all, const char *text);

#endif
