#include "methods/tile_mend.h"

#include <float.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "methods/nonfinite_pattern.h"
#include "methods/tile_convolve.h"

/* A NaN or Inf anywhere in a tile spreads to all of a transform's outputs, so one output tells;
 * along an axis that is summed over, one at each index. */
static bool is_finite(const conv_tile_box *run) {
    const conv_element_kernels *elements = run->task->problem->elements;
    const char *out = run->io.out;
    size_t count = run->tile->shape.summed ? run->io.out_count[0] : 1;
    for (size_t i = 0; i < count; i++)
        if (!elements->is_finite(
                out + (ptrdiff_t)i * run->io.out_stride[0] * (ptrdiff_t)elements->size, 1))
            return false;
    return true;
}

/* Whether a few of many samples, one in 64, show already that some are NaN or Inf: a transform that
 * these have spoiled is for nothing. Where taps are bad, too, more is for nothing, and more samples
 * are looked at: all of a line. */
static bool shows_nonfinite(const conv_tile_box *run) {
    enum { PLACES = 16, MANY = 4096, MOST = 64, ONE_IN = 64 };
    const conv_problem *problem = run->task->problem;
    size_t samples = 1, line = run->io.in_extent[problem->rank - 1];
    for (int d = 0; d < problem->rank; d++)
        samples *= run->io.in_extent[d];
    size_t each = samples / PLACES;
    if (!run->tile->taps_by_pattern)
        each = conv_min(MOST, each / ONE_IN);
    for (size_t i = 0; i < PLACES && samples >= MANY; i++) {
        size_t at = samples / PLACES * i + i % 7; /* not all of them even, or multiples of 3 */
        size_t count = conv_min(each, line - at % line);
        ptrdiff_t offset = 0;
        for (int d = problem->rank - 1; d >= 0; at /= run->io.in_extent[d--])
            offset += (ptrdiff_t)(at % run->io.in_extent[d]) * run->io.in_stride[d];
        const char *sample = (const char *)run->io.in + offset * (ptrdiff_t)problem->elements->size;
        if (!problem->elements->is_finite(sample, count))
            return true;
    }
    return false;
}

/* Zeros for all results of the box. */
static void clear_results(const conv_tile_box *run, int d, char *result) {
    const conv_element_kernels *elements = run->task->problem->elements;
    static const double zero[2];
    if (d == run->task->problem->rank - 1) {
        elements->fill(result, run->io.out_count[d], zero);
        return;
    }
    for (size_t i = 0; i < run->io.out_count[d]; i++)
        clear_results(run, d + 1,
                      result + (ptrdiff_t)i * run->io.out_stride[d] * (ptrdiff_t)elements->size);
}

static conv_nonfinite_box nonfinite_box(const conv_tile_box *run) {
    const conv_problem *problem = run->task->problem;
    conv_nonfinite_box box = {
        .problem = problem, .task = run->task, .counts_taps = run->tile->taps_by_pattern};
    for (int d = 0; d < problem->rank; d++) {
        box.extent[d] = run->io.in_extent[d];
        box.out_first[d] = run->io.out_first[d];
        box.out_count[d] = run->io.out_count[d];
        box.out_stride[d] = run->io.out_stride[d];
        box.wrap[d] = run->tile->shape.cyclic[d] ? run->tile->shape.length[d] : 0;
    }
    return box;
}

/* A run over the box's samples, which are gathered. */
static conv_pattern_run pattern_run(const conv_tile_box *run, const conv_nonfinite_box *box,
                                    char *memory) {
    return (conv_pattern_run){.box = box,
                              .tile = run->tile,
                              .origin = run->origin,
                              .samples = run->gathered,
                              .wide = run->wide,
                              .scratch = run->scratch,
                              .memory = memory,
                              .threads = run->threads};
}

/* Memory for counting, where that is faster than adding so many samples' products one by one: the
 * same sums either way. NULL: it is not, or there is none. *found is to be freed. */
static char *pattern_memory(const conv_tile_box *run, const conv_nonfinite_box *box, size_t samples,
                            void **found) {
    const conv_tile_transform *tile = run->tile;
    const conv_problem *problem = run->task->problem;
    size_t bytes;
    *found = NULL;
    if (conv_nonfinite_seconds(box, samples) <= conv_pattern_seconds(tile, box->task))
        return NULL;
    if (tile->pattern_bytes)
        return run->pattern;
    if (tile->room && conv_pattern_bytes(tile, problem, &bytes))
        *found = conv_allocate(bytes);
    return *found;
}

/* Whether sums of the gathered samples, which are finite, are so, too. A modulus is at most twice
 * the larger part. */
static bool stays_finite(const conv_tile_box *run, size_t samples) {
    const conv_problem *problem = run->task->problem;
    double most = conv_dtype_is_double(problem->dtype) ? DBL_MAX : (double)FLT_MAX;
    double taps = run->tile->kernel_sum + run->tile->fold_error;
    return 2 * problem->elements->largest(run->gathered, samples) * (taps + 1) < most / 2;
}

/* What the box's finite samples sum to; nobody_asks: where that makes no difference it is left out.
 */
static void transform_finite(conv_tile_box *run, const conv_nonfinite_box *box, bool nobody_asks,
                             bool only_parts) {
    const conv_element_kernels *elements = run->task->problem->elements;
    size_t samples = conv_nonfinite_samples(box);
    conv_nonfinite_clear(box, run->gathered, only_parts);
    if (nobody_asks ? stays_finite(run, samples) : elements->largest(run->gathered, samples) == 0) {
        clear_results(run, 0, run->io.out);
        return;
    }
    conv_tile_convolve(run);
    if (run->tile->wide || is_finite(run))
        return;
    conv_tile_box_gather(run);
    conv_nonfinite_clear(box, run->gathered, only_parts);
    conv_tile_convolve_scaled(run);
}

/* again: after they were tried at once with the taps'. */
static void add_samples(conv_tile_box *run, const conv_pattern_run *pattern, bool again,
                        void *out) {
    if (again) {
        conv_tile_box_gather(run);
        conv_pattern_count(pattern, false);
    }
    conv_pattern_add_samples(pattern, out);
}

/* A NaN or Inf anywhere in a tile spreads to all of a transform's outputs, so one output tells.
 * Without such a sample they overflowed on their way. */
static void mend_nonfinite(conv_tile_box *run) {
    void *found = NULL;
    conv_tile_box_gather(run);
    const conv_nonfinite_box box = nonfinite_box(run);
    size_t bad_samples = conv_nonfinite_count(&box, run->gathered);
    if (bad_samples == 0) {
        if (!run->tile->wide)
            conv_tile_convolve_scaled(run);
        return;
    }
    char *memory = pattern_memory(run, &box, bad_samples, &found);
    void *out = run->io.out;
    const conv_pattern_run pattern = pattern_run(run, &box, memory);
    bool joined = memory && run->tile->taps_by_pattern && conv_pattern_joins(&pattern, bad_samples);
    bool all_reached = memory && conv_pattern_count(&pattern, joined);
    transform_finite(run, &box, all_reached, memory != NULL);
    conv_tile_box_gather(run);
    if (joined && conv_pattern_add_joined(&pattern, out))
        run->has_taps = true;
    else if (memory)
        add_samples(run, &pattern, joined, out);
    else
        conv_nonfinite_add(&box, run->gathered, out);
    conv_free(found);
}

void conv_tile_mend(conv_tile_box *run) {
    if (shows_nonfinite(run)) {
        mend_nonfinite(run);
        return;
    }
    conv_tile_convolve(run);
    if (!is_finite(run))
        mend_nonfinite(run);
}

void conv_tile_mend_taps(conv_tile_box *run) {
    if (!run->tile->taps_by_pattern || run->has_taps)
        return;
    const conv_nonfinite_box box = nonfinite_box(run);
    void *out = run->io.out;
    conv_tile_box_gather(run);
    const conv_pattern_run pattern = pattern_run(run, &box, run->pattern);
    conv_pattern_add_taps(&pattern, out);
}
