/* What all ways of passes share. */
#include "methods/passes.h"

#include "methods/rounding.h"

conv_error conv_passes_error(const conv_task *task, const void *signal, int terms,
                             double roundings) {
    const conv_problem *problem = task->problem;
    conv_magnitudes samples, taps;
    conv_bounds_signal(problem, signal, &samples);
    conv_measure_taps(problem->elements, task->taps, problem->taps, &taps);
    double product = conv_bounds_product(&samples, &taps);
    if (terms > 1)
        product = ((1 << terms) - 1) * samples.largest * taps.largest * (double)problem->taps;
    if (product == 0)
        return (conv_error){0, 0};
    return (conv_error){(roundings + 2 + terms) * conv_unit(problem->dtype) * product +
                            roundings * terms * conv_step(problem->dtype) * (1 + taps.largest) *
                                (double)problem->taps,
                        0};
}

conv_error conv_passes_loops_error(const conv_task *task, const void *signal, int terms) {
    const conv_problem *problem = task->problem;
    double roundings = 0;
    for (int d = 0; d < problem->rank; d++) {
        double m = (double)problem->axis[d].m;
        double sum = d == problem->rank - 1 ? conv_bounds_line(m) : conv_bounds_plane(m, 1);
        roundings += conv_bounds_terms(problem, sum) + 2;
    }
    return conv_passes_error(task, signal, terms, roundings);
}
