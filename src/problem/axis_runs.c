#include "problem/axis_runs.h"

#include <string.h>

#include "base/elements.h"
#include "base/memory.h"
#include "problem/extend.h"

/* The run that begins at a place whose sample is `index`: up to the signal's end inside, one place
 * outside. */
static conv_axis_run run_from(const conv_axis *axis, ptrdiff_t first, size_t place, size_t length) {
    ptrdiff_t j = first + (ptrdiff_t)place, n = (ptrdiff_t)axis->n;
    conv_axis_run run = {place, place + 1, conv_extend_index(axis, j), 0};
    if (j >= 0 && j < n) {
        run.end = conv_min(length, place + (size_t)(n - j));
        run.step = 1;
    }
    return run;
}

/* Whether the next one goes on where the run ends; a run of one place takes its step. */
static bool joins(conv_axis_run *run, const conv_axis_run *next) {
    ptrdiff_t last = run->index + (ptrdiff_t)(run->end - run->begin - 1) * run->step;
    ptrdiff_t step = next->index - last;
    bool is_one = run->end - run->begin == 1, is_next_one = next->end - next->begin == 1;
    if (run->index < 0 || next->index < 0)
        return run->index == next->index;
    if ((!is_one && step != run->step) || (!is_next_one && step != next->step) || step > 1 ||
        step < -1)
        return false;
    run->step = step;
    return true;
}

/* The runs, joined, into `to`, or only counted. */
static size_t walk(const conv_axis *axis, ptrdiff_t first, size_t length, conv_axis_run *to) {
    size_t count = 0;
    conv_axis_run open = {0};
    for (size_t place = 0; place < length;) {
        conv_axis_run next = run_from(axis, first, place, length);
        place = next.end;
        if (count && joins(&open, &next)) {
            open.end = next.end;
        } else {
            count++;
            open = next;
        }
        if (to)
            to[count - 1] = open;
    }
    return count;
}

bool conv_axis_runs_find(conv_axis_runs *runs, const conv_axis *axis, ptrdiff_t first,
                         size_t length) {
    runs->count = walk(axis, first, length, NULL);
    runs->run = conv_allocate(runs->count * sizeof *runs->run);
    if (!runs->run)
        return false;
    walk(axis, first, length, runs->run);
    return true;
}

void conv_axis_runs_end(conv_axis_runs *runs) {
    conv_free(runs->run);
    runs->run = NULL;
}

void conv_axis_runs_copy(const conv_axis_runs *runs, size_t begin, size_t count, const char *source,
                         ptrdiff_t stride, const char *fill, char *row, size_t size) {
    for (size_t i = 0; i < runs->count && runs->run[i].begin < begin + count; i++) {
        const conv_axis_run *run = &runs->run[i];
        size_t from = conv_max(run->begin, begin), to = conv_min(run->end, begin + count);
        if (from >= to)
            continue;
        char *target = row + (from - begin) * size;
        if (run->index == CONV_ABSENT) {
            memset(target, 0, (to - from) * size);
        } else if (run->index == CONV_FILLED) {
            conv_copy_row(target, 1, fill, 0, to - from, size);
        } else {
            ptrdiff_t index = run->index + (ptrdiff_t)(from - run->begin) * run->step;
            conv_copy_row(target, 1, source + index * stride * (ptrdiff_t)size, run->step * stride,
                          to - from, size);
        }
    }
}
