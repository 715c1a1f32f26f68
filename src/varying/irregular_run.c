/* Samples on any grid: results, row by row, and by a convolution where rows are alike. */
#include "base/dtype.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/span.h"
#include "base/status.h"
#include "varying/irregular.h"

typedef struct {
    const conv_irregular *plan;
    const double *f;     /* one signal, its real or its imaginary parts */
    const double *alike; /* results of the rows that are alike */
    bool finite;
    char *y; /* the first result's part */
} execution;

/* Four sums side by side: one would wait for every addition. */
static double dot(const double *a, const double *b, size_t count) {
    double sum[4] = {0, 0, 0, 0};
    size_t i = 0;
    for (; i + 4 <= count; i += 4)
        for (size_t s = 0; s < 4; s++)
            sum[s] += a[i + s] * b[i + s];
    for (; i < count; i++)
        sum[0] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* A sample that has no weight is absent. */
static double dot_of_present(const double *weights, const double *f, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        if (weights[i] != 0)
            sum += weights[i] * f[i];
    return sum;
}

static void put(const conv_irregular *plan, char *to, double value) {
    if (conv_dtype_is_double(plan->dtype))
        *(double *)(void *)to = value;
    else
        *(float *)(void *)to = (float)value;
}

static void run_rows(void *context, size_t begin, size_t end, int thread) {
    const execution *job = context;
    const conv_irregular *plan = job->plan;
    size_t size = conv_dtype_size(plan->dtype);
    (void)thread;
    for (size_t k = begin; k < end; k++) {
        size_t count = plan->rows.start[k + 1] - plan->rows.start[k];
        const double *weights = conv_irregular_row(&plan->rows, k);
        const double *f = job->f + plan->rows.first[k];
        if (plan->alike.plan && k >= plan->rows.alike && k < plan->rows.alike_end)
            put(plan, job->y + k * size, job->alike[k - plan->rows.alike]);
        else
            put(plan, job->y + k * size,
                job->finite ? dot(weights, f, count) : dot_of_present(weights, f, count));
    }
}

/* Every step-th number from `from` on. */
static bool widen(const conv_irregular *plan, const char *from, double *to) {
    size_t size = conv_dtype_size(plan->dtype);
    bool finite = true;
    for (size_t j = 0; j < plan->n; j++) {
        const void *at = from + j * size;
        to[j] =
            conv_dtype_is_double(plan->dtype) ? *(const double *)at : (double)*(const float *)at;
        finite = finite && to[j] - to[j] == 0;
    }
    return finite;
}

static void run(const conv_irregular *plan, const char *f, char *y, double *memory) {
    double *alike = memory + conv_irregular_rows_bytes(plan) / sizeof *memory;
    size_t size = conv_dtype_size(plan->dtype), parts = conv_dtype_is_complex(plan->dtype) ? 2 : 1;
    for (size_t b = 0; b < plan->batch; b++)
        for (size_t part = 0; part < parts; part++) {
            size_t skip = part * size / parts;
            double *samples = memory + part * plan->n;
            execution job = {plan, samples, alike, true, y + b * plan->count * size + skip};
            job.finite = widen(plan, f + b * plan->n * size + skip, samples);
            if (plan->alike.plan)
                (void)conv_plan_execute(plan->alike.plan, samples + plan->alike.first, alike,
                                        alike + plan->count);
            conv_parallel_for(plan->count, plan->threads, run_rows, &job);
        }
}

conv_status conv_irregular_execute(const conv_irregular *plan, const void *f, void *y,
                                   void *workspace) {
    CONV_KEEP_ERRNO;
    if (!plan || !f || !y)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !plan ? "plan" : !f ? "f" : "y");
    conv_span in = {0, (ptrdiff_t)plan->samples}, out = {0, (ptrdiff_t)plan->results};
    conv_span work = {0, (ptrdiff_t)plan->workspace};
    if (conv_spans_overlap(f, in, y, out))
        return conv_fail(CONV_ERR_ALIAS, "y at %p overlaps f at %p", y, f);
    if (workspace &&
        (conv_spans_overlap(workspace, work, y, out) || conv_spans_overlap(workspace, work, f, in)))
        return conv_fail(CONV_ERR_ALIAS, "workspace at %p overlaps f or y", workspace);
    void *own = workspace ? NULL : conv_allocate(plan->workspace);
    if (!workspace && !own)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a workspace of %zu bytes",
                         plan->workspace);
    run(plan, f, y, conv_align_pointer(workspace ? workspace : own));
    conv_free(own);
    return CONV_OK;
}

/* ---- one-shot ---- */

static conv_status once(conv_dtype dtype, const double *x, const void *f, size_t n,
                        const double *widths, conv_varying_form form, conv_varying_edge edge,
                        void *y) {
    conv_irregular_desc desc;
    conv_irregular *plan = NULL;
    if (!f || !y)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !f ? "f" : "y");
    conv_irregular_desc_init(&desc, dtype, x, n, widths, form);
    desc.edge = edge;
    conv_status status = conv_irregular_create(&plan, &desc);
    if (status == CONV_OK)
        status = conv_irregular_execute(plan, f, y, NULL);
    conv_irregular_destroy(plan);
    return status;
}

conv_status conv1d_irregular_f32(const double *x, const float *f, size_t n, const double *widths,
                                 conv_varying_form form, conv_varying_edge edge, float *y) {
    CONV_KEEP_ERRNO;
    return once(CONV_F32, x, f, n, widths, form, edge, y);
}

conv_status conv1d_irregular_f64(const double *x, const double *f, size_t n, const double *widths,
                                 conv_varying_form form, conv_varying_edge edge, double *y) {
    CONV_KEEP_ERRNO;
    return once(CONV_F64, x, f, n, widths, form, edge, y);
}
