/* What a method works on: the problem, the wishes and the taps. */
#ifndef CONV_PROBLEM_TASK_H
#define CONV_PROBLEM_TASK_H

#include "problem/problem.h"
#include "problem/wishes.h"

/* Owned by the plan; lives as long as the method's state. */
typedef struct {
    const conv_problem *problem;
    const conv_wishes *wishes;
    const void *taps; /* sliding order, see problem/taps.h */
    bool finite_taps;
} conv_task;

/* What its transforms compute in. */
static inline conv_dtype conv_task_compute(const conv_task *task) {
    return conv_wishes_compute(task->wishes, task->problem->dtype);
}

#endif
