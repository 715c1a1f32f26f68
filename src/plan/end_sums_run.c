/* Running sums of end corrections: the axes before the last are paired off, then lines. */
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "plan/end_sums_state.h"
#include "problem/extend.h"

typedef struct {
    const conv_end_sums *sums;
    const char *signal;
    int parts, last;
    /* At an axis: how many pairs there are of the axes before it; of each the offset of its samples
     * and its taps, which are those of this axis and of all after it. */
    size_t count[CONV_MAX_RANK];
    ptrdiff_t *sample[CONV_MAX_RANK];
    const double *taps[CONV_MAX_RANK];
    double *combined[CONV_MAX_RANK];
    conv_end_term *buffer[CONV_MAX_RANK];
    /* Rows first_row..end_row-1 of the last axis; their products lie by positions from `origin` on.
     */
    size_t first_row, end_row, positions, product_count;
    ptrdiff_t origin;
    conv_tap_span *span;
    size_t uses, *used; /* the positions at which there is a tap */
    conv_placed_term *term;
    size_t *row_terms; /* how many of each row */
    double (*wide)[2];
    double *line, *products;
} sums_run;

/* In place of an offset: the fill value, whatever the later axes say. */
#define FILLED_OFFSET PTRDIFF_MIN

static ptrdiff_t sample_offset(const conv_axis *axis, ptrdiff_t before, ptrdiff_t position) {
    ptrdiff_t sample = conv_extend_index(axis, position);
    return sample == CONV_FILLED || before == FILLED_OFFSET ? FILLED_OFFSET
                                                            : before + sample * axis->signal_stride;
}

static void combine(double *to, const double *from, size_t count, double weight, bool adds) {
    if (adds)
        for (size_t i = 0; i < count; i++)
            to[i] += weight * from[i];
    else
        for (size_t i = 0; i < count; i++)
            to[i] = weight * from[i];
}

/* The pairs of the next axis, from those of axis d and a row of it. */
static void pair_off(sums_run *run, int d, const conv_end_term *term, size_t count) {
    const conv_axis *axis = &run->sums->problem->axis[d];
    size_t below = run->sums->below[d + 1], whole = run->sums->below[d], made = 0;
    for (size_t p = 0; p < run->count[d]; p++) {
        const double *taps = run->taps[d] + p * whole * (size_t)run->parts;
        for (size_t t = 0; t < count; made++) {
            double *to = run->combined[d + 1] + made * below * (size_t)run->parts;
            size_t group = t;
            run->sample[d + 1][made] = sample_offset(axis, run->sample[d][p], term[group].position);
            for (; t < count && term[t].position == term[group].position; t++)
                for (int part = 0; part < run->parts; part++)
                    combine(to + (size_t)part * below,
                            taps + (size_t)part * whole + term[t].tap * below, below,
                            term[t].weight, t > group);
        }
    }
    run->count[d + 1] = made;
}

/* ---- the last axis ---- */

static ptrdiff_t full_index(const conv_axis *axis, const conv_end_row *row) {
    return axis->start + (ptrdiff_t)(row->index * axis->step);
}

/* The rows from first_row on that go together. */
static void find_batch(sums_run *run) {
    const conv_end_rows *rows = run->sums->rows[run->last];
    const conv_end_row *row = rows->row;
    ptrdiff_t first = full_index(rows->axis, &row[run->first_row]), before = first;
    size_t r = run->first_row + 1;
    for (; r < rows->rows; r++) {
        ptrdiff_t k = full_index(rows->axis, &row[r]);
        /* Far apart they share few of the products between their positions and their taps. */
        if (k - before > CONV_END_REPLACED_REACH || k - first > (ptrdiff_t)run->sums->batch_reach)
            break;
        before = k;
    }
    run->end_row = r;
    run->origin = first - (ptrdiff_t)(rows->axis->m - 1) - CONV_END_REPLACED_REACH;
    run->positions = (size_t)(before - run->origin) + 1 + CONV_END_REPLACED_REACH;
}

static void widen_spans(sums_run *run, const conv_end_term *term, size_t count) {
    for (size_t t = 0; t < count; t++) {
        conv_tap_span *span = &run->span[term[t].position - run->origin];
        if (span->end == 0)
            *span = (conv_tap_span){term[t].tap, term[t].tap + 1, 0};
        span->first = conv_min(span->first, term[t].tap);
        span->end = conv_max(span->end, term[t].tap + 1);
    }
}

/* Which taps meet which position, and the place of every term's product. */
static void place_terms(sums_run *run) {
    const conv_end_rows *rows = run->sums->rows[run->last];
    conv_end_term *buffer = run->buffer[run->last];
    size_t count, begin = 0;
    conv_placed_term *placed = run->term;
    memset(run->span, 0, run->positions * sizeof *run->span);
    for (size_t r = run->first_row; r < run->end_row; r++) {
        const conv_end_term *term = conv_end_rows_terms(rows, &rows->row[r], buffer, &count);
        widen_spans(run, term, count);
    }
    run->uses = 0;
    for (size_t i = 0; i < run->positions; i++) {
        run->span[i].begin = begin;
        begin += run->span[i].end - run->span[i].first;
        if (run->span[i].end > 0)
            run->used[run->uses++] = i;
    }
    run->product_count = begin;
    for (size_t r = run->first_row; r < run->end_row; r++) {
        const conv_end_term *term = conv_end_rows_terms(rows, &rows->row[r], buffer, &count);
        run->row_terms[r - run->first_row] = count;
        for (size_t t = 0; t < count; t++) {
            const conv_tap_span *span = &run->span[term[t].position - run->origin];
            *placed++ = (conv_placed_term){span->begin + term[t].tap - span->first, term[t].weight};
        }
    }
}

/* Samples at the positions begin..end-1 of the batch. */
static void widen_samples(const sums_run *run, ptrdiff_t offset, size_t begin, size_t end) {
    const conv_problem *problem = run->sums->problem;
    const conv_axis *axis = &problem->axis[run->last];
    ptrdiff_t size = (ptrdiff_t)problem->elements->size, n = (ptrdiff_t)axis->n;
    for (size_t i = begin; i < end;) {
        ptrdiff_t position = run->origin + (ptrdiff_t)i;
        size_t count = 1;
        if (position >= 0 && position < n && offset != FILLED_OFFSET)
            count = conv_min(end - i, (size_t)(n - position));
        ptrdiff_t at = sample_offset(axis, offset, position);
        if (at == FILLED_OFFSET)
            memcpy(run->wide[i], problem->fill, sizeof problem->fill);
        else
            problem->elements->widen(run->wide + i, run->signal + at * size, axis->signal_stride,
                                     count);
        i += count;
    }
}

static void load_line(const sums_run *run, ptrdiff_t offset) {
    for (size_t u = 0, end; u < run->uses; u = end) {
        size_t first = run->used[u];
        for (end = u + 1; end < run->uses && run->used[end] == first + end - u; end++)
            continue;
        widen_samples(run, offset, first, first + end - u);
        for (int part = 0; part < run->parts; part++)
            for (size_t i = first; i < first + end - u; i++)
                run->line[(size_t)part * run->positions + i] = run->wide[i][part];
    }
}

static void add_scaled(double *to, const double *from, size_t count, double factor) {
    for (size_t i = 0; i < count; i++)
        to[i] += factor * from[i];
}

/* The products of a pair's line of samples and its line of taps. */
static void add_products(const sums_run *run, const double *taps) {
    const conv_end_sums *sums = run->sums;
    bool complex_taps = conv_dtype_is_complex(sums->problem->kernel_dtype);
    const double *line = run->line, *imaginary = run->line + run->positions;
    const double *tap_imaginary = taps + sums->below[run->last];
    double *products = run->products;
    for (size_t u = 0; u < run->uses; u++) {
        size_t i = run->used[u], first = run->span[i].first, count = run->span[i].end - first;
        double *to = products + run->span[i].begin, *also = to + sums->batch_products;
        add_scaled(to, taps + first, count, line[i]);
        if (run->parts == 1)
            continue;
        add_scaled(also, taps + first, count, imaginary[i]);
        if (!complex_taps)
            continue;
        add_scaled(to, tap_imaginary + first, count, -imaginary[i]);
        add_scaled(also, tap_imaginary + first, count, line[i]);
    }
}

/* Writes an output or adds to it, rounded once. */
static void put(const conv_end_sums *sums, char *y, double re, double im) {
    bool adds = sums->adds, is_complex = conv_dtype_is_complex(sums->problem->dtype);
    if (conv_dtype_is_double(sums->problem->dtype)) {
        double *to = (double *)(void *)y;
        to[0] = adds ? to[0] + re : re;
        if (is_complex)
            to[1] = adds ? to[1] + im : im;
    } else {
        float *to = (float *)(void *)y;
        to[0] = (float)(adds ? to[0] + re : re);
        if (is_complex)
            to[1] = (float)(adds ? to[1] + im : im);
    }
}

static void write_rows(const sums_run *run, char *output) {
    const conv_end_sums *sums = run->sums;
    const conv_end_rows *rows = sums->rows[run->last];
    const conv_placed_term *placed = run->term;
    const double *products = run->products, *imaginary = products + sums->batch_products;
    ptrdiff_t step = rows->axis->output_stride * (ptrdiff_t)sums->problem->elements->size;
    for (size_t r = run->first_row; r < run->end_row; r++) {
        double re = 0, im = 0;
        size_t count = run->row_terms[r - run->first_row];
        for (size_t t = 0; t < count; t++, placed++) {
            re += placed->weight * products[placed->place];
            if (run->parts == 2)
                im += placed->weight * imaginary[placed->place];
        }
        put(sums, output + (ptrdiff_t)rows->row[r].index * step, re, im);
    }
}

static void finish(sums_run *run, char *output) {
    const conv_end_sums *sums = run->sums;
    size_t whole = sums->below[run->last] * (size_t)run->parts;
    for (int part = 0; part < run->parts; part++)
        memset(run->products + (size_t)part * sums->batch_products, 0,
               run->product_count * sizeof *run->products);
    for (size_t p = 0; p < run->count[run->last]; p++) {
        load_line(run, run->sample[run->last][p]);
        add_products(run, run->taps[run->last] + p * whole);
    }
    write_rows(run, output);
}

/* Rows of axis d and of all after it. */
static void run_axis(sums_run *run, int d, char *output) {
    const conv_end_rows *rows = run->sums->rows[d];
    size_t size = run->sums->problem->elements->size, count;
    if (d == run->last) {
        finish(run, output);
        return;
    }
    for (size_t r = 0; r < rows->rows; r++) {
        const conv_end_term *term =
            conv_end_rows_terms(rows, &rows->row[r], run->buffer[d], &count);
        pair_off(run, d, term, count);
        run_axis(run, d + 1,
                 output + (ptrdiff_t)(rows->row[r].index * size) * rows->axis->output_stride);
    }
}

static void begin_run(sums_run *run, char *workspace) {
    const conv_end_sums *sums = run->sums;
    conv_end_sums_layout at;
    (void)conv_end_sums_lay_out(sums, &at);
    for (int d = 0; d <= run->last; d++) {
        run->combined[d] = (double *)(void *)(workspace + at.taps[d]);
        run->taps[d] = d ? run->combined[d] : sums->widened;
        run->sample[d] = (ptrdiff_t *)(void *)(workspace + at.sample[d]);
        run->buffer[d] = (conv_end_term *)(void *)(workspace + at.buffer[d]);
    }
    run->wide = (double(*)[2])(void *)(workspace + at.wide);
    run->line = (double *)(void *)(workspace + at.line);
    run->products = (double *)(void *)(workspace + at.products);
    run->term = (conv_placed_term *)(void *)(workspace + at.term);
    run->row_terms = (size_t *)(void *)(workspace + at.row_terms);
    run->span = (conv_tap_span *)(void *)(workspace + at.span);
    run->used = (size_t *)(void *)(workspace + at.used);
    run->count[0] = 1;
    run->sample[0][0] = 0;
}

void conv_end_sums_run(const conv_end_sums *sums, const char *signal, char *output,
                       char *workspace) {
    sums_run run = {.sums = sums,
                    .signal = signal,
                    .parts = conv_end_sums_parts(sums->problem),
                    .last = sums->problem->rank - 1};
    begin_run(&run, workspace);
    for (int d = 0; d <= run.last; d++)
        if (sums->rows[d]->rows == 0)
            return;
    for (; run.first_row < sums->rows[run.last]->rows; run.first_row = run.end_row) {
        find_batch(&run);
        place_terms(&run);
        run_axis(&run, 0, output);
    }
}
