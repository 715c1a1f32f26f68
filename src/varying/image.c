/* Images under Gaussians with a width for every pixel, by direct sums in double. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/span.h"
#include "base/status.h"
#include "varying/image_kernel.h"
#include "varying/rows.h"

void conv_varying_image_desc_init(conv_varying_image_desc *desc, conv_dtype dtype, size_t rows,
                                  size_t cols, conv_varying_form form) {
    if (!desc)
        return;
    memset(desc, 0, sizeof *desc);
    desc->struct_size = sizeof *desc;
    desc->dtype = dtype;
    desc->rows = rows;
    desc->cols = cols;
    desc->spacing_y = desc->spacing_x = 1;
    desc->form = form;
    desc->threads = 1;
}

static const double largest_reach = 1 << 20, usual_tolerance = 1e-6, largest_tolerance = 0.01;

/* ---- checks ---- */

static conv_status check_desc(const conv_varying_image_desc *desc) {
    double unit = conv_dtype_is_double(desc->dtype) ? 0x1p-53 : 0x1p-24;
    if (desc->form != CONV_GATHER && desc->form != CONV_SCATTER)
        return conv_fail(CONV_ERR_ENUM, "form is %d, must be CONV_GATHER (1) or CONV_SCATTER (2)",
                         (int)desc->form);
    if ((int)desc->edge < 0 || desc->edge > CONV_VARYING_CLAMP)
        return conv_fail(CONV_ERR_ENUM, "edge is %d, must be 0..%d", (int)desc->edge,
                         CONV_VARYING_CLAMP);
    if (desc->rows == 0 || desc->cols == 0)
        return conv_fail(CONV_ERR_EXTENT, "%s is 0, must be at least 1",
                         desc->rows == 0 ? "rows" : "cols");
    if (!(desc->spacing_y > 0 && isfinite(desc->spacing_y)) ||
        !(desc->spacing_x > 0 && isfinite(desc->spacing_x)))
        return conv_fail(CONV_ERR_SPACING,
                         "spacing_y is %g, spacing_x %g, must be finite and "
                         "positive",
                         desc->spacing_y, desc->spacing_x);
    if (desc->tolerance != 0 && !(desc->tolerance >= unit && desc->tolerance <= largest_tolerance))
        return conv_fail(CONV_ERR_TOLERANCE, "tolerance is %g, must be 0 (1e-6) or %.3g..%g for %s",
                         desc->tolerance, unit, largest_tolerance, conv_dtype_name(desc->dtype));
    if (desc->threads < 0)
        return conv_fail(CONV_ERR_THREADS, "threads is %d, must be 0 or more", desc->threads);
    return CONV_OK;
}

static conv_status check(const conv_varying_image_desc *desc, const double *major,
                         const void *image, const void *output, size_t *bytes) {
    if (!desc || !major || !image || !output)
        return conv_fail(CONV_ERR_NULL, "%s is NULL",
                         !desc    ? "desc"
                         : !major ? "major"
                         : !image ? "image"
                                  : "output");
    if (desc->struct_size != sizeof *desc)
        return conv_fail(CONV_ERR_STRUCT_SIZE,
                         "struct_size is %zu, must be %zu as conv_varying_image_desc_init sets it",
                         desc->struct_size, sizeof *desc);
    if ((int)desc->dtype < 0 || desc->dtype > CONV_C64)
        return conv_fail(CONV_ERR_ENUM, "dtype is %d, must be 0..%d", (int)desc->dtype, CONV_C64);
    conv_status status = check_desc(desc);
    if (status != CONV_OK)
        return status;
    /* 16 bytes is the largest element, and what sums take of each. */
    if (!conv_multiply(desc->rows, desc->cols, bytes) || !conv_multiply(*bytes, 16, bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "rows is %zu, cols %zu: too large", desc->rows,
                         desc->cols);
    conv_span span = {0, (ptrdiff_t)(*bytes / 16 * conv_dtype_size(desc->dtype))};
    if (conv_spans_overlap(image, span, output, span))
        return conv_fail(CONV_ERR_ALIAS, "output at %p overlaps the image at %p", output, image);
    return CONV_OK;
}

/* ---- kernels ---- */

typedef struct {
    const conv_varying_image_desc *desc;
    const double *major, *minor, *angle;
    const void *image;
    double *sums; /* parts of each pixel */
    double *rows; /* a row of weights for each thread, `room` numbers long */
    double cut;
    size_t room, parts;
    bool is_double;
} image_job;

static void make_kernel(const image_job *job, size_t pixel, conv_image_kernel *kernel) {
    double major = job->major[pixel], minor = job->minor ? job->minor[pixel] : major;
    conv_image_kernel_init(kernel, major, minor, job->angle ? job->angle[pixel] : 0,
                           job->desc->spacing_x, job->desc->spacing_y, job->cut);
}

static conv_status check_pixel(const image_job *job, size_t pixel, size_t *room) {
    size_t row = pixel / job->desc->cols, col = pixel % job->desc->cols;
    double angle = job->angle ? job->angle[pixel] : 0;
    for (int i = 0; i < 2; i++) {
        const double *widths = i ? job->minor : job->major;
        double width = widths ? widths[pixel] : 0;
        if (!(width >= 0) || !isfinite(width))
            return conv_fail(CONV_ERR_RANGE,
                             "%s[%zu], row %zu, column %zu, is %g, must be finite and at least 0",
                             i ? "minor" : "major", pixel, row, col, width);
    }
    if (!isfinite(angle))
        return conv_fail(CONV_ERR_RANGE, "angle[%zu], row %zu, column %zu, is %g, must be finite",
                         pixel, row, col, angle);
    conv_image_kernel kernel;
    make_kernel(job, pixel, &kernel);
    if (!(kernel.reach_x <= largest_reach && kernel.reach_y <= largest_reach))
        return conv_fail(CONV_ERR_RANGE,
                         "the kernel of pixel %zu, row %zu, column %zu, reaches %g columns and %g "
                         "rows far: at most %g",
                         pixel, row, col, kernel.reach_x, kernel.reach_y, largest_reach);
    *room = conv_max(*room, 2 * (size_t)kernel.reach_x + 3);
    return CONV_OK;
}

/* ---- sums ---- */

static double sample(const image_job *job, size_t i) {
    return job->is_double ? ((const double *)job->image)[i]
                          : (double)((const float *)job->image)[i];
}

/* What a pixel's kernel does in one row of it, and the sum of weights: of all, and inside. */
typedef void visit(const image_job *job, size_t pixel, size_t other, double weight, double *sum);

static double walk(const image_job *job, size_t pixel, double *weights, visit *each, double *sum) {
    const conv_varying_image_desc *desc = job->desc;
    ptrdiff_t row = (ptrdiff_t)(pixel / desc->cols), col = (ptrdiff_t)(pixel % desc->cols);
    conv_image_kernel kernel;
    double all = 0, kept = 0;
    make_kernel(job, pixel, &kernel);
    ptrdiff_t reach = (ptrdiff_t)kernel.reach_y, low, high;
    for (ptrdiff_t dy = -reach; dy <= reach; dy++) {
        ptrdiff_t y = conv_row_inside(desc->edge, row + dy, desc->rows);
        if (!conv_image_kernel_row(&kernel, dy, &low, &high))
            continue;
        conv_image_kernel_fill(&kernel, dy, low, (size_t)(high - low + 1), weights);
        for (ptrdiff_t dx = low; dx <= high; dx++) {
            ptrdiff_t x = conv_row_inside(desc->edge, col + dx, desc->cols);
            double weight = weights[dx - low];
            all += weight;
            if (x < 0 || y < 0)
                continue;
            kept += weight;
            if (each)
                each(job, pixel, (size_t)y * desc->cols + (size_t)x, weight, sum);
        }
    }
    return desc->edge == CONV_VARYING_RENORMALISE ? kept : all;
}

static void take(const image_job *job, size_t pixel, size_t other, double weight, double *sum) {
    (void)pixel;
    for (size_t p = 0; p < job->parts; p++)
        sum[p] += weight * sample(job, job->parts * other + p);
}

/* sum: the pixel's samples, divided by the kernel's sum. */
static void give(const image_job *job, size_t pixel, size_t other, double weight, double *sum) {
    (void)pixel;
    for (size_t p = 0; p < job->parts; p++)
        job->sums[job->parts * other + p] += weight * sum[p];
}

static void gather_rows(void *context, size_t begin, size_t end, int thread) {
    const image_job *job = context;
    double *weights = job->rows + (size_t)thread * job->room;
    for (size_t i = begin * job->desc->cols; i < end * job->desc->cols; i++) {
        double sum[2] = {0, 0}, total = walk(job, i, weights, take, sum);
        for (size_t p = 0; p < job->parts; p++)
            job->sums[job->parts * i + p] = sum[p] / total;
    }
}

static void scatter_all(const image_job *job) {
    size_t count = job->desc->rows * job->desc->cols;
    for (size_t i = 0; i < count; i++) {
        double total = walk(job, i, job->rows, NULL, NULL), value[2];
        for (size_t p = 0; p < job->parts; p++)
            value[p] = sample(job, job->parts * i + p) / total;
        walk(job, i, job->rows, give, value);
    }
}

static void store(const image_job *job, void *output) {
    size_t count = job->desc->rows * job->desc->cols * job->parts;
    for (size_t i = 0; i < count; i++) {
        if (job->is_double)
            ((double *)output)[i] = job->sums[i];
        else
            ((float *)output)[i] = (float)job->sums[i];
    }
}

conv_status conv_varying_image(const conv_varying_image_desc *desc, const double *major,
                               const double *minor, const double *angle, const void *image,
                               void *output) {
    size_t bytes = 0, room_bytes = 0;
    conv_status status = check(desc, major, image, output, &bytes);
    if (status != CONV_OK)
        return status;
    image_job job = {.desc = desc, .major = major, .minor = minor, .angle = angle, .image = image};
    double tolerance = desc->tolerance != 0 ? desc->tolerance : usual_tolerance;
    int threads = conv_parallel_threads(desc->threads);
    job.cut = conv_tap_cut(tolerance);
    job.is_double = conv_dtype_is_double(desc->dtype);
    job.parts = conv_dtype_is_complex(desc->dtype) ? 2 : 1;
    for (size_t i = 0; i < desc->rows * desc->cols && status == CONV_OK; i++)
        status = check_pixel(&job, i, &job.room);
    if (status != CONV_OK)
        return status;
    if (!conv_multiply(job.room * sizeof(double), (size_t)threads, &room_bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "threads is %d, too many", threads);
    job.sums = conv_allocate(bytes);
    job.rows = conv_allocate(room_bytes);
    if (!job.sums || !job.rows) {
        status = conv_fail(CONV_ERR_MEMORY, "no memory for the sums of %zu pixels", bytes / 16);
    } else {
        memset(job.sums, 0, bytes);
        if (desc->form == CONV_GATHER)
            conv_parallel_for(desc->rows, threads, gather_rows, &job);
        else
            scatter_all(&job);
        store(&job, output);
    }
    conv_free(job.sums);
    conv_free(job.rows);
    return status;
}
