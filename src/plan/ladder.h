/* A tolerance's plan: a few plans of the same problem, from the cheapest to the most accurate, of
 * which every signal is given to the first that keeps the tolerance. */
#ifndef CONV_PLAN_LADDER_H
#define CONV_PLAN_LADDER_H

#include "methods/tilt.h"
#include "plan/plan.h"

enum { CONV_MAX_RUNGS = 5 };

struct conv_ladder {
    conv_tolerance tolerance;
    conv_problem problem; /* of one signal, folded; as the rungs have it, but for the method */
    int rungs;
    conv_plan *rung[CONV_MAX_RUNGS];
    conv_tilt *tilt;   /* COMPONENTWISE: before the one rung; NULL: not for this problem */
    size_t fold_bytes; /* then what the rungs need: one after the other, in the same place */
};

/* Whether a plan needs no ladder: no tolerance is asked for. */
static inline bool conv_tolerance_is_default(const conv_problem *problem) {
    return problem->tolerance.kind == CONV_TOLERANCE_MAXNORM && problem->tolerance.value == 0;
}

/* Whether the problem's tolerance can be kept by any method, and by the one asked for. */
conv_status conv_tolerance_check(const conv_problem *problem);

/* For COMPONENTWISE and STRICT: the direct sum, or the reference where that alone keeps the value.
 */
conv_status conv_tolerance_choose_sum(const conv_problem *problem, conv_method *method);

/* As conv_plan_build, for a tolerance that is not the default. */
conv_status conv_ladder_build(conv_plan **plan, const conv_problem *problem,
                              const conv_mending *mending, const void *kernel);
void conv_ladder_destroy(conv_ladder *ladder); /* NULL is fine */

/* The whole batch. bound: of each signal, or NULL. Fails for samples that are not what the
 * tolerance needs, with the output untouched. */
conv_status conv_ladder_run(const conv_plan *plan, const void *signal, void *output,
                            void *workspace, double *bound);

/* A plan with taps and a method: the plan itself, or the first rung of its ladder. */
static inline const conv_plan *conv_ladder_first(const conv_plan *plan) {
    return plan->ladder ? plan->ladder->rung[0] : plan;
}

/* Lines for conv_plan_describe; snprintf-style. */
int conv_ladder_describe(const conv_ladder *ladder, char *text, size_t size);

/* For CONV_TOLERANCE_INTEGER: whether the taps and the edge's constant are integers; whether the
 * signal's samples are, and every output is surely a number of the type; and a signal's turn.
 * signal: folded. */
conv_status conv_integers_check_kernel(const conv_problem *problem, const void *taps);
conv_status conv_integers_check_signal(const conv_ladder *ladder, const void *signal, size_t item);
double conv_integers_run(const conv_ladder *ladder, const void *signal, void *output,
                         void *workspace);

#endif
