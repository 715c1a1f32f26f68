/* Plans: made, executed, asked and destroyed. */
#include "api/checks.h"
#include "base/environment.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/span.h"
#include "base/status.h"
#include "plan/build_plan.h"
#include "plan/describe.h"
#include "plan/leaf.h"

/* Sums of integers are exact in any environment; others round as the caller wants. */
static conv_status build(conv_plan **plan, const conv_problem *problem, const conv_wishes *wishes,
                         const conv_desc *desc, const void *kernel) {
    if (wishes->tolerance.kind != CONV_TOLERANCE_INTEGER)
        return conv_build_plan(plan, problem, wishes, desc, kernel);
    conv_environment callers = conv_environment_plain();
    conv_status status = conv_build_plan(plan, problem, wishes, desc, kernel);
    conv_environment_restore(callers);
    return status;
}

static conv_status run_in(const conv_plan *plan, const void *signal, void *output, void *workspace,
                          double *bound) {
    if (plan->wishes.tolerance.kind != CONV_TOLERANCE_INTEGER)
        return conv_plan_run(plan, signal, output, workspace, bound);
    conv_environment callers = conv_environment_plain();
    conv_status status = conv_plan_run(plan, signal, output, workspace, bound);
    conv_environment_restore(callers);
    return status;
}

/* What may allocate, or set errno. */
static conv_status run(const conv_plan *plan, const void *signal, void *output, void *workspace,
                       double *bound) {
    CONV_KEEP_ERRNO;
    const conv_problem *problem = &plan->problem;
    size_t bytes = plan->workspace;
    if (bytes == 0)
        return run_in(plan, signal, output, conv_align_pointer(NULL), bound);
    if (workspace) {
        conv_span span = {0, (ptrdiff_t)bytes};
        if (conv_spans_overlap(workspace, span, output, problem->output_span) ||
            conv_spans_overlap(workspace, span, signal, problem->signal_span))
            return conv_fail(CONV_ERR_ALIAS, "workspace at %p overlaps the signal or the output",
                             workspace);
        return run_in(plan, signal, output, conv_align_pointer(workspace), bound);
    }
    void *own = conv_allocate(bytes);
    if (!own)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a workspace of %zu bytes", bytes);
    conv_status status = run_in(plan, signal, output, conv_align_pointer(own), bound);
    conv_free(own);
    return status;
}

conv_status conv_plan_create(conv_plan **plan, const conv_desc *desc, const void *kernel) {
    CONV_KEEP_ERRNO;
    conv_problem problem;
    conv_wishes wishes;
    conv_desc copy;
    const conv_desc *full;
    if (!plan)
        return conv_fail(CONV_ERR_NULL, "plan is NULL");
    *plan = NULL;
    conv_status status = conv_canonical(desc, kernel, &copy, &full, &problem, &wishes);
    return status == CONV_OK ? build(plan, &problem, &wishes, full, kernel) : status;
}

void conv_plan_destroy(conv_plan *plan) {
    CONV_KEEP_ERRNO;
    conv_plan_free(plan);
}

size_t conv_plan_workspace_size(const conv_plan *plan) {
    return plan ? plan->workspace : 0;
}

conv_method conv_plan_method(const conv_plan *plan) {
    return plan ? conv_leaf_method(conv_node_leaf(plan->one))->id : CONV_METHOD_AUTO;
}

size_t conv_plan_describe(const conv_plan *plan, char *text, size_t size) {
    CONV_KEEP_ERRNO;
    conv_text none = {text, size, 0};
    if (plan)
        return conv_describe_plan(plan, text, size);
    conv_text_append(&none, "no plan\n");
    return none.length;
}

static conv_status execute(const conv_plan *plan, const void *signal, void *output, void *workspace,
                           double *bound) {
    if (!plan || !signal || !output)
        return conv_fail(CONV_ERR_NULL, "%s is NULL",
                         !plan     ? "plan"
                         : !signal ? "signal"
                                   : "output");
    const conv_problem *problem = &plan->problem;
    if (conv_spans_overlap(signal, problem->signal_span, output, problem->output_span))
        return conv_fail(CONV_ERR_ALIAS,
                         "output at %p overlaps the signal at %p; their address ranges must not "
                         "meet",
                         output, signal);
    /* The least of sums: nothing is asked about it, and it calls nothing. */
    if (plan->workspace == 0 && plan->root->children == 0 && !bound)
        return conv_plan_run(plan, signal, output, conv_align_pointer(NULL), NULL);
    return run(plan, signal, output, workspace, bound);
}

conv_status conv_plan_execute_bound(const conv_plan *plan, const void *signal, void *output,
                                    void *workspace, double *bound) {
    return execute(plan, signal, output, workspace, bound);
}

conv_status conv_plan_execute(const conv_plan *plan, const void *signal, void *output,
                              void *workspace) {
    return execute(plan, signal, output, workspace, NULL);
}
