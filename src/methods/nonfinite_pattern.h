/* Many NaN and Inf under many taps: which outputs their products reach, and what these sum to, by
 * counting them in place of adding them up.
 *
 * An output's part is a sum of real products. Let T be how many of them are not finite, and D how
 * many are Inf less how many are -Inf: T = 0 is a finite sum, D = T is Inf, D = -T is -Inf, and all
 * else is NaN, be it for a NaN, for 0 * Inf, or for both signs. (A product whose sample and tap are
 * both not finite may count twice in T if it does so in D.) Of the samples that are not finite
 *     T = [x is not finite] * [there is a tap],   D = sign(x)[x is Inf] * sign(h)
 * and of the taps that are not finite, in a second pass,
 *     T = [there is a sample] * [h is not finite],   D = sign(x) * sign(h)[h is Inf]
 * with sign(NaN) = 0. In T one operand is 1 on a box, or on one that repeats: running sums along
 * the axes, in integers. D is a convolution of the box's own type, complex where that is, of
 * numbers -1, 0, 1; its values are integers, so a transform whose error is below 1/2 gives them
 * exactly. */
#ifndef CONV_METHODS_NONFINITE_PATTERN_H
#define CONV_METHODS_NONFINITE_PATTERN_H

#include "methods/nonfinite.h"
#include "methods/tile_transform.h"

typedef struct {
    const conv_nonfinite_box *box;
    const conv_tile_transform *tile;
    const ptrdiff_t *origin; /* position of X at the box's first sample */
    char *samples;           /* as gathered; overwritten */
    char *wide;              /* room of the tile's, see tile_wide.h */
    char *scratch;
    char *memory; /* conv_pattern_bytes, aligned */
    int threads;
} conv_pattern_run;

/* Bytes of memory; false where there are too many samples or taps to count. */
bool conv_pattern_bytes(const conv_tile_transform *tile, const conv_problem *problem,
                        size_t *bytes);

/* Seconds of one of the two passes over a box, about. */
double conv_pattern_seconds(const conv_tile_transform *tile, const conv_task *task);

/* Whether a box with so many bad samples has these and the bad taps added at once. */
bool conv_pattern_joins(const conv_pattern_run *run, size_t bad_samples);

/* Counts the products of the box's NaN and Inf samples, and, joined, of the taps, too; the samples
 * stay as they are. Whether every output has one. */
bool conv_pattern_count(const conv_pattern_run *run, bool joined);

/* Adds the products of bad samples, with all taps, to out; such a product with a tap that is not
 * finite may be added again by the other pass. What was counted is still in the memory. */
void conv_pattern_add_samples(const conv_pattern_run *run, void *out);

/* Adds the products of the NaN and Inf taps with all samples of the box. */
void conv_pattern_add_taps(const conv_pattern_run *run, void *out);

/* Adds both, which were counted together. False: nothing is added, each has to be. The samples are
 * lost. */
bool conv_pattern_add_joined(const conv_pattern_run *run, void *out);

#endif
