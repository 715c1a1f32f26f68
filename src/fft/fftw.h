/* The FFTW3 backend, once per precision: fftw_loops.c is compiled for float and for double. */
#ifndef CONV_FFT_FFTW_H
#define CONV_FFT_FFTW_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"

typedef struct {
    /* Plans for arrays of `extent`, real-to-complex where complex is false. work: samples,
     * spectrum: what they become; both are overwritten. false where FFTW has no plan. */
    bool (*plan)(bool is_complex, int rank, const int *extent, void *work, void *spectrum,
                 void **forward, void **inverse);
    void (*destroy)(void *forward, void *inverse);
    void (*forward)(bool is_complex, const void *plan, void *work, void *spectrum);
    void (*inverse)(bool is_complex, const void *plan, void *spectrum, void *work);
    void (*multiply)(void *spectrum, const void *kernel, size_t count); /* complex, in place */
    /* to = a b, or to += a b; complex, none of them overlap */
    void (*product)(void *to, const void *a, const void *b, size_t count, bool accumulate);
    void (*weighted)(void *to, const void *a, const void *b, double weight, size_t count,
                     bool accumulate);
    /* work (complex or real) = kernel taps (complex or real) times factor */
    void (*load_taps)(void *work, bool work_complex, const void *taps, bool taps_complex,
                      size_t count, double factor);
} conv_fftw_kernels;

extern const conv_fftw_kernels conv_fftw_float, conv_fftw_double;

#endif
