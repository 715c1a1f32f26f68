/* test_expansion.c - sums of products and convolutions against their definition in long double, the
 * transpose, NaN and Inf; and families of kernels, interpolated. */
#include "suite.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "data.h"

enum { MOST = 600, TERMS = 3 };

static size_t product(int rank, const size_t *n) {
    size_t all = 1;
    for (int d = 0; d < rank; d++) {
        all *= n[d];
    }
    return all;
}

/* Where tap t takes output k's sample from; false: from outside. */
static bool source(const conv_expansion_desc *desc, size_t k, size_t t, size_t *j) {
    size_t below = 1;
    *j = 0;
    for (int d = desc->rank - 1; d >= 0; d--) {
        const ptrdiff_t at = (ptrdiff_t)(k % desc->shape[d]) + (ptrdiff_t)desc->center[d] -
                             (ptrdiff_t)(t % desc->kernel_shape[d]);
        if (at < 0 || at >= (ptrdiff_t)desc->shape[d]) {
            return false;
        }
        *j += (size_t)at * below;
        below *= desc->shape[d];
        k /= desc->shape[d];
        t /= desc->kernel_shape[d];
    }
    return true;
}

typedef struct arrays {
    double h[TERMS][64], pre[TERMS][MOST], post[TERMS][MOST], x[2 * MOST], y[2 * MOST];
    float h32[TERMS][64], pre32[TERMS][MOST], post32[TERMS][MOST], x32[2 * MOST], y32[2 * MOST];
    const void *kernels[TERMS], *before[TERMS], *behind[TERMS];
} arrays;

/* Numbers that float has; which weights there are is in the bits of `which`. */
static void fill(arrays *a, int which, bool is_double, uint64_t seed) {
    for (int q = 0; q < TERMS; q++) {
        for (size_t i = 0; i < MOST; i++) {
            a->pre[q][i] = a->pre32[q][i] = (float)(next_uniform(&seed) - 0.5);
            a->post[q][i] = a->post32[q][i] = (float)(next_uniform(&seed) - 0.5);
            a->h[q][i % 64] = a->h32[q][i % 64] = (float)(next_uniform(&seed) - 0.5);
        }
        a->kernels[q] = is_double ? (const void *)a->h[q] : a->h32[q];
        a->before[q] = which & 1 << q ? (is_double ? (const void *)a->pre[q] : a->pre32[q]) : NULL;
        a->behind[q] =
            which & 8 << q ? (is_double ? (const void *)a->post[q] : a->post32[q]) : NULL;
    }
    for (size_t i = 0; i < 2 * MOST; i++) {
        a->x[i] = a->x32[i] = (float)(next_uniform(&seed) - 0.5);
    }
}

/* The definition; transposed: with the roles of outputs and samples exchanged. */
static void expected(const conv_expansion_desc *desc, const arrays *a, bool transposed,
                     long double *sum) {
    const size_t n = product(desc->rank, desc->shape);
    const size_t taps = product(desc->rank, desc->kernel_shape);
    const size_t parts = type_is_complex(desc->dtype) ? 2 : 1;
    memset(sum, 0, 2 * MOST * sizeof *sum);
    for (size_t k = 0; k < n; k++) {
        for (size_t t = 0; t < taps; t++) {
            size_t j = 0;
            if (!source(desc, k, t, &j)) {
                continue;
            }
            for (size_t q = 0; q < desc->terms; q++) {
                const long double weight = (long double)a->h[q][t] *
                                           (a->before[q] ? (long double)a->pre[q][j] : 1.0L) *
                                           (a->behind[q] ? (long double)a->post[q][k] : 1.0L);
                const size_t to = transposed ? j : k;
                const size_t from = transposed ? k : j;
                for (size_t p = 0; p < parts; p++) {
                    sum[parts * to + p] += weight * (long double)a->x[parts * from + p];
                }
            }
        }
    }
}

static double worst;

static void compare(const conv_expansion_desc *desc, arrays *a, bool transposed) {
    static long double sum[2 * MOST];
    const bool single = type_is_single(desc->dtype);
    const size_t count = product(desc->rank, desc->shape) * (type_is_complex(desc->dtype) ? 2 : 1);
    conv_expansion *e = NULL;
    if (conv_expansion_create(&e, desc, a->kernels, a->before, a->behind) != CONV_OK) {
        fail_msg("%s", conv_last_error());
    }
    const void *const x = single ? (const void *)a->x32 : a->x;
    void *const y = single ? (void *)a->y32 : a->y;
    void *const workspace = malloc(conv_expansion_workspace_size(e));
    assert_non_null(workspace);
    assert_int_equal(transposed ? conv_expansion_execute_transposed(e, x, y, workspace)
                                : conv_expansion_execute(e, x, y, workspace),
                     CONV_OK);
    expected(desc, a, transposed, sum);
    /* Each term u (log2 N + 2) |x|_2 |h|_2, N at most 4096, |x| at most sqrt(count)/2, |h| at most
     * sqrt(64)/2, weights at most 1; complex data sqrt 2 of it. */
    const double unit = single ? 0x1p-24 : 0x1p-53;
    const double limit = TERMS * 14.0 * unit * sqrt((double)count) / 2.0 * 4.0 * 1.5;
    for (size_t i = 0; i < count; i++) {
        const double value = single ? (double)a->y32[i] : a->y[i];
        const double error = fabs((double)((long double)value - sum[i]));
        worst = fmax(worst, error / limit);
        if (!(error <= limit)) {
            fail_msg("rank %d dtype %d transposed %d: output %zu is %g, must be %g", desc->rank,
                     (int)desc->dtype, transposed, i, value, (double)sum[i]);
        }
    }
    free(workspace);
    conv_expansion_destroy(e);
}

static const size_t shapes[][3] = {{300, 0, 0}, {1, 0, 0}, {17, 23, 0}, {5, 9, 7}};
static const size_t kernel_shapes[][3] = {{64, 0, 0}, {5, 0, 0}, {6, 7, 0}, {3, 4, 5}};
static const int ranks[] = {1, 1, 2, 3};

static void definition(void **state) {
    arrays *const a = malloc(sizeof *a);
    (void)state;
    assert_non_null(a);
    for (int i = 0; i < 4; i++) {
        for (int dtype = 0; dtype <= CONV_C64; dtype++) {
            for (int which = 0; which < 64; which += 9) {
                conv_expansion_desc desc;
                conv_expansion_desc_init(&desc, (conv_dtype)dtype, ranks[i], shapes[i],
                                         kernel_shapes[i]);
                desc.terms = TERMS;
                desc.center[0] = which % 3 ? desc.center[0] : 0;
                desc.threads = 1 + which % 2;
                fill(a, which, !type_is_single((conv_dtype)dtype), (uint64_t)which + 5);
                compare(&desc, a, false);
                compare(&desc, a, true);
            }
        }
    }
    printf("# worst error / limit: %.3f\n", worst);
    free(a);
}

static void not_finite(void **state) {
    arrays *const a = malloc(sizeof *a);
    conv_expansion_desc desc;
    conv_expansion *e = NULL;
    (void)state;
    assert_non_null(a);
    conv_expansion_desc_init(&desc, CONV_F64, 2, shapes[2], kernel_shapes[2]);
    desc.terms = TERMS;
    fill(a, 63, true, 3);
    assert_int_equal(conv_expansion_create(&e, &desc, a->kernels, a->before, a->behind), CONV_OK);
    a->x[100] = (double)INFINITY;
    a->x[300] = (double)NAN;
    for (int transposed = 0; transposed < 2; transposed++) {
        bool reached[MOST] = {false};
        for (size_t k = 0; k < 17 * 23; k++) {
            for (size_t t = 0; t < 42; t++) {
                size_t j = 0;
                if (source(&desc, k, t, &j)) {
                    const size_t from = transposed ? k : j;
                    reached[transposed ? j : k] |= from == 100 || from == 300;
                }
            }
        }
        assert_int_equal(transposed ? conv_expansion_execute_transposed(e, a->x, a->y, NULL)
                                    : conv_expansion_execute(e, a->x, a->y, NULL),
                         CONV_OK);
        for (size_t k = 0; k < 17 * 23; k++) {
            assert_int_equal(reached[k], !isfinite(a->y[k]));
        }
    }
    conv_expansion_destroy(e);
    free(a);
}

/* ---- families ------------------------------------------------------------------------------- */

enum { N = 500, TAPS = 121 };

/* An exponential tail of length exp(p), behind a Gaussian of 2. */
static void tailed(double p, double *kernel, void *context) {
    const double length = exp(p);
    double sum = 0.0;
    (void)context;
    for (int t = 0; t < TAPS; t++) {
        const double d = t - 20.0;
        kernel[t] = 0.0;
        for (int i = 0; i <= 40; i++) {
            const double u = d - (double)i * 2.0;
            kernel[t] += exp(-u * u / 8.0 - 2.0 * (double)i / length);
        }
        sum += kernel[t];
    }
    for (int t = 0; t < TAPS; t++) {
        kernel[t] /= sum;
    }
}

static void family_of_tails(void **state) {
    const size_t n = N;
    const size_t taps = TAPS;
    double p[N];
    double x[N];
    double y[N];
    double z[N];
    double kernel[TAPS];
    (void)state;
    uint64_t seed = 2;
    for (int k = 0; k < N; k++) {
        p[k] = log(3.0 + 9.0 * k / N);
        x[k] = next_uniform(&seed) - 0.5;
    }
    for (int form = CONV_GATHER; form <= CONV_SCATTER; form++) {
        conv_expansion_desc desc;
        conv_expansion *e = NULL;
        double error = 0.0;
        double most = 0.0;
        conv_expansion_desc_init(&desc, CONV_F64, 1, &n, &taps);
        desc.center[0] = 20;
        if (conv_family_create(&e, &desc, tailed, NULL, p, (conv_varying_form)form, 1e-7, &error) !=
            CONV_OK) {
            fail_msg("%s", conv_last_error());
        }
        assert_int_equal(conv_expansion_execute(e, x, y, NULL), CONV_OK);
        memset(z, 0, sizeof z);
        for (int own = 0; own < N; own++) {
            tailed(p[own], kernel, NULL);
            for (int t = 0; t < TAPS; t++) {
                const int other = form == CONV_GATHER ? own + 20 - t : own - 20 + t;
                if (other >= 0 && other < N && form == CONV_GATHER) {
                    z[own] += kernel[t] * x[other];
                } else if (other >= 0 && other < N) {
                    z[other] += kernel[t] * x[own];
                }
            }
        }
        for (int k = 0; k < N; k++) {
            most = fmax(most, fabs(y[k] - z[k]));
        }
        printf("# form %d: %zu terms, error %.2e, measured by the library %.2e\n", form,
               conv_expansion_terms(e), most, error);
        assert_true(error > 0.0 && error <= 1e-7);
        /* |x| <= 1/2, kernels' sums are 1; columns of SCATTER meet several kernels. */
        assert_true(most <= 2.0 * error);
        conv_expansion_destroy(e);
    }
}

static void bad_kernel(double p, double *kernel, void *context) {
    (void)context;
    kernel[0] = p > 0.5 ? (double)NAN : 1.0;
}

static void rough(double p, double *kernel, void *context) {
    (void)context;
    kernel[0] = p > 0.5 ? 1.0 : 0.0;
}

static void line(double p, double *kernel, void *context) {
    (void)context;
    kernel[0] = 3.0 + p;
}

/* A kernel that is a straight line in its parameter is two terms, whatever the nodes. */
static void no_more_terms_than_needed(void **state) {
    const size_t n = 4;
    const size_t one = 1;
    const double p[4] = {-1.0, 0.2, 0.7, 2.0};
    double error = -1.0;
    conv_expansion_desc desc;
    conv_expansion *e = NULL;
    (void)state;
    conv_expansion_desc_init(&desc, CONV_F64, 1, &n, &one);
    assert_int_equal(conv_family_create(&e, &desc, line, NULL, p, CONV_GATHER, 1e-9, &error),
                     CONV_OK);
    assert_int_equal(conv_expansion_terms(e), 2);
    assert_true(error >= 0.0 && error <= 1e-9);
    conv_expansion_destroy(e);
}

static void refused_calls(void **state) {
    const size_t n = 4;
    const size_t one = 1;
    const double tap = 1.0, p[4] = {0.0, 0.2, 0.7, 1.0};
    const void *const kernels[1] = {&tap};
    double x[8] = {0}, y[4] = {5.0, 5.0, 5.0, 5.0};
    conv_expansion_desc desc;
    conv_expansion *e = NULL;
    (void)state;
    conv_expansion_desc_init(&desc, CONV_F64, 1, &n, &one);
    desc.terms = 1;
    desc.rank = CONV_MAX_RANK + 1;
    assert_int_equal(conv_expansion_create(&e, &desc, kernels, NULL, NULL), CONV_ERR_RANK);
    assert_int_equal(conv_family_create(&e, &desc, line, NULL, p, CONV_GATHER, 0.1, NULL),
                     CONV_ERR_RANK);
    desc.rank = 1;
    desc.threads = -1;
    assert_int_equal(conv_expansion_create(&e, &desc, kernels, NULL, NULL), CONV_ERR_THREADS);
    desc.threads = 1;
    assert_int_equal(conv_expansion_create(NULL, &desc, kernels, NULL, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_family_create(NULL, &desc, line, NULL, p, CONV_GATHER, 0.1, NULL),
                     CONV_ERR_NULL);
    assert_int_equal(conv_family_create(&e, &desc, NULL, NULL, p, CONV_GATHER, 0.1, NULL),
                     CONV_ERR_NULL);
    assert_int_equal(conv_family_create(&e, &desc, line, NULL, NULL, CONV_GATHER, 0.1, NULL),
                     CONV_ERR_NULL);
    assert_null(e);
    assert_int_equal(conv_expansion_create(&e, &desc, kernels, NULL, NULL), CONV_OK);
    assert_int_equal(conv_expansion_execute(NULL, x, y, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_expansion_execute(e, NULL, y, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_expansion_execute(e, x, NULL, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_expansion_execute(e, x, x + 1, NULL), CONV_ERR_ALIAS);
    assert_int_equal(conv_expansion_execute(e, x, y, y + 1), CONV_ERR_ALIAS);
    assert_true(y[0] == 5.0 && y[3] == 5.0 && x[1] == 0.0);
    conv_expansion_destroy(e);
}

static void statuses(void **state) {
    const size_t n = 4;
    const size_t one = 1;
    double p[4] = {0.0, 0.2, 0.7, 1.0};
    const double tap = 1.0;
    const void *kernels[2] = {&tap, NULL};
    conv_expansion_desc desc;
    conv_expansion *e = NULL;
    (void)state;
    conv_expansion_desc_init(&desc, CONV_F64, 1, &n, &one);
    assert_int_equal(conv_expansion_create(&e, NULL, kernels, NULL, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_expansion_create(&e, &desc, NULL, NULL, NULL), CONV_ERR_NULL);
    desc.terms = 2;
    assert_int_equal(conv_expansion_create(&e, &desc, kernels, NULL, NULL), CONV_ERR_NULL);
    assert_non_null(strstr(conv_last_error(), "kernels[1]"));
    desc.terms = 0;
    assert_int_equal(conv_expansion_create(&e, &desc, kernels, NULL, NULL), CONV_ERR_EXTENT);
    desc.terms = 1;
    desc.center[0] = 1;
    assert_int_equal(conv_expansion_create(&e, &desc, kernels, NULL, NULL), CONV_ERR_EXTENT);
    assert_non_null(strstr(conv_last_error(), "center[0]"));
    desc.center[0] = 0;
    desc.struct_size = 1;
    assert_int_equal(conv_expansion_create(&e, &desc, kernels, NULL, NULL), CONV_ERR_STRUCT_SIZE);
    conv_expansion_desc_init(&desc, CONV_F64, 1, &n, &one);
    assert_int_equal(conv_family_create(&e, &desc, bad_kernel, NULL, p, CONV_GATHER, 1e-6, NULL),
                     CONV_ERR_CALLBACK);
    assert_non_null(strstr(conv_last_error(), "parameter 0.9"));
    assert_int_equal(conv_family_create(&e, &desc, rough, NULL, p, CONV_GATHER, 1e-6, NULL),
                     CONV_ERR_TOLERANCE);
    assert_non_null(strstr(conv_last_error(), "nodes"));
    assert_int_equal(conv_family_create(&e, &desc, rough, NULL, p, CONV_GATHER, 0.0, NULL),
                     CONV_ERR_TOLERANCE);
    assert_int_equal(conv_family_create(&e, &desc, rough, NULL, p, (conv_varying_form)0, 0.1, NULL),
                     CONV_ERR_ENUM);
    p[2] = (double)NAN;
    assert_int_equal(conv_family_create(&e, &desc, rough, NULL, p, CONV_GATHER, 0.1, NULL),
                     CONV_ERR_RANGE);
    assert_non_null(strstr(conv_last_error(), "parameters[2]"));
    assert_null(e);
    conv_expansion_destroy(NULL);
    assert_int_equal(conv_expansion_workspace_size(NULL), 0);
    assert_int_equal(conv_expansion_terms(NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definition),      cmocka_unit_test(not_finite),
        cmocka_unit_test(family_of_tails), cmocka_unit_test(no_more_terms_than_needed),
        cmocka_unit_test(refused_calls),   cmocka_unit_test(statuses),
    };
    return cmocka_run_group_tests_name("expansion", tests, NULL, NULL);
}
