#include "integral/integral.h"

static void halve_signal(conv_axis *axis) {
    axis->ends = 1;
    axis->end_weight[0] = 0.5;
}

static void halve_kernel(conv_axis *axis) {
    axis->tap_ends = 1;
    axis->tap_end_weight[0] = 0.5;
}

static void trapezoid_axis(conv_axis *axis, conv_mode mode, conv_mending *mending) {
    size_t n = axis->n, m = axis->m;
    if (mode == CONV_CIRCULAR)
        return; /* a period has no ends: the rectangle rule */
    if (axis->extension != CONV_EXTEND_ZERO) {
        mending->nothing = m == 1;
        halve_kernel(axis);
        return;
    }
    mending->nothing = n == 1 || m == 1;
    if (mode == CONV_VALID) {
        if (n >= m)
            halve_kernel(axis);
        else
            halve_signal(axis);
        return;
    }
    halve_signal(axis);
    halve_kernel(axis);
    mending->clear_ends = true;
    mending->mends = 2;
    mending->mend[0] = (conv_mend){(ptrdiff_t)m - 1, 0, m - 1};
    mending->mend[1] = (conv_mend){(ptrdiff_t)n - 1, n - 1, 0};
}

void conv_integral_apply(conv_problem *problem, const conv_desc *desc,
                         conv_mending mending[CONV_MAX_RANK]) {
    for (int d = 0; d < problem->rank; d++) {
        mending[d].nothing = mending[d].clear_ends = false;
        mending[d].mends = 0;
        if (desc->rule == CONV_RULE_SUM)
            continue;
        problem->factor *= desc->spacing[d];
        trapezoid_axis(&problem->axis[d], desc->mode, &mending[d]);
    }
}
