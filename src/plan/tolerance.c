#include "plan/tolerance.h"

#include <math.h>

#include "base/dtype.h"
#include "base/status.h"
#include "methods/methods.h"
#include "methods/rounding.h"
#include "plan/bound.h"

static conv_status check_value(const conv_problem *problem, double value) {
    double unit = conv_unit(problem->dtype);
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

static conv_status check_method(const conv_wishes *wishes) {
    conv_method method = wishes->method;
    bool sums = method == CONV_METHOD_AUTO || method == CONV_METHOD_DIRECT ||
                method == CONV_METHOD_REFERENCE;
    bool transforms = method == CONV_METHOD_BLOCKS || method == CONV_METHOD_FFT;
    conv_tolerance_kind kind = wishes->tolerance.kind;
    if (kind == CONV_TOLERANCE_MAXNORM || sums || (kind == CONV_TOLERANCE_INTEGER && transforms))
        return CONV_OK;
    return conv_fail(CONV_ERR_TOLERANCE,
                     "tolerance.kind is %s, which the method asked for, %s, cannot keep; leave the "
                     "method to CONV_METHOD_AUTO or ask for CONV_METHOD_DIRECT",
                     kind_name(kind), conv_method_find(method)->name);
}

conv_status conv_tolerance_choose_sum(const conv_problem *problem, const conv_wishes *wishes,
                                      conv_method *method) {
    double value = wishes->tolerance.value;
    bool has_value = wishes->tolerance.kind == CONV_TOLERANCE_COMPONENTWISE && value > 0;
    bool is_direct = wishes->method == CONV_METHOD_DIRECT;
    *method = wishes->method == CONV_METHOD_AUTO ? CONV_METHOD_DIRECT : wishes->method;
    double given = conv_bound_componentwise(problem, wishes, *method);
    if (!has_value || given <= value)
        return CONV_OK;
    double least =
        is_direct ? given : conv_bound_componentwise(problem, wishes, CONV_METHOD_REFERENCE);
    if (is_direct || least > value)
        return conv_fail(CONV_ERR_TOLERANCE,
                         "tolerance.value is %g; the least that %s of %zu taps keep is %g", value,
                         is_direct ? "direct sums" : "sums", problem->taps, least);
    *method = CONV_METHOD_REFERENCE;
    return CONV_OK;
}

double conv_tolerance_widened(const conv_problem *problem) {
    if (conv_dtype_is_double(problem->dtype))
        return INFINITY;
    double roundings = conv_bound_input_roundings(problem, false);
    double terms = conv_bounds_terms(problem, (double)problem->taps);
    return (1 + roundings) * conv_unit(problem->dtype) + terms * conv_unit(CONV_F64);
}

conv_status conv_tolerance_check(const conv_problem *problem, const conv_wishes *wishes) {
    conv_tolerance_kind kind = wishes->tolerance.kind;
    conv_status status = check_method(wishes);
    conv_method sum;
    if (status == CONV_OK &&
        (kind == CONV_TOLERANCE_MAXNORM || kind == CONV_TOLERANCE_COMPONENTWISE))
        status = check_value(problem, wishes->tolerance.value);
    if (status == CONV_OK && kind == CONV_TOLERANCE_COMPONENTWISE)
        status = conv_tolerance_choose_sum(problem, wishes, &sum);
    return status;
}
