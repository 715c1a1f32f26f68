#include "plan/bound.h"

#include <float.h>
#include <math.h>

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
    return roundings * (conv_unit(task->problem->dtype) * conv_bounds_largest(task, signal) +
                        conv_bounds_steps(task, signal));
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
    conv_measure(problem->elements, problem->rank, extent, stride, output, magnitudes);
}

double conv_bound_maxnorm(conv_error error, const conv_magnitudes *outputs) {
    double total = error.absolute + error.relative * outputs->largest;
    if (!outputs->finite)
        return INFINITY;
    if (total == 0)
        return 0;
    return total < outputs->largest ? total / (outputs->largest - total) : INFINITY;
}

double conv_bound_of(const conv_node *node, const char *signal, const char *output,
                     char *workspace) {
    conv_magnitudes outputs;
    conv_bound_measure(&node->problem, output, &outputs);
    if (node->componentwise == 0)
        return conv_bound_maxnorm(conv_node_error(node, signal, workspace, false), &outputs);
    return outputs.finite ? node->componentwise : INFINITY;
}
