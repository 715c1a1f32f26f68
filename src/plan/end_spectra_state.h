/* What making and running spectra of end corrections share. */
#ifndef CONV_PLAN_END_SPECTRA_STATE_H
#define CONV_PLAN_END_SPECTRA_STATE_H

#include "plan/end_planes.h"
#include "plan/end_spectra.h"

struct conv_end_spectra {
    conv_end_planes planes;
    const unsigned char *kind[CONV_MAX_RANK]; /* of the outputs of the axes that are left */
    conv_transform *transform;
    conv_dtype kernel_type;
    char *kernels; /* spectra of all combinations of taps */
    int kernel_exponent;
    size_t spectrum_bytes;
    /* The workspace: spectra of the planes, one of a sum, a tile, its wider copy, pointers
     * and weights of products. */
    size_t sum, tile, wide, signals, factors, weights, scratch, end;
};

/* The power of two that data with this largest part are to be divided by; 0: they are near 1. */
int conv_end_spectra_far(double largest);

#endif
