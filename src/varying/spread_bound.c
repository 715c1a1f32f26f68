/* What an image under kernels of its own may be off: by the cut, and by roundings. */
#include <math.h>

#include "varying/spread.h"

/* The sum of exp(-curve d^2 / 2) over d, d+1, ..., d > 0. As (d+i)^2 - d^2 >= i (2d+1), it is at
 * most its first term times 1 / (1 - exp(-x)) <= 1 + 1/x, x = curve (d + 1/2). */
static double tail(double curve, double d) {
    return exp(-curve * d * d / 2) * (1 + 1 / (curve * (d + 0.5)));
}

/* Rows of the ellipse: the columns on either side of its chord. Rows beyond it: all of them, whose
 * sum over the columns is at most its largest term and its integral. Cells have the sum 1 over all
 * pixels, and those that the ellipse touches cover it; outside of it is the part exp(-c^2 / 2) of a
 * Gaussian. */
double conv_spread_dropped(const conv_spread_rule *rule, const conv_spread_pixel *pixel) {
    static const double two_pi = 6.28318530717958647692;
    double reach[2], sum = 0;
    if (rule->cells)
        return exp(-rule->cut * rule->cut / 2);
    conv_spread_reach(rule, pixel, reach);
    for (double dy = 0; dy <= reach[0]; dy++) {
        double first, last, centre = pixel->lean * dy, down = exp(-pixel->down * dy * dy / 2);
        conv_spread_chord(rule, pixel, dy, &first, &last);
        double beside =
            tail(pixel->along, last + 1 - centre) + tail(pixel->along, centre - first + 1);
        sum += (dy > 0 ? 2 : 1) * down * beside; /* row -dy is row dy, turned */
    }
    return sum + 2 * tail(pixel->down, reach[0] + 1) * (1 + sqrt(two_pi / pixel->along));
}

/* In units of the last place, of a weight: 128 by the table's recurrence, as much by the
 * coefficients of Q in an exponent of at most 40, and one for each column by powers along a row, of
 * which there are no more than taps. What a weight is divided by is such a sum over the taps. Then
 * the sum over the taps; or, where sources scatter, over all that reach a pixel of the canvas, and
 * over the pixels of the canvas that an edge puts into one of the image. By SCATTER's transpose the
 * errors of all outputs are summed: they are the same part of the sum of all |weight sample|, which
 * is that of all |sample|. */
double conv_spread_roundings(const conv_spread *plan) {
    double unit = plan->is_double ? 0x1p-53 : 0x1p-24, taps = (double)plan->taps, terms = taps;
    if (plan->scatters) {
        double meet = (2 * (double)plan->reach[0] + 1) * (2 * (double)plan->reach[1] + 1);
        double pixels = (double)plan->rows * (double)plan->cols;
        double folded = ((double)plan->margin[0] + 1) * ((double)plan->margin[1] + 1);
        terms = fmin(meet, pixels) + folded;
    }
    return (300 + 2 * taps + terms) * unit;
}
