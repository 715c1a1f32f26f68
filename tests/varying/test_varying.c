/* test_varying.c - kernels that vary against their definition in long double: all forms, profiles,
 * kinds, edges, engines and types; and what forms and edges promise. */
#include "suite.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "data.h"
#include "varying_oracle.h"

enum { MOST = 120, ENGINES = VARYING_LAST_ENGINE + 1 };

static double worst[CONV_C64 + 1][ENGINES];
static unsigned long compared;

static bool is_double(conv_dtype dtype) {
    return dtype == CONV_F64 || dtype == CONV_C64;
}

static bool is_complex(conv_dtype dtype) {
    return dtype == CONV_C32 || dtype == CONV_C64;
}

static void put(void *data, conv_dtype dtype, size_t i, double value) {
    if (is_double(dtype)) {
        ((double *)data)[i] = value;
    } else {
        ((float *)data)[i] = (float)value;
    }
}

static double get(const void *data, conv_dtype dtype, size_t i) {
    return is_double(dtype) ? ((const double *)data)[i] : (double)((const float *)data)[i];
}

/* |error| <= (2 n + 200) u sum |W||x|: a rounding of each weight, product and sum, and of the
 * recurrence's weights, whose steps round CONV_GAUSS_BLOCK = 16 times before a restart: the error
 * of the d-th weight is up to sum_{i<d} i = 120 u, and as much again over the restarts of the
 * short kernels here. Band-limited taps are differences of numbers up to 1/(s sqrt(2 pi)), by a
 * rational approximation whose error is 1e-13. */
static double allowed(const varying_case *c, conv_dtype dtype, double magnitude) {
    const double unit = is_double(dtype) ? DBL_EPSILON / 2.0 : (double)FLT_EPSILON / 2.0;
    const bool narrow = c->kind == CONV_VARYING_BANDLIMITED || c->kind == CONV_VARYING_AUTO;
    return (2.0 * (double)c->n + 200.0) * unit * magnitude + (narrow ? 1e-12 * magnitude : 0.0);
}

/* The bank: twice its bound, for the oracle's kernels are cut, and the bound is against those that
 * are not; and for transforms u (log2 N + 2) |x|_2 |h|_2, where N is at most 2^16 here, the norms
 * of the terms add up to 3 at most, and |x_j| <= 1. */
static double allowed_bank(const varying_case *c, conv_dtype dtype, double bound) {
    const double unit = is_double(dtype) ? DBL_EPSILON / 2.0 : (double)FLT_EPSILON / 2.0;
    return 2.0 * bound + 3.0 * 18.0 * unit * sqrt((double)c->n);
}

static void compare(const varying_case *c, conv_dtype dtype, conv_varying_engine engine,
                    const long double *matrix, int pattern) {
    const size_t n = c->n;
    const size_t parts = is_complex(dtype) ? 2 : 1;
    double x[2 * MOST];
    double y[2 * MOST];
    uint64_t seed = 3 + n;
    conv_varying_desc desc;
    conv_varying *plan = NULL;
    varying_describe(&desc, c, dtype);
    desc.engine = engine;
    const conv_status status = conv_varying_create(&plan, &desc, c->width);
    if (status == CONV_ERR_METHOD && engine != CONV_VARYING_ENGINE_AUTO) {
        return;
    }
    if (status != CONV_OK) {
        fail_msg("%s", conv_last_error());
    }
    for (size_t i = 0; i < parts * n; i++) {
        put(x, dtype, i, 2.0 * next_uniform(&seed) - 1.0);
    }
    assert_int_equal(conv_varying_execute(plan, x, y, NULL), CONV_OK);
    for (size_t k = 0; k < parts * n; k++) {
        long double sum = 0.0L;
        long double magnitude = 0.0L;
        for (size_t j = 0; j < n; j++) {
            const long double term =
                matrix[k / parts * n + j] * (long double)get(x, dtype, parts * j + k % parts);
            sum += term;
            magnitude += fabsl(term);
        }
        const double error = fabs((double)((long double)get(y, dtype, k) - sum));
        const conv_varying_engine chosen = conv_varying_chosen(plan);
        const double limit = chosen == CONV_VARYING_ENGINE_BANK
                                 ? allowed_bank(c, dtype, conv_varying_bound(plan))
                                 : allowed(c, dtype, (double)magnitude) + DBL_MIN;
        worst[dtype][chosen] = fmax(worst[dtype][chosen], error / limit);
        compared++;
        if (!(error <= limit)) {
            fail_msg("n=%zu form=%d profile=%d kind=%d edge=%d tol=%g pattern=%d engine=%d "
                     "dtype=%d: y[%zu] is %.17g, must be %.17g: error %.3g, allowed %.3g",
                     n, c->form, c->profile, c->kind, c->edge, c->tolerance, pattern, (int)chosen,
                     (int)dtype, k, get(y, dtype, k), (double)sum, error, limit);
        }
    }
    conv_varying_destroy(plan);
}

/* The exported matrix, its values against the oracle's. */
static void compare_matrix(const varying_case *c, const long double *matrix) {
    const size_t n = c->n;
    size_t start[MOST + 1];
    size_t first[MOST];
    conv_varying_desc desc;
    conv_varying *plan = NULL;
    varying_describe(&desc, c, CONV_F64);
    assert_int_equal(conv_varying_create(&plan, &desc, c->width), CONV_OK);
    assert_int_equal(conv_varying_matrix(plan, 0, start, first, NULL), CONV_OK);
    double *const values = malloc((start[n] + 1) * sizeof *values);
    assert_non_null(values);
    assert_int_equal(conv_varying_matrix(plan, 0, start, first, values), CONV_OK);
    for (size_t k = 0; k < n; k++) {
        for (size_t j = 0; j < n; j++) {
            const bool stored = j >= first[k] && j - first[k] < start[k + 1] - start[k];
            const double value = stored ? values[start[k] + j - first[k]] : 0.0;
            const double error = fabs((double)((long double)value - matrix[k * n + j]));
            /* Taps are right to some 1e-14 of the peak, and 1e-12 where they are band-limited. */
            if (!(error <= 1e-12)) {
                fail_msg("n=%zu form=%d kind=%d edge=%d: weight %zu, %zu is %g, must be %g", n,
                         c->form, c->kind, c->edge, k, j, value, (double)matrix[k * n + j]);
            }
        }
    }
    free(values);
    conv_varying_destroy(plan);
}

/* All engines and types of one case; with a budget below 1, of that share of them. */
static void compare_case(const varying_case *c, int pattern) {
    if (!test_due()) {
        return;
    }
    long double *const matrix = varying_matrix(c);
    assert_non_null(matrix);
    compare_matrix(c, matrix);
    for (int dtype = 0; dtype <= CONV_C64; dtype++) {
        varying_case typed = *c;
        if (!is_double((conv_dtype)dtype) && c->tolerance != 0.0 && c->tolerance < 1e-7) {
            continue;
        }
        for (int engine = 0; engine < ENGINES; engine++) {
            compare(&typed, (conv_dtype)dtype, (conv_varying_engine)engine, matrix, pattern);
        }
    }
    free(matrix);
}

/* Forms and edges innermost: the oracle keeps the kernels that it made last. */
static void every_edge(varying_case *c, const double *scales, int count) {
    static double width[MOST];
    c->width = width;
    for (int i = 0; i < count * VARYING_PATTERNS; i++) {
        const int pattern = i % VARYING_PATTERNS;
        varying_widths(pattern, c->n, scales[i / VARYING_PATTERNS], 7, width);
        for (int variant = 0; variant < 8; variant++) {
            c->form = variant % 2 ? CONV_SCATTER : CONV_GATHER;
            c->edge = (conv_varying_edge)(variant / 2);
            compare_case(c, pattern);
        }
    }
}

static void gaussians(void **state) {
    static const size_t extents[] = {1, 2, 3, 17, 64, 83};
    static const double scales[] = {1.3, 4.5, 40.0, 900.0};
    (void)state;
    for (size_t i = 0; i < sizeof extents / sizeof *extents; i++) {
        for (int kind = CONV_VARYING_SAMPLED; kind <= CONV_VARYING_CELL; kind++) {
            varying_case c = {.n = extents[i], .kind = (conv_varying_kind)kind};
            every_edge(&c, scales, extents[i] <= 17 ? 4 : 3);
            c.tolerance = 1e-14;
            every_edge(&c, scales, 2);
        }
    }
}

static void narrow_gaussians(void **state) {
    static const size_t extents[] = {1, 2, 33};
    static const double scales[] = {0.3, 0.9};
    (void)state;
    for (size_t i = 0; i < sizeof extents / sizeof *extents; i++) {
        for (int kind = CONV_VARYING_AUTO; kind <= CONV_VARYING_BANDLIMITED; kind++) {
            varying_case c = {.n = extents[i], .kind = (conv_varying_kind)kind, .tolerance = 1e-4};
            every_edge(&c, scales, 2);
        }
    }
}

static void other_profiles(void **state) {
    static const size_t extents[] = {1, 2, 5, 40};
    static const double scales[] = {0.4, 3.0, 15.0};
    (void)state;
    for (size_t i = 0; i < sizeof extents / sizeof *extents; i++) {
        for (int profile = CONV_VARYING_LORENTZ; profile <= CONV_VARYING_BOX; profile++) {
            for (int kind = CONV_VARYING_AUTO; kind <= CONV_VARYING_CELL; kind++) {
                varying_case c = {.n = extents[i],
                                  .profile = (conv_varying_shape)profile,
                                  .kind = (conv_varying_kind)kind,
                                  .tolerance = 1e-4};
                every_edge(&c, scales, 3);
            }
        }
    }
}

/* Lorentzians that reach over a thousand images on either side, and neighbours that do not. */
static void folded_lorentzians(void **state) {
    static const size_t extents[] = {1, 2, 7};
    static const double scales[] = {0.3, 1.0, 30.0};
    double width[MOST];
    (void)state;
    for (int i = 0; i < 3 * 3 * 2 * VARYING_PATTERNS; i++) {
        const size_t n = extents[i % 3];
        const double scale = scales[i / 3 % (n > 2 ? 2 : 3)];
        const int pattern = i / 9 % VARYING_PATTERNS;
        varying_widths(pattern, n, scale, 11, width);
        for (int form = CONV_GATHER; form <= CONV_SCATTER; form++) {
            const varying_case c = {.n = n,
                                    .width = width,
                                    .form = (conv_varying_form)form,
                                    .profile = CONV_VARYING_LORENTZ,
                                    .kind = i / (9 * VARYING_PATTERNS) ? CONV_VARYING_CELL
                                                                       : CONV_VARYING_SAMPLED,
                                    .edge = CONV_VARYING_REFLECT,
                                    .tolerance = 1e-9};
            compare_case(&c, pattern);
        }
    }
}

/* Widths at the ends of what a double holds: a kernel that is far narrower than a sample is the
 * sample itself, one that is far wider than the line is flat. Three roundings a weight, five
 * weights; the line's numbers are integers below 10. */
static void extreme_widths(void **state) {
    static const double widths[] = {5e-324, 1e-310, 1e-300, 1e-160, 1e20, 1e160, 1e300, DBL_MAX};
    static const double x[5] = {3, -1, 4, 1, 8};
    const size_t n = 5;
    (void)state;
    for (int i = 0; i < 8 * 3 * 4 * 2; i++) {
        double width[5], y[5];
        const double every = widths[i % 8];
        const bool wide = every > 1.0;
        conv_varying_desc desc;
        conv_varying *plan = NULL;
        conv_varying_desc_init(&desc, CONV_F64, 1, &n, i / 96 ? CONV_SCATTER : CONV_GATHER);
        desc.profile = (conv_varying_shape)(i / 8 % 3);
        desc.kind = (conv_varying_kind)(i / 24 % 4);
        desc.edge = CONV_VARYING_RENORMALISE;
        desc.engine = CONV_VARYING_ENGINE_MATRIX;
        for (size_t k = 0; k < n; k++) {
            width[k] = every;
        }
        if (desc.kind == CONV_VARYING_BANDLIMITED && desc.profile != CONV_VARYING_GAUSS) {
            continue;
        }
        if (conv_varying_create(&plan, &desc, width) != CONV_OK) {
            fail_msg("%s", conv_last_error());
        }
        assert_int_equal(conv_varying_execute(plan, x, y, NULL), CONV_OK);
        conv_varying_destroy(plan);
        for (size_t k = 0; k < n; k++) {
            const double must = wide ? 3.0 : x[k];
            if (!(fabs(y[k] - must) <= 15.0 * DBL_EPSILON * 10.0)) {
                fail_msg("width %g, profile %d, kind %d: y[%zu] is %g, must be %g", every,
                         (int)desc.profile, (int)desc.kind, k, y[k], must);
            }
        }
    }
}

/* ---- what forms and edges promise ------------------------------------------------------------ */

/* False where the engine asked for does not do this. */
static bool run(const conv_varying_desc *desc, const double *width, const double *x, double *y) {
    conv_varying *plan = NULL;
    const conv_status status = conv_varying_create(&plan, desc, width);
    if (status == CONV_ERR_METHOD && desc->engine != CONV_VARYING_ENGINE_AUTO) {
        return false;
    }
    if (status != CONV_OK) {
        fail_msg("%s", conv_last_error());
    }
    assert_int_equal(conv_varying_execute(plan, x, y, NULL), CONV_OK);
    conv_varying_destroy(plan);
    return true;
}

static double *new_array(size_t n) {
    double *const a = calloc(n, sizeof *a);
    assert_non_null(a);
    return a;
}

enum { LONG = 5000 };

/* Signed data, whose total is far below the sum of magnitudes; the mass relative to the latter. */
static void totals_and_constants(void **state) {
    static const double scales[] = {0.4, 1.5, 12.0, 300.0};
    double *const x = new_array(LONG);
    double *const ones = new_array(LONG);
    double *const y = new_array(LONG);
    double *const width = new_array(LONG);
    uint64_t seed = 5;
    double worst_total = 0.0;
    double worst_constant = 0.0;
    (void)state;
    for (size_t k = 0; k < LONG; k++) {
        x[k] = 2.0 * next_uniform(&seed) - 1.0;
        ones[k] = 1.0;
    }
    for (int i = 0; i < 4 * VARYING_PATTERNS * 9; i++) {
        const size_t n = LONG;
        const int variant = i / VARYING_PATTERNS / 12;
        conv_varying_desc desc;
        varying_widths(i % VARYING_PATTERNS, n, scales[i / VARYING_PATTERNS % 4], 3, width);
        conv_varying_desc_init(&desc, CONV_F64, 1, &n, CONV_SCATTER);
        desc.edge = (conv_varying_edge)(1 + i / VARYING_PATTERNS / 4 % 3);
        desc.kind = variant == 1 ? CONV_VARYING_CELL : CONV_VARYING_SAMPLED;
        desc.engine = variant == 2 ? CONV_VARYING_ENGINE_BANK : CONV_VARYING_ENGINE_AUTO;
        if (variant == 1 && scales[i / VARYING_PATTERNS % 4] > 100.0) {
            continue; /* the matrix would be large */
        }
        if (!test_due() || !run(&desc, width, x, y)) {
            continue;
        }
        long double total = 0.0L;
        long double given = 0.0L;
        long double magnitude = 0.0L;
        for (size_t k = 0; k < LONG; k++) {
            total += (long double)y[k];
            given += (long double)x[k];
            magnitude += fabsl((long double)x[k]);
        }
        worst_total = fmax(worst_total, (double)(fabsl(total - given) / magnitude));
        desc.form = CONV_GATHER;
        run(&desc, width, ones, y);
        for (size_t k = 0; k < LONG; k++) {
            worst_constant = fmax(worst_constant, fabs(y[k] - 1.0));
        }
    }
    printf("# total of scatter %.2e, constant through gather %.2e, limit 1e-14\n", worst_total,
           worst_constant);
    assert_true(worst_total <= 1e-14);
    assert_true(worst_constant <= 1e-14);
    free(x);
    free(ones);
    free(y);
    free(width);
}

/* <gather x, y> = <x, scatter y>, relative to the sum of magnitudes of both. */
static void transposes(void **state) {
    static const double scales[] = {0.4, 1.5, 12.0, 200.0};
    const size_t n = LONG;
    double *const x = new_array(LONG);
    double *const y = new_array(LONG);
    double *const gathered = new_array(LONG);
    double *const scattered = new_array(LONG);
    double *const width = new_array(LONG);
    uint64_t seed = 9;
    double most = 0.0;
    (void)state;
    for (size_t k = 0; k < LONG; k++) {
        x[k] = 2.0 * next_uniform(&seed) - 1.0;
        y[k] = 2.0 * next_uniform(&seed) - 1.0;
    }
    for (int i = 0; i < 4 * VARYING_PATTERNS * 8; i++) {
        conv_varying_desc desc;
        varying_widths(i % VARYING_PATTERNS, n, scales[i / VARYING_PATTERNS % 4], 3, width);
        conv_varying_desc_init(&desc, CONV_F64, 1, &n, CONV_GATHER);
        desc.edge = (conv_varying_edge)(i / VARYING_PATTERNS / 4 % 4);
        desc.engine =
            i / VARYING_PATTERNS / 16 ? CONV_VARYING_ENGINE_BANK : CONV_VARYING_ENGINE_AUTO;
        if (!test_due() || !run(&desc, width, x, gathered)) {
            continue;
        }
        desc.form = CONV_SCATTER;
        assert_true(run(&desc, width, y, scattered));
        long double left = 0.0L;
        long double right = 0.0L;
        long double magnitude = 0.0L;
        for (size_t k = 0; k < LONG; k++) {
            left += (long double)gathered[k] * (long double)y[k];
            right += (long double)x[k] * (long double)scattered[k];
            magnitude += fabsl((long double)gathered[k] * (long double)y[k]) +
                         fabsl((long double)x[k] * (long double)scattered[k]);
        }
        most = fmax(most, (double)(fabsl(left - right) / magnitude) / (DBL_EPSILON / 2.0));
    }
    printf("# transposes: %.3f u, limit 4 u\n", most);
    assert_true(most <= 4.0);
    free(x);
    free(y);
    free(gathered);
    free(scattered);
    free(width);
}

static int report(void **state) {
    (void)state;
    printf("# %lu outputs compared; worst error / limit by type and engine:\n", compared);
    for (int dtype = 0; dtype <= CONV_C64; dtype++) {
        printf("#   type %d: plain %.3f, direct %.3f, matrix %.3f, bank %.3f\n", dtype,
               worst[dtype][1], worst[dtype][2], worst[dtype][3], worst[dtype][4]);
    }
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussians),
        cmocka_unit_test(narrow_gaussians),
        cmocka_unit_test(other_profiles),
        cmocka_unit_test(folded_lorentzians),
        cmocka_unit_test(totals_and_constants),
        cmocka_unit_test(transposes),
        cmocka_unit_test(extreme_widths),
    };
    return cmocka_run_group_tests_name("varying", tests, NULL, report);
}
