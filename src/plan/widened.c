#include "plan/widened.h"

#include "base/dtype.h"
#include "base/memory.h"
#include "methods/rounding.h"
#include "plan/bound.h"
#include "problem/extend.h"
#include "problem/regions.h"

typedef struct {
    conv_node node;
    conv_task task;
    conv_wishes wishes;
    const conv_tap_set *wide;
} widened;

static size_t samples_of(const conv_problem *problem) {
    size_t samples = 1;
    for (int d = 0; d < problem->rank; d++)
        samples *= problem->axis[d].n;
    return samples;
}

void conv_widened_problem(const conv_problem *problem, conv_problem *wide) {
    ptrdiff_t in = 1, out = 1;
    *wide = *problem;
    conv_problem_widen(wide);
    wide->batch = 1;
    for (int part = 0; part < 2; part++)
        wide->fill[part] = (float)problem->fill[part];
    for (int d = problem->rank - 1; d >= 0; d--) {
        wide->axis[d].signal_stride = in;
        wide->axis[d].output_stride = out;
        in *= (ptrdiff_t)problem->axis[d].n;
        out *= (ptrdiff_t)problem->axis[d].count;
    }
}

void conv_widened_taps(const conv_problem *problem, const void *taps, void *wide) {
    const float *from = taps;
    double *to = wide;
    for (size_t i = 0; i < problem->taps * conv_dtype_reals(problem->kernel_dtype); i++)
        to[i] = from[i];
}

size_t conv_widened_bytes(const conv_problem *problem) {
    size_t size = conv_dtype_size(conv_dtype_wide(problem->dtype));
    return conv_aligned_size(samples_of(problem) * size) +
           conv_aligned_size(problem->outputs * size);
}

/* From the caller's strides; its own, as weights come later. */
static void widen_samples(const conv_problem *problem, int d, const char *from, double **to) {
    const conv_axis *axis = &problem->axis[d];
    ptrdiff_t stride = axis->signal_stride * (ptrdiff_t)problem->elements->size;
    if (d < problem->rank - 1) {
        for (size_t i = 0; i < axis->n; i++)
            widen_samples(problem, d + 1, from + (ptrdiff_t)i * stride, to);
        return;
    }
    size_t parts = conv_dtype_reals(problem->dtype);
    for (size_t i = 0; i < axis->n; i++, from += stride)
        for (size_t part = 0; part < parts; part++)
            *(*to)++ = ((const float *)(const void *)from)[part];
}

static void narrow_outputs(const conv_problem *problem, int d, const double **from, char *to) {
    const conv_axis *axis = &problem->axis[d];
    ptrdiff_t stride = axis->output_stride * (ptrdiff_t)problem->elements->size;
    if (d < problem->rank - 1) {
        for (size_t i = 0; i < axis->count; i++)
            narrow_outputs(problem, d + 1, from, to + (ptrdiff_t)i * stride);
        return;
    }
    size_t parts = conv_dtype_reals(problem->dtype);
    for (size_t i = 0; i < axis->count; i++, to += stride)
        for (size_t part = 0; part < parts; part++)
            ((float *)(void *)to)[part] = (float)*(*from)++;
}

static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    const conv_node *child = node->child[0];
    size_t size = child->problem.elements->size;
    char *samples = workspace;
    char *results = samples + conv_aligned_size(samples_of(&node->problem) * size);
    char *rest = results + conv_aligned_size(node->problem.outputs * size);
    double *to = (double *)(void *)samples;
    const double *from = (const double *)(void *)results;
    widen_samples(&node->problem, 0, signal, &to);
    conv_node_run(child, samples, results, rest, NULL);
    narrow_outputs(&node->problem, 0, &from, output);
    if (bound)
        *bound = conv_bound_of(node, signal, output, workspace);
}

static conv_error error(const conv_node *node, const char *signal, char *workspace, bool proved) {
    const conv_node *child = node->child[0];
    size_t size = child->problem.elements->size;
    char *rest = workspace + conv_aligned_size(samples_of(&node->problem) * size) +
                 conv_aligned_size(node->problem.outputs * size);
    double *to = (double *)(void *)workspace, unit = conv_unit(node->problem.dtype);
    widen_samples(&node->problem, 0, signal, &to);
    conv_error known = conv_node_error(child, workspace, rest, proved);
    double roundings = conv_bound_input_roundings(&node->problem, proved);
    known.absolute += conv_bound_roundings(node->task, roundings, signal);
    known.relative = unit + (1 + unit) * known.relative;
    known.absolute *= 1 + unit;
    if (known.absolute > 0)
        known.absolute += conv_step(node->problem.dtype);
    return known;
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    conv_text_indent(text, depth);
    conv_text_append(text, "%.3g us, preparing %.3g us: floats in double", 1e6 * node->seconds,
                     1e6 * node->preparing);
    if (node->componentwise > 0)
        conv_text_append(text, ", every error up to %.3g of (|x|*|h|)_k", node->componentwise);
    conv_text_append(text, ":\n");
}

static void complete(conv_node *node) {
    const widened *w = (const widened *)node;
    if (w->wishes.waits)
        conv_widened_taps(&node->problem, w->task.taps, w->wide->taps);
}

static const conv_node_kind kind = {
    .run = run, .error = error, .describe = describe, .complete = complete};

conv_status conv_widened_make(conv_node **made, const conv_problem *problem,
                              const conv_wishes *wishes, const conv_tap_set *taps,
                              const conv_tap_set *wide, conv_node *child, double componentwise) {
    conv_node *node = conv_node_make(&kind, sizeof(widened), problem, 1);
    widened *w = (widened *)node;
    *made = node;
    if (!node) {
        conv_node_release(child);
        return CONV_ERR_MEMORY;
    }
    w->wishes = *wishes;
    w->wide = wide;
    w->task = (conv_task){&node->problem, &w->wishes, taps->taps, taps->finite};
    conv_node_adopt(node, child);
    node->task = &w->task;
    node->componentwise = componentwise;
    node->bytes = conv_widened_bytes(problem) + child->bytes;
    node->threads = child->threads;
    /* A nanosecond for every sample and output. */
    node->seconds = child->seconds + 1e-9 * (double)(samples_of(problem) + problem->outputs);
    return CONV_OK;
}
