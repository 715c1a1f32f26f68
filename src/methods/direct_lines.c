/* The direct method on short lines of a batch: with their ends in registers, or as the rows of a
 * block, which they are copied to and continued in. One by one each would wait for its samples to
 * be written before they are read. */
#include "base/memory.h"
#include "base/status.h"
#include "methods/direct_run.h"

/* On the stack. */
enum { BLOCK_BYTES = 3072, MOST_LINES = 16 };

static bool plan(const conv_task *task, const conv_direct_state *state, conv_direct_lines *lines) {
    const conv_problem *problem = task->problem;
    const conv_axis *axis = &problem->axis[0];
    size_t size = problem->elements->size;
    if (problem->batch == 1 || problem->rank != 1 || state->tap_by_tap || axis->step != 1 ||
        axis->ends > 0 || axis->signal_stride != 1 || axis->output_stride != 1 ||
        axis->n > BLOCK_BYTES / size || axis->m > BLOCK_BYTES / size ||
        !conv_row_block_plan(problem, 0, &lines->block))
        return false;
    if (axis->extension == CONV_EXTEND_CONSTANT)
        problem->elements->fill(lines->block.ends.value, 1, problem->fill);
    lines->columns = (conv_slide_columns){.inside = lines->block.inside,
                                          .source = (ptrdiff_t)lines->block.first};
    lines->together = conv_min(BLOCK_BYTES / (lines->block.pitch * size), MOST_LINES);
    return lines->together > 1;
}

conv_status conv_direct_lines_make(const conv_task *task, conv_direct_state *state) {
    conv_direct_lines lines = {0};
    if (!plan(task, state, &lines))
        return CONV_OK;
    state->lines = conv_allocate(sizeof lines);
    if (!state->lines)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    *state->lines = lines;
    return CONV_OK;
}

void conv_direct_lines_run(const conv_task *task, const conv_direct_state *state,
                           const char *signal, ptrdiff_t signal_apart, char *output,
                           ptrdiff_t output_apart, size_t count) {
    _Alignas(CONV_ALIGNMENT) char memory[BLOCK_BYTES];
    const conv_problem *problem = task->problem;
    const conv_axis *axis = &problem->axis[0];
    const conv_slide_kernels *slide = state->slide;
    const conv_row_block *block = &state->lines->block;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size, pitch = (ptrdiff_t)block->pitch;
    if (block->inside == axis->count &&
        slide->slide_short(&block->ends, block->before, signal + (ptrdiff_t)block->first * size,
                           signal_apart, task->taps, axis->m, output, output_apart, count,
                           axis->count))
        return;
    char *inside = memory + (ptrdiff_t)block->lead * size;
    const void *line[MOST_LINES];
    for (size_t done = 0, rows; done < count; done += rows) {
        rows = conv_min(count - done, state->lines->together);
        for (size_t i = 0; i < rows; i++, signal += signal_apart * size)
            line[i] = signal;
        slide->slide_block(&state->lines->columns, line, rows, inside, pitch);
        slide->slide_ends(&block->ends, inside, pitch, rows);
        slide->slide_rows(inside - (ptrdiff_t)block->before * size, pitch, task->taps, 1, axis->m,
                          output, output_apart, rows, axis->count, false);
        output += (ptrdiff_t)rows * output_apart * size;
    }
}
