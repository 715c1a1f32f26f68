#include "plan/build_widened.h"

#include "plan/build_halves.h"
#include "plan/tolerance.h"
#include "plan/widened.h"

/* The ingredients in double. */
static conv_status widen(const conv_ingredients *from, const conv_wishes *wishes,
                         conv_ingredients *own) {
    const conv_problem *problem = &from->problem;
    *own = *from;
    conv_widened_problem(problem, &own->problem);
    conv_tap_set *set = conv_tap_set_add(from->sets, &own->problem);
    if (!set)
        return CONV_ERR_MEMORY;
    set->finite = from->taps->finite;
    if (!wishes->waits)
        conv_widened_taps(problem, from->taps->taps, set->taps);
    own->taps = set;
    return CONV_OK;
}

static conv_status wrap(conv_node **node, conv_node *child, const conv_ingredients *from,
                        const conv_ingredients *own, const conv_wishes *wishes,
                        double componentwise) {
    conv_status status = conv_widened_make(node, &from->problem, wishes, from->taps, own->taps,
                                           child, componentwise);
    if (status == CONV_OK && conv_wishes_total(wishes, (*node)->bytes) > wishes->max_workspace) {
        status = conv_wishes_refuse(wishes, (*node)->bytes);
        conv_node_release(*node);
        *node = NULL;
    }
    return status;
}

conv_status conv_build_widened(conv_node **node, const conv_ingredients *from,
                               const conv_wishes *wishes) {
    conv_ingredients own;
    conv_wishes inner = *wishes;
    conv_node *child = NULL;
    *node = NULL;
    inner.method = CONV_METHOD_DIRECT;
    inner.taken += conv_widened_bytes(&from->problem);
    conv_status status = widen(from, wishes, &own);
    if (status == CONV_OK)
        status = conv_build_sum(&child, &own, &inner);
    if (status == CONV_OK)
        status = wrap(node, child, from, &own, wishes, conv_tolerance_widened(&from->problem));
    return status;
}

conv_status conv_build_widened_halves(conv_node **node, const conv_ingredients *from,
                                      const conv_wishes *wishes, conv_method method) {
    conv_ingredients own;
    conv_wishes inner = *wishes;
    conv_node *child = NULL;
    *node = NULL;
    inner.taken += conv_widened_bytes(&from->problem);
    conv_status status = widen(from, wishes, &own);
    if (status == CONV_OK)
        status = conv_build_halves(&child, &own, &inner, method);
    if (status == CONV_OK && child)
        status = wrap(node, child, from, &own, wishes, 0);
    return status;
}
