/* Running the spectra of end corrections, block by block. */
#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "plan/end_spectra_state.h"

typedef struct {
    const conv_end_spectra *spectra;
    const char *signal;
    char *output, *workspace;
    conv_tile io; /* of the block */
    ptrdiff_t origin[CONV_MAX_RANK];
    size_t samples;
    double largest; /* sample of all planes of the block */
    bool found;     /* NaN or Inf */
    int exponent;   /* samples are divided by 2^this */
} spectra_run;

static void scale(const conv_problem *problem, void *values, size_t count, int exponent) {
    if (exponent == 0)
        return;
    /* In two steps: 2^exponent itself may not be a number. */
    problem->elements->scale(values, count, ldexp(1, exponent / 2));
    problem->elements->scale(values, count, ldexp(1, exponent - exponent / 2));
}

/* Under real taps the parts of a complex sample are two signals, and a part that is finite stays;
 * under complex ones both parts of an output are lost with either. */
static void clear_nonfinite(spectra_run *run, char *tile) {
    const conv_problem *problem = run->spectra->planes.whole;
    const conv_element_kernels *elements = problem->elements;
    size_t count = run->samples;
    if (elements->is_finite(tile, count))
        return;
    run->found = true;
    if (conv_dtype_is_complex(problem->dtype) && !conv_dtype_is_complex(problem->kernel_dtype)) {
        elements = conv_element_table((conv_leaf_type)conv_dtype_real(problem->dtype));
        count *= 2;
    }
    for (size_t i = 0; i < count; i++, tile += elements->size)
        if (!elements->is_finite(tile, 1))
            memset(tile, 0, elements->size);
}

static void widen_floats(double *to, const float *from, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
}

static void transform_plane(spectra_run *run, size_t plane) {
    const conv_end_spectra *spectra = run->spectra;
    const conv_end_planes *planes = &spectra->planes;
    const conv_problem *problem = planes->whole;
    char *tile = run->workspace + spectra->tile;
    const char *signal =
        run->signal + conv_end_planes_offset(planes, plane) * (ptrdiff_t)problem->elements->size;
    conv_extend_gather(&planes->rest, signal, run->origin, run->io.in_extent, tile,
                       run->io.in_stride);
    clear_nonfinite(run, tile);
    run->largest = fmax(run->largest, problem->elements->largest(tile, run->samples));
    scale(problem, tile, run->samples, -run->exponent);
    run->io.in = tile;
    if (planes->compute != problem->dtype) {
        size_t reals = run->samples * conv_dtype_reals(problem->dtype);
        run->io.in = run->workspace + spectra->wide;
        widen_floats((double *)(void *)(run->workspace + spectra->wide),
                     (const float *)(const void *)tile, reals);
    }
    conv_transform_forward(spectra->transform, &run->io,
                           run->workspace + plane * spectra->spectrum_bytes,
                           run->workspace + spectra->scratch, 1);
}

static void transform_planes(spectra_run *run) {
    run->largest = 0;
    run->exponent = 0;
    for (size_t p = 0; p < run->spectra->planes.planes; p++)
        transform_plane(run, p);
    run->exponent = conv_end_spectra_far(run->largest);
    for (size_t p = 0; p < run->spectra->planes.planes && run->exponent; p++)
        transform_plane(run, p);
}

/* Adds `count` results in a row to the outputs from y on. */
static void add_results(const spectra_run *run, const char *from, size_t count, char *y,
                        ptrdiff_t stride) {
    const conv_problem *problem = run->spectra->planes.whole;
    const conv_element_kernels *elements = problem->elements;
    if (run->spectra->planes.compute == problem->dtype) {
        elements->add(y, stride, from, count);
        return;
    }
    size_t parts = conv_dtype_reals(problem->dtype);
    const double *value = (const double *)(const void *)from;
    for (size_t i = 0; i < count; i++, y += stride * (ptrdiff_t)elements->size) {
        long double sum[2] = {0, 0};
        elements->add_sample(sum, y);
        for (size_t part = 0; part < parts; part++)
            sum[part] += *value++;
        elements->round_sum(sum, y);
    }
}

/* The block's outputs on axis d of those that are left: from results `from` on to outputs y. */
static void add_block(const spectra_run *run, int d, const char *from, char *y) {
    const conv_end_spectra *spectra = run->spectra;
    const conv_problem *rest = &spectra->planes.rest;
    const conv_axis *axis = &rest->axis[d];
    size_t first, end, size = conv_dtype_size(spectra->planes.compute);
    ptrdiff_t k = run->origin[d] + (ptrdiff_t)run->io.out_first[d];
    ptrdiff_t step = axis->output_stride * (ptrdiff_t)rest->elements->size;
    conv_end_planes_lattice(axis, k, run->io.out_count[d], &first, &end);
    for (size_t i = first, until; i < end; i = until) {
        ptrdiff_t apart = axis->start + (ptrdiff_t)(i * axis->step) - k;
        const char *at = from + apart * run->io.out_stride[d] * (ptrdiff_t)size;
        until = i + 1;
        if (spectra->kind[d][i] == 2)
            continue;
        if (d < rest->rank - 1) {
            add_block(run, d + 1, at, y + (ptrdiff_t)i * step);
            continue;
        }
        while (axis->step == 1 && until < end && spectra->kind[d][until] != 2)
            until++;
        add_results(run, at, until - i, y + (ptrdiff_t)i * step, axis->output_stride);
    }
}

static void scale_results(const spectra_run *run, size_t results) {
    const conv_problem *problem = run->spectra->planes.whole;
    int exponent = run->exponent + run->spectra->kernel_exponent;
    if (run->spectra->planes.compute == problem->dtype) {
        scale(problem, run->io.out, results, exponent);
        return;
    }
    double *value = run->io.out;
    results *= conv_dtype_reals(problem->dtype);
    for (size_t i = 0; i < results && exponent; i++)
        value[i] = ldexp(value[i], exponent);
}

static void correct_plane(spectra_run *run, size_t corrected) {
    const conv_end_spectra *spectra = run->spectra;
    const conv_end_planes *planes = &spectra->planes;
    const void **signals = (const void **)(void *)(run->workspace + spectra->signals);
    const void **factors = (const void **)(void *)(run->workspace + spectra->factors);
    double *weights = (double *)(void *)(run->workspace + spectra->weights);
    char *sum = run->workspace + spectra->sum;
    size_t results = 1, count = 0;
    ptrdiff_t offset = conv_end_planes_begin(planes, corrected);
    for (conv_end_product p = {0}; conv_end_planes_next(planes, corrected, &p); count++) {
        signals[count] = run->workspace + p.plane * spectra->spectrum_bytes;
        factors[count] = spectra->kernels + p.combination * spectra->spectrum_bytes;
        weights[count] = p.weight;
    }
    if (count == 0)
        return;
    for (int d = 0; d < planes->rest.rank; d++)
        results *= run->io.out_count[d];
    conv_transform_multiply_weighted(spectra->transform, signals, factors, weights, count, sum);
    conv_transform_inverse(spectra->transform, &run->io, sum, run->workspace + spectra->scratch, 1);
    scale_results(run, results);
    add_block(run, 0, run->io.out, run->output + offset * (ptrdiff_t)planes->whole->elements->size);
}

/* Places the block whose outputs, on the unit lattice, begin at `first` of each axis. False where
 * no sample reaches it. */
static bool place_block(spectra_run *run, const size_t *first) {
    const conv_end_planes *planes = &run->spectra->planes;
    run->samples = 1;
    for (int d = 0; d < planes->rest.rank; d++) {
        conv_end_range range;
        if (!conv_end_planes_range(planes, d, first[d], &range))
            return false;
        run->origin[d] = range.low;
        run->io.in_extent[d] = range.samples;
        run->io.out_first[d] = range.first;
        run->io.out_count[d] = range.count;
        run->samples *= range.samples;
    }
    conv_contiguous_strides(planes->rest.rank, run->io.in_extent, run->io.in_stride);
    conv_contiguous_strides(planes->rest.rank, run->io.out_count, run->io.out_stride);
    /* The result is written when the tile is no longer needed. */
    run->io.out = run->workspace + run->spectra->wide;
    return true;
}

bool conv_end_spectra_run(const conv_end_spectra *spectra, const char *signal, char *output,
                          char *workspace) {
    const conv_end_planes *planes = &spectra->planes;
    spectra_run run = {
        .spectra = spectra, .signal = signal, .output = output, .workspace = workspace};
    size_t first[CONV_MAX_RANK] = {0};
    do {
        if (!place_block(&run, first))
            continue;
        transform_planes(&run);
        for (size_t c = 0; c < planes->corrected; c++)
            correct_plane(&run, c);
    } while (conv_next_box(planes->rest.rank, planes->origin, planes->reach, planes->block, first));
    return run.found;
}
