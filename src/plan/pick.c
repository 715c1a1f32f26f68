#include "plan/pick.h"

#include <math.h>

#include "base/memory.h"
#include "integral/gregory.h"
#include "integral/next_order.h"
#include "methods/rounding.h"

enum { MOST = CONV_GREGORY_MOST };

typedef struct {
    conv_node node; /* children: orders, then probes */
    conv_mode mode;
    size_t orders, probe_bytes; /* of the outputs of one */
} pick;

static int choose_by_probes(const pick *p, const char *signal, char *workspace) {
    const conv_node *const *probe = (const conv_node *const *)p->node.child + p->orders;
    const conv_problem *problem = &probe[0]->problem;
    const conv_element_kernels *elements = problem->elements;
    char *before = workspace, *after = before + p->probe_bytes, *rest = after + p->probe_bytes;
    double difference[MOST + 1] = {0}, largest = 0, unit = conv_unit(problem->dtype);
    conv_node_run(probe[0], signal, before, rest, NULL);
    for (size_t q = 1; q <= p->orders; q++) {
        conv_node_run(probe[q], signal, after, rest, NULL);
        for (size_t i = 0; i < problem->outputs; i++) {
            double a[1][2], b[1][2];
            elements->widen(a, before + i * elements->size, 1, 1);
            elements->widen(b, after + i * elements->size, 1, 1);
            difference[q] = fmax(difference[q], hypot(a[0][0] - b[0][0], a[0][1] - b[0][1]));
            largest = fmax(largest, hypot(a[0][0], a[0][1]));
        }
        char *swap = before;
        before = after;
        after = swap;
    }
    /* sums round more often */
    return conv_next_order_best(difference, (int)p->orders, 16 * unit * largest);
}

static const conv_node *order_of(const pick *p, const char *signal, char *workspace, int *q) {
    *q = 1;
    if (p->orders > 1 && p->node.children > p->orders) {
        *q = choose_by_probes(p, signal, workspace);
    } else if (p->orders > 1) {
        const conv_task *task = p->node.child[0]->task;
        conv_next_order ends = {task->problem, task->taps, signal, p->mode};
        *q = conv_next_order_choose(&ends);
    }
    return p->node.child[*q - 1];
}

static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    int q;
    const conv_node *order = order_of((const pick *)node, signal, workspace, &q);
    conv_node_run(order, signal, output, workspace, bound);
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    const pick *p = (const pick *)node;
    conv_text_indent(text, depth);
    conv_text_append(text,
                     "%.3g us, preparing %.3g us: the order 2..%zu is chosen for each signal; the "
                     "highest one\n",
                     1e6 * node->seconds, 1e6 * node->preparing, p->orders + 1);
}

static const conv_node_kind kind = {.run = run, .describe = describe};

const conv_node *conv_pick_order(const conv_node *node, const char *signal, char *workspace,
                                 int *q) {
    return node->kind == &kind ? order_of((const pick *)node, signal, workspace, q) : NULL;
}

conv_status conv_pick_make(conv_node **made, const conv_problem *problem, conv_mode mode,
                           size_t orders) {
    conv_node *node = conv_node_make(&kind, sizeof(pick), problem, 2 * orders + 1);
    *made = node;
    if (!node)
        return CONV_ERR_MEMORY;
    ((pick *)node)->mode = mode;
    ((pick *)node)->orders = orders;
    return CONV_OK;
}

void conv_pick_add(conv_node *node, conv_node *order) {
    node->lead = node->children;
    conv_node_adopt(node, order);
    node->bytes = conv_max(node->bytes, order->bytes);
    node->threads = order->threads;
    node->seconds = order->seconds;
    node->task = order->task;
}

void conv_pick_add_probe(conv_node *node, conv_node *probe) {
    pick *p = (pick *)node;
    p->probe_bytes = conv_aligned_size(probe->problem.outputs * probe->problem.elements->size);
    conv_node_adopt(node, probe);
    node->bytes = conv_max(node->bytes, 2 * p->probe_bytes + probe->bytes);
    node->seconds += probe->seconds;
}
