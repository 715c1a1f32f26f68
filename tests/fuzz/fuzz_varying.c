/* fuzz_varying.c - kernels that vary: any widths and grids; engines against the matrix that the
 * plan exports, irregular grids against theirs, images by their transposes, expansions against
 * their definition. */
#include "fuzz.h"

#include <conv.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 60, SIDE = 7, PIXELS = SIDE * SIDE, TERMS = 3 };

/* Widths as they are asked for; where hostile, any double too. */
static double draw_width(fuzz_input *in, bool hostile) {
    if (hostile && fuzz_one_in(in, 12)) {
        return fuzz_bits(in);
    }
    const double width = fabs(fuzz_real(in, 10, false));
    return width > 1e4 ? 1e4 : width;
}

static void check_status(conv_status status, const void *object, bool may_refuse) {
    if (status != CONV_OK && (object != NULL || conv_last_error()[0] == '\0' || !may_refuse)) {
        fuzz_fail("status %d, object %p: %s", (int)status, object, conv_last_error());
    }
}

static void draw_data(fuzz_input *in, double *x, size_t count) {
    for (size_t i = 0; i < count; i++) {
        x[i] = in->left > 0 ? fuzz_real(in, 20, false) : (double)(i * 7 % 11) - 5.0;
    }
}

/* ---- lines ----------------------------------------------------------------------------------- */

typedef struct line {
    conv_varying_desc d;
    double width[MOST], x[MOST], y[MOST];
    size_t n, start[MOST + 1], first[MOST];
    double *values;
} line;

/* A NaN at `bad` (n: none) reaches the outputs that have it in their row, and no others. The bank's
 * weights differ by its bound; sums round n + 200 times, see test_varying. */
static void check_line(const line *l, const conv_varying *plan, size_t bad) {
    double most = 0.0;
    for (size_t j = 0; j < l->n; j++) {
        most = fmax(most, j == bad ? 0.0 : fabs(l->x[j]));
    }
    for (size_t k = 0; k < l->n; k++) {
        long double sum = 0.0L, magnitude = 0.0L;
        bool meets = false, may = false;
        for (size_t i = l->start[k]; i < l->start[k + 1]; i++) {
            const size_t j = l->first[k] + i - l->start[k];
            may = may || j == bad;
            meets = meets || (j == bad && fabs(l->values[i]) > 1e-300);
            sum += j == bad ? 0.0L : (long double)l->values[i] * l->x[j];
            magnitude += j == bad ? 0.0L : fabsl((long double)l->values[i] * l->x[j]);
        }
        const bool bank = conv_varying_chosen(plan) == CONV_VARYING_ENGINE_BANK ||
                          conv_varying_chosen(plan) == CONV_VARYING_ENGINE_PLAIN;
        const long double allowed =
            (2.0L * (long double)l->n + 200.0L) * 0x1p-53L * magnitude + 1e-12L * magnitude +
            (bank ? (2.0L * conv_varying_bound(plan) + 1e-12L) * most : 0.0L) + DBL_MIN;
        const bool right = meets  ? isnan(l->y[k])
                           : !may ? fabsl((long double)l->y[k] - sum) <= allowed
                                  : true;
        if (!right) {
            fuzz_fail("engine %d, output %zu of %zu is %.17g, must be %.17Lg, allowed %Lg (NaN at "
                      "%zu)",
                      (int)conv_varying_chosen(plan), k, l->n, l->y[k], sum, allowed, bad);
        }
    }
}

static void run_engine(line *l, conv_varying_engine engine, size_t bad) {
    conv_varying *plan = NULL;
    l->d.engine = engine;
    const conv_status status = conv_varying_create(&plan, &l->d, l->width);
    check_status(status, plan, engine != CONV_VARYING_ENGINE_AUTO);
    if (status == CONV_OK) {
        void *const workspace = malloc(conv_varying_workspace_size(plan) + 1);
        const conv_status ran = conv_varying_execute(plan, l->x, l->y, workspace);
        if (ran != CONV_OK) {
            fuzz_fail("status %d: %s", (int)ran, conv_last_error());
        }
        check_line(l, plan, bad);
        free(workspace);
    }
    conv_varying_destroy(plan);
}

static void lines(fuzz_input *in) {
    static const double tolerances[] = {0.0, 1e-3, 1e-9, 1e-14, 0.5};
    static line l;
    conv_varying *plan = NULL;
    const bool hostile = fuzz_one_in(in, 4);
    l.n = fuzz_from(in, 1, MOST);
    conv_varying_desc_init(&l.d, CONV_F64, 1, &l.n, (conv_varying_form)fuzz_from(in, 1, 2));
    l.d.profile = (conv_varying_shape)fuzz_below(in, 3);
    l.d.kind = (conv_varying_kind)fuzz_below(in, 4);
    l.d.edge = (conv_varying_edge)fuzz_below(in, 4);
    l.d.tolerance = hostile && fuzz_one_in(in, 4) ? fuzz_bits(in) : tolerances[fuzz_below(in, 5)];
    if (l.d.profile == CONV_VARYING_LORENTZ && l.d.edge == CONV_VARYING_REFLECT) {
        /* Tails of width / sqrt(tolerance) samples, each mirrored: a second at 1e-14. */
        l.d.tolerance = fmax(l.d.tolerance, 1e-6);
    }
    l.d.threads = (int)fuzz_below(in, 3);
    l.d.isa = (conv_isa)fuzz_below(in, 4);
    for (size_t i = 0; i < l.n; i++) {
        l.width[i] = draw_width(in, hostile);
    }
    const size_t bad = fuzz_one_in(in, 4) ? fuzz_below(in, l.n) : l.n;
    draw_data(in, l.x, l.n);
    if (bad < l.n) {
        l.x[bad] = (double)NAN;
    }
    const conv_status status = conv_varying_create(&plan, &l.d, l.width);
    check_status(status, plan, true);
    if (status != CONV_OK) {
        return;
    }
    if (conv_varying_matrix(plan, 0, l.start, l.first, NULL) != CONV_OK) {
        fuzz_fail("%s", conv_last_error());
    }
    l.values = malloc((l.start[l.n] + 1) * sizeof *l.values);
    conv_varying_matrix(plan, 0, l.start, l.first, l.values);
    conv_varying_destroy(plan);
    for (int engine = CONV_VARYING_ENGINE_AUTO; engine <= CONV_VARYING_ENGINE_BANK; engine++) {
        run_engine(&l, (conv_varying_engine)engine, bad);
    }
    free(l.values);
}

/* ---- any grid -------------------------------------------------------------------------------- */

static void irregular(fuzz_input *in) {
    double x[MOST], t[MOST], width[MOST], f[MOST], y[MOST];
    size_t start[MOST + 1], first[MOST];
    conv_irregular_desc d;
    conv_irregular *plan = NULL;
    const bool hostile = fuzz_one_in(in, 3);
    const size_t n = fuzz_from(in, hostile ? 1 : 2, 12), count = fuzz_from(in, 1, 12);
    x[0] = t[0] = fuzz_real(in, 4, false);
    for (size_t i = 1; i < MOST; i++) {
        x[i] =
            x[i - 1] + (hostile ? fuzz_real(in, 20, true) : 1e-3 + fabs(fuzz_real(in, 4, false)));
        t[i] = t[i - 1] + fabs(fuzz_real(in, 4, false));
        if (i >= 12) {
            break;
        }
    }
    for (size_t i = 0; i < 12; i++) {
        width[i] = draw_width(in, hostile);
    }
    conv_irregular_desc_init(&d, CONV_F64, x, n, width, (conv_varying_form)fuzz_from(in, 1, 2));
    d.profile = (conv_varying_shape)fuzz_below(in, 3);
    d.edge = (conv_varying_edge)fuzz_below(in, 4);
    d.tolerance = hostile && fuzz_one_in(in, 4) ? fuzz_bits(in) : 0.0;
    if (fuzz_below(in, 2) != 0) {
        d.t = t;
        d.t_count = count;
    }
    const size_t outputs = d.t != NULL ? count : n;
    const conv_status status = conv_irregular_create(&plan, &d);
    check_status(status, plan, true);
    if (status != CONV_OK) {
        return;
    }
    draw_data(in, f, n);
    conv_irregular_execute(plan, f, y, NULL);
    conv_irregular_matrix(plan, start, first, NULL);
    double *const values = malloc((start[outputs] + 1) * sizeof *values);
    conv_irregular_matrix(plan, start, first, values);
    for (size_t k = 0; k < outputs; k++) {
        long double sum = 0.0L, magnitude = 0.0L;
        for (size_t i = start[k]; i < start[k + 1]; i++) {
            sum += (long double)values[i] * f[first[k] + i - start[k]];
            magnitude += fabsl((long double)values[i] * f[first[k] + i - start[k]]);
        }
        if (!(fabsl((long double)y[k] - sum) <=
              (long double)(n + 2) * (0x1p-53L * magnitude + 0x1p-1074L))) {
            fuzz_fail("irregular, output %zu is %.17g, must be %.17Lg", k, y[k], sum);
        }
    }
    free(values);
    conv_irregular_destroy(plan);
}

/* ---- images ---------------------------------------------------------------------------------- */

static bool spread(const conv_spread_desc *d, const double *major, const double *minor,
                   const double *angle, const double *f, double *y) {
    conv_spread *plan = NULL;
    const conv_status status = conv_spread_create(&plan, d, major, minor, angle);
    check_status(status, plan, true);
    if (status == CONV_OK && conv_spread_execute(plan, f, y, NULL) != CONV_OK) {
        fuzz_fail("%s", conv_last_error());
    }
    conv_spread_destroy(plan);
    return status == CONV_OK;
}

/* <gather x, y> = <x, scatter y>: both are sums of the same products, each rounded once for the
 * weight, the product and each of PIXELS additions, twice over. */
static void images(fuzz_input *in) {
    double major[PIXELS], minor[PIXELS], angle[PIXELS], x[PIXELS], y[PIXELS];
    double gathered[PIXELS], scattered[PIXELS];
    conv_spread_desc d;
    const bool hostile = fuzz_one_in(in, 4), round = fuzz_below(in, 2) != 0;
    const size_t rows = fuzz_from(in, 1, SIDE), cols = fuzz_from(in, 1, SIDE);
    for (size_t i = 0; i < PIXELS; i++) {
        major[i] = draw_width(in, hostile);
        minor[i] = draw_width(in, hostile);
        angle[i] = fuzz_real(in, 4, hostile);
        major[i] = !hostile && major[i] > 50.0 ? 50.0 : major[i];
        minor[i] = !hostile && minor[i] > 50.0 ? 50.0 : minor[i];
    }
    conv_spread_desc_init(&d, CONV_F64, rows, cols, CONV_GATHER);
    d.kind = (conv_varying_kind)fuzz_below(in, 4);
    d.edge = (conv_varying_edge)fuzz_below(in, 4);
    d.isa = (conv_isa)fuzz_below(in, 4);
    draw_data(in, x, PIXELS);
    draw_data(in, y, PIXELS);
    if (!spread(&d, major, round ? NULL : minor, round ? NULL : angle, x, gathered)) {
        return;
    }
    d.form = CONV_SCATTER;
    if (!spread(&d, major, round ? NULL : minor, round ? NULL : angle, y, scattered)) {
        fuzz_fail("GATHER is taken, SCATTER is not: %s", conv_last_error());
    }
    long double left = 0.0L, right = 0.0L, most_x = 0.0L, sum_y = 0.0L;
    for (size_t i = 0; i < rows * cols; i++) {
        left += (long double)gathered[i] * y[i];
        right += (long double)x[i] * scattered[i];
        most_x = fmaxl(most_x, fabsl((long double)x[i]));
        sum_y += fabsl((long double)y[i]);
    }
    /* Rows of GATHER have the sum 1: sum|y||W||x| <= sum|y| max|x|. */
    const long double allowed = 4.0L * (PIXELS + 4) * 0x1p-53L * (sum_y * most_x) + DBL_MIN;
    if (!(fabsl(left - right) <= allowed)) {
        fuzz_fail("transposes of %zu x %zu differ: %.17Lg and %.17Lg, allowed %Lg", rows, cols,
                  left, right, allowed);
    }
}

/* ---- expansions ------------------------------------------------------------------------------ */

static void expansions(fuzz_input *in) {
    double kernel[TERMS][MOST], pre[TERMS][MOST], post[TERMS][MOST], f[MOST], y[MOST];
    const void *kernels[TERMS], *pres[TERMS], *posts[TERMS];
    conv_expansion_desc d;
    conv_expansion *plan = NULL;
    const size_t n = fuzz_from(in, 1, MOST), m = fuzz_from(in, 1, MOST);
    const size_t terms = fuzz_from(in, 1, TERMS);
    const bool transposed = fuzz_below(in, 2) != 0;
    conv_expansion_desc_init(&d, CONV_F64, 1, &n, &m);
    d.center[0] = fuzz_below(in, m + 1);
    d.terms = terms;
    d.threads = (int)fuzz_below(in, 3);
    const size_t ones = fuzz_byte(in);
    for (size_t q = 0; q < terms; q++) {
        draw_data(in, kernel[q], m);
        draw_data(in, pre[q], n);
        draw_data(in, post[q], n);
        kernels[q] = kernel[q];
        pres[q] = ones >> q & 1 ? NULL : pre[q];
        posts[q] = ones >> (q + 4) & 1 ? NULL : post[q];
    }
    draw_data(in, f, n);
    const conv_status status = conv_expansion_create(&plan, &d, kernels, pres, posts);
    check_status(status, plan, d.center[0] == m);
    if (status != CONV_OK) {
        return;
    }
    (transposed ? conv_expansion_execute_transposed : conv_expansion_execute)(plan, f, y, NULL);
    long double norms = 0.0L, must[MOST] = {0};
    for (size_t q = 0; q < terms; q++) {
        const void *const *const after = transposed ? pres : posts;
        const void *const *const before = transposed ? posts : pres;
        long double most = 0.0L, energy = 0.0L, taps = 0.0L;
        for (size_t k = 0; k < n; k++) {
            const double outer = after[q] != NULL ? ((const double *)after[q])[k] : 1.0;
            const double inner = before[q] != NULL ? ((const double *)before[q])[k] : 1.0;
            most = fmaxl(most, fabsl((long double)outer));
            energy += (long double)inner * f[k] * inner * f[k];
            for (size_t t = 0; t < m; t++) {
                const size_t j = transposed ? k + t - d.center[0] : k + d.center[0] - t;
                if (j < n) {
                    const double w = before[q] != NULL ? ((const double *)before[q])[j] : 1.0;
                    must[k] += (long double)outer * kernel[q][t] * w * f[j];
                }
            }
        }
        for (size_t t = 0; t < m; t++) {
            taps += (long double)kernel[q][t] * kernel[q][t];
        }
        norms += most * sqrtl(energy) * sqrtl(taps);
    }
    /* Transforms of at most 2^8 points, see the header's ACCURACY, with twice its constant. */
    const long double allowed = 4.0L * 0.5L * 0x1p-53L * 8.0L * norms + 1e-290L;
    for (size_t k = 0; k < n; k++) {
        if (!(fabsl((long double)y[k] - must[k]) <= allowed)) {
            fuzz_fail("expansion, n %zu, m %zu, output %zu is %.17g, must be %.17Lg, allowed %Lg",
                      n, m, k, y[k], must[k], allowed);
        }
    }
    conv_expansion_destroy(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    fuzz_input in = {bytes, size};
    switch (fuzz_below(&in, 4)) {
    case 0:
        lines(&in);
        break;
    case 1:
        irregular(&in);
        break;
    case 2:
        images(&in);
        break;
    default:
        expansions(&in);
        break;
    }
    return 0;
}
