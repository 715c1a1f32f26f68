/* A row of the extended signal as runs of samples: what conv_extend_index says of each place, found
 * once where many rows are alike. */
#ifndef CONV_PROBLEM_AXIS_RUNS_H
#define CONV_PROBLEM_AXIS_RUNS_H

#include "problem/problem.h"

/* Places begin..end-1 of the row have the samples index, index + step, ...; or they are all
 * CONV_ABSENT, or CONV_FILLED: then step is 0. */
typedef struct {
    size_t begin, end;
    ptrdiff_t index, step;
} conv_axis_run;

typedef struct {
    size_t count;
    conv_axis_run *run;
} conv_axis_runs;

/* X(first), X(first + 1), ..., so many. False: no memory. */
bool conv_axis_runs_find(conv_axis_runs *runs, const conv_axis *axis, ptrdiff_t first,
                         size_t length);
void conv_axis_runs_end(conv_axis_runs *runs);

/* Places begin..begin+count-1 into row: samples from source at a stride in elements of `size`
 * bytes, zeros where they are absent, and `fill`, one element, where they have the constant. */
void conv_axis_runs_copy(const conv_axis_runs *runs, size_t begin, size_t count, const char *source,
                         ptrdiff_t stride, const char *fill, char *row, size_t size);

#endif
