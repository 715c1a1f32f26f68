#include "methods/nonfinite_balance.h"

#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/measure.h"
#include "base/memory.h"
#include "methods/nonfinite_signs.h"
#include "methods/rounding.h"
#include "methods/tile_wide.h"

/* |x|_2 |h|_2 of patterns up to which results are off by less than 1/2 whatever the data, by the
 * bound that is proved; or by less than 3/4 by the one that is a tenth of it and that no
 * measurement reached 0.8 of. Of the latter a result within 1/4 of an integer is off by no more. */
static double norms_limit(const conv_tile_transform *tile, const conv_problem *problem,
                          bool proved) {
    double length = (double)conv_tile_length(&tile->shape);
    double units = conv_bounds_transform(problem->dtype, length, proved);
    if (tile->shape.summed)
        units += conv_bounds_summed(problem);
    return (proved ? 0.49 : 0.75) / (units * conv_unit(tile->compute));
}

/* The most that |x|_2 |h|_2 can be: parts of modulus 1, and taps that fold onto each other. */
static double largest_norms(const conv_tile_transform *tile, const conv_problem *problem) {
    double length = (double)conv_tile_length(&tile->shape), taps = (double)problem->taps;
    double samples = length * (conv_dtype_is_complex(problem->dtype) ? 2 : 1);
    taps *= ceil(taps / length) * (conv_dtype_is_complex(problem->kernel_dtype) ? 2 : 1);
    return sqrt(samples * taps);
}

bool conv_balance_may_add_up(const conv_tile_transform *tile, const conv_problem *problem) {
    return largest_norms(tile, problem) > norms_limit(tile, problem, true);
}

/* The box from these signs to the values; contiguous. */
static conv_tile io_of(const conv_balance *b, const void *signs) {
    const conv_nonfinite_box *box = b->box;
    conv_tile io = {.in = signs, .out = b->values};
    size_t out_count[CONV_MAX_RANK];
    memcpy(io.in_extent, box->extent, sizeof io.in_extent);
    memcpy(io.out_first, box->out_first, sizeof io.out_first);
    memcpy(io.out_count, box->out_count, sizeof io.out_count);
    memcpy(out_count, box->out_count, sizeof out_count);
    conv_contiguous_strides(box->problem->rank, box->extent, io.in_stride);
    conv_contiguous_strides(box->problem->rank, out_count, io.out_stride);
    return io;
}

/* values = the samples' signs under the spectrum. */
static void convolve(const conv_balance *b, void *spectrum) {
    const conv_problem *problem = b->box->problem;
    conv_tile io = io_of(b, b->signs);
    if (b->tile->wide) {
        conv_tile_transform tile = *b->tile;
        tile.spectrum = spectrum;
        conv_tile_wide_convolve(&tile, problem, &io, (double *)(void *)b->wide,
                                (double *)(void *)(b->wide + tile.wide_in_bytes), b->scratch,
                                b->threads);
        return;
    }
    conv_transform_convolve(b->tile->transform, &io, spectrum, b->scratch, b->threads);
}

static size_t outputs_of(const conv_balance *b) {
    size_t outputs = 1;
    for (int d = 0; d < b->box->problem->rank; d++)
        outputs *= b->box->out_count[d];
    return outputs;
}

/* False: a value under patterns of such norms may be off by 1/2. */
static bool convolve_exactly(const conv_balance *b, void *spectrum, double norms) {
    const conv_problem *problem = b->box->problem;
    convolve(b, spectrum);
    return norms <= norms_limit(b->tile, problem, true) ||
           problem->elements->near_integers(b->values, outputs_of(b));
}

/* ---- by parts ---- */

/* So many taps at once that their norm cannot exceed what the samples' leaves of the limit. */
static size_t taps_at_once(const conv_balance *b, double samples_norm, bool proved) {
    const conv_problem *problem = b->box->problem;
    double norm = norms_limit(b->tile, problem, proved) / samples_norm;
    double taps = norm * norm / (conv_dtype_is_complex(problem->kernel_dtype) ? 2 : 1);
    double folds = ceil((double)problem->taps / (double)conv_tile_length(&b->tile->shape));
    taps = fmax(1, floor(taps / folds));
    return taps < (double)problem->taps ? (size_t)taps : problem->taps;
}

/* sums = the values by so many taps at a time, added up. */
static bool add_parts(const conv_balance *b, double samples_norm, bool only_infinite, bool proved) {
    const conv_problem *problem = b->box->problem;
    const conv_element_kernels *elements = problem->elements;
    size_t outputs = outputs_of(b), step = taps_at_once(b, samples_norm, proved);
    memset(b->sums, 0, outputs * elements->size);
    for (size_t q = 0; q < problem->taps; q += step) {
        size_t end = q + conv_min(step, problem->taps - q);
        double norm = conv_signs_spectrum(b->tile, b->box->task, q, end, only_infinite, b->values,
                                          b->spectrum, b->scratch);
        if (norm == 0)
            continue;
        if (!convolve_exactly(b, b->spectrum, samples_norm * norm))
            return false;
        elements->add_rounded(b->sums, b->values, outputs);
    }
    return true;
}

/* ---- whole ---- */

/* The spectrum of all taps' signs: the plan's, or made here; *norm: the signs' norm. */
static void *whole_spectrum(const conv_balance *b, bool only_infinite, double *norm) {
    const conv_tile_transform *tile = b->tile;
    char *kept = tile->signs;
    if (!kept) {
        *norm = conv_signs_spectrum(tile, b->box->task, 0, b->box->problem->taps, only_infinite,
                                    b->values, b->spectrum, b->scratch);
        return b->spectrum;
    }
    *norm = tile->signs_norm[only_infinite];
    size_t bytes = conv_aligned_size(conv_transform_spectrum_size(tile->transform));
    return only_infinite ? kept + bytes : kept;
}

const void *conv_balance_run(const conv_balance *b, bool only_infinite) {
    const conv_problem *problem = b->box->problem;
    size_t samples = conv_nonfinite_samples(b->box);
    ptrdiff_t one_stride = 1;
    conv_magnitudes signs;
    double taps_norm;
    if (problem->elements->largest(b->signs, samples) == 0)
        return NULL;
    void *spectrum = whole_spectrum(b, only_infinite, &taps_norm);
    if (taps_norm == 0)
        return NULL;
    if (!b->sums) {
        convolve(b, spectrum);
        return b->values;
    }
    conv_measure(problem->elements, 1, &samples, &one_stride, b->signs, &signs);
    double norms = signs.norm * taps_norm;
    bool fits = norms <= norms_limit(b->tile, problem, false);
    if (fits && convolve_exactly(b, spectrum, norms))
        return b->values;
    if (fits || !add_parts(b, signs.norm, only_infinite, false))
        add_parts(b, signs.norm, only_infinite, true);
    return b->sums;
}

/* ---- both at once ---- */

bool conv_balance_joins(const conv_balance *b, size_t bad_samples) {
    const conv_tile_transform *tile = b->tile;
    const conv_problem *problem = b->box->problem;
    double parts = conv_dtype_is_complex(problem->dtype) ? 2 : 1;
    if (!tile->signs || tile->signs_norm[1] == 0 || tile->wide || tile->shape.summed)
        return false; /* there is no spectrum of infinite taps, or no way to add spectra up */
    double norms = sqrt(parts * (double)bad_samples) * tile->signs_norm[0] +
                   sqrt(parts * (double)conv_nonfinite_samples(b->box)) * tile->signs_norm[1];
    return norms <= norms_limit(tile, problem, false);
}

const void *conv_balance_join(const conv_balance *b) {
    const conv_problem *problem = b->box->problem;
    const conv_transform *transform = b->tile->transform;
    size_t samples = conv_nonfinite_samples(b->box);
    const char *all_taps = b->tile->signs;
    const char *infinite = all_taps + conv_aligned_size(conv_transform_spectrum_size(transform));
    conv_tile io = io_of(b, b->values);
    memcpy(b->values, b->signs, samples * problem->elements->size);
    problem->elements->mark_signs(b->values, samples, true);
    problem->elements->mark_signs(b->signs, samples, false);
    conv_transform_forward(transform, &io, b->spectrum, b->scratch, b->threads);
    conv_transform_multiply(transform, (const void *[]){b->spectrum}, (const void *[]){all_taps}, 1,
                            b->sum_spectrum, false);
    io.in = b->signs;
    conv_transform_forward(transform, &io, b->spectrum, b->scratch, b->threads);
    conv_transform_multiply(transform, (const void *[]){b->spectrum}, (const void *[]){infinite}, 1,
                            b->sum_spectrum, true);
    conv_transform_inverse(transform, &io, b->sum_spectrum, b->scratch, b->threads);
    return problem->elements->near_integers(b->values, outputs_of(b)) ? b->values : NULL;
}
