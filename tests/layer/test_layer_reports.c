/* test_layer_reports.c - what users of other systems have reported as surprising or wrong, with the
 * numbers of the reports and of the operators' documentation: nothing here is computed by formulas
 * of this project. */
#include "suite.h"

#include <conv.h>
#include <math.h>
#include <stdlib.h>

enum { MOST = 256 };

/* Two axes; not transposed, EXPLICIT and everything else as conv_layer_desc_init has it. */
static conv_layer_desc plane(size_t n0, size_t n1, size_t k0, size_t k1, size_t in, size_t out) {
    const size_t shape[] = {n0, n1}, kernel[] = {k0, k1};
    conv_layer_desc desc;
    conv_layer_desc_init(&desc, CONV_F32, 2, shape, kernel, in, out);
    return desc;
}

static void set_pads(conv_layer_desc *desc, ptrdiff_t rows, ptrdiff_t columns) {
    desc->pad[0][0] = desc->pad[0][1] = rows;
    desc->pad[1][0] = desc->pad[1][1] = columns;
}

/* Sums of small integers: exact by all methods but FFT, whose error is at most 12 log2(N) u |x|
 * |h|, N <= 256, |x| |h| <= 1e3 here. */
static void gives(const conv_layer_desc *desc, const float *x, const float *w, const float *bias,
                  const float *expected, size_t count) {
    static const conv_method methods[] = {CONV_METHOD_AUTO, CONV_METHOD_REFERENCE,
                                          CONV_METHOD_DIRECT, CONV_METHOD_FFT};
    for (int m = 0; m < 4; m++) {
        conv_layer_desc d = *desc;
        conv_layer *layer = NULL;
        size_t shape[4];
        float y[MOST];
        d.method = methods[m];
        if (conv_layer_create(&layer, &d) == CONV_ERR_METHOD && methods[m] == CONV_METHOD_FFT) {
            continue;
        }
        assert_non_null(layer);
        assert_int_equal(conv_layer_output_shape(&d, shape), CONV_OK);
        assert_int_equal(d.batch * d.channels_out * shape[0] * shape[1], count);
        assert_true(count <= MOST);
        assert_int_equal(conv_layer_forward(layer, x, w, bias, 0, y, NULL), CONV_OK);
        const double limit = methods[m] == CONV_METHOD_FFT ? 12 * 8 * 0x1p-24 * 1e3 : 0;
        for (size_t i = 0; i < count; i++) {
            if (!(fabs((double)y[i] - (double)expected[i]) <= limit)) {
                fail_msg("method %d: y[%zu] = %g, not %g", (int)methods[m], i, (double)y[i],
                         (double)expected[i]);
            }
        }
        conv_layer_destroy(layer);
    }
}

static void count_up(float *a, size_t n) {
    for (size_t i = 0; i < n; i++) {
        a[i] = (float)i;
    }
}

/* ---- shapes --------------------------------------------------------------------------------- */

/* 0: refused. */
static const struct {
    size_t n[2], k[2], stride[2], dilation[2];
    ptrdiff_t pad[2];
    conv_layer_padding rule;
    bool transposed;
    size_t output_pad, expected[2];
} shapes[] = {
    /* SAME with a stride is not the input's shape, but that over the stride. */
    {{7, 5}, {3, 3}, {2, 2}, {1, 1}, {0, 0}, CONV_PADDING_SAME, false, 0, {4, 3}},
    /* Steps and dilation together, where some systems give 8 x 7 and 64 x 64. */
    {{14, 14}, {3, 3}, {2, 2}, {3, 1}, {0, 0}, CONV_PADDING_SAME, false, 0, {7, 7}},
    {{136, 136}, {3, 3}, {2, 2}, {3, 3}, {0, 0}, CONV_PADDING_VALID, false, 0, {65, 65}},
    /* VALID with dilation takes off the reach, not the kernel. */
    {{256, 512}, {3, 3}, {1, 1}, {2, 2}, {0, 0}, CONV_PADDING_VALID, false, 0, {252, 508}},
    /* Shorter than the reach, whatever the stride: a division that rounds up to 1 is no output. */
    {{4, 4}, {3, 3}, {1, 1}, {2, 2}, {0, 0}, CONV_PADDING_VALID, false, 0, {0, 0}},
    {{4, 4}, {3, 3}, {2, 2}, {2, 2}, {0, 0}, CONV_PADDING_VALID, false, 0, {0, 0}},
    {{4, 4}, {3, 3}, {2, 2}, {2, 2}, {0, 0}, CONV_PADDING_EXPLICIT, false, 0, {0, 0}},
    /* Transposed with stride, dilation and pads, where a system gave 95. */
    {{50, 50}, {3, 5}, {2, 1}, {3, 1}, {4, 2}, CONV_PADDING_EXPLICIT, true, 0, {97, 50}},
    /* output_pad of 1 at stride 1 and dilation 1; and lengths at stride 8. */
    {{10, 10}, {3, 3}, {1, 1}, {1, 1}, {0, 0}, CONV_PADDING_EXPLICIT, true, 1, {0, 0}},
    {{5, 5}, {3, 3}, {8, 8}, {1, 1}, {0, 0}, CONV_PADDING_EXPLICIT, true, 7, {42, 42}},
    /* A dilation of 0 is none. */
    {{32, 32}, {3, 3}, {3, 3}, {0, 1}, {0, 0}, CONV_PADDING_VALID, false, 0, {0, 0}},
};

static void reported_shapes(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        conv_layer_desc desc =
            plane(shapes[i].n[0], shapes[i].n[1], shapes[i].k[0], shapes[i].k[1], 3, 3);
        size_t shape[4] = {0};
        desc.groups = 3;
        set_pads(&desc, shapes[i].pad[0], shapes[i].pad[1]);
        desc.padding = shapes[i].rule;
        desc.transposed = shapes[i].transposed;
        for (int d = 0; d < 2; d++) {
            desc.stride[d] = shapes[i].stride[d];
            desc.dilation[d] = shapes[i].dilation[d];
            desc.output_pad[d] = shapes[i].output_pad;
        }
        const conv_status status = conv_layer_output_shape(&desc, shape);
        assert_int_equal(status, shapes[i].expected[0] ? CONV_OK : CONV_ERR_EXTENT);
        assert_int_equal(shape[0], shapes[i].expected[0]);
        assert_int_equal(shape[1], shapes[i].expected[1]);
    }
}

/* ---- padding -------------------------------------------------------------------------------- */

/* 3x3 of 0..8, stride 2, SAME: an image of 1x1 meets the middle, one of 2x2 the first four, as the
 * odd sample is added at the end. */
static void same_by_parity(void **state) {
    static const float one[] = {4}, four[] = {8}, ones[] = {1, 1, 1, 1};
    float w[9];
    (void)state;
    count_up(w, 9);
    for (size_t n = 1; n <= 2; n++) {
        conv_layer_desc desc = plane(n, n, 3, 3, 1, 1);
        desc.padding = CONV_PADDING_SAME;
        desc.stride[0] = desc.stride[1] = 2;
        gives(&desc, ones, w, NULL, n == 1 ? one : four, 1);
    }
}

/* ONNX's documented values of Conv: 0..34 in 7x5, ones in 3x3, stride 2; and of 'same' on 0..24 in
 * 5x5. */
static void onnx_strides(void **state) {
    static const float padded[] = {12, 27, 24, 63, 108, 81, 123, 198, 141, 112, 177, 124};
    static const float plain[] = {54, 72, 144, 162, 234, 252};
    static const float one_way[] = {21, 33, 99, 117, 189, 207, 171, 183};
    static const float same[] = {12, 27, 24, 63, 108, 81, 72, 117, 84};
    static const float ones[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    float x[35];
    (void)state;
    count_up(x, 35);
    conv_layer_desc desc = plane(7, 5, 3, 3, 1, 1);
    desc.stride[0] = desc.stride[1] = 2;
    gives(&desc, x, ones, NULL, plain, 6);
    set_pads(&desc, 1, 1);
    gives(&desc, x, ones, NULL, padded, 12);
    set_pads(&desc, 1, 0);
    gives(&desc, x, ones, NULL, one_way, 8);
    desc = plane(5, 5, 3, 3, 1, 1);
    desc.stride[0] = desc.stride[1] = 2;
    desc.padding = CONV_PADDING_SAME;
    gives(&desc, x, ones, NULL, same, 9);
}

/* An even kernel: t = 1; SAME adds it at the end, SAME_LOWER before. */
static void even_kernels(void **state) {
    static const float x[] = {1, 2, 3}, w[] = {1, 10}, upper[] = {21, 32, 3},
                       lower[] = {10, 21, 32};
    (void)state;
    conv_layer_desc desc = plane(1, 3, 1, 2, 1, 1);
    desc.padding = CONV_PADDING_SAME;
    gives(&desc, x, w, NULL, upper, 3);
    desc.padding = CONV_PADDING_EXPLICIT;
    desc.pad[1][0] = 1;
    gives(&desc, x, w, NULL, lower, 3);
}

/* A causal layer keeps the length, dilated or not: what comes before is 0. */
static void causal_keeps_the_length(void **state) {
    static const float x[] = {1, 2, 3, 4, 5}, w[] = {10, 1}, y[] = {1, 2, 3, 14, 25};
    const size_t n = 5, k = 2;
    conv_layer_desc desc;
    (void)state;
    conv_layer_desc_init(&desc, CONV_F32, 1, &n, &k, 1, 1);
    desc.dilation[0] = 3;
    desc.padding = CONV_PADDING_CAUSAL;
    gives(&desc, x, w, NULL, y, 5);
}

/* ---- channels ------------------------------------------------------------------------------- */

/* 4 channels to 16 in two groups, 1x1, ones: the last channel reaches the second group alone. */
static void groups_of_sixteen(void **state) {
    static const float x[] = {0, 0, 0, 1};
    static const float y[16] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    float w[32];
    (void)state;
    for (int i = 0; i < 32; i++) {
        w[i] = 1;
    }
    for (int last = 0; last < 2; last++) {
        conv_layer_desc desc = plane(1, 1, 1, 1, 4, 16);
        desc.groups = 2;
        desc.x_layout = desc.y_layout = last ? CONV_CHANNELS_LAST : CONV_CHANNELS_FIRST;
        gives(&desc, x, w, NULL, y, 16);
    }
}

/* Keras's depth_multiplier 2: weights (1, 1, in, 2), and channel in*2 + m of the output. */
static void depth_multiplier(void **state) {
    static const float x[] = {1, 10, 100}, w[] = {1, 2, 3, 4, 5, 6};
    static const float y[] = {1, 2, 30, 40, 500, 600};
    conv_layer_desc desc = plane(1, 1, 1, 1, 3, 6);
    (void)state;
    desc.groups = 3;
    desc.x_layout = desc.y_layout = CONV_CHANNELS_LAST;
    desc.w_layout = CONV_WEIGHTS_KERAS;
    gives(&desc, x, w, NULL, y, 6);
}

/* ---- transposed ----------------------------------------------------------------------------- */

/* ONNX's documented values of ConvTranspose with dilation 2. */
static void onnx_transposed(void **state) {
    static const float x[] = {3, 8, 1, 9, 5, 7, 3, 2, 6}, w[] = {7, 2, 1, 9};
    static const float y[] = {21, 56, 13, 16, 2,  63, 35, 67, 10, 14, 24, 22, 76,
                              76, 21, 9,  5,  88, 45, 63, 3,  2,  33, 18, 54};
    conv_layer_desc desc = plane(3, 3, 2, 2, 1, 1);
    (void)state;
    desc.transposed = 1;
    desc.dilation[0] = desc.dilation[1] = 2;
    gives(&desc, x, w, NULL, y, 25);
}

/* output_pad adds outputs that samples reach or not, but the bias always: no zeros are made up. */
static void output_pad_and_bias(void **state) {
    static const float x[] = {1, 2}, w[] = {1, 10, 100}, bias[] = {0.5f};
    static const float cut[] = {10.5f, 102.5f, 20.5f}, whole[] = {10.5f, 102.5f, 20.5f, 200.5f};
    static const float gaps[] = {1.5f, 10.5f, 0.5f, 2.5f, 20.5f, 0.5f};
    conv_layer_desc desc = plane(1, 2, 1, 3, 1, 1);
    (void)state;
    desc.transposed = 1;
    desc.stride[1] = 2;
    set_pads(&desc, 0, 1);
    gives(&desc, x, w, bias, cut, 3);
    desc.output_pad[1] = 1;
    gives(&desc, x, w, bias, whole, 4);
    desc = plane(1, 2, 1, 2, 1, 1); /* a stride wider than the kernel */
    desc.transposed = 1;
    desc.stride[1] = 3;
    desc.padding = CONV_PADDING_VALID;
    gives(&desc, x, w, bias, gaps, 6);
}

/* ---- batches -------------------------------------------------------------------------------- */

/* 4 channels of 8x6 to 3, 3x3: an image has the same bits alone and among others. */
static void batches_have_the_same_bits(void **state) {
    enum { BATCH = 5, IN = 4 * 8 * 6, OUT = 3 * 6 * 4, WEIGHTS = 3 * 4 * 9 };
    static float x[BATCH * IN], w[WEIGHTS], y[2][BATCH * OUT];
    conv_layer_desc desc = plane(8, 6, 3, 3, 4, 3);
    conv_layer *layer = NULL;
    (void)state;
    for (int i = 0; i < BATCH * IN; i++) {
        x[i] = sinf((float)i);
    }
    for (int i = 0; i < WEIGHTS; i++) {
        w[i] = cosf((float)i);
    }
    desc.method = CONV_METHOD_DIRECT;
    for (int alone = 0; alone < 2; alone++) {
        desc.batch = alone ? 1 : BATCH;
        assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
        for (int b = 0; b < (alone ? BATCH : 1); b++) {
            assert_int_equal(
                conv_layer_forward(layer, x + b * IN, w, NULL, 0, y[alone] + b * OUT, NULL),
                CONV_OK);
        }
        conv_layer_destroy(layer);
    }
    assert_memory_equal(y[0], y[1], sizeof y[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reported_shapes),
        cmocka_unit_test(same_by_parity),
        cmocka_unit_test(onnx_strides),
        cmocka_unit_test(even_kernels),
        cmocka_unit_test(causal_keeps_the_length),
        cmocka_unit_test(groups_of_sixteen),
        cmocka_unit_test(depth_multiplier),
        cmocka_unit_test(onnx_transposed),
        cmocka_unit_test(output_pad_and_bias),
        cmocka_unit_test(batches_have_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
