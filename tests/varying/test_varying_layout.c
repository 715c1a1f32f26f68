/* test_varying_layout.c - kernels that vary along an axis of N-D data: strides, batch, threads and
 * width maps give the bits of one line; NaN and Inf reach what they should; one width is the core's
 * convolution. */
#include "suite.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "data.h"
#include "varying_oracle.h"

static void *new_bytes(size_t bytes) {
    void *const memory = calloc(bytes + 1, 1);
    assert_non_null(memory);
    return memory;
}

static conv_varying *make(const conv_varying_desc *desc, const double *width) {
    conv_varying *plan = NULL;
    if (conv_varying_create(&plan, desc, width) != CONV_OK) {
        fail_msg("%s", conv_last_error());
    }
    return plan;
}

static size_t element(conv_dtype dtype) {
    return type_size(dtype);
}

static void fill(void *data, conv_dtype dtype, size_t count, uint64_t seed) {
    const size_t reals = count * (type_is_complex(dtype) ? 2 : 1);
    for (size_t i = 0; i < reals; i++) {
        const double value = 2.0 * next_uniform(&seed) - 1.0;
        if (type_is_single(dtype)) {
            ((float *)data)[i] = (float)value;
        } else {
            ((double *)data)[i] = value;
        }
    }
}

/* ---- bits ----------------------------------------------------------------------------------- */

/* A box of lines along `axis`, with strides, twice; and each line by itself. */
typedef struct layout {
    int rank, axis;
    size_t shape[3];
    ptrdiff_t x_stride[3], y_stride[3]; /* 0: contiguous */
    size_t batch;
    bool map;
} layout;

static const layout layouts[] = {
    {1, 0, {700, 0, 0}, {0, 0, 0}, {0, 0, 0}, 3, false},
    {1, 0, {700, 0, 0}, {-2, 0, 0}, {3, 0, 0}, 2, false},
    {2, 0, {150, 6, 0}, {0, 0, 0}, {0, 0, 0}, 2, false},
    {2, 0, {150, 6, 0}, {0, 0, 0}, {0, 0, 0}, 1, true},
    {2, 1, {5, 150, 0}, {400, 2, 0}, {170, 1, 0}, 2, true},
    {3, 1, {3, 130, 4}, {0, 0, 0}, {0, 0, 0}, 2, true},
};

static size_t samples(const layout *l) {
    size_t count = 1;
    for (int d = 0; d < l->rank; d++) {
        count *= l->shape[d];
    }
    return count;
}

/* Element `index` (row-major) with these strides, or contiguous; from the first. */
static ptrdiff_t offset(const layout *l, const ptrdiff_t *stride, size_t index) {
    ptrdiff_t at = 0;
    ptrdiff_t below = 1;
    const bool contiguous = stride[0] == 0;
    for (int d = l->rank - 1; d >= 0; d--) {
        at += (ptrdiff_t)(index % l->shape[d]) * (contiguous ? below : stride[d]);
        index /= l->shape[d];
        below *= (ptrdiff_t)l->shape[d];
    }
    return at;
}

/* The row-major index of sample k of a line. */
static size_t index_of(const layout *l, size_t line, size_t k) {
    size_t at = 0;
    size_t below = 1;
    for (int d = l->rank - 1; d >= 0; d--) {
        const size_t extent = l->shape[d];
        at += (d == l->axis ? k : line % extent) * below;
        line = d == l->axis ? line : line / extent;
        below *= extent;
    }
    return at;
}

enum { ROOM = 8192 };

typedef struct buffers {
    unsigned char *x, *y, *one_x, *one_y;
    double *width, *one_width;
} buffers;

static void compare_lines(const layout *l, const conv_varying_desc *desc, const buffers *b) {
    const size_t size = element(desc->dtype);
    const size_t n = l->shape[l->axis];
    conv_varying_desc one = *desc;
    one.rank = 1;
    one.axis = 0;
    one.shape[0] = n;
    one.width_map = 0;
    one.batch = 1;
    one.threads = 1;
    memset(one.signal_stride, 0, sizeof one.signal_stride);
    memset(one.output_stride, 0, sizeof one.output_stride);
    one.signal_batch_stride = one.output_batch_stride = 0;
    for (size_t batch = 0; batch < l->batch; batch++) {
        for (size_t line = 0; line < samples(l) / n; line++) {
            const ptrdiff_t skip = (ptrdiff_t)(ROOM / 2 * batch + ROOM / 4);
            for (size_t k = 0; k < n; k++) {
                const size_t index = index_of(l, line, k);
                memcpy(b->one_x + k * size,
                       b->x + (skip + offset(l, l->x_stride, index)) * (ptrdiff_t)size, size);
                b->one_width[k] = b->width[l->map ? index : k];
            }
            conv_varying *const plan = make(&one, b->one_width);
            assert_int_equal(conv_varying_execute(plan, b->one_x, b->one_y, NULL), CONV_OK);
            for (size_t k = 0; k < n; k++) {
                const ptrdiff_t at = skip + offset(l, l->y_stride, index_of(l, line, k));
                if (memcmp(b->one_y + k * size, b->y + at * (ptrdiff_t)size, size) != 0) {
                    fail_msg("rank %d axis %d batch %zu line %zu: other bits at %zu (engine %d, "
                             "form %d, edge %d, dtype %d)",
                             l->rank, l->axis, batch, line, k, (int)desc->engine, desc->form,
                             desc->edge, desc->dtype);
                }
            }
            conv_varying_destroy(plan);
        }
    }
}

static void compare_layout(const layout *l, conv_varying_desc *desc, const buffers *b) {
    const size_t size = element(desc->dtype);
    uint64_t seed = 11;
    for (size_t i = 0; i < samples(l); i++) {
        b->width[i] = 0.5 + 9.0 * next_uniform(&seed);
    }
    fill(b->x, desc->dtype, 2 * ROOM, 13);
    memset(b->y, 0xA5, 2 * ROOM * size);
    memcpy(desc->shape, l->shape, sizeof l->shape);
    memcpy(desc->signal_stride, l->x_stride, sizeof l->x_stride);
    memcpy(desc->output_stride, l->y_stride, sizeof l->y_stride);
    desc->rank = l->rank;
    desc->axis = l->axis;
    desc->width_map = l->map;
    desc->batch = l->batch;
    desc->signal_batch_stride = desc->output_batch_stride = ROOM / 2;
    conv_varying *const plan = make(desc, b->width);
    assert_int_equal(
        conv_varying_execute(plan, b->x + ROOM / 4 * size, b->y + ROOM / 4 * size, NULL), CONV_OK);
    conv_varying_destroy(plan);
    compare_lines(l, desc, b);
}

static void layouts_have_the_same_bits(void **state) {
    const buffers b = {new_bytes(2 * ROOM * 16), new_bytes(2 * ROOM * 16), new_bytes(ROOM * 16),
                       new_bytes(ROOM * 16),     new_bytes(ROOM * 8),      new_bytes(ROOM * 8)};
    (void)state;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        for (int engine = CONV_VARYING_ENGINE_DIRECT; engine <= VARYING_LAST_ENGINE; engine++) {
            if (engine == CONV_VARYING_ENGINE_BANK && layouts[i].map) {
                continue; /* its transforms are as long as the widest of all lines asks for */
            }
            for (int variant = 0; variant < 32; variant += test_budget() < 1.0 ? 3 : 1) {
                conv_varying_desc desc;
                conv_varying_desc_init(&desc, (conv_dtype)(variant % 4), 1, NULL,
                                       variant / 4 % 2 ? CONV_SCATTER : CONV_GATHER);
                desc.edge = (conv_varying_edge)(variant / 8);
                desc.kind = CONV_VARYING_SAMPLED;
                desc.engine = (conv_varying_engine)engine;
                desc.threads = variant % 3;
                compare_layout(&layouts[i], &desc, &b);
            }
        }
    }
    free(b.x);
    free(b.y);
    free(b.one_x);
    free(b.one_y);
    free(b.width);
    free(b.one_width);
}

/* Bits of a long line do not depend on threads. */
static void threads_have_the_same_bits(void **state) {
    const size_t n = 30000;
    double *const x = new_bytes(n * 8);
    double *const y = new_bytes(n * 8);
    double *const z = new_bytes(n * 8);
    double *const width = new_bytes(n * 8);
    (void)state;
    fill(x, CONV_F64, n, 3);
    varying_widths(4, n, 9.0, 1, width);
    for (int i = 0; i < 8 * VARYING_LAST_ENGINE; i++) {
        conv_varying_desc desc;
        conv_varying_desc_init(&desc, CONV_F64, 1, &n, i % 2 ? CONV_SCATTER : CONV_GATHER);
        desc.edge = (conv_varying_edge)(i / 2 % 4);
        desc.kind = CONV_VARYING_SAMPLED;
        desc.engine = (conv_varying_engine)(1 + i / 8);
        if (desc.engine == CONV_VARYING_ENGINE_PLAIN) {
            continue;
        }
        conv_varying *const one = make(&desc, width);
        desc.threads = 2;
        conv_varying *const two = make(&desc, width);
        assert_int_equal(conv_varying_execute(one, x, y, NULL), CONV_OK);
        assert_int_equal(conv_varying_execute(two, x, z, NULL), CONV_OK);
        assert_memory_equal(y, z, n * 8);
        conv_varying_destroy(one);
        conv_varying_destroy(two);
    }
    free(x);
    free(y);
    free(z);
    free(width);
}

/* ---- NaN and Inf ---------------------------------------------------------------------------- */

static const double bad_values[] = {(double)NAN, (double)INFINITY, (double)-INFINITY};

/* What the definition gives, where only what is not finite counts; 0 else. */
static double spoiled(const varying_case *c, const long double *matrix, const double *x, size_t k) {
    double sum = 0.0;
    for (size_t j = 0; j < c->n; j++) {
        if (!isfinite(x[j]) && matrix[k * c->n + j] != 0.0L) {
            sum += (double)matrix[k * c->n + j] * x[j];
        }
    }
    return sum;
}

static void check_spoiled(const varying_case *c, const long double *matrix, const double *x,
                          conv_varying_engine engine) {
    double y[64];
    conv_varying_desc desc;
    conv_varying *plan = NULL;
    varying_describe(&desc, c, CONV_F64);
    desc.engine = engine;
    if (conv_varying_create(&plan, &desc, c->width) == CONV_ERR_METHOD) {
        return;
    }
    assert_non_null(plan);
    assert_int_equal(conv_varying_execute(plan, x, y, NULL), CONV_OK);
    for (size_t k = 0; k < c->n; k++) {
        const double expected = spoiled(c, matrix, x, k);
        const bool same = isnan(expected)   ? isnan(y[k])
                          : isinf(expected) ? y[k] == expected
                                            : isfinite(y[k]);
        if (!same) {
            fail_msg("form %d edge %d engine %d: y[%zu] is %g, must be like %g", c->form, c->edge,
                     (int)engine, k, y[k], expected);
        }
    }
    conv_varying_destroy(plan);
}

static void not_finite(void **state) {
    double x[64];
    double width[64];
    uint64_t seed = test_seed(21);
    (void)state;
    const int rounds = (int)test_count(600);
    for (int round = 0; round < rounds; round++) {
        varying_case c = {.n = 1 + next_below(&seed, 64),
                          .width = width,
                          .form = round % 2 ? CONV_GATHER : CONV_SCATTER,
                          .kind = round / 2 % 2 ? CONV_VARYING_SAMPLED : CONV_VARYING_CELL,
                          .edge = (conv_varying_edge)(round / 4 % 4)};
        varying_widths(round / 16 % VARYING_PATTERNS, c.n, 0.5 + 4.0 * next_uniform(&seed), 3,
                       width);
        fill(x, CONV_F64, c.n, (uint64_t)round);
        for (size_t i = 0; i < 1 + (size_t)round % 3; i++) {
            x[next_below(&seed, c.n)] = bad_values[next_below(&seed, 3)];
        }
        long double *const matrix = varying_matrix(&c);
        assert_non_null(matrix);
        for (int engine = 0; engine <= VARYING_LAST_ENGINE; engine++) {
            check_spoiled(&c, matrix, x, (conv_varying_engine)engine);
        }
        free(matrix);
    }
}

/* ---- one width ------------------------------------------------------------------------------ */

/* Against a plan of the core with the kernel written down here. */
static void one_width_is_the_core(void **state) {
    enum { N = 3000, REACH = 30 };
    const size_t n = N;
    const size_t taps = 2 * REACH + 1;
    const double width = 5.0;
    double h[2 * REACH + 1];
    double *const x = new_bytes(N * 8);
    double *const y = new_bytes(N * 8);
    double *const z = new_bytes(N * 8);
    double *const widths = new_bytes(N * 8);
    double sum = 0.0;
    conv_desc core;
    conv_plan *plan = NULL;
    (void)state;
    fill(x, CONV_F64, N, 4);
    for (int d = -REACH; d <= REACH; d++) {
        sum += h[d + REACH] = exp(-d * d / (2.0 * width * width));
    }
    for (size_t d = 0; d < taps; d++) {
        h[d] /= sum;
    }
    varying_widths(0, N, 0.5, 1, widths);
    conv_desc_init(&core, CONV_F64, 1, &n, &taps, CONV_SAME);
    core.boundary[0] = CONV_REFLECT;
    assert_int_equal(conv_plan_create(&plan, &core, h), CONV_OK);
    assert_int_equal(conv_plan_execute(plan, x, y, NULL), CONV_OK);
    conv_plan_destroy(plan);
    for (int form = CONV_GATHER; form <= CONV_SCATTER; form++) {
        for (int engine = 0; engine <= VARYING_LAST_ENGINE; engine++) {
            conv_varying_desc desc;
            conv_varying_desc_init(&desc, CONV_F64, 1, &n, (conv_varying_form)form);
            desc.edge = CONV_VARYING_REFLECT;
            desc.spacing = 0.1; /* 0.5 is 5 samples */
            desc.engine = (conv_varying_engine)engine;
            conv_varying *const varying = make(&desc, widths);
            assert_int_equal(conv_varying_chosen(varying),
                             engine ? engine : CONV_VARYING_ENGINE_PLAIN);
            assert_int_equal(conv_varying_execute(varying, x, z, NULL), CONV_OK);
            for (size_t k = 0; k < N; k++) {
                /* Two sums of 61 products, weights to some 100 u each: see test_varying.c. The bank
                 * leaves out half of the tolerance. */
                const double bound = conv_varying_bound(varying);
                const bool bank = engine == CONV_VARYING_ENGINE_BANK;
                assert_true(fabs(y[k] - z[k]) <= 300.0 * DBL_EPSILON + (bank ? bound : 0.0));
            }
            conv_varying_destroy(varying);
        }
    }
    free(x);
    free(y);
    free(z);
    free(widths);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts_have_the_same_bits),
        cmocka_unit_test(threads_have_the_same_bits),
        cmocka_unit_test(not_finite),
        cmocka_unit_test(one_width_is_the_core),
    };
    return cmocka_run_group_tests_name("varying layout", tests, NULL, NULL);
}
