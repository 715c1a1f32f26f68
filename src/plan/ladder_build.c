/* Which rungs a tolerance's ladder has. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "methods/bounds.h"
#include "plan/bound.h"
#include "plan/ladder.h"

typedef struct {
    conv_ladder *ladder;
    const conv_mending *mending;
    const void *kernel;
    char *too_large; /* the sentence of the last rung that did not fit the workspace */
} builder;

/* Adds the plan by this method. One that is not needed is left out where it refuses the problem or
 * does not fit into the workspace. */
static conv_status add_rung(const builder *b, conv_method method, conv_dtype compute,
                            bool is_needed) {
    conv_ladder *ladder = b->ladder;
    conv_problem problem = ladder->problem;
    char before[CONV_MESSAGE_SIZE];
    problem.method = method;
    problem.compute = compute;
    conv_keep_message(before);
    conv_status status =
        conv_plan_build(&ladder->rung[ladder->rungs], &problem, b->mending, b->kernel);
    if (status == CONV_OK)
        ladder->rungs++;
    else if (status == CONV_ERR_WORKSPACE || (status == CONV_ERR_METHOD && !is_needed)) {
        if (status == CONV_ERR_WORKSPACE)
            conv_keep_message(b->too_large);
        conv_restore_message(before);
        status = CONV_OK;
    }
    return status;
}

/* Seconds by a method whose estimate does not look at the taps: direct, blocks, fft. */
static double seconds_of(const conv_problem *problem, conv_method id, conv_dtype compute) {
    conv_problem changed = *problem;
    changed.compute = compute;
    conv_task task = {&changed, NULL, true};
    const conv_method_row *row = conv_method_find(id);
    if (row->reject(&task))
        return INFINITY;
    conv_cost cost = row->cost(&task);
    return conv_plan_seconds(&changed, row, &cost);
}

static conv_method cheaper_transform(const conv_problem *problem, conv_dtype compute) {
    if (problem->method == CONV_METHOD_FFT || problem->method == CONV_METHOD_BLOCKS)
        return problem->method;
    return seconds_of(problem, CONV_METHOD_FFT, compute) <
                   seconds_of(problem, CONV_METHOD_BLOCKS, compute)
               ? CONV_METHOD_FFT
               : CONV_METHOD_BLOCKS;
}

/* What was asked for; a transform (of float data: in double, and then only the rounding of the
 * outputs counts); the direct sum, whose bound is the smaller one for few taps; the reference. */
static conv_status maxnorm_rungs(const builder *b) {
    conv_ladder *ladder = b->ladder;
    const conv_problem *problem = &ladder->problem;
    conv_dtype wide = conv_dtype_wide(problem->dtype);
    conv_method transform = cheaper_transform(problem, wide), first = CONV_METHOD_AUTO;
    conv_status status = add_rung(b, problem->method, problem->compute, true);
    if (ladder->rungs)
        first = ladder->rung[0]->method->id;
    bool has_transform =
        (first == CONV_METHOD_BLOCKS || first == CONV_METHOD_FFT) && problem->compute == wide;
    if (status == CONV_OK && first != CONV_METHOD_REFERENCE && !has_transform)
        status = add_rung(b, transform, wide, false);
    if (status == CONV_OK && first != CONV_METHOD_REFERENCE && first != CONV_METHOD_DIRECT &&
        problem->dtype == wide)
        status = add_rung(b, CONV_METHOD_DIRECT, problem->compute, false);
    if (status == CONV_OK && first != CONV_METHOD_REFERENCE)
        status = add_rung(b, CONV_METHOD_REFERENCE, problem->compute, false);
    return status;
}

/* Exact sums, and what may be cheaper. */
static conv_status integer_rungs(const builder *b) {
    const conv_problem *problem = &b->ladder->problem;
    conv_dtype wide = conv_dtype_wide(problem->dtype);
    conv_method sum =
        problem->method == CONV_METHOD_REFERENCE ? CONV_METHOD_REFERENCE : CONV_METHOD_DIRECT;
    conv_status status = CONV_OK;
    if (problem->method == CONV_METHOD_DIRECT || problem->method == CONV_METHOD_REFERENCE)
        return add_rung(b, sum, problem->compute, true);
    bool asked = problem->method != CONV_METHOD_AUTO;
    double direct = seconds_of(problem, CONV_METHOD_DIRECT, problem->dtype);
    for (int wider = problem->compute == wide; wider <= 1 && status == CONV_OK; wider++) {
        conv_dtype compute = wider ? wide : problem->dtype;
        conv_method transform = cheaper_transform(problem, compute);
        if (asked || seconds_of(problem, transform, compute) < direct)
            status = add_rung(b, transform, compute, asked && b->ladder->rungs == 0);
    }
    int before = b->ladder->rungs;
    if (status == CONV_OK)
        status = add_rung(b, sum, problem->compute, true);
    /* The last one has to be exact for every signal, and the reference needs no workspace. */
    if (status == CONV_OK && b->ladder->rungs == before)
        status = add_rung(b, CONV_METHOD_REFERENCE, problem->compute, true);
    return status;
}

/* Whether tilted transforms may do it; the tilt itself looks at the rest. */
static bool may_tilt(const conv_problem *problem, const conv_mending *mending) {
    return problem->tolerance.kind == CONV_TOLERANCE_COMPONENTWISE &&
           problem->tolerance.value > 0 && problem->method == CONV_METHOD_AUTO &&
           problem->rank == 1 && problem->axis[0].extension == CONV_EXTEND_ZERO &&
           problem->factor == 1 && mending[0].ends == 0 && !mending[0].nothing;
}

static conv_status componentwise_rungs(const builder *b, conv_method sum) {
    conv_ladder *ladder = b->ladder;
    double value = ladder->tolerance.value;
    conv_status status = add_rung(b, sum, ladder->problem.compute, true);
    if (status != CONV_OK || !ladder->rungs || ladder->rung[0]->factor != 1)
        return status;
    status = conv_tilt_create(&ladder->tilt, &ladder->rung[0]->task, value,
                              sum == CONV_METHOD_REFERENCE);
    if (ladder->tilt &&
        conv_tilt_workspace(ladder->tilt) + CONV_ALIGNMENT > ladder->problem.max_workspace) {
        conv_tilt_destroy(ladder->tilt);
        ladder->tilt = NULL;
    }
    return status;
}

/* sum: COMPONENTWISE's rung. */
static conv_status fill_ladder(const builder *b, conv_method sum) {
    conv_ladder *ladder = b->ladder;
    bool integers = ladder->tolerance.kind == CONV_TOLERANCE_INTEGER;
    conv_status status = integers ? integer_rungs(b)
                         : ladder->tolerance.kind == CONV_TOLERANCE_COMPONENTWISE
                             ? componentwise_rungs(b, sum)
                             : maxnorm_rungs(b);
    if (status != CONV_OK)
        return status;
    if (ladder->rungs == 0)
        return conv_fail(CONV_ERR_WORKSPACE, "%s and keeps the tolerance", b->too_large);
    if (integers)
        status = conv_integers_check_kernel(&ladder->problem, ladder->rung[0]->taps);
    return status;
}

/* One signal, and the workspace that a fold leaves. */
static conv_status init_problem(conv_ladder *ladder, const conv_problem *problem) {
    ladder->problem = *problem;
    ladder->problem.batch = 1;
    ladder->problem.tolerance = (conv_tolerance){CONV_TOLERANCE_MAXNORM, 0};
    if (!problem->fold.needed)
        return CONV_OK;
    ladder->problem.fold.needed = false;
    ladder->fold_bytes = conv_aligned_size(problem->fold.samples * problem->elements->size);
    if (problem->max_workspace == SIZE_MAX)
        return CONV_OK;
    if (problem->max_workspace < ladder->fold_bytes + CONV_ALIGNMENT)
        return conv_fail(CONV_ERR_WORKSPACE,
                         "max_workspace is %zu bytes; the folded signal alone needs %zu",
                         problem->max_workspace, ladder->fold_bytes + CONV_ALIGNMENT);
    ladder->problem.max_workspace -= ladder->fold_bytes;
    return CONV_OK;
}

static conv_status build_ladder(conv_plan **plan, const conv_problem *problem,
                                const conv_mending *mending, const void *kernel, conv_method sum) {
    conv_plan *made = conv_allocate(sizeof *made);
    conv_ladder *ladder = conv_allocate(sizeof *ladder);
    *plan = NULL;
    if (!made || !ladder) {
        conv_free(made);
        conv_free(ladder);
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    }
    memset(made, 0, sizeof *made);
    memset(ladder, 0, sizeof *ladder);
    made->problem = *problem;
    made->factor = 1;
    made->method_threads = made->batch_threads = 1;
    made->ladder = ladder;
    ladder->tolerance = problem->tolerance;
    char too_large[CONV_MESSAGE_SIZE] = "no method fits into max_workspace";
    builder b = {ladder, mending, kernel, too_large};
    conv_status status = init_problem(ladder, problem);
    if (status == CONV_OK)
        status = fill_ladder(&b, sum);
    if (status != CONV_OK) {
        conv_plan_destroy(made);
        return status;
    }
    made->method = ladder->rung[0]->method;
    made->fold_bytes = ladder->fold_bytes;
    for (int i = 0; i < ladder->rungs; i++)
        made->method_bytes = conv_max(made->method_bytes, conv_plan_item_bytes(ladder->rung[i]));
    if (ladder->tilt)
        made->method_bytes = conv_max(made->method_bytes, conv_tilt_workspace(ladder->tilt));
    *plan = made;
    return CONV_OK;
}

conv_status conv_ladder_build(conv_plan **plan, const conv_problem *problem,
                              const conv_mending *mending, const void *kernel) {
    conv_tolerance_kind kind = problem->tolerance.kind;
    conv_status status = conv_tolerance_check(problem);
    *plan = NULL;
    if (status != CONV_OK)
        return status;
    if (kind == CONV_TOLERANCE_MAXNORM || kind == CONV_TOLERANCE_INTEGER)
        return build_ladder(plan, problem, mending, kernel, CONV_METHOD_AUTO);
    conv_problem sums = *problem;
    status = conv_tolerance_choose_sum(problem, &sums.method);
    if (status != CONV_OK)
        return status;
    return may_tilt(problem, mending) ? build_ladder(plan, problem, mending, kernel, sums.method)
                                      : conv_plan_build(plan, &sums, mending, kernel);
}

void conv_ladder_destroy(conv_ladder *ladder) {
    if (!ladder)
        return;
    for (int i = 0; i < ladder->rungs; i++)
        conv_plan_destroy(ladder->rung[i]);
    conv_tilt_destroy(ladder->tilt);
    conv_free(ladder);
}
