#include "plan/once.h"

#include "base/memory.h"
#include "cost/fitted.h"
#include "methods/methods.h"
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
