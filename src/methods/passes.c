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
