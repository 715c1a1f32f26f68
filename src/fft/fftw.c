/* Circular convolution of any length by FFTW3: real-to-complex where the samples are real. */
#include "fft/fftw.h"

#include <limits.h>
#include <string.h>

#include "base/dtype.h"
#include "base/lock.h"
#include "base/memory.h"
#include "base/status.h"
#include "fft/backend.h"
#include "base/elements.h"

/* Beside a table of roots for every sample. */
#define PLANNER_BYTES ((size_t)1 << 20)

typedef struct {
    const conv_fftw_kernels *kernels;
    bool is_complex;
    int rank;
    size_t extent[CONV_MAX_RANK];
    size_t samples, bins; /* elements of the tile and of its spectrum */
    size_t size;          /* bytes of a sample */
    size_t work_bytes;    /* the tile's part of the scratch memory; the spectrum follows */
    void *forward, *inverse;
} fftw_state;

/* The shortest 2^a 3^b 5^c 7^d, at which FFTW is fast. */
static size_t smooth_length(size_t at_least) {
    size_t best = SIZE_MAX;
    for (size_t p7 = 1; p7 <= 7; p7 *= 7)
        for (size_t p5 = p7; p5 < SIZE_MAX / 64 && p5 < best; p5 *= 5)
            for (size_t p3 = p5; p3 < SIZE_MAX / 64 && p3 < best; p3 *= 3) {
                size_t length = p3;
                while (length < at_least && length < SIZE_MAX / 4)
                    length *= 2;
                if (length >= at_least && length < best)
                    best = length;
                if (p3 >= at_least)
                    break;
            }
    return best == SIZE_MAX ? 0 : best;
}

/* Real transforms of odd length have no plan that does without allocating in execute. */
static size_t fast_length(conv_dtype dtype, size_t at_least, conv_axis_kind kind) {
    size_t length = conv_dtype_is_complex(dtype) || kind == CONV_AXIS_COLUMNS
                        ? smooth_length(at_least)
                        : 2 * smooth_length(at_least / 2 + at_least % 2);
    return length > INT_MAX ? 0 : length;
}

/* FFTW's planner is not thread-safe; its execution is. */
static void destroy(void *state) {
    fftw_state *fftw = state;
    if (!fftw)
        return;
    conv_lock_take(CONV_LOCK_PLANNER);
    fftw->kernels->destroy(fftw->forward, fftw->inverse);
    conv_lock_give(CONV_LOCK_PLANNER);
    conv_free(fftw);
}

/* Half of the last axis, and one more, is all that real samples need. */
static bool measure(fftw_state *fftw) {
    size_t bytes;
    fftw->samples = fftw->bins = 1;
    for (int d = 0; d < fftw->rank; d++) {
        size_t bins = fftw->extent[d];
        if (fftw->extent[d] > INT_MAX)
            return false;
        if (d == fftw->rank - 1 && !fftw->is_complex)
            bins = bins / 2 + 1;
        if (!conv_multiply(fftw->samples, fftw->extent[d], &fftw->samples) ||
            !conv_multiply(fftw->bins, bins, &fftw->bins))
            return false;
    }
    return conv_multiply(fftw->samples + 2 * fftw->bins, 4 * fftw->size, &bytes);
}

/* The planner ends the process where it gets no memory. What it takes is there before it is asked;
 * only other threads may take it away meanwhile. */
static bool has_room(const fftw_state *fftw) {
    void *room = conv_allocate(PLANNER_BYTES + fftw->samples * 2 * fftw->size);
    conv_free(room);
    return room != NULL;
}

static conv_status create(void **state, conv_dtype dtype, int rank, const size_t *shape,
                          conv_level level) {
    (void)level;
    fftw_state *fftw = conv_allocate(sizeof *fftw);
    if (!fftw)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a transform");
    bool is_double = conv_dtype_is_double(dtype);
    *fftw = (fftw_state){.kernels = is_double ? &conv_fftw_double : &conv_fftw_float,
                         .is_complex = conv_dtype_is_complex(dtype),
                         .rank = rank,
                         .size = conv_dtype_size(dtype)};
    memcpy(fftw->extent, shape, (size_t)rank * sizeof *shape);
    conv_status status = CONV_OK;
    void *scratch = NULL;
    int extent[CONV_MAX_RANK];
    if (!measure(fftw)) {
        status = conv_fail(CONV_ERR_OVERFLOW, "a transform of %zu x ... is too large", shape[0]);
        goto done;
    }
    fftw->work_bytes = conv_aligned_size(fftw->samples * fftw->size);
    for (int d = 0; d < rank; d++)
        extent[d] = (int)shape[d];
    /* The planner wants arrays, and overwrites them; execution brings its own of equal alignment.
     */
    scratch = conv_allocate(fftw->work_bytes + fftw->bins * 2 * fftw->size);
    conv_lock_take(CONV_LOCK_PLANNER);
    bool planned =
        scratch && has_room(fftw) &&
        fftw->kernels->plan(fftw->is_complex, rank, extent, scratch,
                            (char *)scratch + fftw->work_bytes, &fftw->forward, &fftw->inverse);
    conv_lock_give(CONV_LOCK_PLANNER);
    if (!planned)
        status =
            conv_fail(CONV_ERR_MEMORY, "no memory for a transform of %zu samples", fftw->samples);
done:
    conv_free(scratch);
    if (status != CONV_OK) {
        destroy(fftw);
        fftw = NULL;
    }
    *state = fftw;
    return status;
}

static size_t complex_size(const fftw_state *fftw) {
    return fftw->is_complex ? fftw->size : 2 * fftw->size;
}

static size_t spectrum_size(const void *state) {
    const fftw_state *fftw = state;
    return fftw->bins * complex_size(fftw);
}

static size_t scratch_size(const void *state, int threads) {
    const fftw_state *fftw = state;
    (void)threads;
    return fftw->work_bytes + spectrum_size(state);
}

/* Rows of a box inside the tile: calls copy for each, with the row's element offset. */
typedef struct {
    const fftw_state *fftw;
    const size_t *first, *count;
    const ptrdiff_t *stride; /* of the other array */
    char *other;
    char *work;
    bool store;
    /* of taps: */
    bool is_taps, taps_complex;
    size_t other_size;
    double factor;
} row_copy;

static void copy_rows(const row_copy *copy, int d, size_t work_offset, ptrdiff_t other_offset) {
    const fftw_state *fftw = copy->fftw;
    char *work = copy->work + (work_offset + copy->first[d]) * fftw->size;
    char *other = copy->other + other_offset * (ptrdiff_t)copy->other_size;
    if (d == fftw->rank - 1) {
        if (copy->is_taps)
            fftw->kernels->load_taps(work, fftw->is_complex, other, copy->taps_complex,
                                     copy->count[d], copy->factor);
        else if (copy->store)
            memcpy(other, work, copy->count[d] * fftw->size);
        else
            memcpy(work, other, copy->count[d] * fftw->size);
        return;
    }
    for (size_t t = 0; t < copy->count[d]; t++)
        copy_rows(copy, d + 1, (work_offset + copy->first[d] + t) * fftw->extent[d + 1],
                  other_offset + (ptrdiff_t)t * copy->stride[d]);
}

static void kernel_spectrum(const void *state, const void *kernel, conv_dtype kernel_dtype,
                            const size_t *kernel_extent, void *spectrum, void *scratch) {
    const fftw_state *fftw = state;
    static const size_t origin[CONV_MAX_RANK];
    ptrdiff_t stride[CONV_MAX_RANK], step = 1;
    for (int d = fftw->rank - 1; d >= 0; d--) {
        stride[d] = step;
        step *= (ptrdiff_t)kernel_extent[d];
    }
    row_copy copy = {.fftw = fftw,
                     .first = origin,
                     .count = kernel_extent,
                     .stride = stride,
                     .other = (char *)(uintptr_t)kernel,
                     .work = scratch,
                     .is_taps = true,
                     .taps_complex = conv_dtype_is_complex(kernel_dtype),
                     .other_size = conv_dtype_size(kernel_dtype),
                     .factor = 1 / (double)fftw->samples};
    memset(scratch, 0, fftw->samples * fftw->size);
    copy_rows(&copy, 0, 0, 0);
    fftw->kernels->forward(fftw->is_complex, fftw->forward, scratch, spectrum);
}

/* The tile, with zeros behind it, -> work. */
static void load_tile(const fftw_state *fftw, const conv_tile *tile, void *work) {
    static const size_t origin[CONV_MAX_RANK];
    bool whole = true;
    for (int d = 0; d < fftw->rank; d++)
        whole = whole && tile->in_extent[d] == fftw->extent[d];
    if (!whole)
        memset(work, 0, fftw->samples * fftw->size);
    row_copy load = {.fftw = fftw,
                     .first = origin,
                     .count = tile->in_extent,
                     .stride = tile->in_stride,
                     .other = (char *)(uintptr_t)tile->in,
                     .work = work,
                     .other_size = fftw->size};
    copy_rows(&load, 0, 0, 0);
}

static void store_tile(const fftw_state *fftw, const conv_tile *tile, void *work) {
    row_copy store = {.fftw = fftw,
                      .first = tile->out_first,
                      .count = tile->out_count,
                      .stride = tile->out_stride,
                      .other = tile->out,
                      .work = work,
                      .store = true,
                      .other_size = fftw->size};
    copy_rows(&store, 0, 0, 0);
}

static void forward(const void *state, const conv_tile *tile, void *spectrum, void *scratch,
                    int threads) {
    const fftw_state *fftw = state;
    (void)threads;
    load_tile(fftw, tile, scratch);
    fftw->kernels->forward(fftw->is_complex, fftw->forward, scratch, spectrum);
}

static void multiply(const void *state, const void *const *signals, const void *const *kernels,
                     size_t pairs, void *sum, bool accumulate) {
    const fftw_state *fftw = state;
    if (sum == signals[0] && !accumulate) {
        fftw->kernels->multiply(sum, kernels[0], fftw->bins);
        return;
    }
    for (size_t i = 0; i < pairs; i++)
        fftw->kernels->product(sum, signals[i], kernels[i], fftw->bins, accumulate || i > 0);
}

static void multiply_weighted(const void *state, const void *const *signals,
                              const void *const *kernels, const double *weights, size_t pairs,
                              void *sum) {
    const fftw_state *fftw = state;
    for (size_t i = 0; i < pairs; i++)
        fftw->kernels->weighted(sum, signals[i], kernels[i], weights[i], fftw->bins, i > 0);
}

static void inverse(const void *state, const conv_tile *tile, void *spectrum, void *scratch,
                    int threads) {
    const fftw_state *fftw = state;
    (void)threads;
    fftw->kernels->inverse(fftw->is_complex, fftw->inverse, spectrum, scratch);
    store_tile(fftw, tile, scratch);
}

static void convolve(const void *state, const conv_tile *tile, const void *spectrum, void *scratch,
                     int threads) {
    const fftw_state *fftw = state;
    void *bins = (char *)scratch + fftw->work_bytes;
    forward(state, tile, bins, scratch, threads);
    fftw->kernels->multiply(bins, spectrum, fftw->bins);
    inverse(state, tile, bins, scratch, threads);
}

const conv_backend_calls conv_fftw_backend = {
    .length = fast_length,
    .create = create,
    .destroy = destroy,
    .spectrum_size = spectrum_size,
    .scratch_size = scratch_size,
    .kernel = kernel_spectrum,
    .convolve = convolve,
    .forward = forward,
    .multiply = multiply,
    .multiply_weighted = multiply_weighted,
    .inverse = inverse,
};
