#include "plan/batch.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "cost/fitted.h"
#include "plan/choose.h"
#include "problem/extend.h"

typedef struct {
    conv_node node;
    size_t fold_bytes, signal_bytes; /* of one signal's workspace; signal_bytes: all of it */
} batch;

/* Signal b of the batch, folded into the workspace where that is needed. */
static const char *signal_at(const conv_problem *problem, const char *signal, size_t b,
                             char *workspace) {
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    signal += (ptrdiff_t)b * problem->signal_batch_stride * size;
    if (!problem->fold.needed)
        return signal;
    conv_extend_fold(problem, signal, workspace);
    return workspace;
}

typedef struct {
    const batch *batch;
    const char *signal;
    char *output, *workspace;
    double *bound;
} job;

static void run_signals(void *context, size_t begin, size_t end, int thread) {
    const job *j = context;
    const batch *all = j->batch;
    const conv_problem *problem = &all->node.problem;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    char *workspace = j->workspace;
    if (all->signal_bytes)
        workspace += (size_t)thread * all->signal_bytes;
    char *rest = all->fold_bytes ? workspace + all->fold_bytes : workspace;
    const conv_node *child = all->node.child[0];
    if (child->kind->run_many && !problem->fold.needed && !j->bound) {
        child->kind->run_many(child,
                              j->signal + (ptrdiff_t)begin * problem->signal_batch_stride * size,
                              problem->signal_batch_stride,
                              j->output + (ptrdiff_t)begin * problem->output_batch_stride * size,
                              problem->output_batch_stride, end - begin, rest);
        return;
    }
    for (size_t b = begin; b < end; b++) {
        const char *signal = signal_at(problem, j->signal, b, workspace);
        char *output = j->output + (ptrdiff_t)b * problem->output_batch_stride * size;
        conv_node_run(child, signal, output, rest, j->bound ? j->bound + b : NULL);
    }
}

static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    job j = {(const batch *)node, signal, output, workspace, bound};
    conv_parallel_for(node->problem.batch, node->threads, run_signals, &j);
}

/* All before any is run, so that a signal that is refused leaves every output as it was. */
static conv_status check(const conv_node *node, const char *signal, size_t item, char *workspace) {
    const batch *all = (const batch *)node;
    const conv_node *child = node->child[0];
    conv_status status = CONV_OK;
    (void)item;
    if (!child->kind->check)
        return CONV_OK;
    for (size_t b = 0; b < node->problem.batch && status == CONV_OK; b++) {
        const char *one = signal_at(&node->problem, signal, b, workspace);
        status = child->kind->check(child, one, b, workspace + all->fold_bytes);
    }
    return status;
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    conv_text_indent(text, depth);
    if (node->problem.batch > 1)
        conv_text_append(text, "%zu signals, %d at once, %.3g us%s:\n", node->problem.batch,
                         node->threads, 1e6 * node->seconds,
                         node->problem.fold.needed ? ", each folded to its period" : "");
    else
        conv_text_append(text, "the signal folded to its period, %.3g us:\n", 1e6 * node->seconds);
}

static const conv_node_kind kind = {.run = run, .check = check, .describe = describe};

size_t conv_batch_fold_bytes(const conv_problem *problem) {
    return problem->fold.needed ? conv_aligned_size(problem->fold.samples * problem->elements->size)
                                : 0;
}

/* Seconds of one signal's fold. */
static double fold_seconds(const conv_problem *problem) {
    double samples = 1;
    if (!problem->fold.needed)
        return 0;
    for (int d = 0; d < problem->rank; d++)
        samples *= (double)problem->fold.extent[d];
    return 1e-9 *
           (samples * CONV_COST_FOLD_SAMPLE + (double)problem->fold.samples * CONV_COST_FOLD_SUM);
}

conv_status conv_batch_make(conv_node **made, const conv_problem *problem, conv_node *child,
                            int threads, size_t room) {
    conv_node *node = conv_node_make(&kind, sizeof(batch), problem, 1);
    batch *all = (batch *)node;
    size_t bytes;
    *made = node;
    if (!node) {
        conv_node_release(child);
        return CONV_ERR_MEMORY;
    }
    conv_node_adopt(node, child);
    all->fold_bytes = conv_batch_fold_bytes(problem);
    all->signal_bytes = all->fold_bytes + child->bytes;
    double seconds = (child->seconds + fold_seconds(problem)) * (double)problem->batch;
    threads = conv_choose_threads(threads, seconds);
    if ((size_t)threads > problem->batch)
        threads = (int)problem->batch;
    if (!conv_multiply(all->signal_bytes, (size_t)threads, &bytes) || bytes > room) {
        threads = 1;
        bytes = all->signal_bytes;
    }
    node->bytes = bytes;
    node->threads = threads;
    node->seconds = seconds / threads;
    return CONV_OK;
}
