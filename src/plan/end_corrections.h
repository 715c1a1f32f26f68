/* Gregory's end corrections in two and more dimensions: of a weighted convolution's outputs those
 * that are not what the rule wants are corrected, or computed anew.
 *
 * On an axis d an output of the rule is a bilinear form B = C + P of samples and taps: what the
 * weighted convolution gives, and a few terms near the four ends (integral/gregory.h), or a form R
 * of its own in C's place. In more dimensions the forms multiply, so the rule is the convolution
 * and a sum over the sets of axes on which C is replaced by P or R. The axes of such a set need few
 * distinct planes of samples and of taps, and what is left of the axes is a convolution:
 * - by transforms: each plane is transformed once, multiplied and added up for every corrected
 *   plane, and turned back once for each; where no axis is left, by sums;
 * - by sums alone, every corrected output literally from the rule: as accurate, output by output,
 *   as sums are, and for small problems also the cheapest. */
#ifndef CONV_PLAN_END_CORRECTIONS_H
#define CONV_PLAN_END_CORRECTIONS_H

#include "integral/integral.h"
#include "methods/methods.h"

typedef struct conv_end_corrections conv_end_corrections; /* immutable */

typedef enum {
    CONV_END_CHEAPEST,
    CONV_END_SUMS,   /* where the outputs are to be accurate relative to their own products */
    CONV_END_SPECTRA /* wherever taps are finite: as corrections of a higher order were made */
} conv_end_way;

/* Corrects the outputs of a problem whose axes have the weights of conv_integral_weigh, and
 * to_correct of it, in which no axis has `nothing`. The taps are weighted; they must outlive the
 * corrections, the rest of the task need not. Of many uses a few have to pay for making them.
 * *made NULL with CONV_OK: there is nothing to correct. Errors: MEMORY, OVERFLOW, and RULE where
 * spectra would hold more than 1.5 GB and more than 16 times the outputs and taps, and sums would
 * take more than a second: in three and more dimensions. */
conv_status conv_end_corrections_make(conv_end_corrections **made, const conv_task *task,
                                      const conv_to_correct *to_correct, conv_end_way way);
void conv_end_corrections_destroy(conv_end_corrections *corrections); /* NULL is fine */

/* How they were made: SUMS or SPECTRA. */
conv_end_way conv_end_corrections_way(const conv_end_corrections *corrections);

/* Bytes of workspace for one run (or error); estimated seconds of one, and of making them. */
size_t conv_end_corrections_bytes(const conv_end_corrections *corrections);
double conv_end_corrections_seconds(const conv_end_corrections *corrections);
double conv_end_corrections_preparing(const conv_end_corrections *corrections);

/* Corrects one convolution's outputs, those of a method for the problem. The spacings that a plan
 * multiplies its outputs by come after. workspace: aligned. NaN and Inf end up in the outputs that
 * the rule's sum gives them to. */
void conv_end_corrections_run(const conv_end_corrections *corrections, const void *signal,
                              void *output, void *workspace);

/* What a run adds to the bound of the outputs' errors, see methods/methods.h. */
conv_error conv_end_corrections_error(const conv_end_corrections *corrections, const void *signal,
                                      bool proved);

#endif
