#include "plan/build_orders.h"

#include "base/memory.h"
#include "base/status.h"
#include "integral/gregory.h"
#include "integral/next_order.h"
#include "plan/build_kept.h"
#include "plan/pick.h"

typedef struct {
    const conv_problem *bare;
    conv_mode mode;
    const void *kernel;
    conv_tap_set **sets;
} source;

/* like: NULL, or a sum of another order, whose method and shape are taken. */
static conv_status build(conv_node **node, const source *of, const conv_wishes *wishes, int q,
                         const conv_node *like) {
    conv_problem problem = *of->bare;
    conv_to_correct to_correct[CONV_MAX_RANK];
    conv_ingredients from;
    conv_integral_weigh(&problem, of->mode, q, to_correct);
    conv_status status = conv_ingredients_make(&from, &problem, to_correct, of->kernel, of->sets);
    if (status != CONV_OK)
        return status;
    return like ? conv_build_sum_like(node, &from, wishes, like)
                : conv_build_kept(node, &from, wishes);
}

/* A lower order: by the method of the highest one, which end weights make no other (with a
 * tolerance there are several, and like is NULL), and of whose kernel's spectra no two are needed
 * in a run: they are made there. Where that does not fit, as any plan. */
static conv_status build_lower(conv_node **node, const source *of, const conv_wishes *wishes, int q,
                               const conv_node *like) {
    conv_wishes shared = *wishes;
    char before[CONV_MESSAGE_SIZE];
    shared.late_spectrum = true;
    conv_keep_message(before);
    conv_status status = build(node, of, &shared, q, like);
    if (status != CONV_ERR_METHOD && status != CONV_ERR_WORKSPACE)
        return status;
    conv_restore_message(before);
    return build(node, of, wishes, q, NULL);
}

/* Orders above those that any axis allows would be the same plan again. */
static int orders_of(const source *of) {
    int orders = 1;
    for (int d = 0; d < of->bare->rank; d++) {
        int allowed = conv_next_order_allowed(&of->bare->axis[d], of->mode, CONV_GREGORY_MOST);
        orders = allowed > orders ? allowed : orders;
    }
    return orders;
}

/* The highest order whose end corrections are within their limit; *orders: which. */
static conv_status build_highest(conv_node **node, const source *of, const conv_wishes *wishes,
                                 int *orders) {
    char before[CONV_MESSAGE_SIZE];
    conv_keep_message(before);
    conv_status status = build(node, of, wishes, *orders, NULL);
    while (status == CONV_ERR_RULE && *orders > 1) {
        conv_restore_message(before);
        status = build(node, of, wishes, --*orders, NULL);
    }
    return status;
}

/* child: room for all orders; *count: how many are built. */
static conv_status build_all(conv_node **child, const source *of, const conv_wishes *wishes,
                             int *count) {
    conv_node *highest = NULL;
    conv_status status = build_highest(&highest, of, wishes, count);
    if (status != CONV_OK)
        return status;
    int orders = *count;
    child[orders - 1] = highest;
    const conv_node *like = conv_wishes_any_accuracy(wishes) ? highest : NULL;
    for (int q = 1; q < orders && status == CONV_OK; q++)
        status = build_lower(&child[q - 1], of, wishes, q, like);
    return status;
}

conv_status conv_build_orders(conv_node **made, const conv_problem *bare, const conv_wishes *wishes,
                              conv_mode mode, const void *kernel, conv_tap_set **sets) {
    const source of = {bare, mode, kernel, sets};
    conv_node *pick = NULL, *child[CONV_GREGORY_MOST] = {NULL};
    int orders = orders_of(&of);
    *made = NULL;
    conv_status status = build_all(child, &of, wishes, &orders);
    if (status == CONV_OK)
        status = conv_pick_make(&pick, bare, mode, (size_t)orders);
    for (int q = 1; q <= orders; q++)
        if (status == CONV_OK)
            conv_pick_add(pick, child[q - 1]);
        else
            conv_node_release(child[q - 1]);
    if (status == CONV_OK && conv_wishes_total(wishes, pick->bytes) > wishes->max_workspace)
        status = conv_wishes_refuse(wishes, pick->bytes);
    if (status == CONV_OK)
        *made = pick;
    else
        conv_node_release(pick);
    return status;
}
