/* The weights of samples on any grid. The signal is the sum of f_j times a hat, 1 at x_j and 0 at
 * its neighbours; the weight of f_j at t is the integral of that hat against the kernel at t, of
 * t's width (GATHER) or of x_j's (SCATTER). The hat of an end sample is half a one. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "varying/forms.h"
#include "varying/hat_integrals.h"
#include "varying/irregular.h"

/* ---- images of a point, where the signal is reflected ---- */

/* Calls with every point whose kernel stands for that at t: t alone, or t reflected at both ends.
 */
typedef void image_body(void *context, double t);

static void each_image(const conv_irregular_rule *rule, double t, double width, image_body *body,
                       void *context) {
    if (rule->edge != CONV_VARYING_REFLECT || width == 0) {
        body(context, t);
        return;
    }
    double period = 2 * rule->span, from_first = t - rule->x[0], reach = rule->cut * width;
    long most = (long)ceil((reach + rule->span) / period);
    for (long m = -most; m <= most; m++) {
        double shift = (double)m * period;
        body(context, t + shift);
        body(context, rule->x[0] - from_first + shift);
    }
}

/* ---- one weight, one row ---- */

/* What samples j and j+1 weigh at t by the line between them. */
static void segment(const conv_irregular_rule *rule, size_t j, double t, double width,
                    double halves[2]) {
    double a = rule->x[j], b = rule->x[j + 1];
    halves[0] = halves[1] = 0;
    if (width > 0) {
        conv_hat_halves(rule->profile, CONV_HAT_KERNEL, (a - t) / width, (b - t) / width, halves);
    } else if (t >= a && (t < b || (t == b && j + 2 == rule->n))) {
        halves[0] = (b - t) / (b - a);
        halves[1] = (t - a) / (b - a);
    }
}

/* The lines between samples that a kernel of this reach at t meets: begin..end-1. */
static void met(const conv_irregular_rule *rule, double t, double reach, size_t *begin,
                size_t *end) {
    size_t n = rule->n, low = conv_irregular_first_from(rule->x, n, t - reach);
    size_t high = conv_irregular_first_from(rule->x, n, t + reach);
    *begin = low > 0 ? low - 1 : 0;
    *end = conv_min(high + (high < n && rule->x[high] == t + reach), n - 1);
    *end = conv_max(*begin, *end);
}

typedef struct {
    const conv_irregular_rule *rule;
    double width;
    size_t first, last; /* samples: found, or where row begins */
    double *row;
} gather;

static void widen_gather(void *context, double t) {
    gather *g = context;
    size_t begin, end;
    met(g->rule, t, g->rule->cut * g->width, &begin, &end);
    if (begin < end) {
        g->first = conv_min(g->first, begin);
        g->last = conv_max(g->last, end);
    }
}

static void add_gather(void *context, double t) {
    const gather *g = context;
    size_t begin, end;
    met(g->rule, t, g->rule->cut * g->width, &begin, &end);
    for (size_t j = begin; j < end; j++) {
        double halves[2];
        segment(g->rule, j, t, g->width, halves);
        g->row[j - g->first] += halves[0];
        g->row[j + 1 - g->first] += halves[1];
    }
}

/* CLAMP: what of the kernel lies outside counts for the end samples. */
static void add_outside(const conv_irregular_rule *rule, double t, double width, size_t count,
                        double *row) {
    double before = t - rule->x[0], behind = rule->x[rule->n - 1] - t, reach = rule->cut * width;
    if (width == 0) {
        row[0] += before < 0;
        row[count - 1] += behind < 0;
        return;
    }
    if (before < reach)
        row[0] += conv_hat_cumulative(rule->profile, -before / width);
    if (behind < reach)
        row[count - 1] += conv_hat_cumulative(rule->profile, -behind / width);
}

static bool is_clamped(const conv_irregular_rule *rule, size_t k, bool behind) {
    double reach = conv_irregular_reach(rule, k), t = rule->t[k];
    double inside = behind ? rule->x[rule->n - 1] - t : t - rule->x[0];
    return rule->edge == CONV_VARYING_CLAMP && (inside < reach || inside < 0);
}

/* Samples first..last of row k; none where first > last. */
static void gather_extent(const conv_irregular_rule *rule, size_t k, size_t *first, size_t *last) {
    gather g = {rule, conv_irregular_width(rule, k), rule->n, 0, NULL};
    each_image(rule, rule->t[k], g.width, widen_gather, &g);
    if (is_clamped(rule, k, false)) {
        g.first = 0;
        g.last = conv_max(g.last, 1);
    }
    if (is_clamped(rule, k, true)) {
        g.first = conv_min(g.first, rule->n - 2);
        g.last = rule->n - 1;
    }
    *first = g.first;
    *last = g.last;
}

/* Returns the sum that weights are divided by; 1 where they are not. */
static double gather_row(const conv_irregular_rule *rule, size_t k, size_t first, size_t count,
                         double *row) {
    gather g = {rule, conv_irregular_width(rule, k), first, first + count - 1, row};
    long double total = 0;
    each_image(rule, rule->t[k], g.width, add_gather, &g);
    if (rule->edge == CONV_VARYING_CLAMP)
        add_outside(rule, rule->t[k], g.width, count, row);
    /* By their sum also where it is 1 but for roundings: so that constants are kept to the last. */
    for (size_t j = 0; j < count; j++)
        total += (long double)row[j];
    for (size_t j = 0; j < count && rule->edge != CONV_VARYING_LOSE && total > 0; j++)
        row[j] = (double)((long double)row[j] / total);
    return (double)total;
}

/* ---- one column ---- */

static double hat_at(const conv_irregular_rule *rule, size_t j, double t, double width) {
    double before[2] = {0, 0}, behind[2] = {0, 0};
    if (j > 0)
        segment(rule, j - 1, t, width, before);
    if (j + 1 < rule->n)
        segment(rule, j, t, width, behind);
    return before[1] + behind[0];
}

static double support_begin(const conv_irregular_rule *rule, size_t j) {
    return rule->x[j > 0 ? j - 1 : 0];
}

static double support_end(const conv_irregular_rule *rule, size_t j) {
    return rule->x[conv_min(j + 1, rule->n - 1)];
}

/* Outputs begin..end-1 that sample j's kernel reaches. */
static void scatter_extent(const conv_irregular_rule *rule, size_t j, size_t *begin, size_t *end) {
    double reach = conv_irregular_reach(rule, j);
    double low = support_begin(rule, j) - reach, high = support_end(rule, j) + reach;
    if (rule->edge == CONV_VARYING_REFLECT) { /* what is folded back lies next to the ends */
        double first = rule->x[0], last = rule->x[rule->n - 1];
        double from_first = 2 * first - low, from_last = 2 * last - high;
        high = fmax(high, from_first > first ? from_first : high);
        low = fmin(low, from_last < last ? from_last : low);
    }
    *begin = conv_irregular_first_from(rule->t, rule->count, low);
    *end = conv_irregular_first_from(rule->t, rule->count, high);
    while (*end < rule->count && rule->t[*end] <= high)
        ++*end;
}

typedef struct {
    const conv_irregular_rule *rule;
    size_t j;
    double width, low, high, sum;
} scatter;

static void add_scatter(void *context, double t) {
    scatter *s = context;
    if (t >= s->low && t <= s->high)
        s->sum += hat_at(s->rule, s->j, t, s->width);
}

static double scatter_weight(const conv_irregular_rule *rule, size_t j, size_t k) {
    double reach = conv_irregular_reach(rule, j);
    scatter s = {rule,
                 j,
                 conv_irregular_width(rule, j),
                 support_begin(rule, j) - reach,
                 support_end(rule, j) + reach,
                 0};
    each_image(rule, rule->t[k], s.width, add_scatter, &s);
    return s.sum;
}

/* The share of sample j's mass that stays between the end samples. */
static double share_inside(const conv_irregular_rule *rule, size_t j) {
    double width = conv_irregular_width(rule, j), outside = 0;
    double first = rule->x[0], last = rule->x[rule->n - 1];
    if (width == 0)
        return 1;
    for (size_t s = j > 0 ? j - 1 : 0; s < conv_min(j + 1, rule->n - 1); s++) {
        double a = rule->x[s], b = rule->x[s + 1], left[2], right[2];
        conv_hat_halves(rule->profile, CONV_HAT_CUMULATIVE, (first - b) / width,
                        (first - a) / width, left); /* mirrored */
        conv_hat_halves(rule->profile, CONV_HAT_CUMULATIVE, (a - last) / width, (b - last) / width,
                        right);
        outside += width * (s == j ? left[1] + right[0] : left[0] + right[1]);
    }
    return 1 - outside / ((support_end(rule, j) - support_begin(rule, j)) / 2);
}

/* ---- all rows ---- */

static void find_extents(const conv_irregular_rule *rule, size_t *first, size_t *last) {
    for (size_t k = 0; k < rule->count; k++) {
        first[k] = rule->n;
        last[k] = 0;
        if (rule->form == CONV_GATHER)
            gather_extent(rule, k, &first[k], &last[k]);
    }
    for (size_t j = 0; j < rule->n && rule->form == CONV_SCATTER; j++) {
        size_t begin, end;
        scatter_extent(rule, j, &begin, &end);
        for (size_t k = begin; k < end; k++) {
            first[k] = conv_min(first[k], j);
            last[k] = conv_max(last[k], j);
        }
    }
}

static double fill_gather(const conv_irregular_rule *rule, const conv_irregular_rows *rows) {
    double off = 0;
    for (size_t k = 0; k < rule->count; k++) {
        size_t count = rows->start[k + 1] - rows->start[k];
        if (!conv_irregular_row_is_own(rows, k))
            continue;
        double total =
            count > 0 ? gather_row(rule, k, rows->first[k], count, conv_irregular_row(rows, k)) : 0;
        off = fmax(off, conv_irregular_gather_off(rule, k, count, total));
    }
    return off;
}

/* Sample j is in no row that is kept. */
static bool is_inner(const conv_irregular_rows *rows, size_t j) {
    size_t low = rows->alike, high = rows->alike_end;
    return low < high && j > rows->first[low] + rows->start[low + 1] - rows->start[low] &&
           j < rows->first[high - 1];
}

/* steps: count + 1 zeros. What outputs begin..end-1 are off by is added at begin, and taken back at
 * end. */
static double fill_scatter(const conv_irregular_rule *rule, const conv_irregular_rows *rows,
                           double *steps) {
    double off = 0, sum = 0, least = 1;
    for (size_t j = 0; j < rule->n; j++) {
        size_t begin, end;
        if (is_inner(rows, j))
            continue;
        double share = rule->edge == CONV_VARYING_RENORMALISE ? share_inside(rule, j) : 1, most = 0;
        scatter_extent(rule, j, &begin, &end);
        for (size_t k = begin; k < end; k++) {
            if (!conv_irregular_row_is_own(rows, k))
                continue;
            double weight = scatter_weight(rule, j, k);
            conv_irregular_row(rows, k)[j - rows->first[k]] = weight / share;
            most = fmax(most, fabs(weight));
        }
        least = fmin(least, share);
        double rounding = conv_irregular_scatter_rounding(rule, j, most, share);
        conv_irregular_add_range(steps, begin, end, rounding);
        if (!rule->even)
            conv_irregular_scatter_off(rule, j, begin, end, share, steps);
    }
    for (size_t k = 0; k < rule->count; k++)
        off = fmax(off, sum += steps[k]);
    return rule->even ? off + conv_irregular_even_off(rule, least) : off;
}

static double largest_row(const conv_irregular_rows *rows, size_t count) {
    double most = 0;
    for (size_t k = 0; k < count; k++) {
        const double *row = conv_irregular_row(rows, k);
        double sum = 0;
        for (size_t i = 0; i < rows->start[k + 1] - rows->start[k]; i++)
            sum += fabs(row[i]);
        most = fmax(most, sum);
        if (k == rows->alike && rows->alike_end > k)
            k = rows->alike_end - 1;
    }
    return most;
}

static size_t longest_row(const conv_irregular_rows *rows, size_t count) {
    size_t most = 0;
    for (size_t k = 0; k < count; k++)
        most = conv_max(most, rows->start[k + 1] - rows->start[k]);
    return most;
}

static conv_status fill(const conv_irregular_rule *rule, conv_irregular_rows *rows) {
    if (rule->form == CONV_GATHER) {
        rows->off = fill_gather(rule, rows);
    } else {
        size_t bytes = (rule->count + 1) * sizeof(double);
        double *steps = conv_allocate(bytes);
        if (!steps)
            return conv_fail(CONV_ERR_MEMORY, "no memory for %zu bounds", rule->count);
        memset(steps, 0, bytes);
        rows->off = fill_scatter(rule, rows, steps);
        conv_free(steps);
    }
    rows->largest = largest_row(rows, rule->count);
    rows->longest = longest_row(rows, rule->count);
    return CONV_OK;
}

conv_status conv_irregular_make_rows(conv_irregular_rows *rows, const conv_irregular_rule *rule) {
    conv_status status = CONV_OK;
    size_t count = rule->count, bytes = 0;
    size_t *last = conv_allocate(conv_times(count, sizeof *last));
    rows->start = conv_allocate(conv_times(count + 1, sizeof *rows->start));
    rows->first = conv_allocate(conv_times(count, sizeof *rows->first));
    if (!last || !rows->start || !rows->first) {
        status = conv_fail(CONV_ERR_MEMORY, "no memory for %zu rows", count);
    } else {
        find_extents(rule, rows->first, last);
        if (rule->even)
            conv_irregular_find_alike(rule, rows, last);
        if (!conv_varying_row_starts(count, rows->first, last, rows->start) ||
            !conv_multiply(conv_irregular_row_at(rows, count), sizeof *rows->values, &bytes))
            status = conv_fail(CONV_ERR_OVERFLOW, "a matrix of %zu rows is too large", count);
    }
    if (status == CONV_OK) {
        rows->values = conv_allocate(bytes + 1);
        if (rows->values) {
            memset(rows->values, 0, bytes);
            status = fill(rule, rows);
        } else {
            status = conv_fail(CONV_ERR_MEMORY, "no memory for %zu weights",
                               conv_irregular_row_at(rows, count));
        }
    }
    conv_free(last);
    if (status != CONV_OK)
        conv_irregular_free_rows(rows);
    return status;
}

void conv_irregular_free_rows(conv_irregular_rows *rows) {
    conv_free(rows->start);
    conv_free(rows->first);
    conv_free(rows->values);
    *rows = (conv_irregular_rows){0};
}
