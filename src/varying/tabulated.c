/* Measured kernels at positions along an axis, and linear interpolants between them: an expansion
 * whose kernels are the measured ones and whose weights are hats, 1 at a kernel's position and 0 at
 * its neighbours'. */
#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/status.h"
#include "problem/problem.h"
#include "varying/forms.h"
#include "varying/reals.h"

static conv_status check(const conv_expansion_desc *desc, const double *positions, int axis,
                         conv_varying_form form) {
    if (!desc || !positions)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !desc ? "desc" : "positions");
    if (desc->rank < 1 || desc->rank > CONV_MAX_RANK)
        return conv_fail(CONV_ERR_RANK, "rank is %d, must be 1..%d", desc->rank, CONV_MAX_RANK);
    if (axis < 0 || axis >= desc->rank)
        return conv_fail(CONV_ERR_RANK, "axis is %d, must be 0..%d", axis, desc->rank - 1);
    conv_status status = conv_varying_check_form(form, "kernel");
    if (status != CONV_OK)
        return status;
    for (size_t q = 0; q < desc->terms; q++) {
        if (!isfinite(positions[q]))
            return conv_fail(CONV_ERR_RANGE, "positions[%zu] is %g, must be finite", q,
                             positions[q]);
        if (q > 0 && !(positions[q] > positions[q - 1]))
            return conv_fail(CONV_ERR_RANGE, "positions[%zu] is %g, must be above %g", q,
                             positions[q], positions[q - 1]);
    }
    return CONV_OK;
}

/* The share of kernel q at place x. */
static double hat(const double *positions, size_t count, size_t q, double x) {
    if (x < positions[q])
        return q == 0 ? 1 : fmax(0, (x - positions[q - 1]) / (positions[q] - positions[q - 1]));
    return q + 1 == count ? 1 : fmax(0, (positions[q + 1] - x) / (positions[q + 1] - positions[q]));
}

static void fill_weights(const conv_expansion_desc *desc, const double *positions, int axis,
                         size_t samples, char *weights) {
    bool is_double = conv_dtype_is_double(desc->dtype);
    size_t below = 1;
    for (int d = axis + 1; d < desc->rank; d++)
        below *= desc->shape[d];
    for (size_t q = 0; q < desc->terms; q++)
        for (size_t i = 0; i < samples; i++) {
            double share = hat(positions, desc->terms, q, (double)(i / below % desc->shape[axis]));
            conv_real_set(weights, (ptrdiff_t)(q * samples + i), share, is_double);
        }
}

/* Elements of desc's shape; false where they or their weights are too many, or there are none. */
static bool count_samples(const conv_expansion_desc *desc, size_t *samples, size_t *bytes) {
    *samples = 1;
    for (int d = 0; d < desc->rank; d++)
        if (!conv_multiply(*samples, desc->shape[d], samples))
            return false;
    return conv_multiply(*samples, sizeof(double), bytes) &&
           conv_multiply(*bytes, desc->terms, bytes);
}

conv_status conv_tabulated_create(conv_expansion **expansion, const conv_expansion_desc *desc,
                                  const void *const *kernels, const double *positions, int axis,
                                  conv_varying_form form) {
    CONV_KEEP_ERRNO;
    size_t samples, bytes;
    if (!expansion)
        return conv_fail(CONV_ERR_NULL, "expansion is NULL");
    *expansion = NULL;
    conv_status status = check(desc, positions, axis, form);
    if (status != CONV_OK)
        return status;
    if (!count_samples(desc, &samples, &bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "%zu kernels for this shape are too many", desc->terms);
    char *weights = conv_allocate(bytes + 1);
    const void **each = conv_allocate((desc->terms + 1) * sizeof *each);
    if (weights && each) {
        size_t row = samples * conv_dtype_size(conv_dtype_real(desc->dtype));
        if (samples > 0)
            fill_weights(desc, positions, axis, samples, weights);
        for (size_t q = 0; q < desc->terms; q++)
            each[q] = weights + q * row;
        status = conv_expansion_create(expansion, desc, kernels, form == CONV_SCATTER ? each : NULL,
                                       form == CONV_GATHER ? each : NULL);
    } else {
        status = conv_fail(CONV_ERR_MEMORY, "no memory for %zu bytes of weights", bytes);
    }
    conv_free(weights);
    conv_free(each);
    return status;
}
