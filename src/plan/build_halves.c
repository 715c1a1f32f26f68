#include "plan/build_halves.h"

#include "base/dtype.h"
#include "base/memory.h"
#include "plan/halves.h"
#include "plan/outputs.h"

static conv_status add_child(conv_node *node, const conv_ingredients *from,
                             const conv_halves_part *part, const conv_wishes *wishes,
                             const conv_tap_set *taps) {
    conv_ingredients own = {part->problem, NULL, taps, 1, from->sets, CONV_END_CHEAPEST};
    conv_node *child = NULL;
    conv_status status = conv_build_sum(&child, &own, wishes);
    if (status == CONV_OK)
        conv_halves_add(node, child);
    return status;
}

static conv_status build(conv_node **node, const conv_ingredients *from, const conv_wishes *wishes,
                         const conv_halves_part *part) {
    const conv_problem *problem = &from->problem;
    conv_tap_set *high = conv_tap_set_add(from->sets, problem);
    conv_tap_set *low = high ? conv_tap_set_add(from->sets, problem) : NULL;
    if (!low)
        return CONV_ERR_MEMORY;
    conv_wishes inner = *wishes;
    inner.taken += conv_halves_bytes(part);
    conv_status status = conv_halves_make(node, problem, wishes, from->taps, part, high, low);
    if (status == CONV_OK)
        status = add_child(*node, from, part, &inner, high);
    if (status == CONV_OK)
        status = add_child(*node, from, part, &inner, low);
    if (status == CONV_OK)
        status = add_child(*node, from, part, &inner, from->taps);
    return status;
}

conv_status conv_build_halves(conv_node **node, const conv_ingredients *from,
                              const conv_wishes *wishes, conv_method method) {
    conv_halves_part part;
    conv_wishes wished = *wishes;
    *node = NULL;
    if (!conv_dtype_is_double(from->problem.dtype) || !from->taps->finite ||
        !conv_halves_part_make(&part, &from->problem))
        return CONV_OK;
    conv_outputs_pack(&part.problem);
    wished.method = method;
    conv_status status = build(node, from, &wished, &part);
    if (status == CONV_OK)
        status = conv_build_around(node, *node, from, &wished, method);
    if (status == CONV_OK && conv_wishes_total(wishes, (*node)->bytes) > wishes->max_workspace)
        status = conv_wishes_refuse(wishes, (*node)->bytes);
    if (status != CONV_OK) {
        conv_node_release(*node);
        *node = NULL;
    }
    return status;
}
