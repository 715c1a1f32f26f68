/* All images of a Lorentzian with width s and period h = 2n: the sum over i of
 *     s / (s^2 + (x + h i)^2) = (pi / h) sinh b / (cosh b - cos(2 pi x / h)), b = 2 pi s / h,
 * as the partial fractions of the cotangent have it. Over a cell that is the difference of
 * arg sin(pi (x + i s) / h) at its ends. The images beyond the reach are taken off by the midpoint
 * rule's Euler-Maclaurin series. */
#include "varying/folded.h"

#include <math.h>
#include <stdbool.h>

static const double pi = 3.14159265358979323846;

/* Images on a side from which on two terms of the series do: the third is 7/240 (h/a)^3 of an image
 * at a, which is below the tolerance of the peak. */
static const double images = 1000;

double conv_folded_from(const conv_tap_rule *rule, size_t n) {
    return rule->profile == CONV_VARYING_LORENTZ ? images * 2 * (double)n : (double)INFINITY;
}

/* Times s. */
static double all_sampled(double width, double period, double d) {
    double b = 2 * pi * width / period, low = sinh(b / 2), wave = sin(pi * d / period);
    return width * pi / period * sinh(b) / (2 * (low * low + wave * wave));
}

/* cosh b cos a - cos c without cancellation: a is half a cell, c twice the place, as angles. */
static double all_cell(double width, double period, double d) {
    double b = 2 * pi * width / period, a = pi / period, c = 2 * pi * d / period;
    double low = sinh(b / 2);
    double real = 2 * low * low * cos(a) + 2 * sin((c + a) / 2) * sin((c - a) / 2);
    return atan2(sin(a) * sinh(b), real);
}

/* Images at distances d + h i above the reach, those of a cell without its factor s. */
static double beyond(double width, double period, double d, double reach, bool cells) {
    double a = d + period * (floor((reach - d) / period) + 0.5);
    double x = a / width, g = 1 / (1 + x * x), step = period - (cells ? 1 / period : 0);
    double sum = atan2(1, x) / period - 2 * x * g * g / (width * width) * step / 24;
    return cells ? sum : width * sum;
}

void conv_folded_fill(const conv_tap_rule *rule, double width, size_t n, double *taps) {
    bool cells = conv_tap_kind(rule, width) == CONV_VARYING_CELL;
    double period = 2 * (double)n, reach = conv_tap_reach(rule, width);
    for (size_t i = 0; i <= n; i++) {
        double d = (double)i;
        double all = cells ? all_cell(width, period, d) : all_sampled(width, period, d);
        taps[i] =
            all - beyond(width, period, d, reach, cells) - beyond(width, period, -d, reach, cells);
    }
}
