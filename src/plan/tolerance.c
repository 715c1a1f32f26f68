/* Whether a tolerance can be kept, and by what. */
#include "base/dtype.h"
#include "base/status.h"
#include "methods/bounds.h"
#include "plan/bound.h"
#include "plan/ladder.h"

static conv_status check_value(const conv_problem *problem) {
    double value = problem->tolerance.value, unit = conv_unit(problem->dtype);
    const char *type = conv_dtype_name(problem->dtype);
    if (!(value >= 0 && value <= 1))
        return conv_fail(CONV_ERR_TOLERANCE, "tolerance.value is %g, must be 0..1", value);
    if (value > 0 && value < unit)
        return conv_fail(CONV_ERR_TOLERANCE,
                         "tolerance.value is %g; the least that outputs of %s can keep is %g, what "
                         "their rounding costs",
                         value, type, unit);
    return CONV_OK;
}

static const char *kind_name(conv_tolerance_kind kind) {
    static const char *const names[] = {"MAXNORM", "COMPONENTWISE", "INTEGER", "STRICT"};
    return names[kind];
}

static conv_status check_method(const conv_problem *problem) {
    conv_method method = problem->method;
    bool sums = method == CONV_METHOD_AUTO || method == CONV_METHOD_DIRECT ||
                method == CONV_METHOD_REFERENCE;
    bool transforms = method == CONV_METHOD_BLOCKS || method == CONV_METHOD_FFT;
    conv_tolerance_kind kind = problem->tolerance.kind;
    if (kind == CONV_TOLERANCE_MAXNORM || sums || (kind == CONV_TOLERANCE_INTEGER && transforms))
        return CONV_OK;
    return conv_fail(CONV_ERR_TOLERANCE,
                     "tolerance.kind is %s, which the method asked for, %s, cannot keep; leave the "
                     "method to CONV_METHOD_AUTO or ask for CONV_METHOD_DIRECT",
                     kind_name(kind), conv_method_find(method)->name);
}

/* The direct sum, or the reference where that alone keeps the value. */
conv_status conv_tolerance_choose_sum(const conv_problem *problem, conv_method *method) {
    conv_problem sums = *problem;
    double value = problem->tolerance.value;
    bool has_value = problem->tolerance.kind == CONV_TOLERANCE_COMPONENTWISE && value > 0;
    if (sums.method == CONV_METHOD_AUTO)
        sums.method = CONV_METHOD_DIRECT;
    if (has_value && conv_plan_componentwise(&sums, sums.method) > value) {
        double least = conv_plan_componentwise(&sums, CONV_METHOD_REFERENCE);
        if (problem->method == CONV_METHOD_DIRECT || least > value)
            return conv_fail(CONV_ERR_TOLERANCE,
                             "tolerance.value is %g; the least that %s of %zu taps keep is %g",
                             value, problem->method == CONV_METHOD_DIRECT ? "direct sums" : "sums",
                             problem->taps,
                             problem->method == CONV_METHOD_DIRECT
                                 ? conv_plan_componentwise(&sums, CONV_METHOD_DIRECT)
                                 : least);
        sums.method = CONV_METHOD_REFERENCE;
    }
    *method = sums.method;
    return CONV_OK;
}

conv_status conv_tolerance_check(const conv_problem *problem) {
    conv_tolerance_kind kind = problem->tolerance.kind;
    conv_status status = check_method(problem);
    conv_method sum;
    if (status == CONV_OK &&
        (kind == CONV_TOLERANCE_MAXNORM || kind == CONV_TOLERANCE_COMPONENTWISE))
        status = check_value(problem);
    if (status == CONV_OK && kind == CONV_TOLERANCE_COMPONENTWISE)
        status = conv_tolerance_choose_sum(problem, &sum);
    return status;
}
