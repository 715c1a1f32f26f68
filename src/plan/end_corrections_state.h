/* What making and running end corrections share. */
#ifndef CONV_PLAN_END_CORRECTIONS_STATE_H
#define CONV_PLAN_END_CORRECTIONS_STATE_H

#include "plan/end_corrections.h"
#include "plan/end_literal.h"
#include "plan/end_spectra.h"
#include "plan/end_sums.h"

struct conv_end_corrections {
    conv_problem problem;
    conv_wishes wishes;
    const void *taps;
    bool finite_taps;
    unsigned axes, replaced; /* on which outputs are corrected, and replaced: a bit for each */
    double *widened;
    conv_end_rows all[CONV_MAX_RANK], corrected[CONV_MAX_RANK], rest[CONV_MAX_RANK];
    conv_end_rows extra[CONV_MAX_RANK];
    /* Of every axis a byte for each output: 1 corrected, 2 replaced. */
    unsigned char *kind[CONV_MAX_RANK];
    bool by_spectra;
    conv_end_literal literal;
    int sums, spectra;
    conv_end_sums sum[CONV_MAX_RANK];
    conv_end_spectra **spectrum; /* of sets of axes */
    size_t literal_bytes, bytes;
    double seconds, preparing;
};

#endif
