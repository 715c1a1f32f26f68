#include "methods/nonfinite.h"

#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "problem/extend.h"
#include "problem/regions.h"

size_t conv_nonfinite_samples(const conv_nonfinite_box *box) {
    size_t samples = 1;
    for (int d = 0; d < box->problem->rank; d++)
        samples *= box->extent[d];
    return samples;
}

/* The first sample from `from` on that is NaN or Inf; count: there is none. */
static size_t next_bad(const conv_element_kernels *elements, const char *tile, size_t from,
                       size_t count) {
    enum { PIECE = 256 };
    for (; from < count; from += PIECE)
        if (!elements->is_finite(tile + from * elements->size, conv_min(PIECE, count - from)))
            break;
    while (from < count && elements->is_finite(tile + from * elements->size, 1))
        from++;
    return conv_min(from, count);
}

size_t conv_nonfinite_count(const conv_nonfinite_box *box, const void *tile) {
    return box->problem->elements->bad_elements(tile, conv_nonfinite_samples(box));
}

void conv_nonfinite_clear(const conv_nonfinite_box *box, void *tile, bool only_parts) {
    const conv_element_kernels *elements = box->problem->elements;
    size_t samples = conv_nonfinite_samples(box);
    if (only_parts) {
        elements->clear_bad(tile, samples);
        return;
    }
    for (size_t i = next_bad(elements, tile, 0, samples); i < samples;
         i = next_bad(elements, tile, i + 1, samples))
        memset((char *)tile + i * elements->size, 0, elements->size);
}

static const double nan_value[2] = {NAN, NAN};

typedef struct {
    const conv_nonfinite_box *box;
    const char *sample;
    const size_t *index; /* of the sample in the tile */
    bool poisons;
    size_t first_tap; /* on the last axis: under taps before it the outputs are NaN already */
} spread;

/* Whether products with all taps are wanted. */
static bool takes_all_taps(const conv_nonfinite_box *box) {
    return box->task->finite_taps || box->counts_taps;
}

static void add_one_by_one(const spread *s, char *y, ptrdiff_t apart, size_t count, const char *c) {
    const conv_element_kernels *elements = s->box->problem->elements;
    bool all = takes_all_taps(s->box);
    for (size_t i = 0; i < count; i++, y += apart, c -= elements->tap_size)
        if (s->poisons)
            elements->fill(y, 1, nan_value);
        else if (all || elements->taps_are_finite(c, 1))
            elements->add_product(y, s->sample, c);
}

/* Outputs of the last axis from `begin`, whose first tap in convolution order is `tap`. */
static void add_run(const spread *s, char *row, size_t begin, size_t count, const char *taps,
                    size_t tap) {
    const conv_problem *problem = s->box->problem;
    const conv_element_kernels *elements = problem->elements;
    int last = problem->rank - 1;
    ptrdiff_t apart = s->box->out_stride[last] * (ptrdiff_t)elements->size;
    const char *c = taps + (problem->axis[last].m - 1 - tap) * elements->tap_size;
    char *y = row + (ptrdiff_t)begin * apart;
    if (apart == (ptrdiff_t)elements->size && s->poisons)
        elements->fill(y, count, nan_value);
    else if (apart == (ptrdiff_t)elements->size && takes_all_taps(s->box))
        elements->add_products_back(y, s->sample, c, count);
    else
        add_one_by_one(s, y, apart, count, c);
}

/* Taps k of an axis, and the outputs o = index + k (modulo wrap) in the box: as runs of outputs. */
static void spread_last(const spread *s, char *row, const char *taps) {
    const conv_nonfinite_box *box = s->box;
    int d = box->problem->rank - 1;
    size_t m = box->problem->axis[d].m, wrap = box->wrap[d], first = box->out_first[d];
    size_t end = first + box->out_count[d];
    for (size_t k = s->first_tap; k < m;) {
        size_t o = s->index[d] + k, base = wrap ? o - o % wrap : 0;
        /* Outputs base + first .. base + end - 1 of this turn. */
        size_t from = conv_max(o, base + first), to = conv_min(s->index[d] + m, base + end);
        if (from < to)
            add_run(s, row, from - base - first, to - from, taps, from - s->index[d]);
        if (!wrap)
            break;
        k = base + wrap - s->index[d];
    }
}

static void spread_axis(const spread *s, int d, char *out, const char *taps) {
    const conv_nonfinite_box *box = s->box;
    const conv_problem *problem = box->problem;
    if (d == problem->rank - 1) {
        spread_last(s, out, taps);
        return;
    }
    size_t m = problem->axis[d].m, below = problem->elements->tap_size;
    for (int e = d + 1; e < problem->rank; e++)
        below *= problem->axis[e].m;
    for (size_t k = 0; k < m; k++) {
        size_t o = s->index[d] + k;
        o = box->wrap[d] ? o % box->wrap[d] : o;
        if (o < box->out_first[d] || o - box->out_first[d] >= box->out_count[d])
            continue;
        spread_axis(s, d + 1,
                    out + (ptrdiff_t)(o - box->out_first[d]) * box->out_stride[d] *
                              (ptrdiff_t)problem->elements->size,
                    taps + (m - 1 - k) * below);
    }
}

void conv_nonfinite_add(const conv_nonfinite_box *box, const void *tile, void *out) {
    const conv_problem *problem = box->problem;
    const conv_element_kernels *elements = problem->elements;
    size_t index[CONV_MAX_RANK] = {0}, samples = conv_nonfinite_samples(box);
    int last = problem->rank - 1;
    size_t m = problem->axis[last].m, poisoned = 0; /* end of the row's outputs that are NaN */
    size_t row = SIZE_MAX;
    for (size_t i = next_bad(elements, tile, 0, samples); i < samples;
         i = next_bad(elements, tile, i + 1, samples)) {
        const char *sample = (const char *)tile + i * elements->size;
        size_t rest = i;
        for (int d = last; d >= 0; d--) {
            index[d] = rest % box->extent[d];
            rest /= box->extent[d];
        }
        if (i / box->extent[last] != row)
            poisoned = 0;
        row = i / box->extent[last];
        size_t t = index[last];
        spread s = {.box = box,
                    .sample = sample,
                    .index = index,
                    .poisons = elements->poisons(sample),
                    .first_tap = poisoned > t ? poisoned - t : 0};
        spread_axis(&s, 0, out, box->task->taps);
        if (s.poisons)
            poisoned = t + m;
    }
}

/* Measured in nanoseconds: a line of products together, of complex taps, and one by one. */
#define LINE_COST 10
#define PRODUCT_COST 0.2
#define COMPLEX_COST 0.7
#define SINGLE_COST 4

static double product_cost(const conv_nonfinite_box *box) {
    const conv_problem *problem = box->problem;
    if (box->out_stride[problem->rank - 1] != 1 || !takes_all_taps(box))
        return SINGLE_COST;
    return conv_dtype_is_complex(problem->kernel_dtype) ? COMPLEX_COST : PRODUCT_COST;
}

double conv_nonfinite_seconds(const conv_nonfinite_box *box, size_t samples) {
    int last = box->problem->rank - 1;
    double line = (double)conv_min(box->problem->axis[last].m, box->out_count[last]);
    double lines = (double)samples;
    for (int d = 0; d < last; d++)
        lines *= (double)conv_min(box->problem->axis[d].m, box->out_count[d]);
    return 1e-9 * lines * (LINE_COST + line * product_cost(box));
}

/* The products of one tap with all samples under it. Outputs that are NaN stay so. */
static void add_tap(const conv_task *task, const void *signal, const char *tap, const size_t *index,
                    char *output) {
    const conv_problem *problem = task->problem;
    const conv_element_kernels *elements = problem->elements;
    size_t at[CONV_MAX_RANK] = {0};
    ptrdiff_t point[CONV_MAX_RANK];
    for (size_t i = 0; i < problem->outputs; i++) {
        _Alignas(16) char sample[16];
        char *y = output + conv_output_offset(problem, at) * (ptrdiff_t)elements->size;
        for (int d = 0; d < problem->rank; d++) {
            const conv_axis *axis = &problem->axis[d];
            point[d] =
                axis->start + (ptrdiff_t)(at[d] * axis->step + index[d]) - (ptrdiff_t)(axis->m - 1);
        }
        if (!elements->is_nan(y) && conv_extend_sample(problem, signal, point, sample))
            elements->add_product(y, sample, tap);
        for (int d = problem->rank - 1; d >= 0 && ++at[d] == problem->axis[d].count; d--)
            at[d] = 0;
    }
}

void conv_nonfinite_taps(const conv_task *task, const void *signal, void *output) {
    const conv_problem *problem = task->problem;
    const char *tap = task->taps;
    size_t index[CONV_MAX_RANK] = {0};
    for (size_t q = 0; q < problem->taps; q++, tap += problem->elements->tap_size) {
        if (!problem->elements->taps_are_finite(tap, 1))
            add_tap(task, signal, tap, index, output);
        for (int d = problem->rank - 1; d >= 0 && ++index[d] == problem->axis[d].m; d--)
            index[d] = 0;
    }
}
