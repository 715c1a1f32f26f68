/* The library's own transform. In the words of the literature: of real lines a negacyclic
 * transform, modulo x^N + 1, folded into N/2 complex numbers modulo z^(N/2) - i (the right-angle
 * convolution of Crandall and Fagin, Discrete weighted transforms, 1994); of complex lines and of
 * the other axes a cyclic one. By a tree of Chinese remainders, z^2n - r^2 into z^n - r and z^n + r
 * (Bernstein, Multidigit multiplication for mathematicians, 2001), so that spectra are in
 * bit-reversed order and no pass permutes. ring_leaf.h has the tree; the functions are those of
 * transform.h. */
#ifndef CONV_FFT_RING_H
#define CONV_FFT_RING_H

#include "fft/transform.h"

typedef struct conv_ring conv_ring;

/* 2^a, and 3, 5, 7 and 9 * 2^a: lines with 2^a from 32 real or 16 complex elements on. Short rows
 * from 8 real or 4 complex elements, columns from 4, and 1. */
size_t conv_ring_length(conv_dtype dtype, size_t at_least, conv_axis_kind kind);

/* shape: lengths from conv_ring_length(); any other is CONV_ERR_EXTENT. */
conv_status conv_ring_create(conv_ring **ring, conv_dtype dtype, int rank, const size_t *shape,
                             conv_level level);
/* The same with the first axis summed over `taps` taps, see conv_transform_create_summed. */
conv_status conv_ring_create_summed(conv_ring **ring, conv_dtype dtype, int rank,
                                    const size_t *shape, size_t taps, conv_level level);
void conv_ring_destroy(conv_ring *ring);

/* Complex data wrap around with factor 1 on all axes. Real data do on all but the last, where the
 * factor is -1. */
size_t conv_ring_spectrum_size(const conv_ring *ring);
size_t conv_ring_scratch_size(const conv_ring *ring, int threads);

void conv_ring_kernel(const conv_ring *ring, const void *kernel, conv_dtype kernel_dtype,
                      const size_t *kernel_extent, void *spectrum, void *scratch);
void conv_ring_convolve(const conv_ring *ring, const conv_tile *tile, const void *spectrum,
                        void *scratch, int threads);

void conv_ring_forward(const conv_ring *ring, const conv_tile *tile, void *spectrum, void *scratch,
                       int threads);
void conv_ring_multiply(const conv_ring *ring, const void *const *signals,
                        const void *const *kernels, size_t pairs, void *sum, bool accumulate);
void conv_ring_multiply_weighted(const conv_ring *ring, const void *const *signals,
                                 const void *const *kernels, const double *weights, size_t pairs,
                                 void *sum);
void conv_ring_inverse(const conv_ring *ring, const conv_tile *tile, void *spectrum, void *scratch,
                       int threads);

#endif
