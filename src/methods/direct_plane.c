/* The direct method on a plane with edges. Lines beyond the signal are pointers to other lines;
 * what lies beyond the ends of all lines is listed once, and made up by the loops where outputs
 * need it. So an output at an edge costs about what any output costs. */
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "methods/direct_run.h"
#include "problem/borders.h"
#include "problem/extend.h"

enum {
    BAND = 256,     /* rows of outputs whose lines are pointed to at a time */
    MOST_ROWS = 128 /* of a kernel: larger ones do not notice their edges */
};

bool conv_direct_reaches_little(const conv_axis *axis) {
    const ptrdiff_t most = CONV_COLUMNS_OUTSIDE / 2, n = (ptrdiff_t)axis->n;
    ptrdiff_t first = axis->start - (ptrdiff_t)(axis->m - 1);
    ptrdiff_t last = axis->start + (ptrdiff_t)(axis->count - 1);
    return first >= -most && last < n + most;
}

static bool is_plane(const conv_task *task, const conv_direct_state *state) {
    const conv_problem *problem = task->problem;
    if (problem->rank != 2 || state->tap_by_tap || !conv_borders_are_plain(problem))
        return false;
    for (int d = 0; d < 2; d++)
        if (problem->axis[d].step != 1 || problem->axis[d].ends > 0)
            return false;
    const conv_axis *rows = &problem->axis[0], *cols = &problem->axis[1];
    return cols->signal_stride == 1 && cols->output_stride == 1 && rows->m > 1 &&
           rows->m <= MOST_ROWS && cols->m <= cols->n && cols->m <= CONV_COLUMNS_TAPS &&
           rows->m * cols->m <= CONV_SLIDE_TAPS && conv_direct_reaches_little(cols);
}

void conv_direct_plan_plane(const conv_task *task, conv_direct_state *state, size_t room) {
    const conv_problem *problem = task->problem;
    conv_direct_plane *plane = &state->plane;
    *plane = (conv_direct_plane){.used = false};
    if (!is_plane(task, state))
        return;
    const conv_axis *rows = &problem->axis[0], *cols = &problem->axis[1];
    const conv_interior *in = &state->interior;
    if (in->begin[0] == 0 && in->end[0] == rows->count && in->begin[1] == 0 &&
        in->end[1] == cols->count)
        return;
    plane->lines_bytes = conv_aligned_size((BAND + rows->m - 1) * sizeof(void *));
    plane->blank_bytes =
        conv_borders_have_blank(problem) ? conv_aligned_size(cols->n * problem->elements->size) : 0;
    /* Where the first outputs leave the cache before the last ones are there. */
    plane->streams = conv_times(conv_times(rows->n, cols->n) + problem->outputs,
                                problem->elements->size) >= conv_cpu_last_cache();
    size_t bytes = plane->lines_bytes + plane->blank_bytes +
                   conv_aligned_size(state->slide->slide_room(cols->m));
    plane->used = bytes <= room;
    if (plane->used)
        state->gather_bytes = bytes;
}

void conv_direct_map_ends(const conv_problem *problem, conv_line_ends *ends) {
    const conv_axis *axis = &problem->axis[problem->rank - 1];
    const ptrdiff_t n = (ptrdiff_t)axis->n, first = axis->start - (ptrdiff_t)(axis->m - 1);
    const ptrdiff_t end = axis->start + (ptrdiff_t)axis->count;
    size_t blanks = CONV_COLUMNS_OUTSIDE; /* listed from the end */
    ends->n = axis->n;
    ends->copies = 0;
    for (ptrdiff_t j = first < 0 ? first : n; j < end; j = j == -1 ? n : j + 1) {
        ptrdiff_t index = conv_extend_index(axis, j);
        if (index < 0) {
            ends->to[--blanks] = j;
        } else {
            ends->to[ends->copies] = j;
            ends->from[ends->copies++] = index;
        }
    }
    ends->outside = ends->copies + CONV_COLUMNS_OUTSIDE - blanks;
    memmove(ends->to + ends->copies, ends->to + blanks,
            (CONV_COLUMNS_OUTSIDE - blanks) * sizeof *ends->to);
    memset(ends->blank, 0, sizeof ends->blank);
    if (axis->extension == CONV_EXTEND_CONSTANT)
        problem->elements->fill(ends->blank, 1, problem->fill);
}

void conv_direct_plane_rows(const conv_direct_run *run, size_t begin, size_t end) {
    const conv_problem *problem = run->task->problem;
    const conv_direct_plane *plane = &run->state->plane;
    const conv_axis *rows = &problem->axis[0], *cols = &problem->axis[1];
    const void **lines = (const void **)(void *)run->gathered;
    char *blank = run->gathered + plane->lines_bytes, *room = blank + plane->blank_bytes;
    conv_line_ends ends;
    conv_direct_map_ends(problem, &ends);
    if (plane->blank_bytes)
        conv_borders_blank(problem, blank);
    for (size_t height; begin < end; begin += height) {
        height = conv_min(end - begin, BAND);
        conv_borders_lines(problem, run->signal,
                           rows->start + (ptrdiff_t)begin - (ptrdiff_t)(rows->m - 1),
                           height + rows->m - 1, blank, lines);
        run->state->slide->slide_lines(lines, &ends, cols->start - (ptrdiff_t)(cols->m - 1),
                                       run->task->taps, rows->m, cols->m,
                                       run->output + (ptrdiff_t)begin * rows->output_stride *
                                                         (ptrdiff_t)problem->elements->size,
                                       rows->output_stride, height, cols->count,
                                       plane->streams ? CONV_SLIDE_STREAMS : 0, room);
    }
}
