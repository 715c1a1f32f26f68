#include "plan/tilted.h"

#include "base/memory.h"

typedef struct {
    conv_node node;
    conv_tilt *tilt;
    double value;
} tilted;

static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    const tilted *t = (const tilted *)node;
    double kept;
    if (!conv_tilt_execute(t->tilt, &node->problem, signal, output, workspace, &kept))
        conv_node_run(node->child[0], signal, output, workspace, bound);
    else if (bound)
        *bound = kept;
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    const tilted *t = (const tilted *)node;
    char detail[256];
    conv_tilt_describe(t->tilt, detail, sizeof detail);
    conv_text_indent(text, depth);
    conv_text_append(text, "every error up to %.3g of (|x|*|h|)_k: %s", t->value, detail);
    conv_text_indent(text, depth);
    conv_text_append(text, "where a sample is not finite:\n");
}

static void release(conv_node *node) {
    conv_tilt_destroy(((tilted *)node)->tilt);
}

static const conv_node_kind kind = {.run = run, .describe = describe, .release = release};

conv_status conv_tilted_make(conv_node **made, conv_node *child, conv_tilt *tilt, double value) {
    conv_node *node = conv_node_make(&kind, sizeof(tilted), &child->problem, 1);
    *made = node;
    if (!node) {
        conv_node_release(child);
        conv_tilt_destroy(tilt);
        return CONV_ERR_MEMORY;
    }
    ((tilted *)node)->tilt = tilt;
    ((tilted *)node)->value = value;
    conv_node_adopt(node, child);
    node->bytes = conv_max(child->bytes, conv_tilt_workspace(tilt));
    node->seconds = conv_tilt_seconds(tilt);
    return CONV_OK;
}
