#include "problem/problem.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/cpu.h"
#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "problem/lattice.h"

/* Extents and lattice indices stay below this, so that sums of a few of them fit ptrdiff_t. */
#define MAX_EXTENT ((size_t)PTRDIFF_MAX / 8)

typedef long long printable; /* ptrdiff_t in a message */

static conv_status window_lattice(const conv_desc *desc, int d, conv_axis *axis) {
    size_t count = desc->window_count[d], step = desc->window_step[d], reach;
    if (count == 0 || step == 0)
        return conv_fail(CONV_ERR_EXTENT, "window_%s[%d] is 0, must be at least 1",
                         count ? "step" : "count", d);
    ptrdiff_t start = desc->window_start[d];
    if (!conv_multiply(count - 1, step, &reach) || reach > MAX_EXTENT ||
        start > (ptrdiff_t)MAX_EXTENT || start < -(ptrdiff_t)MAX_EXTENT)
        return conv_fail(CONV_ERR_OVERFLOW,
                         "window_start[%d] = %lld, window_count = %zu, window_step = %zu: the "
                         "lattice leaves the index range",
                         d, (printable)start, count, step);
    axis->start = start;
    axis->count = count;
    axis->step = step;
    return CONV_OK;
}

static conv_status same_lattice(const conv_desc *desc, int d, conv_axis *axis) {
    ptrdiff_t origin = desc->origin[d];
    if (origin > (ptrdiff_t)MAX_EXTENT || origin < -(ptrdiff_t)MAX_EXTENT)
        return conv_fail(CONV_ERR_OVERFLOW, "origin[%d] = %lld leaves the index range", d,
                         (printable)origin);
    axis->start =
        (ptrdiff_t)conv_lattice_same_start(desc->preset, desc->operation, axis->m) + origin;
    return CONV_OK;
}

static conv_status circular_lattice(const conv_desc *desc, int d, conv_problem *problem) {
    conv_axis *axis = &problem->axis[d];
    size_t period = desc->period[d] ? desc->period[d] : axis->n;
    if (desc->boundary[d] != CONV_ZERO && desc->boundary[d] != CONV_WRAP)
        return conv_fail(CONV_ERR_BOUNDARY,
                         "boundary[%d] is %d in circular mode, must be CONV_ZERO or CONV_WRAP", d,
                         (int)desc->boundary[d]);
    if (period > MAX_EXTENT)
        return conv_fail(CONV_ERR_OVERFLOW, "period[%d] = %zu is too large", d, period);
    if (period < axis->n) {
        problem->fold.needed = true;
        axis->n = period;
    }
    axis->extension = period > axis->n ? CONV_EXTEND_PERIOD : CONV_EXTEND_WRAP;
    axis->period = period;
    axis->count = period;
    return CONV_OK;
}

/* By the defaults of a description. */
static void plain_lattice(conv_axis *axis, size_t n, size_t m, conv_mode mode) {
    size_t start;
    conv_lattice_of_mode(mode, n, m, &start, &axis->count);
    axis->n = axis->period = n;
    axis->m = m;
    axis->ends = axis->tap_ends = 0;
    axis->plain = false;
    axis->start = (ptrdiff_t)start;
    axis->step = 1;
    axis->extension = mode == CONV_CIRCULAR ? CONV_EXTEND_WRAP : CONV_EXTEND_ZERO;
}

static conv_status axis_lattice(const conv_desc *desc, int d, conv_problem *problem) {
    conv_axis *axis = &problem->axis[d];
    plain_lattice(axis, desc->signal_shape[d], desc->kernel_shape[d], desc->mode);
    axis->plain = desc->rule_axis[d] == CONV_AXIS_SUM;
    if (desc->mode == CONV_CIRCULAR)
        return circular_lattice(desc, d, problem);
    if (desc->mode != CONV_VALID)
        axis->extension = (conv_extension)desc->boundary[d];
    if (desc->mode == CONV_SAME)
        return same_lattice(desc, d, axis);
    return desc->mode == CONV_WINDOW ? window_lattice(desc, d, axis) : CONV_OK;
}

static conv_status check_extents(int rank, const size_t *signal, const size_t *kernel,
                                 conv_mode mode) {
    int signal_longer = -1, kernel_longer = -1;
    for (int d = 0; d < rank; d++) {
        size_t n = signal[d], m = kernel[d];
        if (n == 0 || m == 0)
            return conv_fail(CONV_ERR_EXTENT, "%s_shape[%d] is 0, must be at least 1",
                             n ? "kernel" : "signal", d);
        if (n > MAX_EXTENT || m > MAX_EXTENT)
            return conv_fail(CONV_ERR_OVERFLOW, "%s_shape[%d] = %zu is too large",
                             n > MAX_EXTENT ? "signal" : "kernel", d, n > MAX_EXTENT ? n : m);
        if (n > m)
            signal_longer = d;
        if (m > n)
            kernel_longer = d;
    }
    if (mode == CONV_VALID && signal_longer >= 0 && kernel_longer >= 0)
        return conv_fail(CONV_ERR_MIXED_FIT,
                         "valid mode: the signal is longer on axis %d (%zu and %zu), the kernel on "
                         "axis %d (%zu and %zu)",
                         signal_longer, signal[signal_longer], kernel[signal_longer], kernel_longer,
                         kernel[kernel_longer], signal[kernel_longer]);
    return CONV_OK;
}

double conv_end_weight(size_t extent, int ends, const double *end_weight, size_t index) {
    size_t from_end = extent - 1 - index;
    bool at_start = index < (size_t)ends, at_end = from_end < (size_t)ends;
    if (at_start && at_end)
        return end_weight[index] + (end_weight[from_end] - 1);
    return at_start ? end_weight[index] : at_end ? end_weight[from_end] : 1;
}

bool conv_lattice_index(const conv_axis *axis, ptrdiff_t k, size_t *index) {
    ptrdiff_t offset = k - axis->start, step = (ptrdiff_t)axis->step;
    if (offset < 0 || offset % step != 0 || (size_t)(offset / step) >= axis->count)
        return false;
    *index = (size_t)(offset / step);
    return true;
}

void conv_contiguous_strides(int rank, const size_t *extent, ptrdiff_t *stride) {
    ptrdiff_t step = 1;
    for (int d = rank - 1; d >= 0; d--) {
        stride[d] = step;
        step *= (ptrdiff_t)extent[d];
    }
}

static conv_status product(int rank, const size_t *extent, size_t size, const char *what,
                           size_t *elements) {
    size_t total = extent[0], bytes;
    bool fits = true;
    for (int d = 1; d < rank; d++)
        fits = fits && conv_multiply(total, extent[d], &total);
    if (!fits || !conv_multiply(total, size, &bytes) || bytes > MAX_EXTENT)
        return conv_fail(CONV_ERR_OVERFLOW,
                         "the %s has more bytes than the address space: shape[0] = %zu, rank %d",
                         what, extent[0], rank);
    *elements = total;
    return CONV_OK;
}

static bool is_contiguous(int rank, const ptrdiff_t *given) {
    bool contiguous = true;
    for (int d = 0; d < rank; d++)
        contiguous = contiguous && given[d] == 0;
    return contiguous;
}

/* Strides as given, or contiguous where all are 0; then the batch stride and the bytes spanned. */
static conv_status resolve_strides(const conv_desc *desc, const char *what, const size_t *extent,
                                   const ptrdiff_t *given, ptrdiff_t batch_stride, size_t size,
                                   ptrdiff_t *stride, ptrdiff_t *resolved_batch, conv_span *span) {
    bool contiguous = is_contiguous(desc->rank, given);
    if (contiguous)
        conv_contiguous_strides(desc->rank, extent, stride);
    ptrdiff_t low = 0, high = 0, room = 1, reach;
    bool fits = true;
    for (int d = 0; d < desc->rank; d++) {
        if (!contiguous)
            stride[d] = given[d];
        ptrdiff_t whole = 0; /* the batch's default counts strides of one sample, too */
        fits = fits && !__builtin_mul_overflow(stride[d], (ptrdiff_t)extent[d] - 1, &reach) &&
               !__builtin_mul_overflow(stride[d], (ptrdiff_t)extent[d], &whole) &&
               whole > PTRDIFF_MIN / 8 && whole < PTRDIFF_MAX / 8;
        if (!fits)
            break;
        *(reach < 0 ? &low : &high) += reach;
        whole = whole < 0 ? -whole : whole;
        room = whole > room ? whole : room;
        /* A stride that leads nowhere may be anything: it must not be multiplied. */
        stride[d] = contiguous || extent[d] > 1 ? stride[d] : 1;
    }
    *resolved_batch = batch_stride && desc->batch > 1 ? batch_stride : room;
    fits = fits && desc->batch <= MAX_EXTENT &&
           !__builtin_mul_overflow(*resolved_batch, (ptrdiff_t)desc->batch - 1, &reach);
    if (fits) {
        fits =
            !__builtin_add_overflow(*(reach < 0 ? &low : &high), reach, reach < 0 ? &low : &high) &&
            !__builtin_mul_overflow(low, (ptrdiff_t)size, &span->low) &&
            !__builtin_add_overflow(high, 1, &high) &&
            !__builtin_mul_overflow(high, (ptrdiff_t)size, &span->high) &&
            span->low > PTRDIFF_MIN / 4 && span->high < PTRDIFF_MAX / 4;
    }
    if (!fits)
        return conv_fail(CONV_ERR_OVERFLOW,
                         "the strides of the %s with batch %zu leave the address space", what,
                         desc->batch);
    return CONV_OK;
}

static size_t common_divisor(size_t a, size_t b) {
    while (b) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Whether two steps along one axis can undo two along the other: a*s = b*t with 0 < a < the first
 * count and 0 < b < the second. The smallest such pair is t/g, s/g. */
static bool axes_collide(ptrdiff_t s, size_t s_count, ptrdiff_t t, size_t t_count) {
    size_t a = s < 0 ? (size_t)-s : (size_t)s, b = t < 0 ? (size_t)-t : (size_t)t;
    size_t divisor = common_divisor(a, b);
    return b / divisor < s_count && a / divisor < t_count;
}

/* Whether every stride steps over all that the smaller ones reach: then nothing can collide. */
static bool strides_nest(int axes, const ptrdiff_t *stride, const size_t *count) {
    bool used[CONV_MAX_RANK + 1] = {false};
    size_t reach = 0;
    for (int i = 0; i < axes; i++) {
        int least = -1;
        for (int e = 0; e < axes; e++)
            if (!used[e] && (least < 0 || imaxabs(stride[e]) < imaxabs(stride[least])))
                least = e;
        size_t step = (size_t)imaxabs(stride[least]);
        if (step <= reach)
            return false;
        used[least] = true;
        reach += step * (count[least] - 1);
    }
    return true;
}

/* No two outputs may share an element; the batch is an axis like the others. Pairs of axes are
 * decided exactly; three and more that do not nest are taken to collide. */
static conv_status check_output_strides(const conv_problem *problem, const ptrdiff_t *strides,
                                        const size_t *counts) {
    ptrdiff_t stride[CONV_MAX_RANK + 1];
    size_t count[CONV_MAX_RANK + 1];
    int axes = 0;
    for (int d = 0; d <= problem->rank; d++) {
        bool is_batch = d == problem->rank;
        count[axes] = is_batch ? problem->batch : counts[d];
        stride[axes] = is_batch ? problem->output_batch_stride : strides[d];
        if (count[axes] == 1)
            continue;
        if (stride[axes] == 0)
            return conv_fail(CONV_ERR_STRIDE,
                             "output_stride[%d] is 0 on an axis of %zu outputs, must not be", d,
                             count[axes]);
        for (int e = 0; e < axes; e++)
            if (axes_collide(stride[e], count[e], stride[axes], count[axes]))
                return conv_fail(CONV_ERR_STRIDE,
                                 "output strides %lld (of %zu outputs) and %lld (of %zu) put "
                                 "outputs on top of each other",
                                 (printable)stride[e], count[e], (printable)stride[axes],
                                 count[axes]);
        axes++;
    }
    if (axes > 2 && !strides_nest(axes, stride, count))
        return conv_fail(CONV_ERR_STRIDE,
                         "output_stride[0] = %lld and so on, with output_batch_stride = %lld, put "
                         "outputs on top of each other",
                         (printable)strides[0], (printable)problem->output_batch_stride);
    return CONV_OK;
}

static conv_leaf_type leaf_type(conv_dtype dtype, conv_dtype kernel_dtype) {
    if (dtype == kernel_dtype)
        return (conv_leaf_type)dtype;
    return dtype == CONV_C32 ? CONV_LEAF_C32R : CONV_LEAF_C64R;
}

/* Elements of signal, kernel and output, each of which fits the address space. */
static conv_status count_elements(conv_problem *problem, const size_t *signal, const size_t *kernel,
                                  size_t *samples) {
    size_t size = problem->elements->size, count[CONV_MAX_RANK];
    for (int d = 0; d < problem->rank; d++)
        count[d] = problem->axis[d].count;
    conv_status status = product(problem->rank, signal, size, "signal", samples);
    if (status == CONV_OK)
        status =
            product(problem->rank, kernel, problem->elements->tap_size, "kernel", &problem->taps);
    if (status == CONV_OK)
        status = product(problem->rank, count, size, "output", &problem->outputs);
    return status;
}

/* One signal and one output, each without gaps. */
static void plain_layout(conv_problem *problem, const size_t *signal, size_t samples) {
    ptrdiff_t size = (ptrdiff_t)problem->elements->size, signal_stride = 1, output_stride = 1;
    for (int d = problem->rank - 1; d >= 0; d--) {
        problem->axis[d].signal_stride = signal_stride;
        problem->axis[d].output_stride = output_stride;
        signal_stride *= (ptrdiff_t)signal[d];
        output_stride *= (ptrdiff_t)problem->axis[d].count;
    }
    problem->signal_batch_stride = (ptrdiff_t)samples;
    problem->output_batch_stride = (ptrdiff_t)problem->outputs;
    problem->signal_span = (conv_span){0, (ptrdiff_t)samples * size};
    problem->output_span = (conv_span){0, (ptrdiff_t)problem->outputs * size};
}

static conv_status strided_layout(conv_problem *problem, const conv_desc *desc) {
    size_t size = problem->elements->size, count[CONV_MAX_RANK];
    ptrdiff_t signal_stride[CONV_MAX_RANK], output_stride[CONV_MAX_RANK];
    for (int d = 0; d < desc->rank; d++)
        count[d] = problem->axis[d].count;
    conv_status status = resolve_strides(desc, "signal", desc->signal_shape, desc->signal_stride,
                                         desc->signal_batch_stride, size, signal_stride,
                                         &problem->signal_batch_stride, &problem->signal_span);
    if (status == CONV_OK)
        status = resolve_strides(desc, "output", count, desc->output_stride,
                                 desc->output_batch_stride, size, output_stride,
                                 &problem->output_batch_stride, &problem->output_span);
    if (status == CONV_OK)
        status = check_output_strides(problem, output_stride, count);
    for (int d = 0; d < desc->rank && status == CONV_OK; d++) {
        problem->axis[d].signal_stride = signal_stride[d];
        problem->axis[d].output_stride = output_stride[d];
    }
    return status;
}

static void fold_layout(conv_problem *problem, const conv_desc *desc) {
    size_t folded[CONV_MAX_RANK];
    ptrdiff_t stride[CONV_MAX_RANK];
    problem->fold.samples = 1;
    for (int d = 0; d < desc->rank; d++) {
        folded[d] = problem->axis[d].n;
        problem->fold.extent[d] = desc->signal_shape[d];
        problem->fold.stride[d] = problem->axis[d].signal_stride;
        problem->fold.samples *= folded[d];
    }
    conv_contiguous_strides(desc->rank, folded, stride);
    for (int d = 0; d < desc->rank; d++)
        problem->axis[d].signal_stride = stride[d];
}

static conv_status layout(conv_problem *problem, const conv_desc *desc) {
    size_t samples = 0;
    conv_status status = count_elements(problem, desc->signal_shape, desc->kernel_shape, &samples);
    if (status != CONV_OK)
        return status;
    plain_layout(problem, desc->signal_shape, samples);
    if (desc->batch != 1 || desc->signal_batch_stride || desc->output_batch_stride ||
        !is_contiguous(desc->rank, desc->signal_stride) ||
        !is_contiguous(desc->rank, desc->output_stride))
        status = strided_layout(problem, desc);
    if (status == CONV_OK && problem->fold.needed)
        fold_layout(problem, desc);
    return status;
}

static void set_types(conv_problem *problem, int rank, conv_dtype dtype, conv_dtype kernel_dtype) {
    problem->rank = rank;
    problem->dtype = dtype;
    problem->kernel_dtype = kernel_dtype;
    problem->leaf = leaf_type(dtype, kernel_dtype);
    problem->elements = conv_element_table(problem->leaf);
}

void conv_problem_widen(conv_problem *problem) {
    set_types(problem, problem->rank, conv_dtype_wide(problem->dtype),
              conv_dtype_wide(problem->kernel_dtype));
}

/* What a description can change and seldom does. */
static void set_defaults(conv_problem *problem) {
    problem->fill[0] = problem->fill[1] = 0;
    problem->factor = 1;
    problem->kernel_reversed = problem->kernel_conjugate = false;
    problem->batch = 1;
    problem->fold.needed = false;
}

conv_status conv_problem_plain(conv_problem *problem, conv_dtype dtype, int rank,
                               const size_t *signal, const size_t *kernel, conv_mode mode) {
    size_t samples = 0;
    conv_status status = check_extents(rank, signal, kernel, mode);
    if (status != CONV_OK)
        return status;
    set_types(problem, rank, dtype, dtype);
    set_defaults(problem);
    for (int d = 0; d < rank; d++)
        plain_lattice(&problem->axis[d], signal[d], kernel[d], mode);
    status = count_elements(problem, signal, kernel, &samples);
    if (status == CONV_OK)
        plain_layout(problem, signal, samples);
    return status;
}

conv_status conv_problem_init(conv_problem *problem, const conv_desc *desc) {
    conv_status status =
        check_extents(desc->rank, desc->signal_shape, desc->kernel_shape, desc->mode);
    if (status != CONV_OK)
        return status;
    set_types(problem, desc->rank, desc->dtype, desc->kernel_dtype);
    set_defaults(problem);
    problem->fill[0] = desc->boundary_value[0];
    problem->fill[1] = conv_dtype_is_complex(desc->dtype) ? desc->boundary_value[1] : 0;
    problem->kernel_reversed = desc->operation == CONV_CORRELATE;
    problem->kernel_conjugate =
        problem->kernel_reversed && conv_dtype_is_complex(desc->kernel_dtype);
    problem->batch = desc->batch;
    for (int d = 0; d < desc->rank && status == CONV_OK; d++)
        status = axis_lattice(desc, d, problem);
    return status == CONV_OK ? layout(problem, desc) : status;
}
