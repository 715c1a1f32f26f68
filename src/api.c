/* The public functions. Arguments are checked here; sizes in problem/, what methods refuse there.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "plan/plan.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const char *conv_version_string(void) {
    return TEXT(CONV_VERSION_MAJOR) "." TEXT(CONV_VERSION_MINOR) "." TEXT(CONV_VERSION_PATCH);
}

size_t conv_output_extent(size_t nx, size_t nh, conv_mode mode) {
    size_t full;
    if (nx == 0 || nh == 0 || !conv_add(nx, nh, &full))
        return 0;
    switch (mode) {
    case CONV_FULL:
        return full - 1;
    case CONV_SAME:
    case CONV_CAUSAL:
    case CONV_CIRCULAR:
        return nx;
    case CONV_VALID:
        return conv_max(nx, nh) - conv_min(nx, nh) + 1;
    case CONV_WINDOW:
        return 0;
    }
    return 0;
}

void conv_desc_init(conv_desc *desc, conv_dtype dtype, int rank, const size_t *signal_shape,
                    const size_t *kernel_shape, conv_mode mode) {
    if (!desc)
        return;
    memset(desc, 0, sizeof *desc);
    desc->struct_size = sizeof *desc;
    desc->dtype = desc->kernel_dtype = dtype;
    desc->rank = rank;
    desc->mode = mode;
    desc->batch = 1;
    desc->threads = 1;
    for (int d = 0; d < CONV_MAX_RANK; d++) {
        bool used = d < rank;
        desc->signal_shape[d] = used && signal_shape ? signal_shape[d] : 0;
        desc->kernel_shape[d] = used && kernel_shape ? kernel_shape[d] : 0;
        desc->window_step[d] = 1;
        desc->spacing[d] = 1;
    }
}

/* ---- checks ---- */

static conv_status check_enum(const char *name, int value, int last) {
    if (value < 0 || value > last)
        return conv_fail(CONV_ERR_ENUM, "%s is %d, must be 0..%d", name, value, last);
    return CONV_OK;
}

static conv_status check_enums(const conv_desc *desc) {
    const struct {
        const char *name;
        int value, last;
    } fields[] = {
        {"dtype", (int)desc->dtype, CONV_C64},
        {"kernel_dtype", (int)desc->kernel_dtype, CONV_C64},
        {"mode", (int)desc->mode, CONV_WINDOW},
        {"operation", (int)desc->operation, CONV_CORRELATE},
        {"preset", (int)desc->preset, CONV_PRESET_TORCH},
        {"rule", (int)desc->rule, CONV_RULE_TRAPEZOID},
        {"method", (int)desc->method, CONV_METHOD_REFERENCE},
        {"isa", (int)desc->isa, CONV_ISA_V4},
    };
    conv_status status = CONV_OK;
    for (size_t i = 0; i < sizeof fields / sizeof *fields && status == CONV_OK; i++)
        status = check_enum(fields[i].name, fields[i].value, fields[i].last);
    for (int d = 0; d < desc->rank && status == CONV_OK; d++)
        status = check_enum("boundary", (int)desc->boundary[d], CONV_MIRROR);
    return status;
}

static conv_status check_spacing(double spacing, const char *name, int d) {
    if (!isfinite(spacing) || spacing <= 0)
        return conv_fail(CONV_ERR_SPACING, "%s[%d] is %g, must be finite and positive", name, d,
                         spacing);
    return CONV_OK;
}

static conv_status check_desc(const conv_desc *desc) {
    if (!desc)
        return conv_fail(CONV_ERR_NULL, "desc is NULL");
    if (desc->struct_size != sizeof *desc)
        return conv_fail(CONV_ERR_STRUCT_SIZE,
                         "struct_size is %zu, must be %zu as conv_desc_init sets it",
                         desc->struct_size, sizeof *desc);
    if (desc->rank < 1 || desc->rank > CONV_MAX_RANK)
        return conv_fail(CONV_ERR_RANK, "rank is %d, must be 1..%d", desc->rank, CONV_MAX_RANK);
    conv_status status = check_enums(desc);
    if (status != CONV_OK)
        return status;
    if (desc->kernel_dtype != desc->dtype && desc->kernel_dtype != conv_dtype_real(desc->dtype))
        return conv_fail(CONV_ERR_TYPE, "kernel_dtype is %s for a signal of %s, must be %s or %s",
                         conv_dtype_name(desc->kernel_dtype), conv_dtype_name(desc->dtype),
                         conv_dtype_name(desc->dtype),
                         conv_dtype_name(conv_dtype_real(desc->dtype)));
    if (desc->batch == 0)
        return conv_fail(CONV_ERR_EXTENT, "batch is 0, must be at least 1");
    if (desc->batch > CONV_MAX_BYTES)
        return conv_fail(CONV_ERR_OVERFLOW, "batch is %zu, too large", desc->batch);
    if (desc->threads < 0)
        return conv_fail(CONV_ERR_THREADS, "threads is %d, must be 0 or more", desc->threads);
    for (int d = 0; d < desc->rank && desc->rule != CONV_RULE_SUM && status == CONV_OK; d++)
        status = check_spacing(desc->spacing[d], "spacing", d);
    return status;
}

static bool overlap(const void *a, conv_span a_span, const void *b, conv_span b_span) {
    uintptr_t a_low = (uintptr_t)a + (uintptr_t)a_span.low;
    uintptr_t a_high = (uintptr_t)a + (uintptr_t)a_span.high;
    uintptr_t b_low = (uintptr_t)b + (uintptr_t)b_span.low;
    uintptr_t b_high = (uintptr_t)b + (uintptr_t)b_span.high;
    return a_low < b_high && b_low < a_high;
}

/* ---- description and plan ---- */

conv_status conv_output_shape(const conv_desc *desc, size_t shape[CONV_MAX_RANK]) {
    conv_problem problem;
    conv_status status = check_desc(desc);
    if (status == CONV_OK && !shape)
        status = conv_fail(CONV_ERR_NULL, "shape is NULL");
    if (status == CONV_OK)
        status = conv_problem_init(&problem, desc);
    if (status != CONV_OK)
        return status;
    for (int d = 0; d < CONV_MAX_RANK; d++)
        shape[d] = d < desc->rank ? problem.axis[d].count : 1;
    return CONV_OK;
}

/* Checks the description, and what becomes of it. */
static conv_status canonical(const conv_desc *desc, const void *kernel, conv_problem *problem,
                             conv_mending *mending) {
    conv_status status = check_desc(desc);
    if (status == CONV_OK && !kernel)
        status = conv_fail(CONV_ERR_NULL, "kernel is NULL");
    if (status == CONV_OK)
        status = conv_problem_init(problem, desc);
    if (status == CONV_OK)
        conv_integral_apply(problem, desc, mending);
    return status;
}

conv_status conv_plan_create(conv_plan **plan, const conv_desc *desc, const void *kernel) {
    conv_problem problem;
    conv_mending mending[CONV_MAX_RANK];
    if (!plan)
        return conv_fail(CONV_ERR_NULL, "plan is NULL");
    *plan = NULL;
    conv_status status = canonical(desc, kernel, &problem, mending);
    return status == CONV_OK ? conv_plan_build(plan, &problem, mending, kernel) : status;
}

size_t conv_plan_workspace_size(const conv_plan *plan) {
    if (!plan)
        return 0;
    size_t bytes = conv_plan_item_bytes(plan) * (size_t)plan->batch_threads;
    return bytes ? bytes + CONV_ALIGNMENT - 1 : 0; /* to align whatever the caller brings */
}

conv_method conv_plan_method(const conv_plan *plan) {
    if (!plan)
        return CONV_METHOD_AUTO;
    return plan->method->id;
}

conv_status conv_plan_execute(const conv_plan *plan, const void *signal, void *output,
                              void *workspace) {
    if (!plan || !signal || !output)
        return conv_fail(CONV_ERR_NULL, "%s is NULL",
                         !plan     ? "plan"
                         : !signal ? "signal"
                                   : "output");
    const conv_problem *problem = &plan->problem;
    if (overlap(signal, problem->signal_span, output, problem->output_span))
        return conv_fail(CONV_ERR_ALIAS,
                         "output at %p overlaps the signal at %p; their address ranges must not "
                         "meet",
                         output, signal);
    size_t bytes = conv_plan_workspace_size(plan);
    if (bytes == 0) {
        conv_plan_run(plan, signal, output, NULL);
        return CONV_OK;
    }
    if (workspace) {
        conv_span span = {0, (ptrdiff_t)bytes};
        if (overlap(workspace, span, output, problem->output_span) ||
            overlap(workspace, span, signal, problem->signal_span))
            return conv_fail(CONV_ERR_ALIAS, "workspace at %p overlaps the signal or the output",
                             workspace);
        conv_plan_run(plan, signal, output, conv_align_pointer(workspace));
        return CONV_OK;
    }
    void *own = conv_allocate(bytes);
    if (!own)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a workspace of %zu bytes", bytes);
    conv_plan_run(plan, signal, output, conv_align_pointer(own));
    conv_free(own);
    return CONV_OK;
}

/* ---- one-shot calls ---- */

typedef struct {
    const char *signal, *kernel; /* names of the arguments, for messages */
    const char *extents[4];
    conv_dtype dtype;
    int rank;
    size_t signal_shape[2], kernel_shape[2];
    conv_mode mode;
    conv_rule rule;
    double spacing[2];
} one_shot;

static conv_status check_one_shot(const one_shot *call, const void *x, const void *h, void *y) {
    if (!x || !h || !y)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !x ? call->signal : !h ? call->kernel : "y");
    conv_status status = check_enum("mode", (int)call->mode, CONV_CIRCULAR);
    for (int d = 0; d < call->rank; d++) {
        if (call->signal_shape[d] == 0)
            return conv_fail(CONV_ERR_EXTENT, "%s is 0, must be at least 1", call->extents[d]);
        if (call->kernel_shape[d] == 0)
            return conv_fail(CONV_ERR_EXTENT, "%s is 0, must be at least 1",
                             call->extents[call->rank + d]);
    }
    for (int d = 0; d < call->rank && call->rule != CONV_RULE_SUM && status == CONV_OK; d++)
        status = check_spacing(call->spacing[d], "spacing (dy, dx)", d);
    return status;
}

static conv_status check_one_shot_overlap(const one_shot *call, const conv_problem *problem,
                                          const void *x, const void *h, const void *y) {
    conv_span kernel_span = {0, (ptrdiff_t)(problem->taps * problem->elements->tap_size)};
    bool meets_kernel = overlap(h, kernel_span, y, problem->output_span);
    if (meets_kernel || overlap(x, problem->signal_span, y, problem->output_span))
        return conv_fail(CONV_ERR_ALIAS, "y at %p overlaps %s at %p", y,
                         meets_kernel ? call->kernel : call->signal, meets_kernel ? h : x);
    return CONV_OK;
}

static conv_status run_one_shot(const one_shot *call, const void *x, const void *h, void *y) {
    conv_desc desc;
    conv_problem problem;
    conv_mending mending[CONV_MAX_RANK];
    conv_plan *plan = NULL;
    conv_status status = check_one_shot(call, x, h, y);
    if (status != CONV_OK)
        return status;
    conv_desc_init(&desc, call->dtype, call->rank, call->signal_shape, call->kernel_shape,
                   call->mode);
    desc.rule = call->rule;
    desc.spacing[0] = call->spacing[0];
    desc.spacing[1] = call->spacing[1];
    status = canonical(&desc, h, &problem, mending);
    if (status == CONV_OK)
        status = check_one_shot_overlap(call, &problem, x, h, y);
    if (status != CONV_OK || conv_plan_once(&problem, mending, h, x, y))
        return status;
    problem.once = true;
    status = conv_plan_build(&plan, &problem, mending, h);
    if (status == CONV_OK)
        status = conv_plan_execute(plan, x, y, NULL);
    conv_plan_destroy(plan);
    return status;
}

static conv_status sum_1d(conv_dtype dtype, const void *x, size_t nx, const void *h, size_t nh,
                          conv_mode mode, void *y) {
    one_shot call = {"x", "h", {"nx", "nh"}, dtype, 1, {nx}, {nh}, mode, CONV_RULE_SUM, {1, 1}};
    return run_one_shot(&call, x, h, y);
}

static conv_status sum_2d(conv_dtype dtype, const void *x, size_t x_rows, size_t x_cols,
                          const void *h, size_t h_rows, size_t h_cols, conv_mode mode, void *y) {
    one_shot call = {"x",
                     "h",
                     {"x_rows", "x_cols", "h_rows", "h_cols"},
                     dtype,
                     2,
                     {x_rows, x_cols},
                     {h_rows, h_cols},
                     mode,
                     CONV_RULE_SUM,
                     {1, 1}};
    return run_one_shot(&call, x, h, y);
}

static conv_status integral_1d(conv_dtype dtype, const void *f, size_t nf, const void *g, size_t ng,
                               double dx, conv_mode mode, void *y) {
    one_shot call = {"f",  "g",  {"nf", "ng"},        dtype,  1, {nf},
                     {ng}, mode, CONV_RULE_TRAPEZOID, {dx, 1}};
    return run_one_shot(&call, f, g, y);
}

static conv_status integral_2d(conv_dtype dtype, const void *f, size_t f_rows, size_t f_cols,
                               const void *g, size_t g_rows, size_t g_cols, double dy, double dx,
                               conv_mode mode, void *y) {
    one_shot call = {"f",
                     "g",
                     {"f_rows", "f_cols", "g_rows", "g_cols"},
                     dtype,
                     2,
                     {f_rows, f_cols},
                     {g_rows, g_cols},
                     mode,
                     CONV_RULE_TRAPEZOID,
                     {dy, dx}};
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
