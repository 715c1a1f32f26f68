/* The direct method on a volume with edges, under kernels whose planes of taps the loops take
 * together. Lines beyond the signal are pointers to other lines, what lies beyond the ends of all
 * lines is made up by the loops: nothing is gathered, and an output is stored once. */
#include "base/memory.h"
#include "methods/direct_run.h"
#include "problem/extend.h"

enum { PLANES, ROWS, COLUMNS };

/* Samples beyond an edge that are none of the signal have one value: constants beside absent ones
 * have two. */
static bool has_one_blank(const conv_problem *problem) {
    bool constant = false, absent = false;
    for (int d = 0; d < problem->rank; d++) {
        constant = constant || problem->axis[d].extension == CONV_EXTEND_CONSTANT;
        absent = absent || conv_extend_has_absent(&problem->axis[d]);
    }
    return !(constant && absent);
}

/* Bytes of a line of outputs, fewer of which do not pay for its pointers and ends: at 128 x 128 x 8
 * floats under 3^3 taps they would take three times as long as gathering all. */
#define LEAST_LINE 64

bool conv_direct_takes_volume(const conv_problem *problem) {
    if (problem->rank != 3 || !has_one_blank(problem))
        return false;
    size_t taps[CONV_MAX_RANK];
    for (int d = 0; d < 3; d++) {
        taps[d] = problem->axis[d].m;
        if (problem->axis[d].step != 1 || problem->axis[d].ends > 0)
            return false;
    }
    const conv_axis *cols = &problem->axis[COLUMNS];
    return conv_direct_takes_planes(problem, taps) && cols->signal_stride == 1 &&
           cols->output_stride == 1 && cols->count >= LEAST_LINE / problem->elements->size &&
           cols->m <= cols->n && cols->m <= CONV_COLUMNS_TAPS && conv_direct_reaches_little(cols);
}

void conv_direct_plan_volume(const conv_task *task, conv_direct_state *state, size_t room) {
    const conv_problem *problem = task->problem;
    conv_direct_volume *volume = &state->volume;
    *volume = (conv_direct_volume){.used = false};
    if (state->tap_by_tap || !conv_direct_takes_volume(problem))
        return;
    const conv_axis *rows = &problem->axis[ROWS], *cols = &problem->axis[COLUMNS];
    size_t taps[CONV_MAX_RANK], lines, bytes;
    for (int d = 0; d < 3; d++)
        taps[d] = problem->axis[d].m;
    volume->height = conv_direct_strip_height(problem, rows->count, cols->count, taps);
    if (!conv_multiply(volume->height + rows->m - 1, taps[PLANES] * sizeof(void *), &lines))
        return;
    volume->lines_bytes = conv_aligned_size(lines);
    volume->blank_bytes = conv_aligned_size(cols->n * problem->elements->size);
    bytes = volume->lines_bytes + volume->blank_bytes +
            conv_aligned_size(state->slide->slide_room(cols->m));
    volume->used = bytes <= room;
    if (volume->used)
        state->gather_bytes = bytes;
}

/* What lies beyond the signal's planes and lines. */
static void fill_blank(const conv_problem *problem, void *blank) {
    static const double zero[2] = {0, 0};
    bool constant = false;
    for (int d = 0; d < COLUMNS; d++)
        constant = constant || problem->axis[d].extension == CONV_EXTEND_CONSTANT;
    problem->elements->fill(blank, problem->axis[COLUMNS].n, constant ? problem->fill : zero);
}

/* The line of X at j of an axis, from where its line 0 lies; NULL: it is blank. */
static const char *line_at(const conv_problem *problem, int d, ptrdiff_t j, const char *origin) {
    const conv_axis *axis = &problem->axis[d];
    if (j < 0 || j >= (ptrdiff_t)axis->n)
        j = conv_extend_index(axis, j);
    return j < 0 || !origin ? NULL
                            : origin + j * axis->signal_stride * (ptrdiff_t)problem->elements->size;
}

/* The lines under rows row..row+count-1 of the plane of outputs `plane`. */
static void find_lines(const conv_direct_run *run, size_t plane, size_t row, size_t count,
                       const char *blank, const void **lines) {
    const conv_problem *problem = run->task->problem;
    const conv_axis *planes = &problem->axis[PLANES], *rows = &problem->axis[ROWS];
    for (size_t o = 0; o < planes->m; o++) {
        ptrdiff_t k = planes->start + (ptrdiff_t)(plane + o) - (ptrdiff_t)(planes->m - 1);
        const char *origin = line_at(problem, PLANES, k, run->signal);
        for (size_t r = 0; r < count + rows->m - 1; r++) {
            ptrdiff_t j = rows->start + (ptrdiff_t)(row + r) - (ptrdiff_t)(rows->m - 1);
            const char *line = line_at(problem, ROWS, j, origin);
            lines[r * planes->m + o] = line ? line : blank;
        }
    }
}

void conv_direct_volume_planes(const conv_direct_run *run, size_t begin, size_t end) {
    const conv_problem *problem = run->task->problem;
    const conv_direct_volume *volume = &run->state->volume;
    const conv_axis *planes = &problem->axis[PLANES], *rows = &problem->axis[ROWS];
    const conv_axis *cols = &problem->axis[COLUMNS];
    const void **lines = (const void **)(void *)run->gathered;
    char *blank = run->gathered + volume->lines_bytes, *room = blank + volume->blank_bytes;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    conv_line_ends ends;
    const ptrdiff_t ahead[2] = {planes->signal_stride, planes->output_stride};
    conv_direct_map_ends(problem, &ends);
    fill_blank(problem, blank);
    for (size_t row = 0, height; row < rows->count; row += height) {
        height = conv_min(volume->height, rows->count - row);
        for (size_t plane = begin; plane < end; plane++) {
            ptrdiff_t to =
                (ptrdiff_t)plane * planes->output_stride + (ptrdiff_t)row * rows->output_stride;
            find_lines(run, plane, row, height, blank, lines);
            run->state->slide->slide_volume(lines, &ends, cols->start - (ptrdiff_t)(cols->m - 1),
                                            run->task->taps, planes->m, rows->m, cols->m,
                                            run->output + to * size, rows->output_stride, height,
                                            cols->count, ahead, room);
        }
    }
}
