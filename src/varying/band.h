/* A stored banded matrix, by diagonals of groups of rows: see conv_band_group. */
#ifndef CONV_VARYING_BAND_H
#define CONV_VARYING_BAND_H

#include <stdbool.h>

#include "varying/loops.h"
#include "varying/rows.h"

typedef struct {
    conv_band_group *groups;
    void *values;
    size_t group_count;
    ptrdiff_t lowest, highest; /* columns left and right of the main diagonal */
} conv_band;

/* The operator of one line. On failure nothing is left behind. */
conv_status conv_band_make(conv_band *band, const conv_row_rule *rule, const double *width,
                           bool scatters, bool is_double);
void conv_band_free(conv_band *band);

#endif
