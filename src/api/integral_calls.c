/* Integrals on grids, and how large the error of a rule is. */
#include <math.h>
#include <stddef.h>

#include "api/checks.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/status.h"
#include "plan/estimate.h"
#include "problem/lattice.h"

/* Spacings that differ by rounding are equal: (b - a) / (n - 1), computed in two ways. */
#define SAME_SPACING 1e-12

static conv_status check_grids(const conv_grid *f, const conv_grid *g, conv_mode mode) {
    if (!f || !g)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", f ? "g_grid" : "f_grid");
    if (f->n == 0 || g->n == 0)
        return conv_fail(CONV_ERR_EXTENT, "%s has n = 0, must be at least 1",
                         f->n ? "g_grid" : "f_grid");
    conv_status status = conv_check_spacing(f->dx, "f_grid.dx");
    if (status == CONV_OK)
        status = conv_check_spacing(g->dx, "g_grid.dx");
    if (status == CONV_OK)
        status = conv_lattice_check_mode(mode);
    if (status == CONV_OK && !(fabs(f->dx - g->dx) <= SAME_SPACING * f->dx))
        status = conv_fail(
            CONV_ERR_SPACING,
            "f_grid.dx is %.17g and g_grid.dx is %.17g, must be the same to within %g of it", f->dx,
            g->dx, SAME_SPACING);
    return status;
}

conv_status conv_grid_output(const conv_grid *f, const conv_grid *g, conv_mode mode, conv_grid *y) {
    CONV_KEEP_ERRNO;
    conv_status status = check_grids(f, g, mode);
    if (status == CONV_OK && !y)
        status = conv_fail(CONV_ERR_NULL, "y is NULL");
    if (status != CONV_OK)
        return status;
    size_t n = 0, start = 0, full;
    if (conv_add(f->n, g->n, &full))
        conv_lattice_of_mode(mode, f->n, g->n, &start, &n);
    else
        return conv_fail(CONV_ERR_OVERFLOW, "f_grid.n = %zu and g_grid.n = %zu are too large", f->n,
                         g->n);
    *y = (conv_grid){f->x0 + g->x0 + (double)start * f->dx, f->dx, n};
    return CONV_OK;
}

typedef struct {
    conv_dtype dtype;
    int rank;
    const conv_grid *f_grid, *g_grid;
    conv_mode mode;
    conv_rule rule;
    int rule_order;
} integral;

static conv_status integrate(const integral *call, const void *f, const void *g, void *y,
                             conv_grid *y_grid) {
    CONV_KEEP_ERRNO;
    conv_desc desc;
    conv_grid out[2];
    size_t n[2], m[2];
    conv_plan *plan = NULL;
    conv_status status = CONV_OK;
    if (!f || !g || !y)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !f ? "f" : !g ? "g" : "y");
    if (!call->f_grid || !call->g_grid)
        return check_grids(call->f_grid, call->g_grid, call->mode);
    for (int d = 0; d < call->rank && status == CONV_OK; d++) {
        status = conv_grid_output(&call->f_grid[d], &call->g_grid[d], call->mode, &out[d]);
        n[d] = call->f_grid[d].n;
        m[d] = call->g_grid[d].n;
    }
    if (status != CONV_OK)
        return status;
    conv_desc_init(&desc, call->dtype, call->rank, n, m, call->mode);
    desc.rule = call->rule;
    desc.rule_order = call->rule_order;
    for (int d = 0; d < call->rank; d++)
        desc.spacing[d] = call->f_grid[d].dx;
    status = conv_create_once(&plan, &desc, f, g, y);
    if (status == CONV_OK)
        status = conv_plan_execute(plan, f, y, NULL);
    conv_plan_destroy(plan);
    for (int d = 0; d < call->rank && status == CONV_OK && y_grid; d++)
        y_grid[d] = out[d];
    return status;
}

conv_status conv1d_integral_f32(const float *f, const conv_grid *f_grid, const float *g,
                                const conv_grid *g_grid, conv_mode mode, conv_rule rule,
                                int rule_order, float *y, conv_grid *y_grid) {
    integral call = {CONV_F32, 1, f_grid, g_grid, mode, rule, rule_order};
    return integrate(&call, f, g, y, y_grid);
}

conv_status conv1d_integral_f64(const double *f, const conv_grid *f_grid, const double *g,
                                const conv_grid *g_grid, conv_mode mode, conv_rule rule,
                                int rule_order, double *y, conv_grid *y_grid) {
    integral call = {CONV_F64, 1, f_grid, g_grid, mode, rule, rule_order};
    return integrate(&call, f, g, y, y_grid);
}

conv_status conv1d_integral_c32(const conv_c32 *f, const conv_grid *f_grid, const conv_c32 *g,
                                const conv_grid *g_grid, conv_mode mode, conv_rule rule,
                                int rule_order, conv_c32 *y, conv_grid *y_grid) {
    integral call = {CONV_C32, 1, f_grid, g_grid, mode, rule, rule_order};
    return integrate(&call, f, g, y, y_grid);
}

conv_status conv1d_integral_c64(const conv_c64 *f, const conv_grid *f_grid, const conv_c64 *g,
                                const conv_grid *g_grid, conv_mode mode, conv_rule rule,
                                int rule_order, conv_c64 *y, conv_grid *y_grid) {
    integral call = {CONV_C64, 1, f_grid, g_grid, mode, rule, rule_order};
    return integrate(&call, f, g, y, y_grid);
}

conv_status conv2d_integral_f32(const float *f, const conv_grid f_grid[2], const float *g,
                                const conv_grid g_grid[2], conv_mode mode, conv_rule rule,
                                int rule_order, float *y, conv_grid y_grid[2]) {
    integral call = {CONV_F32, 2, f_grid, g_grid, mode, rule, rule_order};
    return integrate(&call, f, g, y, y_grid);
}

conv_status conv2d_integral_f64(const double *f, const conv_grid f_grid[2], const double *g,
                                const conv_grid g_grid[2], conv_mode mode, conv_rule rule,
                                int rule_order, double *y, conv_grid y_grid[2]) {
    integral call = {CONV_F64, 2, f_grid, g_grid, mode, rule, rule_order};
    return integrate(&call, f, g, y, y_grid);
}

conv_status conv2d_integral_c32(const conv_c32 *f, const conv_grid f_grid[2], const conv_c32 *g,
                                const conv_grid g_grid[2], conv_mode mode, conv_rule rule,
                                int rule_order, conv_c32 *y, conv_grid y_grid[2]) {
    integral call = {CONV_C32, 2, f_grid, g_grid, mode, rule, rule_order};
    return integrate(&call, f, g, y, y_grid);
}

conv_status conv2d_integral_c64(const conv_c64 *f, const conv_grid f_grid[2], const conv_c64 *g,
                                const conv_grid g_grid[2], conv_mode mode, conv_rule rule,
                                int rule_order, conv_c64 *y, conv_grid y_grid[2]) {
    integral call = {CONV_C64, 2, f_grid, g_grid, mode, rule, rule_order};
    return integrate(&call, f, g, y, y_grid);
}

conv_status conv_plan_estimate(const conv_plan *plan, conv_estimate kind, const void *signal,
                               double *error) {
    CONV_KEEP_ERRNO;
    if (!plan || !signal || !error)
        return conv_fail(CONV_ERR_NULL, "%s is NULL",
                         !plan     ? "plan"
                         : !signal ? "signal"
                                   : "error");
    conv_status status = conv_check_enum("kind", (int)kind, CONV_ESTIMATE_RICHARDSON);
    if (status != CONV_OK)
        return status;
    if (plan->rule == CONV_RULE_SUM)
        return conv_fail(CONV_ERR_RULE, "the plan's rule is CONV_RULE_SUM, which has no error");
    if (plan->has_breaks)
        return conv_fail(CONV_ERR_RULE, "no estimate for a plan with breaks");
    if (kind == CONV_ESTIMATE_RICHARDSON && plan->problem.rank > 1)
        return conv_fail(CONV_ERR_RULE, "CONV_ESTIMATE_RICHARDSON needs rank 1, which is %d",
                         plan->problem.rank);
    return conv_estimate_all(plan, kind, signal, error);
}

int conv_plan_rule_order(const conv_plan *plan, const void *signal) {
    CONV_KEEP_ERRNO;
    return plan ? conv_estimate_order(plan, signal) : 0;
}
