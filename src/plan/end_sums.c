/* Sums of end corrections: what they need, and what they cost. end_sums_run.c runs them. */
#include "plan/end_sums_state.h"

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "cost/fitted.h"

/* Rows of the last axis that go together: so many products, which stay in a cache. */
#define BATCH_PRODUCTS 8192

/* Taps that are widened at a time. */
#define WIDEN_TOGETHER 64

/* Such outputs at most. */
#define MOST_REPLACED 18

int conv_end_sums_parts(const conv_problem *problem) {
    return conv_dtype_is_complex(problem->dtype) ? 2 : 1;
}

double *conv_end_sums_widen(const conv_problem *problem, const void *taps) {
    size_t count = problem->taps, parts = (size_t)conv_end_sums_parts(problem);
    double *widened = conv_allocate(conv_times(count, parts * sizeof *widened));
    double value[WIDEN_TOGETHER][2];
    for (size_t done = 0, some; done < count && widened; done += some) {
        size_t last = count - done;
        some = conv_min(last, WIDEN_TOGETHER);
        problem->elements->widen_taps(
            value, (const char *)taps + (last - some) * problem->elements->tap_size, some);
        for (size_t part = 0; part < parts; part++)
            for (size_t i = 0; i < some; i++)
                widened[part * count + done + i] = value[some - 1 - i][part];
    }
    return widened;
}

/* ---- the plan ---- */

/* Terms that share a sample become one pair: at most as many as there are samples, or taps. */
static size_t most_pairs(const conv_end_rows *rows) {
    return conv_min(rows->most_terms, conv_max(rows->axis->m, CONV_GREGORY_MOST + 3));
}

static bool take(conv_end_sums_layout *at, size_t count, size_t size, size_t *place) {
    size_t bytes;
    *place = at->end;
    return conv_multiply(count, size, &bytes) && conv_add(bytes, CONV_ALIGNMENT - 1, &bytes) &&
           conv_add(at->end, bytes & ~(size_t)(CONV_ALIGNMENT - 1), &at->end);
}

bool conv_end_sums_lay_out(const conv_end_sums *sums, conv_end_sums_layout *at) {
    int last = sums->problem->rank - 1;
    size_t parts = (size_t)conv_end_sums_parts(sums->problem);
    bool fits = true;
    *at = (conv_end_sums_layout){.end = 0};
    for (int d = 0; d <= last && fits; d++) {
        size_t taps;
        fits = conv_multiply(sums->pairs[d], sums->below[d] * parts, &taps) &&
               take(at, d ? taps : 0, sizeof(double), &at->taps[d]) &&
               take(at, sums->pairs[d], sizeof(ptrdiff_t), &at->sample[d]) &&
               take(at, sums->rows[d]->most_terms, sizeof(conv_end_term), &at->buffer[d]);
    }
    return fits && take(at, sums->batch_positions * 2, sizeof(double), &at->wide) &&
           take(at, sums->batch_positions * parts, sizeof(double), &at->line) &&
           take(at, sums->batch_products * parts, sizeof(double), &at->products) &&
           take(at, sums->batch_terms, sizeof(conv_placed_term), &at->term) &&
           take(at, sums->batch_reach + 1, sizeof(size_t), &at->row_terms) &&
           take(at, sums->batch_positions, sizeof(conv_tap_span), &at->span) &&
           take(at, sums->batch_positions, sizeof(size_t), &at->used);
}

/* Rows k..k+reach of the full convolution meet up to m + reach positions, and each of these up to
 * reach + 1 taps; where rows are computed from polynomials, a few positions and taps more. */
static size_t most_products(size_t m, size_t reach) {
    size_t few = 2 * CONV_END_REPLACED_REACH;
    return (m + reach + few) * conv_min(m, reach + 1) + few * few;
}

static void set_batch(conv_end_sums *sums, const conv_end_rows *rows) {
    size_t m = rows->axis->m, reach = 0, most = (rows->axis->count - 1) * rows->axis->step;
    while (reach < BATCH_PRODUCTS && most_products(m, 2 * reach + 1) <= BATCH_PRODUCTS)
        reach = 2 * reach + 1;
    reach = conv_min(reach, most);
    sums->batch_reach = reach;
    sums->batch_products = most_products(m, reach);
    sums->batch_positions = m + reach + 2 * CONV_END_REPLACED_REACH;
    sums->batch_terms = (reach + 1) * m + MOST_REPLACED * CONV_GREGORY_TERMS;
}

conv_status conv_end_sums_plan(conv_end_sums *sums, const conv_problem *problem, const void *taps,
                               const double *widened, const conv_end_rows *const *rows, bool adds) {
    int last = problem->rank - 1;
    bool fits = true;
    conv_end_sums_layout at;
    *sums = (conv_end_sums){.problem = problem, .taps = taps, .widened = widened, .adds = adds};
    sums->pairs[0] = sums->below[last] = 1;
    for (int d = 0; d <= last; d++) {
        sums->rows[d] = rows[d];
        if (d < last)
            fits = fits && conv_multiply(sums->pairs[d], most_pairs(rows[d]), &sums->pairs[d + 1]);
    }
    for (int d = last; d >= 0; d--)
        sums->below[d] = problem->axis[d].m * (d < last ? sums->below[d + 1] : 1);
    set_batch(sums, rows[last]);
    if (!fits || !conv_end_sums_lay_out(sums, &at))
        return conv_fail(CONV_ERR_OVERFLOW, "a rule's end corrections are too many");
    sums->bytes = at.end;
    return CONV_OK;
}

/* Terms of all rows of an axis, and the pairs that they make; from three rows where they are not
 * kept: the first, the middle and the last have about what the others have. */
static void count_terms(const conv_end_rows *rows, double *terms, double *pairs) {
    *terms = *pairs = 0;
    for (size_t r = 0; r < rows->rows; r++) {
        const conv_end_row *row = &rows->row[r];
        size_t count = row->first != SIZE_MAX ? row->count : rows->axis->m;
        if (row->first == SIZE_MAX && rows->axis->extension == CONV_EXTEND_ZERO) {
            ptrdiff_t low, high;
            ptrdiff_t k = rows->axis->start + (ptrdiff_t)(row->index * rows->axis->step);
            conv_gregory_overlap(rows->axis->n, rows->axis->m, k, &low, &high);
            count = high >= low ? (size_t)(high - low + 1) : 0;
        }
        *terms += (double)count;
        *pairs += row->replaces ? CONV_GREGORY_MOST + 2 : (double)count;
    }
}

double conv_end_sums_seconds(const conv_end_sums *sums) {
    int last = sums->problem->rank - 1;
    double parts = conv_end_sums_parts(sums->problem), all = 1, lines = 1, combining = 0;
    for (int d = 0; d < last; d++) {
        double terms, pairs;
        count_terms(sums->rows[d], &terms, &pairs);
        combining += all * terms * (double)sums->below[d + 1];
        all *= pairs;
        lines *= (double)sums->rows[d]->rows;
    }
    double terms, pairs;
    count_terms(sums->rows[last], &terms, &pairs);
    return 1e-9 * parts * parts * CONV_COST_END_SUM * (combining + all * terms) +
           1e-9 * parts * CONV_COST_END_TERM * lines *
               (terms + 20 * (double)sums->rows[last]->rows);
}
