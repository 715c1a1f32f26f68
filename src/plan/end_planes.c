#include "plan/end_planes.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"

/* ---- groups ---- */

static size_t groups_in(const conv_end_groups *group, size_t row) {
    return group->first_group[row + 1] - group->first_group[row];
}

static const conv_end_term *row_terms(const conv_end_rows *rows, size_t row) {
    return rows->term + rows->row[row].first;
}

static size_t place_tap(conv_end_groups *group, size_t tap) {
    for (size_t t = 0; t < group->tap_count; t++)
        if (group->tap[t] == tap)
            return t;
    group->tap[group->tap_count] = tap;
    return group->tap_count++;
}

/* Where the position stands among those that are known; it is added where it is new. */
static size_t place_position(conv_end_groups *group, ptrdiff_t position) {
    for (size_t p = 0; p < group->positions; p++)
        if (group->position[p] == position)
            return p;
    group->position[group->positions] = position;
    return group->positions++;
}

static void find_entries(conv_end_groups *group) {
    group->entries = group->tap_count;
    for (size_t g = 0; g < group->groups; g++) {
        size_t first = group->first_term[g];
        group->entry[g] = group->tap_place[first];
        if (group->first_term[g + 1] - first > 1) {
            group->sum_group[group->entries - group->tap_count] = g;
            group->entry[g] = group->entries++;
        }
    }
}

static conv_status make_groups(conv_end_groups *group, const conv_end_rows *rows) {
    *group = (conv_end_groups){.rows = rows};
    size_t terms = rows->terms + 1;
    size_t *numbers = conv_allocate((6 * terms + rows->rows + 1) * sizeof *numbers);
    group->numbers = numbers;
    group->position = conv_allocate(terms * sizeof *group->position);
    if (!numbers || !group->position)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a rule's end corrections");
    group->first_term = numbers;
    group->place = numbers + terms;
    group->tap = numbers + 2 * terms;
    group->tap_place = numbers + 3 * terms;
    group->entry = numbers + 4 * terms;
    group->sum_group = numbers + 5 * terms;
    group->first_group = numbers + 6 * terms;
    for (size_t r = 0; r < rows->rows; r++) {
        const conv_end_term *term = row_terms(rows, r);
        group->first_group[r] = group->groups;
        for (size_t t = 0; t < rows->row[r].count; t++) {
            group->tap_place[rows->row[r].first + t] = place_tap(group, term[t].tap);
            if (t > 0 && term[t].position == term[t - 1].position)
                continue;
            group->first_term[group->groups] = rows->row[r].first + t;
            group->place[group->groups++] = place_position(group, term[t].position);
        }
    }
    group->first_group[rows->rows] = group->groups;
    group->first_term[group->groups] = rows->terms;
    find_entries(group);
    return CONV_OK;
}

static void end_groups(conv_end_groups *group) {
    conv_free(group->numbers);
    conv_free(group->position);
}

/* ---- shape ---- */

/* Transforms of the axes that are left go over all of them up to this length; else by blocks. */
static size_t longest(int rank) {
    static const size_t length[] = {4096, 512, 128};
    return length[rank < 3 ? rank - 1 : 2];
}

static bool clips(const conv_axis *axis) {
    return axis->extension == CONV_EXTEND_ZERO;
}

static bool range_of(const conv_axis *axis, size_t begin, size_t count, conv_end_range *range) {
    ptrdiff_t k = axis->start + (ptrdiff_t)begin, last = k + (ptrdiff_t)count - 1;
    ptrdiff_t low = k - (ptrdiff_t)(axis->m - 1), high = last;
    if (clips(axis)) {
        low = low < 0 ? 0 : low;
        high = high > (ptrdiff_t)axis->n - 1 ? (ptrdiff_t)axis->n - 1 : high;
        k = k < low ? low : k;
    }
    if (low > high || k > last)
        return false;
    *range =
        (conv_end_range){low, (size_t)(high - low) + 1, (size_t)(k - low), (size_t)(last - k) + 1};
    return true;
}

/* What is shorter would wrap samples around into results that are wanted. */
static size_t least_length(const conv_axis *axis, const conv_end_range *range) {
    size_t wrapped = range->samples + axis->m - 1;
    wrapped -= conv_min(wrapped, range->first);
    return conv_max(range->first + range->count,
                    conv_max(wrapped, conv_max(range->samples, axis->m)));
}

static size_t fast_length(const conv_end_planes *planes, int d, size_t at_least) {
    return conv_transform_length(CONV_BACKEND_RING, planes->compute, at_least,
                                 conv_axis_kind_of(d, planes->rest.rank));
}

/* The lengths, blocks and reach; false where there is no such length. */
static bool find_shape(conv_end_planes *planes) {
    const conv_problem *rest = &planes->rest;
    for (int d = 0; d < rest->rank; d++) {
        const conv_axis *axis = &rest->axis[d];
        conv_end_range all;
        planes->reach[d] = planes->block[d] = (axis->count - 1) * axis->step + 1;
        planes->origin[d] = 0;
        /* No output may meet a sample; the taps are transformed all the same. */
        size_t needed =
            range_of(axis, 0, planes->reach[d], &all) ? least_length(axis, &all) : axis->m;
        size_t most = conv_max(longest(rest->rank), 4 * axis->m);
        planes->length[d] = fast_length(planes, d, conv_min(needed, most));
        if (planes->length[d] == 0)
            return false;
        if (needed > planes->length[d])
            planes->block[d] = planes->length[d] - axis->m + 1;
    }
    return true;
}

bool conv_end_planes_range(const conv_end_planes *planes, int d, size_t begin,
                           conv_end_range *range) {
    size_t count = conv_min(planes->block[d], planes->reach[d] - begin);
    return range_of(&planes->rest.axis[d], begin, count, range);
}

void conv_end_planes_lattice(const conv_axis *axis, ptrdiff_t k, size_t count, size_t *first,
                             size_t *end) {
    size_t before = (size_t)(k - axis->start), step = axis->step;
    *first = (before + step - 1) / step;
    *end = conv_min((before + count - 1) / step + 1, axis->count);
}

/* ---- planes ---- */

static void leave_axes(conv_end_planes *planes, unsigned axes) {
    const conv_problem *whole = planes->whole;
    conv_problem *rest = &planes->rest;
    *rest = *whole;
    rest->rank = 0;
    rest->taps = rest->outputs = 1;
    for (int d = 0; d < whole->rank; d++) {
        if (axes >> d & 1) {
            planes->axis[planes->axes++] = d;
            continue;
        }
        planes->rest_axis[rest->rank] = d;
        rest->axis[rest->rank++] = whole->axis[d];
        rest->taps *= whole->axis[d].m;
        rest->outputs *= whole->axis[d].count;
    }
}

static size_t most_groups(const conv_end_groups *group) {
    size_t most = 0;
    for (size_t r = 0; r < group->rows->rows; r++)
        most = conv_max(most, groups_in(group, r));
    return most;
}

conv_status conv_end_planes_make(conv_end_planes *planes, const conv_task *task, unsigned axes,
                                 const conv_end_rows *rows) {
    conv_status status = CONV_OK;
    bool fits = true;
    planes->whole = task->problem;
    planes->compute = conv_task_compute(task);
    planes->level = task->wishes->level;
    planes->axes = 0;
    leave_axes(planes, axes);
    planes->planes = planes->combinations = planes->corrected = planes->most_products = 1;
    memset(planes->group, 0, sizeof planes->group);
    for (int i = 0; i < planes->axes; i++) {
        conv_end_groups *group = &planes->group[i];
        status = make_groups(group, &rows[planes->axis[i]]);
        if (status != CONV_OK)
            break;
        fits = fits && conv_multiply(planes->planes, group->positions, &planes->planes) &&
               conv_multiply(planes->combinations, group->entries, &planes->combinations) &&
               conv_multiply(planes->corrected, group->rows->rows, &planes->corrected) &&
               conv_multiply(planes->most_products, most_groups(group), &planes->most_products);
    }
    for (size_t i = (size_t)planes->axes, radix = 1; i-- > 0 && fits;
         radix *= planes->group[i].entries)
        planes->radix[i] = radix;
    if (status == CONV_OK && !(fits && find_shape(planes)))
        status = conv_fail(CONV_ERR_OVERFLOW, "a rule's end corrections are too many");
    return status;
}

void conv_end_planes_end(conv_end_planes *planes) {
    for (int i = 0; i < planes->axes; i++)
        end_groups(&planes->group[i]);
}

ptrdiff_t conv_end_planes_offset(const conv_end_planes *planes, size_t plane) {
    ptrdiff_t offset = 0;
    for (int i = planes->axes - 1; i >= 0; i--) {
        const conv_end_groups *group = &planes->group[i];
        offset += group->position[plane % group->positions] * group->rows->axis->signal_stride;
        plane /= group->positions;
    }
    return offset;
}

ptrdiff_t conv_end_planes_begin(const conv_end_planes *planes, size_t corrected) {
    ptrdiff_t offset = 0;
    for (int i = planes->axes - 1; i >= 0; i--) {
        const conv_end_rows *rows = planes->group[i].rows;
        size_t row = corrected % rows->rows;
        offset += (ptrdiff_t)rows->row[row].index * rows->axis->output_stride;
        corrected /= rows->rows;
    }
    return offset;
}

bool conv_end_planes_next(const conv_end_planes *planes, size_t corrected,
                          conv_end_product *product) {
    size_t step = product->step++, plane_radix = 1, combination_radix = 1;
    product->plane = product->combination = 0;
    product->weight = 1;
    for (int i = planes->axes - 1; i >= 0; i--) {
        const conv_end_groups *group = &planes->group[i];
        size_t row = corrected % group->rows->rows, groups = groups_in(group, row);
        if (groups == 0)
            return false;
        size_t chosen = group->first_group[row] + step % groups;
        product->plane += plane_radix * group->place[chosen];
        product->combination += combination_radix * group->entry[chosen];
        if (group->entry[chosen] < group->tap_count)
            product->weight *= group->rows->term[group->first_term[chosen]].weight;
        step /= groups;
        corrected /= group->rows->rows;
        plane_radix *= group->positions;
        combination_radix *= group->entries;
    }
    return step == 0;
}

/* ---- taps ---- */

/* Which of the entries of axis i the combination has. */
static size_t entry_of(const conv_end_planes *planes, size_t combination, int i) {
    return combination / planes->radix[i] % planes->group[i].entries;
}

int conv_end_planes_sum(const conv_end_planes *planes, size_t combination) {
    for (int i = planes->axes - 1; i >= 0; i--)
        if (entry_of(planes, combination, i) >= planes->group[i].tap_count)
            return i;
    return -1;
}

/* Copies axis d and all after it, of which the corrected ones are held at their taps. */
static double *load_axis(const conv_end_planes *planes, const size_t *held, int d,
                         const double *taps, size_t tap, double *to) {
    const conv_problem *whole = planes->whole;
    if (d == whole->rank) {
        *to = taps[tap];
        return to + 1;
    }
    size_t m = whole->axis[d].m;
    if (held[d] == SIZE_MAX && d == whole->rank - 1) {
        memcpy(to, taps + tap * m, m * sizeof *to);
        return to + m;
    }
    if (held[d] != SIZE_MAX)
        return load_axis(planes, held, d + 1, taps, tap * m + held[d], to);
    for (size_t i = 0; i < m; i++)
        to = load_axis(planes, held, d + 1, taps, tap * m + i, to);
    return to;
}

void conv_end_planes_load(const conv_end_planes *planes, size_t combination, const double *widened,
                          int parts, int exponent, double *plane) {
    size_t held[CONV_MAX_RANK], taps = planes->rest.taps;
    for (int d = 0; d < planes->whole->rank; d++)
        held[d] = SIZE_MAX;
    for (int i = 0; i < planes->axes; i++)
        held[planes->axis[i]] = planes->group[i].tap[entry_of(planes, combination, i)];
    for (int part = 0; part < parts; part++)
        load_axis(planes, held, 0, widened + (size_t)part * planes->whole->taps, 0,
                  plane + (size_t)part * taps);
    for (size_t i = 0; i < taps * (size_t)parts && exponent; i++)
        plane[i] = ldexp(plane[i], -exponent);
}

bool conv_end_planes_part(const conv_end_planes *planes, size_t combination, int i,
                          conv_end_part *part) {
    const conv_end_groups *group = &planes->group[i];
    if (part->step++ == 0) {
        size_t entry = entry_of(planes, combination, i);
        size_t chosen = group->sum_group[entry - group->tap_count];
        part->others = combination - entry * planes->radix[i];
        part->term = group->first_term[chosen];
        part->end = group->first_term[chosen + 1];
    }
    if (part->term == part->end)
        return false;
    part->weight = group->rows->term[part->term].weight;
    part->combination = part->others + group->tap_place[part->term++] * planes->radix[i];
    return true;
}
