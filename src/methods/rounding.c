#include "methods/rounding.h"

#include <float.h>
#include <math.h>

#include "base/dtype.h"
#include "kernels/kernels.h"

double conv_unit(conv_dtype dtype) {
    return conv_dtype_is_double(dtype) ? DBL_EPSILON / 2 : FLT_EPSILON / 2;
}

double conv_step(conv_dtype dtype) {
    return conv_dtype_is_double(dtype) ? 0x1p-1074 : 0x1p-149;
}

/* How often at most one sample of the axis lies under the taps of one output. */
static double repeats(const conv_axis *axis) {
    double m = (double)axis->m, n = (double)axis->n;
    switch (axis->extension) {
    case CONV_EXTEND_ZERO:
        return 1;
    case CONV_EXTEND_WRAP:
    case CONV_EXTEND_PERIOD:
        return ceil(m / (double)axis->period);
    case CONV_EXTEND_REFLECT:
        return 2 * ceil(m / (2 * n));
    case CONV_EXTEND_MIRROR:
        return n == 1 ? m : 2 * ceil(m / (2 * n - 2));
    case CONV_EXTEND_NEAREST:
    case CONV_EXTEND_CONSTANT:
        return m;
    }
    return m;
}

static double largest_weight(const conv_axis *axis) {
    double largest = 1;
    for (int e = 0; e < axis->ends; e++)
        largest = fmax(largest, fabs(axis->end_weight[e]));
    return largest;
}

/* Of each axis indices low..low+count-1. */
typedef struct {
    size_t low[CONV_MAX_RANK], count[CONV_MAX_RANK];
} part;

static void measure_samples(const conv_problem *problem, const part *samples, const char *signal,
                            conv_magnitudes *magnitudes) {
    ptrdiff_t stride[CONV_MAX_RANK] = {0}, offset = 0;
    double times = 1, weight = 1;
    bool filled = false;
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        stride[d] = axis->signal_stride;
        offset += (ptrdiff_t)samples->low[d] * stride[d];
        times *= repeats(axis);
        /* Two ends of a short axis may meet in one sample. */
        weight *=
            largest_weight(axis) * (axis->n < 2 * (size_t)axis->ends ? largest_weight(axis) : 1);
        filled = filled || axis->extension == CONV_EXTEND_CONSTANT;
    }
    conv_measure(problem->elements, problem->rank, samples->count, stride,
                 signal + offset * (ptrdiff_t)problem->elements->size, magnitudes);
    magnitudes->largest *= weight;
    magnitudes->sum *= weight * times;
    magnitudes->norm *= weight * sqrt(times);
    if (filled) {
        double fill = hypot(problem->fill[0], problem->fill[1]);
        if (isfinite(fill))
            magnitudes->largest = fmax(magnitudes->largest, fill * weight);
        else
            magnitudes->finite = false;
        magnitudes->sum = magnitudes->norm = INFINITY;
    }
}

void conv_bounds_signal(const conv_problem *problem, const void *signal,
                        conv_magnitudes *magnitudes) {
    part all = {{0}, {0}};
    for (int d = 0; d < problem->rank; d++)
        all.count[d] = problem->axis[d].n;
    measure_samples(problem, &all, signal, magnitudes);
}

/* What of 0..extent-1 lies in low..high. */
static bool cut(ptrdiff_t low, ptrdiff_t high, size_t extent, size_t *first, size_t *count) {
    ptrdiff_t end = (ptrdiff_t)extent - 1;
    low = low < 0 ? 0 : low;
    high = high > end ? end : high;
    if (low > high)
        return false;
    *first = (size_t)low;
    *count = (size_t)(high - low) + 1;
    return true;
}

/* The samples and taps (as they lie: tap q is tap m-1-q of the convolution) that meet in any
 * output; of edges other than ZERO all. False where there are none. */
static bool find_met(const conv_problem *problem, part *samples, part *taps) {
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        ptrdiff_t n = (ptrdiff_t)axis->n, m = (ptrdiff_t)axis->m, first = axis->start;
        ptrdiff_t last = first + (ptrdiff_t)((axis->count - 1) * axis->step);
        samples->low[d] = taps->low[d] = 0;
        samples->count[d] = axis->n;
        taps->count[d] = axis->m;
        if (axis->extension == CONV_EXTEND_ZERO &&
            !(cut(first - (m - 1), last, axis->n, &samples->low[d], &samples->count[d]) &&
              cut(m - 1 - last, m - 1 - (first - (n - 1)), axis->m, &taps->low[d],
                  &taps->count[d])))
            return false;
    }
    return true;
}

/* Row by row of the last axis. */
static void measure_taps(const conv_problem *problem, const part *taps, const char *data,
                         conv_magnitudes *magnitudes) {
    size_t m[CONV_MAX_RANK] = {0}, index[CONV_MAX_RANK] = {0}, rows = 1;
    ptrdiff_t stride[CONV_MAX_RANK] = {0};
    int last = problem->rank - 1;
    for (int d = 0; d <= last; d++) {
        m[d] = problem->axis[d].m;
        rows *= d < last ? taps->count[d] : 1;
    }
    conv_contiguous_strides(problem->rank, m, stride);
    *magnitudes = (conv_magnitudes){.finite = true};
    for (size_t row = 0; row < rows; row++) {
        conv_magnitudes of_row;
        ptrdiff_t offset = 0;
        for (int d = 0; d <= last; d++)
            offset += (ptrdiff_t)(taps->low[d] + index[d]) * stride[d];
        conv_measure_taps(problem->elements, data + offset * (ptrdiff_t)problem->elements->tap_size,
                          taps->count[last], &of_row);
        magnitudes->largest = fmax(magnitudes->largest, of_row.largest);
        magnitudes->sum += of_row.sum;
        magnitudes->norm = hypot(magnitudes->norm, of_row.norm);
        magnitudes->finite = magnitudes->finite && of_row.finite;
        for (int d = last - 1; d >= 0 && ++index[d] == taps->count[d]; d--)
            index[d] = 0;
    }
}

/* An infinite norm of one, a norm of 0 of the other: nothing is known, and the product is 0. */
static double product(double a, double b) {
    return a == 0 || b == 0 ? 0 : a * b;
}

double conv_bounds_product(const conv_magnitudes *signal, const conv_magnitudes *taps) {
    return fmin(product(signal->largest, taps->sum),
                fmin(product(signal->norm, taps->norm), product(signal->sum, taps->largest)));
}

double conv_bounds_steps(const conv_task *task, const void *signal) {
    const conv_problem *problem = task->problem;
    conv_magnitudes samples, taps;
    conv_bounds_signal(problem, signal, &samples);
    conv_measure_taps(problem->elements, task->taps, problem->taps, &taps);
    double under_taps = fmin(samples.sum, samples.largest * (double)problem->taps);
    return conv_step(problem->dtype) * (taps.sum + under_taps);
}

double conv_bounds_largest(const conv_task *task, const void *signal) {
    conv_magnitudes samples, taps;
    conv_bounds_signal(task->problem, signal, &samples);
    conv_measure_taps(task->problem->elements, task->taps, task->problem->taps, &taps);
    if (samples.largest == 0 || taps.largest == 0)
        return 0;
    /* Not 0 where the product itself is below the smallest number. */
    return fmax(conv_bounds_product(&samples, &taps), conv_step(CONV_F64));
}

double conv_bounds_met(const conv_task *task, const void *signal) {
    conv_magnitudes samples, taps;
    part met, met_taps;
    if (!find_met(task->problem, &met, &met_taps))
        return 0;
    measure_samples(task->problem, &met, signal, &samples);
    measure_taps(task->problem, &met_taps, task->taps, &taps);
    if (samples.largest == 0 || taps.largest == 0)
        return 0;
    return fmax(conv_bounds_product(&samples, &taps), conv_step(CONV_F64));
}

/* What splits by odd numbers p have beyond 12 log2 p, of three transforms; 9 is twice 3. One of
 * them is sqrt(p) times unitary, of vectors x of p numbers in the order of ring_odd_pair. In units
 * of u, relative to the norm of its result: each x_k times a root: sqrt 5, and 1/sqrt 2 of the
 * root; sums x_k + x_(p-k) and differences: 1, as they are sqrt 2 times unitary; result j adds x_0,
 * c_jk sums and s_jk differences one by one, with the cosine and sine of 2 pi jk / p: its error is
 * the sum of all partial results, each of at most sqrt(1 + 2 sum c_jk^2 + 2 sum s_jk^2) over those
 * that it has added, by Cauchy's inequality; and, where products and constants are rounded, of 2
 * sqrt(2 sum c_jk^2), 2 sqrt(2 sum s_jk^2), whose squares add up. Result 0 adds the sums: sqrt 3 +
 * sqrt 5 + ... . All over sqrt(p). In all 8.8, 14.0 and 19.9, of which 3 times exceeds 12 log2 p
 * by 7.3, 14.2 and 25.8. */
static double odd_splits(double length) {
    static const struct { double factor, units; } odd[] = {{3, 7.4}, {5, 14.2}, {7, 25.9}};
    double units = 0;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        for (; fmod(length, odd[i].factor) == 0; length /= odd[i].factor)
            units += odd[i].units;
    return units;
}

double conv_bounds_transform(conv_dtype dtype, double length, bool proved) {
    double parts = conv_dtype_is_complex(dtype) ? 1.4143 : 1;
    return proved ? 12 * log2(length) + 3 + odd_splits(length) : (log2(length) + 2) * parts;
}

/* Two roundings a product for either part of a spectrum's sum, whose moduli are at most |x|_2 |h|_2
 * by Cauchy and Schwarz, over frequencies and taps. */
double conv_bounds_summed(const conv_problem *problem) {
    return 2 * sqrt(2) * (double)problem->axis[0].m;
}

/* Real: each product and each addition rounds once, and what is added up first goes through all
 * additions. Of a complex product the parts are sums of two; and the modulus of two parts' errors
 * is at most sqrt 2 times the larger one's. */
double conv_bounds_terms(const conv_problem *problem, double taps) {
    return conv_dtype_is_complex(problem->kernel_dtype) ? 1.4143 * (2 * taps + 2) : taps + 2;
}

double conv_bounds_line(double taps) {
    double most = CONV_SLIDE_TAPS;
    return taps <= most ? taps : most + ceil(log2(ceil(taps / most)));
}

double conv_bounds_plane(double rows, double cols) {
    double most = fmax(1, floor(CONV_SLIDE_TAPS / cols));
    if (rows <= most)
        return rows * cols;
    return conv_bounds_line(cols) * (cols < CONV_SLIDE_TAPS ? most : 1) + ceil(rows / most) - 1;
}
