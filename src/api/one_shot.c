/* conv1d, conv2d and their trapezoidal twins: a description, and a plan for one execution, or none
 * where the sum is smaller than a plan. */
#include "api/checks.h"
#include "base/kept_errno.h"
#include "base/status.h"
#include "integral/integral.h"
#include "plan/build_plan.h"
#include "plan/once.h"
#include "problem/lattice.h"
#include "problem/still_axes.h"

/* Names of the arguments, for messages. */
typedef struct {
    const char *signal, *kernel, *extents[4];
} argument_names;

typedef struct {
    const argument_names *names;
    conv_dtype dtype;
    int rank;
    size_t signal_shape[2], kernel_shape[2];
    conv_mode mode;
    conv_rule rule;
    double spacing[2];
} one_shot;

static conv_status check_one_shot(const one_shot *call, const void *x, const void *h, void *y) {
    const argument_names *names = call->names;
    if (!x || !h || !y)
        return conv_fail(CONV_ERR_NULL, "%s is NULL",
                         !x   ? names->signal
                         : !h ? names->kernel
                              : "y");
    conv_status status = conv_lattice_check_mode(call->mode);
    for (int d = 0; d < call->rank; d++)
        if (call->signal_shape[d] == 0 || call->kernel_shape[d] == 0)
            return conv_fail(CONV_ERR_EXTENT, "%s is 0, must be at least 1",
                             names->extents[call->signal_shape[d] ? call->rank + d : d]);
    for (int d = 0; d < call->rank && call->rule != CONV_RULE_SUM && status == CONV_OK; d++)
        status = conv_check_spacing(call->spacing[d], d == call->rank - 1 ? "dx" : "dy");
    return status;
}

static conv_status check_overlap(const char *signal, const char *kernel,
                                 const conv_problem *problem, const void *x, const void *h,
                                 const void *y) {
    conv_span kernel_span = {0, (ptrdiff_t)(problem->taps * problem->elements->tap_size)};
    bool meets_kernel = conv_spans_overlap(h, kernel_span, y, problem->output_span);
    if (meets_kernel || conv_spans_overlap(x, problem->signal_span, y, problem->output_span))
        return conv_fail(CONV_ERR_ALIAS, "y at %p overlaps %s at %p", y,
                         meets_kernel ? kernel : signal, meets_kernel ? h : x);
    return CONV_OK;
}

/* What a plan needs, and the small sums need not. */
static conv_status run_with_plan(const one_shot *call, const conv_problem *problem,
                                 conv_wishes *wishes, const void *x, const void *h, void *y) {
    CONV_KEEP_ERRNO;
    conv_desc desc;
    conv_plan *plan = NULL;
    conv_desc_init(&desc, call->dtype, call->rank, call->signal_shape, call->kernel_shape,
                   call->mode);
    desc.rule = call->rule;
    desc.spacing[0] = call->spacing[0];
    desc.spacing[1] = call->spacing[1];
    wishes->uses = 1;
    wishes->keeps_workspace = true;
    conv_status status = conv_build_plan(&plan, problem, wishes, &desc, h);
    if (status == CONV_OK)
        status = conv_plan_execute(plan, x, y, NULL);
    conv_plan_destroy(plan);
    return status;
}

/* Whether the kernel is so much larger that the two change places: methods take time and memory by
 * the kernel. The sum is the same, and so is a rule's, where neither has an edge rule: FULL, VALID.
 */
static bool changes_places(const one_shot *call, const conv_problem *problem) {
    size_t samples = 1;
    bool longer = call->mode == CONV_FULL || call->mode == CONV_VALID;
    for (int d = 0; d < call->rank; d++) {
        longer = longer && call->kernel_shape[d] >= call->signal_shape[d];
        samples *= call->signal_shape[d];
    }
    return longer && samples <= problem->taps / 4;
}

static conv_status run_changed(const one_shot *call, conv_wishes *wishes, const void *x,
                               const void *h, void *y) {
    conv_problem problem;
    one_shot changed = *call;
    for (int d = 0; d < call->rank; d++) {
        changed.signal_shape[d] = call->kernel_shape[d];
        changed.kernel_shape[d] = call->signal_shape[d];
    }
    conv_status status = conv_problem_plain(&problem, call->dtype, call->rank, changed.signal_shape,
                                            changed.kernel_shape, call->mode);
    if (status != CONV_OK)
        return status;
    if (call->rule != CONV_RULE_SUM)
        conv_integral_scale(&problem, call->spacing);
    return run_with_plan(&changed, &problem, wishes, h, x, y);
}

static conv_status run_one_shot(const one_shot *call, const void *x, const void *h, void *y) {
    conv_problem problem;
    conv_wishes wishes;
    conv_status status = check_one_shot(call, x, h, y);
    if (status == CONV_OK)
        status = conv_problem_plain(&problem, call->dtype, call->rank, call->signal_shape,
                                    call->kernel_shape, call->mode);
    if (status == CONV_OK)
        status = check_overlap(call->names->signal, call->names->kernel, &problem, x, h, y);
    if (status != CONV_OK)
        return status;
    conv_wishes_init(&wishes);
    conv_problem_drop_still_axes(&problem, call->rule != CONV_RULE_SUM);
    if (call->rule != CONV_RULE_SUM)
        conv_integral_scale(&problem, call->spacing);
    else if (conv_once(&problem, &wishes, h, x, y))
        return CONV_OK;
    if (changes_places(call, &problem))
        return run_changed(call, &wishes, x, h, y);
    return run_with_plan(call, &problem, &wishes, x, h, y);
}

conv_status conv_create_once(conv_plan **plan, const conv_desc *desc, const void *f, const void *g,
                             const void *y) {
    const conv_desc *full;
    conv_problem problem;
    conv_wishes wishes;
    *plan = NULL;
    conv_status status = conv_canonical(desc, g, NULL, &full, &problem, &wishes);
    if (status == CONV_OK)
        status = check_overlap("f", "g", &problem, f, g, y);
    wishes.uses = 1;
    return status == CONV_OK ? conv_build_plan(plan, &problem, &wishes, full, g) : status;
}

static conv_status sum_1d(conv_dtype dtype, const void *x, size_t nx, const void *h, size_t nh,
                          conv_mode mode, void *y) {
    static const argument_names names = {"x", "h", {"nx", "nh"}};
    if (conv_once_line(dtype, x, nx, h, nh, mode, y))
        return CONV_OK;
    one_shot call = {&names, dtype, 1, {nx}, {nh}, mode, CONV_RULE_SUM, {1, 1}};
    return run_one_shot(&call, x, h, y);
}

static conv_status sum_2d(conv_dtype dtype, const void *x, size_t x_rows, size_t x_cols,
                          const void *h, size_t h_rows, size_t h_cols, conv_mode mode, void *y) {
    static const argument_names names = {"x", "h", {"x_rows", "x_cols", "h_rows", "h_cols"}};
    one_shot call = {&names, dtype,         2,     {x_rows, x_cols}, {h_rows, h_cols},
                     mode,   CONV_RULE_SUM, {1, 1}};
    return run_one_shot(&call, x, h, y);
}

static conv_status integral_1d(conv_dtype dtype, const void *f, size_t nf, const void *g, size_t ng,
                               double dx, conv_mode mode, void *y) {
    static const argument_names names = {"f", "g", {"nf", "ng"}};
    one_shot call = {&names, dtype, 1, {nf}, {ng}, mode, CONV_RULE_TRAPEZOID, {dx, 1}};
    return run_one_shot(&call, f, g, y);
}

static conv_status integral_2d(conv_dtype dtype, const void *f, size_t f_rows, size_t f_cols,
                               const void *g, size_t g_rows, size_t g_cols, double dy, double dx,
                               conv_mode mode, void *y) {
    static const argument_names names = {"f", "g", {"f_rows", "f_cols", "g_rows", "g_cols"}};
    one_shot call = {
        &names, dtype, 2, {f_rows, f_cols}, {g_rows, g_cols}, mode, CONV_RULE_TRAPEZOID, {dy, dx}};
    return run_one_shot(&call, f, g, y);
}

conv_status conv1d_f32(const float *x, size_t nx, const float *h, size_t nh, conv_mode mode,
                       float *y) {
    return sum_1d(CONV_F32, x, nx, h, nh, mode, y);
}

conv_status conv2d_f32(const float *x, size_t x_rows, size_t x_cols, const float *h, size_t h_rows,
                       size_t h_cols, conv_mode mode, float *y) {
    return sum_2d(CONV_F32, x, x_rows, x_cols, h, h_rows, h_cols, mode, y);
}

conv_status conv1d_trapezoid_f32(const float *f, size_t nf, const float *g, size_t ng, float dx,
                                 conv_mode mode, float *y) {
    return integral_1d(CONV_F32, f, nf, g, ng, dx, mode, y);
}

conv_status conv2d_trapezoid_f32(const float *f, size_t f_rows, size_t f_cols, const float *g,
                                 size_t g_rows, size_t g_cols, float dy, float dx, conv_mode mode,
                                 float *y) {
    return integral_2d(CONV_F32, f, f_rows, f_cols, g, g_rows, g_cols, dy, dx, mode, y);
}

conv_status conv1d_f64(const double *x, size_t nx, const double *h, size_t nh, conv_mode mode,
                       double *y) {
    return sum_1d(CONV_F64, x, nx, h, nh, mode, y);
}

conv_status conv2d_f64(const double *x, size_t x_rows, size_t x_cols, const double *h,
                       size_t h_rows, size_t h_cols, conv_mode mode, double *y) {
    return sum_2d(CONV_F64, x, x_rows, x_cols, h, h_rows, h_cols, mode, y);
}

conv_status conv1d_trapezoid_f64(const double *f, size_t nf, const double *g, size_t ng, double dx,
                                 conv_mode mode, double *y) {
    return integral_1d(CONV_F64, f, nf, g, ng, dx, mode, y);
}

conv_status conv2d_trapezoid_f64(const double *f, size_t f_rows, size_t f_cols, const double *g,
                                 size_t g_rows, size_t g_cols, double dy, double dx, conv_mode mode,
                                 double *y) {
    return integral_2d(CONV_F64, f, f_rows, f_cols, g, g_rows, g_cols, dy, dx, mode, y);
}

conv_status conv1d_c32(const conv_c32 *x, size_t nx, const conv_c32 *h, size_t nh, conv_mode mode,
                       conv_c32 *y) {
    return sum_1d(CONV_C32, x, nx, h, nh, mode, y);
}

conv_status conv2d_c32(const conv_c32 *x, size_t x_rows, size_t x_cols, const conv_c32 *h,
                       size_t h_rows, size_t h_cols, conv_mode mode, conv_c32 *y) {
    return sum_2d(CONV_C32, x, x_rows, x_cols, h, h_rows, h_cols, mode, y);
}

conv_status conv1d_trapezoid_c32(const conv_c32 *f, size_t nf, const conv_c32 *g, size_t ng,
                                 float dx, conv_mode mode, conv_c32 *y) {
    return integral_1d(CONV_C32, f, nf, g, ng, dx, mode, y);
}

conv_status conv2d_trapezoid_c32(const conv_c32 *f, size_t f_rows, size_t f_cols, const conv_c32 *g,
                                 size_t g_rows, size_t g_cols, float dy, float dx, conv_mode mode,
                                 conv_c32 *y) {
    return integral_2d(CONV_C32, f, f_rows, f_cols, g, g_rows, g_cols, dy, dx, mode, y);
}

conv_status conv1d_c64(const conv_c64 *x, size_t nx, const conv_c64 *h, size_t nh, conv_mode mode,
                       conv_c64 *y) {
    return sum_1d(CONV_C64, x, nx, h, nh, mode, y);
}

conv_status conv2d_c64(const conv_c64 *x, size_t x_rows, size_t x_cols, const conv_c64 *h,
                       size_t h_rows, size_t h_cols, conv_mode mode, conv_c64 *y) {
    return sum_2d(CONV_C64, x, x_rows, x_cols, h, h_rows, h_cols, mode, y);
}

conv_status conv1d_trapezoid_c64(const conv_c64 *f, size_t nf, const conv_c64 *g, size_t ng,
                                 double dx, conv_mode mode, conv_c64 *y) {
    return integral_1d(CONV_C64, f, nf, g, ng, dx, mode, y);
}

conv_status conv2d_trapezoid_c64(const conv_c64 *f, size_t f_rows, size_t f_cols, const conv_c64 *g,
                                 size_t g_rows, size_t g_cols, double dy, double dx, conv_mode mode,
                                 conv_c64 *y) {
    return integral_2d(CONV_C64, f, f_rows, f_cols, g, g_rows, g_cols, dy, dx, mode, y);
}
