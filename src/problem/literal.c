#include "problem/literal.h"

#include "problem/extend.h"

void conv_literal_sum(const conv_problem *problem, const void *taps, const void *signal,
                      const size_t *output, long double sum[2]) {
    const char *tap = taps;
    ptrdiff_t first[CONV_MAX_RANK], point[CONV_MAX_RANK];
    size_t index[CONV_MAX_RANK] = {0};
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        first[d] = axis->start + (ptrdiff_t)(output[d] * axis->step) - (ptrdiff_t)(axis->m - 1);
        point[d] = first[d];
    }
    for (size_t q = 0; q < problem->taps; q++, tap += problem->elements->tap_size) {
        _Alignas(16) char sample[16];
        if (conv_extend_sample(problem, signal, point, sample))
            problem->elements->multiply_add(sum, sample, tap);
        for (int d = problem->rank - 1; d >= 0; d--) {
            if (++index[d] < problem->axis[d].m) {
                point[d]++;
                break;
            }
            index[d] = 0;
            point[d] = first[d];
        }
    }
}
