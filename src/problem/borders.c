#include "problem/borders.h"

#include "problem/extend.h"

/* Of the lines of a plane, and of the samples of a line. */
enum { LINES, SAMPLES };

bool conv_borders_are_plain(const conv_problem *problem) {
    return problem->axis[SAMPLES].extension != CONV_EXTEND_CONSTANT ||
           !conv_extend_has_absent(&problem->axis[LINES]);
}

bool conv_borders_have_blank(const conv_problem *problem) {
    const conv_axis *axis = &problem->axis[LINES];
    return axis->extension == CONV_EXTEND_CONSTANT || conv_extend_has_absent(axis);
}

void conv_borders_blank(const conv_problem *problem, void *blank) {
    static const double zero[2] = {0, 0};
    bool filled = problem->axis[LINES].extension == CONV_EXTEND_CONSTANT;
    problem->elements->fill(blank, problem->axis[SAMPLES].n, filled ? problem->fill : zero);
}

void conv_borders_lines(const conv_problem *problem, const void *signal, ptrdiff_t first,
                        size_t count, const void *blank, const void **lines) {
    const conv_axis *axis = &problem->axis[LINES];
    const ptrdiff_t pitch = axis->signal_stride * (ptrdiff_t)problem->elements->size;
    const ptrdiff_t n = (ptrdiff_t)axis->n;
    const char *origin = signal;
    for (size_t i = 0; i < count; i++) {
        ptrdiff_t j = first + (ptrdiff_t)i;
        if (j < 0 || j >= n)
            j = conv_extend_index(axis, j);
        lines[i] = j < 0 ? blank : origin + j * pitch;
    }
}
