#include <stdarg.h>
#include <stdio.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "plan/bound.h"
#include "plan/ladder.h"
#include "plan/plan.h"

/* A text that may be longer than its room, as snprintf counts it. */
typedef struct {
    char *text;
    size_t size, length;
} long_text;

static void append(long_text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(long_text *out, const char *format, ...) {
    size_t used = conv_min(out->length, out->size);
    va_list arguments;
    va_start(arguments, format);
    int added =
        vsnprintf(out->size > used ? out->text + used : NULL, out->size - used, format, arguments);
    va_end(arguments);
    if (added > 0)
        out->length += (size_t)added;
}

static void append_method(long_text *out, const conv_plan *plan, const conv_method_row *method) {
    const char *reason = method->reject(&plan->task);
    if (reason) {
        append(out, "  %s: refused: %s\n", method->name, reason);
        return;
    }
    conv_cost cost = method->cost(&plan->task);
    append(out, "  %s: %.3g us, preparing %.3g us%s\n", method->name, 1e6 * cost.execute,
           1e6 * cost.prepare,
           method == plan->method                ? "  <- chosen"
           : method->id == CONV_METHOD_REFERENCE ? ", only on request"
                                                 : "");
}

static size_t append_composite(long_text *out, const conv_plan *plan) {
    append(out, "%s\n  workspace %zu bytes\n", plan->composite->what,
           conv_plan_workspace_size(plan));
    return out->length;
}

/* A tolerance's plan: what its first rung chose, and the ladder. */
static size_t describe_ladder(const conv_plan *plan, char *text, size_t size) {
    size_t length = conv_plan_describe(plan->ladder->rung[0], text, size);
    size_t used = conv_min(length, size);
    length +=
        (size_t)conv_ladder_describe(plan->ladder, size > used ? text + used : NULL, size - used);
    long_text out = {text, size, length};
    append(&out, "  workspace of all these %zu bytes\n", conv_plan_workspace_size(plan));
    return out.length;
}

size_t conv_plan_describe(const conv_plan *plan, char *text, size_t size) {
    long_text out = {text, size, 0};
    char detail[96];
    if (!plan) {
        append(&out, "no plan\n");
        return out.length;
    }
    if (plan->composite) {
        size_t used = conv_min(append_composite(&out, plan), size);
        return out.length + conv_plan_describe(plan->composite->lead(plan->parts),
                                               text ? text + used : NULL, size - used);
    }
    if (plan->ladder)
        return describe_ladder(plan, text, size);
    if (plan->nothing)
        append(&out, "all outputs are integrals over a point: zero, whatever the method\n");
    plan->method->describe(&plan->task, plan->state, detail, sizeof detail);
    append(&out, "%s%s, %s, %s; %s\n", plan->method->name, detail,
           conv_dtype_name(plan->problem.dtype), conv_level_name(plan->problem.level),
           plan->problem.method == CONV_METHOD_AUTO ? "the cheapest by estimate" : "as asked for");
    for (int i = 0; conv_methods[i]; i++)
        append_method(&out, plan, conv_methods[i]);
    append(&out, "  workspace %zu bytes, threads %d\n", conv_plan_workspace_size(plan),
           plan->method_threads * plan->batch_threads);
    if (plan->dots)
        append(&out, "  mended near the ends of the overlap by sums of a few products\n");
    if (plan->problem.tolerance.kind != CONV_TOLERANCE_MAXNORM)
        append(&out, "  every error up to %.3g of (|x|*|h|)_k, as the tolerance has it\n",
               conv_plan_componentwise(&plan->problem, plan->method->id));
    if (plan->patches)
        append(&out, "  mended by %d convolution%s of lower rank\n", plan->patches,
               plan->patches == 1 ? "" : "s");
    return out.length;
}
