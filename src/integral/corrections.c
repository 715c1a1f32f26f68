#include "integral/corrections.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "integral/gregory.h"

/* Samples that follow one another. A row of two runs is two corrections, the second of which adds.
 */
typedef struct {
    ptrdiff_t output; /* index in the full convolution */
    size_t index;     /* on the lattice */
    bool replaces, ends_row;
    size_t sample, count; /* count 0: the output is set to 0 */
    size_t coefficient;   /* the first one's place */
} correction;

struct conv_corrections {
    int q;
    size_t count, used;
    correction *correction;
    double (*coefficient)[2];
};

/* Outputs within reach of four corners; a row has 2 q samples, or q + 2. */
static size_t most_rows(int q) {
    return 4 * (4 * (size_t)q + 5);
}

static size_t most_samples(int q) {
    return 2 * (size_t)q + 2;
}

/* The tap that an unweighted product is to have: taps are weighted, so the weight is taken out. */
static void add_weighted_tap(const conv_problem *problem, const void *taps,
                             const conv_gregory_term *term, long double sum[2]) {
    const conv_axis *axis = &problem->axis[0];
    long double tap[2] = {0, 0};
    problem->elements->add_tap(tap, (const char *)taps +
                                        (axis->m - 1 - term->tap) * problem->elements->tap_size);
    long double factor = conv_integral_factor(axis, term->tap, term->weight);
    sum[0] += factor * tap[0];
    sum[1] += factor * tap[1];
}

static correction *begin_correction(conv_corrections *corrections, ptrdiff_t output, size_t index,
                                    bool replaces) {
    correction *made = &corrections->correction[corrections->count++];
    *made = (correction){output, index, replaces, false, 0, 0, corrections->used};
    return made;
}

/* Terms of a row come sample by sample; those of one sample are one coefficient. */
static void append_row(conv_corrections *corrections, const conv_problem *problem, const void *taps,
                       ptrdiff_t output, size_t index, const conv_gregory_row *row) {
    correction *run = NULL;
    if (row->count == 0 && !row->replaces)
        return;
    if (row->count == 0)
        run = begin_correction(corrections, output, index, true);
    for (int t = 0; t < row->count;) {
        size_t sample = row->term[t].sample;
        long double sum[2] = {0, 0};
        bool first = run == NULL;
        for (; t < row->count && row->term[t].sample == sample; t++)
            add_weighted_tap(problem, taps, &row->term[t], sum);
        if (first || sample != run->sample + run->count) {
            run = begin_correction(corrections, output, index, first && row->replaces);
            run->sample = sample;
        }
        corrections->coefficient[corrections->used][0] = (double)sum[0];
        corrections->coefficient[corrections->used][1] = (double)sum[1];
        corrections->used++;
        run->count++;
    }
    run->ends_row = true;
}

static void free_arrays(conv_corrections *corrections) {
    conv_free(corrections->correction);
    conv_free(corrections->coefficient);
}

static bool allocate_arrays(conv_corrections *corrections, size_t most_corrections,
                            size_t most_coefficients) {
    corrections->correction =
        conv_allocate(conv_max(most_corrections, 1) * sizeof *corrections->correction);
    corrections->coefficient =
        conv_allocate(conv_max(most_coefficients, 1) * sizeof *corrections->coefficient);
    return corrections->correction && corrections->coefficient;
}

static void append_rows(conv_corrections *corrections, const conv_problem *problem,
                        const void *taps) {
    const conv_axis *axis = &problem->axis[0];
    ptrdiff_t end = (ptrdiff_t)(axis->n + axis->m - 1), k = axis->start > 0 ? axis->start : 0;
    size_t index;
    while ((k = conv_gregory_next(corrections->q, axis->n, axis->m, k)) < end) {
        conv_gregory_row row;
        if (conv_lattice_index(axis, k, &index)) {
            conv_gregory_correct(corrections->q, axis->n, axis->m, k, &row);
            append_row(corrections, problem, taps, k, index, &row);
        }
        k++;
    }
}

/* Rows are made where there is room for the most that there can be, and kept where there is room
 * for what there is: a plan of several axes has hundreds of lines. */
conv_status conv_corrections_make(conv_corrections **result, const conv_problem *problem,
                                  const void *taps, int q) {
    size_t most = most_rows(q) * most_samples(q);
    conv_corrections *corrections = conv_allocate(sizeof *corrections), draft = {.q = q};
    *result = NULL;
    if (!corrections)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    memset(corrections, 0, sizeof *corrections);
    bool made = allocate_arrays(&draft, most, most);
    if (made) {
        append_rows(&draft, problem, taps);
        made = allocate_arrays(corrections, draft.count, draft.used);
    }
    if (made) {
        corrections->q = q;
        corrections->count = draft.count;
        corrections->used = draft.used;
        memcpy(corrections->correction, draft.correction,
               draft.count * sizeof *corrections->correction);
        memcpy(corrections->coefficient, draft.coefficient,
               draft.used * sizeof *corrections->coefficient);
        *result = corrections;
    } else {
        conv_corrections_free(corrections);
    }
    free_arrays(&draft);
    return made ? CONV_OK : conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
}

void conv_corrections_free(conv_corrections *corrections) {
    if (!corrections)
        return;
    free_arrays(corrections);
    conv_free(corrections);
}

void conv_corrections_count(const conv_corrections *corrections, size_t *products, size_t *runs) {
    *products = corrections->used;
    *runs = corrections->count;
}

/* One product of an unweighted sample and tap, times its weight in the rule. */
static void add_literally(const conv_problem *problem, const void *taps, const char *signal,
                          const conv_gregory_term *term, long double sum[2]) {
    const conv_axis *axis = &problem->axis[0];
    const conv_element_kernels *elements = problem->elements;
    long double product[2] = {0, 0};
    long double factor = conv_integral_factor(axis, term->tap, term->weight);
    elements->multiply_add(
        product, signal + (ptrdiff_t)term->sample * axis->signal_stride * (ptrdiff_t)elements->size,
        (const char *)taps + (axis->m - 1 - term->tap) * elements->tap_size);
    sum[0] += factor * product[0];
    sum[1] += factor * product[1];
}

/* The output by its rule: every product once, with the weight it has. */
static void sum_literally(const conv_corrections *corrections, const conv_problem *problem,
                          const void *taps, const char *signal, ptrdiff_t output, char *y) {
    const conv_axis *axis = &problem->axis[0];
    ptrdiff_t low, high;
    long double sum[2] = {0, 0};
    bool mirrored;
    if (conv_gregory_is_short(corrections->q, axis->n, axis->m, output, &mirrored)) {
        conv_gregory_row row;
        conv_gregory_correct(corrections->q, axis->n, axis->m, output, &row);
        for (int t = 0; t < row.count; t++)
            add_literally(problem, taps, signal, &row.term[t], sum);
        problem->elements->round_sum(sum, y);
        return;
    }
    conv_gregory_overlap(axis->n, axis->m, output, &low, &high);
    for (ptrdiff_t i = low; i <= high; i++) {
        conv_gregory_term term = {(size_t)i, (size_t)(output - i), 0};
        term.weight =
            conv_gregory_weight(corrections->q, (size_t)(high - low + 1), (size_t)(i - low));
        add_literally(problem, taps, signal, &term, sum);
    }
    problem->elements->round_sum(sum, y);
}

void conv_corrections_run(const conv_corrections *corrections, const conv_problem *problem,
                          const void *taps, const void *signal, void *output) {
    const conv_axis *axis = &problem->axis[0];
    const conv_element_kernels *elements = problem->elements;
    ptrdiff_t size = (ptrdiff_t)elements->size;
    for (size_t i = 0; i < corrections->count; i++) {
        const correction *d = &corrections->correction[i];
        char *y = (char *)output + (ptrdiff_t)d->index * axis->output_stride * size;
        const char *x = (const char *)signal + (ptrdiff_t)d->sample * axis->signal_stride * size;
        elements->dot(y, x, axis->signal_stride, corrections->coefficient + d->coefficient,
                      d->count, d->replaces);
        if (d->ends_row && !elements->is_finite(y, 1))
            sum_literally(corrections, problem, taps, signal, d->output, y);
    }
}
