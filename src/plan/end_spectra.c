/* Making the spectra of end corrections. end_spectra_run.c runs them. */
#include "plan/end_spectra_state.h"

#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "cost/fitted.h"

/* Powers of two from which data count as far from 1: they are brought there. */
#define FAR_EXPONENT 24

/* ---- the kernel's spectra ---- */

static void narrow(const double *from, size_t count, bool is_complex, bool is_double, void *to) {
    size_t parts = is_complex ? 2 : 1;
    for (size_t i = 0; i < count; i++)
        for (size_t part = 0; part < parts; part++) {
            double value = from[part * count + i];
            if (is_double)
                ((double *)to)[i * parts + part] = value;
            else
                ((float *)to)[i * parts + part] = (float)value;
        }
}

int conv_end_spectra_far(double largest) {
    int exponent = 0;
    if (largest > 0 && isfinite(largest))
        frexp(largest, &exponent);
    return exponent > -FAR_EXPONENT && exponent < FAR_EXPONENT ? 0 : exponent;
}

/* Spectra of the combinations that are planes of taps. */
static void transform_taps(conv_end_spectra *made, const double *widened, double *plane,
                           void *kernel, void *scratch) {
    const conv_end_planes *planes = &made->planes;
    const conv_problem *rest = &planes->rest;
    bool is_complex = conv_dtype_is_complex(made->kernel_type);
    size_t parts = is_complex ? 2 : 1, extent[CONV_MAX_RANK];
    for (int d = 0; d < rest->rank; d++)
        extent[d] = rest->axis[d].m;
    for (size_t c = 0; c < planes->combinations; c++) {
        if (conv_end_planes_sum(planes, c) >= 0)
            continue;
        conv_end_planes_load(planes, c, widened, (int)parts, made->kernel_exponent, plane);
        narrow(plane, rest->taps, is_complex, conv_dtype_is_double(made->kernel_type), kernel);
        conv_transform_kernel(made->transform, kernel, made->kernel_type, extent,
                              made->kernels + c * made->spectrum_bytes, scratch);
    }
}

static void add_doubles(double *to, const double *from, size_t count, double weight, bool adds) {
    if (adds)
        for (size_t i = 0; i < count; i++)
            to[i] += weight * from[i];
    else
        for (size_t i = 0; i < count; i++)
            to[i] = weight * from[i];
}

static void add_floats(float *to, const float *from, size_t count, double weight, bool adds) {
    for (size_t i = 0; i < count; i++)
        to[i] = (float)(weight * from[i] + (adds ? to[i] : 0.0F));
}

/* A spectrum is an array of numbers of the transform's real type that depend on the kernel
 * linearly: a sum of planes has the same sum of their spectra. Axis by axis: a combination's parts
 * are planes of taps on this axis and the later ones. */
static void combine_spectra(conv_end_spectra *made) {
    const conv_end_planes *planes = &made->planes;
    bool is_double = conv_dtype_is_double(planes->compute);
    size_t bytes = conv_transform_spectrum_size(made->transform);
    for (int i = 0; i < planes->axes; i++)
        for (size_t c = 0; c < planes->combinations; c++) {
            void *to = made->kernels + c * made->spectrum_bytes;
            if (conv_end_planes_sum(planes, c) != i)
                continue;
            for (conv_end_part part = {0}; conv_end_planes_part(planes, c, i, &part);) {
                const void *from = made->kernels + part.combination * made->spectrum_bytes;
                if (is_double)
                    add_doubles(to, from, bytes / sizeof(double), part.weight, part.step > 1);
                else
                    add_floats(to, from, bytes / sizeof(float), part.weight, part.step > 1);
            }
        }
}

static conv_status make_kernels(conv_end_spectra *made, const double *widened, size_t most_bytes) {
    size_t taps = made->planes.rest.taps, bytes;
    conv_dtype compute = made->planes.compute;
    made->kernel_type = conv_dtype_is_complex(made->planes.whole->kernel_dtype)
                            ? compute
                            : conv_dtype_real(compute);
    made->spectrum_bytes = conv_aligned_size(conv_transform_spectrum_size(made->transform));
    if (!conv_multiply(made->planes.combinations, made->spectrum_bytes, &bytes) ||
        bytes > most_bytes)
        return conv_fail(CONV_ERR_RULE,
                         "the rule's end corrections of so large extents would need %zu spectra of "
                         "%zu bytes, and %zu are the most",
                         made->planes.combinations, made->spectrum_bytes, most_bytes);
    made->kernels = conv_allocate(bytes);
    size_t plane = conv_aligned_size(2 * taps * sizeof(double));
    size_t kernel = conv_aligned_size(taps * conv_dtype_size(made->kernel_type));
    char *room = conv_allocate(plane + kernel + conv_transform_scratch_size(made->transform, 1));
    bool fits = made->kernels && room;
    if (fits) {
        transform_taps(made, widened, (double *)(void *)room, room + plane, room + plane + kernel);
        combine_spectra(made);
    }
    conv_free(room);
    return fits ? CONV_OK : conv_fail(CONV_ERR_MEMORY, "no memory for a rule's end corrections");
}

/* ---- making ---- */

static bool take(conv_end_spectra *made, size_t count, size_t size, size_t *place) {
    size_t bytes;
    *place = made->end;
    return conv_multiply(count, size, &bytes) && conv_add(bytes, CONV_ALIGNMENT - 1, &bytes) &&
           conv_add(made->end, bytes & ~(size_t)(CONV_ALIGNMENT - 1), &made->end);
}

static conv_status lay_out(conv_end_spectra *made) {
    const conv_end_planes *planes = &made->planes;
    size_t tile = 1, none;
    for (int d = 0; d < planes->rest.rank; d++)
        tile *= planes->length[d];
    bool fits = take(made, planes->planes, made->spectrum_bytes, &none) &&
                take(made, 1, made->spectrum_bytes, &made->sum) &&
                take(made, tile, planes->whole->elements->size, &made->tile) &&
                take(made, tile, conv_dtype_size(planes->compute), &made->wide) &&
                take(made, planes->most_products, sizeof(void *), &made->signals) &&
                take(made, planes->most_products, sizeof(void *), &made->factors) &&
                take(made, planes->most_products, sizeof(double), &made->weights) &&
                take(made, 1, conv_transform_scratch_size(made->transform, 1), &made->scratch);
    return fits ? CONV_OK : conv_fail(CONV_ERR_OVERFLOW, "a rule's end corrections are too many");
}

conv_status conv_end_spectra_plan(conv_end_spectra **result, const conv_task *task, unsigned axes,
                                  const conv_end_rows *rows, const unsigned char *const *kind) {
    conv_end_spectra *made = conv_allocate(sizeof *made);
    *result = NULL;
    if (!made)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a rule's end corrections");
    memset(made, 0, sizeof *made);
    conv_status status = conv_end_planes_make(&made->planes, task, axes, rows);
    for (int d = 0; d < made->planes.rest.rank; d++)
        made->kind[d] = kind[made->planes.rest_axis[d]];
    if (status != CONV_OK) {
        conv_end_spectra_destroy(made);
        return status;
    }
    *result = made;
    return CONV_OK;
}

conv_status conv_end_spectra_make(conv_end_spectra *planned, const double *widened,
                                  double largest_tap, size_t most_bytes) {
    const conv_end_planes *planes = &planned->planes;
    planned->kernel_exponent = conv_end_spectra_far(largest_tap);
    conv_status status =
        conv_transform_create(&planned->transform, CONV_BACKEND_RING, planes->compute,
                              planes->rest.rank, planes->length, planes->level);
    if (status == CONV_OK)
        status = make_kernels(planned, widened, most_bytes);
    return status == CONV_OK ? lay_out(planned) : status;
}

void conv_end_spectra_destroy(conv_end_spectra *spectra) {
    if (!spectra)
        return;
    conv_end_planes_end(&spectra->planes);
    conv_transform_destroy(spectra->transform);
    conv_free(spectra->kernels);
    conv_free(spectra);
}

size_t conv_end_spectra_bytes(const conv_end_spectra *spectra) {
    return spectra->end;
}

double conv_end_spectra_length(const conv_end_spectra *spectra) {
    double length = 1;
    for (int d = 0; d < spectra->planes.rest.rank; d++)
        length *= (double)spectra->planes.length[d];
    return length;
}

/* Reals that making adds up to spectra of sums: on each axis those whose last sum is there, with as
 * many parts as its sums have terms. */
static double combined(const conv_end_planes *planes, double reals) {
    double before = 1, after = 1, all = 0;
    for (int i = 0; i < planes->axes; i++)
        after *= (double)planes->group[i].tap_count;
    for (int i = 0; i < planes->axes; i++) {
        const conv_end_groups *group = &planes->group[i];
        double terms = (double)group->rows->terms - (double)group->groups;
        double sums = (double)(group->entries - group->tap_count);
        after /= fmax(1, (double)group->tap_count);
        all += before * (terms + sums) * after;
        before *= (double)group->entries;
    }
    return all * reals;
}

conv_end_estimate conv_end_spectra_estimate(const conv_end_spectra *planned) {
    const conv_end_planes *planes = &planned->planes;
    conv_end_estimate made;
    conv_dtype type = planes->compute;
    double parts = conv_dtype_is_complex(type) ? 2 : 1, length = parts, products = 1, blocks = 1;
    double tap_planes = 1;
    for (int d = 0; d < planes->rest.rank; d++) {
        length *= (double)planes->length[d];
        blocks *= ceil((double)planes->reach[d] / (double)planes->block[d]);
    }
    for (int i = 0; i < planes->axes; i++) {
        products *= (double)planes->group[i].groups;
        tap_planes *= (double)planes->group[i].tap_count;
    }
    double transforms = (double)planes->planes + (double)planes->corrected;
    double each = CONV_COST_END_CALL + length * (log2(length) + 1) * CONV_COST_END_STAGE;
    double spectra = (double)planes->combinations;
    made.bytes = (spectra + (double)planes->planes + 1) * length *
                 (double)conv_dtype_size(conv_dtype_real(type));
    made.run =
        1e-9 * blocks * (transforms * each + products * length * CONV_COST_END_PRODUCT * parts);
    made.making =
        1e-9 * (tap_planes * (each + CONV_COST_END_TAP * (double)planes->rest.taps * parts) +
                CONV_COST_END_COMBINED * combined(planes, length) + CONV_COST_END_FOUND * spectra);
    return made;
}
