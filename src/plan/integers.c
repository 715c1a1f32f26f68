/* Exact integers in floating point. A transform is exact after rounding where its error is proved
 * to be below 1/2; a sum is where no partial sum leaves the integers that the type holds. */
#include <float.h>
#include <math.h>

#include "base/dtype.h"
#include "base/status.h"
#include "methods/bounds.h"
#include "plan/bound.h"
#include "plan/ladder.h"

/* Every integer up to this is a number of the type. */
static double largest_exact(conv_dtype dtype) {
    return ldexp(1, conv_dtype_is_double(dtype) ? DBL_MANT_DIG : FLT_MANT_DIG);
}

static double real_part(const conv_element_kernels *elements, const void *x) {
    long double sum[2] = {0, 0};
    elements->add_sample(sum, x);
    return (double)(sum[0] == rintl(sum[0]) && sum[1] != rintl(sum[1]) ? sum[1] : sum[0]);
}

conv_status conv_integers_check_kernel(const conv_problem *problem, const void *taps) {
    const conv_element_kernels *elements = problem->elements;
    const char *tap = taps;
    for (size_t i = 0; i < problem->taps; i++, tap += elements->tap_size)
        if (!elements->tap_is_integer(tap)) {
            long double sum[2] = {0, 0};
            elements->add_tap(sum, tap);
            bool imaginary = isfinite(sum[0]) && sum[0] == rintl(sum[0]);
            size_t index = problem->kernel_reversed ? i : problem->taps - 1 - i;
            return conv_fail(CONV_ERR_RANGE,
                             "tap %zu of the kernel is %Lg%s, must be an integer: tolerance.kind "
                             "is INTEGER",
                             index, sum[imaginary], imaginary ? " i" : "");
        }
    for (int d = 0; d < problem->rank; d++)
        if (problem->axis[d].extension == CONV_EXTEND_CONSTANT)
            for (int part = 0; part < 2; part++)
                if (!isfinite(problem->fill[part]) ||
                    problem->fill[part] != rint(problem->fill[part]))
                    return conv_fail(CONV_ERR_RANGE,
                                     "boundary_value[%d] is %g, must be an integer: "
                                     "tolerance.kind is INTEGER",
                                     part, problem->fill[part]);
    return CONV_OK;
}

static conv_status check_samples(const conv_problem *problem, int d, const char *signal,
                                 size_t before, size_t item) {
    const conv_axis *axis = &problem->axis[d];
    const conv_element_kernels *elements = problem->elements;
    ptrdiff_t step = axis->signal_stride * (ptrdiff_t)elements->size;
    conv_status status = CONV_OK;
    for (size_t i = 0; i < axis->n && status == CONV_OK; i++, signal += step) {
        size_t index = before * axis->n + i;
        if (d < problem->rank - 1)
            status = check_samples(problem, d + 1, signal, index, item);
        else if (!elements->is_integer(signal))
            status = conv_fail(CONV_ERR_RANGE,
                               "sample %zu of signal %zu is %g, must be an integer: tolerance.kind "
                               "is INTEGER",
                               index, item, real_part(elements, signal));
    }
    return status;
}

conv_status conv_integers_check_signal(const conv_ladder *ladder, const void *signal, size_t item) {
    const conv_problem *problem = &ladder->problem;
    conv_status status = check_samples(problem, 0, signal, 0, item);
    if (status != CONV_OK)
        return status;
    double most = conv_bounds_largest(&ladder->rung[0]->task, signal);
    double limit = largest_exact(problem->dtype);
    if (most > limit)
        return conv_fail(CONV_ERR_RANGE,
                         "the outputs of signal %zu may reach %.6g; integers of %s are exact up to "
                         "%.0f",
                         item, most, conv_dtype_name(problem->dtype), limit);
    return CONV_OK;
}

static void round_outputs(const conv_problem *problem, int d, char *output) {
    const conv_axis *axis = &problem->axis[d];
    const conv_element_kernels *elements = problem->elements;
    if (d == problem->rank - 1) {
        elements->round(output, axis->output_stride, axis->count);
        return;
    }
    for (size_t i = 0; i < axis->count; i++)
        round_outputs(problem, d + 1,
                      output + (ptrdiff_t)i * axis->output_stride * (ptrdiff_t)elements->size);
}

double conv_integers_run(const conv_ladder *ladder, const void *signal, void *output,
                         void *workspace) {
    for (int i = 0;; i++) {
        const conv_plan *rung = ladder->rung[i];
        conv_method id = rung->method->id;
        if (id == CONV_METHOD_DIRECT || id == CONV_METHOD_REFERENCE) {
            conv_plan_run(rung, signal, output, workspace);
            return 0;
        }
        /* From double to float the result is rounded before it comes here: between halves, where
         * it is below 2^23, by 1/4 at most. */
        double limit = rung->problem.compute == rung->problem.dtype ? 0.5 : 0.25;
        double error = conv_plan_error(rung, signal, workspace, true).absolute;
        if (error < limit) {
            conv_plan_run(rung, signal, output, workspace);
            round_outputs(&ladder->problem, 0, output);
            return error;
        }
    }
}
