/* oracle_rule.c - end weights, starts and the sum of a rule. */
#include "oracle_rule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- weights -------------------------------------------------------------------------------- */

/* The solutions omega_j = u_j + [j >= 1] of sum_j u_j j^m = -zeta(-m), m = 0..ends-1, as numerators
 * over one denominator. test_rule_oracle.c puts them back into the equations. */
static const long weights_over[RULE_MOST_ENDS + 1][RULE_MOST_ENDS + 1] = {
    {0},
    {2, 1},
    {12, 5, 13},
    {24, 9, 28, 23},
    {720, 251, 897, 633, 739},
    {1440, 475, 1902, 1104, 1586, 1413},
    {60480, 19087, 84199, 37738, 75242, 55031, 61343},
    {120960, 36799, 176648, 54851, 177984, 89437, 130936, 119585},
    {3628800, 1070017, 5537111, 932517, 6527875, 1494755, 4641093, 3349879, 3662753},
};

const long double *rule_weights(int ends) {
    static long double weights[RULE_MOST_ENDS + 1][RULE_MOST_ENDS];
    for (int j = 0; j < ends; j++) {
        weights[ends][j] =
            (long double)weights_over[ends][j + 1] / (long double)weights_over[ends][0];
    }
    return weights[ends];
}

/* Nodes and weights of Gauss-Legendre on -1..1 by Newton's method on the Legendre polynomial. */
static void gauss_legendre(int points, long double *node, long double *weight) {
    for (int i = 0; i < points; i++) {
        long double x = cosl(3.14159265358979323846L * (i + 0.75L) / (points + 0.5L));
        long double slope = 0.0L;
        for (int round = 0; round < 60; round++) {
            long double before = 1.0L;
            long double here = x;
            for (int n = 2; n <= points; n++) {
                const long double next = ((2 * n - 1) * x * here - (n - 1) * before) / n;
                before = here;
                here = next;
            }
            slope = points * (x * here - before) / (x * x - 1.0L);
            x -= here / slope;
        }
        node[i] = x;
        weight[i] = 2.0L / ((1.0L - x * x) * slope * slope);
    }
}

static long double lagrange(int points, int j, long double x) {
    long double value = 1.0L;
    for (int i = 0; i < points; i++) {
        value *= i == j ? 1.0L : (x - i) / (j - i);
    }
    return value;
}

/* The integrand has degree 2 points - 2, for which so many Gauss-Legendre points are exact. */
void rule_block(int points, int t, long double *form, double *absolute) {
    static long double forms[RULE_MOST_POINTS + 1][RULE_MOST_POINTS]
                            [RULE_MOST_POINTS * RULE_MOST_POINTS];
    static double absolutes[RULE_MOST_POINTS + 1][RULE_MOST_POINTS]
                           [RULE_MOST_POINTS * RULE_MOST_POINTS];
    static bool known[RULE_MOST_POINTS + 1][RULE_MOST_POINTS];
    const size_t cells = (size_t)points * (size_t)points;
    long double node[RULE_MOST_POINTS];
    long double weight[RULE_MOST_POINTS];
    if (!known[points][t]) {
        gauss_legendre(points, node, weight);
        for (size_t c = 0; c < cells; c++) {
            forms[points][t][c] = 0.0L;
            absolutes[points][t][c] = 0.0;
            for (int p = 0; p < points; p++) {
                const long double x = t * (1.0L + node[p]) / 2.0L;
                const long double part = t * weight[p] / 2.0L *
                                         lagrange(points, (int)c / points, x) *
                                         lagrange(points, (int)c % points, t - x);
                forms[points][t][c] += part;
                absolutes[points][t][c] += (double)fabsl(part);
            }
        }
        known[points][t] = true;
    }
    memcpy(form, forms[points][t], cells * sizeof *form);
    memcpy(absolute, absolutes[points][t], cells * sizeof *absolute);
}

/* ---- one axis ------------------------------------------------------------------------------- */

int rule_order_of(const conv_desc *d) {
    switch (d->rule) {
    case CONV_RULE_RECTANGLE:
        return 1;
    case CONV_RULE_TRAPEZOID:
        return 2;
    case CONV_RULE_GREGORY:
        return d->rule_order;
    case CONV_RULE_SUM:
    case CONV_RULE_AUTO:
        break;
    }
    return 0;
}

static int least(int a, size_t b) {
    return b < (size_t)a ? (int)b : a;
}

bool rule_axis_make(rule_axis *axis, const conv_desc *d, int index) {
    const int wanted = rule_order_of(d) - 1;
    *axis = (rule_axis){.ends = 0};
    if (!oracle_axis_make(&axis->axis, d, index)) {
        return false;
    }
    const size_t n = axis->axis.n;
    const size_t m = axis->axis.m;
    const size_t shorter = n < m ? n : m;
    if (wanted < 1 || d->mode == CONV_CIRCULAR) {
        return true;
    }
    if (!axis->axis.overlap) {
        axis->ends = least(wanted, m);
        axis->point = m == 1;
    } else if (d->mode == CONV_VALID) {
        axis->ends = least(wanted, shorter);
        axis->point = shorter == 1;
    } else {
        axis->ends = shorter < 4 ? 1 : least(wanted, shorter - 2);
        axis->point = shorter == 1;
        axis->blocks = axis->ends > 1;
    }
    return true;
}

size_t rule_row_limit(const rule_axis *axis) {
    const size_t points = (size_t)(axis->blocks ? axis->ends + 2 : 0);
    return axis->axis.m > points * points ? axis->axis.m : points * points;
}

/* The polynomials' form at t steps from the first outputs, or from the last ones. */
static size_t block_row(const rule_axis *axis, int t, bool mirrored, rule_term *row) {
    const int points = axis->ends + 2;
    long double form[RULE_MOST_POINTS * RULE_MOST_POINTS];
    double absolute[RULE_MOST_POINTS * RULE_MOST_POINTS];
    size_t count = 0;
    if (t == 0) {
        return 0;
    }
    rule_block(points, t, form, absolute);
    for (int j = 0; j < points; j++) {
        for (int l = 0; l < points; l++) {
            rule_term *const term = &row[count++];
            const size_t cell = (size_t)(j * points + l);
            term->source = mirrored ? (ptrdiff_t)axis->axis.n - 1 - j : j;
            term->tap = mirrored ? axis->axis.m - 1 - (size_t)l : (size_t)l;
            term->weight = form[cell];
            term->magnitude = absolute[cell];
        }
    }
    return count;
}

/* What the ends low..high of the integration give the term at `here`. */
static long double additive(int ends, ptrdiff_t low, ptrdiff_t high, ptrdiff_t here) {
    const long double *const omega = rule_weights(ends);
    long double weight = 1.0L;
    weight += here - low < ends ? omega[here - low] - 1.0L : 0.0L;
    weight += high - here < ends ? omega[high - here] - 1.0L : 0.0L;
    return weight;
}

/* A term may be computed as omega_i omega_j x_i h_j + (a - omega_i omega_j) x_i h_j. No weight of
 * orders up to 9 is above 1.6, and where operands are shorter than 2 ends each may carry two. */
static double magnitude_of(const rule_axis *axis, long double weight) {
    const size_t shorter = axis->axis.n < axis->axis.m ? axis->axis.n : axis->axis.m;
    const double both = shorter < 2 * (size_t)axis->ends ? 6.6 : 2.6;
    return (double)fabsl(weight) + (axis->ends > 1 && weight != 1.0L ? 2.0 * both : 0.0);
}

static size_t sum_row(const rule_axis *axis, ptrdiff_t at, size_t i, rule_term *row) {
    const ptrdiff_t n = (ptrdiff_t)axis->axis.n;
    const ptrdiff_t m = (ptrdiff_t)axis->axis.m;
    size_t count = 0;
    for (ptrdiff_t k = 0; k < m; k++) {
        rule_term term = {oracle_axis_term(&axis->axis, i, (size_t)k).source, (size_t)k, 1.0L, 1.0};
        if (term.source == ORACLE_ABSENT) {
            continue;
        }
        if (axis->ends > 0 && axis->axis.overlap) {
            const ptrdiff_t low = at - m + 1 > 0 ? at - m + 1 : 0;
            const ptrdiff_t high = at < n - 1 ? at : n - 1;
            if (low == high) {
                continue;
            }
            term.weight = additive(axis->ends, low, high, at - k);
        } else if (axis->ends > 0) {
            term.weight = additive(axis->ends, 0, m - 1, k);
        }
        term.magnitude = magnitude_of(axis, term.weight);
        row[count++] = term;
    }
    return count;
}

size_t rule_row(const rule_axis *axis, size_t i, rule_term *row) {
    const ptrdiff_t at = axis->axis.start + (ptrdiff_t)(i * axis->axis.step);
    const ptrdiff_t last = (ptrdiff_t)(axis->axis.n + axis->axis.m) - 2;
    if (axis->point) {
        return 0;
    }
    if (axis->blocks && at >= 0 && at <= axis->ends + 1) {
        return block_row(axis, (int)at, false, row);
    }
    if (axis->blocks && at <= last && last - at <= axis->ends + 1) {
        return block_row(axis, (int)(last - at), true, row);
    }
    return sum_row(axis, at, i, row);
}

/* ---- all axes ------------------------------------------------------------------------------- */

typedef struct rule_walk {
    const conv_desc *d;
    const long double *x, *h;
    bool complex_kernel;
    long double constant[2];
    rule_axis axis[CONV_MAX_RANK];
    rule_term *row[CONV_MAX_RANK];
    size_t length[CONV_MAX_RANK];
    size_t taps;
    long double sum[2];
    double magnitude;
} rule_walk;

/* At least the modulus, and faster. */
static double modulus(const long double *v) {
    return (isfinite(v[0]) ? (double)fabsl(v[0]) : 0.0) +
           (isfinite(v[1]) ? (double)fabsl(v[1]) : 0.0);
}

static void add_product(rule_walk *w, const long double *x, size_t tap, long double weight,
                        double magnitude) {
    const bool reverse = w->d->operation == CONV_CORRELATE;
    const long double *const from = w->h + 2 * (reverse ? w->taps - 1 - tap : tap);
    const long double h[2] = {from[0], reverse ? -from[1] : from[1]};
    if (w->complex_kernel) {
        w->sum[0] += weight * (x[0] * h[0] - x[1] * h[1]);
        w->sum[1] += weight * (x[0] * h[1] + x[1] * h[0]);
    } else {
        w->sum[0] += weight * (x[0] * h[0]);
        w->sum[1] += weight * (x[1] * h[0]);
    }
    w->magnitude += magnitude * modulus(x) * modulus(h);
}

static void add_axis(rule_walk *w, int a, size_t source, size_t tap, long double weight,
                     double magnitude, bool constant) {
    for (size_t i = 0; i < w->length[a]; i++) {
        const rule_term *const term = &w->row[a][i];
        const bool here_constant = constant || term->source == ORACLE_CONSTANT;
        const size_t here =
            source * w->d->signal_shape[a] + (here_constant ? 0 : (size_t)term->source);
        const size_t here_tap = tap * w->d->kernel_shape[a] + term->tap;
        const long double here_weight = weight * term->weight;
        const double here_magnitude = magnitude * term->magnitude;
        if (a + 1 < w->d->rank) {
            add_axis(w, a + 1, here, here_tap, here_weight, here_magnitude, here_constant);
        } else {
            add_product(w, here_constant ? w->constant : w->x + 2 * here, here_tap, here_weight,
                        here_magnitude);
        }
    }
}

static bool walk_rows(rule_walk *w, const conv_desc *d, const long double *h) {
    const bool single = d->dtype == CONV_F32 || d->dtype == CONV_C32;
    bool done = true;
    w->d = d;
    w->h = h;
    w->complex_kernel = d->kernel_dtype == CONV_C32 || d->kernel_dtype == CONV_C64;
    w->taps = 1;
    for (int i = 0; i < 2; i++) {
        const bool read = i == 0 || d->dtype == CONV_C32 || d->dtype == CONV_C64;
        const double value = read ? d->boundary_value[i] : 0.0;
        w->constant[i] = single ? (long double)(float)value : (long double)value;
    }
    for (int a = 0; done && a < d->rank; a++) {
        done = rule_axis_make(&w->axis[a], d, a);
        w->row[a] = done ? malloc(rule_row_limit(&w->axis[a]) * sizeof *w->row[a]) : NULL;
        done = w->row[a] != NULL;
        w->taps *= d->kernel_shape[a];
    }
    return done;
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
    size_t samples = 1;
    const bool done = walk_rows(&w, d, h);
    for (int a = 0; a < d->rank; a++) {
        spacing *= (long double)d->spacing[a];
        samples *= d->signal_shape[a];
    }
    for (size_t b = 0; done && b < d->batch; b++) {
        w.x = x + 2 * b * samples;
        walk_outputs(&w, r, batch + b, spacing);
    }
    for (int a = 0; a < d->rank; a++) {
        free(w.row[a]);
    }
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
