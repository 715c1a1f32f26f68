/* Making: the transform, and the kernel's spectrum. tile_run.c has the running. */
#include "methods/tile_transform.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "methods/nonfinite_pattern.h"
#include "methods/nonfinite_signs.h"
#include "methods/rounding.h"
#include "methods/tile_wide.h"

/* Powers of two from which a kernel counts as far from 1. */
#define FAR_EXPONENT 24

/* Samples that a tile can have along an axis: under ZERO there are no others than the signal's. */
static size_t gathered_extent(const conv_tile_shape *shape, const conv_axis *axis, int d) {
    bool has_end = axis->extension == CONV_EXTEND_ZERO && !shape->cyclic[d];
    return has_end ? conv_min(shape->length[d], axis->n) : shape->length[d];
}

static conv_status tile_sizes(conv_tile_transform *tile, const conv_problem *problem) {
    size_t gather = problem->elements->size, result = problem->elements->size;
    int last = problem->rank - 1;
    bool fits = true;
    tile->copies_result = problem->axis[last].output_stride != 1;
    for (int d = 0; d < problem->rank; d++) {
        size_t extent = gathered_extent(&tile->shape, &problem->axis[d], d);
        fits = fits && conv_multiply(gather, extent, &gather) &&
               conv_multiply(result, tile->shape.block[d], &result);
        tile->copies_result = tile->copies_result || problem->axis[d].step != 1;
    }
    if (fits && tile->wide)
        fits = conv_tile_wide_sizes(problem, &tile->shape, &tile->wide_in_bytes,
                                    &tile->wide_out_bytes);
    if (!fits)
        return conv_fail(CONV_ERR_OVERFLOW, "a transform's tile of %zu x ... is too large",
                         tile->shape.length[0]);
    tile->gather_bytes = conv_aligned_size(gather);
    tile->result_bytes = tile->copies_result ? conv_aligned_size(result) : 0;
    return CONV_OK;
}

/* A row of taps, the last one first. */
static void load_row(const conv_task *task, const char *taps, size_t count, char *row) {
    const conv_element_kernels *elements = task->problem->elements;
    if (task->finite_taps) {
        elements->reverse_taps(row, taps, count, 1, false);
        return;
    }
    for (size_t k = count; k-- > 0; taps += elements->tap_size)
        if (elements->taps_are_finite(taps, 1))
            memcpy(row + k * elements->tap_size, taps, elements->tap_size);
}

/* sum += the taps of axis d and all after it that fall on a place; at: the tap's number so far. */
static void add_folded(const conv_task *task, int d, size_t at, const size_t *place,
                       const size_t *extent, long double sum[2]) {
    const conv_problem *problem = task->problem;
    const char *tap = (const char *)task->taps + at * problem->elements->tap_size;
    if (d == problem->rank) {
        if (task->finite_taps || problem->elements->taps_are_finite(tap, 1))
            problem->elements->add_tap(sum, tap);
        return;
    }
    size_t m = problem->axis[d].m;
    for (size_t k = place[d]; k < m; k += extent[d])
        add_folded(task, d + 1, at * m + m - 1 - k, place, extent, sum);
}

/* Each place's sum is rounded once: taps may be many times the period. */
static void fold_kernel(const conv_task *task, char *kernel, const size_t *extent) {
    const conv_problem *problem = task->problem;
    size_t place[CONV_MAX_RANK] = {0}, places = 1;
    for (int d = 0; d < problem->rank; d++)
        places *= extent[d];
    for (size_t p = 0; p < places; p++, kernel += problem->elements->tap_size) {
        long double sum[2] = {0, 0};
        add_folded(task, 0, 0, place, extent, sum);
        problem->elements->round_tap(sum, kernel);
        for (int d = problem->rank - 1; d >= 0 && ++place[d] == extent[d]; d--)
            place[d] = 0;
    }
}

/* The kernel in convolution order, NaN and Inf left out. */
static void load_kernel(const conv_task *task, char *kernel, const size_t *extent) {
    const conv_problem *problem = task->problem;
    int last = problem->rank - 1;
    size_t index[CONV_MAX_RANK], size = problem->elements->tap_size, m = problem->axis[last].m;
    const char *taps = task->taps, *end = taps + problem->taps * size;
    for (int d = 0; d < last; d++)
        index[d] = problem->axis[d].m - 1;
    for (; taps < end; taps += m * size) {
        size_t row = 0;
        for (int d = 0; d < last; d++)
            row = row * extent[d] + index[d];
        load_row(task, taps, m, kernel + row * extent[last] * size);
        for (int d = last - 1; d >= 0 && index[d]-- == 0; d--)
            index[d] = problem->axis[d].m - 1;
    }
}

/* Kernels far from 1 are brought there by a power of two, so that the products in their spectrum
 * neither overflow nor underflow; the outputs are then multiplied by it. No result depends on where
 * "far" begins: a power of two changes no bits. */
static void scale_kernel(conv_tile_transform *tile, const conv_task *task, char *kernel,
                         size_t count, const conv_magnitudes *taps) {
    const conv_element_kernels *elements = task->problem->elements;
    /* The largest part is at least 0.7 of the largest modulus: mostly that tells enough. */
    if (taps->largest > ldexp(1, 2 - FAR_EXPONENT) && taps->largest < ldexp(1, FAR_EXPONENT - 2))
        return;
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

static size_t box_bytes(const conv_tile_transform *tile, int threads) {
    return tile->gather_bytes + tile->result_bytes + tile->wide_in_bytes + tile->wide_out_bytes +
           conv_aligned_size(conv_transform_scratch_size(tile->transform, threads));
}

/* A one-shot call's memory is one piece: what is written to make the spectrum is written again to
 * execute, and glibc's malloc keeps it for the next call. It gives memory back to the system when
 * more is free than twice the largest piece there was, and adds 128 KiB to what it gets: so much
 * more than needed, and never touched, lets tables and taps be no reason either, which are smaller
 * than the piece itself. From a size on; below it, all is kept. (A page that is new to the process
 * costs as much as transforming it, or far more.) */
#define KEPT_ANYWAY ((size_t)32 << 10)
#define MALLOC_PAD ((size_t)128 << 10)

static bool find_room(conv_tile_transform *tile, const conv_wishes *wishes, size_t kernel_bytes) {
    bool keeps = wishes->keeps_workspace;
    if (wishes->late_spectrum && !keeps) {
        tile->source.kernel = tile->kernel = conv_allocate(kernel_bytes);
        return tile->kernel != NULL;
    }
    size_t kernel = conv_aligned_size(kernel_bytes);
    size_t scratch = conv_aligned_size(conv_transform_scratch_size(tile->transform, 1));
    size_t spectrum = conv_aligned_size(conv_transform_spectrum_size(tile->transform));
    size_t bytes = conv_max(kernel + scratch, keeps ? box_bytes(tile, 1) : 0), all = spectrum;
    if (keeps && !conv_add(spectrum, bytes, &all))
        return false;
    if (keeps && all >= KEPT_ANYWAY && !conv_add(all, MALLOC_PAD, &all))
        return false;
    tile->spectrum = conv_allocate(all);
    tile->source.memory = keeps ? NULL : conv_allocate(bytes);
    tile->source.kernel = tile->source.memory;
    if (keeps && tile->spectrum)
        tile->source.kernel = tile->room = (char *)tile->spectrum + spectrum;
    if (!tile->spectrum || !tile->source.kernel)
        return false;
    tile->source.scratch = tile->source.kernel + bytes - scratch;
    return true;
}

static void free_source(conv_tile_transform *tile) {
    conv_free(tile->source.memory);
    conv_free(tile->source.wide_taps);
    tile->source.memory = tile->source.wide_taps = NULL;
}

/* Memory for the spectrum and for what it is made from; nothing is written there. */
static conv_status reserve_kernel(conv_tile_transform *tile, const conv_task *task) {
    const conv_problem *problem = task->problem;
    size_t bytes = problem->elements->tap_size, wide;
    if (tile->wide) {
        bytes *= 2;
        if (conv_multiply(problem->taps, bytes, &wide))
            tile->source.wide_taps = conv_allocate(wide);
        if (!tile->source.wide_taps)
            return conv_fail(CONV_ERR_MEMORY, "no memory for the kernel's %zu taps in double",
                             problem->taps);
    }
    for (int d = 0; d < problem->rank; d++)
        bytes *= conv_min(problem->axis[d].m, tile->shape.length[d]);
    return find_room(tile, task->wishes, bytes)
               ? CONV_OK
               : conv_fail(CONV_ERR_MEMORY, "no memory for the kernel's spectrum");
}

static void transform_kernel(conv_tile_transform *tile, const conv_task *task) {
    const conv_problem *problem = task->problem;
    size_t extent[CONV_MAX_RANK] = {0}, count = 1;
    char *kernel = tile->source.kernel;
    double folds = 1; /* taps that fall on one place, at most */
    for (int d = 0; d < problem->rank; d++) {
        extent[d] = conv_min(problem->axis[d].m, tile->shape.length[d]);
        folds *= ceil((double)problem->axis[d].m / (double)extent[d]);
        count *= extent[d];
    }
    conv_magnitudes taps;
    if (folds > 1) { /* an axis is cyclic and shorter than the kernel */
        fold_kernel(task, kernel, extent);
        conv_measure_taps(problem->elements, task->taps, problem->taps, &taps);
        tile->fold_error = (conv_unit(problem->dtype) + folds * (double)LDBL_EPSILON) * taps.sum;
    } else {
        if (!task->finite_taps)
            memset(kernel, 0, count * problem->elements->tap_size);
        load_kernel(task, kernel, extent);
    }
    conv_measure_taps(problem->elements, kernel, count, &taps);
    tile->kernel_norm = taps.norm;
    tile->kernel_sum = taps.sum;
    tile->enlarges = taps.sum > 2;
    if (!tile->wide) /* else any products of floats are far from a double's limits */
        scale_kernel(tile, task, kernel, count, &taps);
    memcpy(tile->kernel_extent, extent, sizeof extent);
    tile->kernel_type = problem->kernel_dtype;
    if (!tile->kernel)
        conv_transform_kernel(tile->transform, kernel, problem->kernel_dtype, extent,
                              tile->spectrum, tile->source.scratch);
}

static void make_spectrum(conv_tile_transform *tile, const conv_task *task) {
    conv_problem problem;
    conv_task wide;
    if (tile->wide) {
        conv_tile_wide_taps(task, tile->source.wide_taps);
        conv_tile_wide_task(task, &problem, &wide, tile->source.wide_taps);
        transform_kernel(tile, &wide);
    } else {
        transform_kernel(tile, task);
    }
    free_source(tile);
}

void conv_tile_transform_complete(const conv_task *task, void *state) {
    conv_tile_transform *tile = state;
    if (tile->source.waits)
        make_spectrum(tile, task);
    tile->source.waits = false;
}

/* Seconds that literal sums of the NaN and Inf taps take: about 15 ns for every product. */
static double literal_seconds(const conv_task *task) {
    const conv_problem *problem = task->problem;
    const conv_element_kernels *elements = problem->elements;
    const char *tap = task->taps;
    double bad = 0;
    for (size_t q = 0; q < problem->taps; q++, tap += elements->tap_size)
        bad += !elements->taps_are_finite(tap, 1);
    return 15e-9 * bad * (double)problem->outputs;
}

/* Room for patterns where a limit leaves it, and whether it serves the taps. */
static void plan_patterns(conv_tile_transform *tile, const conv_task *task) {
    const conv_problem *problem = task->problem;
    size_t bytes, all;
    double boxes = 1;
    if (tile->room)
        return;
    for (int d = 0; d < problem->rank && !task->finite_taps; d++)
        boxes *= ceil((double)tile->shape.extent[d] / (double)tile->shape.block[d]);
    tile->taps_by_pattern =
        !task->finite_taps && literal_seconds(task) > boxes * conv_pattern_seconds(tile, task);
    if (conv_pattern_bytes(tile, problem, &bytes) &&
        conv_add(bytes, box_bytes(tile, 1) + conv_tile_transform_late(tile), &all) &&
        all <= conv_wishes_room(task->wishes))
        tile->pattern_bytes = bytes;
    else
        tile->taps_by_pattern = false;
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
    tile->compute = conv_task_compute(task);
    tile->wide = tile->compute != problem->dtype;
    conv_status status =
        shape->summed
            ? conv_transform_create_summed(&tile->transform, tile->compute, problem->rank,
                                           shape->length, problem->axis[0].m, task->wishes->level)
            : conv_transform_create(&tile->transform, shape->backend, tile->compute, problem->rank,
                                    shape->length, task->wishes->level);
    if (status == CONV_OK)
        status = tile_sizes(tile, problem);
    if (status == CONV_OK)
        status = reserve_kernel(tile, task);
    tile->source.waits = task->wishes->waits && task->finite_taps && tile->source.memory;
    if (status == CONV_OK && !tile->source.waits)
        make_spectrum(tile, task);
    if (status == CONV_OK)
        plan_patterns(tile, task);
    if (status == CONV_OK && tile->taps_by_pattern && tile->spectrum)
        status = conv_signs_keep(tile, task);
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
    free_source(tile);
    conv_free(tile->spectrum);
    conv_free(tile->kernel);
    conv_free(tile->signs);
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
    return length + snprintf(text + used, size - used, "%s%s%s",
                             tile->shape.backend == CONV_BACKEND_FFTW ? " by FFTW" : "",
                             tile->shape.summed ? ", summed along the first axis" : "",
                             tile->wide ? " in double" : "");
}

size_t conv_tile_transform_workspace(const conv_tile_transform *tile, int threads) {
    return tile->room ? 0 : box_bytes(tile, threads) + tile->pattern_bytes;
}

size_t conv_tile_transform_late(const conv_tile_transform *tile) {
    return tile->kernel ? conv_aligned_size(conv_transform_spectrum_size(tile->transform)) : 0;
}

const conv_tile_transform *conv_tile_transform_begin(const conv_tile_transform *tile,
                                                     conv_tile_transform *ready, char **workspace) {
    if (!tile->kernel)
        return tile;
    *ready = *tile;
    ready->spectrum = *workspace;
    *workspace += conv_tile_transform_late(tile);
    /* the first box, which is not in use yet, has the scratch memory */
    conv_transform_kernel(tile->transform, tile->kernel, tile->kernel_type, tile->kernel_extent,
                          ready->spectrum, *workspace);
    return ready;
}
