#include "problem/regions.h"

#include "base/memory.h"

static void axis_interior(const conv_axis *axis, size_t *begin, size_t *end) {
    ptrdiff_t reach = (ptrdiff_t)axis->m - 1, step = (ptrdiff_t)axis->step;
    ptrdiff_t first = axis->ends + reach - axis->start; /* in samples, from output 0 */
    ptrdiff_t last = (ptrdiff_t)axis->n - 1 - axis->ends - axis->start;
    ptrdiff_t count = (ptrdiff_t)axis->count;
    ptrdiff_t low = first > 0 ? first : 0, high = last >= 0 ? last + 1 : 0;
    if (step != 1) { /* divisions, which small sums would notice */
        low = (low + step - 1) / step;
        high = (high + step - 1) / step;
    }
    low = low < count ? low : count;
    high = high < count ? high : count;
    *begin = (size_t)low;
    *end = (size_t)(high > low ? high : low);
}

void conv_interior_find(const conv_problem *problem, conv_interior *interior) {
    for (int d = 0; d < problem->rank; d++)
        axis_interior(&problem->axis[d], &interior->begin[d], &interior->end[d]);
}

static bool is_empty(int rank, const size_t *begin, const size_t *end) {
    for (int d = 0; d < rank; d++)
        if (begin[d] >= end[d])
            return true;
    return false;
}

/* Peels the edges off axis by axis; what is left in the end is interior on all. */
void conv_regions_cut(int rank, const conv_interior *interior, size_t *begin, size_t *end,
                      conv_region_body *body, const void *context) {
    for (int d = 0; d < rank; d++) {
        size_t first = begin[d], last = end[d];
        size_t low = conv_min(conv_max(interior->begin[d], first), last);
        size_t high = conv_max(low, conv_min(interior->end[d], last));
        end[d] = low;
        if (!is_empty(rank, begin, end))
            body(context, begin, end, false);
        begin[d] = high;
        end[d] = last;
        if (!is_empty(rank, begin, end))
            body(context, begin, end, false);
        begin[d] = low;
        end[d] = high;
    }
    if (!is_empty(rank, begin, end))
        body(context, begin, end, true);
}

bool conv_next_box(int rank, const size_t *begin, const size_t *end, const size_t *size,
                   size_t *index) {
    for (int d = rank - 1; d >= 0; d--) {
        index[d] += size[d];
        if (index[d] < end[d])
            return true;
        index[d] = begin[d];
    }
    return false;
}

ptrdiff_t conv_output_offset(const conv_problem *problem, const size_t *index) {
    ptrdiff_t offset = 0;
    for (int d = 0; d < problem->rank; d++)
        offset += (ptrdiff_t)index[d] * problem->axis[d].output_stride;
    return offset;
}

static void copy_axis(const conv_problem *problem, int d, const size_t *count, const char *from,
                      const ptrdiff_t *from_stride, char *to) {
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    if (d == problem->rank - 1) {
        conv_copy_row(to, problem->axis[d].output_stride, from, 1, count[d], (size_t)size);
        return;
    }
    for (size_t i = 0; i < count[d]; i++)
        copy_axis(problem, d + 1, count, from + (ptrdiff_t)i * from_stride[d] * size, from_stride,
                  to + (ptrdiff_t)i * problem->axis[d].output_stride * size);
}

void conv_copy_results(const conv_problem *problem, const size_t *count, const char *from,
                       const ptrdiff_t *from_stride, char *to) {
    copy_axis(problem, 0, count, from, from_stride, to);
}
