/* The cost model's constants, measured and printed as C. */
#ifndef BENCH_CALIBRATE_H
#define BENCH_CALIBRATE_H

#include <stddef.h>

/* Returns the exit status. */
int bench_calibrate(void);

/* Parts: each prints C tables under a comment that names the axes. */
void calibrate_slides(void);     /* the direct method's leaf loops */
void calibrate_transforms(void); /* both backends, 1-D and 2-D */
void calibrate_gather(void);     /* edges and copies */
void calibrate_new_memory(void); /* touching memory for the first time */

/* Nanoseconds of one call. */
double calibrate_ns(void (*call)(void *context), void *context);

/* "static const unsigned NAME[] = {...};" */
void calibrate_print_list(const char *name, const size_t *list, size_t count);
/* "{1.23, 4.56}" */
void calibrate_print_row(const double *values, size_t count);

/* Memory of finite, normal numbers, ended by free. Aborts where there is none. */
void *calibrate_memory(size_t bytes, int is_double);

#endif
