/* What the cost model knows of a machine, measured. */
#ifndef BENCH_CALIBRATE_H
#define BENCH_CALIBRATE_H

#include <stdbool.h>
#include <stdio.h>

#include "cost/calibrated.h"
#include "limits.h"

/* Measures for some minutes and writes a profile to the file, or, with as_c, src/cost/calibrated.c
 * to standard output. Returns the exit status. */
int bench_calibrate(const char *file, bool as_c);

/* Parts: each fills its tables. 0: this processor or this build has no such thing. */
void calibrate_slides(conv_calibrated *tables);     /* the direct method's leaf loops */
void calibrate_transforms(conv_calibrated *tables); /* both backends, 1-D and 2-D */
void calibrate_gather(conv_calibrated *tables);     /* edges and copies */
void calibrate_new_memory(conv_calibrated *tables); /* touching memory for the first time */

/* How far a table is, on a terminal. */
void calibrate_progress(const char *table, int done, int all);

/* Nanoseconds of one call. */
double calibrate_ns(void (*call)(void *context), void *context);

/* Memory of finite, normal numbers, ended by free. Aborts where there is none. */
void *calibrate_memory(size_t bytes, int is_double);

void calibrate_write_profile(FILE *file, const conv_calibrated *tables);
void calibrate_write_c(FILE *file, const conv_calibrated *tables, const bench_limits *limits);

#endif
