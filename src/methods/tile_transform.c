#include "methods/tile_transform.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "methods/costs.h"
#include "methods/nonfinite.h"
#include "problem/extend.h"

/* Powers of two from which a kernel counts as far from 1. */
#define FAR_EXPONENT 24

void conv_tile_extents(const conv_problem *problem, size_t *extent) {
    for (int d = 0; d < problem->rank; d++)
        extent[d] = (problem->axis[d].count - 1) * problem->axis[d].step + 1;
}

const char *conv_tile_reject(const conv_problem *problem) {
    double computed = 1;
    for (int d = 0; d < problem->rank; d++)
        computed *= ((double)problem->axis[d].count - 1) * (double)problem->axis[d].step + 1;
    return computed > 4096 * (double)problem->outputs ? "a lattice with so wide a step" : NULL;
}

/* Indices k of the full convolution and the samples under them. */
typedef struct {
    ptrdiff_t first, last; /* outputs k that any sample reaches; first > last: none */
    ptrdiff_t low, high;   /* positions of X that they need; low > high: none */
} axis_reach;

/* Under ZERO the signal ends, so neither outputs beyond its reach nor samples beyond it count. */
static axis_reach reach_of(const conv_axis *axis, size_t begin, size_t count) {
    axis_reach reach;
    ptrdiff_t n = (ptrdiff_t)axis->n, m = (ptrdiff_t)axis->m;
    reach.first = axis->start + (ptrdiff_t)begin;
    reach.last = reach.first + (ptrdiff_t)count - 1;
    reach.low = reach.first - (m - 1);
    reach.high = reach.last;
    if (axis->extension == CONV_EXTEND_ZERO) {
        reach.first = reach.first < 0 ? 0 : reach.first;
        reach.last = reach.last > n + m - 2 ? n + m - 2 : reach.last;
        reach.low = reach.low < 0 ? 0 : reach.low;
        reach.high = reach.high > n - 1 ? n - 1 : reach.high;
    }
    return reach;
}

/* Outputs first..last of a tile that begins at low must neither run over the end of the transform
 * nor meet what comes back to its beginning, the tile's last samples under the last taps. */
static size_t needed_length(const conv_axis *axis, const axis_reach *reach) {
    if (reach->first > reach->last || reach->low > reach->high)
        return 1;
    size_t out = (size_t)(reach->last - reach->low) + 1;
    size_t back = (size_t)(reach->high - reach->first) + axis->m;
    return conv_max(out, back);
}

size_t conv_tile_reach(const conv_axis *axis, size_t outputs, bool whole_axis) {
    if (!whole_axis)
        return outputs + axis->m - 1;
    axis_reach reach = reach_of(axis, 0, outputs);
    return needed_length(axis, &reach);
}

/* Whether the first tile along an axis reads what is not plain samples; then so, about, do all of
 * the outermost ones. */
static bool has_edges(const conv_axis *axis) {
    return axis->extension != CONV_EXTEND_ZERO || axis->ends > 0;
}

conv_cost conv_tile_cost(const conv_problem *problem, const conv_tile_shape *shape, double blocks) {
    double tile = 1, inner = 1, results = 0;
    double transform = conv_cost_transform(problem, shape->backend, shape->length);
    bool gathers = problem->axis[problem->rank - 1].signal_stride != 1;
    bool copies = problem->axis[problem->rank - 1].output_stride != 1;
    for (int d = 0; d < problem->rank; d++) {
        double along = ceil((double)shape->extent[d] / (double)shape->block[d]);
        tile *= (double)shape->length[d];
        inner *= has_edges(&problem->axis[d]) ? fmax(0, along - 2) : along;
        copies = copies || problem->axis[d].step != 1;
    }
    double gathered = (gathers ? blocks : blocks - fmin(inner, blocks)) * tile;
    if (copies)
        results = conv_cost_gather(problem, blocks * tile, 0);
    double bytes = 2 * (double)problem->outputs * (double)problem->elements->size;
    results += CONV_CACHED_COST * (double)problem->outputs *
               (conv_dtype_is_complex(problem->dtype) ? 2 : 1);
    if (bytes > CONV_STREAM_BYTES)
        results += CONV_STREAM_COST * bytes;
    double execute = blocks * (transform + CONV_TILE_CALL * problem->rank) + results +
                     (gathered > 0 ? conv_cost_gather(problem, gathered, 0) : 0);
    /* A one-shot call also pays for memory that is touched for the first time. */
    double touched = 0.06 * 4 * tile * (double)problem->elements->size;
    double prepare =
        500 + touched + conv_cost_transform_make(problem, shape->backend, shape->length);
    return (conv_cost){1e-9 * (50 + execute), 1e-9 * prepare};
}

static conv_status tile_sizes(conv_tile_transform *tile, const conv_problem *problem) {
    size_t gather = problem->elements->size, result = problem->elements->size;
    int last = problem->rank - 1;
    bool fits = true;
    tile->copies_result = problem->axis[last].output_stride != 1;
    for (int d = 0; d < problem->rank; d++) {
        fits = fits && conv_multiply(gather, tile->shape.length[d], &gather) &&
               conv_multiply(result, tile->shape.block[d], &result);
        tile->copies_result = tile->copies_result || problem->axis[d].step != 1;
    }
    if (!fits)
        return conv_fail(CONV_ERR_OVERFLOW, "a transform's tile of %zu x ... is too large",
                         tile->shape.length[0]);
    tile->gather_bytes = conv_aligned_size(gather);
    tile->result_bytes = tile->copies_result ? conv_aligned_size(result) : 0;
    tile->scratch_bytes = conv_aligned_size(conv_transform_scratch_size(tile->transform));
    return CONV_OK;
}

/* The kernel in convolution order, NaN and Inf left out, folded where an axis is cyclic and shorter
 * than the kernel. */
static void load_kernel(const conv_task *task, char *kernel, const size_t *extent) {
    const conv_problem *problem = task->problem;
    const conv_element_kernels *elements = problem->elements;
    size_t index[CONV_MAX_RANK], size = elements->tap_size;
    const char *tap = task->taps;
    for (int d = 0; d < problem->rank; d++)
        index[d] = problem->axis[d].m - 1;
    for (size_t q = 0; q < problem->taps; q++, tap += size) {
        size_t offset = 0;
        bool folds = false;
        for (int d = 0; d < problem->rank; d++) {
            offset = offset * extent[d] + index[d] % extent[d];
            folds = folds || extent[d] < problem->axis[d].m;
        }
        if (!task->finite_taps && !elements->taps_are_finite(tap, 1))
            ;
        else if (!folds)
            memcpy(kernel + offset * size, tap, size);
        else {
            long double sum[2] = {0, 0};
            elements->add_tap(sum, kernel + offset * size);
            elements->add_tap(sum, tap);
            elements->round_tap(sum, kernel + offset * size);
        }
        for (int d = problem->rank - 1; d >= 0 && index[d]-- == 0; d--)
            index[d] = problem->axis[d].m - 1;
    }
}

/* Kernels far from 1 are brought there by a power of two, so that the products in their spectrum
 * neither overflow nor underflow; the outputs are then multiplied by it. No result depends on where
 * "far" begins: a power of two changes no bits. */
static void scale_kernel(conv_tile_transform *tile, const conv_task *task, char *kernel,
                         size_t count) {
    const conv_element_kernels *elements = task->problem->elements;
    double largest = elements->largest_tap(kernel, count);
    int exponent = 0;
    if (largest > 0)
        frexp(largest, &exponent);
    if (exponent > -FAR_EXPONENT && exponent < FAR_EXPONENT)
        return;
    tile->kernel_exponent = exponent;
    /* In two steps: 2^-exponent itself may not be a number. */
    elements->scale_taps(kernel, kernel, count, ldexp(1, -exponent / 2), false);
    elements->scale_taps(kernel, kernel, count, ldexp(1, -(exponent - exponent / 2)), false);
}

static conv_status transform_kernel(conv_tile_transform *tile, const conv_task *task) {
    const conv_problem *problem = task->problem;
    size_t extent[CONV_MAX_RANK], bytes = problem->elements->tap_size;
    conv_status status = CONV_OK;
    for (int d = 0; d < problem->rank; d++) {
        extent[d] = conv_min(problem->axis[d].m, tile->shape.length[d]);
        bytes *= extent[d];
    }
    char *kernel = conv_allocate(bytes);
    char *scratch = conv_allocate(tile->scratch_bytes);
    tile->spectrum = conv_allocate(conv_transform_spectrum_size(tile->transform));
    if (!kernel || !scratch || !tile->spectrum) {
        status = conv_fail(CONV_ERR_MEMORY, "no memory for the kernel's spectrum");
        goto done;
    }
    memset(kernel, 0, bytes);
    load_kernel(task, kernel, extent);
    scale_kernel(tile, task, kernel, bytes / problem->elements->tap_size);
    conv_transform_kernel(tile->transform, kernel, problem->kernel_dtype, extent, tile->spectrum,
                          scratch);
done:
    conv_free(kernel);
    conv_free(scratch);
    return status;
}

conv_status conv_tile_transform_make(void **state, const conv_task *task,
                                     const conv_tile_shape *shape) {
    const conv_problem *problem = task->problem;
    conv_tile_transform *tile = conv_allocate(sizeof *tile);
    *state = NULL;
    if (!tile)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    *tile = (conv_tile_transform){.shape = *shape};
    tile->shape.rank = problem->rank;
    conv_status status = conv_transform_create(&tile->transform, shape->backend, problem->dtype,
                                               problem->rank, shape->length, problem->level);
    if (status == CONV_OK)
        status = tile_sizes(tile, problem);
    if (status == CONV_OK)
        status = transform_kernel(tile, task);
    if (status == CONV_OK)
        *state = tile;
    else
        conv_tile_transform_release(tile);
    return status;
}

void conv_tile_transform_release(void *state) {
    conv_tile_transform *tile = state;
    if (!tile)
        return;
    conv_transform_destroy(tile->transform);
    conv_free(tile->spectrum);
    conv_free(tile);
}

int conv_tile_transform_describe(const conv_tile_transform *tile, const char *what, char *text,
                                 size_t size) {
    int length = snprintf(text, size, " with %s", what);
    for (int d = 0; d < tile->shape.rank; d++) {
        size_t used = conv_min((size_t)length, size);
        length += snprintf(text + used, size - used, d ? " x %zu" : " %zu", tile->shape.length[d]);
    }
    size_t used = conv_min((size_t)length, size);
    return length + snprintf(text + used, size - used, "%s",
                             tile->shape.backend == CONV_BACKEND_FFTW ? " by FFTW" : "");
}

size_t conv_tile_transform_workspace(const conv_tile_transform *tile) {
    return tile->gather_bytes + tile->result_bytes + tile->scratch_bytes;
}

/* One box on its way through the transform. */
typedef struct {
    const conv_tile_transform *tile;
    const conv_task *task;
    const char *signal;
    char *output;
    char *gathered, *result, *scratch;
    ptrdiff_t origin[CONV_MAX_RANK]; /* position of X at the tile's first sample */
    size_t begin[CONV_MAX_RANK];     /* unit-lattice outputs of the box that samples reach */
    conv_tile io;
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
        axis_reach reach = reach_of(axis, first[d], count[d]);
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

static void gather_tile(box_run *run) {
    const conv_problem *problem = run->task->problem;
    conv_contiguous_strides(problem->rank, run->io.in_extent, run->io.in_stride);
    conv_extend_gather(problem, run->signal, run->origin, run->io.in_extent, run->gathered,
                       run->io.in_stride);
    run->io.in = run->gathered;
}

static void load_tile(box_run *run) {
    const conv_problem *problem = run->task->problem;
    ptrdiff_t offset = 0;
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

/* From the unit lattice to every step-th output at the caller's strides. */
static void copy_result(const box_run *run, int d, const char *from, char *to) {
    const conv_axis *axis = &run->task->problem->axis[d];
    size_t size = run->task->problem->elements->size;
    size_t index = (run->begin[d] + axis->step - 1) / axis->step, skip;
    skip = index * axis->step - run->begin[d];
    if (skip >= run->io.out_count[d])
        return;
    size_t count = (run->io.out_count[d] - skip - 1) / axis->step + 1;
    from += (ptrdiff_t)skip * run->io.out_stride[d] * (ptrdiff_t)size;
    to += (ptrdiff_t)index * axis->output_stride * (ptrdiff_t)size;
    if (d == run->task->problem->rank - 1) {
        conv_copy_row(to, axis->output_stride, from, (ptrdiff_t)axis->step, count, size);
        return;
    }
    for (size_t i = 0; i < count; i++)
        copy_result(run, d + 1,
                    from + (ptrdiff_t)(i * axis->step) * run->io.out_stride[d] * (ptrdiff_t)size,
                    to + (ptrdiff_t)i * axis->output_stride * (ptrdiff_t)size);
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

static void transform(const box_run *run) {
    const conv_tile_transform *tile = run->tile;
    conv_transform_convolve(tile->transform, &run->io, tile->spectrum, run->scratch);
    if (tile->kernel_exponent)
        scale_results(run, tile->kernel_exponent, 0, run->io.out);
}

/* The tile is gathered and finite, and overflowed on its way: the same, divided by its largest
 * sample, which is not where the sum overflows. */
static void convolve_scaled(const box_run *run) {
    const conv_element_kernels *elements = run->task->problem->elements;
    size_t samples = 1;
    int exponent;
    for (int d = 0; d < run->task->problem->rank; d++)
        samples *= run->io.in_extent[d];
    frexp(elements->largest(run->gathered, samples), &exponent);
    elements->scale(run->gathered, samples, ldexp(1, -exponent));
    conv_transform_convolve(run->tile->transform, &run->io, run->tile->spectrum, run->scratch);
    scale_results(run, exponent + run->tile->kernel_exponent, 0, run->io.out);
}

/* A NaN or Inf anywhere in a tile spreads to all of a transform's outputs, so one output tells. */
static void mend_nonfinite(box_run *run) {
    const conv_problem *problem = run->task->problem;
    if (problem->elements->is_finite(run->io.out, 1))
        return;
    conv_nonfinite_box box = {.problem = problem, .task = run->task};
    gather_tile(run);
    memcpy(box.extent, run->io.in_extent, sizeof box.extent);
    bool bad_samples = conv_nonfinite_clear(&box, run->gathered);
    if (bad_samples)
        transform(run);
    if (!problem->elements->is_finite(run->io.out, 1)) {
        if (bad_samples) {
            gather_tile(run);
            conv_nonfinite_clear(&box, run->gathered);
        }
        convolve_scaled(run);
    }
    if (!bad_samples)
        return;
    gather_tile(run);
    for (int d = 0; d < problem->rank; d++) {
        box.out_first[d] = run->io.out_first[d];
        box.out_count[d] = run->io.out_count[d];
        box.out_stride[d] = run->io.out_stride[d];
        box.wrap[d] = run->tile->shape.cyclic[d] ? run->tile->shape.length[d] : 0;
    }
    conv_nonfinite_add(&box, run->gathered, run->io.out);
}

void conv_tile_transform_run(const conv_tile_transform *tile, const conv_task *task,
                             const void *signal, void *output, const size_t *first,
                             const size_t *count, void *workspace) {
    char *memory = workspace;
    box_run run = {.tile = tile, .task = task, .signal = signal, .output = output};
    run.gathered = memory;
    run.result = memory + tile->gather_bytes;
    run.scratch = run.result + tile->result_bytes;
    bool reached = place_box(&run, first, count), whole = reached;
    for (int d = 0; reached && d < task->problem->rank; d++)
        whole = whole && run.io.out_count[d] == count[d];
    if (!whole)
        clear_box(&run, first, count, 0, output);
    if (!reached)
        return;
    load_tile(&run);
    aim_result(&run);
    transform(&run);
    mend_nonfinite(&run);
    if (tile->copies_result)
        copy_result(&run, 0, run.result, output);
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
