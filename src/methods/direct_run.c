#include "methods/direct_run.h"

#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "methods/direct_present.h"
#include "problem/extend.h"

/* What the strips of a volume may take: outputs and the rows under them of as many planes of
 * samples as there are planes of taps. Strips begin and end, and kernels of several rows meet rows
 * of samples there that give no output: so many times the kernel's rows at least. */
#define STRIP_BYTES ((size_t)256 << 10)
#define STRIP_ROWS 8

size_t conv_direct_strip_height(const conv_problem *problem, size_t all, size_t cols,
                                const size_t *taps) {
    int last = problem->rank - 1;
    size_t row = conv_max(cols, 1) * problem->elements->size;
    size_t height = STRIP_BYTES / row / (taps[last - 2] + 1);
    height = conv_max(height, STRIP_ROWS * taps[last - 1]);
    size_t strips = (all + height - 1) / height;
    return (all + strips - 1) / strips;
}

static void slide_line(const conv_direct_run *run, const conv_slide_box *box, size_t step,
                       const char *x, const char *c, char *y, bool accumulate) {
    int last = run->task->problem->rank - 1;
    if (step == 1)
        run->state->slide->slide(x, c, box->taps[last], y, box->count[last], accumulate);
    else
        run->state->slide->slide_step(x, c, box->taps[last], step, y, box->count[last], accumulate);
}

/* The last two axes: one call where rows and taps are whole, else a row under a row of taps. */
static void slide_plane(const conv_direct_run *run, const conv_slide_box *box, const char *x,
                        const char *c, char *y, bool accumulate) {
    const conv_problem *problem = run->task->problem;
    int last = problem->rank - 1, rows = last - 1;
    size_t step = problem->axis[last].step, row_step = problem->axis[rows].step;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    ptrdiff_t tap_size = (ptrdiff_t)problem->elements->tap_size;
    ptrdiff_t x_stride = box->x_stride[rows], y_stride = box->y_stride[rows];
    if (step == 1 && row_step == 1 &&
        (box->taps[last] == problem->axis[last].m || box->taps[rows] == 1)) {
        if (problem->axis[last].m == 1)
            run->state->slide->slide_columns(x, x_stride, c, box->taps[rows], y, y_stride,
                                             box->count[rows], box->count[last], accumulate);
        else
            run->state->slide->slide_rows(x, x_stride, c, box->taps[rows], box->taps[last], y,
                                          y_stride, box->count[rows], box->count[last], accumulate);
        return;
    }
    for (size_t i = 0; i < box->count[rows]; i++)
        for (size_t p = 0; p < box->taps[rows]; p++)
            slide_line(run, box, step, x + (ptrdiff_t)(i * row_step + p) * x_stride * size,
                       c + (ptrdiff_t)p * run->state->tap_stride[rows] * tap_size,
                       y + (ptrdiff_t)i * y_stride * size, accumulate || p > 0);
}

bool conv_direct_takes_planes(const conv_problem *problem, const size_t *taps) {
    const int last = problem->rank - 1;
    for (int d = last; d > last - 2; d--)
        if (problem->axis[d].step != 1)
            return false;
    return taps[last] == problem->axis[last].m && taps[last - 1] == problem->axis[last - 1].m &&
           conv_slide_takes_planes(conv_dtype_is_complex(problem->kernel_dtype), taps[last - 2],
                                   taps[last - 1], taps[last]);
}

/* Rows of outputs from plane i of a strip. */
static void slide_planes(const conv_direct_run *run, const conv_slide_box *strip, size_t i,
                         const char *x, const char *c, char *y, bool accumulate) {
    const conv_problem *problem = run->task->problem;
    int last = problem->rank - 1, rows = last - 1, planes = rows - 1;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    ptrdiff_t at = (ptrdiff_t)(i * problem->axis[planes].step) * strip->x_stride[planes];
    run->state->slide->slide_planes(
        x + at * size, strip->x_stride[planes], strip->x_stride[rows], c, strip->taps[planes],
        strip->taps[rows], strip->taps[last], y + (ptrdiff_t)i * strip->y_stride[planes] * size,
        strip->y_stride[rows], strip->count[rows], strip->count[last], accumulate);
}

/* The last three axes, strip of rows by strip of rows: the planes of taps are added to outputs that
 * are still in the first-level cache, from samples that the planes of outputs before left in the
 * second-level one. The order of an output's sum is by planes of taps, whatever the strips; or that
 * of slide_planes, which takes these together. */
static void slide_volume(const conv_direct_run *run, const conv_slide_box *box, const char *x,
                         const char *c, char *y, bool accumulate) {
    const conv_problem *problem = run->task->problem;
    int planes = problem->rank - 3, rows = planes + 1;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    ptrdiff_t tap_size = (ptrdiff_t)problem->elements->tap_size;
    size_t step = problem->axis[planes].step, row_step = problem->axis[rows].step;
    size_t height =
        conv_direct_strip_height(problem, box->count[rows], box->count[rows + 1], box->taps);
    const bool together = conv_direct_takes_planes(problem, box->taps);
    conv_slide_box strip = *box;
    for (size_t row = 0; row < box->count[rows]; row += height) {
        const char *from = x + (ptrdiff_t)(row * row_step) * box->x_stride[rows] * size;
        char *to = y + (ptrdiff_t)row * box->y_stride[rows] * size;
        strip.count[rows] = conv_min(height, box->count[rows] - row);
        for (size_t i = 0; together && i < box->count[planes]; i++)
            slide_planes(run, &strip, i, from, c, to, accumulate);
        for (size_t i = 0; !together && i < box->count[planes]; i++)
            for (size_t p = 0; p < box->taps[planes]; p++)
                slide_plane(run, &strip,
                            from + (ptrdiff_t)(i * step + p) * box->x_stride[planes] * size,
                            c + (ptrdiff_t)p * run->state->tap_stride[planes] * tap_size,
                            to + (ptrdiff_t)i * box->y_stride[planes] * size, accumulate || p > 0);
    }
}

static void slide_axis(const conv_direct_run *run, const conv_slide_box *box, int d, const char *x,
                       const char *c, char *y, bool accumulate) {
    const conv_problem *problem = run->task->problem;
    if (d == problem->rank - 1) {
        slide_line(run, box, problem->axis[d].step, x, c, y, accumulate);
        return;
    }
    if (d == problem->rank - 2) {
        slide_plane(run, box, x, c, y, accumulate);
        return;
    }
    if (d == problem->rank - 3) {
        slide_volume(run, box, x, c, y, accumulate);
        return;
    }
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    ptrdiff_t tap_size = (ptrdiff_t)problem->elements->tap_size;
    for (size_t i = 0; i < box->count[d]; i++)
        for (size_t p = 0; p < box->taps[d]; p++)
            slide_axis(run, box, d + 1,
                       x + (ptrdiff_t)(i * problem->axis[d].step + p) * box->x_stride[d] * size,
                       c + (ptrdiff_t)p * run->state->tap_stride[d] * tap_size,
                       y + (ptrdiff_t)i * box->y_stride[d] * size, accumulate || p > 0);
}

static void slide(const conv_direct_run *run, const conv_slide_box *box) {
    slide_axis(run, box, 0, box->x, box->c, box->y, box->accumulate);
}

/* Whether no sample lies under the box of X from origin, on some axis: it adds nothing. */
static bool is_absent(const conv_problem *problem, const ptrdiff_t *origin, const size_t *extent) {
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        if (axis->extension == CONV_EXTEND_ZERO &&
            (origin[d] >= (ptrdiff_t)axis->n || origin[d] + (ptrdiff_t)extent[d] <= 0))
            return true;
    }
    return false;
}

void conv_direct_clear_rows(const conv_problem *problem, const conv_slide_box *box, int d,
                            char *y) {
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    if (d == problem->rank - 1) {
        memset(y, 0, box->count[d] * (size_t)size);
        return;
    }
    for (size_t i = 0; i < box->count[d]; i++)
        conv_direct_clear_rows(problem, box, d + 1, y + (ptrdiff_t)i * box->y_stride[d] * size);
}

/* One chunk of taps over one tile of outputs. */
void conv_direct_gather_and_slide(const conv_direct_run *run, const size_t *first,
                                  const size_t *tap, conv_slide_box *box) {
    const conv_problem *problem = run->task->problem;
    ptrdiff_t origin[CONV_MAX_RANK], tap_offset = 0;
    size_t extent[CONV_MAX_RANK];
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        origin[d] =
            axis->start + (ptrdiff_t)(first[d] * axis->step + tap[d]) - (ptrdiff_t)(axis->m - 1);
        extent[d] = (box->count[d] - 1) * axis->step + box->taps[d];
        tap_offset += (ptrdiff_t)tap[d] * run->state->tap_stride[d];
    }
    if (is_absent(problem, origin, extent))
        return;
    conv_contiguous_strides(problem->rank, extent, box->x_stride);
    conv_extend_gather(problem, run->signal, origin, extent, run->gathered, box->x_stride);
    box->x = run->gathered;
    box->c = (const char *)run->task->taps + tap_offset * (ptrdiff_t)problem->elements->tap_size;
    if (run->state->tap_by_tap) {
        if (!box->accumulate)
            conv_direct_clear_rows(problem, box, 0, box->y);
        conv_direct_slide_present(run, box, origin);
    } else {
        slide(run, box);
    }
    box->accumulate = true;
}

static char *output_at(const conv_direct_run *run, const size_t *index) {
    const conv_problem *problem = run->task->problem;
    return run->output + conv_output_offset(problem, index) * (ptrdiff_t)problem->elements->size;
}

static void edge_tile(const conv_direct_run *run, const size_t *first, const size_t *count) {
    const conv_problem *problem = run->task->problem;
    const conv_direct_state *state = run->state;
    size_t tap[CONV_MAX_RANK] = {0}, taps[CONV_MAX_RANK];
    static const size_t origin[CONV_MAX_RANK];
    conv_slide_box box = {.accumulate = false};
    bool in_place = problem->axis[problem->rank - 1].output_stride == 1;
    char *target = output_at(run, first);
    for (int d = 0; d < problem->rank; d++) {
        box.count[d] = count[d];
        box.y_stride[d] = problem->axis[d].output_stride;
        taps[d] = problem->axis[d].m;
    }
    if (!in_place)
        conv_contiguous_strides(problem->rank, count, box.y_stride);
    box.y = in_place ? target : run->result;
    do {
        for (int d = 0; d < problem->rank; d++)
            box.taps[d] = conv_min(state->chunk[d], taps[d] - tap[d]);
        conv_direct_gather_and_slide(run, first, tap, &box);
    } while (conv_next_box(problem->rank, origin, taps, state->chunk, tap));
    if (!box.accumulate)
        conv_direct_clear_rows(problem, &box, 0, box.y);
    if (!in_place)
        conv_copy_results(problem, count, box.y, box.y_stride, target);
}

void conv_direct_edge_box(const conv_direct_run *run, const size_t *begin, const size_t *end) {
    const conv_problem *problem = run->task->problem;
    const size_t *tile = run->state->tile;
    size_t index[CONV_MAX_RANK], count[CONV_MAX_RANK];
    for (int d = 0; d < problem->rank; d++)
        index[d] = begin[d];
    do {
        for (int d = 0; d < problem->rank; d++)
            count[d] = conv_min(tile[d], end[d] - index[d]);
        edge_tile(run, index, count);
    } while (conv_next_box(problem->rank, begin, end, tile, index));
}

void conv_direct_interior_box(const conv_direct_run *run, const size_t *begin, const size_t *end) {
    const conv_problem *problem = run->task->problem;
    conv_slide_box box = {.c = run->task->taps, .y = output_at(run, begin)};
    ptrdiff_t offset = 0;
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        offset += (axis->start + (ptrdiff_t)(begin[d] * axis->step) - (ptrdiff_t)(axis->m - 1)) *
                  axis->signal_stride;
        box.x_stride[d] = axis->signal_stride;
        box.y_stride[d] = axis->output_stride;
        box.count[d] = end[d] - begin[d];
        box.taps[d] = axis->m;
    }
    box.x = run->signal + offset * (ptrdiff_t)problem->elements->size;
    slide(run, &box);
}
