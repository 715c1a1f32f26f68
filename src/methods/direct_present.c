#include "methods/direct_present.h"

#include "base/memory.h"
#include "problem/extend.h"

/* How many positions from j on are all there, up to `most`; 0: X is absent at j. */
static size_t present_from(const conv_axis *axis, ptrdiff_t j, size_t most) {
    ptrdiff_t n = (ptrdiff_t)axis->n, period = (ptrdiff_t)axis->period;
    if (!conv_extend_has_absent(axis))
        return most;
    if (axis->extension != CONV_EXTEND_ZERO) {
        if (n == period)
            return most;
        j -= (j >= 0 ? j / period : -((period - 1 - j) / period)) * period;
    }
    return j < 0 || j >= n ? 0 : conv_min((size_t)(n - j), most);
}

typedef struct {
    const conv_direct_run *run;
    const conv_slide_box *box;
    const ptrdiff_t *origin;
} sum;

static void slide(const sum *s, const char *x, const char *c, size_t taps, char *y,
                  size_t outputs) {
    const conv_slide_kernels *slide = s->run->state->slide;
    const conv_problem *problem = s->run->task->problem;
    size_t step = problem->axis[problem->rank - 1].step;
    if (step == 1 || outputs == 1)
        slide->slide(x, c, taps, y, outputs, true);
    else
        slide->slide_step(x, c, taps, step, y, outputs, true);
}

/* One output under those of its taps that meet a sample, run by run. */
static void slide_runs(const sum *s, ptrdiff_t at, const char *x, const char *c, size_t taps,
                       char *y) {
    const conv_problem *problem = s->run->task->problem;
    const conv_axis *axis = &problem->axis[problem->rank - 1];
    size_t size = problem->elements->size, tap_size = problem->elements->tap_size;
    for (size_t t = 0, run; t < taps; t += run) {
        run = present_from(axis, at + (ptrdiff_t)t, taps - t);
        if (run > 0)
            slide(s, x + t * size, c + t * tap_size, run, y, 1);
        else
            run = 1;
    }
}

/* A line: outputs all of whose taps meet samples together. */
static void slide_line(const sum *s, const char *x, const char *c, char *y) {
    const conv_problem *problem = s->run->task->problem;
    int last = problem->rank - 1;
    const conv_axis *axis = &problem->axis[last];
    size_t size = problem->elements->size, count = s->box->count[last], taps = s->box->taps[last];
    for (size_t i = 0, run; i < count; i += run) {
        ptrdiff_t at = s->origin[last] + (ptrdiff_t)(i * axis->step);
        const char *from = x + i * axis->step * size;
        size_t there = present_from(axis, at, (count - i - 1) * axis->step + taps);
        run = there < taps ? 1 : (there - taps) / axis->step + 1;
        if (there < taps)
            slide_runs(s, at, from, c, taps, y + i * size);
        else
            slide(s, from, c, taps, y + i * size, run);
    }
}

static void slide_axis(const sum *s, int d, const char *x, const char *c, char *y) {
    const conv_problem *problem = s->run->task->problem;
    const conv_slide_box *box = s->box;
    const conv_axis *axis = &problem->axis[d];
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    ptrdiff_t tap_step = s->run->state->tap_stride[d] * (ptrdiff_t)problem->elements->tap_size;
    if (d == problem->rank - 1) {
        slide_line(s, x, c, y);
        return;
    }
    for (size_t i = 0; i < box->count[d]; i++)
        for (size_t p = 0; p < box->taps[d]; p++) {
            size_t at = i * axis->step + p;
            if (present_from(axis, s->origin[d] + (ptrdiff_t)at, 1))
                slide_axis(s, d + 1, x + (ptrdiff_t)at * box->x_stride[d] * size,
                           c + (ptrdiff_t)p * tap_step, y + (ptrdiff_t)i * box->y_stride[d] * size);
        }
}

void conv_direct_slide_present(const conv_direct_run *run, const conv_slide_box *box,
                               const ptrdiff_t *origin) {
    const sum s = {run, box, origin};
    slide_axis(&s, 0, box->x, box->c, box->y);
}
