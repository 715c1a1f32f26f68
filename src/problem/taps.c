#include "problem/taps.h"

#include <float.h>

#include "base/dtype.h"

static double end_weight(const conv_axis *axis, size_t index) {
    return conv_end_weight(axis->m, axis->tap_ends, axis->tap_end_weight, index);
}

/* One row of the kernel, weighted. A reversed row of a kernel is a row of the reversed kernel. */
static void prepare_row(const conv_problem *problem, const char *kernel, char *taps,
                        double weight) {
    const conv_axis *axis = &problem->axis[problem->rank - 1];
    const conv_element_kernels *elements = problem->elements;
    size_t size = elements->tap_size, m = axis->m, ends = (size_t)axis->tap_ends;
    bool conjugate = problem->kernel_conjugate, reversed = problem->kernel_reversed;
    (reversed ? elements->scale_taps : elements->reverse_taps)(taps, kernel, m, weight, conjugate);
    for (size_t k = 0; k < m && ends; k++) {
        if (k == ends && m - ends > k)
            k = m - ends; /* those between have weight 1 */
        elements->scale_taps(taps + (reversed ? k : m - 1 - k) * size, kernel + k * size, 1,
                             weight * end_weight(axis, k), conjugate);
    }
}

void conv_taps_prepare(const conv_problem *problem, const void *kernel, void *taps) {
    int last = problem->rank - 1;
    if (last == 0) {
        prepare_row(problem, kernel, taps, problem->factor);
        return;
    }
    size_t row_bytes = problem->axis[last].m * problem->elements->tap_size;
    size_t rows = 1, index[CONV_MAX_RANK] = {0};
    for (int d = 0; d < last; d++)
        rows *= problem->axis[d].m;
    for (size_t row = 0; row < rows; row++) {
        double weight = problem->factor;
        for (int d = 0; d < last; d++)
            weight *= end_weight(&problem->axis[d], index[d]);
        prepare_row(problem, (const char *)kernel + row * row_bytes,
                    (char *)taps + (problem->kernel_reversed ? row : rows - 1 - row) * row_bytes,
                    weight);
        for (int d = last - 1; d >= 0 && ++index[d] == problem->axis[d].m; d--)
            index[d] = 0;
    }
}

bool conv_taps_take(const conv_element_kernels *elements, bool is_double, const void *kernel,
                    size_t count, double factor) {
    /* A factor of two to spare at the top, and the end weights' few binary digits at the bottom. */
    double top = (is_double ? DBL_MAX : FLT_MAX) / 2;
    double bottom = (is_double ? DBL_MIN : FLT_MIN) * 0x1p10;
    if (factor == 1)
        return true;
    double smallest = elements->smallest_tap(kernel, count);
    return elements->largest_tap(kernel, count) * factor <= top &&
           (smallest == 0 || smallest * factor >= bottom);
}
