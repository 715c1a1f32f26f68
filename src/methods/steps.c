#include "methods/steps.h"

#include <float.h>
#include <math.h>

#include "base/dtype.h"

typedef struct {
    long double re, im;
} wide;

static wide tap_at(const conv_problem *problem, const void *line, size_t i) {
    long double tap[2] = {0, 0};
    problem->elements->add_tap(tap, (const char *)line + i * problem->elements->tap_size);
    return (wide){tap[0], tap[1]};
}

static bool are_equal(wide a, wide b, long double epsilon) {
    if (a.re == b.re && a.im == b.im)
        return true;
    return hypotl(a.re - b.re, a.im - b.im) <= epsilon * hypotl(a.re, a.im);
}

bool conv_steps_find(const conv_problem *problem, const void *line, size_t m, conv_steps *steps) {
    long double epsilon = conv_dtype_is_double(problem->dtype) ? DBL_EPSILON : FLT_EPSILON;
    wide value = {0, 0};
    steps->count = 0;
    steps->is_real = true;
    for (size_t i = 0; i < m; i++) {
        wide tap = tap_at(problem, line, i);
        steps->is_real = steps->is_real && tap.im == 0;
        if (i > 0 && are_equal(value, tap, epsilon)) {
            steps->stretch[steps->count - 1].width++;
            continue;
        }
        if (steps->count == CONV_MAX_STRETCHES)
            return false;
        bool is_one = tap.re == 1 && tap.im == 0;
        const char *at = (const char *)line + i * problem->elements->tap_size;
        steps->stretch[steps->count++] = (conv_tap_stretch){i, 1, is_one ? NULL : at};
        value = tap;
    }
    return true;
}
