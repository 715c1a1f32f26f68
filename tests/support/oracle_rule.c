/* oracle_rule.c - the sum of a rule's terms over all axes, and over the stretches between jumps. */
#include "oracle_rule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- all axes ------------------------------------------------------------------------------- */

typedef struct rule_walk {
    const conv_desc *d;
    const long double *x;
    long double *h; /* the taps as the form has them: reversed for correlation */
    double *x_modulus, *h_modulus;
    bool complex_data, complex_kernel;
    long double constant[2];
    double constant_modulus;
    rule_axis axis[CONV_MAX_RANK];
    rule_term *row[CONV_MAX_RANK];
    size_t length[CONV_MAX_RANK];
    size_t samples, taps;
    long double sum[2];
    double magnitude;
} rule_walk;

/* At least the modulus, and faster. */
static double modulus(const long double *v) {
    return (isfinite(v[0]) ? (double)fabsl(v[0]) : 0.0) +
           (isfinite(v[1]) ? (double)fabsl(v[1]) : 0.0);
}

static void moduli(double *to, const long double *v, size_t count) {
    for (size_t i = 0; i < count; i++) {
        to[i] = modulus(v + 2 * i);
    }
}

/* sum += term's weight times x h. */
static void add_product(const rule_walk *w, long double sum[2], long double weight,
                        const long double *x, const long double *h) {
    if (w->complex_kernel) {
        sum[0] += weight * (x[0] * h[0] - x[1] * h[1]);
        sum[1] += weight * (x[0] * h[1] + x[1] * h[0]);
    } else {
        sum[0] += weight * (x[0] * h[0]);
        if (w->complex_data) {
            sum[1] += weight * (x[1] * h[0]);
        }
    }
}

/* The last axis: what the axes before have as factors comes once, as nearly all of the time of
 * suites about rules is in this loop. source, tap: of its first sample and tap. */
static void add_line(rule_walk *w, size_t source, size_t tap, long double weight, double magnitude,
                     bool constant) {
    const int a = w->d->rank - 1;
    const long double *const h = w->h + 2 * tap;
    const double *const h_modulus = w->h_modulus + tap;
    long double sum[2] = {0.0L, 0.0L};
    double moduli_sum = 0.0;
    for (size_t i = 0; i < w->length[a]; i++) {
        const rule_term *const term = &w->row[a][i];
        const long double *x = w->constant;
        double x_modulus = w->constant_modulus;
        if (!constant && term->source != ORACLE_CONSTANT) {
            x = w->x + 2 * (source + (size_t)term->source);
            x_modulus = w->x_modulus[source + (size_t)term->source];
        }
        add_product(w, sum, term->weight, x, h + 2 * term->tap);
        moduli_sum += term->magnitude * x_modulus * h_modulus[term->tap];
    }
    w->sum[0] += weight * sum[0];
    w->sum[1] += weight * sum[1];
    w->magnitude += magnitude * moduli_sum;
}

static void add_axis(rule_walk *w, int a, size_t source, size_t tap, long double weight,
                     double magnitude, bool constant) {
    source *= w->d->signal_shape[a];
    tap *= w->d->kernel_shape[a];
    if (a + 1 == w->d->rank) {
        add_line(w, source, tap, weight, magnitude, constant);
        return;
    }
    for (size_t i = 0; i < w->length[a]; i++) {
        const rule_term *const term = &w->row[a][i];
        const bool here_constant = constant || term->source == ORACLE_CONSTANT;
        add_axis(w, a + 1, source + (here_constant ? 0 : (size_t)term->source), tap + term->tap,
                 weight * term->weight, magnitude * term->magnitude, here_constant);
    }
}

static void take_taps(rule_walk *w, const long double *h) {
    const bool reverse = w->d->operation == CONV_CORRELATE;
    for (size_t k = 0; k < w->taps; k++) {
        const long double *const from = h + 2 * (reverse ? w->taps - 1 - k : k);
        w->h[2 * k] = from[0];
        w->h[2 * k + 1] = reverse ? -from[1] : from[1];
    }
    moduli(w->h_modulus, w->h, w->taps);
}

static bool walk_rows(rule_walk *w, const conv_desc *d, const long double *h) {
    const bool single = d->dtype == CONV_F32 || d->dtype == CONV_C32;
    bool done = true;
    w->d = d;
    w->complex_data = d->dtype == CONV_C32 || d->dtype == CONV_C64;
    w->complex_kernel = d->kernel_dtype == CONV_C32 || d->kernel_dtype == CONV_C64;
    w->taps = 1;
    w->samples = 1;
    for (int i = 0; i < 2; i++) {
        const bool read = i == 0 || w->complex_data;
        const double value = read ? d->boundary_value[i] : 0.0;
        w->constant[i] = single ? (long double)(float)value : (long double)value;
    }
    w->constant_modulus = modulus(w->constant);
    for (int a = 0; done && a < d->rank; a++) {
        done = rule_axis_make(&w->axis[a], d, a);
        w->row[a] = done ? malloc(rule_row_limit(&w->axis[a]) * sizeof *w->row[a]) : NULL;
        done = w->row[a] != NULL;
        w->taps *= d->kernel_shape[a];
        w->samples *= d->signal_shape[a];
    }
    w->h = malloc(2 * w->taps * sizeof *w->h);
    w->h_modulus = malloc(w->taps * sizeof *w->h_modulus);
    w->x_modulus = malloc(w->samples * sizeof *w->x_modulus);
    done = done && w->h != NULL && w->h_modulus != NULL && w->x_modulus != NULL;
    if (done) {
        take_taps(w, h);
    }
    return done;
}

static void walk_free(rule_walk *w) {
    for (int a = 0; a < w->d->rank; a++) {
        free(w->row[a]);
    }
    free(w->h);
    free(w->h_modulus);
    free(w->x_modulus);
}

/* Adds the form's value at every output of batch b. */
static void walk_outputs(rule_walk *w, oracle_result *r, size_t b, long double spacing) {
    for (size_t i = 0; i < r->count; i++) {
        size_t rest = i;
        for (int a = w->d->rank - 1; a >= 0; a--) {
            w->length[a] = rule_row(&w->axis[a], rest % r->shape[a], w->row[a]);
            rest /= r->shape[a];
        }
        w->sum[0] = 0.0L;
        w->sum[1] = 0.0L;
        w->magnitude = 0.0;
        add_axis(w, 0, 0, 0, 1.0L, 1.0, false);
        const size_t to = b * r->count + i;
        r->value[2 * to] += spacing * w->sum[0];
        r->value[2 * to + 1] += spacing * w->sum[1];
        r->magnitude[to] += (double)spacing * w->magnitude;
    }
}

static bool add_rule(oracle_result *r, const conv_desc *d, size_t batch, const long double *x,
                     const long double *h) {
    rule_walk w;
    memset(&w, 0, sizeof w);
    long double spacing = 1.0L;
    const bool done = walk_rows(&w, d, h);
    for (int a = 0; a < d->rank; a++) {
        spacing *= d->rule_axis[a] == CONV_AXIS_RULE ? (long double)d->spacing[a] : 1.0L;
    }
    for (size_t b = 0; done && b < d->batch; b++) {
        w.x = x + 2 * b * w.samples;
        moduli(w.x_modulus, w.x, w.samples);
        walk_outputs(&w, r, batch + b, spacing);
    }
    walk_free(&w);
    return done;
}

/* ---- jumps ---------------------------------------------------------------------------------- */

/* A stretch between jumps: `count` samples from `first` on, the ends being the one-sided values. */
typedef struct stretch {
    size_t first, count;
    long double *value;
} stretch;

static bool stretch_make(stretch *s, const long double *v, size_t extent, const conv_break *breaks,
                         size_t break_count, size_t index) {
    const conv_break *const before = index > 0 ? &breaks[index - 1] : NULL;
    const conv_break *const after = index < break_count ? &breaks[index] : NULL;
    s->first = before != NULL ? before->index : 0;
    s->count = (after != NULL ? after->index : extent - 1) - s->first + 1;
    s->value = malloc(2 * s->count * sizeof *s->value);
    if (s->value == NULL) {
        return false;
    }
    memcpy(s->value, v + 2 * s->first, 2 * s->count * sizeof *s->value);
    for (int part = 0; part < 2; part++) {
        if (before != NULL) {
            s->value[part] = (long double)before->right[part];
        }
        if (after != NULL) {
            s->value[2 * (s->count - 1) + (size_t)part] = (long double)after->left[part];
        }
    }
    return true;
}

/* One stretch of each: a convolution of its own, somewhere on the lattice of the whole. */
static bool add_stretches(oracle_result *r, const conv_desc *d, size_t batch, const stretch *x,
                          const stretch *h) {
    oracle_axis whole;
    conv_desc part = *d;
    if (!oracle_axis_make(&whole, d, 0)) {
        return false;
    }
    const size_t reversed = d->kernel_shape[0] - h->first - h->count;
    const size_t first = x->first + (d->operation == CONV_CORRELATE ? reversed : h->first);
    part.mode = CONV_WINDOW;
    part.batch = 1;
    part.signal_shape[0] = x->count;
    part.kernel_shape[0] = h->count;
    part.window_start[0] = whole.start - (ptrdiff_t)first;
    part.window_count[0] = whole.count;
    part.window_step[0] = whole.step;
    return add_rule(r, &part, batch, x->value, h->value);
}

static bool add_with_breaks(oracle_result *r, const conv_desc *d, const long double *x,
                            const long double *h) {
    const size_t n = d->signal_shape[0];
    bool done = true;
    for (size_t b = 0; b < d->batch; b++) {
        for (size_t i = 0; done && i <= d->signal_break_count; i++) {
            for (size_t k = 0; done && k <= d->kernel_break_count; k++) {
                stretch f = {0, 0, NULL};
                stretch g = {0, 0, NULL};
                done = stretch_make(&f, x + 2 * b * n, n, d->signal_breaks, d->signal_break_count,
                                    i) &&
                       stretch_make(&g, h, d->kernel_shape[0], d->kernel_breaks,
                                    d->kernel_break_count, k) &&
                       add_stretches(r, d, b, &f, &g);
                free(f.value);
                free(g.value);
            }
        }
    }
    return done;
}

/* ---- the whole ------------------------------------------------------------------------------ */

bool rule_run(oracle_result *r, const conv_desc *d, const long double *x, const long double *h) {
    const bool breaks = d->signal_break_count + d->kernel_break_count > 0;
    conv_desc plain = *d;
    if (d->rule == CONV_RULE_GREGORY || breaks) {
        plain.rule = CONV_RULE_RECTANGLE;
    }
    if (!oracle_run(r, &plain, x, h)) {
        return false;
    }
    if (d->mode == CONV_CIRCULAR || plain.rule == d->rule) {
        return true;
    }
    for (size_t i = 0; i < r->count * d->batch; i++) {
        r->value[2 * i] = 0.0L;
        r->value[2 * i + 1] = 0.0L;
        r->magnitude[i] = 0.0;
    }
    const bool done = breaks ? add_with_breaks(r, d, x, h) : add_rule(r, d, 0, x, h);
    if (!done) {
        oracle_free(r);
    }
    return done;
}

/* Per axis, for q end terms and Q = q + 2 points: a Lagrange polynomial at a node of the quadrature
 * is a product of Q - 1 quotients, two roundings each; two of these and a weight, summed over Q
 * nodes: 5 Q for an entry of the form. Q more for the sum over one side of it, whose other side
 * counts as taps where m < Q. Weights, their product, and what is added to mend: 10. */
double rule_extra(const conv_desc *d) {
    const double points = (double)(rule_order_of(d) + 1);
    const double stretches = (double)((d->signal_break_count + 1) * (d->kernel_break_count + 1));
    return d->rule != CONV_RULE_GREGORY ? 4.0 : d->rank * (7.0 * points + 10.0) + 4.0 * stretches;
}

double rule_growth(const conv_desc *d) {
    const bool breaks = d->signal_break_count + d->kernel_break_count > 0; /* short stretches */
    double growth = 1.0;
    for (int a = 0; a < d->rank && d->rule == CONV_RULE_GREGORY; a++) {
        const size_t n = d->signal_shape[a];
        const size_t m = d->kernel_shape[a];
        const size_t ends = (size_t)(rule_order_of(d) - 1);
        growth *= breaks || (n < m ? n : m) < 2 * ends
                      ? 6.6
                      : 2.6; /* 1.6^4 and 1.6^2, see magnitude_of */
    }
    return growth;
}
