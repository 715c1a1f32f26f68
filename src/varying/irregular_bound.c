/* What weights of samples on any grid may be off in sum: by the cut, and by roundings.
 *
 * A weight takes some 40 roundings of numbers of at most 1: arguments of the kernel's integrals,
 * and two differences of them that are divided by 1/2 at least. A reflected point is off by a
 * rounding of the largest number on the way to it, and its kernel by as many of its widths; the
 * kernel's variation over all grid points is at most 1 per width.
 *
 * GATHER: the lines between samples that a kernel meets count in full, so what is left out is at
 * most its tail beyond the cut, on a side where the grid, or what it is extended by, goes on. Rows
 * that are divided by their sum lose as much again by that.
 *
 * SCATTER: outputs that a sample's kernel does not reach, v > cut widths from the hat, of mass h,
 * would have had h / s density(v) of it, and no more than the integral beyond v. These are steps
 * that fall with v, at which the density is known; so all samples are added up in the time that
 * their steps take. */
#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "varying/hat_integrals.h"
#include "varying/irregular.h"

static const double of_weight = 40 * DBL_EPSILON;

/* ---- roundings ---- */

/* How many images of a point a kernel meets at most. */
static double images(const conv_irregular_rule *rule, double width) {
    if (rule->edge != CONV_VARYING_REFLECT || width == 0)
        return 1;
    return 4 * ceil((rule->cut * width / rule->span + 1) / 2) + 2;
}

/* Of a place, in widths. */
static double misplaced(const conv_irregular_rule *rule, double width) {
    double largest = fabs(rule->x[0]) + fabs(rule->x[rule->n - 1]), places = 0;
    if (width == 0)
        return 0;
    if (rule->edge == CONV_VARYING_REFLECT)
        places += 2 * DBL_EPSILON * (largest + 2 * rule->span + rule->cut * width);
    if (rule->even)
        places += 2 * CONV_IRREGULAR_UNEVEN * largest;
    return places / width;
}

/* ---- gather ---- */

double conv_irregular_gather_off(const conv_irregular_rule *rule, size_t k, size_t count,
                                 double total) {
    double width = conv_irregular_width(rule, k), reach = conv_irregular_reach(rule, k);
    double t = rule->t[k], tail = conv_hat_cumulative(rule->profile, -rule->cut), sides = 0;
    bool reflects = rule->edge == CONV_VARYING_REFLECT;
    if (width > 0 && rule->profile != CONV_VARYING_BOX)
        sides =
            (reflects || t - reach > rule->x[0]) + (reflects || t + reach < rule->x[rule->n - 1]);
    double roundings = of_weight * images(rule, width) * (double)count + misplaced(rule, width);
    if (rule->edge == CONV_VARYING_LOSE)
        return sides * tail + roundings;
    if (total > 0)
        return fmin(2 * (sides * tail + roundings) / total, 2);
    return sides > 0; /* an average of samples is missing */
}

/* ---- scatter ---- */

enum { STEPS = 24 }; /* each takes a part exp(-1) of a Gaussian's density, or half a Lorentzian's */

void conv_irregular_add_range(double *steps, size_t begin, size_t end, double value) {
    steps[begin] += value;
    steps[end] -= value;
}

static void add_between(const conv_irregular_rule *rule, double *steps, double a, double b,
                        double value) {
    if (!(a <= b))
        return;
    size_t begin = conv_irregular_first_from(rule->t, rule->count, a),
           end = conv_irregular_first_from(rule->t, rule->count, b);
    while (end < rule->count && rule->t[end] <= b)
        end++;
    conv_irregular_add_range(steps, begin, end, value);
}

/* What lies outside the grid is folded back. */
static void add_folded(const conv_irregular_rule *rule, double *steps, double a, double b,
                       double value) {
    double first = rule->x[0], last = rule->x[rule->n - 1], span = rule->span;
    if (b - a > 4 * span) {
        conv_irregular_add_range(steps, 0, rule->count, value * ceil((b - a) / span + 1));
        return;
    }
    double shift = floor((a - first) / (2 * span)) * 2 * span;
    a -= shift;
    b -= shift;
    for (int fold = 0; fold < 6 && b >= first; fold++) {
        if (a <= last)
            add_between(rule, steps, fmax(a, first), fmin(b, last), value);
        /* Mirrored at the last point, what was behind it lies before, the nearest first. */
        double from = 2 * last - b, to = 2 * last - fmax(a, last);
        if (b > last && to >= first)
            add_between(rule, steps, fmax(from, first), to, value);
        a -= 2 * span;
        b -= 2 * span;
    }
}

static double density(conv_varying_shape profile, double v) {
    static const double pi = 3.14159265358979323846;
    return profile == CONV_VARYING_GAUSS ? exp(-v * v / 2) / sqrt(2 * pi) : 1 / (pi * (1 + v * v));
}

/* The outputs beyond the hat's ends by less than `next`, from begin down and from end up. */
static void add_sides(const conv_irregular_rule *rule, double *steps, const double hat[2],
                      double next, size_t *begin, size_t *end, double value) {
    size_t low = *begin, high = *end;
    while (low > 0 && rule->t[low - 1] >= hat[0] - next)
        low--;
    while (high < rule->count && rule->t[high] <= hat[1] + next)
        high++;
    conv_irregular_add_range(steps, low, *begin, value);
    conv_irregular_add_range(steps, *end, high, value);
    *begin = low;
    *end = high;
}

void conv_irregular_scatter_off(const conv_irregular_rule *rule, size_t j, size_t begin, size_t end,
                                double share, double *steps) {
    const double hat[2] = {rule->x[j > 0 ? j - 1 : 0], rule->x[conv_min(j + 1, rule->n - 1)]};
    double width = conv_irregular_width(rule, j), mass = (hat[1] - hat[0]) / 2, v = rule->cut;
    bool gauss = rule->profile == CONV_VARYING_GAUSS, reflects = rule->edge == CONV_VARYING_REFLECT;
    if (width == 0 || rule->profile == CONV_VARYING_BOX)
        return;
    double last = 0.999 * v; /* where outputs end is rounded, too */
    for (int step = 0; step < STEPS; step++) {
        double next = gauss ? rule->cut + (step + 1) / rule->cut : v * sqrt(2);
        double beyond = conv_hat_cumulative(rule->profile, -v);
        double value = fmin(mass / width * density(rule->profile, v), beyond) / share;
        if (step == STEPS - 1 && reflects) { /* all images beyond: two a side for each 2 span */
            conv_irregular_add_range(steps, 0, rule->count,
                                     4 * value + 2 * mass / rule->span * beyond / share);
        } else if (step == STEPS - 1) {
            conv_irregular_add_range(steps, 0, begin, value);
            conv_irregular_add_range(steps, end, rule->count, value);
        } else if (reflects) {
            add_folded(rule, steps, hat[1] + last * width, hat[1] + next * width, value);
            add_folded(rule, steps, hat[0] - next * width, hat[0] - last * width, value);
        } else {
            add_sides(rule, steps, hat, next * width, &begin, &end, value);
        }
        last = v = next;
    }
}

/* All hats add up to 1, so outputs miss no more than a kernel has beyond its cut, and a hat at the
 * cut, which may be in or out. */
double conv_irregular_even_off(const conv_irregular_rule *rule, double least) {
    double width = conv_irregular_width(rule, 0), mass = rule->span / (double)(rule->n - 1);
    if (rule->profile == CONV_VARYING_BOX)
        return 0;
    return 2 *
           (conv_hat_cumulative(rule->profile, -rule->cut) +
            mass / width * density(rule->profile, rule->cut)) /
           least;
}

double conv_irregular_scatter_rounding(const conv_irregular_rule *rule, size_t j, double weight,
                                       double share) {
    double width = conv_irregular_width(rule, j);
    double each = of_weight * images(rule, width) + misplaced(rule, width);
    return 2 * (each + of_weight * weight / share) / share;
}
