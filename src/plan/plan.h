/* The plan: owner of all memory, and the order of things around a method. */
#ifndef CONV_PLAN_PLAN_H
#define CONV_PLAN_PLAN_H

#include "base/memory.h"
#include "integral/dots.h"
#include "integral/integral.h"
#include "methods/methods.h"

typedef struct conv_ladder conv_ladder;

/* A hyperplane of the output that a quadrature rule mends: the result of a convolution of lower
 * rank over one slice of the signal, added to one slice of the output. */
typedef struct {
    int axis;
    bool replaces;                          /* the slice of the output is set to 0 before */
    ptrdiff_t signal_offset, output_offset; /* elements */
    conv_plan *plan;                        /* NULL: nothing is added */
} conv_patch;

/* A plan made of plans, in place of a method: the stretches of signal and kernel between jumps,
 * whose results add up, or the orders of a rule, of which each signal has its own. The lead stands
 * for all where one method is to be named. */
typedef struct {
    /* One convolution. bound: see conv_plan_execute_bound; NULL: not asked for. */
    void (*run)(const conv_plan *plan, const char *signal, char *output, char *workspace,
                double *bound);
    void (*release)(void *parts); /* NULL is fine */
    const conv_plan *(*lead)(const void *parts);
    const char *what; /* for conv_plan_describe */
} conv_composite;

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
    conv_dots *dots;                 /* rank 1: instead of patches */
    const conv_composite *composite; /* NULL: none, and parts is NULL */
    void *parts;
    conv_rule rule; /* as asked for */
    conv_mode mode;
    bool has_breaks; /* even where no stretch reaches an output */
    /* One convolution's workspace, in this order, and how many run side by side. */
    size_t fold_bytes, patch_bytes, sub_bytes, method_bytes;
    int method_threads, batch_threads;
    conv_ladder *ladder; /* a tolerance's, see ladder.h: then nothing of the above runs, but the
                            plans in it; and method is the first of theirs */
};

/* Makes a plan for what the description asks; bare: its problem without a rule's weights, and with
 * the spacings in its factor where there is a rule. */
conv_status conv_plan_build_rule(conv_plan **plan, const conv_problem *bare, const conv_desc *desc,
                                 const void *kernel);

/* Whether the rule and the tolerance that the description asks for go together. */
conv_status conv_plan_check_rule(const conv_problem *bare, const conv_desc *desc);

/* conv_plan_build, or where the problem asks for a tolerance what keeps that. */
conv_status conv_plan_build_kept(conv_plan **plan, const conv_problem *problem,
                                 const conv_mending *mending, const void *kernel);

/* Makes a plan for the problem; mending as conv_integral_weigh leaves it. */
conv_status conv_plan_build(conv_plan **plan, const conv_problem *problem,
                            const conv_mending *mending, const void *kernel);

/* Does a plain sum without a plan where it is so small that making one would cost more than the
 * sum. False where it is not. Allocates nothing. */
bool conv_plan_once(const conv_problem *problem, const void *kernel, const void *signal,
                    void *output);

/* A plan of this kind, which takes over parts: whatever happens, they are released with the plan or
 * at once. bytes: of workspace for one convolution. */
conv_status conv_plan_compose(conv_plan **plan, const conv_problem *problem,
                              const conv_composite *composite, void *parts, size_t bytes);

/* One convolution of the batch. */
void conv_plan_run_item(const conv_plan *plan, const char *signal, char *output, char *workspace);

/* Sets all outputs of one convolution to 0. */
void conv_plan_clear(const conv_plan *plan, char *output);

/* The same from taps in sliding order, which it takes over whether it succeeds or not. */
conv_status conv_plan_build_with_taps(conv_plan **plan, const conv_problem *problem,
                                      const conv_mending *mending, void *taps);

/* Frees method and patches again. */
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
