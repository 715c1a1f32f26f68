#include "integral/next_order.h"

#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "integral/gregory.h"
#include "problem/extend.h"

int conv_next_order_allowed(const conv_axis *axis, conv_mode mode, int most) {
    size_t shorter = mode == CONV_VALID ? conv_min(axis->n, axis->m) : axis->m;
    if (!conv_integral_has_ends(axis, mode))
        return 0;
    if (conv_integral_is_overlap(axis, mode))
        return conv_gregory_overlap_ends(most, axis->n, axis->m);
    return shorter < (size_t)most ? (int)shorter : most;
}

void conv_next_order_overlap(const conv_next_order *ends, ptrdiff_t k, ptrdiff_t *low,
                             ptrdiff_t *high) {
    const conv_axis *axis = &ends->problem->axis[0];
    if (axis->extension == CONV_EXTEND_ZERO) {
        conv_gregory_overlap(axis->n, axis->m, k, low, high);
        return;
    }
    *low = k - (ptrdiff_t)(axis->m - 1);
    *high = k;
}

void conv_next_order_sample(const conv_next_order *ends, ptrdiff_t position, double sample[2]) {
    const conv_problem *problem = ends->problem;
    const conv_axis *axis = &problem->axis[0];
    ptrdiff_t index = conv_extend_index(axis, position);
    sample[0] = index == CONV_FILLED ? problem->fill[0] : 0;
    sample[1] = index == CONV_FILLED ? problem->fill[1] : 0;
    if (index >= 0)
        problem->elements->widen((double(*)[2])sample,
                                 (const char *)ends->signal +
                                     index * axis->signal_stride *
                                         (ptrdiff_t)problem->elements->size,
                                 1, 1);
}

void conv_next_order_tap(const conv_next_order *ends, size_t l, double tap[2]) {
    const conv_axis *axis = &ends->problem->axis[0];
    const conv_element_kernels *elements = ends->problem->elements;
    double weight = conv_end_weight(axis->m, axis->tap_ends, axis->tap_end_weight, l);
    elements->widen_taps((double(*)[2])tap,
                         (const char *)ends->taps + (axis->m - 1 - l) * elements->tap_size, 1);
    if (weight == 0) /* of the only tap: all outputs are 0 */
        return;
    tap[0] /= weight;
    tap[1] /= weight;
}

static void add_product(const conv_next_order *ends, ptrdiff_t position, size_t l, double weight,
                        double sum[2]) {
    double x[2], h[2];
    if (weight == 0)
        return;
    conv_next_order_sample(ends, position, x);
    conv_next_order_tap(ends, l, h);
    sum[0] += weight * (x[0] * h[0] - x[1] * h[1]);
    sum[1] += weight * (x[0] * h[1] + x[1] * h[0]);
}

/* Where one of the two computes from polynomials. */
static void short_difference(const conv_next_order *ends, ptrdiff_t k, int q, int other,
                             double sum[2]) {
    const conv_axis *axis = &ends->problem->axis[0];
    for (int side = 0; side < 2; side++) {
        conv_gregory_row row;
        conv_gregory_form(side ? other : q, axis->n, axis->m, k, &row);
        for (int t = 0; t < row.count; t++)
            add_product(ends, (ptrdiff_t)row.term[t].sample, row.term[t].tap,
                        side ? row.term[t].weight : -row.term[t].weight, sum);
    }
}

double conv_next_order_difference(const conv_next_order *ends, ptrdiff_t k, int q, int other) {
    const conv_axis *axis = &ends->problem->axis[0];
    int most = q > other ? q : other;
    bool mirrored;
    double sum[2] = {0, 0};
    ptrdiff_t low, high;
    if (conv_integral_is_overlap(axis, ends->mode)) {
        if (k < 0 || k > (ptrdiff_t)(axis->n + axis->m - 2))
            return 0;
        if (conv_gregory_is_short(most, axis->n, axis->m, k, &mirrored)) {
            short_difference(ends, k, q, other, sum);
            return hypot(sum[0], sum[1]);
        }
    }
    conv_next_order_overlap(ends, k, &low, &high);
    for (int j = 0; j < most && j <= high - low; j++) {
        double change = conv_gregory_omega(other, (size_t)j) - conv_gregory_omega(q, (size_t)j);
        add_product(ends, low + j, (size_t)(k - low - j), change, sum);
        add_product(ends, high - j, (size_t)(k - high + j), change, sum);
    }
    return hypot(sum[0], sum[1]);
}

int conv_next_order_best(const double *difference, int count, double rounding) {
    int best = 1;
    for (int q = 1; q < count; q++)
        for (int larger = q + 1; larger <= count && best == q; larger++)
            if (difference[larger] < difference[q] / 2)
                best = q + 1;
    while (best < count && difference[best] <= rounding && difference[best + 1] <= rounding)
        best++;
    return best;
}

/* Outputs that are looked at: the first ones, where most functions are largest, and some spread
 * over all. */
enum { FIRST_OUTPUTS = 16, SPREAD_OUTPUTS = 48 };

/* The differences at one output between the orders q and q + 1, q = 1..most, from the products at
 * the overlap's ends, each of which is needed once. */
static void raise_differences(const conv_next_order *ends, ptrdiff_t k, int most, double *largest,
                              double *products) {
    double product[CONV_GREGORY_MOST + 1][2] = {{0}};
    double sizes = 0;
    ptrdiff_t low, high;
    conv_next_order_overlap(ends, k, &low, &high);
    for (int j = 0; j <= most && j <= high - low; j++) {
        add_product(ends, low + j, (size_t)(k - low - j), 1, product[j]);
        add_product(ends, high - j, (size_t)(k - high + j), 1, product[j]);
        sizes += hypot(product[j][0], product[j][1]);
    }
    *products = sizes > *products ? sizes : *products;
    for (int q = 1; q <= most; q++) {
        double sum[2] = {0, 0};
        for (int j = 0; j <= q; j++) {
            double change = conv_gregory_omega(q + 1, (size_t)j) - conv_gregory_omega(q, (size_t)j);
            sum[0] += change * product[j][0];
            sum[1] += change * product[j][1];
        }
        double difference = hypot(sum[0], sum[1]);
        /* a NaN says nothing: such outputs are passed over, and where all are, no order loses */
        largest[q] = difference > largest[q] ? difference : largest[q];
    }
}

/* A few roundings of every product: of sample and tap, which are rounded themselves. */
static double rounding_of(const conv_problem *problem) {
    return 4 * (conv_dtype_is_double(problem->dtype) ? DBL_EPSILON : FLT_EPSILON);
}

int conv_next_order_choose(const conv_next_order *ends) {
    const conv_axis *axis = &ends->problem->axis[0];
    int most = conv_next_order_allowed(axis, ends->mode, CONV_GREGORY_MOST + 1) - 1;
    double largest[CONV_GREGORY_MOST + 2] = {0}, products = 0;
    size_t stride = conv_max(axis->count / SPREAD_OUTPUTS, 1);
    bool is_overlap = conv_integral_is_overlap(axis, ends->mode), mirrored;
    /* Outputs that some order computes from polynomials say nothing about end weights. */
    ptrdiff_t margin = is_overlap ? CONV_GREGORY_MOST + 3 : 0, k = axis->start;
    size_t first = k < margin ? (size_t)(margin - k) / axis->step : 0;
    for (size_t i = first; i < axis->count; i += i < first + FIRST_OUTPUTS ? 1 : stride) {
        k = axis->start + (ptrdiff_t)(i * axis->step);
        if (is_overlap &&
            (k < 0 || conv_gregory_is_short(most + 1, axis->n, axis->m, k, &mirrored)))
            continue;
        raise_differences(ends, k, most, largest, &products);
    }
    return conv_next_order_best(largest, most < 1 ? 1 : most,
                                rounding_of(ends->problem) * products);
}
