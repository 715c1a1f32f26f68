#include "fft/transform.h"

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "fft/backend.h"
#include "fft/ring.h"

#ifdef CONV_HAVE_FFTW
#define FFTW_BACKEND &conv_fftw_backend
#else
#define FFTW_BACKEND NULL
#endif

static conv_status ring_create(void **state, conv_dtype dtype, int rank, const size_t *shape,
                               conv_level level) {
    conv_ring *ring = NULL;
    conv_status status = conv_ring_create(&ring, dtype, rank, shape, level);
    *state = ring;
    return status;
}

static void ring_destroy(void *state) {
    conv_ring_destroy(state);
}

static size_t ring_spectrum_size(const void *state) {
    return conv_ring_spectrum_size(state);
}

static size_t ring_scratch_size(const void *state, int threads) {
    return conv_ring_scratch_size(state, threads);
}

static void ring_kernel(const void *state, const void *kernel, conv_dtype kernel_dtype,
                        const size_t *kernel_extent, void *spectrum, void *scratch) {
    conv_ring_kernel(state, kernel, kernel_dtype, kernel_extent, spectrum, scratch);
}

static void ring_convolve(const void *state, const conv_tile *tile, const void *spectrum,
                          void *scratch, int threads) {
    conv_ring_convolve(state, tile, spectrum, scratch, threads);
}

static void ring_forward(const void *state, const conv_tile *tile, void *spectrum, void *scratch,
                         int threads) {
    conv_ring_forward(state, tile, spectrum, scratch, threads);
}

static void ring_multiply(const void *state, const void *const *signals, const void *const *kernels,
                          size_t pairs, void *sum, bool accumulate) {
    conv_ring_multiply(state, signals, kernels, pairs, sum, accumulate);
}

static void ring_multiply_weighted(const void *state, const void *const *signals,
                                   const void *const *kernels, const double *weights, size_t pairs,
                                   void *sum) {
    conv_ring_multiply_weighted(state, signals, kernels, weights, pairs, sum);
}

static void ring_inverse(const void *state, const conv_tile *tile, void *spectrum, void *scratch,
                         int threads) {
    conv_ring_inverse(state, tile, spectrum, scratch, threads);
}

static const conv_backend_calls ring_backend = {
    .length = conv_ring_length,
    .create = ring_create,
    .destroy = ring_destroy,
    .spectrum_size = ring_spectrum_size,
    .scratch_size = ring_scratch_size,
    .kernel = ring_kernel,
    .convolve = ring_convolve,
    .forward = ring_forward,
    .multiply = ring_multiply,
    .multiply_weighted = ring_multiply_weighted,
    .inverse = ring_inverse,
};

static const conv_backend_calls *const backends[CONV_BACKENDS] = {
    [CONV_BACKEND_RING] = &ring_backend,
    [CONV_BACKEND_FFTW] = FFTW_BACKEND,
};

struct conv_transform {
    const conv_backend_calls *calls;
    void *state;
};

bool conv_backend_available(conv_backend backend) {
    return backends[backend] != NULL;
}

bool conv_backend_takes_ends(conv_backend backend) {
    return backend == CONV_BACKEND_RING;
}

/* The own transform multiplies by -1 on the last axis of real data. */
bool conv_backend_wraps(conv_backend backend, conv_dtype dtype, bool last_axis) {
    return backend == CONV_BACKEND_FFTW || conv_dtype_is_complex(dtype) || !last_axis;
}

size_t conv_transform_length(conv_backend backend, conv_dtype dtype, size_t at_least,
                             conv_axis_kind kind) {
    return backends[backend]->length(dtype, at_least, kind);
}

conv_status conv_transform_create(conv_transform **transform, conv_backend backend,
                                  conv_dtype dtype, int rank, const size_t *shape,
                                  conv_level level) {
    conv_transform *made = conv_allocate(sizeof *made);
    if (!made)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a transform");
    made->calls = backends[backend];
    made->state = NULL;
    conv_status status = made->calls->create(&made->state, dtype, rank, shape, level);
    if (status != CONV_OK) {
        conv_transform_destroy(made);
        made = NULL;
    }
    *transform = made;
    return status;
}

conv_status conv_transform_create_summed(conv_transform **transform, conv_dtype dtype, int rank,
                                         const size_t *shape, size_t taps, conv_level level) {
    conv_transform *made = conv_allocate(sizeof *made);
    conv_ring *ring = NULL;
    *transform = NULL;
    if (!made)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a transform");
    conv_status status = conv_ring_create_summed(&ring, dtype, rank, shape, taps, level);
    if (status != CONV_OK) {
        conv_free(made);
        return status;
    }
    *made = (conv_transform){&ring_backend, ring};
    *transform = made;
    return CONV_OK;
}

void conv_transform_destroy(conv_transform *transform) {
    if (!transform)
        return;
    transform->calls->destroy(transform->state);
    conv_free(transform);
}

size_t conv_transform_spectrum_size(const conv_transform *transform) {
    return transform->calls->spectrum_size(transform->state);
}

size_t conv_transform_scratch_size(const conv_transform *transform, int threads) {
    return transform->calls->scratch_size(transform->state, threads);
}

void conv_transform_kernel(const conv_transform *transform, const void *kernel,
                           conv_dtype kernel_dtype, const size_t *kernel_extent, void *spectrum,
                           void *scratch) {
    transform->calls->kernel(transform->state, kernel, kernel_dtype, kernel_extent, spectrum,
                             scratch);
}

void conv_transform_convolve(const conv_transform *transform, const conv_tile *tile,
                             const void *spectrum, void *scratch, int threads) {
    transform->calls->convolve(transform->state, tile, spectrum, scratch, threads);
}

void conv_transform_forward(const conv_transform *transform, const conv_tile *tile, void *spectrum,
                            void *scratch, int threads) {
    transform->calls->forward(transform->state, tile, spectrum, scratch, threads);
}

void conv_transform_multiply(const conv_transform *transform, const void *const *signals,
                             const void *const *kernels, size_t pairs, void *sum, bool accumulate) {
    transform->calls->multiply(transform->state, signals, kernels, pairs, sum, accumulate);
}

void conv_transform_multiply_weighted(const conv_transform *transform, const void *const *signals,
                                      const void *const *kernels, const double *weights,
                                      size_t pairs, void *sum) {
    transform->calls->multiply_weighted(transform->state, signals, kernels, weights, pairs, sum);
}

void conv_transform_inverse(const conv_transform *transform, const conv_tile *tile, void *spectrum,
                            void *scratch, int threads) {
    transform->calls->inverse(transform->state, tile, spectrum, scratch, threads);
}
