/* D of nonfinite_pattern.h: how many products of a box's outputs are Inf, less how many are -Inf. A
 * convolution of signs, by the box's own transform, whose results are integers. */
#ifndef CONV_METHODS_NONFINITE_BALANCE_H
#define CONV_METHODS_NONFINITE_BALANCE_H

#include "methods/nonfinite.h"
#include "methods/tile_transform.h"

typedef struct {
    const conv_nonfinite_box *box;
    const conv_tile_transform *tile;
    char *signs; /* of the samples, in place of these; contiguous */
    char *wide;  /* room of the tile's, see tile_wide.h */
    char *scratch;
    int threads;
    /* Room: of the transform's numbers; of the outputs, NULL where there is no need; of the tile's
     * spectrum, and of another, NULL where there are no bad taps. */
    void *values, *sums, *spectrum, *sum_spectrum;
} conv_balance;

/* Whether a transform of all signs at once may be off by 1/2: then they are taken by parts, which
 * are added up in room of their own. */
bool conv_balance_may_add_up(const conv_tile_transform *tile, const conv_problem *problem);

/* The results, off by less than 1/2, with the signs of all taps, or of the infinite ones alone.
 * NULL: all 0. */
const void *conv_balance_run(const conv_balance *balance, bool only_infinite);

/* Those of the infinite samples with all taps and of all samples with the infinite taps, added up
 * before one transform turns them back: whether so many bad samples allow that; and the results,
 * for which the signs are still the samples. NULL: they may be off by 1/2. */
bool conv_balance_joins(const conv_balance *balance, size_t bad_samples);
const void *conv_balance_join(const conv_balance *balance);

#endif
