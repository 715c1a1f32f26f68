#include "varying/bank_set.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* Narrow classes need few terms, wide ones fit data whose widths jump. */
static const double ratios[CONV_BANK_CLASSES] = {1.1, 1.3, 1.7, 3, 8};
static const size_t nodes_of[CONV_BANK_CLASSES] = {14, 18, 24, 36, 56};

double conv_bank_ratio(int class) {
    return ratios[class];
}

size_t conv_bank_nodes(int class) {
    return nodes_of[class];
}

static double step_of(int class) {
    return log(ratios[class]) / 2;
}

double conv_bank_low(int class, int index) {
    return exp(index * step_of(class));
}

int conv_bank_index(int class, double width) {
    return (int)floor(log(width) / step_of(class));
}

double conv_bank_place(const conv_bank_set *set, double width) {
    double step = step_of(set->class);
    return fmax(-1, fmin(1, log(width) / step - set->index - 1));
}

/* The kernel's half up to reach, with sum 1 over -whole..whole. */
static void fill_node(const conv_tap_rule *rule, double width, size_t reach, double whole,
                      double *taps) {
    long double sum = 0;
    conv_tap_fill(rule, width, reach + 1, taps);
    for (size_t d = 1; d <= reach; d++)
        sum += (long double)taps[d];
    sum += (long double)conv_tap_sum(rule, width, (double)reach + 1, whole);
    sum = 2 * sum + (long double)taps[0];
    for (size_t d = 0; d <= reach; d++)
        taps[d] = (double)((long double)taps[d] / sum);
}

static double norm(const double *taps, size_t reach) {
    double sum = 0;
    for (size_t d = 1; d <= reach; d++)
        sum += fabs(taps[d]);
    return fabs(taps[0]) + 2 * sum;
}

/* c_p = 2/M sum_q K(node q) cos(p angle q), half of it for p = 0. */
static void transform(size_t count, size_t reach, const double *nodes, double *coefficients) {
    for (size_t p = 0; p < count; p++) {
        double *c = coefficients + p * (reach + 1);
        for (size_t d = 0; d <= reach; d++)
            c[d] = 0;
        for (size_t q = 0; q < count; q++) {
            double angle = pi * ((double)q + 0.5) / (double)count;
            double weight = (p ? 2 : 1) * cos((double)p * angle) / (double)count;
            const double *node = nodes + q * (reach + 1);
            for (size_t d = 0; d <= reach; d++)
                c[d] += weight * node[d];
        }
    }
}

/* What c_p's own sum should be, it is made: roundings of terms would add up in totals. */
static void mend_sum(double *c, size_t reach, double target) {
    long double sum = 0;
    for (size_t d = 1; d <= reach; d++)
        sum += (long double)c[d];
    sum = 2 * sum + (long double)c[0];
    c[0] += (double)((long double)target - sum);
}

void conv_bank_coefficients(conv_bank_set *set, const conv_tap_rule *rule, size_t reach,
                            double whole, double tolerance, double *nodes, double *coefficients) {
    size_t count = nodes_of[set->class];
    double step = step_of(set->class), tail = 0;
    conv_tap_rule fixed = *rule;
    fixed.kind = set->kind;
    for (size_t q = 0; q < count; q++) {
        double t = cos(pi * ((double)q + 0.5) / (double)count);
        fill_node(&fixed, exp((set->index + 1 + t) * step), reach, whole, nodes + q * (reach + 1));
    }
    transform(count, reach, nodes, coefficients);
    for (size_t p = 0; p < count && (double)reach >= whole; p++)
        mend_sum(coefficients + p * (reach + 1), reach, p ? 0 : 1);
    /* The last few terms tell whether the series has ended; those beyond are as large at most. */
    double end = 0;
    for (size_t p = count - 3; p < count; p++)
        end += norm(coefficients + p * (reach + 1), reach);
    tail = end;
    set->terms = end <= tolerance ? count : 0;
    set->error = tail;
    for (size_t p = count; p-- > 1 && set->terms == p + 1;) {
        tail += norm(coefficients + p * (reach + 1), reach);
        if (tail > tolerance)
            break;
        set->terms = p;
        set->error = tail;
    }
}
