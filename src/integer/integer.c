/* conv1d_i32, conv1d_i64, conv2d_i32: arguments, and the choice of the way. */
#include "integer/integer.h"

#include "base/environment.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/span.h"
#include "base/status.h"
#include "cost/fitted.h"
#include "problem/lattice.h"

/* As large as the elements that are computed with, whatever those given. */
#define ELEMENT_BYTES sizeof(int64_t)

static conv_status check_extents(const conv_integer_shape *shape) {
    static const char *const names[2][4] = {{"", "nx", "", "nh"},
                                            {"x_rows", "x_cols", "h_rows", "h_cols"}};
    for (int d = 0; d < 4; d++)
        if ((d < 2 ? shape->nx[d] : shape->nh[d - 2]) == 0)
            return conv_fail(CONV_ERR_EXTENT, "%s is 0, must be at least 1",
                             names[shape->rank - 1][d]);
    return CONV_OK;
}

/* All sizes; in f64 and int64_t alike. */
static conv_status complete_shape(conv_integer_shape *shape) {
    bool longer[2] = {false, false}; /* the signal, the kernel */
    size_t bytes, *extents[3] = {shape->nx, shape->nh, shape->count};
    size_t *totals[3] = {&shape->samples, &shape->taps, &shape->outputs};
    shape->products = shape->repeats = 1;
    for (int d = 0; d < 2; d++) {
        size_t n = shape->nx[d], m = shape->nh[d], linear;
        longer[0] |= n > m;
        longer[1] |= n < m;
        if (!conv_add(n, m, &linear))
            return conv_fail(CONV_ERR_OVERFLOW, "extents of x and h are %zu and %zu, too large", n,
                             m);
        conv_lattice_of_mode(shape->mode, n, m, &shape->start[d], &shape->count[d]);
        if (shape->mode == CONV_CIRCULAR) {
            shape->products *= (double)n * (double)m;
            shape->repeats *= (double)((linear - 2) / n + 1);
        } else if (shape->mode == CONV_FULL)
            shape->products *= (double)n * (double)m;
        else
            shape->products *= (double)shape->count[d] * (double)conv_min(n, m);
    }
    for (int i = 0; i < 3; i++)
        if (!conv_multiply(extents[i][0], extents[i][1], totals[i]) ||
            !conv_multiply(*totals[i], ELEMENT_BYTES, &bytes))
            return conv_fail(CONV_ERR_OVERFLOW, "%s of %zu x %zu is too large",
                             i == 0   ? "x"
                             : i == 1 ? "h"
                                      : "y",
                             extents[i][0], extents[i][1]);
    if (shape->mode == CONV_VALID && longer[0] && longer[1])
        return conv_fail(CONV_ERR_MIXED_FIT,
                         "valid mode: x is %zu x %zu and h %zu x %zu, one of them must be as long "
                         "as the other on both axes",
                         shape->nx[0], shape->nx[1], shape->nh[0], shape->nh[1]);
    return CONV_OK;
}

static conv_status check_alias(const conv_integer_shape *shape, bool is_32, const void *x,
                               const void *h, const int64_t *y) {
    size_t size = is_32 ? sizeof(int32_t) : sizeof(int64_t);
    conv_span y_span = {0, (ptrdiff_t)(shape->outputs * sizeof *y)};
    bool meets_kernel =
        conv_spans_overlap(h, (conv_span){0, (ptrdiff_t)(shape->taps * size)}, y, y_span);
    if (meets_kernel ||
        conv_spans_overlap(x, (conv_span){0, (ptrdiff_t)(shape->samples * size)}, y, y_span))
        return conv_fail(CONV_ERR_ALIAS, "y at %p overlaps %s at %p", (void *)(uintptr_t)y,
                         meets_kernel ? "h" : "x", meets_kernel ? h : x);
    return CONV_OK;
}

/* Bounds and digits assume what conv_environment_plain sets. Apart, so that no arithmetic moves out
 * of it. */
__attribute__((noinline)) static conv_status
convolve_plainly(conv_integer_shape *shape, bool is_32, const void *x, const void *h, int64_t *y) {
    conv_status status;
    if (!x || !h || !y)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !x ? "x" : !h ? "h" : "y");
    if ((status = check_extents(shape)) != CONV_OK ||
        (status = conv_lattice_check_mode(shape->mode)) != CONV_OK ||
        (status = complete_shape(shape)) != CONV_OK ||
        (status = check_alias(shape, is_32, x, h, y)) != CONV_OK)
        return status;
    conv_operand signal = {.data = x, .is_32 = is_32, .count = shape->samples};
    conv_operand kernel = {.data = h, .is_32 = is_32, .count = shape->taps};
    conv_operand_scan_max(&signal);
    conv_operand_scan_max(&kernel);
    if (conv_split_is_small(shape, &signal, &kernel))
        return conv_integer_loop(shape, &signal, &kernel, 0, y);
    conv_split split = conv_split_choose(shape, &signal, &kernel);
    bool is_whole = split.x_digits == 1 && split.h_digits == 1 && split.any_method;
    if (split.loop ? split.cost > CONV_COST_INTEGER_SMALL || split.sum >= 0x1p63 : !is_whole) {
        conv_operand_scan_norms(&signal);
        conv_operand_scan_norms(&kernel);
        split = conv_split_choose(shape, &signal, &kernel);
    }
    if (split.loop)
        return conv_integer_loop(shape, &signal, &kernel, split.sum, y);
    return conv_integer_digits(shape, &signal, &kernel, &split, y);
}

static conv_status convolve(conv_integer_shape *shape, bool is_32, const void *x, const void *h,
                            int64_t *y) {
    conv_environment callers = conv_environment_plain();
    conv_status status = convolve_plainly(shape, is_32, x, h, y);
    conv_environment_restore(callers);
    return status;
}

conv_status conv1d_i32(const int32_t *x, size_t nx, const int32_t *h, size_t nh, conv_mode mode,
                       int64_t *y) {
    CONV_KEEP_ERRNO;
    conv_integer_shape shape = {.rank = 1, .mode = mode, .nx = {1, nx}, .nh = {1, nh}};
    return convolve(&shape, true, x, h, y);
}

conv_status conv1d_i64(const int64_t *x, size_t nx, const int64_t *h, size_t nh, conv_mode mode,
                       int64_t *y) {
    CONV_KEEP_ERRNO;
    conv_integer_shape shape = {.rank = 1, .mode = mode, .nx = {1, nx}, .nh = {1, nh}};
    return convolve(&shape, false, x, h, y);
}

conv_status conv2d_i32(const int32_t *x, size_t x_rows, size_t x_cols, const int32_t *h,
                       size_t h_rows, size_t h_cols, conv_mode mode, int64_t *y) {
    CONV_KEEP_ERRNO;
    conv_integer_shape shape = {
        .rank = 2, .mode = mode, .nx = {x_rows, x_cols}, .nh = {h_rows, h_cols}};
    return convolve(&shape, true, x, h, y);
}
