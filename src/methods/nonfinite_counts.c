#include "methods/nonfinite_counts.h"

#include <string.h>

/* The sum of a line's numbers before place j, in terms of its running sums: those of so many whole
 * periods, and of the first ones of the next. */
static size_t before(const conv_window *w, ptrdiff_t j, ptrdiff_t *periods) {
    ptrdiff_t extent = (ptrdiff_t)w->extent, period = (ptrdiff_t)w->period;
    *periods = j >= 0 ? j / period : -((period - 1 - j) / period);
    j -= *periods * period;
    return (size_t)(j < extent ? j : extent);
}

static void sum_periodic(const conv_window *w, size_t inner, const uint32_t *from, uint32_t *to) {
    const uint32_t *total = from + (w->extent - 1) * inner;
    for (size_t i = 0; i < w->count; i++, to += inner) {
        ptrdiff_t end_periods, begin_periods, end = w->first + (ptrdiff_t)i + 1;
        size_t last = before(w, end, &end_periods);
        size_t skip = before(w, end - (ptrdiff_t)w->length, &begin_periods);
        uint32_t times = (uint32_t)(end_periods - begin_periods); /* modulo 2^32, as all sums */
        for (size_t c = 0; c < inner; c++) {
            uint32_t sum = times * total[c];
            sum += last ? from[(last - 1) * inner + c] : 0;
            to[c] = sum - (skip ? from[(skip - 1) * inner + c] : 0);
        }
    }
}

/* Running sums at places first, first + 1, ..., of which `before` numbers are summed at place 0: 0
 * up to there, then one after the other, then all. */
typedef struct {
    const uint32_t *row; /* NULL: 0 */
    size_t step;         /* to the next place's; 0: all of the line */
} running;

static running running_at(const conv_window *w, size_t inner, const uint32_t *from, ptrdiff_t at) {
    if (at < 1)
        return (running){NULL, inner};
    if (at < (ptrdiff_t)w->extent)
        return (running){from + (size_t)(at - 1) * inner, inner};
    return (running){from + (w->extent - 1) * inner, 0};
}

/* How many places from `at` on are of one kind: before the line, on it, beyond. */
static size_t same_kind(const conv_window *w, ptrdiff_t at, size_t most) {
    ptrdiff_t extent = (ptrdiff_t)w->extent;
    ptrdiff_t run = at < 1 ? 1 - at : at < extent ? extent - at : (ptrdiff_t)most;
    return (size_t)run < most ? (size_t)run : most;
}

/* to = high - low, for `rows` places. */
static void subtract(running high, running low, size_t rows, size_t inner, uint32_t *restrict to) {
    size_t flat = high.step && low.step ? rows * inner : inner;
    for (size_t i = 0; i < rows * inner; i += flat, to += flat) {
        const uint32_t *h = high.row, *l = low.row;
        if (!h)
            memset(to, 0, flat * sizeof *to);
        else if (!l)
            memcpy(to, h, flat * sizeof *to);
        else
            for (size_t c = 0; c < flat; c++)
                to[c] = h[c] - l[c];
        high.row = h ? h + high.step : NULL;
        low.row = l ? l + low.step : NULL;
    }
}

/* The same of lines of single numbers that end together, without a call for each. */
static void subtract_from_total(uint32_t total, const uint32_t *low, size_t count,
                                uint32_t *restrict to) {
    for (size_t i = 0; i < count; i++)
        to[i] = low ? total - low[i] : total;
}

static void run_sums(const conv_window *w, size_t inner, uint32_t *from) {
    uint32_t sum = 0; /* of a line: no sum waits for the one before to be stored */
    for (size_t i = 0; i < w->extent && inner == 1; i++)
        from[i] = sum += from[i];
    for (size_t i = 1; i < w->extent && inner > 1; i++) {
        uint32_t *restrict row = from + i * inner;
        const uint32_t *restrict last = from + (i - 1) * inner;
        for (size_t c = 0; c < inner; c++)
            row[c] += last[c];
    }
}

/* Lines with `inner` numbers between neighbours; from becomes its running sums. */
static void sum_windows(const conv_window *w, size_t inner, uint32_t *from, uint32_t *to) {
    run_sums(w, inner, from);
    if (w->period) {
        sum_periodic(w, inner, from, to);
        return;
    }
    for (size_t i = 0, run; i < w->count; i += run, to += run * inner) {
        ptrdiff_t end = w->first + (ptrdiff_t)i + 1, begin = end - (ptrdiff_t)w->length;
        running high = running_at(w, inner, from, end), low = running_at(w, inner, from, begin);
        run = same_kind(w, begin, same_kind(w, end, w->count - i));
        if (inner == 1 && high.step == 0 && (low.step || !low.row))
            subtract_from_total(*high.row, low.row, run, to);
        else
            subtract(high, low, run, inner, to);
    }
}

void conv_windows_sum(const conv_window *axis, int rank, uint32_t *from, uint32_t *to) {
    for (int d = 0; d < rank; d++) {
        size_t outer = 1, inner = 1;
        for (int e = 0; e < d; e++)
            outer *= axis[e].count;
        for (int e = d + 1; e < rank; e++)
            inner *= axis[e].extent;
        for (size_t i = 0; i < outer; i++)
            sum_windows(&axis[d], inner, from + i * axis[d].extent * inner,
                        to + i * axis[d].count * inner);
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
}
