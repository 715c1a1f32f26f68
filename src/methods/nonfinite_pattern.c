#include "methods/nonfinite_pattern.h"

#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "cost/costs.h"
#include "methods/nonfinite_counts.h"
#include "methods/nonfinite_scan.h"
#include "methods/nonfinite_signs.h"
#include "methods/rounding.h"
#include "methods/tile_wide.h"

/* Nanoseconds of marking, counting and adding, of each of a transform's numbers; measured 6 to 12.
 */
#define PASSES_COST 10
/* A tap counts at most four times in T, which has 31 bits, and has to be exact in the outputs'
 * type.
 */
#define MOST_TAPS ((size_t)1 << 28)
#define MOST_TAPS_OF_FLOATS ((size_t)1 << 21)
/* Results that are narrowed to float are integers up to 2^24, and off by up to 1/2. */
#define MOST_NARROWED 0x1p22

typedef struct {
    size_t counts, other_counts, values, sums, spectrum; /* bytes of each part of the memory */
    size_t scan;                                         /* in place of the latter three */
} layout;

static size_t transform_length(const conv_tile_transform *tile) {
    size_t length = 1;
    for (int d = 0; d < tile->shape.rank; d++)
        length *= tile->shape.length[d];
    return length;
}

static bool parts_differ(const conv_problem *problem) {
    return conv_dtype_is_complex(problem->dtype) && !conv_dtype_is_complex(problem->kernel_dtype);
}

/* |x|_2 |h|_2 of patterns up to which D is off by less than 1/2, whatever the data: by the bound
 * that is proved, as integers are. */
static double norms_limit(const conv_tile_transform *tile, const conv_problem *problem) {
    double units = conv_bounds_transform(problem->dtype, (double)transform_length(tile), true);
    if (tile->shape.summed)
        units += conv_bounds_summed(problem);
    double limit = 0.49 / (units * conv_unit(tile->compute));
    return tile->wide ? fmin(limit, MOST_NARROWED) : limit;
}

/* The most that |x|_2 |h|_2 can be: parts of modulus 1, and taps that fold onto each other. */
static double largest_norms(const conv_tile_transform *tile, const conv_problem *problem) {
    double length = (double)transform_length(tile), taps = (double)problem->taps;
    double samples = length * (conv_dtype_is_complex(problem->dtype) ? 2 : 1);
    taps *= ceil(taps / length) * (conv_dtype_is_complex(problem->kernel_dtype) ? 2 : 1);
    return sqrt(samples * taps);
}

static layout lay_out(const conv_tile_transform *tile, const conv_problem *problem) {
    size_t length = transform_length(tile);
    layout at = {0};
    at.counts = conv_aligned_size(length * sizeof(uint32_t));
    at.other_counts = parts_differ(problem) ? at.counts : 0;
    at.values = conv_aligned_size(length * conv_dtype_size(tile->compute));
    if (largest_norms(tile, problem) > norms_limit(tile, problem))
        at.sums = conv_aligned_size(length * problem->elements->size);
    at.spectrum = conv_aligned_size(conv_transform_spectrum_size(tile->transform));
    at.scan = conv_scan_bytes(problem, tile->shape.block);
    return at;
}

bool conv_pattern_bytes(const conv_tile_transform *tile, const conv_problem *problem,
                        size_t *bytes) {
    size_t length = 1;
    for (int d = 0; d < tile->shape.rank; d++)
        if (!conv_multiply(length, tile->shape.length[d], &length))
            return false;
    if (problem->taps > MOST_TAPS || !conv_multiply(length, 64, bytes))
        return false;
    layout at = lay_out(tile, problem);
    size_t rest = conv_max(at.values + at.sums + at.spectrum, at.scan);
    return conv_add(at.counts + at.other_counts, rest, bytes);
}

double conv_pattern_seconds(const conv_tile_transform *tile, const conv_task *task) {
    double transforms = conv_cost_transform(task, tile->shape.backend, tile->shape.length);
    return 1e-9 * (1.5 * transforms + PASSES_COST * (double)transform_length(tile));
}

/* ---- the parts of the memory ---- */

typedef struct {
    const conv_pattern_run *run;
    const conv_problem *problem;
    uint32_t *counts[2]; /* T of either part; mostly one */
    void *values, *sums, *spectrum;
} pattern;

static pattern begin(const conv_pattern_run *run) {
    const conv_problem *problem = run->box->problem;
    layout at = lay_out(run->tile, problem);
    char *memory = run->memory;
    pattern p = {.run = run, .problem = problem};
    p.counts[0] = p.counts[1] = (uint32_t *)(void *)memory;
    if (at.other_counts)
        p.counts[1] = (uint32_t *)(void *)(memory + at.counts);
    p.values = memory + at.counts + at.other_counts;
    p.sums = at.sums ? (char *)p.values + at.values : NULL;
    p.spectrum = (char *)p.values + at.values + at.sums;
    return p;
}

/* Where counts have to begin for conv_windows_sum to end in `counts`: there or in the other array.
 */
static uint32_t *first_array(const pattern *p, uint32_t *counts) {
    return p->problem->rank % 2 ? (uint32_t *)p->values : counts;
}

static void sum_counts(const pattern *p, const conv_window *axis, uint32_t *counts) {
    uint32_t *from = first_array(p, counts);
    conv_windows_sum(axis, p->problem->rank, from, from == counts ? (uint32_t *)p->values : counts);
}

static void place_counts(void *context, size_t place, const char *taps, size_t count) {
    const pattern *p = context;
    p->problem->elements->count_bad_taps(first_array(p, p->counts[0]) + place, -1, taps, count);
}

/* ---- D: a convolution of signs ---- */

/* values = the run's samples, which are signs, under the spectrum; contiguous. */
static void convolve(const pattern *p, void *spectrum) {
    const conv_pattern_run *run = p->run;
    const conv_nonfinite_box *box = run->box;
    conv_tile io = {.in = run->samples, .out = p->values};
    size_t out_count[CONV_MAX_RANK];
    int rank = p->problem->rank;
    memcpy(io.in_extent, box->extent, sizeof io.in_extent);
    memcpy(io.out_first, box->out_first, sizeof io.out_first);
    memcpy(io.out_count, box->out_count, sizeof io.out_count);
    memcpy(out_count, box->out_count, sizeof out_count);
    conv_contiguous_strides(rank, box->extent, io.in_stride);
    conv_contiguous_strides(rank, out_count, io.out_stride);
    if (run->tile->wide) {
        conv_tile_transform tile = *run->tile;
        tile.spectrum = spectrum;
        conv_tile_wide_convolve(&tile, p->problem, &io, (double *)(void *)run->wide,
                                (double *)(void *)(run->wide + tile.wide_in_bytes), run->scratch,
                                run->threads);
        return;
    }
    conv_transform_convolve(run->tile->transform, &io, spectrum, run->scratch, run->threads);
}

static size_t box_outputs(const conv_nonfinite_box *box) {
    size_t outputs = 1;
    for (int d = 0; d < box->problem->rank; d++)
        outputs *= box->out_count[d];
    return outputs;
}

/* So many taps at once that their norm cannot exceed what the samples' leaves of the limit. */
static size_t taps_at_once(const pattern *p, double samples_norm) {
    const conv_problem *problem = p->problem;
    double norm = norms_limit(p->run->tile, problem) / samples_norm;
    double taps = norm * norm / (conv_dtype_is_complex(problem->kernel_dtype) ? 2 : 1);
    double folds = ceil((double)problem->taps / (double)transform_length(p->run->tile));
    taps = fmax(1, floor(taps / folds));
    return taps < (double)problem->taps ? (size_t)taps : problem->taps;
}

/* D by so many taps at a time, added up in sums. */
static const void *balance_by_parts(const pattern *p, size_t step, bool only_infinite_taps) {
    const conv_problem *problem = p->problem;
    const conv_pattern_run *run = p->run;
    const conv_element_kernels *elements = problem->elements;
    size_t outputs = box_outputs(run->box);
    memset(p->sums, 0, outputs * elements->size);
    for (size_t q = 0; q < problem->taps; q += step) {
        size_t end = q + conv_min(step, problem->taps - q);
        if (conv_signs_spectrum(run->tile, run->box->task, q, end, only_infinite_taps, p->values,
                                p->spectrum, run->scratch) == 0)
            continue;
        convolve(p, p->spectrum);
        elements->round(p->values, 1, outputs);
        elements->add(p->sums, 1, p->values, outputs);
    }
    return p->sums;
}

/* D of the samples' signs, which the run has in place of samples, and the taps'; NULL: all 0. */
static const void *balance(const pattern *p, bool only_infinite_taps) {
    const conv_problem *problem = p->problem;
    const conv_pattern_run *run = p->run;
    const conv_tile_transform *tile = run->tile;
    size_t samples = conv_nonfinite_samples(run->box);
    ptrdiff_t one_stride = 1;
    if (problem->elements->largest(run->samples, samples) == 0)
        return NULL;
    if (p->sums) {
        conv_magnitudes signs;
        conv_measure(problem->elements, 1, &samples, &one_stride, run->samples, &signs);
        size_t step = taps_at_once(p, signs.norm);
        bool fits = tile->signs &&
                    signs.norm * tile->signs_norm[only_infinite_taps] <= norms_limit(tile, problem);
        if (step < problem->taps && !fits)
            return balance_by_parts(p, step, only_infinite_taps);
    }
    char *spectrum = tile->signs;
    if (spectrum && tile->signs_norm[only_infinite_taps] == 0)
        return NULL;
    if (spectrum && only_infinite_taps)
        spectrum += conv_aligned_size(conv_transform_spectrum_size(tile->transform));
    if (!spectrum && conv_signs_spectrum(tile, run->box->task, 0, problem->taps, only_infinite_taps,
                                         p->values, p->spectrum, run->scratch) == 0)
        return NULL;
    convolve(p, spectrum ? (void *)spectrum : p->spectrum);
    return p->values;
}

/* ---- lookups in place of counts and D ---- */

/* The share of what counts and a transform take after which lookups give up. */
#define SCAN_SHARE 0.5

static void place_marks(const pattern *p, uint8_t *marks[2]) {
    marks[0] = (uint8_t *)p->counts[0];
    marks[1] = marks[0] + box_outputs(p->run->box);
}

/* *same: where it gave up, the mark of all products, or 0. */
static bool scan(const pattern *p, bool of_taps, uint8_t *same) {
    const conv_pattern_run *run = p->run;
    double samples = (double)conv_nonfinite_samples(run->box);
    double parts = largest_norms(run->tile, p->problem) / norms_limit(run->tile, p->problem);
    double otherwise = conv_pattern_seconds(run->tile, run->box->task) * fmax(1, parts * parts);
    conv_scan scan = {.box = run->box,
                      .samples = run->samples,
                      .of_taps = of_taps,
                      .continues = of_taps && run->scanned,
                      .density = (double)run->bad_samples / samples,
                      .most = SCAN_SHARE * otherwise / CONV_SCAN_LOOKUP,
                      .memory = p->values};
    place_marks(p, scan.marks);
    bool done = conv_scan_run(&scan);
    *same = scan.same;
    return done;
}

/* Marks of outputs, whose products are all marked so, in place of their counts. */
static void mark_counted(const pattern *p, uint8_t same) {
    const uint32_t *counts = p->counts[0];
    uint8_t *marks = (uint8_t *)p->counts[0];
    size_t outputs = box_outputs(p->run->box);
    for (size_t i = 0; i < outputs; i++) /* a mark is never behind its count */
        marks[i] = counts[i] ? same : 0;
}

static void add_marks(const pattern *p, int d, size_t index, uint8_t *const *marks, char *out) {
    const conv_nonfinite_box *box = p->run->box;
    const conv_element_kernels *elements = p->problem->elements;
    if (d == p->problem->rank - 1) {
        size_t first = index * box->out_count[d];
        const uint8_t *const line[2] = {marks[0] + first, marks[1] + first};
        elements->add_marks(out, line, box->out_count[d]);
        return;
    }
    for (size_t i = 0; i < box->out_count[d]; i++)
        add_marks(p, d + 1, index * box->out_count[d] + i, marks,
                  out + (ptrdiff_t)i * box->out_stride[d] * (ptrdiff_t)elements->size);
}

static bool are_all_marked(const uint8_t *marks, size_t count) {
    bool none = false;
    for (size_t i = 0; i < count; i++)
        none |= marks[i] == 0;
    return !none;
}

/* ---- both ---- */

static void add_lines(const pattern *p, int d, size_t index, const void *signs, char *out) {
    const conv_nonfinite_box *box = p->run->box;
    const conv_element_kernels *elements = p->problem->elements;
    if (d == p->problem->rank - 1) {
        size_t first = index * box->out_count[d];
        const uint32_t *const counts[2] = {p->counts[0] + first, p->counts[1] + first};
        elements->add_nonfinite(out, counts,
                                signs ? (const char *)signs + first * elements->size : NULL,
                                box->out_count[d]);
        return;
    }
    for (size_t i = 0; i < box->out_count[d]; i++)
        add_lines(p, d + 1, index * box->out_count[d] + i, signs,
                  out + (ptrdiff_t)i * box->out_stride[d] * (ptrdiff_t)elements->size);
}

static bool are_all_counted(const uint32_t *counts, size_t count) {
    enum { PIECE = 1024 };
    bool none = false;
    for (size_t at = 0; at < count && !none; at += PIECE)
        for (size_t i = at; i < conv_min(at + PIECE, count); i++)
            none |= counts[i] == 0;
    return !none;
}

bool conv_pattern_count_samples(conv_pattern_run *run) {
    const conv_nonfinite_box *box = run->box;
    const pattern p = begin(run);
    const conv_problem *problem = p.problem;
    size_t outputs = box_outputs(box);
    uint8_t same;
    run->scanned = scan(&p, false, &same);
    if (run->scanned)
        return are_all_marked((const uint8_t *)p.counts[0],
                              outputs * (conv_dtype_is_complex(problem->dtype) ? 2 : 1));
    conv_window axis[CONV_MAX_RANK];
    size_t samples = conv_nonfinite_samples(box);
    for (int d = 0; d < problem->rank; d++)
        axis[d] = (conv_window){.extent = box->extent[d],
                                .length = problem->axis[d].m,
                                .count = box->out_count[d],
                                .period = box->wrap[d],
                                .first = (ptrdiff_t)box->out_first[d]};
    for (int part = 0; part <= (p.counts[1] != p.counts[0]); part++) {
        uint32_t *from = first_array(&p, p.counts[part]);
        problem->elements->count_bad(from, run->samples, samples, part);
        sum_counts(&p, axis, p.counts[part]);
    }
    bool all = are_all_counted(p.counts[0], outputs) && are_all_counted(p.counts[1], outputs);
    if (same) {
        mark_counted(&p, same);
        run->scanned = true;
    }
    return all;
}

void conv_pattern_add_samples(const conv_pattern_run *run, void *out) {
    const pattern p = begin(run);
    size_t samples = conv_nonfinite_samples(run->box);
    uint8_t *marks[2];
    place_marks(&p, marks);
    if (run->scanned) {
        add_marks(&p, 0, 0, marks, out);
        return;
    }
    p.problem->elements->mark_signs(run->samples, samples, true);
    add_lines(&p, 0, 0, balance(&p, false), out);
}

/* Along an axis whose samples repeat with gaps, or that wraps, taps a period apart meet the same
 * presence; else all of the box is there, and nothing beyond. */
static conv_window taps_window(const conv_pattern_run *run, int d) {
    const conv_nonfinite_box *box = run->box;
    const conv_axis *axis = &box->problem->axis[d];
    conv_window w = {.extent = axis->m,
                     .length = box->extent[d],
                     .count = box->out_count[d],
                     .first = (ptrdiff_t)box->out_first[d]};
    if (box->wrap[d] || axis->extension == CONV_EXTEND_PERIOD) {
        w.period = axis->period;
        w.extent = conv_min(axis->m, axis->period);
        w.length = axis->n;
        w.first += run->origin[d];
    }
    return w;
}

void conv_pattern_add_taps(const conv_pattern_run *run, void *out) {
    pattern p = begin(run);
    const conv_problem *problem = p.problem;
    conv_window axis[CONV_MAX_RANK];
    size_t extent[CONV_MAX_RANK] = {0}, places = 1;
    uint8_t *marks[2];
    place_marks(&p, marks);
    uint8_t same;
    if (scan(&p, true, &same)) {
        add_marks(&p, 0, 0, marks, out);
        return;
    }
    for (int d = 0; d < problem->rank; d++) {
        axis[d] = taps_window(run, d);
        extent[d] = axis[d].extent;
        places *= extent[d];
    }
    p.counts[1] = p.counts[0]; /* a real tap makes the same of either part */
    memset(first_array(&p, p.counts[0]), 0, places * sizeof(uint32_t));
    conv_signs_place(run->box->task, extent, 0, problem->taps, place_counts, &p);
    sum_counts(&p, axis, p.counts[0]);
    if (same) {
        mark_counted(&p, same);
        add_marks(&p, 0, 0, marks, out);
        return;
    }
    problem->elements->mark_signs(run->samples, conv_nonfinite_samples(run->box), false);
    add_lines(&p, 0, 0, balance(&p, true), out);
}
