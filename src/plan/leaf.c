#include "plan/leaf.h"

#include "base/dtype.h"
#include "base/memory.h"
#include "plan/bound.h"
#include "plan/choose.h"

typedef struct {
    conv_node node;
    conv_task task;
    conv_wishes wishes;
    const conv_method_row *method;
    void *state;
} leaf;

static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    const leaf *l = (const leaf *)node;
    l->method->execute(&l->task, l->state, signal, output, workspace, node->threads);
    if (bound)
        *bound = conv_bound_of(node, signal, output, workspace);
}

static conv_measured run_measured(const conv_node *node, const char *signal, char *output,
                                  char *workspace, conv_error *error, conv_magnitudes *outputs) {
    const leaf *l = (const leaf *)node;
    if (!l->method->execute_measured)
        return CONV_NOT_RUN;
    conv_measured done =
        l->method->execute_measured(&l->task, l->state, signal, output, workspace, error, outputs);
    double roundings = conv_bound_input_roundings(&node->problem, false);
    if (done == CONV_MEASURED)
        error->absolute += conv_bound_roundings(&l->task, roundings, signal);
    return done;
}

static void run_many(const conv_node *node, const char *signal, ptrdiff_t signal_apart,
                     char *output, ptrdiff_t output_apart, size_t count, char *workspace) {
    const leaf *l = (const leaf *)node;
    ptrdiff_t size = (ptrdiff_t)node->problem.elements->size;
    if (l->method->execute_many && l->method->execute_many(&l->task, l->state, signal, signal_apart,
                                                           output, output_apart, count))
        return;
    for (size_t i = 0; i < count; i++)
        run(node, signal + (ptrdiff_t)i * signal_apart * size,
            output + (ptrdiff_t)i * output_apart * size, workspace, NULL);
}

static conv_error error(const conv_node *node, const char *signal, char *workspace, bool proved) {
    const leaf *l = (const leaf *)node;
    conv_error known = l->method->error(&l->task, l->state, signal, workspace, proved);
    double roundings = conv_bound_input_roundings(&node->problem, proved);
    known.absolute += conv_bound_roundings(&l->task, roundings, signal);
    return known;
}

static void describe_method(const leaf *l, const conv_method_row *method, conv_text *text,
                            int depth) {
    const char *reason = method->reject(&l->task);
    conv_text_indent(text, depth + 1);
    if (reason) {
        conv_text_append(text, "%s: refused: %s\n", method->name, reason);
        return;
    }
    conv_cost cost = method->cost(&l->task);
    conv_text_append(text, "%s: %.3g us, preparing %.3g us%s\n", method->name, 1e6 * cost.execute,
                     1e6 * cost.prepare,
                     method == l->method                   ? "  <- chosen"
                     : method->id == CONV_METHOD_REFERENCE ? ", only on request"
                                                           : "");
}

/* The reference is not fast: what it takes, and what its accuracy costs. */
static void describe_slowness(const leaf *l, conv_text *text, int depth) {
    const conv_method_row *direct = conv_method_find(CONV_METHOD_DIRECT);
    if (l->method->id != CONV_METHOD_REFERENCE || direct->reject(&l->task))
        return;
    double seconds = l->method->cost(&l->task).execute, other = direct->cost(&l->task).execute;
    conv_text_indent(text, depth + 1);
    conv_text_append(text, "%.3g times as long as direct sums, %.3g us\n", seconds / other,
                     1e6 * other);
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    const leaf *l = (const leaf *)node;
    char detail[96];
    bool is_free = l->wishes.method == CONV_METHOD_AUTO;
    l->method->describe(&l->task, l->state, detail, sizeof detail);
    conv_text_indent(text, depth);
    conv_text_append(text, "%s%s, %s, %s; %s\n", l->method->name, detail,
                     conv_dtype_name(node->problem.dtype), conv_level_name(l->wishes.level),
                     is_free ? "the cheapest by estimate" : "as asked for");
    for (int i = 0; conv_methods[i]; i++)
        if (is_free || depth == 0 || conv_methods[i] == l->method)
            describe_method(l, conv_methods[i], text, depth);
    describe_slowness(l, text, depth);
    if (node->componentwise > 0) {
        conv_text_indent(text, depth + 1);
        conv_text_append(text, "every error up to %.3g of (|x|*|h|)_k, as the tolerance has it\n",
                         node->componentwise);
    }
}

static void complete(conv_node *node) {
    leaf *l = (leaf *)node;
    if (l->method->complete)
        l->method->complete(&l->task, l->state);
}

static void release(conv_node *node) {
    leaf *l = (leaf *)node;
    l->method->release(l->state);
}

static const conv_node_kind kind = {.run = run,
                                    .run_measured = run_measured,
                                    .run_many = run_many,
                                    .error = error,
                                    .describe = describe,
                                    .complete = complete,
                                    .release = release};

/* More threads where they are worth it and fit. */
static void share(leaf *l, const conv_cost *cost) {
    if (!l->method->parallel || l->wishes.threads == 1)
        return;
    int threads = conv_choose_threads(l->wishes.threads, cost->execute - cost->serial);
    size_t bytes = conv_aligned_size(l->method->workspace(&l->task, l->state, threads));
    if (threads == 1 || bytes > conv_wishes_room(&l->wishes))
        return;
    l->node.threads = threads;
    l->node.bytes = bytes;
}

/* Without its state. */
static leaf *begin(const conv_problem *problem, const conv_wishes *wishes, const conv_tap_set *taps,
                   const conv_method_row *method) {
    leaf *l = (leaf *)conv_node_make(&kind, sizeof(leaf), problem, 0);
    if (!l)
        return NULL;
    l->wishes = *wishes;
    l->method = method;
    l->task = (conv_task){&l->node.problem, &l->wishes, taps->taps, taps->finite};
    l->node.task = &l->task;
    return l;
}

/* With its state, or without where that failed. */
static conv_status finish(conv_node **made, leaf *l, conv_status status, const conv_cost *cost) {
    conv_node *node = &l->node;
    *made = NULL;
    if (status != CONV_OK) {
        conv_node_release(node);
        return status;
    }
    node->seconds = conv_choose_seconds(
        &l->task, l->method, &(conv_cost){.execute = cost->execute, .serial = cost->serial});
    node->preparing = cost->prepare;
    node->fresh = cost->fresh;
    if (l->wishes.tolerance.kind == CONV_TOLERANCE_COMPONENTWISE ||
        l->wishes.tolerance.kind == CONV_TOLERANCE_STRICT)
        node->componentwise = conv_bound_componentwise(&node->problem, &l->wishes, l->method->id);
    node->bytes = conv_aligned_size(l->method->workspace(&l->task, l->state, 1));
    share(l, cost);
    *made = node;
    return CONV_OK;
}

conv_status conv_leaf_make(conv_node **made, const conv_problem *problem, const conv_wishes *wishes,
                           const conv_tap_set *taps, const conv_method_row *method,
                           const conv_cost *cost) {
    leaf *l = begin(problem, wishes, taps, method);
    *made = NULL;
    return l ? finish(made, l, method->prepare(&l->task, &l->state), cost) : CONV_ERR_MEMORY;
}

conv_status conv_leaf_make_like(conv_node **made, const conv_problem *problem,
                                const conv_wishes *wishes, const conv_tap_set *taps,
                                const conv_node *like) {
    const leaf *other = (const leaf *)like;
    leaf *l = begin(problem, wishes, taps, other->method);
    conv_cost cost;
    *made = NULL;
    if (!l)
        return CONV_ERR_MEMORY;
    conv_status status = l->method->prepare_like(&l->task, other->state, &l->state, &cost);
    return finish(made, l, status, &cost);
}

const conv_method_row *conv_leaf_method(const conv_node *node) {
    return ((const leaf *)node)->method;
}
