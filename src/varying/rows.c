#include "varying/rows.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "varying/folded.h"

/* The n-th sample's images make the reflected kernel periodic with period 2n: beyond this width its
 * first Fourier coefficient, exp(-2 pi^2 s^2 / (2n)^2) for Gauss and exp(-pi s / n) for Lorentz, is
 * below 1e-16. */
double conv_row_width(const conv_row_rule *rule, double width) {
    double flat = rule->taps.profile == CONV_VARYING_GAUSS     ? 4.0 * (double)rule->n
                  : rule->taps.profile == CONV_VARYING_LORENTZ ? 12.0 * (double)rule->n
                                                               : (double)INFINITY;
    return rule->edge == CONV_VARYING_REFLECT ? fmin(width, fmax(flat, 1)) : width;
}

/* The reach, not further than can matter. */
static size_t clipped(const conv_row_rule *rule, double reach) {
    double most =
        rule->edge == CONV_VARYING_REFLECT ? CONV_LONGEST_REFLECTED : (double)(rule->n - 1);
    return (size_t)fmin(reach, most);
}

static size_t reach_of(const conv_row_rule *rule, double width) {
    return clipped(rule, conv_tap_reach(&rule->taps, conv_row_width(rule, width)));
}

void conv_row_extent(const conv_row_rule *rule, double width, size_t k, size_t *first,
                     size_t *last) {
    size_t n = rule->n, reach = reach_of(rule, width);
    *first = k > reach ? k - reach : 0;
    *last = conv_min(n - 1, k + reach);
    if (rule->edge != CONV_VARYING_REFLECT)
        return;
    size_t before = reach > k ? reach - k : 0, behind = reach > n - 1 - k ? reach - (n - 1 - k) : 0;
    if (before)
        *last = conv_max(*last, conv_min(n - 1, before - 1));
    if (behind)
        *first = conv_min(*first, n - conv_min(n, behind));
}

static bool is_folded(const conv_row_rule *rule, double reach) {
    return rule->edge == CONV_VARYING_REFLECT && reach >= conv_folded_from(&rule->taps, rule->n);
}

double conv_row_taps(const conv_row_rule *rule, double width) {
    double reach = conv_tap_reach(&rule->taps, conv_row_width(rule, width));
    if (is_folded(rule, reach))
        return (double)rule->n;
    return rule->edge == CONV_VARYING_REFLECT ? reach : fmin(reach, (double)(rule->n - 1));
}

size_t conv_row_scratch(const conv_row_rule *rule, double reach) {
    if (is_folded(rule, reach))
        reach = conv_folded_from(&rule->taps, rule->n);
    return clipped(rule, reach) + 1;
}

void conv_row_outside(const conv_row_rule *rule, double width, size_t k, double outside[2]) {
    double reach = conv_tap_reach(&rule->taps, width);
    outside[0] = conv_tap_sum(&rule->taps, width, (double)k + 1, reach);
    outside[1] = conv_tap_sum(&rule->taps, width, (double)(rule->n - k), reach);
}

static size_t reflected(ptrdiff_t j, size_t n) {
    return (size_t)conv_row_inside(CONV_VARYING_REFLECT, j, n);
}

static void add_reflected(const conv_row_rule *rule, size_t k, size_t first, size_t reach,
                          const double *taps, double *weights) {
    for (ptrdiff_t d = (ptrdiff_t)k + 1; d <= (ptrdiff_t)reach; d++)
        weights[reflected((ptrdiff_t)k - d, rule->n) - first] += taps[d];
    for (ptrdiff_t d = (ptrdiff_t)(rule->n - k); d <= (ptrdiff_t)reach; d++)
        weights[reflected((ptrdiff_t)k + d, rule->n) - first] += taps[d];
}

static void fill_folded(const conv_row_rule *rule, double width, size_t k, double *weights,
                        double *scratch) {
    size_t n = rule->n;
    conv_folded_fill(&rule->taps, width, n, scratch);
    for (size_t j = 0; j < n; j++) {
        size_t image = j + k + 1;
        weights[j] = scratch[j > k ? j - k : k - j] + scratch[conv_min(image, 2 * n - image)];
    }
}

void conv_row_fill(const conv_row_rule *rule, double given, size_t k, double *weights,
                   double *scratch) {
    size_t first, last, reach = reach_of(rule, given), n = rule->n;
    double width = conv_row_width(rule, given), outside[2] = {0, 0};
    long double total = 0;
    conv_row_extent(rule, given, k, &first, &last);
    bool folded = is_folded(rule, (double)reach);
    memset(weights, 0, (last - first + 1) * sizeof *weights);
    if (folded)
        fill_folded(rule, width, k, weights, scratch);
    else
        conv_tap_fill(&rule->taps, width, reach + 1, scratch);
    size_t low = k > reach ? k - reach : 0, high = conv_min(n - 1, k + reach);
    for (size_t j = low; j <= high && !folded; j++)
        weights[j - first] = scratch[j > k ? j - k : k - j];
    if (rule->edge == CONV_VARYING_REFLECT && !folded)
        add_reflected(rule, k, first, reach, scratch, weights);
    else if (rule->edge != CONV_VARYING_RENORMALISE)
        conv_row_outside(rule, width, k, outside);
    if (rule->edge == CONV_VARYING_CLAMP && outside[0] != 0)
        weights[0] += outside[0];
    if (rule->edge == CONV_VARYING_CLAMP && outside[1] != 0)
        weights[last - first] += outside[1];
    for (size_t j = first; j <= last; j++)
        total += (long double)weights[j - first];
    if (rule->edge == CONV_VARYING_LOSE)
        total += (long double)outside[0] + (long double)outside[1];
    for (size_t j = first; j <= last; j++)
        weights[j - first] = (double)((long double)weights[j - first] / total);
}
