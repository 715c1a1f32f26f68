#include "methods/nonfinite_pattern.h"

#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "cost/costs.h"
#include "methods/nonfinite_balance.h"
#include "methods/nonfinite_counts.h"
#include "methods/nonfinite_signs.h"

/* Nanoseconds of marking, counting and adding, of each of a transform's numbers; measured 0.8 to
 * 2.5. */
#define PASSES_COST 1.5
/* A tap counts at most four times in T, which has 31 bits, and twice in D, which floats have
 * exactly up to 2^24. */
#define MOST_TAPS ((size_t)1 << 28)
#define MOST_TAPS_OF_FLOATS ((size_t)1 << 23)

typedef struct {
    /* Bytes of each part of the memory; the latter two where there are bad taps. */
    size_t counts, other_counts, values, sums, spectrum, taps_counts, sum_spectrum;
} layout;

static bool parts_differ(const conv_problem *problem) {
    return conv_dtype_is_complex(problem->dtype) && !conv_dtype_is_complex(problem->kernel_dtype);
}

static layout lay_out(const conv_tile_transform *tile, const conv_problem *problem) {
    size_t length = conv_tile_length(&tile->shape);
    layout at = {0};
    at.counts = conv_aligned_size(length * sizeof(uint32_t));
    at.other_counts = parts_differ(problem) ? at.counts : 0;
    at.values = conv_aligned_size(length * conv_dtype_size(tile->compute));
    if (conv_balance_may_add_up(tile, problem))
        at.sums = conv_aligned_size(length * problem->elements->size);
    at.spectrum = conv_aligned_size(conv_transform_spectrum_size(tile->transform));
    at.taps_counts = tile->taps_by_pattern ? at.counts : 0;
    at.sum_spectrum = tile->taps_by_pattern ? at.spectrum : 0;
    return at;
}

bool conv_pattern_bytes(const conv_tile_transform *tile, const conv_problem *problem,
                        size_t *bytes) {
    size_t length = 1;
    for (int d = 0; d < tile->shape.rank; d++)
        if (!conv_multiply(length, tile->shape.length[d], &length))
            return false;
    size_t most = conv_dtype_is_double(problem->dtype) ? MOST_TAPS : MOST_TAPS_OF_FLOATS;
    if (problem->taps > most || !conv_multiply(length, 96, bytes))
        return false;
    layout at = lay_out(tile, problem);
    return conv_add(at.counts + at.other_counts + at.taps_counts,
                    at.values + at.sums + at.spectrum + at.sum_spectrum, bytes);
}

double conv_pattern_seconds(const conv_tile_transform *tile, const conv_task *task) {
    double transforms = conv_cost_transform(task, tile->shape.backend, tile->shape.length);
    return 1e-9 * (1.5 * transforms + PASSES_COST * (double)conv_tile_length(&tile->shape));
}

/* ---- the parts of the memory ---- */

typedef struct {
    const conv_pattern_run *run;
    const conv_problem *problem;
    uint32_t *counts[2]; /* T of either part; mostly one */
    uint32_t *taps_counts;
    conv_balance balance;
} pattern;

static pattern begin(const conv_pattern_run *run) {
    const conv_problem *problem = run->box->problem;
    layout at = lay_out(run->tile, problem);
    char *memory = run->memory;
    pattern p = {.run = run, .problem = problem};
    p.counts[0] = p.counts[1] = (uint32_t *)(void *)memory;
    if (at.other_counts)
        p.counts[1] = (uint32_t *)(void *)(memory + at.counts);
    p.taps_counts = (uint32_t *)(void *)(memory + at.counts + at.other_counts);
    char *values = (char *)p.taps_counts + at.taps_counts;
    p.balance = (conv_balance){.box = run->box,
                               .tile = run->tile,
                               .signs = run->samples,
                               .wide = run->wide,
                               .scratch = run->scratch,
                               .threads = run->threads,
                               .values = values,
                               .sums = at.sums ? values + at.values : NULL,
                               .spectrum = values + at.values + at.sums,
                               .sum_spectrum = values + at.values + at.sums + at.spectrum};
    return p;
}

/* Where counts have to begin for conv_windows_sum to end in `counts`: there or in the other array.
 */
static uint32_t *first_array(const pattern *p, uint32_t *counts) {
    return p->problem->rank % 2 ? (uint32_t *)p->balance.values : counts;
}

static void sum_counts(const pattern *p, const conv_window *axis, uint32_t *counts) {
    uint32_t *from = first_array(p, counts);
    conv_windows_sum(axis, p->problem->rank, from,
                     from == counts ? (uint32_t *)p->balance.values : counts);
}

typedef struct {
    const conv_element_kernels *elements;
    uint32_t *counts;
} count_places;

static void place_counts(void *context, size_t place, const char *taps, size_t count) {
    const count_places *to = context;
    to->elements->count_bad_taps(to->counts + place, -1, taps, count);
}

/* ---- outputs ---- */

static size_t outputs_of(const conv_nonfinite_box *box) {
    size_t outputs = 1;
    for (int d = 0; d < box->problem->rank; d++)
        outputs *= box->out_count[d];
    return outputs;
}

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
    uint32_t none = 0; /* not a bool, which is slower */
    for (size_t at = 0; at < count && !none; at += PIECE)
        for (size_t i = at; i < conv_min(at + PIECE, count); i++)
            none |= (uint32_t)(counts[i] == 0);
    return !none;
}

static void count_samples(const pattern *p) {
    const conv_nonfinite_box *box = p->run->box;
    const conv_problem *problem = p->problem;
    size_t samples = conv_nonfinite_samples(box);
    conv_window axis[CONV_MAX_RANK];
    for (int d = 0; d < problem->rank; d++)
        axis[d] = (conv_window){.extent = box->extent[d],
                                .length = problem->axis[d].m,
                                .count = box->out_count[d],
                                .period = box->wrap[d],
                                .first = (ptrdiff_t)box->out_first[d]};
    for (int part = 0; part <= (p->counts[1] != p->counts[0]); part++) {
        problem->elements->count_bad(first_array(p, p->counts[part]), p->run->samples, samples,
                                     part);
        sum_counts(p, axis, p->counts[part]);
    }
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

/* A real tap makes the same of either part. */
static void count_taps(const pattern *p, uint32_t *counts) {
    const conv_problem *problem = p->problem;
    conv_window axis[CONV_MAX_RANK];
    size_t extent[CONV_MAX_RANK] = {0}, places = 1;
    count_places to = {problem->elements, first_array(p, counts)};
    for (int d = 0; d < problem->rank; d++) {
        axis[d] = taps_window(p->run, d);
        extent[d] = axis[d].extent;
        places *= extent[d];
    }
    memset(to.counts, 0, places * sizeof(uint32_t));
    conv_signs_place(p->run->box->task, extent, 0, problem->taps, place_counts, &to);
    sum_counts(p, axis, counts);
}

bool conv_pattern_joins(const conv_pattern_run *run, size_t bad_samples) {
    const pattern p = begin(run);
    return conv_balance_joins(&p.balance, bad_samples);
}

bool conv_pattern_count(const conv_pattern_run *run, bool joined) {
    const pattern p = begin(run);
    size_t outputs = outputs_of(run->box);
    bool all = true;
    count_samples(&p);
    if (joined)
        count_taps(&p, p.taps_counts);
    for (int part = 0; part <= (p.counts[1] != p.counts[0]); part++) {
        for (size_t i = 0; i < outputs && joined; i++)
            p.counts[part][i] += p.taps_counts[i];
        all = all && are_all_counted(p.counts[part], outputs);
    }
    return all;
}

void conv_pattern_add_samples(const conv_pattern_run *run, void *out) {
    const pattern p = begin(run);
    p.problem->elements->mark_signs(run->samples, conv_nonfinite_samples(run->box), true);
    add_lines(&p, 0, 0, conv_balance_run(&p.balance, false), out);
}

void conv_pattern_add_taps(const conv_pattern_run *run, void *out) {
    pattern p = begin(run);
    p.counts[1] = p.counts[0];
    count_taps(&p, p.counts[0]);
    p.problem->elements->mark_signs(run->samples, conv_nonfinite_samples(run->box), false);
    add_lines(&p, 0, 0, conv_balance_run(&p.balance, true), out);
}

bool conv_pattern_add_joined(const conv_pattern_run *run, void *out) {
    const pattern p = begin(run);
    const void *signs = conv_balance_join(&p.balance);
    if (signs)
        add_lines(&p, 0, 0, signs, out);
    return signs != NULL;
}
