#include "plan/once.h"

#include "base/memory.h"
#include "base/span.h"
#include "cost/fitted.h"
#include "kernels/kernels.h"
#include "methods/methods.h"
#include "problem/lattice.h"
#include "problem/taps.h"

#define STACK_BYTES 1024

bool conv_once(const conv_problem *problem, const conv_wishes *wishes, const void *kernel,
               const void *signal, void *output) {
    _Alignas(CONV_ALIGNMENT) char taps[STACK_BYTES];
    if (problem->taps > STACK_BYTES / problem->elements->tap_size || problem->batch != 1 ||
        problem->fold.needed || problem->factor != 1)
        return false;
    /* Of the kernel, as taps that were just written one by one cannot be read as vectors yet. */
    conv_task task = {problem, wishes, taps,
                      problem->elements->taps_are_finite(kernel, problem->taps)};
    conv_taps_prepare(problem, kernel, taps);
    bool tiny = problem->outputs <= CONV_COST_ONCE_PRODUCTS &&
                problem->outputs * problem->taps <= CONV_COST_ONCE_PRODUCTS;
    for (int i = 0; conv_methods[i]; i++)
        if (conv_methods[i]->once &&
            (tiny || conv_methods[i]->cost(&task).execute < CONV_COST_ONCE) &&
            conv_methods[i]->once(&task, signal, output))
            return true;
    return false;
}

bool conv_once_line(conv_dtype dtype, const void *signal, size_t n, const void *kernel, size_t m,
                    conv_mode mode, void *output) {
    _Alignas(CONV_ALIGNMENT) char taps[CONV_SLIDE_LINE];
    const conv_element_kernels *elements = conv_element_table((conv_leaf_type)dtype);
    size_t size = elements->size, start, count;
    bool between_zeros = (int)mode >= CONV_FULL && mode < CONV_CIRCULAR;
    if (!signal || !kernel || !output || !between_zeros || m == 0 || m > CONV_SLIDE_LINE / size ||
        n < m || n > CONV_COST_ONCE_PRODUCTS / (2 * m))
        return false;
    conv_lattice_of_mode(mode, n, m, &start, &count);
    conv_span samples = {0, (ptrdiff_t)(n * size)}, own = {0, (ptrdiff_t)(m * size)};
    conv_span outputs = {0, (ptrdiff_t)(count * size)};
    if (conv_spans_overlap(signal, samples, output, outputs) ||
        conv_spans_overlap(kernel, own, output, outputs) || !elements->taps_are_finite(kernel, m))
        return false;
    elements->reverse_taps(taps, kernel, m, 1, false);
    conv_slide_table((conv_leaf_type)dtype, conv_cpu_level())
        ->slide_line(signal, n, (ptrdiff_t)start - (ptrdiff_t)(m - 1), taps, m, output, count);
    return true;
}
