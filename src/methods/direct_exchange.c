#include "methods/direct_exchange.h"

/* How many taps there are at least, and for each sample. */
#define LEAST_TAPS 4096
#define TIMES_SAMPLES 8

bool conv_direct_exchanges(const conv_problem *problem) {
    size_t samples = 1;
    if (problem->taps < LEAST_TAPS || problem->dtype != problem->kernel_dtype)
        return false;
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        if (axis->extension != CONV_EXTEND_ZERO || axis->ends || axis->tap_ends)
            return false;
        samples *= axis->n;
    }
    return problem->taps / TIMES_SAMPLES >= samples;
}

/* Sliding order is the kernel's backwards. */
void conv_direct_exchange(const conv_problem *problem, conv_problem *exchanged) {
    size_t taps[CONV_MAX_RANK] = {0};
    ptrdiff_t stride[CONV_MAX_RANK];
    *exchanged = *problem;
    exchanged->taps = 1;
    for (int d = 0; d < problem->rank; d++)
        taps[d] = problem->axis[d].m;
    conv_contiguous_strides(problem->rank, taps, stride);
    for (int d = 0; d < problem->rank; d++) {
        conv_axis *axis = &exchanged->axis[d];
        axis->n = problem->axis[d].m;
        axis->m = problem->axis[d].n;
        axis->signal_stride = -stride[d];
        exchanged->taps *= axis->m;
    }
}
