/* What a backend of fft/transform.h offers. */
#ifndef CONV_FFT_BACKEND_H
#define CONV_FFT_BACKEND_H

#include "fft/transform.h"

typedef struct {
    size_t (*length)(conv_dtype dtype, size_t at_least, conv_axis_kind kind);
    conv_status (*create)(void **state, conv_dtype dtype, int rank, const size_t *shape,
                          conv_level level);
    void (*destroy)(void *state);
    size_t (*spectrum_size)(const void *state);
    size_t (*scratch_size)(const void *state, int threads);
    void (*kernel)(const void *state, const void *kernel, conv_dtype kernel_dtype,
                   const size_t *kernel_extent, void *spectrum, void *scratch);
    void (*convolve)(const void *state, const conv_tile *tile, const void *spectrum, void *scratch,
                     int threads);
    void (*forward)(const void *state, const conv_tile *tile, void *spectrum, void *scratch,
                    int threads);
    void (*multiply)(const void *state, const void *const *signals, const void *const *kernels,
                     size_t pairs, void *sum, bool accumulate);
    void (*multiply_weighted)(const void *state, const void *const *signals,
                              const void *const *kernels, const double *weights, size_t pairs,
                              void *sum);
    void (*inverse)(const void *state, const conv_tile *tile, void *spectrum, void *scratch,
                    int threads);
} conv_backend_calls;

extern const conv_backend_calls conv_fftw_backend;

#endif
