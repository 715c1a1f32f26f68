/* oracle.c - the definition's sum over all axes. */
#include "oracle_axis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct pair {
    long double re, im;
} pair;

/* A signal or kernel prepared for the sum: values, and moduli of what is finite in them. */
typedef struct operand {
    size_t shape[CONV_MAX_RANK];
    size_t count;
    pair *value;
    double *modulus;
} operand;

typedef struct walk {
    int rank;
    bool complex_kernel;
    oracle_axis axis[CONV_MAX_RANK];
    oracle_term *terms[CONV_MAX_RANK]; /* per axis: one term per tap, for the present output */
    operand signal, kernel;
    pair constant;
    pair sum;
    double magnitude;
} walk;

static bool is_complex(conv_dtype dtype) {
    return dtype == CONV_C32 || dtype == CONV_C64;
}

static double finite_modulus(pair v) {
    const long double re = isfinite(v.re) ? v.re : 0.0L;
    const long double im = isfinite(v.im) ? v.im : 0.0L;
    return (double)hypotl(re, im);
}

static size_t product(int rank, const size_t *shape) {
    size_t count = 1;
    for (int d = 0; d < rank; d++) {
        count *= shape[d];
    }
    return count;
}

/* Row-major index -> coordinates. */
static void coordinates(int rank, const size_t *shape, size_t index, size_t *at) {
    for (int d = rank - 1; d >= 0; d--) {
        at[d] = index % shape[d];
        index /= shape[d];
    }
}

static bool operand_make(operand *a, int rank, const size_t *shape) {
    memcpy(a->shape, shape, (size_t)rank * sizeof *shape);
    a->count = product(rank, shape);
    a->value = calloc(a->count, sizeof *a->value);
    a->modulus = calloc(a->count, sizeof *a->modulus);
    return a->value != NULL && a->modulus != NULL;
}

static void operand_free(operand *a) {
    free(a->value);
    free(a->modulus);
}

/* h' [k] = conj h[m-1-k] for correlation. */
static void load_kernel(operand *kernel, const conv_desc *d, const long double *h) {
    for (size_t i = 0; i < kernel->count; i++) {
        const bool reverse = d->operation == CONV_CORRELATE;
        const size_t from = reverse ? kernel->count - 1 - i : i;
        kernel->value[i].re = h[2 * from];
        kernel->value[i].im = reverse ? -h[2 * from + 1] : h[2 * from + 1];
        kernel->modulus[i] = finite_modulus(kernel->value[i]);
    }
}

/* Copies one signal, folded to the period where there is one. */
static void load_signal(operand *signal, const conv_desc *d, const long double *x) {
    const size_t count = product(d->rank, d->signal_shape);
    memset(signal->value, 0, signal->count * sizeof *signal->value);
    memset(signal->modulus, 0, signal->count * sizeof *signal->modulus);
    for (size_t i = 0; i < count; i++) {
        size_t at[CONV_MAX_RANK];
        size_t to = 0;
        coordinates(d->rank, d->signal_shape, i, at);
        for (int a = 0; a < d->rank; a++) {
            to = to * signal->shape[a] + at[a] % signal->shape[a];
        }
        const pair v = {x[2 * i], x[2 * i + 1]};
        signal->value[to].re += v.re;
        signal->value[to].im += v.im;
        signal->modulus[to] += finite_modulus(v);
    }
}

static void add_term(walk *w, pair x, double x_modulus, size_t tap, double weight) {
    const pair h = w->kernel.value[tap];
    const long double scale = (long double)weight;
    if (w->complex_kernel) {
        w->sum.re += scale * (x.re * h.re - x.im * h.im);
        w->sum.im += scale * (x.re * h.im + x.im * h.re);
    } else {
        w->sum.re += scale * (x.re * h.re);
        w->sum.im += scale * (x.im * h.re);
    }
    w->magnitude += weight * x_modulus * w->kernel.modulus[tap];
}

/* Sums the taps of axis `d` and of all axes after it. A point that is absent on any axis is left
 * out; else one that is constant on any axis has the constant. */
static void sum_axis(walk *w, int d, size_t source, size_t tap, double weight, bool constant) {
    const oracle_axis *const axis = &w->axis[d];
    for (size_t k = 0; k < axis->m; k++) {
        const oracle_term term = w->terms[d][k];
        if (term.source == ORACLE_ABSENT || term.weight == 0.0) {
            continue;
        }
        const bool here_constant = constant || term.source == ORACLE_CONSTANT;
        const size_t here = source * axis->n + (here_constant ? 0 : (size_t)term.source);
        const size_t here_tap = tap * axis->m + k;
        if (d + 1 < w->rank) {
            sum_axis(w, d + 1, here, here_tap, weight * term.weight, here_constant);
        } else if (here_constant) {
            add_term(w, w->constant, finite_modulus(w->constant), here_tap, weight * term.weight);
        } else {
            add_term(w, w->signal.value[here], w->signal.modulus[here], here_tap,
                     weight * term.weight);
        }
    }
}

static void sum_all(walk *w, oracle_result *r, size_t batch, long double spacing) {
    size_t before[CONV_MAX_RANK];
    for (size_t i = 0; i < r->count; i++) {
        size_t at[CONV_MAX_RANK];
        coordinates(w->rank, r->shape, i, at);
        for (int d = 0; d < w->rank; d++) {
            for (size_t k = 0; (i == 0 || at[d] != before[d]) && k < w->axis[d].m; k++) {
                w->terms[d][k] = oracle_axis_term(&w->axis[d], at[d], k);
            }
            before[d] = at[d];
        }
        w->sum = (pair){0.0L, 0.0L};
        w->magnitude = 0.0;
        sum_axis(w, 0, 0, 0, 1.0, false);
        const size_t to = batch * r->count + i;
        r->value[2 * to] = spacing * w->sum.re;
        r->value[2 * to + 1] = spacing * w->sum.im;
        r->magnitude[to] = (double)spacing * w->magnitude;
    }
}

/* ---- norms ---------------------------------------------------------------------------------- */

/* How often each sample is seen from the first to the last point that any output looks at. */
typedef struct views {
    double *times;
    double inside, constant; /* sums over samples, and over points that have the constant */
} views;

static bool count_views(views *v, const oracle_axis *axis) {
    const size_t length = (axis->count - 1) * axis->step + axis->m;
    v->times = calloc(axis->n, sizeof *v->times);
    v->inside = 0.0;
    v->constant = 0.0;
    for (size_t i = 0; v->times != NULL && i < length && axis->period == 0; i++) {
        const ptrdiff_t j = axis->start - (ptrdiff_t)(axis->m - 1) + (ptrdiff_t)i;
        const ptrdiff_t source = oracle_extend(axis->boundary, axis->n, j);
        if (source >= 0) {
            v->times[source] += 1.0;
            v->inside += 1.0;
        }
        v->constant += source == ORACLE_CONSTANT ? 1.0 : 0.0;
    }
    return v->times != NULL;
}

static double largest(const operand *a) {
    double most = 0.0;
    for (size_t i = 0; i < a->count; i++) {
        most = fmax(most, a->modulus[i]);
    }
    return most;
}

/* The norm of the signal itself together with that of all it is extended to. Scaled by the largest
 * value, so that squares neither overflow nor vanish. */
static double extended_norm(const walk *w, const views *v) {
    double squares = 0.0;
    double inside = 1.0;
    double all = 1.0;
    for (int d = 0; d < w->rank; d++) {
        inside *= v[d].inside;
        all *= v[d].inside + v[d].constant;
    }
    /* A constant that no output looks at is no measure. */
    const double constant = all > inside ? finite_modulus(w->constant) : 0.0;
    const double most = fmax(largest(&w->signal), constant);
    if (most == 0.0) {
        return 0.0;
    }
    for (size_t i = 0; i < w->signal.count; i++) {
        size_t at[CONV_MAX_RANK];
        double times = 1.0;
        coordinates(w->rank, w->signal.shape, i, at);
        for (int d = 0; d < w->rank; d++) {
            times *= v[d].times[at[d]];
        }
        const double part = w->signal.modulus[i] / most;
        squares += (1.0 + times) * part * part;
    }
    return most * sqrt(squares + (all - inside) * (constant / most) * (constant / most));
}

/* A circular transform sees the kernel folded to the period: taps that meet add up. */
static double kernel_norm(const walk *w) {
    const operand *const kernel = &w->kernel;
    const double most = largest(kernel);
    double squares = 0.0;
    size_t shape[CONV_MAX_RANK];
    for (int d = 0; d < w->rank; d++) {
        const bool longer = w->axis[d].period != 0 && w->axis[d].period < kernel->shape[d];
        shape[d] = longer ? w->axis[d].period : kernel->shape[d];
    }
    double *const folded = calloc(kernel->count, sizeof *folded);
    for (size_t i = 0; folded != NULL && i < kernel->count && most > 0.0; i++) {
        size_t at[CONV_MAX_RANK];
        size_t to = 0;
        coordinates(w->rank, kernel->shape, i, at);
        for (int d = 0; d < w->rank; d++) {
            to = to * shape[d] + at[d] % shape[d];
        }
        folded[to] += kernel->modulus[i] / most;
    }
    for (size_t i = 0; folded != NULL && i < kernel->count; i++) {
        squares += folded[i] * folded[i];
    }
    free(folded);
    return most * sqrt(squares);
}

/* log2 of the next power of two of the full linear extents' product. */
static double transform_log(const conv_desc *d, const oracle_result *r) {
    double log_length = 0.0;
    for (int a = 0; a < d->rank; a++) {
        const size_t linear = d->signal_shape[a] + d->kernel_shape[a] - 1;
        const size_t extended = r->shape[a] + d->kernel_shape[a] - 1;
        log_length += log2((double)(linear > extended ? linear : extended));
    }
    return fmax(1.0, ceil(log_length - 1e-9));
}

/* ---- the whole ------------------------------------------------------------------------------ */

bool oracle_shape(const conv_desc *d, size_t shape[CONV_MAX_RANK]) {
    bool signal_longer = false;
    bool kernel_longer = false;
    for (int a = 0; a < d->rank; a++) {
        oracle_axis axis;
        if (!oracle_axis_make(&axis, d, a)) {
            return false;
        }
        shape[a] = axis.count;
        signal_longer = signal_longer || d->signal_shape[a] > d->kernel_shape[a];
        kernel_longer = kernel_longer || d->signal_shape[a] < d->kernel_shape[a];
    }
    return !(d->mode == CONV_VALID && signal_longer && kernel_longer);
}

static bool walk_make(walk *w, views *v, oracle_result *r, const conv_desc *d) {
    size_t folded[CONV_MAX_RANK];
    const bool single = d->dtype == CONV_F32 || d->dtype == CONV_C32;
    const double value[2] = {d->boundary_value[0], is_complex(d->dtype) ? d->boundary_value[1] : 0};
    w->rank = d->rank;
    w->complex_kernel = is_complex(d->kernel_dtype);
    w->constant.re = single ? (long double)(float)value[0] : (long double)value[0];
    w->constant.im = single ? (long double)(float)value[1] : (long double)value[1];
    bool done = oracle_shape(d, r->shape);
    r->folds = 1;
    for (int a = 0; done && a < d->rank; a++) {
        done = oracle_axis_make(&w->axis[a], d, a) && count_views(&v[a], &w->axis[a]);
        folded[a] = w->axis[a].n;
        r->folds *= (d->signal_shape[a] + folded[a] - 1) / folded[a];
        w->terms[a] = malloc(w->axis[a].m * sizeof *w->terms[a]);
        done = done && w->terms[a] != NULL;
    }
    done = done && operand_make(&w->signal, d->rank, folded);
    return done && operand_make(&w->kernel, d->rank, d->kernel_shape);
}

bool oracle_run(oracle_result *r, const conv_desc *d, const long double *x, const long double *h) {
    walk w = {0};
    views v[CONV_MAX_RANK] = {{NULL, 0, 0}};
    memset(r, 0, sizeof *r);
    bool done = walk_make(&w, v, r, d);
    if (done) {
        r->count = product(d->rank, r->shape);
        r->taps = w.kernel.count;
        r->value = malloc(2 * r->count * d->batch * sizeof *r->value);
        r->magnitude = malloc(r->count * d->batch * sizeof *r->magnitude);
        r->signal_norm = malloc(d->batch * sizeof *r->signal_norm);
        done = r->value != NULL && r->magnitude != NULL && r->signal_norm != NULL;
    }
    if (done) {
        long double spacing = 1.0L;
        for (int a = 0; a < d->rank && d->rule != CONV_RULE_SUM; a++) {
            spacing *= d->rule_axis[a] == CONV_AXIS_RULE ? (long double)d->spacing[a] : 1.0L;
        }
        load_kernel(&w.kernel, d, h);
        r->transform_log = transform_log(d, r);
        r->kernel_norm = (double)spacing * kernel_norm(&w);
        for (size_t b = 0; b < d->batch; b++) {
            load_signal(&w.signal, d, x + 2 * b * product(d->rank, d->signal_shape));
            r->signal_norm[b] = extended_norm(&w, v);
            sum_all(&w, r, b, spacing);
        }
    }
    for (int a = 0; a < d->rank; a++) {
        free(w.terms[a]);
        free(v[a].times);
    }
    operand_free(&w.signal);
    operand_free(&w.kernel);
    if (!done) {
        oracle_free(r);
    }
    return done;
}

void oracle_free(oracle_result *r) {
    free(r->value);
    free(r->magnitude);
    free(r->signal_norm);
    memset(r, 0, sizeof *r);
}
