#include "methods/row_block.h"

#include "base/memory.h"
#include "problem/extend.h"

/* Beside what is beyond a row's ends, for vectors of any level. */
#define SLACK CONV_ALIGNMENT
/* Places beyond an end: more are not worth the rows. */
#define MOST_BEYOND 4096

/* Adds the place `to`, which lies beyond an end and comes after the others there. False: too many
 * runs, or an element that is not there. */
static bool add_place(conv_row_ends *ends, const conv_axis *axis, ptrdiff_t first, ptrdiff_t last,
                      ptrdiff_t to) {
    ptrdiff_t from = conv_extend_index(axis, to), way = to < first ? -1 : 1;
    conv_row_run *run = ends->count ? &ends->run[ends->count - 1] : NULL;
    if (from >= 0 && (from < first || from >= last))
        return false;
    bool goes_on = run && run->way == way && (run->from < 0) == (from < 0);
    if (goes_on && from >= 0) {
        ptrdiff_t step = from - (run->from + first + run->step * (ptrdiff_t)(run->length - 1));
        if (run->length == 1 && step >= -1 && step <= 1)
            run->step = step;
        goes_on = step == run->step;
    }
    if (goes_on) {
        run->length++;
        return true;
    }
    if (ends->count == CONV_ROW_RUNS)
        return false;
    ends->run[ends->count++] = (conv_row_run){
        .to = to - first, .from = from < 0 ? -1 : from - first, .length = 1, .way = way};
    return true;
}

bool conv_row_block_plan(const conv_problem *problem, int d, conv_row_block *block) {
    const conv_axis *axis = &problem->axis[d];
    ptrdiff_t low = axis->start - (ptrdiff_t)(axis->m - 1), n = (ptrdiff_t)axis->n;
    ptrdiff_t high = axis->start + (ptrdiff_t)axis->count;
    ptrdiff_t first = low > 0 ? low : 0, last = high < n ? high : n;
    if (first >= last || first - low > MOST_BEYOND || high - last > MOST_BEYOND)
        return false;
    block->first = (size_t)first;
    block->inside = (size_t)(last - first);
    block->before = (size_t)(first - low);
    block->ends.count = 0;
    for (ptrdiff_t to = first - 1; to >= low; to--)
        if (!add_place(&block->ends, axis, first, last, to))
            return false;
    for (ptrdiff_t to = last; to < high; to++)
        if (!add_place(&block->ends, axis, first, last, to))
            return false;
    size_t size = problem->elements->size, line = CONV_ALIGNMENT / size;
    block->lead = (block->before + line - 1) / line * line + SLACK / size;
    size_t after = (size_t)(high - last);
    block->pitch = (block->lead + block->inside + after + line - 1) / line * line + SLACK / size;
    return true;
}
