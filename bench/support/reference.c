#include "reference.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* Everything as three axes, the missing leading ones of extent 1. */
typedef struct {
    size_t n[3], m[3], count[3];
    ptrdiff_t start[3];
    ptrdiff_t *position[3]; /* of the sample under each tap; OUTSIDE is absent, FILL the constant */
} sum_axes;

enum { OUTSIDE = -1, FILL = -2 };

static ptrdiff_t modulo(ptrdiff_t j, ptrdiff_t n) {
    return (j % n + n) % n;
}

/* The extension rules of conv.h, as written there. */
static ptrdiff_t extend(conv_mode mode, conv_boundary edge, ptrdiff_t j, ptrdiff_t n) {
    if (mode == CONV_CIRCULAR)
        return modulo(j, n);
    if (j >= 0 && j < n)
        return j;
    if (mode == CONV_VALID)
        return OUTSIDE;
    ptrdiff_t k, period;
    switch (edge) {
    case CONV_CONSTANT:
        return FILL;
    case CONV_NEAREST:
        return j < 0 ? 0 : n - 1;
    case CONV_WRAP:
        return modulo(j, n);
    case CONV_REFLECT:
        k = modulo(j, 2 * n);
        return k < n ? k : 2 * n - 1 - k;
    case CONV_MIRROR:
        period = 2 * (n - 1);
        if (period == 0)
            return 0;
        k = modulo(j, period);
        return k < n ? k : period - k;
    default:
        return OUTSIDE;
    }
}

static ptrdiff_t start_of(conv_mode mode, size_t n, size_t m) {
    if (mode == CONV_SAME)
        return (ptrdiff_t)((m - 1) / 2);
    if (mode == CONV_VALID)
        return (ptrdiff_t)(n < m ? n : m) - 1;
    return 0;
}

static void axes_of(const bench_problem *problem, const bench_data *data, sum_axes *axes) {
    for (int d = 0; d < 3; d++) {
        int from = d - (3 - problem->rank);
        axes->n[d] = from < 0 ? 1 : problem->signal[from];
        axes->m[d] = from < 0 ? 1 : problem->kernel[from];
        axes->count[d] = from < 0 ? 1 : data->output[from];
        axes->start[d] = from < 0 ? 0 : start_of(problem->mode, axes->n[d], axes->m[d]);
        axes->position[d] = malloc(axes->m[d] * sizeof *axes->position[d]);
    }
}

static void place(const bench_problem *problem, sum_axes *axes, size_t output) {
    for (int d = 2; d >= 0; d--) {
        ptrdiff_t i = (ptrdiff_t)(output % axes->count[d]) + axes->start[d];
        output /= axes->count[d];
        for (size_t k = 0; k < axes->m[d]; k++)
            axes->position[d][k] =
                extend(problem->mode, problem->edge, i - (ptrdiff_t)k, (ptrdiff_t)axes->n[d]);
    }
}

/* One output, literally: value is re, im; the return value sum |x||h|. */
static double sum_at(const bench_problem *problem, const bench_data *data, const sum_axes *axes,
                     long double value[2]) {
    bool is_double = bench_is_double(problem->type), is_complex = bench_is_complex(problem->type);
    bool complex_kernel = bench_has_complex_kernel(problem->type);
    double magnitude = 0;
    value[0] = value[1] = 0;
    for (size_t p = 0; p < axes->m[0]; p++)
        for (size_t q = 0; q < axes->m[1]; q++) {
            ptrdiff_t plane = axes->position[0][p], row = axes->position[1][q];
            if (plane == OUTSIDE || row == OUTSIDE)
                continue;
            size_t tap = (p * axes->m[1] + q) * axes->m[2];
            for (size_t r = 0; r < axes->m[2]; r++) {
                ptrdiff_t column = axes->position[2][r];
                double x[2] = {0.75, 0}, h[2];
                if (column == OUTSIDE)
                    continue;
                if (plane != FILL && row != FILL && column != FILL)
                    bench_element(is_double, is_complex, data->x,
                                  ((size_t)plane * axes->n[1] + (size_t)row) * axes->n[2] +
                                      (size_t)column,
                                  x);
                bench_element(is_double, complex_kernel, data->h, tap + r, h);
                value[0] += (long double)x[0] * h[0];
                if (!is_complex) {
                    magnitude += fabs(x[0] * h[0]);
                    continue;
                }
                value[0] -= (long double)x[1] * h[1];
                value[1] += (long double)x[0] * h[1] + (long double)x[1] * h[0];
                magnitude += sqrt((x[0] * x[0] + x[1] * x[1]) * (h[0] * h[0] + h[1] * h[1]));
            }
        }
    return magnitude;
}

/* The integral of exp(-s) 2 exp(-2(t-s)) over the overlap of [0, n-1] dx and t - [0, m-1] dx, and
 * the trapezoidal rule's error at most. */
static long double integral_on_axis(size_t n, size_t m, ptrdiff_t k, double dx, double *error) {
    long double t = (long double)dx * k;
    long double low = k >= (ptrdiff_t)m ? t - (long double)dx * (long double)(m - 1) : 0;
    long double high = k < (ptrdiff_t)n ? t : (long double)dx * (long double)(n - 1);
    long double largest = 2 * expl(high - 2 * t); /* of the integrand, and of its derivatives */
    *error = (double)((high - low) * dx * dx / 12 * largest);
    return largest * -expm1l(low - high);
}

static void integral_at(const bench_problem *problem, const bench_data *data, size_t output,
                        bench_reference *reference, size_t at) {
    long double value = 1;
    double upper = 1;
    for (int d = problem->rank - 1; d >= 0; d--) {
        size_t n = problem->signal[d], m = problem->kernel[d];
        ptrdiff_t k = (ptrdiff_t)(output % data->output[d]) + start_of(problem->mode, n, m);
        double error;
        long double factor = integral_on_axis(n, m, k, data->spacing, &error);
        output /= data->output[d];
        value *= factor;
        upper *= (double)factor + error;
    }
    reference->value[2 * at] = value;
    reference->value[2 * at + 1] = 0;
    reference->truncation[at] = upper - (double)value;
    reference->magnitude[at] = upper;
}

/* All outputs, or first and last ones and a random sample between. */
static void choose_outputs(bench_reference *reference, size_t outputs) {
    uint64_t state = 0x2545F4914F6CDD1Du;
    for (size_t i = 0; i < reference->count; i++) {
        if (reference->count == outputs || i < reference->count / 8) {
            reference->index[i] = i;
            continue;
        }
        if (i < reference->count / 4) {
            reference->index[i] = outputs - 1 - (i - reference->count / 8);
            continue;
        }
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        reference->index[i] = (size_t)(state % outputs);
    }
}

static bool allocate(bench_reference *reference) {
    size_t count = reference->count;
    reference->index = malloc(count * sizeof *reference->index);
    reference->value = malloc(2 * count * sizeof *reference->value);
    reference->magnitude = malloc(count * sizeof *reference->magnitude);
    reference->truncation = calloc(count, sizeof *reference->truncation);
    return reference->index && reference->value && reference->magnitude && reference->truncation;
}

bool bench_reference_make(bench_reference *reference, const bench_problem *problem,
                          const bench_data *data, double work) {
    bool is_integral = problem->rule == CONV_RULE_TRAPEZOID;
    double affordable = is_integral ? work / 50 : work / (double)data->taps;
    size_t count = affordable < 16 ? 16 : affordable > 65536 ? 65536 : (size_t)affordable;
    *reference = (bench_reference){.count = count < data->outputs ? count : data->outputs,
                                   .is_integral = is_integral,
                                   .signal_norm = data->signal_norm};
    sum_axes axes;
    axes_of(problem, data, &axes);
    bool made = allocate(reference) && axes.position[0] && axes.position[1] && axes.position[2];
    if (made)
        choose_outputs(reference, data->outputs);
    for (size_t i = 0; made && i < reference->count; i++) {
        if (is_integral)
            integral_at(problem, data, reference->index[i], reference, i);
        else {
            place(problem, &axes, reference->index[i]);
            reference->magnitude[i] = sum_at(problem, data, &axes, &reference->value[2 * i]);
        }
        double size = (double)hypotl(reference->value[2 * i], reference->value[2 * i + 1]);
        reference->maximum = size > reference->maximum ? size : reference->maximum;
    }
    for (int d = 0; d < 3; d++)
        free(axes.position[d]);
    if (!made)
        bench_reference_free(reference);
    return made;
}

void bench_reference_free(bench_reference *reference) {
    free(reference->index);
    free(reference->value);
    free(reference->magnitude);
    free(reference->truncation);
    *reference = (bench_reference){0};
}

/* The rounding bound: a part that is relative to the output's own sum, and one that is not. */
static void bounds_of(const bench_problem *problem, const bench_data *data, conv_method method,
                      double length, double *of_sum, double *flat) {
    double u = bench_is_double(problem->type) ? 0x1p-53 : 0x1p-24, extended = 1, scale = 1;
    double taps = (double)data->taps;
    *of_sum = problem->rule == CONV_RULE_TRAPEZOID ? 4 * u : 0;
    *flat = 0;
    if (method == CONV_METHOD_SEPARABLE) {
        taps = 4;
        for (int d = 0; d < problem->rank; d++)
            taps += (double)problem->kernel[d] + 2;
    }
    if (method != CONV_METHOD_BLOCKS && method != CONV_METHOD_FFT) {
        *of_sum += (taps + 2) * u;
        return;
    }
    for (int d = 0; d < problem->rank; d++) {
        extended *= (double)(problem->signal[d] + problem->kernel[d] - 1);
        scale *= data->spacing;
    }
    if (length <= 0)
        length = extended;
    /* The random signal is stationary, so any N of its samples have the norm of their number; the
     * exponential is not, and all of its norm may lie in one block. */
    double norm = data->signal_norm;
    if (problem->rule == CONV_RULE_SUM) {
        double seen = length < extended ? length : extended;
        double stretched = norm * sqrt(seen / (double)data->samples);
        bool repeats = problem->edge != CONV_ZERO || problem->mode == CONV_CIRCULAR;
        norm = stretched < norm || repeats ? stretched : norm;
    }
    *flat = 4 * 0.5 * u * log2(length < 2 ? 2 : length) * norm * data->kernel_norm * scale;
}

bench_error bench_compare(const bench_reference *reference, const bench_problem *problem,
                          const bench_data *data, conv_method method, double length) {
    bool is_double = bench_is_double(problem->type), is_complex = bench_is_complex(problem->type);
    bench_error worst = {0, 0, 0, 0};
    double of_sum, flat;
    bounds_of(problem, data, method, length, &of_sum, &flat);
    for (size_t i = 0; i < reference->count; i++) {
        double y[2];
        bench_element(is_double, is_complex, data->y, reference->index[i], y);
        double error =
            (double)hypotl(y[0] - reference->value[2 * i], y[1] - reference->value[2 * i + 1]);
        double size = (double)hypotl(reference->value[2 * i], reference->value[2 * i + 1]);
        double bound = of_sum * reference->magnitude[i] + flat + reference->truncation[i];
        if (isnan(error))
            error = INFINITY;
        if (error > worst.relative)
            worst.relative = error;
        if (error > 0 && error / size > worst.component)
            worst.component = error / size;
        if (error > 0 && error / bound > worst.ratio)
            worst.ratio = error / bound;
        if (bound > worst.bound)
            worst.bound = bound;
    }
    worst.relative /= reference->maximum;
    worst.bound /= reference->maximum;
    return worst;
}
