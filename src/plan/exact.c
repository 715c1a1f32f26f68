#include "plan/exact.h"

#include <float.h>
#include <math.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "methods/rounding.h"
#include "plan/outputs.h"

enum { MOST_CHILDREN = 4 };

typedef struct {
    conv_node node;
    /* Of each child: the error below which its outputs are known; 0: it is exact. */
    double limit[MOST_CHILDREN];
} exact;

/* Every integer up to this is a number of the type. */
static double largest_exact(conv_dtype dtype) {
    return ldexp(1, conv_dtype_is_double(dtype) ? DBL_MANT_DIG : FLT_MANT_DIG);
}

static double real_part(const conv_element_kernels *elements, const void *x) {
    long double sum[2] = {0, 0};
    elements->add_sample(sum, x);
    return (double)(sum[0] == rintl(sum[0]) && sum[1] != rintl(sum[1]) ? sum[1] : sum[0]);
}

conv_status conv_exact_check_kernel(const conv_problem *problem, const void *taps) {
    const conv_element_kernels *elements = problem->elements;
    const char *tap = taps;
    for (size_t i = 0; i < problem->taps; i++, tap += elements->tap_size)
        if (!elements->tap_is_integer(tap)) {
            long double sum[2] = {0, 0};
            elements->add_tap(sum, tap);
            bool imaginary = isfinite(sum[0]) && sum[0] == rintl(sum[0]);
            size_t index = problem->kernel_reversed ? i : problem->taps - 1 - i;
            return conv_fail(CONV_ERR_RANGE,
                             "tap %zu of the kernel is %Lg%s, must be an integer: tolerance.kind "
                             "is INTEGER",
                             index, sum[imaginary], imaginary ? " i" : "");
        }
    for (int d = 0; d < problem->rank; d++)
        if (problem->axis[d].extension == CONV_EXTEND_CONSTANT)
            for (int part = 0; part < 2; part++)
                if (!isfinite(problem->fill[part]) ||
                    problem->fill[part] != rint(problem->fill[part]))
                    return conv_fail(CONV_ERR_RANGE,
                                     "boundary_value[%d] is %g, must be an integer: "
                                     "tolerance.kind is INTEGER",
                                     part, problem->fill[part]);
    return CONV_OK;
}

static conv_status check_samples(const conv_problem *problem, int d, const char *signal,
                                 size_t before, size_t item) {
    const conv_axis *axis = &problem->axis[d];
    const conv_element_kernels *elements = problem->elements;
    ptrdiff_t step = axis->signal_stride * (ptrdiff_t)elements->size;
    conv_status status = CONV_OK;
    for (size_t i = 0; i < axis->n && status == CONV_OK; i++, signal += step) {
        size_t index = before * axis->n + i;
        if (d < problem->rank - 1)
            status = check_samples(problem, d + 1, signal, index, item);
        else if (!elements->is_integer(signal))
            status = conv_fail(CONV_ERR_RANGE,
                               "sample %zu of signal %zu is %g, must be an integer: tolerance.kind "
                               "is INTEGER",
                               index, item, real_part(elements, signal));
    }
    return status;
}

static conv_status check(const conv_node *node, const char *signal, size_t item, char *workspace) {
    const conv_problem *problem = &node->problem;
    conv_status status = check_samples(problem, 0, signal, 0, item);
    (void)workspace;
    if (status != CONV_OK)
        return status;
    double most = conv_bounds_met(node->task, signal);
    double limit = largest_exact(problem->dtype);
    if (most > limit)
        return conv_fail(CONV_ERR_RANGE,
                         "the outputs of signal %zu may reach %.6g; integers of %s are exact up to "
                         "%.0f",
                         item, most, conv_dtype_name(problem->dtype), limit);
    return CONV_OK;
}

static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    const exact *e = (const exact *)node;
    double error = 0;
    size_t i = 0;
    while (e->limit[i] > 0) {
        error = conv_node_error(node->child[i], signal, workspace, true).absolute;
        if (error < e->limit[i])
            break;
        i++;
    }
    bool is_sum = e->limit[i] == 0;
    conv_node_run(node->child[i], signal, output, workspace, NULL);
    if (!is_sum)
        conv_outputs_round(&node->problem, output);
    if (bound)
        *bound = is_sum ? 0 : error;
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    conv_text_indent(text, depth);
    conv_text_append(
        text,
        "exact integers, %.3g us by the first, preparing %.3g us; first of these whose "
        "error is below 1/2:\n",
        1e6 * node->seconds, 1e6 * node->preparing);
}

static const conv_node_kind kind = {.run = run, .check = check, .describe = describe};

conv_status conv_exact_make(conv_node **made, const conv_problem *problem, size_t children) {
    conv_node *node =
        conv_node_make(&kind, sizeof(exact), problem, conv_min(children, MOST_CHILDREN));
    *made = node;
    return node ? CONV_OK : CONV_ERR_MEMORY;
}

void conv_exact_add(conv_node *node, conv_node *child, bool is_sum, bool rounds) {
    /* From double to float the result is rounded before it comes here: between halves, where it is
     * below 2^23, by 1/4 at most. */
    ((exact *)node)->limit[node->children] = is_sum ? 0 : rounds ? 0.25 : 0.5;
    if (node->children == 0)
        node->seconds = child->seconds;
    node->threads = child->threads > node->threads ? child->threads : node->threads;
    node->bytes = conv_max(node->bytes, child->bytes);
    conv_node_adopt(node, child);
}
