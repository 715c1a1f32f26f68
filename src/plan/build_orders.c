#include "plan/build_orders.h"

#include "base/memory.h"
#include "integral/gregory.h"
#include "integral/next_order.h"
#include "plan/build_kept.h"
#include "plan/outputs.h"
#include "plan/pick.h"

enum { PROBE_SIDE = 3 };

/* A few outputs away from the middle and the ends of the lattice, where rules are corrected. */
static void restrict_to_probe(conv_problem *problem) {
    size_t side = problem->rank > 3 ? 2 : PROBE_SIDE;
    problem->outputs = 1;
    for (int d = 0; d < problem->rank; d++) {
        conv_axis *axis = &problem->axis[d];
        size_t first = (size_t)(0.3 * (double)axis->count), step = axis->count / 4;
        axis->start += (ptrdiff_t)(first * axis->step);
        axis->count = step ? side : 1;
        axis->step *= conv_max(step, 1);
        problem->outputs *= axis->count;
    }
    conv_outputs_pack(problem);
}

static conv_status build(conv_node **node, const conv_problem *bare, const conv_wishes *wishes,
                         conv_mode mode, int q, const void *kernel, conv_tap_set **sets,
                         bool is_probe) {
    conv_problem problem = *bare;
    conv_to_correct to_correct[CONV_MAX_RANK];
    conv_ingredients from;
    if (is_probe)
        restrict_to_probe(&problem);
    conv_integral_weigh(&problem, mode, q, to_correct);
    conv_status status = conv_ingredients_make(&from, &problem, to_correct, kernel, sets);
    return status == CONV_OK ? conv_build_kept(node, &from, wishes) : status;
}

conv_status conv_build_orders(conv_node **made, const conv_problem *bare, const conv_wishes *wishes,
                              conv_mode mode, const void *kernel, conv_tap_set **sets) {
    conv_node *pick = NULL, *child;
    conv_wishes probing;
    int orders = 1;
    *made = NULL;
    /* Orders above those that any axis allows would be the same plan again. */
    for (int d = 0; d < bare->rank; d++) {
        int allowed = conv_next_order_allowed(&bare->axis[d], mode, CONV_GREGORY_MOST);
        orders = allowed > orders ? allowed : orders;
    }
    conv_wishes_init(&probing);
    probing.method = CONV_METHOD_DIRECT;
    conv_status status = conv_pick_make(&pick, bare, mode, (size_t)orders);
    for (int q = 1; q <= orders && status == CONV_OK; q++) {
        status = build(&child, bare, wishes, mode, q, kernel, sets, false);
        if (status == CONV_OK)
            conv_pick_add(pick, child);
    }
    for (int q = 1; q <= orders + 1 && orders > 1 && bare->rank > 1 && status == CONV_OK; q++) {
        status = build(&child, bare, &probing, mode, q, kernel, sets, true);
        if (status == CONV_OK)
            conv_pick_add_probe(pick, child);
    }
    if (status == CONV_OK && conv_wishes_total(wishes, pick->bytes) > wishes->max_workspace)
        status = conv_wishes_refuse(wishes, pick->bytes);
    if (status == CONV_OK)
        *made = pick;
    else
        conv_node_release(pick);
    return status;
}
