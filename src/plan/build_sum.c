#include "plan/build_sum.h"

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "plan/choose.h"
#include "plan/corrected.h"
#include "plan/leaf.h"
#include "plan/scaled.h"
#include "problem/taps.h"

conv_status conv_ingredients_make(conv_ingredients *made, const conv_problem *problem,
                                  const conv_to_correct *to_correct, const void *kernel,
                                  conv_tap_set **sets) {
    conv_tap_set *set = conv_tap_set_add(sets, problem);
    if (!set)
        return CONV_ERR_MEMORY;
    *made = (conv_ingredients){*problem, to_correct, set, 1, sets, CONV_END_CHEAPEST};
    if (!conv_taps_take(problem->elements, conv_dtype_is_double(problem->dtype), kernel,
                        problem->taps, problem->factor)) {
        made->factor = problem->factor;
        made->problem.factor = 1;
    }
    conv_taps_prepare(&made->problem, kernel, set->taps);
    conv_tap_set_ready(set, &made->problem);
    return CONV_OK;
}

static conv_status add_planes(conv_node **node, conv_node *weighted, const conv_ingredients *from,
                              const conv_wishes *wishes, conv_method method) {
    bool transforms = method == CONV_METHOD_BLOCKS || method == CONV_METHOD_FFT;
    conv_end_way way = transforms ? from->way : CONV_END_SUMS;
    conv_task task = {&from->problem, wishes, from->taps->taps, from->taps->finite};
    conv_end_corrections *planes;
    conv_status status = conv_end_corrections_make(&planes, &task, from->to_correct, way);
    if (status != CONV_OK || !planes)
        return status;
    return conv_corrected_make_planes(node, weighted, planes);
}

/* Puts around the convolution what the rule leaves to correct. The node takes it over. */
static conv_status correct(conv_node **node, conv_node *weighted, const conv_ingredients *from,
                           const conv_wishes *wishes, conv_method method) {
    const conv_problem *problem = &from->problem;
    bool any = false;
    *node = weighted;
    for (int d = 0; d < problem->rank && from->to_correct; d++) {
        if (from->to_correct[d].nothing)
            return conv_corrected_make_zero(node, weighted);
        any = any || from->to_correct[d].ends;
    }
    if (!any)
        return CONV_OK;
    if (problem->rank > 1)
        return add_planes(node, weighted, from, wishes, method);
    conv_corrections *line;
    conv_status status =
        conv_corrections_make(&line, problem, from->taps->taps, from->to_correct[0].ends);
    return status == CONV_OK ? conv_corrected_make_line(node, weighted, line) : status;
}

conv_status conv_build_around(conv_node **node, conv_node *weighted, const conv_ingredients *from,
                              const conv_wishes *wishes, conv_method method) {
    conv_status status = correct(node, weighted, from, wishes, method);
    if (status == CONV_OK && from->factor != 1)
        status = conv_scaled_make(node, *node, from->factor);
    return status;
}

/* The leaf, which is made or not, with what belongs around it. *node stays NULL where it needs more
 * room than there is. */
static conv_status keep(conv_node **node, conv_node *leaf, conv_status status,
                        const conv_ingredients *from, const conv_wishes *wishes, conv_method method,
                        size_t *least) {
    conv_node *made = leaf;
    *node = NULL;
    if (status == CONV_OK)
        status = conv_build_around(&made, made, from, wishes, method);
    if (status == CONV_OK && conv_wishes_total(wishes, made->bytes) <= wishes->max_workspace) {
        *node = made;
        return CONV_OK;
    }
    if (status == CONV_OK)
        *least = conv_min(*least, made->bytes);
    conv_node_release(made);
    return status;
}

static conv_status try_method(conv_node **node, const conv_ingredients *from,
                              const conv_wishes *wishes, const conv_method_row *method,
                              const conv_cost *cost, size_t *least) {
    conv_node *made = NULL;
    conv_status status = conv_leaf_make(&made, &from->problem, wishes, from->taps, method, cost);
    return keep(node, made, status, from, wishes, method->id, least);
}

/* A method that finds no memory leaves the problem to those that need less; not so one whose rule's
 * end corrections are too many: the others would sum them, which takes minutes. */
static conv_status try_all(conv_node **node, const conv_ingredients *from,
                           const conv_wishes *wishes, const conv_task *task, size_t *least) {
    unsigned tried = 0;
    conv_status failure = CONV_OK;
    char before[CONV_MESSAGE_SIZE];
    const conv_method_row *method;
    conv_cost cost;
    conv_keep_message(before);
    while (!*node && (method = conv_choose(task, &tried, &cost)) != NULL) {
        conv_status status = try_method(node, from, wishes, method, &cost, least);
        if (status == CONV_ERR_RULE)
            return status;
        if (status != CONV_OK)
            failure = status;
    }
    if (!*node)
        return failure;
    conv_restore_message(before);
    return CONV_OK;
}

conv_status conv_build_sum(conv_node **node, const conv_ingredients *from,
                           const conv_wishes *wishes) {
    conv_task task = {&from->problem, wishes, from->taps->taps, from->taps->finite};
    size_t least = SIZE_MAX;
    conv_status status;
    *node = NULL;
    if (wishes->method == CONV_METHOD_AUTO) {
        status = try_all(node, from, wishes, &task, &least);
    } else {
        const conv_method_row *method;
        conv_cost cost;
        status = conv_choose_wished(&task, &method, &cost);
        if (status == CONV_OK)
            status = try_method(node, from, wishes, method, &cost, &least);
    }
    if (status == CONV_OK && !*node)
        status = conv_wishes_refuse(wishes, least);
    return status;
}

conv_status conv_build_sum_like(conv_node **node, const conv_ingredients *from,
                                const conv_wishes *wishes, const conv_node *like) {
    const conv_node *leaf = conv_node_leaf(like);
    const conv_method_row *method = conv_leaf_method(leaf);
    conv_ingredients own = *from;
    conv_wishes wished = *wishes;
    conv_node *made;
    size_t least = SIZE_MAX;
    wished.method = method->id;
    own.way = conv_corrected_way(like);
    if (!method->prepare_like)
        return conv_build_sum(node, &own, &wished);
    conv_status status = conv_leaf_make_like(&made, &own.problem, &wished, own.taps, leaf);
    status = keep(node, made, status, &own, &wished, method->id, &least);
    return status == CONV_OK && !*node ? conv_wishes_refuse(wishes, least) : status;
}
