#include "plan/scaled.h"

#include "methods/rounding.h"
#include "plan/bound.h"
#include "plan/outputs.h"

typedef struct {
    conv_node node;
    double factor;
} scaled;

static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    conv_node_run(node->child[0], signal, output, workspace, NULL);
    conv_outputs_scale(&node->problem, ((const scaled *)node)->factor, output);
    if (bound)
        *bound = conv_bound_of(node, signal, output, workspace);
}

static conv_error error(const conv_node *node, const char *signal, char *workspace, bool proved) {
    double factor = ((const scaled *)node)->factor;
    conv_error known = conv_node_error(node->child[0], signal, workspace, proved);
    known.absolute += conv_bound_roundings(node->task, 2, signal);
    known.absolute = known.absolute * factor + conv_step(node->problem.dtype);
    return known;
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    conv_text_indent(text, depth);
    conv_text_append(text, "outputs times %g, which the taps could not take; %.3g us:\n",
                     ((const scaled *)node)->factor, 1e6 * node->seconds);
}

static const conv_node_kind kind = {.run = run, .error = error, .describe = describe};

conv_status conv_scaled_make(conv_node **made, conv_node *child, double factor) {
    conv_node *node = conv_node_make(&kind, sizeof(scaled), &child->problem, 1);
    *made = node;
    if (!node) {
        conv_node_release(child);
        return CONV_ERR_MEMORY;
    }
    ((scaled *)node)->factor = factor;
    conv_node_adopt(node, child);
    node->bytes = child->bytes;
    node->seconds = child->seconds;
    node->threads = child->threads;
    if (child->componentwise > 0)
        node->componentwise = child->componentwise + 2 * conv_unit(child->problem.dtype);
    return CONV_OK;
}
