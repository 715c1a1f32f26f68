/* A sum of products and convolutions, by one transform of the whole signal. */
#ifndef CONV_VARYING_EXPANSION_H
#define CONV_VARYING_EXPANSION_H

#include <stdbool.h>

#include "conv.h"
#include "fft/transform.h"

struct conv_expansion {
    conv_expansion_desc desc;
    conv_transform *transform;
    size_t samples, taps, size; /* of one signal, of one kernel; bytes of an element */
    bool is_double, is_complex;
    int threads;
    double *kernels;          /* terms * taps */
    char *weights;            /* reals: pre of each term that has one, post likewise */
    const void **pre, **post; /* terms each; NULL: ones */
    char *spectra;            /* of every kernel, and then of every kernel reversed */
    size_t spectrum_bytes, transform_bytes, workspace;
};

#endif
