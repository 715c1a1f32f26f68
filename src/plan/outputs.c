#include "plan/outputs.h"

#include <string.h>

/* What is done to a line of outputs, `count` of them `stride` elements apart. */
typedef struct {
    void (*line)(const conv_element_kernels *elements, char *output, ptrdiff_t stride, size_t count,
                 double factor);
    double factor;
} line_job;

static void over_lines(const conv_problem *problem, int d, const line_job *job, char *output) {
    const conv_axis *axis = &problem->axis[d];
    if (d == problem->rank - 1) {
        job->line(problem->elements, output, axis->output_stride, axis->count, job->factor);
        return;
    }
    ptrdiff_t step = axis->output_stride * (ptrdiff_t)problem->elements->size;
    for (size_t i = 0; i < axis->count; i++)
        over_lines(problem, d + 1, job, output + (ptrdiff_t)i * step);
}

static void clear_line(const conv_element_kernels *elements, char *output, ptrdiff_t stride,
                       size_t count, double factor) {
    static const double zero[2];
    (void)factor;
    if (stride == 1)
        memset(output, 0, count * elements->size);
    else
        conv_copy_row(output, stride, zero, 0, count, elements->size);
}

static void scale_line(const conv_element_kernels *elements, char *output, ptrdiff_t stride,
                       size_t count, double factor) {
    for (size_t i = 0; i < count; i++)
        elements->scale(output + (ptrdiff_t)i * stride * (ptrdiff_t)elements->size, 1, factor);
}

static void round_line(const conv_element_kernels *elements, char *output, ptrdiff_t stride,
                       size_t count, double factor) {
    (void)factor;
    elements->round(output, stride, count);
}

void conv_outputs_clear(const conv_problem *problem, char *output) {
    over_lines(problem, 0, &(line_job){clear_line, 0}, output);
}

void conv_outputs_scale(const conv_problem *problem, double factor, char *output) {
    over_lines(problem, 0, &(line_job){scale_line, factor}, output);
}

void conv_outputs_round(const conv_problem *problem, char *output) {
    over_lines(problem, 0, &(line_job){round_line, 0}, output);
}

void conv_outputs_pack(conv_problem *problem) {
    size_t count[CONV_MAX_RANK] = {0};
    ptrdiff_t stride[CONV_MAX_RANK];
    for (int d = 0; d < problem->rank; d++)
        count[d] = problem->axis[d].count;
    conv_contiguous_strides(problem->rank, count, stride);
    for (int d = 0; d < problem->rank; d++)
        problem->axis[d].output_stride = stride[d];
}
