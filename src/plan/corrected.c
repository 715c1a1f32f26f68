#include "plan/corrected.h"

#include <math.h>

#include "base/memory.h"
#include "plan/bound.h"
#include "plan/outputs.h"

typedef struct {
    conv_node node;
    bool is_zero;
    conv_corrections *line;                 /* rank 1, else slices */
    conv_end_corrections *planes;           /* rank 2 and more */
    size_t slices, slice_bytes, most_bytes; /* most_bytes: of a slice's node */
    conv_corrected_slice *slice;
} corrected;

static void run_slices(const corrected *c, const char *signal, char *output, char *workspace) {
    const conv_problem *problem = &c->node.problem;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    for (size_t i = 0; i < c->slices; i++) {
        const conv_corrected_slice *slice = &c->slice[i];
        char *y = output + slice->output_offset * size;
        if (slice->replaces)
            conv_outputs_clear_slice(problem, slice->axis, y);
        if (!slice->node)
            continue;
        conv_node_run(slice->node, signal + slice->signal_offset * size, workspace,
                      workspace + c->slice_bytes, NULL);
        conv_outputs_add_slice(problem, slice->axis, y, workspace);
    }
}

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
        run_slices(c, signal, output, workspace);
    }
    if (bound)
        *bound = conv_bound_of(node, signal, output, workspace);
}

static conv_error error(const conv_node *node, const char *signal, char *workspace, bool proved) {
    const corrected *c = (const corrected *)node;
    double roundings = 0;
    if (c->is_zero)
        return (conv_error){0, 0};
    conv_error known = conv_node_error(node->child[0], signal, workspace, proved);
    for (size_t i = 0; i < c->slices; i++) {
        const conv_corrected_slice *slice = &c->slice[i];
        if (!slice->node)
            continue;
        ptrdiff_t offset = slice->signal_offset * (ptrdiff_t)node->problem.elements->size;
        conv_error added = conv_node_error(slice->node, signal + offset, workspace, proved);
        known.absolute += added.absolute;
        known.relative = fmax(known.relative, added.relative);
        roundings += 2;
    }
    if (c->planes)
        known.absolute += conv_end_corrections_error(c->planes, signal, proved).absolute;
    known.absolute += conv_bound_roundings(node->task, roundings, signal);
    return known;
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    const corrected *c = (const corrected *)node;
    conv_text_indent(text, depth);
    if (c->is_zero)
        conv_text_append(text, "all outputs are integrals over a point: zero, whatever the method, "
                               "which would be\n");
    else if (c->line || c->planes)
        conv_text_append(text,
                         "%.3g us: near the ends of the overlap corrected by sums of a few "
                         "products, after\n",
                         1e6 * node->seconds);
    else
        conv_text_append(text,
                         "%.3g us, preparing %.3g us: near the ends of the overlap corrected by "
                         "%zu convolutions of lower rank, after\n",
                         1e6 * node->seconds, 1e6 * node->preparing, node->children - 1);
}

static void release(conv_node *node) {
    corrected *c = (corrected *)node;
    conv_corrections_free(c->line);
    conv_end_corrections_destroy(c->planes);
    conv_free(c->slice);
}

static const conv_node_kind kind = {
    .run = run, .error = error, .describe = describe, .release = release};

static corrected *make(conv_node *child, size_t children) {
    conv_node *node = conv_node_make(&kind, sizeof(corrected), &child->problem, children);
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
    corrected *c = make(child, 1);
    *made = c ? &c->node : NULL;
    if (!c)
        return CONV_ERR_MEMORY;
    c->is_zero = true;
    c->node.bytes = 0;
    c->node.seconds = 0;
    return CONV_OK;
}

conv_status conv_corrected_make_line(conv_node **made, conv_node *child,
                                     conv_corrections *corrections) {
    corrected *c = make(child, 1);
    *made = c ? &c->node : NULL;
    if (!c) {
        conv_corrections_free(corrections);
        return CONV_ERR_MEMORY;
    }
    c->line = corrections;
    c->node.seconds += conv_corrections_seconds(corrections);
    return CONV_OK;
}

conv_status conv_corrected_make_planes(conv_node **made, conv_node *child,
                                       conv_end_corrections *planes) {
    corrected *c = make(child, 1);
    *made = c ? &c->node : NULL;
    if (!c) {
        conv_end_corrections_destroy(planes);
        return CONV_ERR_MEMORY;
    }
    c->planes = planes;
    c->node.bytes = conv_max(c->node.bytes, conv_end_corrections_bytes(planes));
    c->node.seconds += conv_end_corrections_seconds(planes);
    return CONV_OK;
}

conv_status conv_corrected_make_slices(conv_node **made, conv_node *child, size_t room) {
    corrected *c = make(child, room + 1);
    *made = NULL;
    if (!c)
        return CONV_ERR_MEMORY;
    c->slice = conv_allocate(conv_max(room, 1) * sizeof *c->slice);
    if (!c->slice) {
        conv_node_release(&c->node);
        return CONV_ERR_MEMORY;
    }
    *made = &c->node;
    return CONV_OK;
}

void conv_corrected_add_slice(conv_node *node, const conv_corrected_slice *slice) {
    corrected *c = (corrected *)node;
    c->slice[c->slices++] = *slice;
    if (!slice->node)
        return;
    const conv_problem *part = &slice->node->problem;
    conv_node_adopt(node, slice->node);
    c->slice_bytes =
        conv_max(c->slice_bytes, conv_aligned_size(part->outputs * part->elements->size));
    c->most_bytes = conv_max(c->most_bytes, slice->node->bytes);
    node->bytes = conv_max(node->child[0]->bytes, c->slice_bytes + c->most_bytes);
    node->seconds += slice->node->seconds;
}
