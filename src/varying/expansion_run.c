/* Executing an expansion and its transpose: the same sum, with pre and post exchanged and the
 * kernels reversed. */
#include <string.h>

#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/span.h"
#include "base/status.h"
#include "problem/problem.h"
#include "varying/expansion.h"

typedef struct {
    const conv_expansion *e;
    const void *const *pre, *const *post;
    const char *spectra;
    bool transposed;
    ptrdiff_t stride[CONV_MAX_RANK];
    size_t center[CONV_MAX_RANK];                       /* of the kernels as they are here */
    char *signal, *weighed, *product, *sum, *transform; /* spectra, and the transform's memory */
    char *clean, *values;                               /* arrays of samples */
} run;

static void set_up(run *r, const conv_expansion *e, bool transposed, void *workspace) {
    size_t array = conv_aligned_size(e->samples * e->size);
    char *at = conv_align_pointer(workspace);
    *r = (run){.e = e,
               .pre = transposed ? e->post : e->pre,
               .post = transposed ? e->pre : e->post,
               .spectra = e->spectra + (transposed ? e->desc.terms * e->spectrum_bytes : 0),
               .transposed = transposed};
    conv_contiguous_strides(e->desc.rank, e->desc.shape, r->stride);
    for (int d = 0; d < e->desc.rank; d++)
        r->center[d] =
            transposed ? e->desc.kernel_shape[d] - 1 - e->desc.center[d] : e->desc.center[d];
    r->signal = at;
    r->weighed = at + e->spectrum_bytes;
    r->product = at + 2 * e->spectrum_bytes;
    r->sum = at + 3 * e->spectrum_bytes;
    r->transform = at + 4 * e->spectrum_bytes;
    r->clean = r->transform + e->transform_bytes;
    r->values = r->clean + array;
}

/* ---- arrays ---- */

/* y = w x, or y += w x; w NULL: ones. */
static void weigh_f64(const conv_expansion *e, const double *w, const double *x, double *y,
                      bool adds) {
    size_t parts = e->is_complex ? 2 : 1;
    for (size_t i = 0; i < e->samples * parts; i++) {
        double product = w ? w[i / parts] * x[i] : x[i];
        y[i] = adds ? y[i] + product : product;
    }
}

static void weigh_f32(const conv_expansion *e, const float *w, const float *x, float *y,
                      bool adds) {
    size_t parts = e->is_complex ? 2 : 1;
    for (size_t i = 0; i < e->samples * parts; i++) {
        float product = w ? w[i / parts] * x[i] : x[i];
        y[i] = adds ? y[i] + product : product;
    }
}

static void weigh(const conv_expansion *e, const void *w, const void *x, void *y, bool adds) {
    if (e->is_double)
        weigh_f64(e, w, x, y, adds);
    else
        weigh_f32(e, w, x, y, adds);
}

static double get(const conv_expansion *e, const void *reals, size_t i) {
    return e->is_double ? ((const double *)reals)[i] : (double)((const float *)reals)[i];
}

static void set(const conv_expansion *e, void *reals, size_t i, double value) {
    if (e->is_double)
        ((double *)reals)[i] = value;
    else
        ((float *)reals)[i] = (float)value;
}

/* clean = f with zeros for what is not finite; true where there was nothing of it. */
static bool clean(const run *r, const void *f) {
    const conv_expansion *e = r->e;
    size_t count = e->samples * (e->is_complex ? 2 : 1);
    bool finite = true;
    memcpy(r->clean, f, e->samples * e->size);
    for (size_t i = 0; i < count; i++) {
        double value = get(e, f, i);
        if (value - value == 0)
            continue;
        finite = false;
        set(e, r->clean, i, 0);
    }
    return finite;
}

/* ---- terms ---- */

static conv_tile tile_of(const run *r, const void *in, void *out) {
    conv_tile tile = {.in = in, .out = out};
    for (int d = 0; d < r->e->desc.rank; d++) {
        tile.in_extent[d] = tile.out_count[d] = r->e->desc.shape[d];
        tile.in_stride[d] = tile.out_stride[d] = r->stride[d];
        tile.out_first[d] = r->center[d];
    }
    return tile;
}

static void forward(const run *r, const void *in, void *spectrum) {
    conv_tile tile = tile_of(r, in, NULL);
    conv_transform_forward(r->e->transform, &tile, spectrum, r->transform, r->e->threads);
}

static void inverse(const run *r, void *spectrum, void *out) {
    conv_tile tile = tile_of(r, NULL, out);
    conv_transform_inverse(r->e->transform, &tile, spectrum, r->transform, r->e->threads);
}

/* Terms without weights share a transform, before or after. */
static void run_terms(const run *r, void *y) {
    const conv_expansion *e = r->e;
    bool have_signal = false, have_sum = false;
    for (size_t q = 0; q < e->desc.terms; q++) {
        const void *kernel = r->spectra + q * e->spectrum_bytes, *signal = r->signal;
        if (r->pre[q]) {
            weigh(e, r->pre[q], r->clean, r->values, false);
            forward(r, r->values, r->weighed);
            signal = r->weighed;
        } else if (!have_signal) {
            forward(r, r->clean, r->signal);
            have_signal = true;
        }
        if (!r->post[q]) {
            conv_transform_multiply(e->transform, &signal, &kernel, 1, r->sum, have_sum);
            have_sum = true;
            continue;
        }
        conv_transform_multiply(e->transform, &signal, &kernel, 1, r->product, false);
        inverse(r, r->product, r->values);
        weigh(e, r->post[q], r->values, y, true);
    }
    if (have_sum) {
        inverse(r, r->sum, r->values);
        weigh(e, NULL, r->values, y, true);
    }
}

/* ---- what is not finite ---- */

/* y[k] for one tap of all terms; tap t counted in the kernels as they are here. */
static void spoil_one(const run *r, size_t j, size_t k, size_t t, const void *f, void *y) {
    const conv_expansion *e = r->e;
    size_t tap = r->transposed ? e->taps - 1 - t : t, parts = e->is_complex ? 2 : 1;
    for (size_t q = 0; q < e->desc.terms; q++) {
        double weight = e->kernels[q * e->taps + tap];
        weight *= r->pre[q] ? get(e, r->pre[q], j) : 1;
        weight *= r->post[q] ? get(e, r->post[q], k) : 1;
        for (size_t p = 0; p < parts; p++) {
            double value = get(e, f, parts * j + p);
            if (value - value != 0 && weight != 0)
                set(e, y, parts * k + p, get(e, y, parts * k + p) + weight * value);
        }
    }
}

/* Sample j under every tap: output j - center + t on each axis. */
static void spoil_from(const run *r, size_t j, const void *f, void *y) {
    const conv_expansion_desc *desc = &r->e->desc;
    for (size_t t = 0; t < r->e->taps; t++) {
        size_t rest = t, place = j, k = 0;
        bool inside = true;
        for (int d = desc->rank - 1; d >= 0; d--) {
            ptrdiff_t at = (ptrdiff_t)(place % desc->shape[d]) - (ptrdiff_t)r->center[d] +
                           (ptrdiff_t)(rest % desc->kernel_shape[d]);
            inside = inside && at >= 0 && at < (ptrdiff_t)desc->shape[d];
            k += (size_t)(at * r->stride[d]);
            place /= desc->shape[d];
            rest /= desc->kernel_shape[d];
        }
        if (inside)
            spoil_one(r, j, k, t, f, y);
    }
}

static void spoil(const run *r, const void *f, void *y) {
    size_t parts = r->e->is_complex ? 2 : 1;
    for (size_t j = 0; j < r->e->samples; j++) {
        bool bad = false;
        for (size_t p = 0; p < parts; p++) {
            double value = get(r->e, f, parts * j + p);
            bad = bad || value - value != 0;
        }
        if (bad)
            spoil_from(r, j, f, y);
    }
}

/* ---- the calls ---- */

static conv_status execute(const conv_expansion *e, bool transposed, const void *f, void *y,
                           void *workspace) {
    if (!e || !f || !y)
        return conv_fail(CONV_ERR_NULL, "%s is NULL",
                         !e   ? "expansion"
                         : !f ? "the signal"
                              : "the output");
    conv_span span = {0, (ptrdiff_t)(e->samples * e->size)}, work = {0, (ptrdiff_t)e->workspace};
    if (conv_spans_overlap(f, span, y, span))
        return conv_fail(CONV_ERR_ALIAS, "the output at %p overlaps the signal at %p", y, f);
    if (workspace && (conv_spans_overlap(workspace, work, f, span) ||
                      conv_spans_overlap(workspace, work, y, span)))
        return conv_fail(CONV_ERR_ALIAS, "workspace at %p overlaps the signal or the output",
                         workspace);
    void *own = workspace ? NULL : conv_allocate(e->workspace);
    if (!workspace && !own)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a workspace of %zu bytes", e->workspace);
    run r;
    set_up(&r, e, transposed, workspace ? workspace : own);
    bool finite = clean(&r, f);
    memset(y, 0, e->samples * e->size);
    run_terms(&r, y);
    if (!finite)
        spoil(&r, f, y);
    conv_free(own);
    return CONV_OK;
}

conv_status conv_expansion_execute(const conv_expansion *expansion, const void *f, void *y,
                                   void *workspace) {
    CONV_KEEP_ERRNO;
    return execute(expansion, false, f, y, workspace);
}

conv_status conv_expansion_execute_transposed(const conv_expansion *expansion, const void *g,
                                              void *x, void *workspace) {
    CONV_KEEP_ERRNO;
    return execute(expansion, true, g, x, workspace);
}
