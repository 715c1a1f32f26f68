#include "integral/integral.h"

#include "base/memory.h"
#include "integral/gregory.h"

int conv_integral_ends(conv_rule rule, int order) {
    switch (rule) {
    case CONV_RULE_TRAPEZOID:
        return 1;
    case CONV_RULE_GREGORY:
        return order - 1;
    case CONV_RULE_SUM:
    case CONV_RULE_RECTANGLE:
    case CONV_RULE_AUTO:
        break;
    }
    return 0;
}

void conv_integral_scale(conv_problem *problem, const double *spacing) {
    for (int d = 0; d < problem->rank; d++)
        if (!problem->axis[d].plain)
            problem->factor *= spacing[d];
}

long double conv_integral_factor(const conv_axis *axis, size_t tap, double weight) {
    return (long double)weight /
           conv_end_weight(axis->m, axis->tap_ends, axis->tap_end_weight, tap);
}

bool conv_integral_has_ends(const conv_axis *axis, conv_mode mode) {
    return mode != CONV_CIRCULAR && !axis->plain;
}

bool conv_integral_is_overlap(const conv_axis *axis, conv_mode mode) {
    return conv_integral_has_ends(axis, mode) && mode != CONV_VALID &&
           axis->extension == CONV_EXTEND_ZERO;
}

static void weigh_signal(conv_axis *axis, int q) {
    axis->ends = q;
    axis->end_weight = conv_gregory_omegas(q);
}

static void weigh_kernel(conv_axis *axis, int q) {
    axis->tap_ends = q;
    axis->tap_end_weight = conv_gregory_omegas(q);
}

static void weigh_axis(conv_axis *axis, conv_mode mode, int q, conv_to_correct *to_correct) {
    size_t shorter = mode == CONV_VALID ? conv_min(axis->n, axis->m) : axis->m;
    if (q == 0 || !conv_integral_has_ends(axis, mode))
        return;
    if (conv_integral_is_overlap(axis, mode)) {
        to_correct->ends = conv_gregory_overlap_ends(q, axis->n, axis->m);
        to_correct->nothing = to_correct->ends == 0;
        weigh_signal(axis, to_correct->ends);
        weigh_kernel(axis, to_correct->ends);
        return;
    }
    to_correct->nothing = shorter == 1;
    if (shorter < (size_t)q)
        q = (int)shorter;
    if (shorter == axis->m)
        weigh_kernel(axis, q);
    else
        weigh_signal(axis, q);
}

void conv_integral_weigh(conv_problem *problem, conv_mode mode, int q,
                         conv_to_correct to_correct[CONV_MAX_RANK]) {
    for (int d = 0; d < problem->rank; d++) {
        to_correct[d] = (conv_to_correct){false, 0};
        weigh_axis(&problem->axis[d], mode, q, &to_correct[d]);
    }
}
