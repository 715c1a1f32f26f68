/* What a ring transform consists of. */
#ifndef CONV_FFT_RING_STATE_H
#define CONV_FFT_RING_STATE_H

#include "fft/ring.h"
#include "fft/ring_axis.h"

struct conv_ring {
    const conv_ring_leaf *leaf;
    int rank, deepest; /* the first axis that is longer than 1 */
    bool is_complex;
    size_t length[CONV_MAX_RANK];      /* elements */
    size_t element, pair;              /* bytes of an element and of a vector pair */
    size_t row, stride[CONV_MAX_RANK]; /* vector pairs: of a line, between indices of an axis */
    size_t tile, spectrum; /* vector pairs of all; a summed axis has taps in a spectrum */
    size_t panel_width[CONV_MAX_RANK];
    /* Bytes. Scratch memory is the tile, a kernel's row made complex, and a panel for each thread.
     */
    size_t widened_at, panel_at, panel;
    double scale;
    conv_ring_axis axis[]; /* rank of them: they are large */
};

#endif
