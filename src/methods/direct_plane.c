/* The direct method on a plane with edges. Lines beyond the signal are pointers to other lines;
 * outputs whose columns reach beyond it lie in a block at either side, whose samples are gathered;
 * all others are computed in place. So an output at an edge costs what any output costs, and the
 * samples of its block once more. */
#include <string.h>

#include "base/memory.h"
#include "methods/direct_run.h"
#include "problem/borders.h"
#include "problem/extend.h"

enum {
    BAND = 256,      /* rows of outputs whose lines are pointed to at a time */
    MOST_ROWS = 128, /* of a kernel: larger ones do not notice their edges */
    MOST_COLUMNS = 128,
    BLOCK_BYTES = 64, /* of outputs: a vector at least, of any level */
    FEW_BLOCKS = 5, /* in a row: it is gathered whole. (Measured: 3x3, f32, 64^2: 0.30 ns an output
                     * against 0.39; at 128^2 no difference.) */
    GATHER_BYTES = 24576 /* about what a block's lines take of the first-level cache */
};

/* Samples beyond either end of a line that its outputs reach. */
static bool reaches_little(const conv_axis *axis) {
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
           rows->m <= MOST_ROWS && cols->m <= cols->n && cols->m <= MOST_COLUMNS &&
           rows->m * cols->m <= CONV_SLIDE_TAPS && reaches_little(cols);
}

void conv_direct_plan_plane(const conv_task *task, conv_direct_state *state, size_t room) {
    const conv_problem *problem = task->problem;
    conv_direct_plane *plane = &state->plane;
    *plane = (conv_direct_plane){.used = false};
    if (!is_plane(task, state))
        return;
    const conv_axis *rows = &problem->axis[0], *cols = &problem->axis[1];
    const size_t size = problem->elements->size, vector = BLOCK_BYTES / size;
    const size_t before = state->interior.begin[1], after = cols->count - state->interior.end[1];
    const size_t widest = conv_max(before, after);
    if (before == 0 && after == 0 && state->interior.begin[0] == 0 &&
        state->interior.end[0] == rows->count)
        return;
    if (widest > 0) {
        plane->width = (widest + vector - 1) / vector * vector;
        plane->blocks = 2;
        if (cols->count < FEW_BLOCKS * plane->width) {
            plane->width = cols->count;
            plane->blocks = 1;
        }
    }
    /* What lies inside the signal begins a cache line, so that copying it crosses none. */
    const size_t extent = plane->width + cols->m - 1;
    plane->lead = (before + vector - 1) / vector * vector - before;
    plane->apart = (plane->lead + extent + vector - 1) / vector * vector - plane->lead;
    plane->pitch = (plane->lead + (plane->blocks > 1 ? plane->apart : 0) + extent + vector - 1) /
                   vector * vector;
    plane->height = BAND;
    if (plane->blocks) {
        size_t fit = GATHER_BYTES / (plane->pitch * size);
        plane->height = conv_min(BAND, conv_max(fit, 3 * rows->m));
    }
    plane->lines_bytes = conv_aligned_size((BAND + rows->m - 1) * sizeof(void *));
    plane->blank_bytes = conv_borders_have_blank(problem) ? conv_aligned_size(cols->n * size) : 0;
    size_t bytes = plane->lines_bytes + plane->blank_bytes +
                   conv_aligned_size((plane->height + rows->m - 1) * plane->pitch * size);
    plane->used = bytes <= room;
    if (plane->used)
        state->gather_bytes = bytes;
}

/* The columns origin..origin+extent-1 of X. */
static void map_columns(const conv_problem *problem, ptrdiff_t origin, size_t extent,
                        conv_slide_columns *columns) {
    const conv_axis *axis = &problem->axis[1];
    const ptrdiff_t n = (ptrdiff_t)axis->n;
    size_t begin = origin >= 0 ? 0 : conv_min((size_t)-origin, extent);
    size_t end = conv_max(begin, origin >= n ? 0 : conv_min((size_t)(n - origin), extent));
    size_t blanks = CONV_COLUMNS_OUTSIDE; /* listed from the end */
    columns->before = begin;
    columns->inside = end - begin;
    columns->source = origin + (ptrdiff_t)begin;
    columns->copies = 0;
    for (size_t i = begin > 0 ? 0 : end; i < extent; i = i + 1 == begin ? end : i + 1) {
        ptrdiff_t index = conv_extend_index(axis, origin + (ptrdiff_t)i);
        if (index < 0) {
            columns->to[--blanks] = i;
        } else {
            columns->to[columns->copies] = i;
            columns->from[columns->copies++] = index;
        }
    }
    columns->outside = columns->copies + CONV_COLUMNS_OUTSIDE - blanks;
    memmove(columns->to + columns->copies, columns->to + blanks,
            (CONV_COLUMNS_OUTSIDE - blanks) * sizeof *columns->to);
    memset(columns->blank, 0, sizeof columns->blank);
    if (axis->extension == CONV_EXTEND_CONSTANT)
        problem->elements->fill(columns->blank, 1, problem->fill);
}

typedef struct {
    const conv_direct_run *run;
    conv_slide_columns columns[2];
    const void **lines;
    char *blank, *gathered;
} plane_run;

static char *output_row(const plane_run *p, size_t row) {
    const conv_problem *problem = p->run->task->problem;
    return p->run->output +
           (ptrdiff_t)row * problem->axis[0].output_stride * (ptrdiff_t)problem->elements->size;
}

/* Rows of the band, from line `line` of it on, at both sides. */
static void slide_blocks(const plane_run *p, size_t line, size_t rows, char *y) {
    const conv_problem *problem = p->run->task->problem;
    const conv_direct_plane *plane = &p->run->state->plane;
    const conv_slide_kernels *slide = p->run->state->slide;
    const conv_axis *above = &problem->axis[0], *cols = &problem->axis[1];
    const size_t size = problem->elements->size;
    for (size_t b = 0; b < plane->blocks; b++)
        slide->slide_block(&p->columns[b], p->lines + line, rows + above->m - 1,
                           p->gathered + b * plane->apart * size, (ptrdiff_t)plane->pitch);
    if (plane->blocks == 1)
        slide->slide_rows(p->gathered, (ptrdiff_t)plane->pitch, p->run->task->taps, above->m,
                          cols->m, y, above->output_stride, rows, plane->width, false);
    else
        slide->slide_pair(p->gathered, (ptrdiff_t)plane->pitch, plane->apart, p->run->task->taps,
                          above->m, cols->m, y, above->output_stride, cols->count - plane->width,
                          rows, plane->width);
}

static void slide_band(const plane_run *p, size_t first, size_t rows) {
    const conv_problem *problem = p->run->task->problem;
    const conv_direct_plane *plane = &p->run->state->plane;
    const conv_axis *above = &problem->axis[0], *cols = &problem->axis[1];
    const size_t left = plane->blocks ? plane->width : 0, sides = plane->blocks * plane->width;
    const ptrdiff_t origin = cols->start - (ptrdiff_t)(cols->m - 1);
    conv_borders_lines(problem, p->run->signal,
                       above->start + (ptrdiff_t)first - (ptrdiff_t)(above->m - 1),
                       rows + above->m - 1, p->blank, p->lines);
    for (size_t done = 0, height; plane->blocks && done < rows; done += height) {
        height = conv_min(plane->height, rows - done);
        slide_blocks(p, done, height, output_row(p, first + done));
    }
    if (sides < cols->count)
        p->run->state->slide->slide_lines(p->lines, (size_t)(origin + (ptrdiff_t)left),
                                          p->run->task->taps, above->m, cols->m,
                                          output_row(p, first) + left * problem->elements->size,
                                          above->output_stride, rows, cols->count - sides);
}

void conv_direct_plane_rows(const conv_direct_run *run, size_t begin, size_t end) {
    const conv_problem *problem = run->task->problem;
    const conv_direct_plane *plane = &run->state->plane;
    const conv_axis *cols = &problem->axis[1];
    plane_run p;
    p.run = run;
    p.lines = (const void **)(void *)run->gathered;
    p.blank = run->gathered + plane->lines_bytes;
    p.gathered = p.blank + plane->blank_bytes + plane->lead * problem->elements->size;
    if (plane->blank_bytes)
        conv_borders_blank(problem, p.blank);
    for (size_t b = 0; b < plane->blocks; b++)
        map_columns(problem,
                    cols->start - (ptrdiff_t)(cols->m - 1) +
                        (ptrdiff_t)(b * (cols->count - plane->width)),
                    plane->width + cols->m - 1, &p.columns[b]);
    for (size_t rows; begin < end; begin += rows) {
        rows = conv_min(end - begin, BAND);
        slide_band(&p, begin, rows);
    }
}
