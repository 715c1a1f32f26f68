/* The plan: owner of all memory, and the order of things around a method. */
#ifndef CONV_PLAN_PLAN_H
#define CONV_PLAN_PLAN_H

#include "base/memory.h"
#include "integral/integral.h"
#include "methods/methods.h"

/* A hyperplane of the output that a quadrature rule mends: the result of a convolution of lower
 * rank over one slice of the signal, added to one slice of the output. */
typedef struct {
    int axis;
    ptrdiff_t signal_offset, output_offset; /* elements */
    conv_plan *plan;
} conv_patch;

struct conv_plan {
    conv_problem problem;
    conv_task task;
    void *taps;
    const conv_method_row *method;
    void *state;
    double factor; /* of the outputs: spacings that the taps could not take without over- or
                      underflow */
    bool nothing;  /* all outputs are integrals over a point: 0 */
    bool simple;   /* one convolution, and nothing around the method */
    conv_mending mending[CONV_MAX_RANK];
    int patches;
    conv_patch *patch;
    /* One convolution's workspace, in this order, and how many run side by side. */
    size_t fold_bytes, patch_bytes, sub_bytes, method_bytes;
    int method_threads, batch_threads;
};

/* Makes a plan for the problem; mending as conv_integral_apply leaves it. */
conv_status conv_plan_build(conv_plan **plan, const conv_problem *problem,
                            const conv_mending *mending, const void *kernel);

/* Does the problem without a plan where it is so small that making one would cost more than the
 * sum. False where it is not, or where a rule leaves something to mend. Allocates nothing. */
bool conv_plan_once(const conv_problem *problem, const conv_mending *mending, const void *kernel,
                    const void *signal, void *output);

/* Makes the patches that mend what plan->method leaves; and frees method and patches again. */
conv_status conv_plan_make_patches(conv_plan *plan);
void conv_plan_drop_method(conv_plan *plan);

/* Chooses plan->method and prepares its state; the task is in place. */
conv_status conv_plan_dispatch(conv_plan *plan);

/* What the whole batch costs by the method, on the threads it may use: the dispatcher's measure. */
double conv_plan_seconds(const conv_problem *problem, const conv_method_row *method,
                         const conv_cost *cost);

/* The part of one thread's seconds for the batch that threads share. */
double conv_plan_shared_seconds(const conv_problem *problem, const conv_method_row *method,
                                const conv_cost *cost);

/* Work below this is not worth a second thread. */
#define CONV_SECONDS_PER_THREAD 50e-6

/* Bytes for one convolution of the batch. */
static inline size_t conv_plan_item_bytes(const conv_plan *plan) {
    return plan->fold_bytes + plan->patch_bytes + plan->sub_bytes +
           conv_aligned_size(plan->method_bytes);
}

/* The whole batch; workspace aligned, conv_plan_item_bytes times batch_threads. */
void conv_plan_run(const conv_plan *plan, const void *signal, void *output, void *workspace);

#endif
