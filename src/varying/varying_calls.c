/* One-shot calls: a plan that is executed once. */
#include "base/span.h"
#include "base/status.h"
#include "base/dtype.h"
#include "base/kept_errno.h"
#include "base/memory.h"

static conv_status once(conv_dtype dtype, const void *f, size_t n, const double *widths,
                        double spacing, conv_varying_form form, conv_varying_edge edge, void *y) {
    conv_varying *plan;
    conv_varying_desc desc;
    if (!f || !y)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !f ? "f" : "y");
    conv_varying_desc_init(&desc, dtype, 1, &n, form);
    desc.spacing = spacing;
    desc.edge = edge;
    conv_status status = conv_varying_create(&plan, &desc, widths);
    size_t bytes, width_bytes;
    if (status == CONV_OK && conv_multiply(n, conv_dtype_size(dtype), &bytes) &&
        conv_multiply(n, sizeof *widths, &width_bytes) &&
        conv_spans_overlap(widths, (conv_span){0, (ptrdiff_t)width_bytes}, y,
                           (conv_span){0, (ptrdiff_t)bytes}))
        status = conv_fail(CONV_ERR_ALIAS, "y at %p overlaps the widths", y);
    if (status == CONV_OK)
        status = conv_varying_execute(plan, f, y, NULL);
    conv_varying_destroy(plan);
    return status;
}

conv_status conv1d_varying_f32(const float *f, size_t n, const double *widths, double spacing,
                               conv_varying_form form, conv_varying_edge edge, float *y) {
    CONV_KEEP_ERRNO;
    return once(CONV_F32, f, n, widths, spacing, form, edge, y);
}

conv_status conv1d_varying_f64(const double *f, size_t n, const double *widths, double spacing,
                               conv_varying_form form, conv_varying_edge edge, double *y) {
    CONV_KEEP_ERRNO;
    return once(CONV_F64, f, n, widths, spacing, form, edge, y);
}

conv_status conv1d_varying_c32(const conv_c32 *f, size_t n, const double *widths, double spacing,
                               conv_varying_form form, conv_varying_edge edge, conv_c32 *y) {
    CONV_KEEP_ERRNO;
    return once(CONV_C32, f, n, widths, spacing, form, edge, y);
}

conv_status conv1d_varying_c64(const conv_c64 *f, size_t n, const double *widths, double spacing,
                               conv_varying_form form, conv_varying_edge edge, conv_c64 *y) {
    CONV_KEEP_ERRNO;
    return once(CONV_C64, f, n, widths, spacing, form, edge, y);
}
