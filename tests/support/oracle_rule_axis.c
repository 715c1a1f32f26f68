/* oracle_rule_axis.c - end weights, starts, and the terms of an output on one axis. */
#include "oracle_rule.h"

#include <math.h>
#include <string.h>

/* ---- weights -------------------------------------------------------------------------------- */

/* The solutions omega_j = u_j + [j >= 1] of sum_j u_j j^m = -zeta(-m), m = 0..ends-1, as numerators
 * over one denominator. test_rule_oracle.c puts them back into the equations. */
static const long weights_over[RULE_MOST_ENDS + 1][RULE_MOST_ENDS + 1] = {
    {0},
    {2, 1},
    {12, 5, 13},
    {24, 9, 28, 23},
    {720, 251, 897, 633, 739},
    {1440, 475, 1902, 1104, 1586, 1413},
    {60480, 19087, 84199, 37738, 75242, 55031, 61343},
    {120960, 36799, 176648, 54851, 177984, 89437, 130936, 119585},
    {3628800, 1070017, 5537111, 932517, 6527875, 1494755, 4641093, 3349879, 3662753},
};

const long double *rule_weights(int ends) {
    static long double weights[RULE_MOST_ENDS + 1][RULE_MOST_ENDS];
    for (int j = 0; j < ends; j++) {
        weights[ends][j] =
            (long double)weights_over[ends][j + 1] / (long double)weights_over[ends][0];
    }
    return weights[ends];
}

/* Nodes and weights of Gauss-Legendre on -1..1 by Newton's method on the Legendre polynomial. */
static void gauss_legendre(int points, long double *node, long double *weight) {
    for (int i = 0; i < points; i++) {
        long double x = cosl(3.14159265358979323846L * (i + 0.75L) / (points + 0.5L));
        long double slope = 0.0L;
        for (int round = 0; round < 60; round++) {
            long double before = 1.0L;
            long double here = x;
            for (int n = 2; n <= points; n++) {
                const long double next = ((2 * n - 1) * x * here - (n - 1) * before) / n;
                before = here;
                here = next;
            }
            slope = points * (x * here - before) / (x * x - 1.0L);
            x -= here / slope;
        }
        node[i] = x;
        weight[i] = 2.0L / ((1.0L - x * x) * slope * slope);
    }
}

static long double lagrange(int points, int j, long double x) {
    long double value = 1.0L;
    for (int i = 0; i < points; i++) {
        value *= i == j ? 1.0L : (x - i) / (j - i);
    }
    return value;
}

/* The integrand has degree 2 points - 2, for which so many Gauss-Legendre points are exact. */
void rule_block(int points, int t, long double *form, double *absolute) {
    static long double forms[RULE_MOST_POINTS + 1][RULE_MOST_POINTS]
                            [RULE_MOST_POINTS * RULE_MOST_POINTS];
    static double absolutes[RULE_MOST_POINTS + 1][RULE_MOST_POINTS]
                           [RULE_MOST_POINTS * RULE_MOST_POINTS];
    static bool known[RULE_MOST_POINTS + 1][RULE_MOST_POINTS];
    const size_t cells = (size_t)points * (size_t)points;
    long double node[RULE_MOST_POINTS];
    long double weight[RULE_MOST_POINTS];
    if (!known[points][t]) {
        gauss_legendre(points, node, weight);
        for (size_t c = 0; c < cells; c++) {
            forms[points][t][c] = 0.0L;
            absolutes[points][t][c] = 0.0;
            for (int p = 0; p < points; p++) {
                const long double x = t * (1.0L + node[p]) / 2.0L;
                const long double part = t * weight[p] / 2.0L *
                                         lagrange(points, (int)c / points, x) *
                                         lagrange(points, (int)c % points, t - x);
                forms[points][t][c] += part;
                absolutes[points][t][c] += (double)fabsl(part);
            }
        }
        known[points][t] = true;
    }
    memcpy(form, forms[points][t], cells * sizeof *form);
    memcpy(absolute, absolutes[points][t], cells * sizeof *absolute);
}

/* ---- one axis ------------------------------------------------------------------------------- */

int rule_order_of(const conv_desc *d) {
    switch (d->rule) {
    case CONV_RULE_RECTANGLE:
        return 1;
    case CONV_RULE_TRAPEZOID:
        return 2;
    case CONV_RULE_GREGORY:
        return d->rule_order;
    case CONV_RULE_SUM:
    case CONV_RULE_AUTO:
        break;
    }
    return 0;
}

static int least(int a, size_t b) {
    return b < (size_t)a ? (int)b : a;
}

bool rule_axis_make(rule_axis *axis, const conv_desc *d, int index) {
    const int wanted = rule_order_of(d) - 1;
    *axis = (rule_axis){.ends = 0};
    if (!oracle_axis_make(&axis->axis, d, index)) {
        return false;
    }
    const size_t n = axis->axis.n;
    const size_t m = axis->axis.m;
    const size_t shorter = n < m ? n : m;
    if (wanted < 1 || d->mode == CONV_CIRCULAR || d->rule_axis[index] == CONV_AXIS_SUM) {
        return true;
    }
    if (!axis->axis.overlap) {
        axis->ends = least(wanted, m);
        axis->point = m == 1;
    } else if (d->mode == CONV_VALID) {
        axis->ends = least(wanted, shorter);
        axis->point = shorter == 1;
    } else {
        axis->ends = shorter < 4 ? 1 : least(wanted, shorter - 2);
        axis->point = shorter == 1;
        axis->blocks = axis->ends > 1;
    }
    return true;
}

size_t rule_row_limit(const rule_axis *axis) {
    const size_t points = (size_t)(axis->blocks ? axis->ends + 2 : 0);
    return axis->axis.m > points * points ? axis->axis.m : points * points;
}

/* The polynomials' form at t steps from the first outputs, or from the last ones. */
static size_t block_row(const rule_axis *axis, int t, bool mirrored, rule_term *row) {
    const int points = axis->ends + 2;
    long double form[RULE_MOST_POINTS * RULE_MOST_POINTS];
    double absolute[RULE_MOST_POINTS * RULE_MOST_POINTS];
    size_t count = 0;
    if (t == 0) {
        return 0;
    }
    rule_block(points, t, form, absolute);
    for (int j = 0; j < points; j++) {
        for (int l = 0; l < points; l++) {
            rule_term *const term = &row[count++];
            const size_t cell = (size_t)(j * points + l);
            term->source = mirrored ? (ptrdiff_t)axis->axis.n - 1 - j : j;
            term->tap = mirrored ? axis->axis.m - 1 - (size_t)l : (size_t)l;
            term->weight = form[cell];
            term->magnitude = absolute[cell];
        }
    }
    return count;
}

/* What the ends low..high of the integration give the term at `here`. */
static long double additive(int ends, ptrdiff_t low, ptrdiff_t high, ptrdiff_t here) {
    const long double *const omega = rule_weights(ends);
    long double weight = 1.0L;
    weight += here - low < ends ? omega[here - low] - 1.0L : 0.0L;
    weight += high - here < ends ? omega[high - here] - 1.0L : 0.0L;
    return weight;
}

/* A term may be computed as omega_i omega_j x_i h_j + (a - omega_i omega_j) x_i h_j. No weight of
 * orders up to 9 is above 1.6, and where operands are shorter than 2 ends each may carry two. */
static double magnitude_of(const rule_axis *axis, long double weight) {
    const size_t shorter = axis->axis.n < axis->axis.m ? axis->axis.n : axis->axis.m;
    const double both = shorter < 2 * (size_t)axis->ends ? 6.6 : 2.6;
    return (double)fabsl(weight) + (axis->ends > 1 && weight != 1.0L ? 2.0 * both : 0.0);
}

static size_t sum_row(const rule_axis *axis, ptrdiff_t at, size_t i, rule_term *row) {
    const ptrdiff_t n = (ptrdiff_t)axis->axis.n;
    const ptrdiff_t m = (ptrdiff_t)axis->axis.m;
    size_t count = 0;
    for (ptrdiff_t k = 0; k < m; k++) {
        rule_term term = {oracle_axis_term(&axis->axis, i, (size_t)k).source, (size_t)k, 1.0L, 1.0};
        if (term.source == ORACLE_ABSENT) {
            continue;
        }
        if (axis->ends > 0 && axis->axis.overlap) {
            const ptrdiff_t low = at - m + 1 > 0 ? at - m + 1 : 0;
            const ptrdiff_t high = at < n - 1 ? at : n - 1;
            if (low == high) {
                continue;
            }
            term.weight = additive(axis->ends, low, high, at - k);
        } else if (axis->ends > 0) {
            term.weight = additive(axis->ends, 0, m - 1, k);
        }
        term.magnitude = magnitude_of(axis, term.weight);
        row[count++] = term;
    }
    return count;
}

size_t rule_row(const rule_axis *axis, size_t i, rule_term *row) {
    const ptrdiff_t at = axis->axis.start + (ptrdiff_t)(i * axis->axis.step);
    const ptrdiff_t last = (ptrdiff_t)(axis->axis.n + axis->axis.m) - 2;
    if (axis->point) {
        return 0;
    }
    if (axis->blocks && at >= 0 && at <= axis->ends + 1) {
        return block_row(axis, (int)at, false, row);
    }
    if (axis->blocks && at <= last && last - at <= axis->ends + 1) {
        return block_row(axis, (int)(last - at), true, row);
    }
    return sum_row(axis, at, i, row);
}
