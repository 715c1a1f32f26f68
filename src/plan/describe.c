#include "plan/describe.h"

#include "cost/profile.h"

/* Of more children only the one is shown that stands for all. */
enum { MOST_CHILDREN = 5 };

static void describe_node(const conv_node *node, conv_text *text, int depth) {
    node->kind->describe(node, text, depth);
    if (node->children > MOST_CHILDREN) {
        describe_node(node->child[node->lead], text, depth + 1);
        conv_text_indent(text, depth + 1);
        conv_text_append(text, "and %zu more\n", node->children - 1);
        return;
    }
    for (size_t i = 0; i < node->children; i++)
        describe_node(node->child[i], text, depth + 1);
}

size_t conv_describe_plan(const conv_plan *plan, char *text, size_t size) {
    conv_text out = {text, size, 0};
    const conv_node *root = plan->root;
    describe_node(root, &out, 0);
    conv_text_append(
        &out,
        "  in all %.3g us, preparing %.3g us, %.3g us more in new memory, workspace %zu "
        "bytes, threads %d\n",
        1e6 * root->seconds, 1e6 * root->preparing, 1e6 * root->fresh, plan->workspace,
        root->threads > plan->one->threads ? root->threads : plan->one->threads);
    if (conv_profile_refused()[0])
        conv_text_append(&out, "  LIBCONV_PROFILE is not used: %s\n", conv_profile_refused());
    return out.length;
}
