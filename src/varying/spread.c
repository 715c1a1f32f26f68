/* Making a plan for an image whose pixels have Gaussians of their own. */
#include "varying/spread.h"

#include <math.h>
#include <string.h>

#include "api/checks.h"
#include "base/cpu.h"
#include "base/dtype.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "plan/text.h"
#include "varying/forms.h"

static const double usual_tolerance = 1e-6, largest_tolerance = 0.01;

/* Of the smaller spacing: a kernel this narrow has one pixel, or those exactly on its axis. */
static const double narrowest_part = 0x1p-10;

void conv_spread_desc_init(conv_spread_desc *desc, conv_dtype dtype, size_t rows, size_t cols,
                           conv_varying_form form) {
    if (!desc)
        return;
    memset(desc, 0, sizeof *desc);
    desc->struct_size = sizeof *desc;
    desc->dtype = dtype;
    desc->rows = rows;
    desc->cols = cols;
    desc->spacing[0] = desc->spacing[1] = 1;
    desc->form = form;
    desc->batch = 1;
    desc->threads = 1;
}

/* ---- checks ---- */

static conv_status check_enums(const conv_spread_desc *desc, const double *minor) {
    const conv_enum_field fields[] = {
        {"dtype", (int)desc->dtype, CONV_C64},
        {"kind", (int)desc->kind, CONV_VARYING_CELL},
        {"edge", (int)desc->edge, CONV_VARYING_CLAMP},
        {"isa", (int)desc->isa, CONV_ISA_LAST},
    };
    conv_status status = conv_varying_check_form(desc->form, "widths");
    if (status == CONV_OK)
        status = conv_check_enums(fields, sizeof fields / sizeof *fields);
    if (status != CONV_OK)
        return status;
    if (desc->kind == CONV_VARYING_CELL && minor)
        return conv_fail(CONV_ERR_ENUM, "kind is CONV_VARYING_CELL, which is for round kernels: "
                                        "minor must be NULL");
    return CONV_OK;
}

static conv_status check_numbers(const conv_spread_desc *desc) {
    double unit = conv_dtype_is_double(desc->dtype) ? 0x1p-53 : 0x1p-24;
    conv_status status = conv_check_spacing(desc->spacing[0], "spacing[0]");
    if (status == CONV_OK)
        status = conv_check_spacing(desc->spacing[1], "spacing[1]");
    if (status != CONV_OK)
        return status;
    if (desc->tolerance != 0 && !(desc->tolerance >= unit && desc->tolerance <= largest_tolerance))
        return conv_fail(CONV_ERR_TOLERANCE, "tolerance is %g, must be 0 (1e-6) or %.3g..%g for %s",
                         desc->tolerance, unit, largest_tolerance, conv_dtype_name(desc->dtype));
    if (desc->threads < 0)
        return conv_fail(CONV_ERR_THREADS, "threads is %d, must be 0 or more", desc->threads);
    if (desc->rows == 0 || desc->cols == 0 || desc->batch == 0)
        return conv_fail(CONV_ERR_EXTENT, "%s is 0, must be at least 1",
                         desc->rows == 0   ? "rows"
                         : desc->cols == 0 ? "cols"
                                           : "batch");
    if (desc->batch > CONV_MAX_BYTES)
        return conv_fail(CONV_ERR_OVERFLOW, "batch is %zu, too large", desc->batch);
    return CONV_OK;
}

static conv_status check(const conv_spread_desc *desc, const double *major, const double *minor,
                         const double *angle) {
    if (!desc || !major)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !desc ? "desc" : "major");
    if (angle && !minor)
        return conv_fail(CONV_ERR_NULL, "minor is NULL, but angle is not");
    conv_status status =
        conv_check_struct_size(desc->struct_size, sizeof *desc, "conv_spread_desc_init");
    if (status != CONV_OK)
        return status;
    status = check_enums(desc, minor);
    return status == CONV_OK ? check_numbers(desc) : status;
}

/* A convolution with one tap has the layout, and the core checks it. */
static conv_status lay_out(conv_problem *problem, const conv_spread_desc *given) {
    conv_desc desc;
    const size_t shape[2] = {given->rows, given->cols}, ones[2] = {1, 1};
    conv_desc_init(&desc, given->dtype, 2, shape, ones, CONV_SAME);
    for (int d = 0; d < 2; d++) {
        desc.signal_stride[d] = given->signal_stride[d];
        desc.output_stride[d] = given->output_stride[d];
    }
    desc.batch = given->batch;
    desc.signal_batch_stride = given->signal_batch_stride;
    desc.output_batch_stride = given->output_batch_stride;
    return conv_problem_init(problem, &desc);
}

/* ---- pixels ---- */

static conv_status check_pixel(const conv_spread *plan, const char *name, const double *map,
                               size_t at, bool width) {
    if (!map || (isfinite(map[at]) && (!width || map[at] >= 0)))
        return CONV_OK;
    return conv_fail(CONV_ERR_RANGE, "%s[%zu] (row %zu, column %zu) is %g, must be finite%s", name,
                     at, at / plan->cols, at % plan->cols, map[at], width ? " and at least 0" : "");
}

static conv_status take_pixel(conv_spread *plan, const double *major, const double *minor,
                              const double *angle, size_t at) {
    conv_status status = check_pixel(plan, "major", major, at, true);
    if (status == CONV_OK)
        status = check_pixel(plan, "minor", minor, at, true);
    if (status == CONV_OK)
        status = check_pixel(plan, "angle", angle, at, false);
    if (status != CONV_OK)
        return status;
    double u = major[at], v = minor ? minor[at] : u, reach[2];
    conv_spread_pixel *pixel = &plan->pixel[at];
    *pixel = conv_spread_shape(&plan->rule, u, v, angle ? angle[at] : 0);
    conv_spread_reach(&plan->rule, pixel, reach);
    if (!(reach[0] <= CONV_SPREAD_LONGEST && reach[1] <= CONV_SPREAD_LONGEST))
        return conv_fail(CONV_ERR_RANGE,
                         "%s[%zu] (row %zu, column %zu) is %g, whose kernel reaches %g rows and %g "
                         "columns: at most %g",
                         v > u ? "minor" : "major", at, at / plan->cols, at % plan->cols,
                         fmax(u, v), reach[0], reach[1], CONV_SPREAD_LONGEST);
    conv_spread_room room = conv_spread_needs(&plan->rule, pixel);
    plan->taps = conv_max(plan->taps, room.rows * room.columns);
    plan->room.rows = conv_max(plan->room.rows, room.rows);
    plan->room.table = conv_max(plan->room.table, room.table);
    plan->room.columns = conv_max(plan->room.columns, room.columns);
    for (int d = 0; d < 2; d++)
        plan->reach[d] = conv_max(plan->reach[d], (size_t)reach[d]);
    plan->narrowest = fmin(plan->narrowest, fmin(u, v));
    plan->widest = fmax(plan->widest, fmax(u, v));
    return CONV_OK;
}

/* Rows and columns beyond the image that the canvas has: where the edge rule extends it. */
static conv_status size_canvas(conv_spread *plan) {
    bool extends = plan->edge == CONV_VARYING_REFLECT || plan->edge == CONV_VARYING_CLAMP;
    size_t size = conv_spread_real(plan), kernels;
    plan->margin[0] = extends ? plan->reach[0] : 0;
    plan->margin[1] = extends ? plan->reach[1] + 1 : 0; /* centres of rows are rounded */
    plan->canvas_rows = plan->rows + 2 * plan->margin[0];
    plan->canvas_cols = plan->cols + 2 * plan->margin[1];
    plan->pitch = plan->canvas_cols + CONV_SPREAD_PAD;
    plan->kernel_bytes = conv_spread_kernel_bytes(plan->room, size);
    bool fits = conv_multiply(plan->canvas_rows, plan->pitch, &plan->canvas_bytes) &&
                conv_multiply(plan->canvas_bytes, size, &plan->canvas_bytes) &&
                conv_add(plan->canvas_bytes, CONV_ALIGNMENT, &plan->canvas_bytes) &&
                conv_multiply(plan->rows * plan->cols, size, &plan->image_bytes) &&
                conv_add(plan->image_bytes, CONV_ALIGNMENT, &plan->image_bytes) &&
                conv_multiply(plan->kernel_bytes, (size_t)plan->threads, &kernels);
    if (fits) {
        plan->canvas_bytes = conv_aligned_size(plan->canvas_bytes);
        plan->image_bytes = conv_aligned_size(plan->image_bytes);
        fits = conv_add(plan->canvas_bytes, plan->image_bytes, &plan->workspace) &&
               conv_add(plan->workspace, kernels, &plan->workspace) &&
               conv_add(plan->workspace, CONV_ALIGNMENT, &plan->workspace);
    }
    return fits ? CONV_OK
                : conv_fail(CONV_ERR_OVERFLOW,
                            "the workspace for %zu rows and %zu columns with kernels that reach "
                            "%zu rows and %zu columns is too large",
                            plan->rows, plan->cols, plan->reach[0], plan->reach[1]);
}

/* ---- sums of weights ---- */

typedef struct {
    const conv_spread *plan;
    const void *ones; /* as many as a row has at most */
    char *memory;     /* a kernel for each thread */
    double *left_out; /* by each thread: the most that a cut changes */
} sum_job;

/* What the loops have for an image of ones: each row is read at the same place. */
static double sum_of(const sum_job *job, const conv_spread_pixel *pixel,
                     const conv_spread_clip *clip, conv_spread_kernel *kernel) {
    const conv_spread *plan = job->plan;
    conv_spread_fill(&plan->rule, pixel, clip, 0, plan->loops, kernel);
    for (size_t r = 0; r < kernel->count; r++)
        kernel->rows[r].at = 0;
    return plan->loops->gather(kernel->rows, kernel->count, kernel->rounded, job->ones);
}

static bool same_shape(const conv_spread_pixel *a, const conv_spread_pixel *b) {
    return a->along == b->along && a->lean == b->lean && a->down == b->down;
}

/* Every weight is divided by the sum over the cut, or over what of it the image has. Without a cut
 * it would be divided by a sum S that is larger by what was dropped, D at most: the cut takes D / S
 * away, and gives as much to the rest. */
static void scale_rows(void *context, size_t begin, size_t end, int thread) {
    const sum_job *job = context;
    const conv_spread *plan = job->plan;
    const conv_spread_clip all = {{-PTRDIFF_MAX, -PTRDIFF_MAX}, {PTRDIFF_MAX, PTRDIFF_MAX}};
    bool inside = plan->edge == CONV_VARYING_RENORMALISE;
    conv_spread_kernel kernel;
    conv_spread_pixel last = {0, 0, 0, 1};
    double scale = 1, dropped = 0, most = 0;
    conv_spread_kernel_place(&kernel, plan->room,
                             job->memory + (size_t)thread * plan->kernel_bytes);
    for (size_t at = begin * plan->cols; at < end * plan->cols; at++) {
        conv_spread_pixel *pixel = &plan->pixel[at];
        conv_spread_clip clip = conv_spread_clip_at(plan, at / plan->cols, at % plan->cols);
        bool fresh = !same_shape(pixel, &last);
        if (fresh) {
            last = *pixel;
            dropped = conv_spread_dropped(&plan->rule, &last);
        }
        if (inside || fresh)
            scale = 1 / sum_of(job, &last, inside ? &clip : &all, &kernel);
        most = fmax(most, 2 * dropped * scale);
        pixel->scale = scale;
    }
    job->left_out[thread] = fmax(job->left_out[thread], most);
}

static conv_status scale_pixels(conv_spread *plan) {
    size_t size = conv_spread_real(plan), bytes, ones = plan->room.columns + CONV_SPREAD_PAD;
    size_t threads = (size_t)plan->threads, kernels,
           each = conv_aligned_size(threads * sizeof(double));
    char *memory = NULL;
    if (conv_multiply(plan->kernel_bytes, threads, &kernels) &&
        conv_add(kernels, ones * size + each, &bytes))
        memory = conv_allocate(bytes);
    if (!memory)
        return conv_fail(CONV_ERR_MEMORY, "no memory for kernels of %zu rows on %d threads",
                         plan->room.rows, plan->threads);
    double *left_out = (double *)(void *)(memory + kernels);
    memset(left_out, 0, each);
    char *at = memory + kernels + each;
    for (size_t i = 0; i < ones; i++) {
        if (plan->is_double)
            ((double *)(void *)at)[i] = 1;
        else
            ((float *)(void *)at)[i] = 1;
    }
    sum_job job = {plan, at, memory, left_out};
    conv_parallel_for(plan->rows, plan->threads, scale_rows, &job);
    for (size_t t = 0; t < threads; t++)
        plan->bound = fmax(plan->bound, left_out[t]);
    /* Weights that are positive and have the sum 1 are not further apart than that. */
    plan->bound = fmin(plan->bound, 2) + conv_spread_roundings(plan);
    conv_free(memory);
    return CONV_OK;
}

/* ---- the plan ---- */

static conv_status take_pixels(conv_spread *plan, const double *major, const double *minor,
                               const double *angle) {
    size_t count = plan->rows * plan->cols, bytes;
    if (!conv_multiply(count, sizeof *plan->pixel, &bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "rows is %zu, cols is %zu: too large", plan->rows,
                         plan->cols);
    plan->pixel = conv_allocate(bytes);
    if (!plan->pixel)
        return conv_fail(CONV_ERR_MEMORY, "no memory for %zu kernels", count);
    plan->narrowest = (double)INFINITY;
    conv_status status = CONV_OK;
    for (size_t at = 0; at < count && status == CONV_OK; at++)
        status = take_pixel(plan, major, minor, angle, at);
    return status;
}

static conv_status make(conv_spread *plan, const conv_spread_desc *desc, const double *major,
                        const double *minor, const double *angle) {
    double tolerance = desc->tolerance != 0 ? desc->tolerance : usual_tolerance;
    conv_status status = lay_out(&plan->problem, desc);
    if (status != CONV_OK)
        return status;
    plan->is_double = conv_dtype_is_double(desc->dtype);
    plan->is_complex = conv_dtype_is_complex(desc->dtype);
    plan->scatters = desc->form == CONV_SCATTER;
    plan->threads = conv_parallel_threads(desc->threads);
    plan->edge = desc->edge;
    plan->rows = desc->rows;
    plan->cols = desc->cols;
    plan->loops = conv_spread_loops_for(plan->is_double, conv_cpu_level_for(desc->isa));
    double least = narrowest_part * fmin(desc->spacing[0], desc->spacing[1]);
    plan->rule = (conv_spread_rule){sqrt(-2 * log(tolerance)),
                                    least,
                                    {desc->spacing[0], desc->spacing[1]},
                                    desc->kind == CONV_VARYING_CELL};
    status = take_pixels(plan, major, minor, angle);
    if (status == CONV_OK)
        status = size_canvas(plan);
    if (status == CONV_OK && desc->max_workspace && plan->workspace > desc->max_workspace)
        status = conv_fail(CONV_ERR_WORKSPACE, "max_workspace is %zu, the least is %zu",
                           desc->max_workspace, plan->workspace);
    return status == CONV_OK ? scale_pixels(plan) : status;
}

conv_status conv_spread_create(conv_spread **plan, const conv_spread_desc *desc,
                               const double *major, const double *minor, const double *angle) {
    CONV_KEEP_ERRNO;
    if (!plan)
        return conv_fail(CONV_ERR_NULL, "plan is NULL");
    *plan = NULL;
    conv_status status = check(desc, major, minor, angle);
    if (status != CONV_OK)
        return status;
    conv_spread *made = conv_allocate(sizeof *made);
    if (!made)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan of %zu bytes", sizeof *made);
    memset(made, 0, sizeof *made);
    status = make(made, desc, major, minor, angle);
    if (status != CONV_OK) {
        conv_spread_destroy(made);
        made = NULL;
    }
    *plan = made;
    return status;
}

size_t conv_spread_workspace_size(const conv_spread *plan) {
    return plan ? plan->workspace : 0;
}

double conv_spread_bound(const conv_spread *plan) {
    return plan ? plan->bound : 0;
}

size_t conv_spread_describe(const conv_spread *plan, char *text, size_t size) {
    CONV_KEEP_ERRNO;
    conv_text out = {text, size, 0};
    if (!plan) {
        conv_text_append(&out, "no plan\n");
        return out.length;
    }
    conv_text_append(&out, "%s of %s, %zu images of %zu rows and %zu columns\n",
                     plan->scatters ? "scatter" : "gather",
                     plan->rule.cells ? "Gaussians over cells" : "sampled Gaussians",
                     plan->problem.batch, plan->rows, plan->cols);
    conv_text_append(&out, "widths %g..%g, cut at %.3g widths, reach %zu rows and %zu columns\n",
                     plan->narrowest, plan->widest, plan->rule.cut, plan->reach[0], plan->reach[1]);
    conv_text_append(&out, "direct sums, bound %.3g of the %s, workspace %zu bytes, threads %d\n",
                     plan->bound, plan->scatters ? "samples' sum" : "largest sample",
                     plan->workspace, plan->threads);
    return out.length;
}

void conv_spread_destroy(conv_spread *plan) {
    CONV_KEEP_ERRNO;
    if (!plan)
        return;
    conv_free(plan->pixel);
    conv_free(plan);
}
