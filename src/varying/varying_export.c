/* The operator of a line as a banded matrix, in double. */
#include <string.h>

#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/status.h"
#include "varying/forms.h"
#include "varying/varying.h"

/* Which samples rows of the operator that gathers have is known at once; of its transpose, after
 * all columns were seen. last[k] < first[k]: none. */
static void find_extents(const conv_varying *plan, const double *width, size_t *first,
                         size_t *last) {
    size_t n = plan->n;
    for (size_t k = 0; k < n && plan->scatters; k++) {
        first[k] = n;
        last[k] = 0;
    }
    for (size_t k = 0; k < n; k++) {
        size_t low, high;
        conv_row_extent(&plan->rule, width[k], k, &low, &high);
        if (!plan->scatters) {
            first[k] = low;
            last[k] = high;
            continue;
        }
        for (size_t i = low; i <= high; i++) {
            first[i] = conv_min(first[i], k);
            last[i] = conv_max(last[i], k);
        }
    }
}

static conv_status fill(const conv_varying *plan, const double *width, const size_t *start,
                        const size_t *first, double *values) {
    size_t room = conv_row_scratch(&plan->rule, plan->reach);
    double *weights = conv_allocate(plan->n * sizeof *weights);
    double *scratch = conv_allocate(room * sizeof *scratch);
    bool ok = weights && scratch;
    if (ok)
        memset(values, 0, start[plan->n] * sizeof *values);
    for (size_t k = 0; k < plan->n && ok; k++) {
        size_t low, high;
        conv_row_extent(&plan->rule, width[k], k, &low, &high);
        conv_row_fill(&plan->rule, width[k], k, weights, scratch);
        for (size_t i = low; i <= high; i++) {
            size_t row = plan->scatters ? i : k, column = plan->scatters ? k : i;
            values[start[row] + column - first[row]] = weights[i - low];
        }
    }
    conv_free(weights);
    conv_free(scratch);
    return ok ? CONV_OK : conv_fail(CONV_ERR_MEMORY, "no memory for a row of %zu weights", plan->n);
}

conv_status conv_varying_matrix(const conv_varying *plan, size_t line, size_t *start, size_t *first,
                                double *values) {
    CONV_KEEP_ERRNO;
    if (!plan || !start || !first)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !plan ? "plan" : !start ? "start" : "first");
    if (line >= plan->rows)
        return conv_fail(CONV_ERR_RANGE, "line is %zu, must be 0..%zu", line, plan->rows - 1);
    const double *width = plan->width + line * plan->n;
    size_t *last = conv_allocate(plan->n * sizeof *last);
    if (!last)
        return conv_fail(CONV_ERR_MEMORY, "no memory for %zu rows", plan->n);
    find_extents(plan, width, first, last);
    conv_status status = CONV_OK;
    if (!conv_varying_row_starts(plan->n, first, last, start))
        status = conv_fail(CONV_ERR_OVERFLOW, "a matrix of %zu rows is too large", plan->n);
    else if (values)
        status = fill(plan, width, start, first, values);
    conv_free(last);
    return status;
}
