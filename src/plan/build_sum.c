#include "plan/build_sum.h"

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "integral/gregory.h"
#include "plan/choose.h"
#include "plan/corrected.h"
#include "plan/leaf.h"
#include "plan/outputs.h"
#include "plan/scaled.h"
#include "problem/taps.h"

conv_status conv_ingredients_make(conv_ingredients *made, const conv_problem *problem,
                                  const conv_to_correct *to_correct, const void *kernel,
                                  conv_tap_set **sets) {
    conv_tap_set *set = conv_tap_set_add(sets, problem);
    if (!set)
        return CONV_ERR_MEMORY;
    *made = (conv_ingredients){*problem, to_correct, set, 1, sets};
    if (!conv_taps_take(problem->elements, conv_dtype_is_double(problem->dtype), kernel,
                        problem->taps, problem->factor)) {
        made->factor = problem->factor;
        made->problem.factor = 1;
    }
    conv_taps_prepare(&made->problem, kernel, set->taps);
    conv_tap_set_ready(set, &made->problem);
    return CONV_OK;
}

/* ---- corrections of more than one axis: hyperplanes, each a convolution of lower rank ---- */

/* A corrected output must be as accurate as the others. */
static conv_method slice_method(conv_method method) {
    if (method == CONV_METHOD_REFERENCE)
        return method;
    return method == CONV_METHOD_DIRECT || method == CONV_METHOD_SEPARABLE ? CONV_METHOD_DIRECT
                                                                           : CONV_METHOD_AUTO;
}

/* The problem on the slice: this axis gone. Its outputs are collected contiguously, then added to
 * the whole. */
static void slice_problem(const conv_problem *whole, int axis, conv_problem *slice) {
    *slice = *whole;
    slice->rank = 0;
    slice->outputs = slice->taps = slice->batch = 1;
    slice->fold.needed = false;
    for (int d = 0; d < whole->rank; d++) {
        if (d == axis)
            continue;
        slice->axis[slice->rank] = whole->axis[d];
        slice->outputs *= whole->axis[d].count;
        slice->taps *= whole->axis[d].m;
        slice->rank++;
    }
    conv_outputs_pack(slice);
}

/* What the terms' sample meets: a sum of slices of the taps, which are weighted along the axis, so
 * that weight is taken out. */
static void slice_taps(const conv_ingredients *from, int axis, const conv_gregory_term *term,
                       int terms, char *taps) {
    const conv_problem *problem = &from->problem;
    const conv_element_kernels *elements = problem->elements;
    const conv_axis *along = &problem->axis[axis];
    size_t run = 1, outer = 1, size = elements->tap_size;
    for (int d = 0; d < problem->rank; d++) {
        if (d < axis)
            outer *= problem->axis[d].m;
        if (d > axis)
            run *= problem->axis[d].m;
    }
    for (size_t o = 0; o < outer; o++)
        for (size_t i = 0; i < run; i++, taps += size) {
            long double sum[2] = {0, 0};
            for (int t = 0; t < terms; t++) {
                size_t row = o * along->m + along->m - 1 - term[t].tap;
                long double factor = conv_integral_factor(along, term[t].tap, term[t].weight);
                long double tap[2] = {0, 0};
                elements->add_tap(tap, (const char *)from->taps->taps + (row * run + i) * size);
                sum[0] += factor * tap[0];
                sum[1] += factor * tap[1];
            }
            elements->round_tap(sum, taps);
        }
}

/* What the slices of one axis are made with. */
typedef struct {
    const conv_ingredients *from;
    conv_wishes wishes;
    conv_node *corrected;
    int axis;
    conv_gregory_row row;
} slicer;

static conv_status add_slice(const slicer *s, conv_corrected_slice *slice, int first, int terms) {
    conv_ingredients part = *s->from;
    conv_to_correct rest[CONV_MAX_RANK] = {{0}};
    slice_problem(&s->from->problem, s->axis, &part.problem);
    /* Axes before this one are corrected by slices of their own, over the whole of this axis. */
    for (int d = s->axis + 1; d < s->from->problem.rank; d++)
        rest[d - 1] = s->from->to_correct[d];
    part.to_correct = rest;
    part.factor = 1;
    slice->signal_offset =
        (ptrdiff_t)s->row.term[first].sample * s->from->problem.axis[s->axis].signal_stride;
    conv_tap_set *set = conv_tap_set_add(part.sets, &part.problem);
    if (!set)
        return CONV_ERR_MEMORY;
    slice_taps(s->from, s->axis, s->row.term + first, terms, set->taps);
    conv_tap_set_ready(set, &part.problem);
    part.taps = set;
    return conv_build_sum(&slice->node, &part, &s->wishes);
}

/* One hyperplane. Terms come sample by sample; those of one sample are one slice. */
static conv_status add_row(slicer *s, size_t index) {
    const conv_gregory_row *row = &s->row;
    conv_corrected_slice slice = {.axis = s->axis, .replaces = row->replaces};
    conv_status status = CONV_OK;
    slice.output_offset = (ptrdiff_t)index * s->from->problem.axis[s->axis].output_stride;
    if (row->count == 0 && row->replaces)
        conv_corrected_add_slice(s->corrected, &slice);
    for (int t = 0, end = 0; t < row->count && status == CONV_OK; t = end) {
        while (end < row->count && row->term[end].sample == row->term[t].sample)
            end++;
        status = add_slice(s, &slice, t, end - t);
        if (status == CONV_OK)
            conv_corrected_add_slice(s->corrected, &slice);
        slice.replaces = false;
    }
    return status;
}

static conv_status add_axis(slicer *s) {
    const conv_axis *axis = &s->from->problem.axis[s->axis];
    int q = s->from->to_correct[s->axis].ends;
    ptrdiff_t end = (ptrdiff_t)(axis->n + axis->m - 1), k = axis->start > 0 ? axis->start : 0;
    conv_status status = CONV_OK;
    while (status == CONV_OK && (k = conv_gregory_next(q, axis->n, axis->m, k)) < end) {
        size_t index;
        if (conv_lattice_index(axis, k, &index)) {
            conv_gregory_correct(q, axis->n, axis->m, k, &s->row);
            status = add_row(s, index);
        }
        k++;
    }
    return status;
}

/* Slices at most along an axis: outputs within reach of four corners, each of 2 q samples or
 * q + 2. */
static size_t most_slices(int q) {
    return q ? 4 * (4 * (size_t)q + 5) * (2 * (size_t)q + 2) : 0;
}

static conv_status add_slices(conv_node **node, conv_node *weighted, const conv_ingredients *from,
                              const conv_wishes *wishes, conv_method method) {
    size_t most = 0;
    for (int d = 0; d < from->problem.rank; d++)
        most += most_slices(from->to_correct[d].ends);
    conv_status status = conv_corrected_make_slices(node, weighted, most);
    slicer *s = status == CONV_OK ? conv_allocate(sizeof *s) : NULL;
    if (!s)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    s->from = from;
    s->wishes = *wishes;
    s->wishes.method = slice_method(method);
    s->wishes.threads = 1;
    s->wishes.max_workspace = SIZE_MAX;
    s->corrected = *node;
    /* From the last axis on: the slices of an axis are corrected along the axes after it, so what
     * they replace must be, too. */
    for (s->axis = from->problem.rank - 1; s->axis >= 0 && status == CONV_OK; s->axis--)
        status = add_axis(s);
    conv_free(s);
    return status;
}

/* ---- the node ---- */

/* Puts around the convolution what the rule leaves to correct. The node takes it over. */
static conv_status correct(conv_node **node, conv_node *weighted, const conv_ingredients *from,
                           const conv_wishes *wishes, conv_method method) {
    const conv_problem *problem = &from->problem;
    bool any = false;
    *node = weighted;
    for (int d = 0; d < problem->rank && from->to_correct; d++) {
        if (from->to_correct[d].nothing)
            return conv_corrected_make_zero(node, weighted);
        any = any || from->to_correct[d].ends;
    }
    if (!any)
        return CONV_OK;
    if (problem->rank > 1)
        return add_slices(node, weighted, from, wishes, method);
    conv_corrections *line;
    conv_status status =
        conv_corrections_make(&line, problem, from->taps->taps, from->to_correct[0].ends);
    return status == CONV_OK ? conv_corrected_make_line(node, weighted, line) : status;
}

/* *node stays NULL where the method needs more room than there is. */
static conv_status try_method(conv_node **node, const conv_ingredients *from,
                              const conv_wishes *wishes, const conv_method_row *method,
                              size_t *least) {
    conv_node *made = NULL;
    conv_status status = conv_leaf_make(&made, &from->problem, wishes, from->taps, method);
    *node = NULL;
    if (status == CONV_OK)
        status = correct(&made, made, from, wishes, method->id);
    if (status == CONV_OK && from->factor != 1)
        status = conv_scaled_make(&made, made, from->factor);
    if (status == CONV_OK && conv_wishes_total(wishes, made->bytes) <= wishes->max_workspace) {
        *node = made;
        return CONV_OK;
    }
    if (status == CONV_OK)
        *least = conv_min(*least, made->bytes);
    conv_node_release(made);
    return status;
}

/* A method that finds no memory leaves the problem to those that need less. */
static conv_status try_all(conv_node **node, const conv_ingredients *from,
                           const conv_wishes *wishes, const conv_task *task, size_t *least) {
    unsigned tried = 0;
    conv_status failure = CONV_OK;
    char before[CONV_MESSAGE_SIZE];
    const conv_method_row *method;
    conv_keep_message(before);
    while (!*node && (method = conv_choose(task, &tried)) != NULL) {
        conv_status status = try_method(node, from, wishes, method, least);
        if (status != CONV_OK)
            failure = status;
    }
    if (!*node)
        return failure;
    conv_restore_message(before);
    return CONV_OK;
}

conv_status conv_build_sum(conv_node **node, const conv_ingredients *from,
                           const conv_wishes *wishes) {
    conv_task task = {&from->problem, wishes, from->taps->taps, from->taps->finite};
    size_t least = SIZE_MAX;
    conv_status status;
    *node = NULL;
    if (wishes->method == CONV_METHOD_AUTO) {
        status = try_all(node, from, wishes, &task, &least);
    } else {
        const conv_method_row *method;
        status = conv_choose_wished(&task, &method);
        if (status == CONV_OK)
            status = try_method(node, from, wishes, method, &least);
    }
    if (status == CONV_OK && !*node)
        status = conv_wishes_refuse(wishes, least);
    return status;
}
