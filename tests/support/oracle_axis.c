/* oracle_axis.c - lattice, extension and quadrature weights of one axis, as the definition says. */
#include "oracle_axis.h"

enum { EXTENT_LIMIT = 1 << 28 };

ptrdiff_t oracle_same_start(conv_preset preset, conv_operation operation, size_t m) {
    const ptrdiff_t lower = (ptrdiff_t)((m - 1) / 2);
    const ptrdiff_t upper = (ptrdiff_t)(m / 2);
    const bool correlate = operation == CONV_CORRELATE;
    switch (preset) {
    case CONV_PRESET_SCIPY:
    case CONV_PRESET_NUMPY:
        return lower;
    case CONV_PRESET_SCIPY_CORRELATE2D:
        return correlate ? upper : lower;
    case CONV_PRESET_NDIMAGE:
    case CONV_PRESET_OPENCV:
        return correlate ? lower : upper;
    case CONV_PRESET_MATLAB:
    case CONV_PRESET_TORCH:
        break;
    }
    return upper;
}

ptrdiff_t oracle_extend(conv_boundary boundary, size_t extent, ptrdiff_t j) {
    const ptrdiff_t n = (ptrdiff_t)extent;
    if (j >= 0 && j < n) {
        return j;
    }
    switch (boundary) {
    case CONV_ZERO:
        return ORACLE_ABSENT;
    case CONV_CONSTANT:
        return ORACLE_CONSTANT;
    case CONV_NEAREST:
        return j < 0 ? 0 : n - 1;
    case CONV_WRAP:
        return ((j % n) + n) % n;
    case CONV_REFLECT: {
        const ptrdiff_t k = j >= 0 ? j % (2 * n) : (-j - 1) % (2 * n);
        return k < n ? k : 2 * n - 1 - k;
    }
    case CONV_MIRROR:
        break;
    }
    if (n == 1) {
        return 0;
    }
    const ptrdiff_t p = 2 * (n - 1);
    const ptrdiff_t k = (j < 0 ? -j : j) % p;
    return k < n ? k : p - k;
}

bool oracle_axis_make(oracle_axis *axis, const conv_desc *d, int index) {
    const size_t n = d->signal_shape[index];
    const size_t m = d->kernel_shape[index];
    *axis = (oracle_axis){n, m, 0, 1, n, 0, d->boundary[index], false, true};
    if (n == 0 || m == 0 || n > EXTENT_LIMIT || m > EXTENT_LIMIT) {
        return false;
    }
    axis->trapezoid = d->rule == CONV_RULE_TRAPEZOID && d->rule_axis[index] == CONV_AXIS_RULE;
    if (d->mode == CONV_VALID) {
        axis->boundary = CONV_ZERO; /* edge rules change nothing, also where the kernel is longer */
    }
    axis->overlap = axis->boundary == CONV_ZERO;
    switch (d->mode) {
    case CONV_FULL:
        axis->count = n + m - 1;
        break;
    case CONV_SAME:
        axis->start = oracle_same_start(d->preset, d->operation, m) + d->origin[index];
        break;
    case CONV_CAUSAL:
        break;
    case CONV_VALID:
        axis->start = (ptrdiff_t)(n < m ? n : m) - 1;
        axis->count = n < m ? m - n + 1 : n - m + 1;
        break;
    case CONV_CIRCULAR:
        axis->period = d->period[index] != 0 ? d->period[index] : n;
        axis->n = n < axis->period ? n : axis->period;
        axis->count = axis->period;
        axis->trapezoid = false; /* the rectangle rule: all weights 1 */
        break;
    case CONV_WINDOW:
        axis->start = d->window_start[index];
        axis->count = d->window_count[index];
        axis->step = d->window_step[index];
        break;
    }
    return axis->count > 0 && axis->count < EXTENT_LIMIT;
}

/* The trapezoidal weight of sample j under tap k at index `at` of the full result. */
static double trapezoid_weight(const oracle_axis *axis, ptrdiff_t at, ptrdiff_t j, ptrdiff_t k) {
    const ptrdiff_t n = (ptrdiff_t)axis->n;
    const ptrdiff_t m = (ptrdiff_t)axis->m;
    ptrdiff_t low = 0; /* of the taps, where only the kernel has ends */
    ptrdiff_t high = m - 1;
    ptrdiff_t here = k;
    if (axis->overlap) { /* of the samples that lie under the kernel */
        low = at - m + 1 > 0 ? at - m + 1 : 0;
        high = at < n - 1 ? at : n - 1;
        here = j;
    }
    if (low == high) {
        return 0.0;
    }
    return here == low || here == high ? 0.5 : 1.0;
}

oracle_term oracle_axis_term(const oracle_axis *axis, size_t i, size_t k) {
    const ptrdiff_t at = axis->start + (ptrdiff_t)(i * axis->step);
    const ptrdiff_t j = at - (ptrdiff_t)k;
    oracle_term term = {j, 1.0};
    if (axis->period != 0) {
        term.source = oracle_extend(CONV_WRAP, axis->period, j);
        term.source = term.source < (ptrdiff_t)axis->n ? term.source : ORACLE_ABSENT;
        return term;
    }
    term.source = oracle_extend(axis->boundary, axis->n, j);
    if (axis->trapezoid && term.source != ORACLE_ABSENT) {
        term.weight = trapezoid_weight(axis, at, j, (ptrdiff_t)k);
    }
    return term;
}
