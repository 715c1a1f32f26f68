/* Samples that are equally far apart, under one width, with results at the samples: all rows but
 * those at the ends have the same weights, and are a convolution. */
#include <math.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "varying/irregular.h"

bool conv_irregular_is_even(const conv_irregular_rule *rule) {
    double step = rule->span / (double)(rule->n - 1);
    double most = CONV_IRREGULAR_UNEVEN * (fabs(rule->x[0]) + fabs(rule->x[rule->n - 1]));
    if (rule->t != rule->x || conv_irregular_width(rule, 0) == 0)
        return false;
    for (size_t j = 0; j < rule->n; j++)
        if (rule->widths[j] != rule->widths[0] ||
            !(fabs(rule->x[j] - (rule->x[0] + (double)j * step)) <= most))
            return false;
    return true;
}

void conv_irregular_find_alike(const conv_irregular_rule *rule, conv_irregular_rows *rows,
                               size_t *last) {
    size_t *first = rows->first, n = rule->n, middle = n / 2;
    /* Twice the extent from either end: the samples' kernels do not reach it either. */
    size_t low = 2 * (conv_max(middle - first[middle], last[middle] - middle) + 3);
    if (low >= middle)
        return;
    size_t before = low - first[low], behind = last[low] - low;
    for (size_t k = low + 1; k < n - low; k++) {
        first[k] = k - before;
        last[k] = k + behind;
    }
    rows->alike = low;
    rows->alike_end = n - low;
}

/* Sums whose error does not grow with their place are exact enough up to so many taps; from there
 * on transforms are faster. */
enum { DIRECT_TAPS = 256 };

conv_status conv_irregular_plan_alike(const conv_irregular_rows *rows, int threads,
                                      conv_irregular_alike *alike) {
    size_t count = rows->alike_end - rows->alike;
    if (count == 0)
        return CONV_OK;
    size_t taps = rows->start[rows->alike + 1] - rows->start[rows->alike];
    const double *row = conv_irregular_row(rows, rows->alike);
    alike->first = rows->first[rows->alike];
    for (; taps > 1 && row[0] == 0; taps--, row++) /* no sample is met that weighs nothing */
        alike->first++;
    for (; taps > 1 && row[taps - 1] == 0;)
        taps--;
    size_t samples = count + taps - 1;
    conv_desc desc;
    conv_desc_init(&desc, CONV_F64, 1, &samples, &taps, CONV_VALID);
    desc.operation = CONV_CORRELATE;
    desc.method = taps > DIRECT_TAPS ? CONV_METHOD_FFT : CONV_METHOD_DIRECT;
    desc.threads = threads;
    alike->taps = taps;
    alike->samples = samples;
    for (size_t i = 0; i < taps; i++)
        alike->norm = hypot(alike->norm, row[i]);
    return conv_plan_create(&alike->plan, &desc, row);
}

/* Proved, of the samples under the taps: conv_bounds_transform's 12 log2 of a length below 4 times
 * the samples, over |x|_2 |h|_2. The direct sum: one rounding for each tap. */
double conv_irregular_alike_off(const conv_irregular_alike *alike) {
    double unit = 0x1p-53, samples = (double)alike->samples;
    if (!alike->plan)
        return 0;
    if (alike->taps <= DIRECT_TAPS)
        return (double)alike->taps * unit * sqrt((double)alike->taps) * alike->norm;
    return (12 * log2(4 * samples) + 3) * unit * sqrt(samples) * alike->norm;
}
