#include "plan/pick.h"

#include "base/memory.h"
#include "cost/costs.h"
#include "integral/order_probes.h"

typedef struct {
    conv_node node; /* children: the orders */
    conv_mode mode;
} pick;

/* From one order's signal and kernel, whose weights are left out. */
static const conv_node *order_of(const pick *p, const char *signal, char *workspace, int *q) {
    const conv_task *task = p->node.child[0]->task;
    conv_next_order ends = {task->problem, task->taps, signal, p->mode};
    *q = 1;
    if (p->node.children > 1)
        *q = p->node.problem.rank == 1
                 ? conv_next_order_choose(&ends)
                 : conv_order_probes_choose(&ends, (int)p->node.children, workspace);
    return p->node.child[*q - 1];
}

static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    int q;
    const conv_node *order = order_of((const pick *)node, signal, workspace, &q);
    conv_node_run(order, signal, output, workspace, bound);
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    conv_text_indent(text, depth);
    conv_text_append(text,
                     "%.3g us, preparing %.3g us: the order 2..%zu is chosen for each signal; the "
                     "highest one\n",
                     1e6 * node->seconds, 1e6 * node->preparing, node->children + 1);
}

static const conv_node_kind kind = {.run = run, .describe = describe};

const conv_node *conv_pick_order(const conv_node *node, const char *signal, char *workspace,
                                 int *q) {
    return node->kind == &kind ? order_of((const pick *)node, signal, workspace, q) : NULL;
}

conv_status conv_pick_make(conv_node **made, const conv_problem *problem, conv_mode mode,
                           size_t orders) {
    conv_node *node = conv_node_make(&kind, sizeof(pick), problem, orders);
    *made = node;
    if (!node)
        return CONV_ERR_MEMORY;
    ((pick *)node)->mode = mode;
    if (problem->rank > 1 && orders > 1)
        node->bytes = conv_order_probes_bytes(problem);
    return CONV_OK;
}

void conv_pick_add(conv_node *node, conv_node *order) {
    node->lead = node->children;
    conv_node_adopt(node, order);
    node->bytes = conv_max(node->bytes, order->bytes);
    node->threads = order->threads;
    node->seconds = order->seconds;
    if (node->problem.rank > 1 && node->children > 1)
        node->seconds += 1e-9 * conv_cost_products(conv_order_probes_products(&node->problem));
    node->task = order->task;
}
