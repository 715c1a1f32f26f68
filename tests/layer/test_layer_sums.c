/* test_layer_sums.c - layers: gradients of weights and bias, which add up all points of the batch,
 * do not lose more than one block of the sum does. */
#include "suite.h"

#include <conv.h>
#include <math.h>
#include <stdlib.h>

typedef struct long_case {
    const char *what;
    conv_dtype dtype;
    size_t batch, channels, groups, rows, columns, kernel;
    conv_layer_layout layout;
} long_case;

/* One and many channels in tiles; depthwise by lanes, by lines of channels and of neighbours; one
 * image of many points, and many of few. */
static const long_case cases[] = {
    {"1 to 1", CONV_F32, 1, 1, 1, 1, 1000003, 1, CONV_CHANNELS_FIRST},
    {"1 to 1, batch", CONV_F32, 7001, 1, 1, 1, 101, 1, CONV_CHANNELS_LAST},
    {"5 to 5", CONV_F32, 2, 5, 1, 301, 303, 3, CONV_CHANNELS_FIRST},
    {"5 to 5", CONV_F32, 3000, 5, 1, 7, 9, 3, CONV_CHANNELS_LAST},
    {"depthwise", CONV_F32, 1, 17, 17, 300, 301, 2, CONV_CHANNELS_LAST},
    {"depthwise 3x3", CONV_F32, 1, 17, 17, 301, 300, 3, CONV_CHANNELS_LAST},
    {"depthwise 3x3", CONV_F32, 2001, 17, 17, 7, 9, 3, CONV_CHANNELS_LAST},
    {"depthwise 3x3, wide", CONV_F32, 1, 3, 3, 30, 6001, 3, CONV_CHANNELS_LAST},
    {"depthwise 3x3", CONV_F32, 1, 3, 3, 501, 502, 3, CONV_CHANNELS_FIRST},
    {"depthwise 3x3", CONV_F32, 301, 3, 3, 31, 33, 3, CONV_CHANNELS_FIRST},
    {"depthwise 3x3, wide", CONV_F32, 1, 3, 3, 30, 20001, 3, CONV_CHANNELS_FIRST},
    {"depthwise 3x3", CONV_F64, 1, 3, 3, 501, 502, 3, CONV_CHANNELS_FIRST},
    {"depthwise 3x3", CONV_F64, 1, 17, 17, 301, 300, 3, CONV_CHANNELS_LAST},
};

static void *filled(size_t count, double value, bool is_double) {
    void *const data = malloc(count * (is_double ? sizeof(double) : sizeof(float)));
    assert_non_null(data);
    for (size_t i = 0; i < count; i++) {
        if (is_double) {
            ((double *)data)[i] = value;
        } else {
            ((float *)data)[i] = (float)value;
        }
    }
    return data;
}

static double at(const void *data, size_t i, bool is_double) {
    return is_double ? ((const double *)data)[i] : (double)((const float *)data)[i];
}

/* Points that meet a sample under tap k, where padding is kernel / 2 on both sides. */
static size_t meetings(size_t n, size_t kernel, size_t k) {
    const size_t before = kernel / 2, outputs = n + 2 * before - kernel + 1;
    size_t count = 0;
    for (size_t i = 0; i < outputs; i++) {
        count += i + k >= before && i + k - before < n;
    }
    return count;
}

/* All samples 0.1, all gradients 1: every sum is a number of terms times what 0.1 is in the type.
 * The largest error as a share of (min(terms, 4096) + 3) u sum|terms|, as the header says. */
static double worst_share(const long_case *c) {
    const size_t shape[] = {c->rows, c->columns},
                 kernel[] = {c->rows > 1 ? c->kernel : 1, c->kernel};
    const bool is_double = c->dtype == CONV_F64;
    const long double u = is_double ? 0x1p-53L : 0x1p-24L;
    conv_layer_desc desc;
    conv_layer *layer = NULL;
    size_t out[4];
    double worst = 0;
    conv_layer_desc_init(&desc, c->dtype, 2, shape, kernel, c->channels, c->channels);
    for (int d = 0; d < 2; d++) {
        desc.pad[d][0] = desc.pad[d][1] = (ptrdiff_t)(kernel[d] / 2);
    }
    desc.batch = c->batch;
    desc.groups = c->groups;
    desc.x_layout = desc.y_layout = c->layout;
    desc.method = CONV_METHOD_DIRECT;
    desc.threads = 2;
    assert_int_equal(conv_layer_output_shape(&desc, out), CONV_OK);
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
    const size_t weights = conv_layer_weight_count(&desc), taps = kernel[0] * kernel[1];
    void *const x = filled(c->batch * c->channels * c->rows * c->columns, 0.1, is_double);
    void *const dy = filled(c->batch * c->channels * out[0] * out[1], 1, is_double);
    void *const dw = filled(weights, 0, is_double);
    assert_int_equal(conv_layer_grad_weights(layer, x, dy, 0, dw, NULL, NULL), CONV_OK);
    for (size_t i = 0; i < weights; i++) { /* the taps are the last axes */
        const size_t k[] = {i % taps / kernel[1], i % kernel[1]};
        const size_t terms =
            c->batch * meetings(c->rows, kernel[0], k[0]) * meetings(c->columns, kernel[1], k[1]);
        const long double must = (long double)terms * (long double)at(x, 0, is_double);
        const long double allowed = (fminl((long double)terms, 4096) + 3) * u * must;
        worst = fmax(worst, (double)(fabsl((long double)at(dw, i, is_double) - must) / allowed));
    }
    free(x), free(dy), free(dw);
    conv_layer_destroy(layer);
    return worst;
}

static void weights_lose_one_block(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double share = worst_share(&cases[i]);
        printf("# %s %s, %zu x %zu x %zu: worst error %.2g of what a block may have, at most 1\n",
               cases[i].what, cases[i].layout ? "last" : "first", cases[i].batch, cases[i].rows,
               cases[i].columns, share);
        assert_true(share <= 1);
    }
}

/* Ten million ones are ten million; as many times 0.1 lose no more than double does, and once u. */
static void bias_of_ten_million(void **state) {
    const size_t n = 10000000, one = 1;
    (void)state;
    for (int ones = 0; ones < 2; ones++) {
        conv_layer_desc desc;
        conv_layer *layer = NULL;
        float dbias = 0;
        float *const dy = filled(n, ones ? 1 : 0.1, false);
        conv_layer_desc_init(&desc, CONV_F32, 1, &n, &one, 1, 1);
        assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
        assert_int_equal(conv_layer_grad_weights(layer, NULL, dy, 0, NULL, &dbias, NULL), CONV_OK);
        const double must = (double)n * (double)dy[0];
        const double error = fabs((double)dbias - must);
        const double allowed = ones ? 0 : ((double)n * 0x1p-53 + 0x1p-24) * must;
        printf("# bias of 1e7 times %g: error %g, at most %g\n", (double)dy[0], error, allowed);
        assert_true(error <= allowed);
        free(dy);
        conv_layer_destroy(layer);
    }
}

/* An Inf in a sum of many blocks stays one; a NaN as well. */
static void blocks_keep_inf(void **state) {
    const size_t n = 20000, one = 1, where[] = {0, 9000, 19999};
    (void)state;
    for (int i = 0; i < 3; i++) {
        for (int is_nan = 0; is_nan < 2; is_nan++) {
            conv_layer_desc desc;
            conv_layer *layer = NULL;
            float dw = 0;
            float *const x = filled(n, 0.1, false), *const dy = filled(n, 1, false);
            x[where[i]] = is_nan ? NAN : HUGE_VALF;
            conv_layer_desc_init(&desc, CONV_F32, 1, &n, &one, 1, 1);
            desc.method = CONV_METHOD_DIRECT;
            assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
            assert_int_equal(conv_layer_grad_weights(layer, x, dy, 0, &dw, NULL, NULL), CONV_OK);
            assert_true(is_nan ? isnan(dw) : dw == HUGE_VALF);
            free(x), free(dy);
            conv_layer_destroy(layer);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_lose_one_block),
        cmocka_unit_test(bias_of_ten_million),
        cmocka_unit_test(blocks_keep_inf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
