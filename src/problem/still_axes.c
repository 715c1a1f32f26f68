#include "problem/still_axes.h"

static bool is_still(const conv_axis *axis, bool has_rule) {
    return axis->n == 1 && axis->m == 1 && axis->count == 1 && axis->start == 0 &&
           (axis->plain || !has_rule);
}

void conv_problem_drop_still_axes(conv_problem *problem, bool has_rule) {
    int kept = 0;
    if (problem->fold.needed) /* whose axes are the caller's */
        return;
    for (int d = 0; d < problem->rank; d++)
        if (!is_still(&problem->axis[d], has_rule))
            problem->axis[kept++] = problem->axis[d];
    /* Of a single product the first axis, which the loop left where it is. */
    problem->rank = kept ? kept : 1;
}
