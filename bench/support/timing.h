/* Medians of interleaved samples on the monotonic clock. */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include <stdbool.h>
#include <stddef.h>

/* Something to time: call(context), again and again. */
typedef struct {
    void (*call)(void *context);
    void *context;
    double seconds; /* the result: the median of one call */
    bool parallel;  /* call uses several threads */
} bench_subject;

double bench_now(void);

/* Processor time over wall time since the program began: well below 1 on a busy machine, where no
 * figure can be trusted. */
double bench_processor_share(void);

/* Sorts the values. */
double bench_median(double *values, size_t count);

/* Times all subjects in turn, round after round, so that whatever else the machine does falls on
 * all of them. budget: seconds to spend on each; a slow subject gets five samples all the same, a
 * very slow one three. A sample during which the system gave the processor to another process does
 * not count while three others remain; where they do not, it counts with this process' own time. */
void bench_time(bench_subject *subject, int count, double budget);

#endif
