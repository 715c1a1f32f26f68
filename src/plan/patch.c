/* Mending what a quadrature rule leaves: of a line single outputs, of more axes hyperplanes. */
#include "plan/patch.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "integral/gregory.h"
#include "plan/plan.h"

/* A mended output must be as accurate as the others. */
static conv_method slice_method(conv_method method) {
    if (method == CONV_METHOD_REFERENCE)
        return method;
    return method == CONV_METHOD_DIRECT || method == CONV_METHOD_SEPARABLE ? CONV_METHOD_DIRECT
                                                                           : CONV_METHOD_AUTO;
}

/* The problem on the slice: this axis gone. */
static void slice_problem(const conv_problem *whole, conv_method whole_method, int axis,
                          conv_problem *slice) {
    *slice = *whole;
    slice->rank = 0;
    slice->outputs = slice->taps = slice->batch = 1;
    slice->method = slice_method(whole_method);
    slice->threads = 1;
    slice->max_workspace = SIZE_MAX;
    slice->fold.needed = false;
    for (int d = 0; d < whole->rank; d++) {
        if (d == axis)
            continue;
        slice->axis[slice->rank] = whole->axis[d];
        slice->outputs *= whole->axis[d].count;
        slice->taps *= whole->axis[d].m;
        slice->rank++;
    }
    /* The slice's outputs are collected contiguously, then added to the whole. */
    size_t count[CONV_MAX_RANK];
    ptrdiff_t stride[CONV_MAX_RANK];
    for (int d = 0; d < slice->rank; d++)
        count[d] = slice->axis[d].count;
    conv_contiguous_strides(slice->rank, count, stride);
    for (int d = 0; d < slice->rank; d++)
        slice->axis[d].output_stride = stride[d];
}

/* What the terms' sample meets: a sum of slices of the taps, which are weighted along the axis, so
 * that weight is taken out. */
static void slice_taps(const conv_plan *plan, int axis, const conv_gregory_term *term, int terms,
                       char *taps) {
    const conv_problem *problem = &plan->problem;
    const conv_element_kernels *elements = problem->elements;
    const conv_axis *along = &problem->axis[axis];
    size_t run = 1, outer = 1, size = elements->tap_size;
    long double factor[CONV_GREGORY_TERMS];
    for (int t = 0; t < terms; t++)
        factor[t] = conv_integral_factor(along, term[t].tap, term[t].weight);
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
                long double tap[2] = {0, 0};
                elements->add_tap(tap, (const char *)plan->taps + (row * run + i) * size);
                sum[0] += factor[t] * tap[0];
                sum[1] += factor[t] * tap[1];
            }
            elements->round_tap(sum, taps);
        }
}

static conv_status add_slice(conv_plan *plan, conv_patch *patch, const conv_gregory_term *term,
                             int terms) {
    conv_problem slice;
    conv_mending mending[CONV_MAX_RANK] = {{0}};
    slice_problem(&plan->problem, plan->method->id, patch->axis, &slice);
    /* Axes before this one are mended by patches of their own, over the whole of this axis. */
    for (int d = patch->axis + 1; d < plan->problem.rank; d++)
        mending[d - 1] = plan->mending[d];
    patch->signal_offset =
        (ptrdiff_t)term[0].sample * plan->problem.axis[patch->axis].signal_stride;
    char *taps = conv_allocate(slice.taps * slice.elements->tap_size);
    if (!taps)
        return conv_fail(CONV_ERR_MEMORY, "no memory for the kernel");
    slice_taps(plan, patch->axis, term, terms, taps);
    conv_status status = conv_plan_build_with_taps(&patch->plan, &slice, mending, taps);
    if (status != CONV_OK)
        return status;
    plan->patch_bytes =
        conv_max(plan->patch_bytes, conv_aligned_size(slice.outputs * slice.elements->size));
    plan->sub_bytes =
        conv_max(plan->sub_bytes, conv_aligned_size(conv_plan_item_bytes(patch->plan)));
    return CONV_OK;
}

static conv_patch *begin_patch(conv_plan *plan, int axis, size_t index) {
    conv_patch *patch = &plan->patch[plan->patches++];
    *patch = (conv_patch){.axis = axis};
    patch->output_offset = (ptrdiff_t)index * plan->problem.axis[axis].output_stride;
    return patch;
}

/* One hyperplane. Terms come sample by sample; those of one sample are one slice. */
static conv_status add_row(conv_plan *plan, int axis, size_t index, const conv_gregory_row *row) {
    bool replaces = row->replaces;
    if (row->count == 0 && replaces)
        begin_patch(plan, axis, index)->replaces = true;
    for (int t = 0, end = 0; t < row->count; t = end) {
        while (end < row->count && row->term[end].sample == row->term[t].sample)
            end++;
        conv_patch *patch = begin_patch(plan, axis, index);
        patch->replaces = replaces;
        replaces = false;
        conv_status status = add_slice(plan, patch, row->term + t, end - t);
        if (status != CONV_OK)
            return status;
    }
    return CONV_OK;
}

static conv_status add_axis(conv_plan *plan, int d) {
    const conv_axis *axis = &plan->problem.axis[d];
    int q = plan->mending[d].ends;
    ptrdiff_t end = (ptrdiff_t)(axis->n + axis->m - 1), k = axis->start > 0 ? axis->start : 0;
    while ((k = conv_gregory_next(q, axis->n, axis->m, k)) < end) {
        conv_gregory_row row;
        size_t index;
        if (conv_lattice_index(axis, k, &index)) {
            conv_gregory_mend(q, axis->n, axis->m, k, &row);
            conv_status status = add_row(plan, d, index, &row);
            if (status != CONV_OK)
                return status;
        }
        k++;
    }
    return CONV_OK;
}

/* Patches at most along an axis: outputs within reach of four corners, each of 2 q samples or
 * q + 2. */
static size_t most_patches(int q) {
    return q ? 4 * (4 * (size_t)q + 5) * (2 * (size_t)q + 2) : 0;
}

conv_status conv_plan_make_patches(conv_plan *plan) {
    int rank = plan->problem.rank;
    size_t most = 0;
    for (int d = 0; d < rank; d++)
        most += most_patches(plan->mending[d].ends);
    if (most == 0 || plan->nothing)
        return CONV_OK;
    if (rank == 1)
        return conv_dots_make(&plan->dots, &plan->problem, plan->taps, plan->mending[0].ends);
    plan->patch = conv_allocate(most * sizeof *plan->patch);
    if (!plan->patch)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    /* From the last axis on: the slices of an axis are mended along the axes after it, so what they
     * replace must be, too. */
    for (int d = rank - 1; d >= 0; d--) {
        conv_status status = add_axis(plan, d);
        if (status != CONV_OK)
            return status;
    }
    return CONV_OK;
}
