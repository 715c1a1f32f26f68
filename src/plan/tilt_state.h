/* What a plan for tilted data holds: made in tilt.c, run in tilt_run.c. */
#ifndef CONV_PLAN_TILT_STATE_H
#define CONV_PLAN_TILT_STATE_H

#include "fft/transform.h"
#include "kernels/kernels.h"
#include "methods/rounding.h"
#include "plan/tilt.h"
#include "plan/tilt_operand.h"

struct conv_tilt {
    size_t n, m, count, length; /* samples, taps, outputs that any sample reaches; transform */
    size_t begin;               /* of these outputs the first's index on the lattice */
    size_t first;               /* and in the full convolution */
    double value, tilt_seconds, sum_seconds; /* of one tilt; of one output by its sum */
    double unit_out, transform_units;
    bool pays;
    const conv_slide_kernels *slide;
    conv_transform *transform;
    double *taps; /* sliding order */
    conv_tilt_operand kernel;
    /* Bytes of the workspace, in this order. */
    size_t padded_bytes, operand_bytes, exponent_bytes, signal_bytes, kernel_bytes, output_bytes,
        spectrum_bytes, scratch_bytes;
};

/* Relative to (|x|*|h|)_k, of an output that is summed in double. */
static inline double conv_tilt_sum_bound(const conv_tilt *tilt) {
    return ((double)tilt->m + 2) * conv_unit(CONV_F64) + tilt->unit_out;
}

#endif
