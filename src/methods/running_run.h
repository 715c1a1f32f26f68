/* Passes by running sums at work: whole rows of the signal, axis after axis. */
#ifndef CONV_METHODS_RUNNING_RUN_H
#define CONV_METHODS_RUNNING_RUN_H

#include "kernels/kernels.h"
#include "methods/methods.h"
#include "methods/steps.h"
#include "problem/axis_runs.h"

/* Rows at a time, at most: a block, and what else its widest windows that have no state need; or a
 * block and its leads. */
#define CONV_RUNNING_BLOCK 16
#define CONV_RUNNING_ROWS (2 * CONV_RUNNING_BLOCK)

/* What blocks of one stretch keep for the next ones, see conv_running_block: a ring of 1 + wholes
 * rows of parts, a ring of whole blocks. Of narrow windows nothing. */
typedef struct {
    size_t wholes, parts;        /* blocks; lines of a part */
    size_t part, before, behind; /* bytes from this thread's memory on */
} conv_running_sum;

typedef struct {
    conv_steps steps;
    const conv_slide_kernels *slide; /* for complex taps on one axis alone, see running.c */
    size_t dense;                    /* outputs with step 1: every step-th is wanted */
    /* Axes but the last, whose samples are whole rows of all later axes: */
    size_t row;    /* elements of such a row, the constants beside them included */
    size_t stride; /* from one to the next in memory */
    size_t to;     /* bytes: a block's outputs; of the last but one axis they are turned over */
    conv_running_sum sum[CONV_MAX_STRETCHES];
} conv_running_axis;

typedef struct {
    conv_running_axis axis[CONV_MAX_RANK];
    /* The last axis: its samples in a row; of more axes the column of each place, or n or n + 1,
     * which have the constant and a zero. */
    conv_axis_runs runs;
    unsigned *place;
    size_t columns; /* turned over: the row's, the constant included */
    size_t chunk;   /* of one axis: outputs at a time */
    size_t block;   /* lines of a block */
    bool in_place;  /* rows of the signal are read where they are, */
    bool copies;    /* but for leads, see conv_running_block; */
    bool to_place;  /* rows of the output are written where they are */
    /* Bytes from this thread's memory on. */
    size_t zeros, fill, gathered, copy, line, lines, scratch, result, total;
} conv_running_state;

typedef struct {
    const conv_task *task;
    const conv_running_state *state;
    const char *signal;
    char *output;
    char *memory; /* of this thread */
} conv_running_run;

/* Once for each thread, before the others. */
void conv_running_begin(const conv_running_run *run);

/* Blocks first..last-1 of the first axis; of one axis chunks. */
void conv_running_blocks(const conv_running_run *run, size_t first, size_t last);

#endif
