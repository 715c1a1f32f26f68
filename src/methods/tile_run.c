/* Running: one box of outputs on its way through the transform. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "methods/rounding.h"
#include "methods/nonfinite_pattern.h"
#include "methods/tile_transform.h"
#include "methods/tile_wide.h"
#include "problem/extend.h"

/* One box on its way through the transform. */
typedef struct {
    const conv_tile_transform *tile;
    const conv_task *task;
    const char *signal;
    char *output;
    char *gathered, *result, *wide, *pattern, *scratch;
    ptrdiff_t origin[CONV_MAX_RANK]; /* position of X at the tile's first sample */
    size_t begin[CONV_MAX_RANK];     /* unit-lattice outputs of the box that samples reach */
    conv_tile io;
    int threads;
} box_run;

/* Places the tile. False where no sample reaches the box: its outputs are 0. */
static bool place_box(box_run *run, const size_t *first, const size_t *count) {
    const conv_problem *problem = run->task->problem;
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        if (run->tile->shape.cyclic[d]) {
            run->origin[d] = axis->start + (ptrdiff_t)first[d];
            run->begin[d] = first[d];
            run->io.in_extent[d] = run->tile->shape.length[d];
            if (run->origin[d] == 0 && axis->n < run->io.in_extent[d])
                run->io.in_extent[d] = axis->n;
            run->io.out_first[d] = 0;
            run->io.out_count[d] = count[d];
            continue;
        }
        conv_axis_reach reach = conv_tile_axis_reach(axis, first[d], count[d]);
        if (reach.first > reach.last || reach.low > reach.high)
            return false;
        run->origin[d] = reach.low;
        run->begin[d] = (size_t)(reach.first - axis->start);
        run->io.in_extent[d] = (size_t)(reach.high - reach.low) + 1;
        run->io.out_first[d] = (size_t)(reach.first - reach.low);
        run->io.out_count[d] = (size_t)(reach.last - reach.first) + 1;
    }
    return true;
}

/* Whether the tile is plain, unweighted samples that a transform can read where they lie. */
static bool in_place(const box_run *run) {
    const conv_problem *problem = run->task->problem;
    if (problem->axis[problem->rank - 1].signal_stride != 1)
        return false;
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        if (run->origin[d] < axis->ends ||
            run->origin[d] + (ptrdiff_t)run->io.in_extent[d] > (ptrdiff_t)axis->n - axis->ends)
            return false;
    }
    return true;
}

/* Slices begin..end-1 of the tile along its first axis. */
static void gather_slices(void *context, size_t begin, size_t end, int thread) {
    const box_run *run = context;
    const conv_problem *problem = run->task->problem;
    ptrdiff_t origin[CONV_MAX_RANK], slice = run->io.in_stride[0];
    size_t extent[CONV_MAX_RANK];
    (void)thread;
    memcpy(origin, run->origin, sizeof origin);
    memcpy(extent, run->io.in_extent, sizeof extent);
    origin[0] += (ptrdiff_t)begin;
    extent[0] = end - begin;
    conv_extend_gather(problem, run->signal, origin, extent,
                       run->gathered +
                           (ptrdiff_t)begin * slice * (ptrdiff_t)problem->elements->size,
                       run->io.in_stride);
}

static void gather_tile(box_run *run) {
    conv_contiguous_strides(run->task->problem->rank, run->io.in_extent, run->io.in_stride);
    conv_parallel_for(run->io.in_extent[0], run->threads, gather_slices, run);
    run->io.in = run->gathered;
    run->io.ends = 0;
}

/* Whether the tile is the whole of a line, of which only the end samples are weighted. Then the
 * transform takes those from a copy, which costs less than a copy of all. */
static bool is_whole_line(const box_run *run) {
    const conv_problem *problem = run->task->problem;
    const conv_axis *axis = &problem->axis[0];
    return problem->rank == 1 && axis->signal_stride == 1 && !run->tile->wide &&
           conv_backend_takes_ends(run->tile->shape.backend) && run->origin[0] == 0 &&
           run->io.in_extent[0] == axis->n && axis->n >= 2 * (size_t)axis->ends;
}

static void gather_ends(box_run *run) {
    const conv_problem *problem = run->task->problem;
    size_t ends = (size_t)problem->axis[0].ends;
    ptrdiff_t first = 0, last = (ptrdiff_t)(problem->axis[0].n - ends), stride = 1;
    conv_extend_gather(problem, run->signal, &first, &ends, run->gathered, &stride);
    conv_extend_gather(problem, run->signal, &last, &ends,
                       run->gathered + ends * problem->elements->size, &stride);
    run->io.ends = ends;
    run->io.end_elements = run->gathered;
    run->io.in_stride[0] = 1;
    run->io.in = run->signal;
}

static void load_tile(box_run *run) {
    const conv_problem *problem = run->task->problem;
    ptrdiff_t offset = 0;
    if (!in_place(run) && is_whole_line(run)) {
        gather_ends(run);
        return;
    }
    if (!in_place(run)) {
        gather_tile(run);
        return;
    }
    for (int d = 0; d < problem->rank; d++) {
        run->io.in_stride[d] = problem->axis[d].signal_stride;
        offset += run->origin[d] * run->io.in_stride[d];
    }
    run->io.in = run->signal + offset * (ptrdiff_t)problem->elements->size;
}

static void aim_result(box_run *run) {
    const conv_problem *problem = run->task->problem;
    ptrdiff_t offset = 0;
    if (run->tile->copies_result) {
        conv_contiguous_strides(problem->rank, run->io.out_count, run->io.out_stride);
        run->io.out = run->result;
        return;
    }
    for (int d = 0; d < problem->rank; d++) {
        run->io.out_stride[d] = problem->axis[d].output_stride;
        offset += (ptrdiff_t)run->begin[d] * run->io.out_stride[d];
    }
    run->io.out = run->output + offset * (ptrdiff_t)problem->elements->size;
}

/* How many of the box's results along an axis lie on the lattice. */
static size_t wanted_results(const box_run *run, int d) {
    size_t step = run->task->problem->axis[d].step;
    size_t skip = (step - run->begin[d] % step) % step;
    return skip < run->io.out_count[d] ? (run->io.out_count[d] - skip - 1) / step + 1 : 0;
}

/* From the unit lattice to every step-th output at the caller's strides: of axis d, the results
 * first..end-1 that are wanted. */
static void copy_results(const box_run *run, int d, const char *from, char *to, size_t first,
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
    const box_run *run = context;
    (void)thread;
    copy_results(run, 0, run->result, run->output, begin, end);
}

/* Zeros at the lattice points of the box. */
static void clear_box(const box_run *run, const size_t *first, const size_t *count, int d,
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

/* Multiplies the box's results by 2^exponent. */
static void scale_results(const box_run *run, int exponent, int d, char *result) {
    const conv_element_kernels *elements = run->task->problem->elements;
    if (d == run->task->problem->rank - 1) {
        elements->scale(result, run->io.out_count[d], ldexp(1, exponent / 2));
        elements->scale(result, run->io.out_count[d], ldexp(1, exponent - exponent / 2));
        return;
    }
    for (size_t i = 0; i < run->io.out_count[d]; i++)
        scale_results(run, exponent, d + 1,
                      result + (ptrdiff_t)i * run->io.out_stride[d] * (ptrdiff_t)elements->size);
}

/* The largest part among a box of results. */
static double largest_result(const box_run *run, int d, const char *result) {
    const conv_element_kernels *elements = run->task->problem->elements;
    double most = 0;
    if (d == run->task->problem->rank - 1)
        return elements->largest(result, run->io.out_count[d]);
    for (size_t i = 0; i < run->io.out_count[d]; i++)
        most = fmax(most, largest_result(run, d + 1,
                                         result + (ptrdiff_t)i * run->io.out_stride[d] *
                                                      (ptrdiff_t)elements->size));
    return most;
}

/* Samples near the smallest number lose digits on their way, and a large kernel then makes ordinary
 * numbers of them. Whether that may have happened: all results are below a bound under which losing
 * a step at each of them counts. Mostly the first few tell that it has not. */
static bool may_have_lost_digits(box_run *run) {
    const conv_problem *problem = run->task->problem;
    const conv_element_kernels *elements = problem->elements;
    size_t samples = 1, few = conv_min(run->io.out_count[problem->rank - 1], 8);
    double least = conv_step(problem->dtype) / conv_unit(problem->dtype);
    least /= conv_unit(problem->dtype);
    for (int d = 0; d < problem->rank; d++)
        least *= (double)run->tile->shape.length[d];
    if (elements->largest(run->io.out, few) >= least || !elements->is_finite(run->io.out, 1) ||
        largest_result(run, 0, run->io.out) >= least)
        return false;
    if (run->io.in != run->gathered)
        gather_tile(run);
    for (int d = 0; d < problem->rank; d++)
        samples *= run->io.in_extent[d];
    return elements->largest(run->gathered, samples) > 0;
}

/* The tile is gathered and finite, and overflowed or vanished on its way: the same, divided by its
 * largest sample. That is not where the sum overflows. */
static void convolve_scaled(const box_run *run) {
    const conv_element_kernels *elements = run->task->problem->elements;
    size_t samples = 1;
    int exponent;
    for (int d = 0; d < run->task->problem->rank; d++)
        samples *= run->io.in_extent[d];
    frexp(elements->largest(run->gathered, samples), &exponent);
    /* In two steps: 2^-exponent itself may not be a number. */
    elements->scale(run->gathered, samples, ldexp(1, -exponent / 2));
    elements->scale(run->gathered, samples, ldexp(1, -(exponent - exponent / 2)));
    conv_transform_convolve(run->tile->transform, &run->io, run->tile->spectrum, run->scratch,
                            run->threads);
    scale_results(run, exponent + run->tile->kernel_exponent, 0, run->io.out);
}

static void transform(box_run *run) {
    const conv_tile_transform *tile = run->tile;
    if (tile->wide) {
        char *out = run->wide + tile->wide_in_bytes;
        conv_tile_wide_convolve(tile, run->task->problem, &run->io, (double *)run->wide,
                                (double *)out, run->scratch, run->threads);
        return;
    }
    conv_transform_convolve(tile->transform, &run->io, tile->spectrum, run->scratch, run->threads);
    if (tile->enlarges && may_have_lost_digits(run))
        convolve_scaled(run);
    else if (tile->kernel_exponent)
        scale_results(run, tile->kernel_exponent, 0, run->io.out);
}

/* A NaN or Inf anywhere in a tile spreads to all of a transform's outputs, so one output tells;
 * along an axis that is summed over, one at each index. */
static bool is_finite(const box_run *run) {
    const conv_element_kernels *elements = run->task->problem->elements;
    const char *out = run->io.out;
    size_t count = run->tile->shape.summed ? run->io.out_count[0] : 1;
    for (size_t i = 0; i < count; i++)
        if (!elements->is_finite(
                out + (ptrdiff_t)i * run->io.out_stride[0] * (ptrdiff_t)elements->size, 1))
            return false;
    return true;
}

/* Whether a few of many samples show already that some are NaN or Inf. */
static bool shows_nonfinite(const box_run *run) {
    enum { LOOKED_AT = 16, MANY = 4096 };
    const conv_problem *problem = run->task->problem;
    size_t samples = 1;
    for (int d = 0; d < problem->rank; d++)
        samples *= run->io.in_extent[d];
    for (size_t i = 0; i < LOOKED_AT && samples >= MANY; i++) {
        size_t at = samples / LOOKED_AT * i + i % 7; /* not all of them even, or multiples of 3 */
        ptrdiff_t offset = 0;
        for (int d = problem->rank - 1; d >= 0; at /= run->io.in_extent[d--])
            offset += (ptrdiff_t)(at % run->io.in_extent[d]) * run->io.in_stride[d];
        const char *sample = (const char *)run->io.in + offset * (ptrdiff_t)problem->elements->size;
        if (!problem->elements->is_finite(sample, 1))
            return true;
    }
    return false;
}

/* Zeros for all results of the box. */
static void clear_results(const box_run *run, int d, char *result) {
    const conv_element_kernels *elements = run->task->problem->elements;
    static const double zero[2];
    if (d == run->task->problem->rank - 1) {
        elements->fill(result, run->io.out_count[d], zero);
        return;
    }
    for (size_t i = 0; i < run->io.out_count[d]; i++)
        clear_results(run, d + 1,
                      result + (ptrdiff_t)i * run->io.out_stride[d] * (ptrdiff_t)elements->size);
}

static conv_nonfinite_box nonfinite_box(const box_run *run) {
    const conv_problem *problem = run->task->problem;
    conv_nonfinite_box box = {
        .problem = problem, .task = run->task, .counts_taps = run->tile->taps_by_pattern};
    for (int d = 0; d < problem->rank; d++) {
        box.extent[d] = run->io.in_extent[d];
        box.out_first[d] = run->io.out_first[d];
        box.out_count[d] = run->io.out_count[d];
        box.out_stride[d] = run->io.out_stride[d];
        box.wrap[d] = run->tile->shape.cyclic[d] ? run->tile->shape.length[d] : 0;
    }
    return box;
}

/* The samples are gathered again, as the pattern takes their place. */
static void add_pattern(box_run *run, const conv_nonfinite_box *box, char *memory, bool taps) {
    conv_pattern_run pattern = {.box = box,
                                .tile = run->tile,
                                .origin = run->origin,
                                .samples = run->gathered,
                                .wide = run->wide,
                                .scratch = run->scratch,
                                .memory = memory,
                                .threads = run->threads};
    void *out = run->io.out;
    gather_tile(run);
    if (taps)
        conv_pattern_add_taps(&pattern, out);
    else
        conv_pattern_add_samples(&pattern, out);
}

/* Memory for counting, where that is faster than adding so many samples' products one by one: the
 * same sums either way. NULL: it is not, or there is none. *found is to be freed. */
static char *pattern_memory(const box_run *run, const conv_nonfinite_box *box, size_t samples,
                            void **found) {
    const conv_tile_transform *tile = run->tile;
    const conv_problem *problem = run->task->problem;
    size_t bytes;
    *found = NULL;
    if (conv_nonfinite_seconds(box, samples) <= conv_pattern_seconds(tile, problem))
        return NULL;
    if (tile->pattern_bytes)
        return run->pattern;
    if (tile->room && conv_pattern_bytes(tile, problem, &bytes))
        *found = conv_allocate(bytes);
    return *found;
}

/* What the box's finite samples sum to. */
static void transform_finite(box_run *run, const conv_nonfinite_box *box, size_t bad_samples,
                             bool only_parts) {
    const conv_element_kernels *elements = run->task->problem->elements;
    size_t samples = conv_nonfinite_samples(box);
    conv_nonfinite_clear(box, run->gathered, only_parts);
    if (bad_samples == samples && elements->largest(run->gathered, samples) == 0) {
        clear_results(run, 0, run->io.out);
        return;
    }
    transform(run);
    if (run->tile->wide || is_finite(run))
        return;
    gather_tile(run);
    conv_nonfinite_clear(box, run->gathered, only_parts);
    convolve_scaled(run);
}

/* A NaN or Inf anywhere in a tile spreads to all of a transform's outputs, so one output tells.
 * Without such a sample they overflowed on their way. */
static void mend_nonfinite(box_run *run) {
    void *found = NULL;
    gather_tile(run);
    const conv_nonfinite_box box = nonfinite_box(run);
    size_t bad_samples = conv_nonfinite_count(&box, run->gathered);
    if (bad_samples == 0) {
        if (!run->tile->wide)
            convolve_scaled(run);
        return;
    }
    char *memory = pattern_memory(run, &box, bad_samples, &found);
    transform_finite(run, &box, bad_samples, memory != NULL);
    if (memory) {
        add_pattern(run, &box, memory, false);
    } else {
        gather_tile(run);
        conv_nonfinite_add(&box, run->gathered, run->io.out);
    }
    conv_free(found);
}

/* The same either way where a sample is NaN or Inf: what a transform of it gives is left. */
static void transform_and_mend(box_run *run) {
    if (shows_nonfinite(run)) {
        mend_nonfinite(run);
        return;
    }
    transform(run);
    if (!is_finite(run))
        mend_nonfinite(run);
}

void conv_tile_transform_run(const conv_tile_transform *tile, const conv_task *task,
                             const void *signal, void *output, const size_t *first,
                             const size_t *count, void *workspace, int threads) {
    char *memory = tile->room ? tile->room : workspace;
    box_run run = {
        .tile = tile, .task = task, .signal = signal, .output = output, .threads = threads};
    run.gathered = memory;
    run.result = memory + tile->gather_bytes;
    run.wide = run.result + tile->result_bytes;
    run.pattern = run.wide + tile->wide_in_bytes + tile->wide_out_bytes;
    run.scratch = run.pattern + tile->pattern_bytes;
    bool reached = place_box(&run, first, count), whole = reached;
    for (int d = 0; reached && d < task->problem->rank; d++)
        whole = whole && run.io.out_count[d] == count[d];
    if (!whole)
        clear_box(&run, first, count, 0, output);
    if (!reached)
        return;
    load_tile(&run);
    aim_result(&run);
    transform_and_mend(&run);
    if (tile->taps_by_pattern) {
        const conv_nonfinite_box box = nonfinite_box(&run);
        add_pattern(&run, &box, run.pattern, true);
    }
    if (tile->copies_result)
        conv_parallel_for(wanted_results(&run, 0), threads, copy_slices, &run);
}

conv_error conv_tile_transform_error(const conv_tile_transform *tile, const conv_task *task,
                                     const void *signal, const size_t *first, const size_t *count,
                                     void *workspace, bool proved) {
    const conv_problem *problem = task->problem;
    box_run run = {.tile = tile, .task = task, .signal = signal};
    run.gathered = tile->room ? tile->room : workspace;
    conv_error error = {0, tile->wide ? conv_unit(problem->dtype) : 0};
    conv_magnitudes samples;
    double length = 1;
    if (!place_box(&run, first, count))
        return error;
    load_tile(&run);
    if (run.io.ends)
        gather_tile(&run);
    conv_measure(problem->elements, problem->rank, run.io.in_extent, run.io.in_stride, run.io.in,
                 &samples);
    for (int d = 0; d < problem->rank; d++)
        length *= (double)tile->shape.length[d];
    if (samples.norm == 0 || tile->kernel_sum + tile->fold_error == 0)
        return error;
    double units = conv_bounds_transform(problem->dtype, length, proved);
    /* Two roundings a product for either part of a spectrum's sum, whose moduli are at most |x|_2
     * |h|_2 by Cauchy and Schwarz, over frequencies and taps. */
    if (tile->shape.summed)
        units += 2 * sqrt(2) * (double)problem->axis[0].m;
    error.absolute = samples.norm * tile->kernel_norm * units * conv_unit(problem->compute);
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
    box_run run = {.tile = tile, .task = task, .signal = signal, .output = output};
    if (problem->rank != 1 || tile->copies_result || !place_box(&run, first, count) ||
        !in_place(&run))
        return;
    const char *samples = (const char *)signal + run.origin[0] * size;
    char *outputs = (char *)output + (ptrdiff_t)run.begin[0] * size;
    prefetch_read(samples, samples + (ptrdiff_t)run.io.in_extent[0] * size);
    prefetch_write(outputs, outputs + (ptrdiff_t)run.io.out_count[0] * size);
}
