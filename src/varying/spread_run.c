/* Executing a plan for an image whose pixels have Gaussians of their own: through a canvas, which
 * is the image with what the edge rule puts around it. Complex images are two real ones. */
#include <string.h>

#include "base/elements.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "problem/extend.h"
#include "varying/spread.h"

typedef struct {
    const conv_spread *plan;
    char *canvas, *image; /* image: contiguous */
    char *kernels;
} spread_job;

static conv_spread_kernel kernel_of(const spread_job *job, int thread) {
    conv_spread_kernel kernel;
    conv_spread_kernel_place(&kernel, job->plan->room,
                             job->kernels + (size_t)thread * job->plan->kernel_bytes);
    return kernel;
}

/* The pixel of the image that a row or column of the canvas stands for. */
static size_t source_of(const conv_spread *plan, int axis, size_t at) {
    conv_axis extended = plan->problem.axis[axis];
    extended.extension =
        plan->edge == CONV_VARYING_REFLECT ? CONV_EXTEND_REFLECT : CONV_EXTEND_NEAREST;
    return (size_t)conv_extend_index(&extended, (ptrdiff_t)at - (ptrdiff_t)plan->margin[axis]);
}

static char *canvas_at(const spread_job *job, size_t row, size_t col) {
    return job->canvas + (row * job->plan->pitch + col) * conv_spread_real(job->plan);
}

static char *image_at(const spread_job *job, size_t row, size_t col) {
    return job->image + (row * job->plan->cols + col) * conv_spread_real(job->plan);
}

/* ---- gather ---- */

/* The canvas from an image with these strides, in reals. */
static void fill_canvas(const spread_job *job, const char *x, const ptrdiff_t stride[2]) {
    const conv_spread *plan = job->plan;
    size_t size = conv_spread_real(plan), margin = plan->margin[1];
    for (size_t row = 0; row < plan->canvas_rows; row++) {
        const char *from = x + (ptrdiff_t)source_of(plan, 0, row) * stride[0] * (ptrdiff_t)size;
        conv_copy_row(canvas_at(job, row, margin), 1, from, stride[1], plan->cols, size);
        for (size_t i = 0; i < margin; i++) {
            size_t right = margin + plan->cols + i;
            memcpy(canvas_at(job, row, i), canvas_at(job, row, margin + source_of(plan, 1, i)),
                   size);
            memcpy(canvas_at(job, row, right),
                   canvas_at(job, row, margin + source_of(plan, 1, right)), size);
        }
    }
}

static void put(const conv_spread *plan, void *to, double value) {
    if (plan->is_double)
        *(double *)to = value;
    else
        *(float *)to = (float)value;
}

static double get(const conv_spread *plan, const void *from) {
    return plan->is_double ? *(const double *)from : (double)*(const float *)from;
}

static void gather_rows(void *context, size_t begin, size_t end, int thread) {
    const spread_job *job = context;
    const conv_spread *plan = job->plan;
    conv_spread_kernel kernel = kernel_of(job, thread);
    for (size_t row = begin; row < end; row++) {
        for (size_t col = 0; col < plan->cols; col++) {
            conv_spread_clip clip = conv_spread_clip_at(plan, row, col);
            const char *x = canvas_at(job, row + plan->margin[0], col + plan->margin[1]);
            conv_spread_fill(&plan->rule, &plan->pixel[row * plan->cols + col], &clip, plan->pitch,
                             plan->loops, &kernel);
            put(plan, image_at(job, row, col),
                plan->loops->gather(kernel.rows, kernel.count, kernel.rounded, x));
        }
    }
}

/* ---- scatter ---- */

/* What the pixels of one row put on the canvas' rows begin..end-1. */
static void scatter_row(const spread_job *job, size_t row, size_t begin, size_t end,
                        conv_spread_kernel *kernel) {
    const conv_spread *plan = job->plan;
    ptrdiff_t y = (ptrdiff_t)(row + plan->margin[0]);
    for (size_t col = 0; col < plan->cols; col++) {
        double value = get(plan, image_at(job, row, col));
        if (value == 0)
            continue;
        conv_spread_clip clip = conv_spread_clip_at(plan, row, col);
        clip.low[0] = (ptrdiff_t)begin - y;
        clip.high[0] = (ptrdiff_t)end - 1 - y;
        conv_spread_fill(&plan->rule, &plan->pixel[row * plan->cols + col], &clip, plan->pitch,
                         plan->loops, kernel);
        plan->loops->scatter(kernel->rows, kernel->count, kernel->rounded, value,
                             canvas_at(job, (size_t)y, col + plan->margin[1]));
    }
}

/* Each row of the canvas has the same pixels' parts in the same order, wherever a thread's part of
 * the rows begins. */
static void scatter_rows(void *context, size_t begin, size_t end, int thread) {
    const spread_job *job = context;
    const conv_spread *plan = job->plan;
    conv_spread_kernel kernel = kernel_of(job, thread);
    size_t away = plan->reach[0], top = plan->margin[0];
    size_t first = begin > away + top ? begin - away - top : 0;
    size_t last = end + away > top ? conv_min(plan->rows, end + away - top) : 0;
    memset(canvas_at(job, begin, 0), 0, (end - begin) * plan->pitch * conv_spread_real(plan));
    for (size_t row = first; row < last; row++)
        scatter_row(job, row, begin, end, &kernel);
}

/* The image from the canvas, what lies outside put back. */
static void fold_canvas(const spread_job *job) {
    const conv_spread *plan = job->plan;
    memset(job->image, 0, plan->rows * plan->cols * conv_spread_real(plan));
    for (size_t row = 0; row < plan->canvas_rows; row++) {
        size_t to = source_of(plan, 0, row);
        for (size_t col = 0; col < plan->canvas_cols; col++) {
            void *pixel = image_at(job, to, source_of(plan, 1, col));
            put(plan, pixel, get(plan, pixel) + get(plan, canvas_at(job, row, col)));
        }
    }
}

/* ---- images ---- */

/* One real image. stride: of image and output, in reals. */
static void run_image(spread_job *job, const char *x, const ptrdiff_t x_stride[2], char *y,
                      const ptrdiff_t y_stride[2]) {
    const conv_spread *plan = job->plan;
    size_t size = conv_spread_real(plan);
    ptrdiff_t bytes = (ptrdiff_t)size;
    if (plan->scatters) {
        for (size_t row = 0; row < plan->rows; row++)
            conv_copy_row(image_at(job, row, 0), 1, x + (ptrdiff_t)row * x_stride[0] * bytes,
                          x_stride[1], plan->cols, size);
        conv_parallel_for(plan->canvas_rows, plan->threads, scatter_rows, job);
        fold_canvas(job);
    } else {
        fill_canvas(job, x, x_stride);
        conv_parallel_for(plan->rows, plan->threads, gather_rows, job);
    }
    for (size_t row = 0; row < plan->rows; row++)
        conv_copy_row(y + (ptrdiff_t)row * y_stride[0] * bytes, y_stride[1], image_at(job, row, 0),
                      1, plan->cols, size);
}

static void run(const conv_spread *plan, const char *image, char *output, void *workspace) {
    const conv_problem *problem = &plan->problem;
    ptrdiff_t parts = plan->is_complex ? 2 : 1, size = (ptrdiff_t)conv_spread_real(plan);
    ptrdiff_t x_stride[2], y_stride[2];
    for (int d = 0; d < 2; d++) {
        x_stride[d] = problem->axis[d].signal_stride * parts;
        y_stride[d] = problem->axis[d].output_stride * parts;
    }
    spread_job job;
    job.plan = plan;
    job.canvas = conv_align_pointer(workspace);
    job.image = job.canvas + plan->canvas_bytes;
    job.kernels = job.image + plan->image_bytes;
    for (ptrdiff_t b = 0; b < (ptrdiff_t)problem->batch; b++)
        for (ptrdiff_t p = 0; p < parts; p++)
            run_image(&job, image + (b * problem->signal_batch_stride * parts + p) * size, x_stride,
                      output + (b * problem->output_batch_stride * parts + p) * size, y_stride);
}

static conv_status check(const conv_spread *plan, const void *image, const void *output,
                         const void *workspace) {
    if (!plan || !image || !output)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !plan ? "plan" : !image ? "image" : "output");
    const conv_problem *problem = &plan->problem;
    conv_span span = {0, (ptrdiff_t)plan->workspace};
    if (conv_spans_overlap(image, problem->signal_span, output, problem->output_span))
        return conv_fail(CONV_ERR_ALIAS, "output at %p overlaps the image at %p", output, image);
    if (workspace && (conv_spans_overlap(workspace, span, output, problem->output_span) ||
                      conv_spans_overlap(workspace, span, image, problem->signal_span)))
        return conv_fail(CONV_ERR_ALIAS, "workspace at %p overlaps the image or the output",
                         workspace);
    return CONV_OK;
}

conv_status conv_spread_execute(const conv_spread *plan, const void *image, void *output,
                                void *workspace) {
    CONV_KEEP_ERRNO;
    conv_status status = check(plan, image, output, workspace);
    if (status != CONV_OK)
        return status;
    void *own = workspace ? NULL : conv_allocate(plan->workspace);
    if (!workspace && !own)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a workspace of %zu bytes",
                         plan->workspace);
    run(plan, image, output, workspace ? workspace : own);
    conv_free(own);
    return CONV_OK;
}
