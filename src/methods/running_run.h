/* Passes by running sums at work: whole rows of the signal, axis after axis. */
#ifndef CONV_METHODS_RUNNING_RUN_H
#define CONV_METHODS_RUNNING_RUN_H

#include "kernels/kernels.h"
#include "methods/methods.h"
#include "methods/steps.h"
#include "problem/axis_runs.h"

/* Outputs of an axis that are made at a time, at most, and the widest stretch of taps that is
 * summed as it stands. */
#define CONV_RUNNING_BLOCK 32
#define CONV_RUNNING_SHORT 8
#define CONV_RUNNING_ROWS (CONV_RUNNING_BLOCK + CONV_RUNNING_SHORT)

/* A stretch's running sum down an axis. Places of rows count from the stretch's first. A window of
 * `width` rows from place i on is the end of its first block (from i to it), whole blocks, and the
 * beginning of its last block, which for the block's first `change` outputs is one block earlier.
 */
typedef struct {
    size_t reach;  /* blocks from the first to the last */
    size_t change; /* outputs, below the block */
    size_t sums;   /* bytes from this thread's memory on: of whole blocks, `reach` rows, */
    size_t head, middle;
} conv_running_sum;

typedef struct {
    conv_steps steps;
    size_t dense; /* outputs with step 1: every step-th is wanted */
    /* Axes but the last, whose samples are whole rows of all later axes: */
    size_t block;    /* outputs made at a time */
    size_t row;      /* elements of such a row, the constants beside them included */
    size_t stride;   /* from one to the next in memory */
    size_t ends, to; /* bytes: block rows of sums to a block's end, and of outputs */
    conv_running_sum sum[CONV_MAX_STRETCHES];
} conv_running_axis;

typedef struct {
    const conv_slide_kernels *slide;
    conv_running_axis axis[CONV_MAX_RANK];
    /* The last axis: its samples in a row; of more axes the column of each place, or n or n + 1,
     * which have the constant and a zero. */
    conv_axis_runs runs;
    unsigned *place;
    size_t columns; /* turned over: the row's, the constant included */
    size_t chunk;   /* outputs at a time */
    bool is_far;    /* outputs are written row by row: the near caches do not have them */
    bool in_place;  /* rows of the signal are read where they are */
    /* Bytes from this thread's memory on. */
    size_t zeros, fill, gathered, line, scratch, turned, result, total;
} conv_running_state;

typedef struct {
    const conv_task *task;
    const conv_running_state *state;
    const char *signal;
    char *output;
    char *memory; /* of this thread */
} conv_running_run;

/* Whether a stretch of so many taps is summed as it stands. */
static inline bool conv_running_is_short(size_t width) {
    return width <= CONV_RUNNING_SHORT;
}

/* Once for each thread, before the others. */
void conv_running_begin(const conv_running_run *run);

/* Blocks first..last-1 of the first axis; of one axis chunks. */
void conv_running_blocks(const conv_running_run *run, size_t first, size_t last);

#endif
