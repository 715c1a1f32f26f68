/* Kernels that have a name, as arrays. */
#include <math.h>

#include "api/checks.h"
#include "base/elements.h"
#include "base/memory.h"
#include "base/status.h"

#define HALF_ROOT 0.70710678118654752440  /* sqrt(1/2) */
#define GAUSS_PEAK 0.39894228040143267794 /* 1 / sqrt(2 pi) */

/* One line for each axis, one behind the other. */
typedef struct {
    conv_dtype dtype;
    int rank;
    const size_t *shape;
    double *line[CONV_MAX_RANK];
    double *memory;
    size_t taps;
} lines;

static conv_status make_lines(lines *made, conv_dtype dtype, int rank, const size_t *shape,
                              const void *kernel) {
    size_t all = 0, bytes = 0;
    *made = (lines){.dtype = dtype, .rank = rank, .shape = shape, .taps = 1};
    if (!shape || !kernel)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", shape ? "kernel" : "kernel_shape");
    conv_status status = conv_check_enum("dtype", (int)dtype, CONV_C64);
    if (status != CONV_OK)
        return status;
    if (rank < 1 || rank > CONV_MAX_RANK)
        return conv_fail(CONV_ERR_RANK, "rank is %d, must be 1..%d", rank, CONV_MAX_RANK);
    for (int d = 0; d < rank; d++) {
        if (shape[d] == 0)
            return conv_fail(CONV_ERR_EXTENT, "kernel_shape[%d] is 0, must be at least 1", d);
        if (!conv_add(all, shape[d], &all) || !conv_multiply(made->taps, shape[d], &made->taps) ||
            !conv_multiply(made->taps, 16, &bytes) || !conv_multiply(all, sizeof(double), &bytes))
            return conv_fail(CONV_ERR_OVERFLOW, "kernel_shape[%d] is %zu: more taps than memory", d,
                             shape[d]);
    }
    made->memory = conv_allocate(bytes);
    if (!made->memory)
        return conv_fail(CONV_ERR_MEMORY, "no memory for the lines of a kernel");
    double *next = made->memory;
    for (int d = 0; d < rank; d++) {
        made->line[d] = next;
        next += shape[d];
    }
    return CONV_OK;
}

/* The outer product. */
static void fill(const lines *from, void *kernel) {
    static const conv_leaf_type leaf[] = {CONV_LEAF_F32, CONV_LEAF_F64, CONV_LEAF_C32,
                                          CONV_LEAF_C64};
    const conv_element_kernels *elements = conv_element_table(leaf[from->dtype]);
    char *to = kernel;
    for (size_t i = 0; i < from->taps; i++, to += elements->size) {
        long double tap[2] = {1, 0};
        size_t rest = i;
        for (int d = from->rank - 1; d >= 0; d--) {
            tap[0] *= (long double)from->line[d][rest % from->shape[d]];
            rest /= from->shape[d];
        }
        elements->round_sum(tap, to);
    }
}

/* ---- boxes ---- */

static void box_line(double *line, size_t m, double width) {
    double middle = (double)(m - 1) / 2;
    for (size_t i = 0; i < m; i++) {
        double edge = width / 2 - fabs((double)i - middle); /* from the tap to the box's end */
        line[i] = fmin(1, fmax(0, edge + 0.5)) / width;
        if (width < 1 && fabs((double)i - middle) < 0.5) /* both ends within one cell */
            line[i] = fmin(line[i], 1);
    }
}

conv_status conv_kernel_box(conv_dtype dtype, int rank, const size_t *kernel_shape,
                            const double *width, void *kernel) {
    lines made;
    conv_status status = make_lines(&made, dtype, rank, kernel_shape, kernel);
    for (int d = 0; d < rank && status == CONV_OK; d++) {
        double most = (double)kernel_shape[d], wide = width ? width[d] : most;
        if (!(wide > 0 && wide <= most))
            status = conv_fail(CONV_ERR_RANGE,
                               "width[%d] is %g, must be above 0 and at most %g, "
                               "kernel_shape",
                               d, wide, most);
        else
            box_line(made.line[d], kernel_shape[d], wide);
    }
    if (status == CONV_OK)
        fill(&made, kernel);
    conv_free(made.memory);
    return status;
}

/* ---- Gaussians ---- */

static double gauss(double t, double sigma) {
    double at = t / sigma;
    return GAUSS_PEAK / sigma * exp(-0.5 * at * at);
}

/* The derivative of order -1, 0, 1 or 2. The first one from the nearer side, which cancels nothing.
 */
static double derivative(double t, double sigma, int order) {
    if (fabs(t) > 40 * sigma) /* 0 in double: nothing overflows on the way there */
        return 0;
    double at = t / sigma;
    switch (order) {
    case -1:
        return t > 0 ? -0.5 * erfc(at * HALF_ROOT) : 0.5 * erfc(-at * HALF_ROOT);
    case 0:
        return gauss(t, sigma);
    case 1:
        return -at / sigma * gauss(t, sigma);
    default:
        return (at * at - 1) / (sigma * sigma) * gauss(t, sigma);
    }
}

static double tap_of(double t, double sigma, int order, conv_kernel_kind kind) {
    if (kind == CONV_KERNEL_SAMPLED)
        return derivative(t, sigma, order);
    double high = derivative(t + 0.5, sigma, order - 1),
           low = derivative(t - 0.5, sigma, order - 1);
    bool crosses = order == 0 && t + 0.5 > 0 && t - 0.5 <= 0; /* the integral's two sides */
    return high - low + (crosses ? 1 : 0);
}

/* sum t^power h */
static double moment(const double *line, size_t m, int power) {
    long double sum = 0;
    for (size_t i = 0; i < m; i++) {
        long double t = (long double)i - (long double)(m - 1) / 2;
        sum += line[i] * (power == 0 ? 1 : power == 1 ? t : t * t);
    }
    return (double)sum;
}

static void scale(double *line, size_t m, double factor) {
    for (size_t i = 0; i < m; i++)
        line[i] *= factor;
}

/* False: no line of these taps has the moments that it is to have. */
static bool gauss_line(double *line, size_t m, double sigma, int order, conv_kernel_kind kind) {
    double middle = (double)(m - 1) / 2, wanted = order == 1 ? -1 : order == 2 ? 2 : 1;
    for (size_t i = 0; i < m; i++)
        line[i] = tap_of((double)i - middle, sigma, order, kind);
    if (order == 2) {
        double sum = 0, rest = moment(line, m, 0);
        for (size_t i = 0; i < m; i++)
            sum += tap_of((double)i - middle, sigma, 0, kind);
        for (size_t i = 0; i < m; i++)
            line[i] -= rest / sum * tap_of((double)i - middle, sigma, 0, kind);
    }
    double found = moment(line, m, order);
    if (!isfinite(found) || found == 0 || !isfinite(wanted / found))
        return false;
    scale(line, m, wanted / found);
    return true;
}

static conv_status check_gauss(const double *sigma, const int *order, const size_t *shape,
                               int rank) {
    for (int d = 0; d < rank; d++) {
        if (!(sigma[d] > 0 && isfinite(sigma[d])))
            return conv_fail(CONV_ERR_RANGE, "sigma[%d] is %g, must be finite and positive", d,
                             sigma[d]);
        if (order && (order[d] < 0 || order[d] > 2))
            return conv_fail(CONV_ERR_RANGE, "order[%d] is %d, must be 0..2", d, order[d]);
        if (order && shape[d] <= (size_t)order[d])
            return conv_fail(CONV_ERR_RANGE, "kernel_shape[%d] is %zu, must be above order, %d", d,
                             shape[d], order[d]);
    }
    return CONV_OK;
}

/* order NULL: zeros. */
static conv_status fill_gauss(conv_dtype dtype, int rank, const size_t *shape, const double *sigma,
                              const int *order, conv_kernel_kind kind, void *kernel) {
    lines made;
    conv_status status = make_lines(&made, dtype, rank, shape, kernel);
    if (status == CONV_OK && !sigma)
        status = conv_fail(CONV_ERR_NULL, "sigma is NULL");
    if (status == CONV_OK)
        status = conv_check_enum("kind", (int)kind, CONV_KERNEL_INTEGRATED);
    if (status == CONV_OK)
        status = check_gauss(sigma, order, shape, rank);
    for (int d = 0; d < rank && status == CONV_OK; d++)
        if (!gauss_line(made.line[d], shape[d], sigma[d], order ? order[d] : 0, kind))
            status = conv_fail(CONV_ERR_RANGE, "sigma[%d] is %g: all %zu taps of it are 0", d,
                               sigma[d], shape[d]);
    if (status == CONV_OK)
        fill(&made, kernel);
    conv_free(made.memory);
    return status;
}

conv_status conv_kernel_gauss(conv_dtype dtype, int rank, const size_t *kernel_shape,
                              const double *sigma, conv_kernel_kind kind, void *kernel) {
    return fill_gauss(dtype, rank, kernel_shape, sigma, NULL, kind, kernel);
}

conv_status conv_kernel_gauss_derivative(conv_dtype dtype, int rank, const size_t *kernel_shape,
                                         const double *sigma, const int *order,
                                         conv_kernel_kind kind, void *kernel) {
    if (!order)
        return conv_fail(CONV_ERR_NULL, "order is NULL");
    return fill_gauss(dtype, rank, kernel_shape, sigma, order, kind, kernel);
}
