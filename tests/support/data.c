/* data.c - making the arrays of a problem. */
#include "data.h"

#include "oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD_BYTES = 128, GUARD = 0xA5 };

uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

double next_uniform(uint64_t *state) {
    return (double)(next_random(state) >> 11) * 0x1p-53;
}

size_t next_below(uint64_t *state, size_t bound) {
    return (size_t)(next_random(state) % bound);
}

static double next_normal(uint64_t *state) {
    const double radius = sqrt(-2.0 * log(1.0 - next_uniform(state)));
    return radius * cos(6.283185307179586 * next_uniform(state));
}

static double next_value(data_kind kind, uint64_t *state) {
    switch (kind) {
    case DATA_INT:
    case DATA_OUTER_INT:
    case DATA_STEPS_INT:
        return (double)next_below(state, 9) - 4.0;
    case DATA_NONNEG:
    case DATA_GAUSS:
        return next_uniform(state);
    case DATA_IMPULSE:
        return next_below(state, 8) == 0 ? 1.0 : 0.0;
    case DATA_NORMAL:
    case DATA_OUTER:
    case DATA_STEPS:
    case DATA_KINDS:
        break;
    }
    return next_normal(state);
}

/* ---- layout --------------------------------------------------------------------------------- */

void fill_strides(int rank, const size_t *shape, const ptrdiff_t *given, ptrdiff_t *stride) {
    bool all_zero = true;
    for (int d = 0; d < rank; d++) {
        all_zero = all_zero && given[d] == 0;
    }
    ptrdiff_t next = 1;
    for (int d = rank - 1; d >= 0; d--) {
        stride[d] = all_zero ? next : given[d];
        next *= (ptrdiff_t)shape[d];
    }
}

static size_t product(int rank, const size_t *shape) {
    size_t count = 1;
    for (int d = 0; d < rank; d++) {
        count *= shape[d];
    }
    return count;
}

/* Lays the array out and allocates it, all guard bytes. The address of the lowest element is
 * `align` bytes behind a multiple of 64. */
static bool array_make(array *a, size_t element, int rank, const size_t *shape,
                       const ptrdiff_t *stride, size_t batch, ptrdiff_t batch_stride,
                       size_t align) {
    ptrdiff_t low = 0;
    ptrdiff_t high = 0;
    a->element = element;
    a->rank = rank;
    a->batch = batch;
    memcpy(a->shape, shape, (size_t)rank * sizeof *shape);
    fill_strides(rank, shape, stride, a->stride);
    for (int d = 0; d < rank; d++) {
        const ptrdiff_t reach = (ptrdiff_t)(shape[d] - 1) * a->stride[d];
        low += reach < 0 ? reach : 0;
        high += reach > 0 ? reach : 0;
    }
    a->batch_stride = batch_stride != 0 ? batch_stride : (ptrdiff_t)product(rank, shape);
    const ptrdiff_t reach = (ptrdiff_t)(batch - 1) * a->batch_stride;
    low += reach < 0 ? reach : 0;
    high += reach > 0 ? reach : 0;
    a->bytes = (size_t)(high - low + 1) * element + 2 * GUARD_BYTES + 64 + align;
    a->block = malloc(a->bytes);
    if (a->block == NULL) {
        return false;
    }
    memset(a->block, GUARD, a->bytes);
    const size_t head = (size_t)((uintptr_t)a->block % 64);
    a->lowest = a->block + GUARD_BYTES + (64 - head) % 64 + align;
    a->first = a->lowest - low * (ptrdiff_t)element;
    a->span = (size_t)(high - low + 1) * element;
    return true;
}

void *array_at(const array *a, size_t batch, size_t index) {
    ptrdiff_t at = (ptrdiff_t)batch * a->batch_stride;
    for (int d = a->rank - 1; d >= 0; d--) {
        at += (ptrdiff_t)(index % a->shape[d]) * a->stride[d];
        index /= a->shape[d];
    }
    return a->first + at * (ptrdiff_t)a->element;
}

static void element_read(const void *at, conv_dtype dtype, double value[2]) {
    float single[2] = {0, 0};
    value[0] = 0.0;
    value[1] = 0.0;
    if (type_is_single(dtype)) {
        memcpy(single, at, type_size(dtype));
        value[0] = (double)single[0];
        value[1] = (double)single[1];
    } else {
        memcpy(value, at, type_size(dtype));
    }
}

static void element_write(void *at, conv_dtype dtype, const double value[2]) {
    const float single[2] = {(float)value[0], (float)value[1]};
    memcpy(at, type_is_single(dtype) ? (const void *)single : (const void *)value,
           type_size(dtype));
}

void array_read(const array *a, conv_dtype dtype, size_t batch, size_t index, double value[2]) {
    element_read(array_at(a, batch, index), dtype, value);
}

/* ---- contents ------------------------------------------------------------------------------- */

static void fill(array *a, conv_dtype dtype, data_kind kind, double scale, uint64_t seed) {
    const size_t count = product(a->rank, a->shape);
    uint64_t state = seed;
    for (size_t b = 0; b < a->batch; b++) {
        for (size_t i = 0; i < count; i++) {
            double value[2] = {next_value(kind, &state) * scale, 0.0};
            value[1] = type_is_complex(dtype) ? next_value(kind, &state) * scale : 0.0;
            element_write(array_at(a, b, i), dtype, value);
        }
    }
}

static bool is_outer(data_kind kind) {
    return kind == DATA_OUTER || kind == DATA_OUTER_INT || kind == DATA_STEPS ||
           kind == DATA_STEPS_INT || kind == DATA_GAUSS;
}

/* Which of one to three steps of a line of m taps tap i is on; they begin at places of the seed's.
 */
static size_t step_of(size_t i, size_t m, uint64_t seed) {
    uint64_t state = seed;
    const size_t steps = next_below(&state, 3);
    size_t step = 0;
    for (size_t s = 0; s < steps; s++) {
        step += next_below(&state, m) <= i;
    }
    return step;
}

/* An outer product of one factor per axis. The factors are real but for the last axis', and are
 * rounded to the kernel's type only as a product. */
static void fill_outer(array *a, conv_dtype dtype, data_kind kind, double scale, uint64_t seed) {
    const size_t count = product(a->rank, a->shape);
    for (size_t i = 0; i < count; i++) {
        double value[2] = {scale, 0.0};
        size_t rest = i;
        for (int d = a->rank - 1; d >= 0; d--) {
            const bool steps = kind == DATA_STEPS || kind == DATA_STEPS_INT;
            size_t place = rest % a->shape[d];
            place = steps ? step_of(place, a->shape[d], seed + (uint64_t)d) : place;
            uint64_t state = seed + 1000003u * place + 7919u * (uint64_t)(d + 1);
            const bool complex_factor = d == a->rank - 1 && type_is_complex(dtype);
            double re = next_normal(&state);
            double im = complex_factor ? next_normal(&state) : 0.0;
            if (kind == DATA_OUTER_INT || kind == DATA_STEPS_INT) {
                re = (double)next_below(&state, 5) - 2.0;
                im = complex_factor ? (double)next_below(&state, 5) - 2.0 : 0.0;
            }
            if (kind == DATA_GAUSS) {
                const double m = (double)a->shape[d];
                const double at = ((double)place - 0.5 * (m - 1.0)) * 10.0 / m;
                re = exp(-0.5 * at * at);
                im = 0.0;
            }
            const double product_re = value[0] * re - value[1] * im;
            value[1] = value[0] * im + value[1] * re;
            value[0] = product_re;
            rest /= a->shape[d];
        }
        element_write(array_at(a, 0, i), dtype, value);
    }
}

static void spoil(array *a, conv_dtype dtype, size_t index, bool imaginary, double bad) {
    const size_t count = product(a->rank, a->shape);
    double value[2];
    if (index < count * a->batch) {
        void *const at = array_at(a, index / count, index % count);
        element_read(at, dtype, value);
        value[imaginary && type_is_complex(dtype) ? 1 : 0] = bad;
        element_write(at, dtype, value);
    }
}

static void spoil_all(problem_data *data, const problem *p) {
    uint64_t state = p->seed ^ 0x5A5A5A5Au;
    for (int i = 0; i < p->bad_count; i++) {
        const bad_value *bad = &p->bad[i];
        array *const a = bad->kernel ? &data->kernel : &data->signal;
        const conv_dtype dtype = bad->kernel ? p->desc.kernel_dtype : p->desc.dtype;
        if (!bad->random) {
            spoil(a, dtype, bad->index, bad->imaginary, bad->value);
            continue;
        }
        for (size_t j = 0; j < bad->index; j++) {
            const size_t at = next_below(&state, product(a->rank, a->shape) * a->batch);
            spoil(a, dtype, at, bad->imaginary, bad->value);
        }
    }
}

static long double *widen(const array *a, conv_dtype dtype) {
    const size_t count = product(a->rank, a->shape);
    long double *const wide = malloc(2 * count * a->batch * sizeof *wide);
    for (size_t i = 0; wide != NULL && i < count * a->batch; i++) {
        double value[2];
        array_read(a, dtype, i / count, i % count, value);
        wide[2 * i] = (long double)value[0];
        wide[2 * i + 1] = (long double)value[1];
    }
    return wide;
}

bool data_make(problem_data *data, const problem *p) {
    static const ptrdiff_t contiguous[CONV_MAX_RANK] = {0};
    const conv_desc *const d = &p->desc;
    const size_t real = type_is_single(d->dtype) ? sizeof(float) : sizeof(double);
    memset(data, 0, sizeof *data);
    if (!oracle_shape(d, data->output_shape)) {
        return false;
    }
    data->signal_count = product(d->rank, d->signal_shape);
    data->kernel_count = product(d->rank, d->kernel_shape);
    data->output_count = product(d->rank, data->output_shape);
    bool done =
        array_make(&data->signal, type_size(d->dtype), d->rank, d->signal_shape, d->signal_stride,
                   d->batch, d->signal_batch_stride, p->signal_align * real);
    done = done && array_make(&data->kernel, type_size(d->kernel_dtype), d->rank, d->kernel_shape,
                              contiguous, 1, 0, p->kernel_align * real);
    done = done &&
           array_make(&data->output, type_size(d->dtype), d->rank, data->output_shape,
                      d->output_stride, d->batch, d->output_batch_stride, p->output_align * real);
    if (done) {
        const uint64_t kernel_seed = p->seed * 0x2545F4914F6CDD1Du + 99u;
        fill(&data->signal, d->dtype, p->data, p->signal_scale, p->seed);
        (is_outer(p->data) ? fill_outer : fill)(&data->kernel, d->kernel_dtype, p->data,
                                                p->kernel_scale, kernel_seed);
        spoil_all(data, p);
        data->x = widen(&data->signal, d->dtype);
        data->h = widen(&data->kernel, d->kernel_dtype);
    }
    if (!done || data->x == NULL || data->h == NULL) {
        data_free(data);
        return false;
    }
    return true;
}

void data_free(problem_data *data) {
    free(data->signal.block);
    free(data->kernel.block);
    free(data->output.block);
    free(data->x);
    free(data->h);
    memset(data, 0, sizeof *data);
}

/* ---- guards --------------------------------------------------------------------------------- */

void data_reset_output(problem_data *data) {
    memset(data->output.block, GUARD, data->output.bytes);
}

bool data_output_untouched(const problem_data *data) {
    for (size_t i = 0; i < data->output.bytes; i++) {
        if (data->output.block[i] != GUARD) {
            return false;
        }
    }
    return true;
}

size_t data_damaged_bytes(const problem_data *data) {
    const array *const a = &data->output;
    unsigned char *const copy = malloc(a->bytes);
    size_t damaged = 0;
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, a->block, a->bytes);
    for (size_t b = 0; b < a->batch; b++) {
        for (size_t i = 0; i < data->output_count; i++) {
            const unsigned char *const at = array_at(a, b, i);
            memset(copy + (at - a->block), GUARD, a->element);
        }
    }
    for (size_t i = 0; i < a->bytes; i++) {
        damaged += copy[i] != GUARD;
    }
    free(copy);
    return damaged;
}
