#include "methods/tile_convolve.h"

#include <math.h>

#include "base/memory.h"
#include "methods/rounding.h"
#include "methods/tile_wide.h"

/* Multiplies the box's results by 2^exponent. */
static void scale_results(const conv_tile_box *run, int exponent, int d, char *result) {
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
static double largest_result(const conv_tile_box *run, int d, const char *result) {
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
static bool may_have_lost_digits(conv_tile_box *run) {
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
        conv_tile_box_gather(run);
    for (int d = 0; d < problem->rank; d++)
        samples *= run->io.in_extent[d];
    return elements->largest(run->gathered, samples) > 0;
}

void conv_tile_convolve_scaled(const conv_tile_box *run) {
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

void conv_tile_convolve(conv_tile_box *run) {
    const conv_tile_transform *tile = run->tile;
    if (tile->wide) {
        char *out = run->wide + tile->wide_in_bytes;
        conv_tile_wide_convolve(tile, run->task->problem, &run->io, (double *)run->wide,
                                (double *)out, run->scratch, run->threads);
        return;
    }
    conv_transform_convolve(tile->transform, &run->io, tile->spectrum, run->scratch, run->threads);
    if (tile->enlarges && may_have_lost_digits(run))
        conv_tile_convolve_scaled(run);
    else if (tile->kernel_exponent)
        scale_results(run, tile->kernel_exponent, 0, run->io.out);
}
