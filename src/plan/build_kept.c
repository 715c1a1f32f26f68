#include "plan/build_kept.h"

#include <math.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "methods/rounding.h"
#include "plan/build_halves.h"
#include "plan/build_widened.h"
#include "plan/choose.h"
#include "plan/exact.h"
#include "plan/ladder.h"
#include "plan/leaf.h"
#include "plan/tilted.h"
#include "plan/tolerance.h"

enum { MOST_RUNGS = 6 };

typedef struct {
    const conv_ingredients *from;
    const conv_wishes *wishes;
    bool waits; /* transforms behind the first rung */
    conv_node *top;
    char too_large[CONV_MESSAGE_SIZE]; /* the sentence of the last rung that did not fit */
} builder;

/* The node by this method, whose transforms compute in double or in the data's type; NULL where it
 * does not fit into the workspace, and, where it is not needed, where it refuses the problem. */
static conv_status make_rung(builder *b, conv_method method, bool in_double, bool is_needed,
                             conv_node **rung) {
    conv_wishes wishes = *b->wishes;
    char before[CONV_MESSAGE_SIZE];
    wishes.method = method;
    wishes.in_double = in_double;
    wishes.waits = b->waits && b->top->children;
    conv_keep_message(before);
    conv_status status = conv_build_sum(rung, b->from, &wishes);
    if (status != CONV_ERR_WORKSPACE && (status != CONV_ERR_METHOD || is_needed))
        return status;
    if (status == CONV_ERR_WORKSPACE)
        conv_keep_message(b->too_large);
    conv_restore_message(before);
    return CONV_OK;
}

static conv_status fits(const builder *b) {
    return b->top->children
               ? CONV_OK
               : conv_fail(CONV_ERR_WORKSPACE, "%s and keeps the tolerance", b->too_large);
}

/* Whether transforms as wished are in double already. */
static bool is_widest(const builder *b) {
    return b->wishes->in_double || conv_dtype_is_double(b->from->problem.dtype);
}

/* Seconds by a method whose estimate does not look at the taps: direct, blocks, fft. */
static double seconds_of(const builder *b, conv_method id, bool in_double) {
    conv_wishes wishes = *b->wishes;
    wishes.in_double = in_double;
    conv_task task = {&b->from->problem, &wishes, NULL, true};
    const conv_method_row *row = conv_method_find(id);
    if (row->reject(&task))
        return INFINITY;
    conv_cost cost = row->cost(&task);
    return conv_choose_seconds(&task, row, &cost);
}

static conv_method cheaper_transform(const builder *b, bool in_double) {
    conv_method wished = b->wishes->method;
    if (wished == CONV_METHOD_FFT || wished == CONV_METHOD_BLOCKS)
        return wished;
    return seconds_of(b, CONV_METHOD_FFT, in_double) < seconds_of(b, CONV_METHOD_BLOCKS, in_double)
               ? CONV_METHOD_FFT
               : CONV_METHOD_BLOCKS;
}

/* ---- relative to the largest output ---- */

static conv_status add_rung(builder *b, conv_method method, bool in_double, bool is_needed) {
    conv_node *rung = NULL;
    conv_status status = make_rung(b, method, in_double, is_needed, &rung);
    bool is_transform = method == CONV_METHOD_BLOCKS || method == CONV_METHOD_FFT;
    if (rung)
        conv_ladder_add(b->top, rung, is_transform && b->waits && b->top->children);
    return status;
}

/* Transforms of halves, far more accurate than those before, where they cost less than the sums. */
static conv_status add_halves(builder *b, conv_method transform) {
    char before[CONV_MESSAGE_SIZE];
    conv_node *rung = NULL;
    conv_wishes wishes = *b->wishes;
    wishes.waits = b->waits;
    conv_keep_message(before);
    bool is_double = conv_dtype_is_double(b->from->problem.dtype);
    conv_status status = is_double ? conv_build_halves(&rung, b->from, &wishes, transform)
                                   : conv_build_widened_halves(&rung, b->from, &wishes, transform);
    if (rung)
        conv_ladder_add(b->top, rung, b->waits);
    if (status != CONV_ERR_WORKSPACE && status != CONV_ERR_METHOD)
        return status;
    conv_restore_message(before);
    return CONV_OK;
}

/* No output is above |x|_2 |h|_2, by Cauchy's inequality, so that a transform's bound relative to
 * the largest one is at least what it is relative to that. One of all outputs is as long as they.
 */
static bool never_keeps(const builder *b, const conv_node *rung) {
    const conv_problem *problem = &rung->problem;
    if (conv_leaf_method(conv_node_leaf(rung))->id != CONV_METHOD_FFT)
        return false;
    double units = conv_bounds_transform(problem->dtype, (double)problem->outputs, false);
    return units * conv_unit(conv_task_compute(rung->task)) > b->wishes->tolerance.value;
}

/* What was asked for. Where AUTO takes a transform of floats that cannot keep the tolerance, the
 * factors of the kernel, if they cost less than the transform in double that comes next. */
static conv_status add_first(builder *b, conv_method transform) {
    bool in_double = b->wishes->in_double;
    double next = seconds_of(b, transform, true);
    conv_node *rung = NULL;
    conv_status status = make_rung(b, b->wishes->method, in_double, true, &rung);
    if (rung && b->wishes->method == CONV_METHOD_AUTO && !is_widest(b) && next < INFINITY &&
        never_keeps(b, rung)) {
        conv_node_release(rung);
        rung = NULL;
        status = make_rung(b, CONV_METHOD_SEPARABLE, in_double, false, &rung);
        if (rung && rung->seconds >= next) {
            conv_node_release(rung);
            rung = NULL;
        }
    }
    if (rung)
        conv_ladder_add(b->top, rung, false);
    return status;
}

/* What was asked for; a transform (of float data: in double, and then only the rounding of the
 * outputs counts), and one of halves, in double; the direct sum, whose bound is the smaller one
 * for few taps; the reference. */
static conv_status add_rungs(builder *b) {
    bool in_double = b->wishes->in_double;
    conv_method transform = cheaper_transform(b, true), first = CONV_METHOD_AUTO;
    conv_status status = add_first(b, transform);
    if (b->top->children)
        first = conv_leaf_method(conv_node_leaf(b->top->child[0]))->id;
    bool has_transform = (first == CONV_METHOD_BLOCKS || first == CONV_METHOD_FFT) && is_widest(b);
    if (status == CONV_OK && first != CONV_METHOD_REFERENCE && !has_transform)
        status = add_rung(b, transform, true, false);
    if (status == CONV_OK && first != CONV_METHOD_REFERENCE &&
        seconds_of(b, transform, true) < INFINITY)
        status = add_halves(b, transform);
    if (status == CONV_OK && first != CONV_METHOD_REFERENCE && first != CONV_METHOD_DIRECT &&
        conv_dtype_is_double(b->from->problem.dtype))
        status = add_rung(b, CONV_METHOD_DIRECT, in_double, false);
    if (status == CONV_OK && first != CONV_METHOD_REFERENCE)
        status = add_rung(b, CONV_METHOD_REFERENCE, in_double, false);
    return status == CONV_OK ? fits(b) : status;
}

/* ---- integers ---- */

static conv_status add_exact(builder *b, conv_method method, bool in_double, bool is_needed) {
    conv_node *child = NULL;
    bool is_sum = method == CONV_METHOD_DIRECT || method == CONV_METHOD_REFERENCE;
    conv_status status = make_rung(b, method, in_double, is_needed, &child);
    if (child)
        conv_exact_add(b->top, child, is_sum,
                       in_double && !conv_dtype_is_double(b->from->problem.dtype));
    return status;
}

/* Exact sums, and before them transforms that may be cheaper. */
static conv_status add_exact_ones(builder *b) {
    const conv_problem *problem = &b->from->problem;
    conv_method wished = b->wishes->method;
    bool in_double = b->wishes->in_double;
    conv_method sum = wished == CONV_METHOD_REFERENCE ? CONV_METHOD_REFERENCE : CONV_METHOD_DIRECT;
    conv_status status = CONV_OK;
    bool asked = wished != CONV_METHOD_AUTO;
    bool has_transforms = wished != CONV_METHOD_DIRECT && wished != CONV_METHOD_REFERENCE;
    double direct = seconds_of(b, CONV_METHOD_DIRECT, false);
    for (int wider = is_widest(b); has_transforms && wider <= 1 && status == CONV_OK; wider++) {
        conv_method transform = cheaper_transform(b, wider);
        if (asked || seconds_of(b, transform, wider) < direct)
            status = add_exact(b, transform, wider, asked && b->top->children == 0);
    }
    size_t before = b->top->children;
    if (status == CONV_OK)
        status = add_exact(b, sum, in_double, true);
    /* The last one has to be exact for every signal, and the reference needs no workspace. */
    if (status == CONV_OK && b->top->children == before && has_transforms)
        status = add_exact(b, CONV_METHOD_REFERENCE, in_double, true);
    if (status == CONV_OK)
        status = fits(b);
    return status == CONV_OK ? conv_exact_check_kernel(problem, b->from->taps->taps) : status;
}

/* ---- relative to (|x|*|h|)_k ---- */

/* Whether tilted transforms may do it; the tilt itself looks at the rest. */
static bool may_tilt(const builder *b) {
    const conv_problem *problem = &b->from->problem;
    const conv_to_correct *to_correct = b->from->to_correct;
    return b->wishes->tolerance.kind == CONV_TOLERANCE_COMPONENTWISE &&
           b->wishes->tolerance.value > 0 && b->wishes->method == CONV_METHOD_AUTO &&
           problem->rank == 1 && problem->axis[0].extension == CONV_EXTEND_ZERO &&
           problem->factor == 1 && b->from->factor == 1 &&
           !(to_correct && (to_correct[0].ends || to_correct[0].nothing));
}

/* The sum of this method; in place of the reference one in double, where that keeps the value and
 * fits. */
static conv_status build_by(conv_node **node, const builder *b, const conv_wishes *wishes) {
    char before[CONV_MESSAGE_SIZE];
    if (wishes->method == CONV_METHOD_REFERENCE && b->wishes->method == CONV_METHOD_AUTO &&
        conv_tolerance_widened(&b->from->problem) <= wishes->tolerance.value) {
        conv_keep_message(before);
        conv_status status = conv_build_widened(node, b->from, wishes);
        if (status != CONV_ERR_WORKSPACE)
            return status;
        conv_restore_message(before);
    }
    return conv_build_sum(node, b->from, wishes);
}

static conv_status build_sums(conv_node **node, builder *b) {
    const conv_problem *problem = &b->from->problem;
    conv_wishes wishes = *b->wishes;
    double value = wishes.tolerance.value;
    conv_tilt *tilt = NULL;
    conv_status status = conv_tolerance_choose_sum(problem, b->wishes, &wishes.method);
    if (status == CONV_OK)
        status = build_by(node, b, &wishes);
    if (status != CONV_OK || !may_tilt(b))
        return status;
    status = conv_tilt_create(&tilt, (*node)->task, value, wishes.method == CONV_METHOD_REFERENCE);
    if (tilt && conv_tilt_workspace(tilt) > conv_wishes_room(&wishes)) {
        conv_tilt_destroy(tilt);
        tilt = NULL;
    }
    if (tilt)
        return conv_tilted_make(node, *node, tilt, value);
    if (status != CONV_OK) {
        conv_node_release(*node);
        *node = NULL;
    }
    return status;
}

/* End corrections are made of the taps in double, which are not there yet. Spectra that are not
 * kept are made of taps that are, and memory for one execution is not worth leaving. */
static bool may_wait(const conv_ingredients *from, const conv_wishes *wishes) {
    bool at_once = wishes->late_spectrum || wishes->keeps_workspace;
    for (int d = 0; d < from->problem.rank && from->to_correct; d++)
        at_once = at_once || from->to_correct[d].ends;
    return from->taps->finite && !at_once;
}

conv_status conv_build_kept(conv_node **node, const conv_ingredients *from,
                            const conv_wishes *wishes) {
    const conv_problem *problem = &from->problem;
    conv_tolerance tolerance = wishes->tolerance;
    builder b = {from, wishes, false, NULL, "no method fits into max_workspace"};
    *node = NULL;
    if (conv_wishes_any_accuracy(wishes))
        return conv_build_sum(node, from, wishes);
    conv_status status = conv_tolerance_check(problem, wishes);
    if (status != CONV_OK)
        return status;
    if (tolerance.kind == CONV_TOLERANCE_COMPONENTWISE || tolerance.kind == CONV_TOLERANCE_STRICT)
        return build_sums(node, &b);
    bool integers = tolerance.kind == CONV_TOLERANCE_INTEGER;
    b.waits = !integers && may_wait(from, wishes);
    status = integers ? conv_exact_make(&b.top, problem, MOST_RUNGS)
                      : conv_ladder_make(&b.top, problem, tolerance.value, MOST_RUNGS);
    if (status == CONV_OK)
        status = integers ? add_exact_ones(&b) : add_rungs(&b);
    if (status == CONV_OK)
        *node = b.top;
    else
        conv_node_release(b.top);
    return status;
}
