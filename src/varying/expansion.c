/* Making an expansion: checks, copies, spectra. */
#include "varying/expansion.h"

#include <string.h>

#include "api/checks.h"
#include "base/cpu.h"
#include "base/dtype.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "problem/problem.h"
#include "varying/reals.h"

void conv_expansion_desc_init(conv_expansion_desc *desc, conv_dtype dtype, int rank,
                              const size_t *shape, const size_t *kernel_shape) {
    if (!desc)
        return;
    memset(desc, 0, sizeof *desc);
    desc->struct_size = sizeof *desc;
    desc->dtype = dtype;
    desc->rank = rank;
    desc->terms = 1;
    desc->threads = 1;
    for (int d = 0; d < rank && d < CONV_MAX_RANK; d++) {
        desc->shape[d] = shape ? shape[d] : 0;
        desc->kernel_shape[d] = kernel_shape ? kernel_shape[d] : 0;
        desc->center[d] = desc->kernel_shape[d] / 2;
    }
}

static conv_status check_fields(const conv_expansion_desc *desc) {
    conv_status status =
        conv_check_struct_size(desc->struct_size, sizeof *desc, "conv_expansion_desc_init");
    if (status != CONV_OK)
        return status;
    if (desc->rank < 1 || desc->rank > CONV_MAX_RANK)
        return conv_fail(CONV_ERR_RANK, "rank is %d, must be 1..%d", desc->rank, CONV_MAX_RANK);
    const conv_enum_field fields[] = {{"dtype", (int)desc->dtype, CONV_C64},
                                      {"isa", (int)desc->isa, CONV_ISA_LAST}};
    status = conv_check_enums(fields, sizeof fields / sizeof *fields);
    if (status != CONV_OK)
        return status;
    if (desc->threads < 0)
        return conv_fail(CONV_ERR_THREADS, "threads is %d, must be 0 or more", desc->threads);
    if (desc->terms == 0)
        return conv_fail(CONV_ERR_EXTENT, "terms is 0, must be at least 1");
    return CONV_OK;
}

static conv_status check_shapes(const conv_expansion_desc *desc) {
    conv_desc layout;
    conv_problem problem;
    conv_desc_init(&layout, desc->dtype, desc->rank, desc->shape, desc->kernel_shape, CONV_FULL);
    layout.kernel_dtype = conv_dtype_real(desc->dtype);
    conv_status status = conv_problem_init(&problem, &layout);
    for (int d = 0; d < desc->rank && status == CONV_OK; d++)
        if (desc->center[d] >= desc->kernel_shape[d])
            status = conv_fail(CONV_ERR_EXTENT, "center[%d] is %zu, must be below kernel_shape %zu",
                               d, desc->center[d], desc->kernel_shape[d]);
    return status;
}

static conv_status check(const conv_expansion_desc *desc, const void *const *kernels) {
    if (!desc || !kernels)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !desc ? "desc" : "kernels");
    conv_status status = check_fields(desc);
    if (status == CONV_OK)
        status = check_shapes(desc);
    for (size_t q = 0; status == CONV_OK && q < desc->terms; q++)
        if (!kernels[q])
            status = conv_fail(CONV_ERR_NULL, "kernels[%zu] is NULL", q);
    return status;
}

/* ---- copies ---- */

static void copy_kernels(conv_expansion *made, const void *const *kernels) {
    for (size_t q = 0; q < made->desc.terms; q++)
        for (size_t t = 0; t < made->taps; t++)
            made->kernels[q * made->taps + t] =
                conv_real_get(kernels[q], (ptrdiff_t)t, made->is_double);
}

static size_t given(const void *const *weights, size_t terms) {
    size_t count = 0;
    for (size_t q = 0; weights && q < terms; q++)
        count += weights[q] != NULL;
    return count;
}

static char *copy_weights(const void *const *weights, size_t terms, size_t bytes, char *to,
                          const void **copies) {
    for (size_t q = 0; q < terms; q++) {
        copies[q] = NULL;
        if (!weights || !weights[q])
            continue;
        memcpy(to, weights[q], bytes);
        copies[q] = to;
        to += bytes;
    }
    return to;
}

static conv_status copy(conv_expansion *made, const void *const *kernels, const void *const *pre,
                        const void *const *post) {
    size_t terms = made->desc.terms, real = made->is_double ? sizeof(double) : sizeof(float);
    size_t bytes, all, taps, lists;
    if (!conv_multiply(made->samples, real, &bytes) ||
        !conv_multiply(bytes, given(pre, terms) + given(post, terms), &all) ||
        !conv_multiply(made->taps, terms, &taps) || !conv_multiply(taps, sizeof(double), &taps) ||
        !conv_multiply(terms, sizeof(void *), &lists))
        return conv_fail(CONV_ERR_OVERFLOW, "%zu terms are too many", terms);
    made->kernels = conv_allocate(taps);
    made->weights = conv_allocate(all);
    made->pre = conv_allocate(lists);
    made->post = conv_allocate(lists);
    if (!made->kernels || !made->weights || !made->pre || !made->post)
        return conv_fail(CONV_ERR_MEMORY, "no memory for the weights of %zu terms", terms);
    copy_kernels(made, kernels);
    char *rest = copy_weights(pre, terms, bytes, made->weights, made->pre);
    copy_weights(post, terms, bytes, rest, made->post);
    return CONV_OK;
}

/* ---- spectra ---- */

static conv_status make_transform(conv_expansion *made, conv_level level) {
    size_t shape[CONV_MAX_RANK];
    const conv_expansion_desc *desc = &made->desc;
    for (int d = 0; d < desc->rank; d++) {
        shape[d] = conv_transform_length(CONV_BACKEND_RING, desc->dtype,
                                         desc->shape[d] + desc->kernel_shape[d] - 1,
                                         conv_axis_kind_of(d, desc->rank));
        if (shape[d] == 0)
            return conv_fail(CONV_ERR_OVERFLOW, "shape[%d] is %zu, too large", d, desc->shape[d]);
    }
    conv_status status = conv_transform_create(&made->transform, CONV_BACKEND_RING, desc->dtype,
                                               desc->rank, shape, level);
    if (status != CONV_OK)
        return status;
    made->spectrum_bytes = conv_aligned_size(conv_transform_spectrum_size(made->transform));
    made->transform_bytes =
        conv_aligned_size(conv_transform_scratch_size(made->transform, made->threads));
    return CONV_OK;
}

static void fill_taps(const conv_expansion *made, size_t q, bool reversed, void *taps) {
    const double *kernel = made->kernels + q * made->taps;
    for (size_t t = 0; t < made->taps; t++) {
        double value = kernel[reversed ? made->taps - 1 - t : t];
        if (made->is_double)
            ((double *)taps)[t] = value;
        else
            ((float *)taps)[t] = (float)value;
    }
}

static conv_status make_spectra(conv_expansion *made) {
    size_t terms = made->desc.terms, bytes;
    if (!conv_multiply(2 * terms, made->spectrum_bytes, &bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "%zu terms are too many", terms);
    void *taps = conv_allocate(made->taps * sizeof(double));
    void *scratch = conv_allocate(made->transform_bytes);
    made->spectra = conv_allocate(bytes);
    bool ok = taps && scratch && made->spectra;
    for (size_t i = 0; ok && i < 2 * terms; i++) {
        fill_taps(made, i % terms, i >= terms, taps);
        conv_transform_kernel(made->transform, taps, conv_dtype_real(made->desc.dtype),
                              made->desc.kernel_shape, made->spectra + i * made->spectrum_bytes,
                              scratch);
    }
    conv_free(taps);
    conv_free(scratch);
    return ok ? CONV_OK
              : conv_fail(CONV_ERR_MEMORY, "no memory for the spectra of %zu kernels", 2 * terms);
}

/* Three spectra: of the signal, of the signal weighed, of products; and one for the sum; then two
 * arrays of samples. */
static conv_status size_workspace(conv_expansion *made) {
    size_t samples;
    if (!conv_multiply(made->samples, made->size, &samples) ||
        !conv_multiply(4, made->spectrum_bytes, &made->workspace) ||
        !conv_add(made->workspace, made->transform_bytes, &made->workspace) ||
        !conv_add(made->workspace, 2 * conv_aligned_size(samples), &made->workspace) ||
        !conv_add(made->workspace, CONV_ALIGNMENT, &made->workspace))
        return conv_fail(CONV_ERR_OVERFLOW, "the workspace for %zu samples is too large",
                         made->samples);
    return CONV_OK;
}

static conv_status make(conv_expansion *made, const void *const *kernels, const void *const *pre,
                        const void *const *post) {
    made->samples = made->taps = 1;
    for (int d = 0; d < made->desc.rank; d++) {
        made->samples *= made->desc.shape[d];
        made->taps *= made->desc.kernel_shape[d];
    }
    made->size = conv_dtype_size(made->desc.dtype);
    made->is_double = conv_dtype_is_double(made->desc.dtype);
    made->is_complex = conv_dtype_is_complex(made->desc.dtype);
    made->threads = conv_parallel_threads(made->desc.threads);
    conv_status status = copy(made, kernels, pre, post);
    if (status == CONV_OK)
        status = make_transform(made, conv_cpu_level_for(made->desc.isa));
    if (status == CONV_OK)
        status = make_spectra(made);
    return status == CONV_OK ? size_workspace(made) : status;
}

conv_status conv_expansion_create(conv_expansion **expansion, const conv_expansion_desc *desc,
                                  const void *const *kernels, const void *const *pre,
                                  const void *const *post) {
    CONV_KEEP_ERRNO;
    if (!expansion)
        return conv_fail(CONV_ERR_NULL, "expansion is NULL");
    *expansion = NULL;
    conv_status status = check(desc, kernels);
    if (status != CONV_OK)
        return status;
    conv_expansion *made = conv_allocate(sizeof *made);
    if (!made)
        return conv_fail(CONV_ERR_MEMORY, "no memory for an expansion");
    memset(made, 0, sizeof *made);
    made->desc = *desc;
    status = make(made, kernels, pre, post);
    if (status != CONV_OK) {
        conv_expansion_destroy(made);
        made = NULL;
    }
    *expansion = made;
    return status;
}

void conv_expansion_destroy(conv_expansion *expansion) {
    CONV_KEEP_ERRNO;
    if (!expansion)
        return;
    conv_transform_destroy(expansion->transform);
    conv_free(expansion->kernels);
    conv_free(expansion->weights);
    conv_free(expansion->pre);
    conv_free(expansion->post);
    conv_free(expansion->spectra);
    conv_free(expansion);
}

size_t conv_expansion_workspace_size(const conv_expansion *expansion) {
    CONV_KEEP_ERRNO;
    return expansion ? expansion->workspace : 0;
}

size_t conv_expansion_terms(const conv_expansion *expansion) {
    CONV_KEEP_ERRNO;
    return expansion ? expansion->desc.terms : 0;
}
