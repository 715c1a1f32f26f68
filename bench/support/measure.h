/* One problem, every method: time, error, memory, and the dispatcher's pick. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "limits.h"
#include "problem.h"
#include "reference.h"

/* A plan with all that its execution needs. call() it with bench_time. */
typedef struct {
    conv_plan *plan;
    const void *x;
    void *y, *workspace;
    size_t workspace_bytes;
    double create_seconds; /* the median of a few */
} bench_execution;

/* creations: how many to time. On failure nothing is left to end, and conv_last_error() says why.
 */
conv_status bench_execution_begin(bench_execution *execution, const conv_desc *desc,
                                  const bench_data *data, int creations);
void bench_execution_call(void *execution);
void bench_execution_end(bench_execution *execution);

/* Seconds as the plan's description has them: an execution, the creation, and what it takes more in
 * new memory. */
typedef struct {
    double execute, prepare, fresh;
} bench_model;
bench_model bench_model_of(const conv_plan *plan);

enum { BENCH_METHODS = 5 };

typedef struct {
    conv_method method;
    char reason[192]; /* why there are no figures; "": there are */
    double seconds, create_seconds;
    double model; /* seconds of an execution as conv_plan_describe has them */
    size_t workspace;
    bench_error error;
    double peak_share; /* multiply-adds of the definition against the peak; direct only, else 0 */
    double copy_share; /* reading the signal and writing the output once, against a copy */
} bench_row;

typedef struct {
    bench_problem problem;
    size_t outputs, compared; /* outputs of the batch */
    int rows;
    bench_row row[BENCH_METHODS];
    int fastest, picked; /* rows; -1: none was timed */
    double pick_ratio;   /* the pick's time against the fastest's; 0 without a pick */
} bench_result;

typedef struct {
    double budget;    /* seconds to time each method */
    double reference; /* multiply-adds to spend on the reference */
    double slowest;   /* seconds of one execution beyond which a method is left out */
    conv_method only; /* AUTO: all of the methods, the literal reference excepted */
} bench_effort;

/* false where the problem is none: conv_last_error() says why. */
bool bench_measure(bench_result *result, const bench_problem *problem, const bench_effort *effort,
                   const bench_limits *limits);

/* Whether a row's error is above its bound. */
bool bench_row_is_wrong(const bench_row *row);

#endif
