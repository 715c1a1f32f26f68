/* A family of kernels by interpolation: with t the parameter scaled to -1..1, K_p = sum_i T_i(t)
 * c_i (see bank_set.h), which is an expansion whose kernels are the c_i and whose weights are
 * T_i(t). */
#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/status.h"
#include "problem/problem.h"
#include "varying/expansion.h"
#include "varying/reals.h"

enum { MOST_NODES = 64, FIRST_NODES = 8 };

static const double pi = 3.14159265358979323846;

typedef struct {
    conv_kernel_function *function;
    void *context;
    size_t samples, taps, nodes, terms;
    double low, high, tolerance;
    double largest;             /* sum of magnitudes of the largest kernel */
    double *node, *coefficient; /* MOST_NODES * taps */
    double *check;              /* taps */
    double error;
} family;

static double node_place(const family *f, size_t i) {
    return cos(pi * ((double)i + 0.5) / (double)f->nodes);
}

static double parameter_at(const family *f, double t) {
    return f->low + (f->high - f->low) * (t + 1) / 2;
}

static double norm(const double *taps, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += fabs(taps[i]);
    return sum;
}

static conv_status call(const family *f, double parameter, double *kernel) {
    f->function(parameter, kernel, f->context);
    for (size_t i = 0; i < f->taps; i++)
        if (!isfinite(kernel[i]))
            return conv_fail(CONV_ERR_CALLBACK,
                             "the function gave %g as tap %zu for the parameter %.17g", kernel[i],
                             i, parameter);
    return CONV_OK;
}

static void transform(const family *f) {
    for (size_t p = 0; p < f->nodes; p++) {
        double *c = f->coefficient + p * f->taps;
        memset(c, 0, f->taps * sizeof *c);
        for (size_t q = 0; q < f->nodes; q++) {
            double angle = pi * ((double)q + 0.5) / (double)f->nodes;
            double weight = (p ? 2 : 1) * cos((double)p * angle) / (double)f->nodes;
            for (size_t i = 0; i < f->taps; i++)
                c[i] += weight * f->node[q * f->taps + i];
        }
    }
}

/* The interpolant of the first terms, less the kernel: sum of magnitudes, relative to the largest
 * kernel's. */
static conv_status measure(family *f, double t, double *error) {
    conv_status status = call(f, parameter_at(f, t), f->check);
    if (status != CONV_OK)
        return status;
    double last = 0, now = 1;
    for (size_t p = 0; p < f->terms; p++) {
        const double *c = f->coefficient + p * f->taps;
        for (size_t i = 0; i < f->taps; i++)
            f->check[i] -= now * c[i];
        double next = (p ? 2 : 1) * t * now - last;
        last = now;
        now = next;
    }
    *error = fmax(*error, norm(f->check, f->taps) / f->largest);
    return CONV_OK;
}

/* As few terms as leave out half of the tolerance, and their error halfway between the nodes, and
 * at both ends. */
static conv_status choose_terms(family *f) {
    double tail = 0;
    conv_status status = CONV_OK;
    f->terms = f->nodes;
    while (f->terms > 1) {
        tail += norm(f->coefficient + (f->terms - 1) * f->taps, f->taps) / f->largest;
        if (tail > f->tolerance / 2)
            break;
        f->terms--;
    }
    f->error = 0;
    for (size_t i = 0; i <= f->nodes && status == CONV_OK; i++)
        status = measure(f, cos(pi * (double)i / (double)f->nodes), &f->error);
    return status;
}

static conv_status fit(family *f) {
    conv_status status = CONV_OK;
    for (f->nodes = f->low == f->high ? 1 : FIRST_NODES;; f->nodes *= 2) {
        f->largest = 0;
        for (size_t q = 0; q < f->nodes && status == CONV_OK; q++) {
            double *node = f->node + q * f->taps;
            status = call(f, parameter_at(f, node_place(f, q)), node);
            f->largest = fmax(f->largest, norm(node, f->taps));
        }
        if (status != CONV_OK)
            return status;
        if (f->largest == 0)
            f->largest = 1;
        transform(f);
        status = choose_terms(f);
        if (status != CONV_OK || f->error <= f->tolerance)
            return status;
        if (2 * f->nodes > MOST_NODES)
            return conv_fail(CONV_ERR_TOLERANCE,
                             "tolerance is %g; %zu nodes between %g and %g keep %.3g", f->tolerance,
                             f->nodes, f->low, f->high, f->error);
    }
}

/* ---- the expansion ---- */

/* weights[p][i] = T_p(t of sample i). */
static void fill_weights(const family *f, const double *parameters, bool is_double, char *weights) {
    size_t row = f->samples * (is_double ? sizeof(double) : sizeof(float));
    for (size_t i = 0; i < f->samples; i++) {
        double span = f->high - f->low, last = 0, now = 1;
        double t = span > 0 ? fmax(-1, fmin(1, 2 * (parameters[i] - f->low) / span - 1)) : 0;
        for (size_t p = 0; p < f->terms; p++) {
            conv_real_set(weights + p * row, (ptrdiff_t)i, now, is_double);
            double next = (p ? 2 : 1) * t * now - last;
            last = now;
            now = next;
        }
    }
}

static conv_status expand(conv_expansion **expansion, const conv_expansion_desc *given,
                          const family *f, const double *parameters, bool scatters) {
    const void *kernel[MOST_NODES], *weight[MOST_NODES];
    bool is_double = conv_dtype_is_double(given->dtype);
    size_t real = is_double ? sizeof(double) : sizeof(float), bytes;
    conv_expansion_desc desc = *given;
    desc.terms = f->terms;
    if (!conv_multiply(f->samples * real, f->terms, &bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "%zu terms are too many", f->terms);
    char *weights = conv_allocate(bytes),
         *taps = conv_allocate(conv_times(f->terms * f->taps, real));
    conv_status status = CONV_OK;
    if (!weights || !taps) {
        status = conv_fail(CONV_ERR_MEMORY, "no memory for the weights of %zu terms", f->terms);
    } else {
        fill_weights(f, parameters, is_double, weights);
        for (size_t p = 0; p < f->terms; p++) {
            kernel[p] = taps + p * f->taps * real;
            weight[p] = p ? weights + p * f->samples * real : NULL;
            for (size_t i = 0; i < f->taps; i++)
                conv_real_set(taps, (ptrdiff_t)(p * f->taps + i), f->coefficient[p * f->taps + i],
                              is_double);
        }
        status = conv_expansion_create(expansion, &desc, kernel, scatters ? weight : NULL,
                                       scatters ? NULL : weight);
    }
    conv_free(weights);
    conv_free(taps);
    return status;
}

/* ---- checks ---- */

static conv_status check(const conv_expansion_desc *desc, conv_kernel_function *function,
                         const double *parameters, conv_varying_form form, double tolerance) {
    if (!desc || !function || !parameters)
        return conv_fail(CONV_ERR_NULL, "%s is NULL",
                         !desc       ? "desc"
                         : !function ? "function"
                                     : "parameters");
    if (form != CONV_GATHER && form != CONV_SCATTER)
        return conv_fail(CONV_ERR_ENUM, "form is %d, must be CONV_GATHER (1) or CONV_SCATTER (2)",
                         (int)form);
    if (!(tolerance > 0 && tolerance <= 1))
        return conv_fail(CONV_ERR_TOLERANCE, "tolerance is %g, must be above 0 and at most 1",
                         tolerance);
    return CONV_OK;
}

/* The numbers of samples and taps; what else is wrong conv_expansion_create finds, with one term
 * and no weights. */
static conv_status count(family *f, const conv_expansion_desc *desc) {
    conv_expansion_desc one = *desc;
    conv_desc layout;
    conv_problem problem;
    if (one.rank < 1 || one.rank > CONV_MAX_RANK)
        return conv_fail(CONV_ERR_RANK, "rank is %d, must be 1..%d", one.rank, CONV_MAX_RANK);
    if ((int)one.dtype < 0 || one.dtype > CONV_C64)
        return conv_fail(CONV_ERR_ENUM, "dtype is %d, must be 0..%d", (int)one.dtype, CONV_C64);
    conv_desc_init(&layout, one.dtype, one.rank, one.shape, one.kernel_shape, CONV_FULL);
    conv_status status = conv_problem_init(&problem, &layout);
    f->samples = f->taps = 1;
    for (int d = 0; d < one.rank; d++) {
        f->samples *= one.shape[d];
        f->taps *= one.kernel_shape[d];
    }
    return status;
}

static conv_status find_range(family *f, const double *parameters) {
    f->low = f->high = parameters[0];
    for (size_t i = 0; i < f->samples; i++) {
        if (!isfinite(parameters[i]))
            return conv_fail(CONV_ERR_RANGE, "parameters[%zu] is %g, must be finite", i,
                             parameters[i]);
        f->low = fmin(f->low, parameters[i]);
        f->high = fmax(f->high, parameters[i]);
    }
    return CONV_OK;
}

static conv_status allocate(family *f) {
    size_t bytes;
    if (!conv_multiply(f->taps, MOST_NODES * sizeof(double), &bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "kernels of %zu taps are too large", f->taps);
    f->node = conv_allocate(bytes);
    f->coefficient = conv_allocate(bytes);
    f->check = conv_allocate(f->taps * sizeof *f->check);
    return f->node && f->coefficient && f->check
               ? CONV_OK
               : conv_fail(CONV_ERR_MEMORY, "no memory for kernels of %zu taps", f->taps);
}

conv_status conv_family_create(conv_expansion **expansion, const conv_expansion_desc *desc,
                               conv_kernel_function *function, void *context,
                               const double *parameters, conv_varying_form form, double tolerance,
                               double *error) {
    CONV_KEEP_ERRNO;
    family f = {.function = function, .context = context, .tolerance = tolerance};
    if (!expansion)
        return conv_fail(CONV_ERR_NULL, "expansion is NULL");
    *expansion = NULL;
    conv_status status = check(desc, function, parameters, form, tolerance);
    if (status == CONV_OK)
        status = count(&f, desc);
    if (status == CONV_OK)
        status = find_range(&f, parameters);
    if (status == CONV_OK)
        status = allocate(&f);
    if (status == CONV_OK)
        status = fit(&f);
    if (status == CONV_OK)
        status = expand(expansion, desc, &f, parameters, form == CONV_SCATTER);
    if (status == CONV_OK && error)
        *error = f.error;
    conv_free(f.node);
    conv_free(f.coefficient);
    conv_free(f.check);
    return status;
}
