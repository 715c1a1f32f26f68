/* Samples on any grid: plans. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "api/checks.h"
#include "base/dtype.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "varying/forms.h"
#include "varying/irregular.h"

static const double usual_tolerance = 1e-12, least_tolerance = 0x1p-53, largest_tolerance = 0.01;

/* Spans that a kernel may reach over to be mirrored, and widths in them from which on it is flat:
 * its first Fourier coefficient, exp(-2 pi^2 (s/2)^2) for Gauss and exp(-pi s) for Lorentz, s
 * widths per span, is below 1e-16. */
static const double most_mirrored = 1000, flat_gauss = 4, flat_lorentz = 12;

void conv_irregular_desc_init(conv_irregular_desc *desc, conv_dtype dtype, const double *x,
                              size_t n, const double *widths, conv_varying_form form) {
    if (!desc)
        return;
    *desc = (conv_irregular_desc){.struct_size = sizeof *desc,
                                  .dtype = dtype,
                                  .form = form,
                                  .x = x,
                                  .n = n,
                                  .widths = widths,
                                  .batch = 1,
                                  .threads = 1};
}

/* ---- checks ---- */

static conv_status check_enums(const conv_irregular_desc *desc) {
    const conv_enum_field fields[] = {{"dtype", (int)desc->dtype, CONV_C64},
                                      {"profile", (int)desc->profile, CONV_VARYING_BOX},
                                      {"edge", (int)desc->edge, CONV_VARYING_CLAMP}};
    conv_status status = conv_varying_check_form(desc->form, "width");
    if (status == CONV_OK)
        status = conv_check_enums(fields, sizeof fields / sizeof *fields);
    if (status != CONV_OK)
        return status;
    if (desc->edge == CONV_VARYING_CLAMP && desc->form == CONV_SCATTER)
        return conv_fail(CONV_ERR_ENUM, "edge is CONV_VARYING_CLAMP, which only CONV_GATHER has: a "
                                        "point at the end holds no mass");
    return CONV_OK;
}

static conv_status check_sizes(const conv_irregular_desc *desc) {
    if (desc->n < 2)
        return conv_fail(CONV_ERR_EXTENT,
                         "n is %zu, must be at least 2: an interpolant needs two "
                         "points",
                         desc->n);
    if (desc->t && desc->t_count == 0)
        return conv_fail(CONV_ERR_EXTENT, "t_count is 0, must be at least 1");
    if (desc->batch == 0)
        return conv_fail(CONV_ERR_EXTENT, "batch is 0, must be at least 1");
    if (desc->tolerance != 0 &&
        !(desc->tolerance >= least_tolerance && desc->tolerance <= largest_tolerance))
        return conv_fail(CONV_ERR_TOLERANCE, "tolerance is %g, must be 0 (%g) or %.3g..%g",
                         desc->tolerance, usual_tolerance, least_tolerance, largest_tolerance);
    if (desc->threads < 0)
        return conv_fail(CONV_ERR_THREADS, "threads is %d, must be 0 or more", desc->threads);
    return CONV_OK;
}

static conv_status check_points(const char *name, const double *p, size_t count, bool may_repeat) {
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(p[i]))
            return conv_fail(CONV_ERR_RANGE, "%s[%zu] is %g, must be finite", name, i, p[i]);
        if (i > 0 && !(may_repeat ? p[i] >= p[i - 1] : p[i] > p[i - 1]))
            return conv_fail(CONV_ERR_RANGE, "%s[%zu] is %.17g, must be %s %s[%zu], which is %.17g",
                             name, i, p[i], may_repeat ? "at least" : "above", name, i - 1,
                             p[i - 1]);
    }
    if (!isfinite(p[count - 1] - p[0]))
        return conv_fail(CONV_ERR_RANGE, "%s goes from %g to %g: the difference overflows", name,
                         p[0], p[count - 1]);
    return CONV_OK;
}

static conv_status check_widths(const conv_irregular_rule *rule) {
    size_t count = rule->form == CONV_GATHER ? rule->count : rule->n;
    for (size_t i = 0; i < count; i++) {
        double width = rule->widths[i];
        if (!(width >= 0) || !isfinite(width))
            return conv_fail(CONV_ERR_RANGE, "widths[%zu] is %g, must be finite and at least 0", i,
                             width);
        if (rule->edge == CONV_VARYING_REFLECT &&
            conv_irregular_reach(rule, i) > most_mirrored * rule->span)
            return conv_fail(CONV_ERR_RANGE,
                             "widths[%zu] is %g, whose kernel reaches %g far: at most %g, %g times "
                             "the grid, for CONV_VARYING_REFLECT",
                             i, width, conv_irregular_reach(rule, i), most_mirrored * rule->span,
                             most_mirrored);
    }
    return CONV_OK;
}

static conv_status check_inside(const conv_irregular_rule *rule) {
    for (size_t k = 0; k < rule->count && rule->edge == CONV_VARYING_REFLECT; k++)
        if (rule->t[k] < rule->x[0] || rule->t[k] > rule->x[rule->n - 1])
            return conv_fail(CONV_ERR_RANGE,
                             "t[%zu] is %g, must be in %g..%g for CONV_VARYING_REFLECT", k,
                             rule->t[k], rule->x[0], rule->x[rule->n - 1]);
    return CONV_OK;
}

static conv_status check(const conv_irregular_desc *desc) {
    if (!desc || !desc->x || !desc->widths)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !desc ? "desc" : !desc->x ? "x" : "widths");
    conv_status status =
        conv_check_struct_size(desc->struct_size, sizeof *desc, "conv_irregular_desc_init");
    if (status == CONV_OK)
        status = check_enums(desc);
    if (status == CONV_OK)
        status = check_sizes(desc);
    if (status == CONV_OK)
        status = check_points("x", desc->x, desc->n, false);
    if (status == CONV_OK && desc->t)
        status = check_points("t", desc->t, desc->t_count, true);
    return status;
}

/* ---- the plan ---- */

static void make_rule(conv_irregular_rule *rule, const conv_irregular_desc *desc) {
    double tolerance = desc->tolerance != 0 ? desc->tolerance : usual_tolerance;
    *rule = (conv_irregular_rule){.profile = desc->profile,
                                  .form = desc->form,
                                  .edge = desc->edge,
                                  .x = desc->x,
                                  .n = desc->n,
                                  .t = desc->t ? desc->t : desc->x,
                                  .count = desc->t ? desc->t_count : desc->n,
                                  .widths = desc->widths,
                                  .span = desc->x[desc->n - 1] - desc->x[0],
                                  .cut = 1,
                                  .most_width = DBL_MAX / 1e10};
    if (desc->profile == CONV_VARYING_GAUSS)
        rule->cut = sqrt(2 * log(1 / tolerance));
    else if (desc->profile == CONV_VARYING_LORENTZ)
        rule->cut = sqrt(1 / tolerance - 1);
    rule->even = conv_irregular_is_even(rule);
    if (desc->edge == CONV_VARYING_REFLECT && desc->profile == CONV_VARYING_GAUSS)
        rule->most_width = flat_gauss * rule->span;
    else if (desc->edge == CONV_VARYING_REFLECT && desc->profile == CONV_VARYING_LORENTZ)
        rule->most_width = flat_lorentz * rule->span;
}

size_t conv_irregular_rows_bytes(const conv_irregular *plan) {
    return plan->n * (conv_dtype_is_complex(plan->dtype) ? 2 : 1) * sizeof(double);
}

static bool size_arrays(conv_irregular *plan) {
    size_t size = conv_dtype_size(plan->dtype), parts = conv_dtype_is_complex(plan->dtype) ? 2 : 1;
    return conv_multiply(plan->n, size * plan->batch, &plan->samples) &&
           conv_multiply(plan->count, size * plan->batch, &plan->results) &&
           conv_multiply(plan->n, parts * sizeof(double), &plan->workspace) &&
           conv_add(plan->workspace, CONV_ALIGNMENT, &plan->workspace);
}

static conv_status make(conv_irregular *plan, const conv_irregular_desc *desc) {
    conv_irregular_rule rule;
    make_rule(&rule, desc);
    conv_status status = check_inside(&rule);
    if (status == CONV_OK)
        status = check_widths(&rule);
    if (status != CONV_OK)
        return status;
    plan->dtype = desc->dtype;
    plan->n = rule.n;
    plan->count = rule.count;
    plan->batch = desc->batch;
    plan->threads = conv_parallel_threads(desc->threads);
    if (desc->batch > CONV_MAX_BYTES / 16 || !size_arrays(plan))
        return conv_fail(CONV_ERR_OVERFLOW, "%zu signals of %zu samples are too many", desc->batch,
                         desc->n);
    status = conv_irregular_make_rows(&plan->rows, &rule);
    if (status == CONV_OK)
        status = conv_irregular_plan_alike(&plan->rows, plan->threads, &plan->alike);
    if (status == CONV_OK && plan->alike.plan)
        plan->workspace += conv_aligned_size(conv_irregular_rows_bytes(plan)) +
                           conv_aligned_size(plan->count * sizeof(double)) +
                           conv_plan_workspace_size(plan->alike.plan);
    return status;
}

conv_status conv_irregular_create(conv_irregular **plan, const conv_irregular_desc *desc) {
    CONV_KEEP_ERRNO;
    if (!plan)
        return conv_fail(CONV_ERR_NULL, "plan is NULL");
    *plan = NULL;
    conv_status status = check(desc);
    if (status != CONV_OK)
        return status;
    conv_irregular *made = conv_allocate(sizeof *made);
    if (!made)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan of %zu bytes", sizeof *made);
    memset(made, 0, sizeof *made);
    status = make(made, desc);
    if (status != CONV_OK) {
        conv_irregular_destroy(made);
        made = NULL;
    }
    *plan = made;
    return status;
}

void conv_irregular_destroy(conv_irregular *plan) {
    CONV_KEEP_ERRNO;
    if (!plan)
        return;
    conv_irregular_free_rows(&plan->rows);
    conv_plan_destroy(plan->alike.plan);
    conv_free(plan);
}

size_t conv_irregular_workspace_size(const conv_irregular *plan) {
    return plan ? plan->workspace : 0;
}

/* Weights, sums of four parts with what is left over, and the result's rounding where it is a
 * float. */
double conv_irregular_bound(const conv_irregular *plan) {
    CONV_KEEP_ERRNO;
    if (!plan)
        return 0;
    const conv_irregular_rows *rows = &plan->rows;
    double result = conv_dtype_is_double(plan->dtype) ? 0 : 0x1p-24;
    double sum = ((double)rows->longest / 4 + 6) * 0x1p-53;
    sum = fmax(rows->largest * sum, conv_irregular_alike_off(&plan->alike));
    return rows->off + sum + rows->largest * result;
}

conv_status conv_irregular_matrix(const conv_irregular *plan, size_t *start, size_t *first,
                                  double *values) {
    CONV_KEEP_ERRNO;
    if (!plan || !start || !first)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !plan ? "plan" : !start ? "start" : "first");
    const conv_irregular_rows *rows = &plan->rows;
    memcpy(start, rows->start, (plan->count + 1) * sizeof *start);
    memcpy(first, rows->first, plan->count * sizeof *first);
    for (size_t k = 0; k < plan->count && values; k++)
        memcpy(values + rows->start[k], conv_irregular_row(rows, k),
               (rows->start[k + 1] - rows->start[k]) * sizeof *values);
    return CONV_OK;
}
