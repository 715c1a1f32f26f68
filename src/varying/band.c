#include "varying/band.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"

/* Widens group g to diagonals low..high; `count` is one past the highest until lay_out. */
static void widen(conv_band_group *group, ptrdiff_t low, ptrdiff_t high, bool *seen) {
    ptrdiff_t top = (ptrdiff_t)group->count + group->low;
    if (!*seen || low < group->low)
        group->low = low;
    if (!*seen || high + 1 > top)
        top = high + 1;
    group->count = (size_t)(top - group->low);
    *seen = true;
}

/* Entry (row, column) of the operator for all columns of a row of the one that gathers: where that
 * row is k, of the other one it is column k. */
static void extents(conv_band *band, const conv_row_rule *rule, const double *width, bool scatters,
                    bool *seen) {
    for (size_t k = 0; k < rule->n; k++) {
        size_t first, last, own = k / CONV_GROUP;
        conv_row_extent(rule, width[k], k, &first, &last);
        if (!scatters) {
            widen(&band->groups[own], (ptrdiff_t)first - (ptrdiff_t)k,
                  (ptrdiff_t)last - (ptrdiff_t)k, &seen[own]);
            continue;
        }
        for (size_t g = first / CONV_GROUP; g <= last / CONV_GROUP; g++) {
            size_t low = conv_max(first, g * CONV_GROUP);
            size_t high = conv_min(last, g * CONV_GROUP + CONV_GROUP - 1);
            widen(&band->groups[g], (ptrdiff_t)k - (ptrdiff_t)high, (ptrdiff_t)k - (ptrdiff_t)low,
                  &seen[g]);
        }
    }
}

static bool lay_out(conv_band *band, size_t *values) {
    *values = 0;
    for (size_t g = 0; g < band->group_count; g++) {
        conv_band_group *group = &band->groups[g];
        size_t size;
        ptrdiff_t highest = group->low + (ptrdiff_t)group->count - 1;
        group->at = *values;
        if (!conv_multiply(group->count, CONV_GROUP, &size) || !conv_add(*values, size, values))
            return false;
        if (group->low < band->lowest)
            band->lowest = group->low;
        if (highest > band->highest)
            band->highest = highest;
    }
    return true;
}

static void set_entry(conv_band *band, size_t row, size_t column, double value, bool is_double) {
    const conv_band_group *group = &band->groups[row / CONV_GROUP];
    size_t diagonal = (size_t)((ptrdiff_t)column - (ptrdiff_t)row - group->low);
    size_t at = group->at + diagonal * CONV_GROUP + row % CONV_GROUP;
    if (is_double)
        ((double *)band->values)[at] = value;
    else
        ((float *)band->values)[at] = (float)value;
}

static void fill(conv_band *band, const conv_row_rule *rule, const double *width, bool scatters,
                 bool is_double, double *weights, double *scratch) {
    for (size_t k = 0; k < rule->n; k++) {
        size_t first, last;
        conv_row_extent(rule, width[k], k, &first, &last);
        conv_row_fill(rule, width[k], k, weights, scratch);
        for (size_t j = first; j <= last; j++)
            set_entry(band, scatters ? j : k, scatters ? k : j, weights[j - first], is_double);
    }
}

static conv_status make_values(conv_band *band, const conv_row_rule *rule, const double *width,
                               bool scatters, bool is_double) {
    size_t count, bytes, size = is_double ? sizeof(double) : sizeof(float);
    double reach = 0;
    for (size_t k = 0; k < rule->n; k++)
        reach = fmax(reach, conv_tap_reach(&rule->taps, conv_row_width(rule, width[k])));
    size_t room = conv_row_scratch(rule, reach);
    if (!lay_out(band, &count) || !conv_multiply(count, size, &bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "a matrix of %zu rows is too large", rule->n);
    double *weights = conv_allocate(conv_times(rule->n, sizeof *weights));
    double *scratch = conv_allocate(conv_times(room, sizeof *scratch));
    band->values = conv_allocate(bytes);
    bool ok = weights && scratch && band->values;
    if (ok) {
        memset(band->values, 0, bytes);
        fill(band, rule, width, scatters, is_double, weights, scratch);
    }
    conv_free(weights);
    conv_free(scratch);
    return ok ? CONV_OK : conv_fail(CONV_ERR_MEMORY, "no memory for a matrix of %zu bytes", bytes);
}

conv_status conv_band_make(conv_band *band, const conv_row_rule *rule, const double *width,
                           bool scatters, bool is_double) {
    conv_status status = CONV_OK;
    size_t groups = (rule->n + CONV_GROUP - 1) / CONV_GROUP;
    *band = (conv_band){.group_count = groups};
    bool *seen = conv_allocate(groups * sizeof *seen);
    band->groups = conv_allocate(conv_times(groups, sizeof *band->groups));
    if (!seen || !band->groups) {
        status = conv_fail(CONV_ERR_MEMORY, "no memory for a matrix of %zu rows", rule->n);
    } else {
        memset(seen, 0, groups * sizeof *seen);
        memset(band->groups, 0, groups * sizeof *band->groups);
        extents(band, rule, width, scatters, seen);
        status = make_values(band, rule, width, scatters, is_double);
    }
    conv_free(seen);
    if (status != CONV_OK)
        conv_band_free(band);
    return status;
}

void conv_band_free(conv_band *band) {
    conv_free(band->groups);
    conv_free(band->values);
    *band = (conv_band){0};
}
