/* Making: lengths, room, and whether tilts pay. tilt_run.c has the running. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "cost/costs.h"
#include "cost/fitted.h"
#include "plan/tilt_state.h"

static bool is_fit(const conv_task *task) {
    const conv_problem *problem = task->problem;
    const conv_axis *axis = &problem->axis[0];
    return problem->rank == 1 && !conv_dtype_is_complex(problem->dtype) && task->finite_taps &&
           axis->extension == CONV_EXTEND_ZERO && axis->step == 1 && axis->ends == 0 &&
           !problem->fold.needed;
}

/* The length; its nanoseconds. */
static double choose_length(const conv_task *wide, size_t least, conv_backend *backend,
                            size_t *length) {
    *backend = CONV_BACKEND_RING;
    *length = conv_transform_length(*backend, CONV_F64, least, CONV_AXIS_LINE);
    return *length ? conv_cost_transform_choice(wide, *backend, length) : INFINITY;
}

/* Outputs of the lattice that samples reach: the others are 0. */
static void find_outputs(conv_tilt *tilt, const conv_axis *axis) {
    ptrdiff_t low = axis->start, high = axis->start + (ptrdiff_t)axis->count - 1;
    ptrdiff_t last = (ptrdiff_t)(axis->n + axis->m - 2);
    low = low < 0 ? 0 : low;
    high = high > last ? last : high;
    tilt->n = axis->n;
    tilt->m = axis->m;
    tilt->first = (size_t)low;
    tilt->begin = (size_t)(low - axis->start);
    tilt->count = high >= low ? (size_t)(high - low) + 1 : 0;
}

static bool size_workspace(conv_tilt *tilt) {
    size_t padded, doubles = sizeof(double);
    if (!conv_add(tilt->n, 2 * (tilt->m - 1), &padded) ||
        !conv_multiply(conv_max(padded, tilt->length), 16 * doubles, &padded))
        return false; /* so large that the sum of what follows may overflow */
    tilt->padded_bytes = conv_aligned_size((tilt->n + 2 * (tilt->m - 1)) * doubles);
    tilt->output_bytes = conv_aligned_size(tilt->count * doubles);
    if (!tilt->pays)
        return true;
    tilt->operand_bytes = conv_aligned_size(tilt->n * doubles);
    tilt->exponent_bytes = conv_aligned_size(tilt->n * sizeof(int));
    tilt->signal_bytes = tilt->operand_bytes;
    tilt->kernel_bytes = conv_aligned_size(tilt->m * doubles);
    tilt->spectrum_bytes = conv_aligned_size(conv_transform_spectrum_size(tilt->transform));
    tilt->scratch_bytes = conv_aligned_size(conv_transform_scratch_size(tilt->transform, 1));
    return true;
}

size_t conv_tilt_workspace(const conv_tilt *tilt) {
    size_t bytes = tilt->padded_bytes + tilt->output_bytes;
    if (tilt->pays)
        bytes += tilt->operand_bytes + tilt->exponent_bytes + tilt->signal_bytes +
                 tilt->kernel_bytes + 3 * tilt->output_bytes + tilt->spectrum_bytes +
                 tilt->scratch_bytes;
    return bytes;
}

double conv_tilt_seconds(const conv_tilt *tilt) {
    return tilt->pays ? 3 * tilt->tilt_seconds : tilt->sum_seconds * (double)tilt->count;
}

static double tap_value(const conv_problem *problem, const void *taps, size_t i) {
    long double sum[2] = {0, 0};
    problem->elements->add_tap(sum, (const char *)taps + i * problem->elements->tap_size);
    return (double)sum[0];
}

static conv_status load_kernel(conv_tilt *tilt, const conv_task *task) {
    size_t m = tilt->m;
    tilt->taps = conv_allocate(conv_times(m, sizeof(double)));
    tilt->kernel.mantissa = conv_allocate(conv_times(m, sizeof(double)));
    tilt->kernel.exponent = conv_allocate(conv_times(m, sizeof(int)));
    double *reversed = conv_allocate(conv_times(m, sizeof(double)));
    tilt->kernel.count = m;
    conv_status status = CONV_OK;
    if (!tilt->taps || !tilt->kernel.mantissa || !tilt->kernel.exponent || !reversed) {
        status = conv_fail(CONV_ERR_MEMORY, "no memory for the kernel's %zu taps", m);
        goto done;
    }
    for (size_t i = 0; i < m; i++) {
        tilt->taps[i] = tap_value(task->problem, task->taps, i);
        reversed[m - 1 - i] = tilt->taps[i];
    }
    conv_tilt_load(&tilt->kernel, reversed);
done:
    conv_free(reversed);
    return status;
}

/* What a tilt costs, and whether a few are cheaper than the sums of all outputs. */
static conv_status plan_tilts(conv_tilt *tilt, const conv_task *task) {
    conv_problem wide = *task->problem;
    conv_task in_double = {&wide, task->wishes, NULL, true};
    conv_backend backend = CONV_BACKEND_RING;
    conv_problem_widen(&wide);
    double transform = choose_length(&in_double, tilt->n + tilt->m - 1, &backend, &tilt->length);
    double numbers = (double)(tilt->n + tilt->m + tilt->count);
    tilt->slide = conv_slide_table(CONV_LEAF_F64, task->wishes->level);
    tilt->tilt_seconds = 1e-9 * (CONV_COST_TILTED * transform + CONV_COST_TILT * numbers);
    tilt->sum_seconds = 1e-9 * conv_cost_slide(&in_double, (double)tilt->m);
    tilt->pays =
        CONV_COST_TILT_GAIN * tilt->tilt_seconds < tilt->sum_seconds * (double)tilt->count &&
        tilt->value > 1000 * conv_unit(CONV_F64) && tilt->value > 2 * tilt->unit_out;
    tilt->transform_units =
        conv_bounds_transform(CONV_F64, (double)tilt->length, false) * conv_unit(CONV_F64);
    if (!tilt->pays)
        return CONV_OK;
    return conv_transform_create(&tilt->transform, backend, CONV_F64, 1, &tilt->length,
                                 task->wishes->level);
}

conv_status conv_tilt_create(conv_tilt **tilt, const conv_task *task, double value,
                             bool is_needed) {
    const conv_problem *problem = task->problem;
    *tilt = NULL;
    if (!is_fit(task))
        return CONV_OK;
    conv_tilt *made = conv_allocate(sizeof *made);
    if (!made)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    memset(made, 0, sizeof *made);
    find_outputs(made, &problem->axis[0]);
    made->value = value;
    made->unit_out = problem->dtype == CONV_F64 ? 0 : conv_unit(problem->dtype);
    conv_status status = plan_tilts(made, task);
    bool is_used = status == CONV_OK && made->count > 0 && conv_tilt_sum_bound(made) <= value &&
                   (made->pays || is_needed) && size_workspace(made);
    if (is_used)
        status = load_kernel(made, task);
    if (status == CONV_OK && is_used)
        *tilt = made;
    else
        conv_tilt_destroy(made);
    return status;
}

void conv_tilt_destroy(conv_tilt *tilt) {
    if (!tilt)
        return;
    conv_transform_destroy(tilt->transform);
    conv_free(tilt->taps);
    conv_free(tilt->kernel.mantissa);
    conv_free(tilt->kernel.exponent);
    conv_free(tilt);
}

int conv_tilt_describe(const conv_tilt *tilt, char *text, size_t size) {
    if (!tilt->pays)
        return snprintf(text, size, "direct sums in double: %.2g\n", conv_tilt_sum_bound(tilt));
    return snprintf(text, size,
                    "transforms of %zu of tilted data, %.3g us each, as many as pay; the other "
                    "outputs by direct sums in double: %.2g\n",
                    tilt->length, 1e6 * tilt->tilt_seconds, conv_tilt_sum_bound(tilt));
}
