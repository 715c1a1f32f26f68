#include "plan/bound.h"

#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "methods/direct_tiles.h"
#include "methods/rounding.h"

double conv_bound_input_roundings(const conv_problem *problem, bool exact) {
    double roundings = (problem->fold.needed && !exact ? 1 : 0) + (problem->factor != 1 ? 2 : 0);
    bool weighted = false;
    for (int d = 0; d < problem->rank; d++)
        weighted = weighted || problem->axis[d].ends || problem->axis[d].tap_ends;
    return roundings + (weighted ? 4 : 0);
}

double conv_bound_roundings(const conv_task *task, double roundings, const char *signal) {
    if (roundings <= 0)
        return 0;
    double largest = conv_bounds_met(task, signal);
    if (largest == 0) /* zeros are not rounded */
        return 0;
    return roundings *
           (conv_unit(task->problem->dtype) * largest + conv_bounds_steps(task, signal));
}

double conv_bound_componentwise(const conv_problem *problem, const conv_wishes *wishes,
                                conv_method method) {
    double sum = method == CONV_METHOD_DIRECT
                     ? conv_direct_roundings(problem, conv_wishes_room(wishes))
                     : (double)problem->taps;
    double terms = conv_bounds_terms(problem, sum);
    double unit = conv_unit(problem->dtype);
    double roundings = conv_bound_input_roundings(problem, false);
    if (method == CONV_METHOD_REFERENCE)
        return (1 + roundings) * unit + terms * (double)LDBL_EPSILON / 2;
    return (terms + roundings) * unit;
}

void conv_bound_measure(const conv_problem *problem, const void *output,
                        conv_magnitudes *magnitudes) {
    size_t extent[CONV_MAX_RANK] = {0};
    ptrdiff_t stride[CONV_MAX_RANK] = {0};
    for (int d = 0; d < problem->rank; d++) {
        extent[d] = problem->axis[d].count;
        stride[d] = problem->axis[d].output_stride;
    }
    conv_measure_largest(problem->elements, problem->rank, extent, stride, output, magnitudes);
}

double conv_bound_maxnorm(conv_error error, const conv_magnitudes *outputs) {
    double total = error.absolute + error.relative * outputs->largest;
    if (!outputs->finite)
        return INFINITY;
    if (total == 0)
        return 0;
    return total < outputs->largest ? total / (outputs->largest - total) : INFINITY;
}

/* Marks the interval of indices, of each axis, that elements other than 0 have. */
static void find_support(const conv_element_kernels *elements, bool taps, int rank,
                         const size_t *extent, const ptrdiff_t *stride, const char *data,
                         size_t *low, size_t *high) {
    size_t index[CONV_MAX_RANK] = {0}, count = 1;
    size_t size = taps ? elements->tap_size : elements->size;
    for (int d = 0; d < rank; d++) {
        count *= extent[d];
        low[d] = extent[d];
        high[d] = 0;
    }
    for (size_t i = 0; i < count; i++) {
        ptrdiff_t offset = 0;
        for (int d = 0; d < rank; d++)
            offset += (ptrdiff_t)index[d] * stride[d];
        const char *element = data + offset * (ptrdiff_t)size;
        bool finite =
            taps ? elements->taps_are_finite(element, 1) : elements->is_finite(element, 1);
        double largest = taps ? elements->largest_tap(element, 1) : elements->largest(element, 1);
        for (int d = 0; d < rank && (!finite || largest > 0); d++) {
            low[d] = conv_min(low[d], index[d]);
            high[d] = conv_max(high[d], index[d]);
        }
        for (int d = rank - 1; d >= 0 && ++index[d] == extent[d]; d--)
            index[d] = 0;
    }
}

bool conv_bound_all_zero(const conv_task *task, const char *signal) {
    const conv_problem *problem = task->problem;
    size_t n[CONV_MAX_RANK] = {0}, m[CONV_MAX_RANK] = {0}, low[CONV_MAX_RANK] = {0};
    size_t high[CONV_MAX_RANK] = {0}, tap_low[CONV_MAX_RANK] = {0}, tap_high[CONV_MAX_RANK] = {0};
    ptrdiff_t stride[CONV_MAX_RANK] = {0}, tap_stride[CONV_MAX_RANK] = {0};
    for (int d = 0; d < problem->rank; d++) {
        n[d] = problem->axis[d].n;
        m[d] = problem->axis[d].m;
        stride[d] = problem->axis[d].signal_stride;
        if (problem->axis[d].ends > 1 || problem->axis[d].tap_ends > 1)
            return false; /* rules of higher order take products from beside the overlap */
    }
    conv_contiguous_strides(problem->rank, m, tap_stride);
    find_support(problem->elements, false, problem->rank, n, stride, signal, low, high);
    find_support(problem->elements, true, problem->rank, m, tap_stride, task->taps, tap_low,
                 tap_high);
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        if (axis->extension != CONV_EXTEND_ZERO)
            continue;
        if (low[d] > high[d] || tap_low[d] > tap_high[d])
            return true;
        /* Sliding order: tap q is tap m-1-q of the convolution. */
        ptrdiff_t first = (ptrdiff_t)(low[d] + m[d] - 1 - tap_high[d]);
        ptrdiff_t last = (ptrdiff_t)(high[d] + m[d] - 1 - tap_low[d]);
        ptrdiff_t end = axis->start + (ptrdiff_t)((axis->count - 1) * axis->step);
        if (last < axis->start || first > end)
            return true;
    }
    return false;
}

double conv_bound_of(const conv_node *node, const char *signal, const char *output,
                     char *workspace) {
    conv_magnitudes outputs;
    conv_bound_measure(&node->problem, output, &outputs);
    if (node->componentwise == 0)
        return conv_bound_maxnorm(conv_node_error(node, signal, workspace, false), &outputs);
    return outputs.finite ? node->componentwise : INFINITY;
}
