/* Convolution of tiles with fixed kernels by transform: the one interface of the FFT backends.
 *
 * A transform has a shape N[0..rank-1]. It multiplies a tile by a kernel in a ring in which index
 * N[d] of an axis comes back to index 0, times a factor of the backend's choice. Outputs
 *     out[o] = sum_k kernel[k] tile[o - k]
 * are therefore right for every o with o - k in 0..N-1 on each axis for all taps k: the tail
 * o >= kernel_extent-1 of overlap-save, and everything where tile and kernel fit into N together.
 * FFTW's factor is 1 on all axes: a circular convolution.
 *
 * One tile under one kernel is one call, conv_transform_convolve. What many of them share goes by
 * its parts: each tile forward once, each kernel once, a product for every pair that belongs
 * together, added up in one spectrum for every result, and one inverse for that. Spectra live in
 * the caller's memory: conv_transform_spectrum_size bytes each, aligned to 64, in an order that is
 * the transform's own; they mean nothing to another transform, even of the same shape. Tiles of a
 * problem with its extension and weights: conv_extend_gather into a contiguous array first. */
#ifndef CONV_FFT_TRANSFORM_H
#define CONV_FFT_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cpu.h"
#include "conv.h"

typedef enum {
    CONV_BACKEND_RING, /* the library's own */
    CONV_BACKEND_FFTW,
    CONV_BACKENDS
} conv_backend;

typedef struct conv_transform conv_transform; /* immutable once created; shared between threads */

/* A tile and the box of the result that is wanted. Extents and strides in elements of the
 * transform's type; the last axis of each array is contiguous. Any element alignment. */
typedef struct {
    const void *in;
    size_t in_extent[CONV_MAX_RANK]; /* <= N; the rest of the tile is zero */
    ptrdiff_t in_stride[CONV_MAX_RANK];
    /* Rank 1, where conv_backend_takes_ends: so many first and last elements are taken from here,
     * the first ones and then the last ones, and not from in. At most half of in_extent; 0: none.
     */
    size_t ends;
    const void *end_elements;
    void *out; /* the element out_first of the result is written here; never overlaps in */
    size_t out_first[CONV_MAX_RANK], out_count[CONV_MAX_RANK]; /* out_first + out_count <= N */
    ptrdiff_t out_stride[CONV_MAX_RANK];
} conv_tile;

/* What an axis is to a transform: the only one, the last of several, or one before it. */
typedef enum { CONV_AXIS_LINE, CONV_AXIS_ROWS, CONV_AXIS_COLUMNS } conv_axis_kind;

static inline conv_axis_kind conv_axis_kind_of(int d, int rank) {
    return d < rank - 1 ? CONV_AXIS_COLUMNS : rank > 1 ? CONV_AXIS_ROWS : CONV_AXIS_LINE;
}

/* The shortest length >= at_least that the backend is fast at; 0 where there is none in size_t. */
size_t conv_transform_length(conv_backend backend, conv_dtype dtype, size_t at_least,
                             conv_axis_kind kind);

bool conv_backend_available(conv_backend backend);
bool conv_backend_takes_ends(conv_backend backend);
/* Whether what leaves an axis comes back with factor 1. */
bool conv_backend_wraps(conv_backend backend, conv_dtype dtype, bool last_axis);

/* shape: lengths from conv_transform_length(); FFTW takes any. */
conv_status conv_transform_create(conv_transform **transform, conv_backend backend,
                                  conv_dtype dtype, int rank, const size_t *shape,
                                  conv_level level);
/* The library's own, rank >= 2, with the first axis not transformed but summed over directly, in
 * the spectra of the others: out[o] = sum of kernel[k] tile[o - k], k = 0..taps-1, where tile[o -
 * k] is there. shape[0] is any length, and nothing comes back along it. For _kernel and _convolve;
 * kernel_extent[0] <= taps <= shape[0]. A spectrum has taps * shape[1] * ... elements. */
conv_status conv_transform_create_summed(conv_transform **transform, conv_dtype dtype, int rank,
                                         const size_t *shape, size_t taps, conv_level level);
void conv_transform_destroy(conv_transform *transform); /* NULL is fine */

/* Bytes: of a spectrum, and of the scratch memory that any one call below needs on so many threads.
 * Between calls nothing is kept there. */
size_t conv_transform_spectrum_size(const conv_transform *transform);
size_t conv_transform_scratch_size(const conv_transform *transform, int threads);

/* Transforms a kernel once. kernel: contiguous, row-major, of type kernel_dtype (the transform's
 * type or its real type), kernel_extent <= N on each axis. spectrum and scratch: sizes above,
 * for one thread, aligned to 64 bytes. The normalisation 1/N is folded into the spectrum. */
void conv_transform_kernel(const conv_transform *transform, const void *kernel,
                           conv_dtype kernel_dtype, const size_t *kernel_extent, void *spectrum,
                           void *scratch);

/* tile -> out, by way of scratch (aligned to 64 bytes), on up to `threads` threads, whose number
 * changes no bits. FFTW stays on one. */
void conv_transform_convolve(const conv_transform *transform, const conv_tile *tile,
                             const void *spectrum, void *scratch, int threads);

/* The same in parts; with one product it has the same bits. Scratch and threads are as above.
 *
 * forward: tile->in, with zeros up to N, -> spectrum. Reads the tile's fields for `in` alone. */
void conv_transform_forward(const conv_transform *transform, const conv_tile *tile, void *spectrum,
                            void *scratch, int threads);

/* sum = the sum of signals[i] times kernels[i], i = 0..pairs-1, or, with accumulate, sum += that:
 * spectra of conv_transform_forward times those of conv_transform_kernel, which hold the 1/N.
 * pairs >= 1. sum overlaps none of them; that of one pair may be its signal, without accumulate.
 * Every element adds the pairs up in their order, be they of one call or of several. */
void conv_transform_multiply(const conv_transform *transform, const void *const *signals,
                             const void *const *kernels, size_t pairs, void *sum, bool accumulate);

/* sum = the sum of weights[i] signals[i] kernels[i]. Weights are rounded to the transform's type.
 * sum overlaps none of them. */
void conv_transform_multiply_weighted(const conv_transform *transform, const void *const *signals,
                                      const void *const *kernels, const double *weights,
                                      size_t pairs, void *sum);

/* A sum of products -> the box tile->out, which is written, not added to. The spectrum is
 * overwritten. Reads the tile's fields for `out` alone. */
void conv_transform_inverse(const conv_transform *transform, const conv_tile *tile, void *spectrum,
                            void *scratch, int threads);

#endif
