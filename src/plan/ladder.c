/* Which rung a signal needs. */
#include "plan/ladder.h"

#include <math.h>
#include <stdio.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "methods/bounds.h"
#include "methods/tile_transform.h"
#include "plan/bound.h"
#include "problem/extend.h"

/* Whether no outputs of at most this size make the error keep the value. */
static bool is_hopeless(conv_error error, double largest, double value) {
    return error.absolute + error.relative * largest > value * largest;
}

/* Runs one rung after the other until the error of one is known to keep the value. A rung is passed
 * over where its error, known before it runs, is too large for the largest outputs that there can
 * be: before the first those of |x| and |h|, then those that the last rung found. */
static double run_maxnorm(const conv_ladder *ladder, const char *signal, char *output,
                          char *workspace) {
    const conv_problem *problem = &ladder->problem;
    double value = ladder->tolerance.value, bound = INFINITY;
    double largest = conv_bounds_largest(&ladder->rung[0]->task, signal), most = largest;
    for (int i = 0; i < ladder->rungs; i++) {
        const conv_plan *rung = ladder->rung[i];
        conv_magnitudes outputs;
        conv_error error = conv_plan_error(rung, signal, workspace, false);
        if (ladder->fold_bytes) /* the fold is rounded before the rung has it */
            error.absolute += conv_unit(problem->dtype) * largest;
        if (i < ladder->rungs - 1 && is_hopeless(error, most, value))
            continue;
        conv_plan_run(rung, signal, output, workspace);
        conv_plan_measure(problem, output, &outputs);
        bound = conv_bound_maxnorm(error, &outputs);
        bool all_finite = outputs.finite;
        outputs.finite = true;
        if (conv_bound_maxnorm(error, &outputs) <= value)
            break;
        if (all_finite)
            most = fmin(most, outputs.largest + error.absolute + error.relative * outputs.largest);
    }
    return bound;
}

static double run_componentwise(const conv_ladder *ladder, const char *signal, char *output,
                                char *workspace) {
    const conv_plan *sums = ladder->rung[0];
    conv_magnitudes outputs;
    double bound;
    if (ladder->tilt &&
        conv_tilt_execute(ladder->tilt, &ladder->problem, signal, output, workspace, &bound))
        return bound;
    conv_plan_run(sums, signal, output, workspace);
    conv_plan_measure(&ladder->problem, output, &outputs);
    return outputs.finite ? conv_plan_componentwise(&ladder->problem, sums->method->id) : INFINITY;
}

static double run_item(const conv_ladder *ladder, const char *signal, char *output,
                       char *workspace) {
    switch (ladder->tolerance.kind) {
    case CONV_TOLERANCE_COMPONENTWISE:
        return run_componentwise(ladder, signal, output, workspace);
    case CONV_TOLERANCE_INTEGER:
        return conv_integers_run(ladder, signal, output, workspace);
    case CONV_TOLERANCE_MAXNORM:
    case CONV_TOLERANCE_STRICT:
        break;
    }
    return run_maxnorm(ladder, signal, output, workspace);
}

conv_status conv_ladder_run(const conv_plan *plan, const void *signal, void *output,
                            void *workspace, double *bound) {
    const conv_ladder *ladder = plan->ladder;
    const conv_problem *problem = &plan->problem;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    bool integers = ladder->tolerance.kind == CONV_TOLERANCE_INTEGER;
    char *folded = workspace, *memory = folded;
    if (ladder->fold_bytes)
        memory += ladder->fold_bytes;
    /* First all checks, so that a signal that is refused leaves every output as it was. */
    for (int runs = integers ? 0 : 1; runs <= 1; runs++)
        for (size_t b = 0; b < problem->batch; b++) {
            const char *x =
                (const char *)signal + (ptrdiff_t)b * problem->signal_batch_stride * size;
            char *y = (char *)output + (ptrdiff_t)b * problem->output_batch_stride * size;
            double kept;
            if (problem->fold.needed) {
                conv_extend_fold(problem, x, folded);
                x = folded;
            }
            if (!runs) {
                conv_status status = conv_integers_check_signal(ladder, x, b);
                if (status != CONV_OK)
                    return status;
                continue;
            }
            kept = run_item(ladder, x, y, memory);
            if (bound)
                bound[b] = kept;
        }
    return CONV_OK;
}

/* The bound in units of |x|_2 |h|_2, which is at least (|x|*|h|)_k. */
static double coefficient(const conv_plan *rung, bool proved) {
    const conv_problem *problem = &rung->problem;
    conv_method id = rung->method->id;
    if (id == CONV_METHOD_BLOCKS || id == CONV_METHOD_FFT) {
        const conv_tile_transform *tile = rung->state;
        double length = 0;
        for (int d = 0; d < problem->rank; d++)
            length += log2((double)tile->shape.length[d]);
        return conv_bounds_transform(problem->dtype, length, proved) * conv_unit(problem->compute);
    }
    if (id == CONV_METHOD_REFERENCE)
        return 0;
    return conv_plan_componentwise(problem, id);
}

int conv_ladder_describe(const conv_ladder *ladder, char *text, size_t size) {
    bool integers = ladder->tolerance.kind == CONV_TOLERANCE_INTEGER;
    if (ladder->tolerance.kind == CONV_TOLERANCE_COMPONENTWISE) {
        int length = snprintf(text, size,
                              "  every error up to %.3g of (|x|*|h|)_k: ", ladder->tolerance.value);
        size_t used = conv_min((size_t)length, size);
        if (ladder->tilt)
            return length + conv_tilt_describe(ladder->tilt, text + used, size - used);
        return length +
               snprintf(text + used, size - used, "sums: %.2g\n",
                        conv_plan_componentwise(&ladder->problem, ladder->rung[0]->method->id));
    }
    int length =
        integers ? snprintf(text, size,
                            "  exact integers; first of these whose error is below "
                            "1/2:\n")
                 : snprintf(text, size,
                            "  errors up to %.3g of the largest output; first of these that keeps "
                            "it:\n",
                            ladder->tolerance.value);
    for (int i = 0; i < ladder->rungs; i++) {
        const conv_plan *rung = ladder->rung[i];
        char detail[96];
        size_t used = conv_min((size_t)length, size);
        rung->method->describe(&rung->task, rung->state, detail, sizeof detail);
        bool sums =
            rung->method->id == CONV_METHOD_DIRECT || rung->method->id == CONV_METHOD_REFERENCE;
        bool rounds = rung->problem.compute != rung->problem.dtype && !sums;
        if (integers && sums)
            length +=
                snprintf(text + used, size - used, "    %s%s: exact\n", rung->method->name, detail);
        else
            length += snprintf(text + used, size - used, "    %s%s: %.2g |x|_2 |h|_2%s\n",
                               rung->method->name, detail, coefficient(rung, integers),
                               rounds || rung->method->id == CONV_METHOD_REFERENCE
                                   ? ", and the rounding of the outputs"
                                   : "");
    }
    return length;
}
