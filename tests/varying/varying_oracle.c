/* varying_oracle.c - kernels by their formulas, added up tap by tap. */
#include "varying_oracle.h"

#include <math.h>
#include <stdlib.h>

#include "data.h"

static const long double pi = 3.14159265358979323846264338327950288L;

/* ---- taps ----------------------------------------------------------------------------------- */

enum { NODES = 10 };

/* Gauss-Legendre on -1..1, by Newton's method. */
static void legendre(long double *node, long double *weight) {
    for (int i = 0; i < NODES; i++) {
        long double x = cosl(pi * ((long double)i + 0.75L) / (NODES + 0.5L));
        long double slope = 1.0L;
        for (int step = 0; step < 100; step++) {
            long double last = 1.0L;
            long double now = x;
            for (int k = 2; k <= NODES; k++) {
                const long double next = ((2 * k - 1) * x * now - (k - 1) * last) / k;
                last = now;
                now = next;
            }
            slope = NODES * (x * now - last) / (x * x - 1.0L);
            x -= now / slope;
        }
        node[i] = x;
        weight[i] = 2.0L / ((1.0L - x * x) * slope * slope);
    }
}

/* (1/pi) int_0^pi exp(-w^2 s^2 / 2) cos(w d) dw. */
static long double band_limited(long double s, size_t d) {
    static long double node[NODES];
    static long double weight[NODES];
    if (weight[0] == 0.0L) {
        legendre(node, weight);
    }
    const size_t panels = 8 + d;
    const long double half = pi / (long double)panels / 2.0L;
    long double sum = 0.0L;
    for (size_t p = 0; p < panels; p++) {
        for (int i = 0; i < NODES; i++) {
            const long double w = half * ((long double)(2 * p + 1) + node[i]);
            sum += weight[i] * expl(-w * w * s * s / 2.0L) * cosl(w * (long double)d);
        }
    }
    return sum * half / pi;
}

static conv_varying_kind kind_of(const varying_case *c, double width) {
    if (c->kind != CONV_VARYING_AUTO) {
        return c->kind;
    }
    if (c->profile == CONV_VARYING_BOX) {
        return CONV_VARYING_CELL;
    }
    return c->profile == CONV_VARYING_GAUSS && width < 1.0 ? CONV_VARYING_BANDLIMITED
                                                           : CONV_VARYING_SAMPLED;
}

static long double tap(const varying_case *c, double width, size_t distance) {
    const conv_varying_kind kind = kind_of(c, width);
    const long double s = (long double)width;
    const long double d = (long double)distance;
    if (width == 0.0) {
        return distance == 0 ? 1.0L : 0.0L;
    }
    if (kind == CONV_VARYING_BANDLIMITED) {
        return band_limited(s, distance);
    }
    if (c->profile == CONV_VARYING_GAUSS) {
        const long double root = s * sqrtl(2.0L);
        return kind == CONV_VARYING_SAMPLED ? expl(-d * d / (2.0L * s * s))
                                            : erfcl((d - 0.5L) / root) - erfcl((d + 0.5L) / root);
    }
    if (c->profile == CONV_VARYING_LORENTZ) {
        return kind == CONV_VARYING_SAMPLED ? 1.0L / (1.0L + d * d / (s * s))
                                            : atanl((d + 0.5L) / s) - atanl((d - 0.5L) / s);
    }
    if (kind == CONV_VARYING_SAMPLED) {
        return d <= s ? 1.0L : 0.0L;
    }
    return fmaxl(0.0L, fminl(d + 0.5L, s) - fmaxl(d - 0.5L, -s));
}

/* The formulas of the header: below the tolerance of the peak there is nothing. */
size_t varying_reach(const varying_case *c, double width) {
    const double tolerance = c->tolerance != 0.0 ? c->tolerance : 1e-6;
    const conv_varying_kind kind = kind_of(c, width);
    const double cell = kind == CONV_VARYING_CELL ? 0.5 : 0.0;
    if (width == 0.0) {
        return 0;
    }
    if (c->profile == CONV_VARYING_BOX) {
        return (size_t)(kind == CONV_VARYING_CELL ? ceil(width + 0.5) - 1.0 : floor(width));
    }
    if (c->profile == CONV_VARYING_LORENTZ) {
        return (size_t)floor(width / sqrt(tolerance) + cell);
    }
    const double gauss = floor((0.75 + sqrt(-2.0 * log(tolerance))) * width + cell);
    if (kind != CONV_VARYING_BANDLIMITED) {
        return (size_t)gauss;
    }
    const double peak = (double)band_limited((long double)width, 0);
    const double factor = width * width * exp(-M_PI * M_PI * width * width / 2.0);
    return (size_t)fmax(gauss, fmin(65536.0, ceil(sqrt(factor / (tolerance * peak)))));
}

/* ---- the operator --------------------------------------------------------------------------- */

ptrdiff_t varying_extended(ptrdiff_t at, ptrdiff_t n, conv_varying_edge edge) {
    if (at >= 0 && at < n) {
        return at;
    }
    if (edge == CONV_VARYING_CLAMP) {
        return at < 0 ? 0 : n - 1;
    }
    if (edge == CONV_VARYING_REFLECT) {
        const ptrdiff_t k = ((at % (2 * n)) + 2 * n) % (2 * n);
        return k < n ? k : 2 * n - 1 - k;
    }
    return -1;
}

/* Reflected kernels that are much wider than the signal count as flat, as the header says. */
static double computed_width(const varying_case *c, double width) {
    const double n = (double)c->n;
    if (c->edge != CONV_VARYING_REFLECT || c->profile == CONV_VARYING_BOX) {
        return width;
    }
    return fmin(width, c->profile == CONV_VARYING_GAUSS ? 4.0 * n : 12.0 * n);
}

/* Kernels made lately: neighbours often have the same one. */
enum { KEPT = 256 };

static struct {
    varying_case of;
    double width;
    size_t reach;
    long double *taps;
} kept_taps[KEPT];

static long double *taps_of(const varying_case *c, double width, size_t *reach) {
    static int oldest;
    for (int i = 0; i < KEPT; i++) {
        const varying_case *k = &kept_taps[i].of;
        if (kept_taps[i].taps && kept_taps[i].width == width && k->profile == c->profile &&
            k->kind == c->kind && k->tolerance == c->tolerance) {
            *reach = kept_taps[i].reach;
            return kept_taps[i].taps;
        }
    }
    const int place = oldest;
    oldest = (oldest + 1) % KEPT;
    *reach = varying_reach(c, width);
    free(kept_taps[place].taps);
    long double *const taps = malloc((*reach + 1) * sizeof *taps);
    kept_taps[place].of = *c;
    kept_taps[place].width = width;
    kept_taps[place].reach = *reach;
    kept_taps[place].taps = taps;
    for (size_t d = 0; taps && d <= *reach; d++) {
        taps[d] = tap(c, width, d);
    }
    return taps;
}

/* The kernel that belongs to sample k, as a row. */
static bool add_kernel(const varying_case *c, size_t k, long double *row) {
    const double width = computed_width(c, c->width[k]);
    size_t reach = 0;
    const long double *const taps = taps_of(c, width, &reach);
    long double all = 0.0L;
    long double kept = 0.0L;
    if (!taps) {
        return false;
    }
    for (ptrdiff_t d = -(ptrdiff_t)reach; d <= (ptrdiff_t)reach; d++) {
        const long double weight = taps[d < 0 ? -d : d];
        const ptrdiff_t j = varying_extended((ptrdiff_t)k + d, (ptrdiff_t)c->n, c->edge);
        all += weight;
        if (j >= 0) {
            kept += weight;
            row[j] += weight;
        }
    }
    for (size_t j = 0; j < c->n; j++) {
        row[j] /= c->edge == CONV_VARYING_RENORMALISE ? kept : all;
    }
    return true;
}

long double *varying_matrix(const varying_case *c) {
    const size_t n = c->n;
    long double *const matrix = calloc(n * n, sizeof *matrix);
    for (size_t k = 0; matrix && k < n; k++) {
        if (!add_kernel(c, k, matrix + k * n)) {
            free(matrix);
            return NULL;
        }
    }
    for (size_t k = 0; matrix && c->form == CONV_SCATTER && k < n; k++) {
        for (size_t j = 0; j < k; j++) {
            const long double swap = matrix[k * n + j];
            matrix[k * n + j] = matrix[j * n + k];
            matrix[j * n + k] = swap;
        }
    }
    return matrix;
}

void varying_widths(int pattern, size_t n, double scale, uint64_t seed, double *width) {
    for (size_t k = 0; k < n; k++) {
        const double t = n > 1 ? (double)k / (double)(n - 1) : 0.0;
        const double draw = next_uniform(&seed);
        const double values[VARYING_PATTERNS] = {scale,
                                                 scale * (0.5 + t),
                                                 scale * 2.0 * draw,
                                                 k % 3 == 0 ? 0.0 : scale,
                                                 scale * exp(3.0 * (t - 0.5)),
                                                 k % 2 ? 0.1 * scale : scale,
                                                 0.0};
        width[k] = values[pattern];
    }
}

void varying_describe(conv_varying_desc *desc, const varying_case *c, conv_dtype dtype) {
    conv_varying_desc_init(desc, dtype, 1, &c->n, c->form);
    desc->profile = c->profile;
    desc->kind = c->kind;
    desc->edge = c->edge;
    desc->tolerance = c->tolerance;
}
