/* Kernels as taps. Gauss: exp(-d^2 / 2s^2); over cells by erfc. Lorentz: 1 / (1 + (d/s)^2); over
 * cells atan((d+1/2)/s) - atan((d-1/2)/s). Box: 1 up to s; the part of a cell that it covers. */
#include "varying/taps.h"

#include <math.h>
#include <stdbool.h>

static const double pi = 3.14159265358979323846;
static const double root_half = 0.70710678118654752440;

enum { DIRECT_TERMS = 4096 };

/* From here on AUTO takes a sampled Gaussian: its aliases are 2 exp(-2 pi^2) = 5e-9. */
static const double sampled_from = 1.0;

/* Tails of band-limited kernels are not followed further. */
static const double longest_tail = 65536;

/* Three quarters of a width beyond where a Gaussian is below the tolerance: what dividing by the
 * sum does to the peak of a line is then less than what a sum with the nearer cut, not divided,
 * loses. */
double conv_tap_cut(double tolerance) {
    return sqrt(-2 * log(tolerance)) + 0.75;
}

void conv_tap_rule_init(conv_tap_rule *rule, conv_varying_shape profile, conv_varying_kind kind,
                        double tolerance) {
    rule->profile = profile;
    rule->kind = kind;
    rule->tolerance = tolerance;
    rule->cut = conv_tap_cut(tolerance);
    conv_voigt_init(&rule->voigt);
}

conv_varying_kind conv_tap_kind(const conv_tap_rule *rule, double width) {
    if (rule->kind != CONV_VARYING_AUTO)
        return rule->kind;
    if (rule->profile == CONV_VARYING_BOX)
        return CONV_VARYING_CELL;
    bool narrow = rule->profile == CONV_VARYING_GAUSS && width > 0 && width < sampled_from;
    return narrow ? CONV_VARYING_BANDLIMITED : CONV_VARYING_SAMPLED;
}

/* ---- band-limited ---- */

/* The tail of a band-limited kernel is this over d^2, alternating: the jump of the transfer
 * function's slope at pi. */
static double tail_factor(double width) {
    return width * width * exp(-pi * pi * width * width / 2);
}

static double bandlimited_reach(const conv_tap_rule *rule, double width) {
    double peak = erf(pi * width * root_half) / (width * sqrt(2 * pi));
    double tail = ceil(sqrt(tail_factor(width) / (rule->tolerance * peak)));
    return fmax(floor(rule->cut * width), fmin(tail, longest_tail));
}

/* What the ideal low-pass takes from the sampled Gaussian, without the sign (-1)^d:
 * (1/pi) int_pi^inf exp(-w^2 s^2/2) cos(w d) dw = (-1)^d exp(-pi^2 s^2 / 2) / (s sqrt(2 pi)) times
 * Re w(d / (s sqrt 2) + i pi s / sqrt 2). */
static double beyond_band(const conv_tap_rule *rule, double width, double d) {
    double weight = exp(-pi * pi * width * width / 2) / (width * sqrt(2 * pi));
    if (weight == 0)
        return 0;
    return weight * conv_voigt_value(&rule->voigt, d / width * root_half, pi * width * root_half);
}

static double bandlimited(const conv_tap_rule *rule, double width, double d) {
    if (d == 0)
        return erf(pi * width * root_half) / (width * sqrt(2 * pi));
    double gauss = exp(-d / width * (d / width) / 2) / (width * sqrt(2 * pi));
    double beyond = beyond_band(rule, width, d);
    return fmod(d, 2) == 0 ? gauss - beyond : gauss + beyond;
}

/* sum over d >= first of (-1)^d f(d) = (-1)^first (f/2 - f'/4), f = factor / d^2, d large. */
static double alternating_tail(double width, double first) {
    double factor = tail_factor(width) / (first * first);
    double sum = factor / 2 + factor / (2 * first);
    return fmod(first, 2) == 0 ? sum : -sum;
}

/* ---- taps ---- */

double conv_tap_reach(const conv_tap_rule *rule, double width) {
    bool cells = conv_tap_kind(rule, width) == CONV_VARYING_CELL;
    if (width == 0)
        return 0;
    if (rule->profile == CONV_VARYING_BOX)
        return cells ? ceil(width + 0.5) - 1 : floor(width);
    if (rule->profile == CONV_VARYING_LORENTZ)
        return floor(width / sqrt(rule->tolerance) + (cells ? 0.5 : 0));
    if (conv_tap_kind(rule, width) == CONV_VARYING_BANDLIMITED)
        return bandlimited_reach(rule, width);
    return floor(rule->cut * width + (cells ? 0.5 : 0));
}

/* A cell's integral is the derivatives' series, int f = f + f''/24 + f''''/1920 + f^(6)/322560: for
 * wide kernels, where the difference of two nearly equal functions loses digits; the next term is
 * 1e-18 of the peak at wide_cell. */
static const double wide_cell = 32;

static double gauss_cell_series(double width, double d) {
    double x = d / width, y = x * x, part = 1 / (width * width);
    double fourth = (y - 6) * y + 3, sixth = ((y - 15) * y + 45) * y - 15;
    double series = part * ((y - 1) / 24 + part * (fourth / 1920 + part * sixth / 322560));
    return exp(-y / 2) / (width * sqrt(2 * pi)) * (1 + series);
}

static double gauss_cell(double width, double d) {
    double a = root_half / width;
    if (width >= wide_cell)
        return gauss_cell_series(width, d);
    if (d == 0)
        return erf(0.5 * a);
    return (erfc((d - 0.5) * a) - erfc((d + 0.5) * a)) / 2;
}

static double tap(const conv_tap_rule *rule, conv_varying_kind kind, double width, double d) {
    if (width == 0)
        return d == 0;
    if (rule->profile == CONV_VARYING_BOX)
        return kind == CONV_VARYING_CELL ? fmax(0, fmin(d + 0.5, width) - fmax(d - 0.5, -width))
                                         : d <= width;
    if (rule->profile == CONV_VARYING_LORENTZ)
        return kind == CONV_VARYING_CELL ? atan2(1, width + (d * d - 0.25) / width)
                                         : 1 / (1 + d / width * (d / width));
    if (kind == CONV_VARYING_CELL)
        return gauss_cell(width, d);
    if (kind == CONV_VARYING_BANDLIMITED)
        return bandlimited(rule, width, d);
    return exp(-d / width * (d / width) / 2);
}

void conv_tap_fill(const conv_tap_rule *rule, double width, size_t count, double *taps) {
    conv_varying_kind kind = conv_tap_kind(rule, width);
    for (size_t d = 0; d < count; d++)
        taps[d] = tap(rule, kind, width, (double)d);
}

/* ---- sums ---- */

/* sum f(d), d = first..last, by the midpoint rule's Euler-Maclaurin series: int f over
 * first-1/2..last+1/2, minus (f'(b) - f'(a)) / 24, plus 7 (f'''(b) - f'''(a)) / 5760. The terms
 * before DIRECT_TERMS are summed one by one, so that d or s is large here. */
static double gauss_series(double width, double first, double last) {
    double a = first - 0.5, b = last + 0.5, scale = root_half / width, sum;
    sum = width * sqrt(pi / 2) * (erfc(a * scale) - erfc(b * scale));
    const double at[] = {b, a}, sign[] = {1, -1};
    for (int i = 0; i < 2; i++) {
        double x = at[i] / width, g = exp(-x * x / 2);
        sum += sign[i] * g * (x / width / 24 + 7 * (3 * x - x * x * x) / pow(width, 3) / 5760);
    }
    return sum;
}

static double lorentz_series(double width, double first, double last) {
    double a = first - 0.5, b = last + 0.5;
    double sum = width * atan2((b - a) / width, 1 + a / width * (b / width));
    const double at[] = {b, a}, sign[] = {1, -1};
    for (int i = 0; i < 2; i++) {
        double x = at[i] / width, g = 1 / (1 + x * x);
        sum += sign[i] * (2 * x * g * g / width) / 24;
    }
    return sum;
}

static double series(const conv_tap_rule *rule, conv_varying_kind kind, double width, double first,
                     double last) {
    if (rule->profile == CONV_VARYING_LORENTZ)
        return lorentz_series(width, first, last);
    if (rule->profile == CONV_VARYING_BOX)
        return last - first + 1;
    double sum = gauss_series(width, first, last);
    if (kind == CONV_VARYING_SAMPLED)
        return sum;
    return sum / (width * sqrt(2 * pi)) -
           (alternating_tail(width, first) - alternating_tail(width, last + 1));
}

/* Cells add up to one large cell. */
static double cell_sum(const conv_tap_rule *rule, double width, double first, double last) {
    double a = first - 0.5, b = last + 0.5;
    if (rule->profile == CONV_VARYING_BOX)
        return fmax(0, fmin(b, width) - fmax(a, -width));
    if (rule->profile == CONV_VARYING_LORENTZ)
        return atan2((b - a) / width, 1 + a / width * (b / width));
    return (erfc(a * root_half / width) - erfc(b * root_half / width)) / 2;
}

double conv_tap_sum(const conv_tap_rule *rule, double width, double first, double last) {
    conv_varying_kind kind = conv_tap_kind(rule, width);
    if (last < first)
        return 0;
    if (width == 0)
        return first == 0;
    if (kind == CONV_VARYING_CELL)
        return cell_sum(rule, width, first, last);
    long double sum = 0;
    double end = fmin(last + 1, first + DIRECT_TERMS);
    for (double d = first; d < end; d++)
        sum += (long double)tap(rule, kind, width, d);
    if (end <= last)
        sum += (long double)series(rule, kind, width, end, last);
    return (double)sum;
}

/* What lies outside, as a part of all, is counted twice: there, and where the rest is made larger
 * for it. */
double conv_tap_dropped(const conv_tap_rule *rule, double width) {
    conv_varying_kind kind = conv_tap_kind(rule, width);
    double reach = conv_tap_reach(rule, width);
    if (width == 0 || rule->profile == CONV_VARYING_BOX)
        return 0;
    if (rule->profile == CONV_VARYING_LORENTZ)
        return 4 / pi * atan2(width, reach + 0.5);
    if (kind == CONV_VARYING_CELL || width >= 16)
        return 2 * erfc((reach + 0.5) * root_half / width);
    if (kind == CONV_VARYING_BANDLIMITED)
        return 2 * erfc((reach + 0.5) * root_half / width) +
               2 * tail_factor(width) * (1 / reach + 1 / (reach * reach));
    double outside = conv_tap_sum(rule, width, reach + 1, reach + 64);
    double all = outside + conv_tap_sum(rule, width, 0, reach);
    return 4 * outside / (2 * all - 1);
}
