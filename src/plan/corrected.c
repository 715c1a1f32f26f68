#include "plan/corrected.h"

#include "base/memory.h"
#include "cost/fitted.h"
#include "plan/bound.h"
#include "plan/outputs.h"

typedef struct {
    conv_node node;
    bool is_zero;
    conv_corrections *line;       /* rank 1 */
    conv_end_corrections *planes; /* rank 2 and more */
} corrected;

static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    const corrected *c = (const corrected *)node;
    const conv_node *weighted = node->child[0];
    if (c->is_zero) {
        conv_outputs_clear(&node->problem, output);
    } else {
        conv_node_run(weighted, signal, output, workspace, NULL);
        if (c->line)
            conv_corrections_run(c->line, &node->problem, node->task->taps, signal, output);
        if (c->planes)
            conv_end_corrections_run(c->planes, signal, output, workspace);
    }
    if (bound)
        *bound = conv_bound_of(node, signal, output, workspace);
}

static conv_error error(const conv_node *node, const char *signal, char *workspace, bool proved) {
    const corrected *c = (const corrected *)node;
    if (c->is_zero)
        return (conv_error){0, 0};
    conv_error known = conv_node_error(node->child[0], signal, workspace, proved);
    if (c->planes)
        known.absolute += conv_end_corrections_error(c->planes, signal, proved).absolute;
    return known;
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    const corrected *c = (const corrected *)node;
    conv_text_indent(text, depth);
    if (c->is_zero)
        conv_text_append(text,
                         "all outputs are integrals over a point, for an axis has one sample or "
                         "tap and no rule_axis: zero, whatever the method, which would be\n");
    else
        conv_text_append(text, "%.3g us: near the ends of the overlap corrected by %s, after\n",
                         1e6 * node->seconds,
                         c->line ? "sums of a few products"
                                 : "planes of samples and taps, by spectra or sums");
}

static void release(conv_node *node) {
    corrected *c = (corrected *)node;
    conv_corrections_free(c->line);
    conv_end_corrections_destroy(c->planes);
}

static const conv_node_kind kind = {
    .run = run, .error = error, .describe = describe, .release = release};

static corrected *make(conv_node *child) {
    conv_node *node = conv_node_make(&kind, sizeof(corrected), &child->problem, 1);
    if (!node) {
        conv_node_release(child);
        return NULL;
    }
    conv_node_adopt(node, child);
    node->bytes = child->bytes;
    node->seconds = child->seconds;
    node->threads = child->threads;
    return (corrected *)node;
}

conv_status conv_corrected_make_zero(conv_node **made, conv_node *child) {
    corrected *c = make(child);
    *made = c ? &c->node : NULL;
    if (!c)
        return CONV_ERR_MEMORY;
    c->is_zero = true;
    c->node.bytes = 0;
    c->node.seconds = 1e-9 * CONV_COST_CLEARED * (double)c->node.problem.outputs;
    return CONV_OK;
}

conv_status conv_corrected_make_line(conv_node **made, conv_node *child,
                                     conv_corrections *corrections) {
    size_t products, runs;
    corrected *c = make(child);
    *made = c ? &c->node : NULL;
    if (!c) {
        conv_corrections_free(corrections);
        return CONV_ERR_MEMORY;
    }
    c->line = corrections;
    conv_corrections_count(corrections, &products, &runs);
    c->node.seconds +=
        1e-9 * (CONV_COST_LINE_PRODUCT * (double)products + CONV_COST_LINE_RUN * (double)runs);
    return CONV_OK;
}

conv_status conv_corrected_make_planes(conv_node **made, conv_node *child,
                                       conv_end_corrections *planes) {
    corrected *c = make(child);
    *made = c ? &c->node : NULL;
    if (!c) {
        conv_end_corrections_destroy(planes);
        return CONV_ERR_MEMORY;
    }
    c->planes = planes;
    c->node.bytes = conv_max(c->node.bytes, conv_end_corrections_bytes(planes));
    c->node.seconds += conv_end_corrections_seconds(planes);
    c->node.preparing += conv_end_corrections_preparing(planes);
    return CONV_OK;
}

conv_end_way conv_corrected_way(const conv_node *node) {
    while (node->kind != &kind && node->children)
        node = node->child[node->lead];
    const conv_end_corrections *planes =
        node->kind == &kind ? ((const corrected *)node)->planes : NULL;
    return planes ? conv_end_corrections_way(planes) : CONV_END_CHEAPEST;
}
