#include "problem/problem.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"

/* Extents and lattice indices stay below this, so that sums of a few of them fit ptrdiff_t. */
#define MAX_EXTENT ((size_t)PTRDIFF_MAX / 8)

typedef long long printable; /* ptrdiff_t in a message */

/* Where SAME starts in the full result: design of the systems that the presets are named after. */
static size_t preset_start(conv_preset preset, conv_operation operation, size_t m) {
    static const unsigned char add[][2] = {
        /* convolve, correlate: start = (m - 1 + add) / 2 */
        [CONV_PRESET_SCIPY] = {0, 0},
        [CONV_PRESET_NUMPY] = {0, 0},
        [CONV_PRESET_SCIPY_CORRELATE2D] = {0, 1},
        [CONV_PRESET_NDIMAGE] = {1, 0},
        [CONV_PRESET_MATLAB] = {1, 1},
        [CONV_PRESET_OPENCV] = {1, 0},
        [CONV_PRESET_TORCH] = {1, 1},
    };
    return (m - 1 + add[preset][operation]) / 2;
}

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
    axis->start = (ptrdiff_t)preset_start(desc->preset, desc->operation, axis->m) + origin;
    axis->count = axis->n;
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

static conv_status axis_lattice(const conv_desc *desc, int d, conv_problem *problem) {
    conv_axis *axis = &problem->axis[d];
    size_t n = axis->n, m = axis->m;
    axis->start = 0;
    axis->step = 1;
    axis->extension = (conv_extension)desc->boundary[d];
    axis->period = n;
    switch (desc->mode) {
    case CONV_FULL:
        axis->count = n + m - 1;
        return CONV_OK;
    case CONV_SAME:
        return same_lattice(desc, d, axis);
    case CONV_CAUSAL:
        axis->count = n;
        return CONV_OK;
    case CONV_VALID:
        axis->extension = CONV_EXTEND_ZERO;
        axis->start = (ptrdiff_t)conv_min(n, m) - 1;
        axis->count = conv_max(n, m) - conv_min(n, m) + 1;
        return CONV_OK;
    case CONV_CIRCULAR:
        return circular_lattice(desc, d, problem);
    case CONV_WINDOW:
        return window_lattice(desc, d, axis);
    }
    return conv_fail(CONV_ERR_ENUM, "mode is %d", (int)desc->mode);
}

static conv_status check_extents(const conv_desc *desc) {
    int signal_longer = -1, kernel_longer = -1;
    for (int d = 0; d < desc->rank; d++) {
        size_t n = desc->signal_shape[d], m = desc->kernel_shape[d];
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
    if (desc->mode == CONV_VALID && signal_longer >= 0 && kernel_longer >= 0)
        return conv_fail(CONV_ERR_MIXED_FIT,
                         "valid mode: the signal is longer on axis %d (%zu and %zu), the kernel on "
                         "axis %d (%zu and %zu)",
                         signal_longer, desc->signal_shape[signal_longer],
                         desc->kernel_shape[signal_longer], kernel_longer,
                         desc->kernel_shape[kernel_longer], desc->signal_shape[kernel_longer]);
    return CONV_OK;
}

double conv_end_weight(size_t extent, int ends, const double *end_weight, size_t index) {
    size_t from_end = extent - 1 - index;
    double weight = 1;
    if (index < (size_t)ends)
        weight = end_weight[index];
    if (from_end < (size_t)ends)
        weight += end_weight[from_end] - 1;
    return weight;
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
    size_t total = 1, bytes;
    bool fits = true;
    for (int d = 0; d < rank; d++)
        fits = fits && conv_multiply(total, extent[d], &total);
    if (!fits || !conv_multiply(total, size, &bytes) || bytes > MAX_EXTENT)
        return conv_fail(CONV_ERR_OVERFLOW,
                         "the %s has more bytes than the address space: shape[0] = %zu, rank %d",
                         what, extent[0], rank);
    *elements = total;
    return CONV_OK;
}

/* Strides as given, or contiguous where all are 0; then the batch stride and the bytes spanned. */
static conv_status resolve_strides(const conv_desc *desc, const char *what, const size_t *extent,
                                   size_t elements, const ptrdiff_t *given, ptrdiff_t batch_stride,
                                   size_t size, ptrdiff_t *stride, ptrdiff_t *resolved_batch,
                                   conv_span *span) {
    bool contiguous = true;
    for (int d = 0; d < desc->rank; d++)
        contiguous = contiguous && given[d] == 0;
    if (contiguous)
        conv_contiguous_strides(desc->rank, extent, stride);
    if (contiguous && desc->batch == 1) {
        *resolved_batch = batch_stride ? batch_stride : (ptrdiff_t)elements;
        *span = (conv_span){0, (ptrdiff_t)(elements * size)};
        return CONV_OK;
    }
    ptrdiff_t low = 0, high = 0, room = 1, reach;
    bool fits = true;
    for (int d = 0; d < desc->rank; d++) {
        if (!contiguous)
            stride[d] = given[d];
        ptrdiff_t whole = 0;
        fits = fits && !__builtin_mul_overflow(stride[d], (ptrdiff_t)extent[d] - 1, &reach) &&
               !__builtin_mul_overflow(stride[d], (ptrdiff_t)extent[d], &whole) &&
               whole > PTRDIFF_MIN / 8 && whole < PTRDIFF_MAX / 8;
        if (!fits)
            break;
        *(reach < 0 ? &low : &high) += reach;
        whole = whole < 0 ? -whole : whole;
        room = whole > room ? whole : room;
    }
    *resolved_batch = batch_stride ? batch_stride : room;
    fits = fits && !__builtin_mul_overflow(*resolved_batch, (ptrdiff_t)desc->batch - 1, &reach);
    if (fits) {
        fits =
            !__builtin_add_overflow(*(reach < 0 ? &low : &high), reach, reach < 0 ? &low : &high) &&
            !__builtin_mul_overflow(low, (ptrdiff_t)size, &span->low) &&
            !__builtin_mul_overflow(high + 1, (ptrdiff_t)size, &span->high) &&
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

static conv_status layout(conv_problem *problem, const conv_desc *desc) {
    size_t size = conv_dtype_size(desc->dtype), count[CONV_MAX_RANK], folded[CONV_MAX_RANK];
    size_t samples = 0;
    ptrdiff_t signal_stride[CONV_MAX_RANK], output_stride[CONV_MAX_RANK];
    for (int d = 0; d < desc->rank; d++) {
        count[d] = problem->axis[d].count;
        folded[d] = problem->axis[d].n;
    }
    conv_status status = product(desc->rank, desc->signal_shape, size, "signal", &samples);
    if (status == CONV_OK)
        status = product(desc->rank, desc->kernel_shape, conv_dtype_size(desc->kernel_dtype),
                         "kernel", &problem->taps);
    if (status == CONV_OK)
        status = product(desc->rank, count, size, "output", &problem->outputs);
    if (status == CONV_OK)
        status = resolve_strides(desc, "signal", desc->signal_shape, samples, desc->signal_stride,
                                 desc->signal_batch_stride, size, signal_stride,
                                 &problem->signal_batch_stride, &problem->signal_span);
    if (status == CONV_OK)
        status = resolve_strides(desc, "output", count, problem->outputs, desc->output_stride,
                                 desc->output_batch_stride, size, output_stride,
                                 &problem->output_batch_stride, &problem->output_span);
    if (status != CONV_OK)
        return status;
    status = check_output_strides(problem, output_stride, count);
    if (status != CONV_OK)
        return status;
    for (int d = 0; d < desc->rank; d++) {
        problem->axis[d].signal_stride = signal_stride[d];
        problem->axis[d].output_stride = output_stride[d];
    }
    if (problem->fold.needed) {
        problem->fold.samples = 1;
        for (int d = 0; d < desc->rank; d++) {
            problem->fold.extent[d] = desc->signal_shape[d];
            problem->fold.stride[d] = signal_stride[d];
            problem->fold.samples *= folded[d];
        }
        conv_contiguous_strides(desc->rank, folded, signal_stride);
        for (int d = 0; d < desc->rank; d++)
            problem->axis[d].signal_stride = signal_stride[d];
    }
    return CONV_OK;
}

static conv_level problem_level(conv_isa isa) {
    conv_level best = conv_cpu_level();
    if (isa == CONV_ISA_BEST || (int)isa - 1 > (int)best)
        return best;
    return (conv_level)((int)isa - 1);
}

conv_status conv_problem_init(conv_problem *problem, const conv_desc *desc) {
    conv_status status = check_extents(desc);
    if (status != CONV_OK)
        return status;
    problem->dtype = desc->dtype;
    problem->kernel_dtype = desc->kernel_dtype;
    problem->leaf = leaf_type(desc->dtype, desc->kernel_dtype);
    problem->elements = conv_element_table(problem->leaf);
    problem->level = problem_level(desc->isa);
    problem->compute =
        desc->precision == CONV_PRECISION_DOUBLE ? conv_dtype_wide(desc->dtype) : desc->dtype;
    problem->rank = desc->rank;
    problem->fill[0] = desc->boundary_value[0];
    problem->fill[1] = conv_dtype_is_complex(desc->dtype) ? desc->boundary_value[1] : 0;
    problem->kernel_reversed = desc->operation == CONV_CORRELATE;
    problem->kernel_conjugate =
        problem->kernel_reversed && conv_dtype_is_complex(desc->kernel_dtype);
    problem->batch = desc->batch;
    problem->fold.needed = false;
    problem->factor = 1;
    problem->method = desc->method;
    problem->threads = desc->threads == 1 ? 1 : conv_parallel_threads(desc->threads);
    problem->max_workspace = desc->max_workspace ? desc->max_workspace : SIZE_MAX;
    problem->tolerance = desc->tolerance;
    problem->once = false;
    for (int d = 0; d < desc->rank && status == CONV_OK; d++) {
        problem->axis[d].n = desc->signal_shape[d];
        problem->axis[d].m = desc->kernel_shape[d];
        problem->axis[d].ends = problem->axis[d].tap_ends = 0;
        status = axis_lattice(desc, d, problem);
    }
    return status == CONV_OK ? layout(problem, desc) : status;
}
