#include "plan/stretches.h"

#include <math.h>

#include "base/memory.h"
#include "methods/rounding.h"
#include "plan/bound.h"
#include "plan/outputs.h"

typedef struct {
    size_t signal, first, child;
} pair;

typedef struct {
    conv_node node;
    conv_stretch *signal;
    pair *pair;
    size_t pairs;
    double sums; /* the largest of the children's componentwise */
    size_t copy_bytes, result_bytes;
} stretches;

/* The stretch's samples one after the other, the ends as the breaks have them. */
static void copy_stretch(const conv_problem *problem, const conv_stretch *s, const char *signal,
                         char *copy) {
    const conv_element_kernels *elements = problem->elements;
    ptrdiff_t stride = problem->axis[0].signal_stride;
    size_t count = s->last - s->first + 1;
    conv_copy_row(copy, 1, signal + (ptrdiff_t)s->first * stride * (ptrdiff_t)elements->size,
                  stride, count, elements->size);
    if (s->has_left)
        elements->fill(copy, 1, s->left);
    if (s->has_right)
        elements->fill(copy + (count - 1) * elements->size, 1, s->right);
}

/* Of a sum of results that are known to an error each. */
static double total_bound(const conv_node *node, conv_error error, const char *output) {
    double additions = (double)((const stretches *)node)->pairs * conv_unit(node->problem.dtype);
    conv_magnitudes outputs;
    conv_bound_measure(&node->problem, output, &outputs);
    error.relative += additions;
    if (node->componentwise == 0)
        return conv_bound_maxnorm(error, &outputs);
    return outputs.finite ? node->componentwise : INFINITY;
}

static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    const stretches *s = (const stretches *)node;
    const conv_problem *problem = &node->problem;
    const conv_element_kernels *elements = problem->elements;
    ptrdiff_t stride = problem->axis[0].output_stride;
    char *copy = workspace, *result = copy + s->copy_bytes, *rest = result + s->result_bytes;
    size_t copied = SIZE_MAX;
    conv_error error = {0, 0};
    conv_outputs_clear(problem, output);
    for (size_t i = 0; i < s->pairs; i++) {
        const pair *p = &s->pair[i];
        const conv_node *part = node->child[p->child];
        if (p->signal != copied)
            copy_stretch(problem, &s->signal[p->signal], signal, copy);
        copied = p->signal;
        conv_node_run(part, copy, result, rest, NULL);
        elements->add(output + (ptrdiff_t)p->first * stride * (ptrdiff_t)elements->size, stride,
                      result, part->problem.outputs);
        if (!bound || node->componentwise > 0)
            continue;
        conv_error own = conv_node_error(part, copy, rest, false);
        /* Relative to this pair's outputs, which may be larger than those of all. */
        error.absolute += own.absolute + own.relative * conv_bounds_largest(part->task, copy);
    }
    if (bound)
        *bound = total_bound(node, error, output);
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    conv_text_indent(text, depth);
    conv_text_append(text,
                     "%.3g us, preparing %.3g us: the sum over %zu pairs of stretches between "
                     "jumps, the longest of them\n",
                     1e6 * node->seconds, 1e6 * node->preparing, ((const stretches *)node)->pairs);
}

static void release(conv_node *node) {
    stretches *s = (stretches *)node;
    conv_free(s->signal);
    conv_free(s->pair);
}

static const conv_node_kind kind = {.run = run, .describe = describe, .release = release};

conv_status conv_stretches_make(conv_node **made, const conv_problem *problem, conv_stretch *signal,
                                size_t pairs, size_t copy_bytes, size_t result_bytes) {
    conv_node *node = conv_node_make(&kind, sizeof(stretches), problem, pairs);
    stretches *s = (stretches *)node;
    *made = NULL;
    if (!node) {
        conv_free(signal);
        return CONV_ERR_MEMORY;
    }
    s->signal = signal;
    s->copy_bytes = copy_bytes;
    s->result_bytes = result_bytes;
    node->bytes = copy_bytes + result_bytes;
    s->pair = conv_allocate(pairs * sizeof *s->pair);
    if (!s->pair) {
        conv_node_release(node);
        return CONV_ERR_MEMORY;
    }
    *made = node;
    return CONV_OK;
}

void conv_stretches_repeat(conv_node *node, size_t signal, size_t first, size_t child) {
    stretches *s = (stretches *)node;
    s->pair[s->pairs] = (pair){signal, first, child};
    /* Every pair is one addition more for all. */
    if (s->sums > 0)
        node->componentwise = s->sums + (double)s->pairs * conv_unit(node->problem.dtype);
    s->pairs++;
    node->seconds += node->child[child]->seconds;
}

void conv_stretches_add(conv_node *node, size_t signal, size_t first, conv_node *child) {
    stretches *s = (stretches *)node;
    size_t index = node->children;
    if (index && child->problem.outputs > node->child[node->lead]->problem.outputs)
        node->lead = index;
    conv_node_adopt(node, child);
    s->sums = fmax(s->sums, child->componentwise);
    node->task = node->child[node->lead]->task;
    node->bytes = conv_max(node->bytes, s->copy_bytes + s->result_bytes + child->bytes);
    conv_stretches_repeat(node, signal, first, index);
}
