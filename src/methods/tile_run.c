/* Running: one box of outputs on its way through the transform. */
#include <math.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "methods/rounding.h"
#include "methods/tile_box.h"
#include "methods/tile_mend.h"

/* How many of the box's results along an axis lie on the lattice. */
static size_t wanted_results(const conv_tile_box *run, int d) {
    size_t step = run->task->problem->axis[d].step;
    size_t skip = (step - run->begin[d] % step) % step;
    return skip < run->io.out_count[d] ? (run->io.out_count[d] - skip - 1) / step + 1 : 0;
}

/* From the unit lattice to every step-th output at the caller's strides: of axis d, the results
 * first..end-1 that are wanted. */
static void copy_results(const conv_tile_box *run, int d, const char *from, char *to, size_t first,
                         size_t end) {
    const conv_axis *axis = &run->task->problem->axis[d];
    size_t size = run->task->problem->elements->size;
    size_t index = (run->begin[d] + axis->step - 1) / axis->step + first;
    ptrdiff_t apart = run->io.out_stride[d] * (ptrdiff_t)size;
    from += (ptrdiff_t)(index * axis->step - run->begin[d]) * apart;
    to += (ptrdiff_t)index * axis->output_stride * (ptrdiff_t)size;
    if (d == run->task->problem->rank - 1) {
        conv_copy_row(to, axis->output_stride, from, (ptrdiff_t)axis->step, end - first, size);
        return;
    }
    for (size_t i = 0; i < end - first; i++)
        copy_results(run, d + 1, from + (ptrdiff_t)(i * axis->step) * apart,
                     to + (ptrdiff_t)i * axis->output_stride * (ptrdiff_t)size, 0,
                     wanted_results(run, d + 1));
}

static void copy_slices(void *context, size_t begin, size_t end, int thread) {
    const conv_tile_box *run = context;
    (void)thread;
    copy_results(run, 0, run->result, run->output, begin, end);
}

/* Zeros at the lattice points of the box. */
static void clear_box(const conv_tile_box *run, const size_t *first, const size_t *count, int d,
                      char *to) {
    const conv_problem *problem = run->task->problem;
    const conv_axis *axis = &problem->axis[d];
    size_t size = problem->elements->size;
    size_t begin = (first[d] + axis->step - 1) / axis->step;
    size_t end = (first[d] + count[d] - 1) / axis->step + 1;
    static const double zero[2];
    for (size_t i = begin; i < end; i++) {
        char *at = to + (ptrdiff_t)i * axis->output_stride * (ptrdiff_t)size;
        if (d == problem->rank - 1)
            problem->elements->fill(at, 1, zero);
        else
            clear_box(run, first, count, d + 1, at);
    }
}

void conv_tile_transform_run(const conv_tile_transform *tile, const conv_task *task,
                             const void *signal, void *output, const size_t *first,
                             const size_t *count, void *workspace, int threads) {
    char *memory = tile->room ? tile->room : workspace;
    conv_tile_box run = {
        .tile = tile, .task = task, .signal = signal, .output = output, .threads = threads};
    run.gathered = memory;
    run.result = memory + tile->gather_bytes;
    run.wide = run.result + tile->result_bytes;
    run.pattern = run.wide + tile->wide_in_bytes + tile->wide_out_bytes;
    run.scratch = run.pattern + tile->pattern_bytes;
    bool reached = conv_tile_box_place(&run, first, count), whole = reached;
    for (int d = 0; reached && d < task->problem->rank; d++)
        whole = whole && run.io.out_count[d] == count[d];
    if (!whole)
        clear_box(&run, first, count, 0, output);
    if (!reached)
        return;
    conv_tile_box_load(&run);
    conv_tile_box_aim(&run);
    conv_tile_mend(&run);
    conv_tile_mend_taps(&run);
    if (tile->copies_result)
        conv_parallel_for(wanted_results(&run, 0), threads, copy_slices, &run);
}

conv_error conv_tile_transform_error(const conv_tile_transform *tile, const conv_task *task,
                                     const void *signal, const size_t *first, const size_t *count,
                                     void *workspace, bool proved) {
    const conv_problem *problem = task->problem;
    conv_tile_box run = {.tile = tile, .task = task, .signal = signal};
    run.gathered = tile->room ? tile->room : workspace;
    conv_error error = {0, tile->wide ? conv_unit(problem->dtype) : 0};
    conv_magnitudes samples;
    double length = 1;
    if (!conv_tile_box_place(&run, first, count))
        return error;
    conv_tile_box_load(&run);
    if (run.io.ends)
        conv_tile_box_gather(&run);
    conv_measure(problem->elements, problem->rank, run.io.in_extent, run.io.in_stride, run.io.in,
                 &samples);
    for (int d = 0; d < problem->rank; d++)
        length *= (double)tile->shape.length[d];
    if (samples.norm == 0 || tile->kernel_sum + tile->fold_error == 0)
        return error;
    double units = conv_bounds_transform(problem->dtype, length, proved);
    if (tile->shape.summed)
        units += conv_bounds_summed(problem);
    error.absolute = samples.norm * tile->kernel_norm * units * conv_unit(tile->compute);
    error.absolute += tile->fold_error * samples.largest;
    error.absolute += conv_step(problem->dtype);
    if (tile->wide)
        return error;
    /* What falls below the smallest number on its way. Each stage loses at most a step for every
     * number; transforms are sqrt(N) times unitary ones, and the kernel's is at most its sum. A
     * kernel that enlarges is kept from it, see may_have_lost_digits: then every step is at most
     * u^2 / N of the largest result. */
    double stages = (log2(length) + 2), sum = ldexp(tile->kernel_sum, -tile->kernel_exponent);
    double unit = conv_unit(problem->dtype);
    if (tile->enlarges)
        error.relative = unit * unit * stages * (1 + sum / sqrt(length));
    else
        error.absolute += ldexp(conv_step(problem->dtype), tile->kernel_exponent) * stages *
                          (length + sum * sqrt(length));
    return error;
}

static void prefetch_read(const char *begin, const char *end) {
    for (; begin < end; begin += CONV_ALIGNMENT)
        __builtin_prefetch(begin, 0, 3);
}

static void prefetch_write(char *begin, char *end) {
    for (; begin < end; begin += CONV_ALIGNMENT)
        __builtin_prefetch(begin, 1, 3);
}

void conv_tile_transform_prefetch(const conv_tile_transform *tile, const conv_task *task,
                                  const void *signal, void *output, const size_t *first,
                                  const size_t *count) {
    const conv_problem *problem = task->problem;
    ptrdiff_t size = (ptrdiff_t)problem->elements->size;
    conv_tile_box run = {.tile = tile, .task = task, .signal = signal, .output = output};
    if (problem->rank != 1 || tile->copies_result || !conv_tile_box_place(&run, first, count) ||
        !conv_tile_box_is_plain(&run))
        return;
    const char *samples = (const char *)signal + run.origin[0] * size;
    char *outputs = (char *)output + (ptrdiff_t)run.begin[0] * size;
    prefetch_read(samples, samples + (ptrdiff_t)run.io.in_extent[0] * size);
    prefetch_write(outputs, outputs + (ptrdiff_t)run.io.out_count[0] * size);
}
