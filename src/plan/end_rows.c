#include "plan/end_rows.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "problem/extend.h"

static double tap_factor(const conv_axis *axis, size_t tap, double weight) {
    return (double)conv_integral_factor(axis, tap, weight);
}

/* What the convolution gives: every tap over its sample, with the sample's weight. */
static size_t plain_terms(const conv_axis *axis, ptrdiff_t k, conv_end_term *term) {
    size_t count = 0;
    for (size_t i = 0; i < axis->m; i++) {
        size_t tap = axis->m - 1 - i;
        ptrdiff_t position = k - (ptrdiff_t)tap, sample = conv_extend_index(axis, position);
        if (sample != CONV_ABSENT)
            term[count++] = (conv_end_term){position, tap, conv_extend_weight(axis, sample)};
    }
    return count;
}

/* What the rule wants of an overlap that has points enough. */
static size_t overlap_terms(const conv_axis *axis, int q, ptrdiff_t k, conv_end_term *term) {
    ptrdiff_t low, high;
    size_t count = 0;
    conv_gregory_overlap(axis->n, axis->m, k, &low, &high);
    for (ptrdiff_t i = low; i <= high; i++) {
        double weight = conv_gregory_weight(q, (size_t)(high - low + 1), (size_t)(i - low));
        size_t tap = (size_t)(k - i);
        term[count++] = (conv_end_term){i, tap, tap_factor(axis, tap, weight)};
    }
    return count;
}

static ptrdiff_t full_index(const conv_axis *axis, size_t index) {
    return axis->start + (ptrdiff_t)(index * axis->step);
}

const conv_end_term *conv_end_rows_terms(const conv_end_rows *rows, const conv_end_row *row,
                                         conv_end_term *buffer, size_t *count) {
    ptrdiff_t k = full_index(rows->axis, row->index);
    *count = row->count;
    if (row->first != SIZE_MAX)
        return rows->term + row->first;
    *count = row->corrected ? overlap_terms(rows->axis, rows->q, k, buffer)
                            : plain_terms(rows->axis, k, buffer);
    return buffer;
}

/* Whether output k is corrected, by what: *made. */
static bool corrects(const conv_end_rows *rows, ptrdiff_t k, conv_gregory_row *made) {
    const conv_axis *axis = rows->axis;
    made->count = 0;
    made->replaces = false;
    if (rows->q == 0 || k < 0 || k > (ptrdiff_t)(axis->n + axis->m - 2) ||
        conv_gregory_next(rows->q, axis->n, axis->m, k) != k)
        return false;
    conv_gregory_correct(rows->q, axis->n, axis->m, k, made);
    return made->replaces || made->count > 0;
}

/* Rows have a few terms each: most axes need no more than so many. */
#define FIRST_TERMS 256

/* Of none, too, there is a place: from NULL not even an offset of 0 is defined. */
static bool reserve(conv_end_rows *rows, size_t more) {
    size_t needed = rows->terms + conv_max(more, 1);
    if (needed <= rows->term_room)
        return true;
    size_t room = conv_max(rows->term_room ? 2 * rows->term_room : FIRST_TERMS, needed);
    conv_end_term *term = conv_allocate(room * sizeof *term);
    if (!term)
        return false;
    if (rows->terms)
        memcpy(term, rows->term, rows->terms * sizeof *term);
    conv_free(rows->term);
    rows->term = term;
    rows->term_room = room;
    return true;
}

static bool keep_terms(conv_end_rows *rows, conv_end_row *row, const conv_gregory_row *made) {
    if (!reserve(rows, (size_t)made->count))
        return false;
    row->first = rows->terms;
    row->count = (size_t)made->count;
    for (int t = 0; t < made->count; t++) {
        const conv_gregory_term *term = &made->term[t];
        rows->term[rows->terms++] = (conv_end_term){
            (ptrdiff_t)term->sample, term->tap, tap_factor(rows->axis, term->tap, term->weight)};
    }
    return true;
}

/* The form of an output that is computed from polynomials, which takes its time to make. */
static bool copy_form(conv_end_rows *rows, conv_end_row *row, const conv_end_term *form,
                      size_t count) {
    if (!reserve(rows, count))
        return false;
    row->first = rows->terms;
    row->count = count;
    memcpy(rows->term + rows->terms, form, count * sizeof *form);
    rows->terms += count;
    return true;
}

/* Corrected outputs lie within reach of four corners. */
static size_t most_rows(const conv_axis *axis, int q, conv_end_choice choice) {
    size_t corrected = 4 * (4 * (size_t)q + 5);
    bool few = choice == CONV_END_CORRECTED || choice == CONV_END_EXTRA;
    return few ? conv_min(axis->count, corrected) : axis->count;
}

static conv_status begin(conv_end_rows *rows, const conv_axis *axis, int q,
                         conv_end_choice choice) {
    *rows = (conv_end_rows){.axis = axis, .q = q};
    rows->most_terms = conv_max(axis->m, q ? CONV_GREGORY_TERMS : 1);
    rows->row = conv_allocate(most_rows(axis, q, choice) * sizeof *rows->row);
    return rows->row ? CONV_OK
                     : conv_fail(CONV_ERR_MEMORY, "no memory for a rule's end corrections");
}

/* The smallest index from this one on whose output may be corrected; axis->count: none. */
static size_t next_index(const conv_axis *axis, int q, size_t index) {
    ptrdiff_t k = full_index(axis, index), last = (ptrdiff_t)(axis->n + axis->m - 2);
    ptrdiff_t next = conv_gregory_next(q, axis->n, axis->m, k < 0 ? 0 : k);
    if (next > last)
        return axis->count;
    return conv_min(axis->count, index + ((size_t)(next - k) + axis->step - 1) / axis->step);
}

conv_status conv_end_rows_make_extra(conv_end_rows *rows, const conv_axis *axis, int q) {
    conv_status status = begin(rows, axis, q, CONV_END_EXTRA);
    conv_gregory_row *made = conv_allocate(sizeof *made);
    bool fits = made != NULL;
    for (size_t i = 0; status == CONV_OK && fits && q > 0; i++) {
        i = next_index(axis, q, i);
        if (i == axis->count)
            break;
        if (!corrects(rows, full_index(axis, i), made))
            continue;
        conv_end_row *row = &rows->row[rows->rows++];
        *row = (conv_end_row){i, SIZE_MAX, 0, true, made->replaces};
        fits = keep_terms(rows, row, made);
    }
    conv_free(made);
    return fits ? status : conv_fail(CONV_ERR_MEMORY, "no memory for a rule's end corrections");
}

conv_status conv_end_rows_make(conv_end_rows *rows, const conv_end_rows *extra,
                               conv_end_choice choice) {
    const conv_axis *axis = extra->axis;
    conv_status status = begin(rows, axis, extra->q, choice);
    const conv_end_row *known = extra->row, *end = known + extra->rows;
    bool fits = true;
    for (size_t i = 0; i < axis->count && fits && status == CONV_OK; i++) {
        bool corrected = known < end && known->index == i;
        const conv_end_row *same = corrected ? known++ : NULL;
        if (choice == (corrected ? CONV_END_REST : CONV_END_CORRECTED))
            continue;
        conv_end_row *row = &rows->row[rows->rows++];
        *row = (conv_end_row){i, SIZE_MAX, 0, corrected, corrected && same->replaces};
        if (row->replaces)
            fits = copy_form(rows, row, extra->term + same->first, same->count);
    }
    return fits ? status : conv_fail(CONV_ERR_MEMORY, "no memory for a rule's end corrections");
}

void conv_end_rows_end(conv_end_rows *rows) {
    conv_free(rows->row);
    conv_free(rows->term);
    *rows = (conv_end_rows){0};
}

/* Rows are short where this is asked: all pairs of their terms. */
static double row_gain(const conv_end_term *term, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        double by_position = 0, by_tap = 0;
        for (size_t j = 0; j < count; j++) {
            by_position += term[j].position == term[i].position ? fabs(term[j].weight) : 0;
            by_tap += term[j].tap == term[i].tap ? fabs(term[j].weight) : 0;
        }
        most = fmax(most, fmax(by_position, by_tap));
    }
    return most;
}

double conv_end_rows_gain(const conv_end_rows *rows) {
    double most = 0;
    for (size_t r = 0; r < rows->rows; r++)
        if (rows->row[r].first != SIZE_MAX)
            most = fmax(most, row_gain(rows->term + rows->row[r].first, rows->row[r].count));
    return most;
}
