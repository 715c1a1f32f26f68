/* The direct sum of a whole problem: planned, and run on threads. */
#ifndef CONV_METHODS_DIRECT_WHOLE_H
#define CONV_METHODS_DIRECT_WHOLE_H

#include "methods/direct_run.h"

/* A problem this small, in bytes, is gathered whole, on the stack. */
#define CONV_DIRECT_STACK 3072

/* Everything of the plan that needs no memory of its own; also used by one-shot calls. */
void conv_direct_plan(const conv_task *task, conv_direct_state *state);

/* Bytes of a run, and the run. */
size_t conv_direct_bytes(const conv_direct_state *state, int threads);
void conv_direct_execute(const conv_task *task, const conv_direct_state *state, const void *signal,
                         void *output, void *workspace, int threads);

#endif
