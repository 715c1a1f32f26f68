/* Least squares: the spline is that of a box of `spacing` samples convolved with itself `order`
 * times, so that splines at both ends make one of twice the order, and the taps are its
 * coefficients (Unser, Aldroubi and Eden 1993). The error is then summed up, place by place. */
#include "methods/coarse_fit.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "kernels/coarse.h"

/* Wider ones gain nothing: an output's cost is that of its splines. */
static const size_t spacings[] = {64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2};
static const size_t orders[] = {4, 6, CONV_COARSE_ORDER};
enum { SPACINGS = sizeof spacings / sizeof *spacings, ORDERS = sizeof orders / sizeof *orders };

/* Taps between two that a spline of twice the order joins. */
enum { BAND = 2 * (CONV_COARSE_ORDER - 1) };

static size_t support(const conv_coarse_fit *fit) {
    return fit->order * (fit->spacing - 1) + 1;
}

static void make_spline(conv_coarse_fit *fit) {
    size_t s = fit->spacing, length = 1;
    double *b = fit->spline;
    memset(b, 0, fit->order * s * sizeof *b);
    b[0] = 1;
    for (size_t k = 0; k < fit->order; k++) {
        length += s - 1;
        for (size_t i = length; i-- > 0;) {
            double sum = 0;
            for (size_t t = i >= s ? i - s + 1 : 0; t <= i; t++)
                sum += b[t];
            b[i] = sum / (double)s;
        }
    }
}

/* sum_t b[t] b[t+d] */
static double product_at(const conv_coarse_fit *fit, size_t d) {
    double sum = 0;
    for (size_t t = 0; t + d < support(fit); t++)
        sum += fit->spline[t] * fit->spline[t + d];
    return sum;
}

/* The band of the equations' matrix, which is the same in every row. */
static void make_band(const conv_coarse_fit *fit, double band[BAND + 1]) {
    double a[2 * BAND + 1] = {0};
    ptrdiff_t n = (ptrdiff_t)fit->order;
    for (ptrdiff_t e = 0; e < n; e++)
        a[BAND + e] = a[BAND - e] = product_at(fit, (size_t)e * fit->spacing);
    for (ptrdiff_t d = 0; d <= BAND; d++) {
        band[d] = 0;
        for (ptrdiff_t e = -n + 1; e < n; e++)
            if (e + d < n)
                band[d] += a[BAND + e] * a[BAND + e + d];
    }
}

/* Cholesky's factors, row by row in place of the solution's: rows is count * (BAND + 1). */
static void solve(const double band[BAND + 1], size_t count, double *rows, double *x) {
    for (size_t i = 0; i < count; i++) {
        double *row = rows + i * (BAND + 1); /* row[d]: the factor at i, i-d */
        for (size_t d = i < BAND ? i : BAND;; d--) {
            const double *above = rows + (i - d) * (BAND + 1);
            double sum = band[d];
            for (size_t e = d + 1; e <= BAND && e <= i; e++)
                if (e - d <= BAND)
                    sum -= row[e] * above[e - d];
            if (d == 0) {
                row[0] = sqrt(sum);
                break;
            }
            row[d] = sum / above[0];
        }
        for (size_t d = 1; d <= BAND && d <= i; d++)
            x[i] -= row[d] * x[i - d];
        x[i] /= row[0];
    }
    for (size_t i = count; i-- > 0;) {
        for (size_t d = 1; d <= BAND && i + d < count; d++)
            x[i] -= rows[(i + d) * (BAND + 1) + d] * x[i + d];
        x[i] /= rows[i * (BAND + 1)];
    }
}

/* The spline of twice the order around each tap's place, on the line. */
static void make_right_side(conv_coarse_fit *fit, const double *both, const double *line,
                            size_t m) {
    ptrdiff_t reach = (ptrdiff_t)support(fit) - 1;
    for (size_t l = 0; l < fit->count; l++) {
        ptrdiff_t at = (ptrdiff_t)((l + fit->order - 1) * fit->spacing) - (ptrdiff_t)fit->before;
        double sum = 0;
        for (ptrdiff_t q = at - reach > 0 ? at - reach : 0; q <= at + reach && q < (ptrdiff_t)m;
             q++)
            sum += line[q] * both[q < at ? at - q : q - at];
        fit->taps[l] = sum;
    }
}

/* The difference of outputs p * spacing + r, infinite once it is above `most`. pieces: order +
 * count
 * - 1. */
static void compare(conv_coarse_fit *fit, const double *line, size_t m, size_t r, double most,
                    double *pieces) {
    ptrdiff_t n = (ptrdiff_t)fit->order, s = (ptrdiff_t)fit->spacing, count = (ptrdiff_t)fit->count;
    ptrdiff_t shift = (ptrdiff_t)(r + fit->before), length = (ptrdiff_t)support(fit);
    double error = 0, size = 0;
    for (ptrdiff_t j = 0; j < n + count - 1; j++) {
        pieces[j] = 0;
        for (ptrdiff_t k = 0; k < n; k++)
            if (j - n + 1 + k >= 0 && j - n + 1 + k < count)
                pieces[j] += fit->spline[(ptrdiff_t)r + k * s] * fit->taps[j - n + 1 + k];
    }
    for (ptrdiff_t q = -shift; q < (n + count - 1) * s + length - shift; q++) {
        double sum = 0, tap = q >= 0 && q < (ptrdiff_t)m ? line[q] : 0;
        for (ptrdiff_t j = (q + shift) / s, k = 0; j >= 0 && k < n; j--, k++)
            if (j < n + count - 1 && q + shift - j * s < length)
                sum += fit->spline[q + shift - j * s] * pieces[j];
        error += fabs(tap - sum);
        size += fabs(sum);
        if (!(error <= most)) {
            fit->error = INFINITY;
            return;
        }
    }
    fit->error = fmax(fit->error, error);
    fit->size = fmax(fit->size, size);
}

static bool allocate(conv_coarse_fit *fit, double **scratch) {
    size_t spline = fit->order * fit->spacing, band = fit->count * (BAND + 1);
    size_t more = conv_max(band, fit->order + fit->count) + support(fit);
    fit->spline = conv_allocate((spline + fit->count) * sizeof(double));
    *scratch = conv_allocate(more * sizeof(double));
    fit->taps = fit->spline ? fit->spline + spline : NULL;
    return fit->spline && *scratch;
}

/* One order and spacing; false: no memory. */
static bool try_one(conv_coarse_fit *fit, const double *line, size_t m, size_t order,
                    size_t spacing, double most) {
    double band[BAND + 1], *scratch = NULL;
    *fit = (conv_coarse_fit){.order = order, .spacing = spacing};
    size_t margin = order * (spacing - 1) / 2 + 1;
    fit->before = (order - 1) * spacing + margin;
    fit->count = (m - 1 + 2 * margin) / spacing + 2;
    if (!allocate(fit, &scratch)) {
        conv_free(scratch);
        conv_coarse_fit_end(fit);
        return false;
    }
    make_spline(fit);
    make_band(fit, band);
    for (size_t d = 0; d < support(fit); d++)
        scratch[d] = product_at(fit, d);
    make_right_side(fit, scratch, line, m);
    solve(band, fit->count, scratch, fit->taps);
    for (size_t r = 0; r < spacing && fit->error <= most; r++)
        compare(fit, line, m, r, most, scratch);
    for (size_t l = 0; l < fit->count; l++)
        fit->gain +=
            fabs(fit->taps[l]) / (double)spacing; /* an output has a spacing-th of a spline */
    conv_free(scratch);
    return true;
}

double conv_coarse_fit_work(const conv_coarse_fit *fit) {
    return 2 * (double)fit->order + 2 * (double)fit->count / (double)fit->spacing;
}

/* The widest spacing of every order, as that is the cheapest; none where the closest is not close.
 */
bool conv_coarse_fit_find(conv_coarse_fit *fit, const double *line, size_t m, double most,
                          bool *no_memory) {
    conv_coarse_fit best = {.spline = NULL};
    *no_memory = !try_one(fit, line, m, CONV_COARSE_ORDER, spacings[SPACINGS - 1], most);
    bool is_smooth = !*no_memory && fit->error <= most;
    conv_coarse_fit_end(fit);
    if (!is_smooth)
        return false;
    for (int n = 0; n < ORDERS; n++)
        for (int s = 0; s < SPACINGS; s++) {
            if (spacings[s] * 4 > m)
                continue;
            if (!try_one(fit, line, m, orders[n], spacings[s], most)) {
                conv_coarse_fit_end(&best);
                *fit = best;
                *no_memory = true;
                return false;
            }
            if (!(fit->error <= most)) { /* nor is NaN */
                conv_coarse_fit_end(fit);
                continue;
            }
            if (best.spline && conv_coarse_fit_work(&best) <= conv_coarse_fit_work(fit)) {
                conv_coarse_fit_end(fit);
            } else {
                conv_coarse_fit_end(&best);
                best = *fit;
            }
            break;
        }
    *fit = best;
    return best.spline != NULL;
}

void conv_coarse_fit_end(conv_coarse_fit *fit) {
    conv_free(fit->spline);
    fit->spline = fit->taps = NULL;
}
