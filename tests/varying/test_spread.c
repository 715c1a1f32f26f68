/* test_spread.c - images under Gaussians of their own for every pixel, by conv_spread: against the
 * definition in long double, closed forms, transposes, totals, constants, NaN, layouts, threads,
 * workspaces, statuses. */
#include "data.h"
#include "suite.h"
#include "varying_oracle.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 17, COLS = 23, MOST = ROWS * COLS };

static double major[MOST], minor[MOST], angle[MOST];
static double image[MOST], other[MOST];
static long double matrix[MOST][MOST]; /* row: the pixel that has the widths */

static void fill_images(uint64_t seed) {
    for (int i = 0; i < MOST; i++) {
        image[i] = 2.0 * next_uniform(&seed) - 1.0;
        other[i] = 2.0 * next_uniform(&seed) - 1.0;
    }
}

/* Widths in pixels of unit spacing: 0 narrow round, 1 round, 2 ellipses, 3 ellipses with one narrow
 * width, 4 wider than the image, 5 zeros among others. */
enum { PATTERNS = 6 };

static bool fill_widths(int pattern, size_t rows, size_t cols) {
    uint64_t seed = 77 + (uint64_t)pattern;
    for (size_t i = 0; i < rows * cols; i++) {
        const double a = next_uniform(&seed), b = next_uniform(&seed);
        major[i] = pattern == 0 ? 0.2 + 0.7 * a : 0.6 + 2.9 * a;
        minor[i] = 0.5 + 2.0 * b;
        angle[i] = 6.3 * next_uniform(&seed) - 3.0;
        if (pattern == 3) {
            minor[i] = 0.02 + 0.5 * b;
        } else if (pattern == 4) {
            major[i] = 9.0 + 6.0 * a;
            minor[i] = 5.0 + 3.0 * b;
        } else if (pattern == 5 && i % 3 != 1) {
            major[i] = minor[i] = 0.0;
        }
    }
    return pattern >= 2; /* ellipses */
}

static long double cell(long double d, long double s) {
    const long double r = s * sqrtl(2.0L);
    d = fabsl(d);
    return d < 0.25L ? erfl(0.5L / r) : (erfcl((d - 0.5L) / r) - erfcl((d + 0.5L) / r)) / 2.0L;
}

/* K at one sample. */
typedef struct {
    long double u, v, cosine, sine, cut;
} ellipse;

static ellipse ellipse_at(const conv_spread_desc *desc, size_t at, bool ellipses) {
    const long double least = ldexpl(1.0L, -10) * fminl(desc->spacing[0], desc->spacing[1]);
    const long double u = fmaxl(major[at], least), v = ellipses ? fmaxl(minor[at], least) : u;
    const long double t = ellipses ? angle[at] : 0.0L;
    const long double cut = -2.0L * logl(desc->tolerance != 0 ? desc->tolerance : 1e-6);
    return (ellipse){u, v, cosl(t), sinl(t), cut};
}

/* The weight of K at (i, j), not normalised, and 0 beyond the cut. */
static long double kernel(const conv_spread_desc *desc, const ellipse *e, long i, long j) {
    const bool cells = desc->kind == CONV_VARYING_CELL;
    long double y = i, x = j;
    if (cells) {
        y = fmaxl(fabsl(y) - 0.5L, 0.0L);
        x = fmaxl(fabsl(x) - 0.5L, 0.0L);
    }
    y *= desc->spacing[0];
    x *= desc->spacing[1];
    const long double p = (x * e->cosine + y * e->sine) / e->u;
    const long double q = (y * e->cosine - x * e->sine) / e->v;
    const long double square = p * p + q * q;
    /* No case may hang on how the cut is rounded. */
    assert_true(fabsl(square - e->cut) > 1e-10L * e->cut);
    if (square > e->cut) {
        return 0.0L;
    }
    return cells ? cell(i, e->u / desc->spacing[0]) * cell(j, e->u / desc->spacing[1])
                 : expl(-square / 2.0L);
}

/* The rows that GATHER has; returns the taps of the largest kernel. */
static size_t fill_matrix(const conv_spread_desc *desc, bool ellipses) {
    const long rows = (long)desc->rows, cols = (long)desc->cols;
    size_t most = 0;
    memset(matrix, 0, sizeof matrix);
    for (long at = 0; at < rows * cols; at++) {
        const double widest = fmax(major[at], ellipses ? minor[at] : 0.0);
        const double cut = sqrt(-2.0 * log(desc->tolerance != 0 ? desc->tolerance : 1e-6));
        const long high = (long)(cut * widest / desc->spacing[0]) + 2;
        const long wide = (long)(cut * widest / desc->spacing[1]) + 2;
        const ellipse here = ellipse_at(desc, (size_t)at, ellipses);
        long double all = 0.0L, inside = 0.0L;
        size_t taps = 0;
        for (long i = -high; i <= high; i++) {
            for (long j = -wide; j <= wide; j++) {
                const long double w = kernel(desc, &here, i, j);
                const ptrdiff_t y = varying_extended(at / cols + i, rows, desc->edge);
                const ptrdiff_t x = varying_extended(at % cols + j, cols, desc->edge);
                taps += w != 0.0L;
                all += w;
                if (y >= 0 && x >= 0) {
                    matrix[at][y * cols + x] += w;
                    inside += w;
                }
            }
        }
        for (long k = 0; k < rows * cols; k++) {
            matrix[at][k] /= desc->edge == CONV_VARYING_RENORMALISE ? inside : all;
        }
        most = taps > most ? taps : most;
    }
    return most;
}

static long double weight(const conv_spread_desc *desc, size_t k, size_t m) {
    return desc->form == CONV_GATHER ? matrix[k][m] : matrix[m][k];
}

static void put(void *to, bool is_double, size_t i, double value) {
    if (is_double) {
        ((double *)to)[i] = value;
    } else {
        ((float *)to)[i] = (float)value;
    }
}

static double get(const void *from, bool is_double, size_t i) {
    return is_double ? ((const double *)from)[i] : (double)((const float *)from)[i];
}

static conv_spread *plan_of(const conv_spread_desc *desc, bool ellipses) {
    conv_spread *plan = NULL;
    if (conv_spread_create(&plan, desc, major, ellipses ? minor : NULL, ellipses ? angle : NULL) !=
        CONV_OK) {
        fail_msg("%s", conv_last_error());
    }
    return plan;
}

static void execute(const conv_spread_desc *desc, bool ellipses, const void *x, void *y) {
    conv_spread *plan = plan_of(desc, ellipses);
    if (conv_spread_execute(plan, x, y, NULL) != CONV_OK) {
        fail_msg("%s", conv_last_error());
    }
    conv_spread_destroy(plan);
}

/* ---- the definition ---- */

/* Per output. Weights, relative: 128 u by the table's recurrence, as much for the cut ellipse's
 * coefficients (c^2 / 2 < 40 times a few u in the exponent), n u by a power over the n columns of a
 * row, of which the taps are an upper bound; the sum of them that divides has its rounding, as has
 * the sum over up to `taps` terms. 300 + 3 taps. */
static double compare(const conv_spread_desc *desc, bool ellipses) {
    static double space[2][MOST];
    void *x = space[0], *y = space[1];
    const bool is_double = desc->dtype == CONV_F64;
    const double unit = is_double ? 0x1p-53 : 0x1p-24;
    const size_t count = desc->rows * desc->cols;
    size_t taps = fill_matrix(desc, ellipses);
    double worst = 0.0;
    taps = desc->form == CONV_SCATTER && taps < count ? count : taps;
    for (size_t i = 0; i < count; i++) {
        put(x, is_double, i, image[i]);
    }
    execute(desc, ellipses, x, y);
    for (size_t k = 0; k < count; k++) {
        long double sum = 0.0L, size = 0.0L;
        for (size_t m = 0; m < count; m++) {
            const long double term = weight(desc, k, m) * (long double)get(x, is_double, m);
            sum += term;
            size += fabsl(term);
        }
        const double limit = (300.0 + 3.0 * (double)taps) * unit * (double)size;
        const double error = (double)fabsl((long double)get(y, is_double, k) - sum);
        if (!(error <= limit)) {
            fail_msg("form %d edge %d dtype %d kind %d, %zu x %zu, output %zu: error %g, limit %g",
                     (int)desc->form, (int)desc->edge, (int)desc->dtype, (int)desc->kind,
                     desc->rows, desc->cols, k, error, limit);
        }
        worst = limit > 0.0 ? fmax(worst, error / limit) : worst;
    }
    return worst;
}

static void definition(void **state) {
    static const size_t shapes[][2] = {{1, 1}, {1, 9}, {7, 1}, {5, 4}, {11, 14}};
    static const double spacings[][2] = {{1.0, 1.0}, {0.7, 1.3}};
    static const double tolerances[] = {0.0, 1e-3, 1e-12};
    double worst[2] = {0.0, 0.0};
    size_t cases = 0;
    (void)state;
    fill_images(5);
    /* A budget of 3 takes all; 7 has no factor in common with their number. */
    const unsigned all = 5 * PATTERNS * 2 * 4 * 2 * 2, some = test_count(all / 3);
    for (unsigned i = 0; i < some && i < all; i++) {
        const int c = (int)(7 * i % all);
        const int shape = c % 5, pattern = c / 5 % PATTERNS, form = c / (5 * PATTERNS) % 2;
        const int edge = c / (10 * PATTERNS) % 4, type = c / (40 * PATTERNS) % 2;
        const int spacing = c / (80 * PATTERNS);
        conv_spread_desc desc;
        conv_spread_desc_init(&desc, type ? CONV_F64 : CONV_F32, shapes[shape][0], shapes[shape][1],
                              form ? CONV_SCATTER : CONV_GATHER);
        desc.edge = (conv_varying_edge)edge;
        memcpy(desc.spacing, spacings[spacing], sizeof desc.spacing);
        desc.tolerance = tolerances[c % (type ? 3 : 2)];
        const bool ellipses = fill_widths(pattern, desc.rows, desc.cols);
        desc.kind = ellipses || c % 2 ? CONV_VARYING_AUTO : CONV_VARYING_CELL;
        worst[type] = fmax(worst[type], compare(&desc, ellipses));
        cases++;
    }
    printf("# %zu cases, worst error over limit: f32 %.3f, f64 %.3f\n", cases, worst[0], worst[1]);
    assert_true(cases > 0);
}

/* ---- transposes, constants, totals ---- */

/* The worst ratio of |<gather x, y> - <x, scatter y>| to u sum|y K x|; 4 is the limit. */
static void transposes(void **state) {
    static double gathered[MOST], scattered[MOST];
    double worst = 0.0;
    (void)state;
    fill_images(11);
    for (int c = 0; c < 4 * PATTERNS; c++) {
        conv_spread_desc desc;
        conv_spread_desc_init(&desc, CONV_F64, ROWS, COLS, CONV_GATHER);
        desc.edge = (conv_varying_edge)(c % 4);
        const bool ellipses = fill_widths(c / 4, ROWS, COLS);
        fill_matrix(&desc, ellipses);
        execute(&desc, ellipses, image, gathered);
        desc.form = CONV_SCATTER;
        execute(&desc, ellipses, other, scattered);
        long double left = 0.0L, right = 0.0L, size = 0.0L;
        for (size_t k = 0; k < MOST; k++) {
            left += (long double)gathered[k] * other[k];
            right += (long double)scattered[k] * image[k];
            for (size_t m = 0; m < MOST; m++) {
                size += fabsl(matrix[k][m] * image[m] * other[k]);
            }
        }
        worst = fmax(worst, (double)(fabsl(left - right) / (0x1p-53L * size)));
    }
    printf("# transposes: worst %.3f u, limit 4\n", worst);
    assert_true(worst <= 4.0);
}

/* RENORMALISE, REFLECT, CLAMP: GATHER keeps constants, SCATTER the total, to 1e-14; with LOSE where
 * kernels end inside. */
static void constants_and_totals(void **state) {
    static double ones[MOST], y[MOST];
    double worst[2] = {0.0, 0.0};
    (void)state;
    fill_images(3);
    for (size_t i = 0; i < MOST; i++) {
        ones[i] = 1.0;
    }
    for (int c = 0; c < 4 * PATTERNS; c++) {
        conv_spread_desc desc;
        conv_spread_desc_init(&desc, CONV_F64, ROWS, COLS, CONV_GATHER);
        desc.edge = (conv_varying_edge)(c % 4);
        const bool ellipses = fill_widths(c / 4, ROWS, COLS);
        for (size_t i = 0; i < MOST && desc.edge == CONV_VARYING_LOSE; i++) {
            const size_t row = i / COLS, col = i % COLS;
            if (row != ROWS / 2 || col != COLS / 2) {
                major[i] = minor[i] = 0.0;
            } else {
                major[i] = fmin(major[i], 1.4);
                minor[i] = fmin(minor[i], 1.4);
            }
        }
        execute(&desc, ellipses, ones, y);
        for (size_t i = 0; i < MOST; i++) {
            worst[0] = fmax(worst[0], fabs(y[i] - 1.0));
        }
        desc.form = CONV_SCATTER;
        execute(&desc, ellipses, image, y);
        long double before = 0.0L, after = 0.0L, size = 0.0L;
        for (size_t i = 0; i < MOST; i++) {
            before += image[i];
            after += y[i];
            size += fabs(image[i]);
        }
        worst[1] = fmax(worst[1], (double)(fabsl(after - before) / size));
    }
    printf("# constants %.3g, totals %.3g, limit 1e-14\n", worst[0], worst[1]);
    assert_true(worst[0] <= 1e-14);
    assert_true(worst[1] <= 1e-14);
}

/* ---- closed forms ---- */

/* A round Gaussian spot of width w and height 1 through one Gaussian: variances add, the volume
 * stays. Errors: the cut, twice the tolerance; samples as integrals, 4 exp(-2 pi^2 w^2), w the
 * smallest width in pixels, of the axis with the larger spacing; 1000 u for sums. */
static double spot(double u, double v, double t, const double *spacing) {
    enum { SIDE = 81, MIDDLE = SIDE / 2 };
    static double x[SIDE * SIDE], y[SIDE * SIDE], wide[SIDE * SIDE], narrow[SIDE * SIDE],
        turn[SIDE * SIDE];
    const double w = 3.0, c = cos(t), s = sin(t);
    const double xx = w * w + u * u * c * c + v * v * s * s;
    const double yy = w * w + u * u * s * s + v * v * c * c;
    const double xy = (u * u - v * v) * c * s, det = xx * yy - xy * xy;
    conv_spread_desc desc;
    conv_spread *plan = NULL;
    double worst = 0.0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        const double p = spacing[0] * (i / SIDE - MIDDLE), q = spacing[1] * (i % SIDE - MIDDLE);
        x[i] = exp(-(p * p + q * q) / (2 * w * w));
        wide[i] = u;
        narrow[i] = v;
        turn[i] = t;
    }
    conv_spread_desc_init(&desc, CONV_F64, SIDE, SIDE, CONV_GATHER);
    memcpy(desc.spacing, spacing, sizeof desc.spacing);
    desc.tolerance = 1e-12;
    assert_int_equal(conv_spread_create(&plan, &desc, wide, narrow, turn), CONV_OK);
    assert_int_equal(conv_spread_execute(plan, x, y, NULL), CONV_OK);
    conv_spread_destroy(plan);
    for (int i = 0; i < SIDE * SIDE; i++) {
        const double p = spacing[0] * (i / SIDE - MIDDLE), q = spacing[1] * (i % SIDE - MIDDLE);
        const double form = (yy * q * q - 2.0 * xy * p * q + xx * p * p) / det;
        worst = fmax(worst, fabs(y[i] - w * w / sqrt(det) * exp(-form / 2.0)));
    }
    return worst;
}

static void closed_forms(void **state) {
    static const double unit[2] = {1.0, 1.0}, uneven[2] = {0.8, 1.0};
    (void)state;
    const double limit = 2e-12 + 4.0 * exp(-2.0 * 9.8696 * 1.44) + 1000.0 * 0x1p-53;
    const double errors[4] = {spot(2.5, 2.5, 0.0, unit), spot(4.0, 1.2, 0.7, unit),
                              spot(1.3, 3.1, -1.9, uneven), spot(2.0, 2.0, 0.3, uneven)};
    for (int i = 0; i < 4; i++) {
        printf("# spot %d: error %.3g, limit %.3g\n", i, errors[i], limit);
        assert_true(errors[i] <= limit);
    }
}

/* A round width of 0 is the pixel itself, to the bit. */
static void zero_width(void **state) {
    static double y[MOST];
    (void)state;
    fill_images(21);
    memset(major, 0, sizeof major);
    for (int c = 0; c < 16; c++) {
        conv_spread_desc desc;
        conv_spread_desc_init(&desc, CONV_F64, ROWS, COLS, c % 2 ? CONV_SCATTER : CONV_GATHER);
        desc.edge = (conv_varying_edge)(c / 2 % 4);
        desc.kind = c / 8 ? CONV_VARYING_CELL : CONV_VARYING_AUTO;
        execute(&desc, false, image, y);
        assert_memory_equal(y, image, sizeof y);
    }
}

/* ---- NaN ---- */

/* A sample that is not finite reaches the outputs whose kernel has it, and no others change. */
static void not_finite(void **state) {
    static double x[MOST], y[MOST], clean[MOST];
    const double bad[3] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    size_t reached = 0, left = 0;
    (void)state;
    fill_images(31);
    for (int c = 0; c < 4 * PATTERNS; c++) {
        conv_spread_desc desc;
        conv_spread_desc_init(&desc, CONV_F64, ROWS, COLS, CONV_GATHER);
        desc.edge = (conv_varying_edge)(c % 4);
        const bool ellipses = fill_widths(c / 4, ROWS, COLS);
        if (c / 4 == 4) {
            continue; /* reaches all */
        }
        fill_matrix(&desc, ellipses);
        for (int b = 0; b < 6; b++) {
            const size_t at = (size_t)(c * 37 + b * 101) % MOST;
            desc.form = b % 2 ? CONV_SCATTER : CONV_GATHER;
            memcpy(x, image, sizeof x);
            x[at] = 0.0;
            execute(&desc, ellipses, x, clean);
            x[at] = bad[b / 2];
            execute(&desc, ellipses, x, y);
            for (size_t k = 0; k < MOST; k++) {
                if (weight(&desc, k, at) == 0.0L) {
                    assert_true(y[k] == clean[k]);
                    left++;
                } else {
                    assert_true(b < 2 ? isnan(y[k]) != 0 : y[k] == x[at]);
                    reached++;
                }
            }
        }
    }
    printf("# %zu outputs reached, %zu not\n", reached, left);
    assert_true(reached > 1000 && left > 1000);
}

/* ---- layouts ---- */

/* Strides, batch, complex images, threads and the caller's workspace change no bit. */
static void layouts(void **state) {
    enum { BATCH = 2, GAP = 3, SPACE = 4 * BATCH * (ROWS + GAP) * (COLS + GAP) };
    static double x[SPACE], y[SPACE];
    static double plain[2 * BATCH][MOST], one[MOST];
    static unsigned char work[1 << 20];
    (void)state;
    for (int c = 0; c < 8 * PATTERNS; c++) {
        const bool complex_image = c / 4 % 2;
        const int parts = complex_image ? 2 : 1;
        const bool ellipses = fill_widths(c / 8, ROWS, COLS);
        conv_spread_desc desc;
        conv_spread_desc_init(&desc, CONV_F64, ROWS, COLS, c % 2 ? CONV_SCATTER : CONV_GATHER);
        desc.edge = (conv_varying_edge)((c + c / 8) % 4);
        for (int b = 0; b < BATCH * parts; b++) {
            fill_images(100 + (uint64_t)b);
            execute(&desc, ellipses, image, plain[b]);
        }
        desc.dtype = complex_image ? CONV_C64 : CONV_F64;
        desc.batch = BATCH;
        desc.threads = 2;
        desc.signal_stride[0] = 2; /* columns before rows, with gaps */
        desc.signal_stride[1] = 2 * (ROWS + GAP);
        desc.signal_batch_stride = 1;
        desc.output_stride[0] = COLS + GAP;
        desc.output_stride[1] = -1;
        desc.output_batch_stride = (ROWS + GAP) * (COLS + GAP);
        for (int i = 0; i < SPACE; i++) {
            y[i] = 7.0;
        }
        for (int b = 0; b < BATCH * parts; b++) {
            fill_images(100 + (uint64_t)b);
            for (int i = 0; i < MOST; i++) {
                const int at = b / parts + 2 * (i / COLS) + 2 * (ROWS + GAP) * (i % COLS);
                x[parts * at + b % parts] = image[i];
            }
        }
        conv_spread *plan = plan_of(&desc, ellipses);
        const size_t size = conv_spread_workspace_size(plan);
        assert_true(size + 8 <= sizeof work);
        memset(work, 0xA5, sizeof work);
        assert_int_equal(conv_spread_execute(plan, x, y + parts * (COLS - 1), work + 3), CONV_OK);
        for (size_t i = 0; i < sizeof work; i++) {
            assert_true((i >= 3 && i < size + 3) || work[i] == 0xA5);
        }
        conv_spread_destroy(plan);
        size_t kept = 0;
        for (int i = 0; i < SPACE; i++) {
            kept += y[i] == 7.0;
        }
        assert_int_equal(kept, SPACE - BATCH * parts * MOST);
        for (int b = 0; b < BATCH * parts; b++) {
            for (int i = 0; i < MOST; i++) {
                const int at = b / parts * (ROWS + GAP) * (COLS + GAP) + i / COLS * (COLS + GAP) +
                               COLS - 1 - i % COLS;
                one[i] = y[parts * at + b % parts];
            }
            assert_memory_equal(one, plain[b], sizeof one);
        }
    }
}

/* ---- statuses ---- */

static void fails(const conv_spread_desc *desc, const double *u, const double *v, const double *t,
                  conv_status expected, const char *word, const char *value) {
    conv_spread *plan = (conv_spread *)(void *)&expected;
    const conv_status status = conv_spread_create(&plan, desc, u, v, t);
    if (status != expected) {
        fail_msg("%s, expected %s: %s", conv_status_string(status), conv_status_string(expected),
                 conv_last_error());
    }
    assert_null(plan);
    if (!strstr(conv_last_error(), word) || !strstr(conv_last_error(), value)) {
        fail_msg("\"%s\" has no \"%s\" or no \"%s\"", conv_last_error(), word, value);
    }
}

static void fresh(conv_spread_desc *desc) {
    conv_spread_desc_init(desc, CONV_F64, 4, 5, CONV_GATHER);
    for (int i = 0; i < 20; i++) {
        major[i] = 1.1;
        minor[i] = 0.9;
        angle[i] = 0.3;
    }
}

static void bad_pixels(void **state) {
    conv_spread_desc desc;
    (void)state;
    const double values[3] = {-0.5, (double)NAN, (double)INFINITY};
    const char *const texts[3] = {"-0.5", "nan", "inf"};
    for (int i = 0; i < 3; i++) {
        fresh(&desc);
        major[7] = values[i];
        fails(&desc, major, NULL, NULL, CONV_ERR_RANGE, "major[7] (row 1, column 2)", texts[i]);
        fresh(&desc);
        minor[19] = values[i];
        fails(&desc, major, minor, angle, CONV_ERR_RANGE, "minor[19] (row 3, column 4)", texts[i]);
        fresh(&desc);
        angle[5] = i ? values[i] : -(double)INFINITY;
        fails(&desc, major, minor, angle, CONV_ERR_RANGE, "angle[5] (row 1, column 0)",
              i ? texts[i] : "-inf");
    }
    fresh(&desc);
    major[2] = 1e9;
    fails(&desc, major, NULL, NULL, CONV_ERR_RANGE, "major[2] (row 0, column 2)", "1e+09");
    fresh(&desc);
    minor[3] = 1e300;
    fails(&desc, major, minor, angle, CONV_ERR_RANGE, "minor[3] (row 0, column 3)", "1e+300");
    fresh(&desc);
    desc.spacing[1] = 1e-300;
    fails(&desc, major, NULL, NULL, CONV_ERR_RANGE, "major[0] (row 0, column 0)", "1.1");
}

static void bad_fields(void **state) {
    conv_spread_desc desc;
    (void)state;
    fresh(&desc);
    fails(NULL, major, NULL, NULL, CONV_ERR_NULL, "desc", "NULL");
    fails(&desc, NULL, NULL, NULL, CONV_ERR_NULL, "major", "NULL");
    fails(&desc, major, NULL, angle, CONV_ERR_NULL, "minor", "angle");
    assert_int_equal(conv_spread_create(NULL, &desc, major, NULL, NULL), CONV_ERR_NULL);
    desc.struct_size = 7;
    fails(&desc, major, NULL, NULL, CONV_ERR_STRUCT_SIZE, "struct_size", "7");
    fresh(&desc);
    desc.form = (conv_varying_form)0;
    fails(&desc, major, NULL, NULL, CONV_ERR_ENUM, "form", "CONV_SCATTER");
    fresh(&desc);
    desc.kind = CONV_VARYING_BANDLIMITED;
    fails(&desc, major, NULL, NULL, CONV_ERR_ENUM, "kind", "3");
    desc.kind = CONV_VARYING_CELL;
    fails(&desc, major, minor, NULL, CONV_ERR_ENUM, "kind", "minor");
    fresh(&desc);
    desc.edge = (conv_varying_edge)4;
    fails(&desc, major, NULL, NULL, CONV_ERR_ENUM, "edge", "4");
    fresh(&desc);
    desc.dtype = (conv_dtype)5;
    fails(&desc, major, NULL, NULL, CONV_ERR_ENUM, "dtype", "5");
    fresh(&desc);
    desc.isa = (conv_isa)8;
    fails(&desc, major, NULL, NULL, CONV_ERR_ENUM, "isa", "8");
    for (int i = 0; i < 3; i++) {
        fresh(&desc);
        *(i == 0 ? &desc.rows : i == 1 ? &desc.cols : &desc.batch) = 0;
        fails(&desc, major, NULL, NULL, CONV_ERR_EXTENT,
              i == 0   ? "rows"
              : i == 1 ? "cols"
                       : "batch",
              "0");
    }
}

static void bad_numbers(void **state) {
    static const double spacings[] = {0.0, -1.0, (double)NAN, (double)INFINITY};
    static const double tolerances[] = {-1.0, 1e-17, 0.02, (double)NAN};
    conv_spread_desc desc;
    (void)state;
    for (int i = 0; i < 4; i++) {
        fresh(&desc);
        desc.spacing[i % 2] = spacings[i];
        fails(&desc, major, NULL, NULL, CONV_ERR_SPACING, i % 2 ? "spacing[1]" : "spacing[0]",
              "positive");
        fresh(&desc);
        desc.tolerance = tolerances[i];
        fails(&desc, major, NULL, NULL, CONV_ERR_TOLERANCE, "tolerance", "f64");
    }
    fresh(&desc);
    desc.dtype = CONV_C32;
    desc.tolerance = 1e-8;
    fails(&desc, major, NULL, NULL, CONV_ERR_TOLERANCE, "tolerance", "1e-08");
    fresh(&desc);
    desc.threads = -2;
    fails(&desc, major, NULL, NULL, CONV_ERR_THREADS, "threads", "-2");
    fresh(&desc);
    desc.output_stride[0] = 2;
    desc.output_stride[1] = 1;
    fails(&desc, major, NULL, NULL, CONV_ERR_STRIDE, "", "");
    fresh(&desc);
    desc.rows = SIZE_MAX / 4;
    fails(&desc, major, NULL, NULL, CONV_ERR_OVERFLOW, "", "");
    fresh(&desc);
    desc.batch = SIZE_MAX;
    fails(&desc, major, NULL, NULL, CONV_ERR_OVERFLOW, "batch", "");
    fresh(&desc);
    desc.max_workspace = 16;
    fails(&desc, major, NULL, NULL, CONV_ERR_WORKSPACE, "max_workspace", "16");
}

static void bad_executions(void **state) {
    double x[20] = {1.0}, y[20], z[20];
    char text[512];
    conv_spread_desc desc;
    (void)state;
    for (int i = 0; i < 20; i++) {
        y[i] = z[i] = 7.0;
    }
    fresh(&desc);
    conv_spread *plan = plan_of(&desc, true);
    assert_int_equal(conv_spread_execute(NULL, x, y, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_spread_execute(plan, NULL, y, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_spread_execute(plan, x, NULL, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_spread_execute(plan, y, y, NULL), CONV_ERR_ALIAS);
    assert_int_equal(conv_spread_execute(plan, x, y, y), CONV_ERR_ALIAS);
    assert_non_null(strstr(conv_last_error(), "workspace"));
    assert_memory_equal(y, z, sizeof y);
    assert_true(conv_spread_describe(plan, text, sizeof text) < sizeof text);
    assert_non_null(strstr(text, "gather of sampled Gaussians, 1 images of 4 rows"));
    assert_non_null(strstr(text, "widths 0.9..1.1"));
    conv_spread_destroy(plan);
    conv_spread_destroy(NULL);
    assert_int_equal(conv_spread_workspace_size(NULL), 0);
    assert_true(conv_spread_describe(NULL, NULL, 0) > 0);
    conv_spread_desc_init(NULL, CONV_F64, 1, 1, CONV_GATHER);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definition),     cmocka_unit_test(transposes),
        cmocka_unit_test(zero_width),     cmocka_unit_test(constants_and_totals),
        cmocka_unit_test(closed_forms),   cmocka_unit_test(not_finite),
        cmocka_unit_test(layouts),        cmocka_unit_test(bad_pixels),
        cmocka_unit_test(bad_fields),     cmocka_unit_test(bad_numbers),
        cmocka_unit_test(bad_executions),
    };
    return cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
