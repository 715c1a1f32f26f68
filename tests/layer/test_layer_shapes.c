/* test_layer_shapes.c - what shape comes out, where weights are, and what is refused: literal
 * tables from the documented formulas of TensorFlow, Keras and torch, recorded values, and every
 * error. */
#include "suite.h"

#include "layer_brute.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

static conv_layer_desc line(size_t n, size_t k, size_t stride, size_t dilation) {
    conv_layer_desc desc;
    conv_layer_desc_init(&desc, CONV_F32, 1, &n, &k, 1, 1);
    desc.stride[0] = stride;
    desc.dilation[0] = dilation;
    return desc;
}

static size_t output_of(const conv_layer_desc *desc) {
    size_t shape[4] = {0};
    if (conv_layer_output_shape(desc, shape) != CONV_OK) {
        fail_msg("%s", conv_last_error());
    }
    return shape[0];
}

/* ---- TensorFlow and Keras ------------------------------------------------------------------- */

/* 'valid': ceil((n - (k-1)*d) / s); 'same': ceil(n / s). */
static const size_t keras[][6] = {
    /* n, k, s, d, valid, same */
    {5, 3, 1, 1, 3, 5},           {5, 3, 2, 1, 2, 3},       {6, 3, 2, 1, 2, 3},
    {7, 3, 2, 1, 3, 4},           {28, 5, 1, 1, 24, 28},    {28, 5, 2, 1, 12, 14},
    {224, 7, 2, 1, 109, 112},     {299, 3, 2, 1, 149, 150}, {9000, 11, 1, 1, 8990, 9000},
    {9000, 11, 4, 1, 2248, 2250}, {10, 3, 1, 2, 6, 10},     {10, 2, 3, 1, 3, 4},
    {32, 4, 4, 1, 8, 8},          {13, 6, 5, 1, 2, 3},      {10, 1, 3, 1, 4, 4},
};

/* Where 'same' begins in the documentation's words: the odd sample is added at the end. */
static void keras_padding_is_asymmetric(void **state) {
    (void)state;
    /* n 6, k 3, s 2: 3 outputs need 7 samples, one more, at the end: y[0] begins at x[0]. */
    conv_layer_desc desc = line(6, 3, 2, 1);
    conv_layer *layer = NULL;
    const float x[] = {1, 2, 3, 4, 5, 6}, w[] = {1, 10, 100};
    float y[3];
    desc.padding = CONV_PADDING_SAME;
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
    assert_int_equal(conv_layer_forward(layer, x, w, NULL, 0, y, NULL), CONV_OK);
    const float expected[] = {321, 543, 65};
    assert_memory_equal(y, expected, sizeof y);
    conv_layer_destroy(layer);
}

static void keras_shapes(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof keras / sizeof keras[0]; i++) {
        const size_t *const row = keras[i];
        conv_layer_desc desc = line(row[0], row[1], row[2], row[3]);
        desc.padding = CONV_PADDING_VALID;
        assert_int_equal(output_of(&desc), row[4]);
        desc.padding = CONV_PADDING_SAME;
        assert_int_equal(output_of(&desc), row[5]);
        desc.padding = CONV_PADDING_CAUSAL;
        assert_int_equal(output_of(&desc), row[5]); /* as long as 'same' */
    }
}

/* Conv2DTranspose: 'valid' n*s + max(k - s, 0), 'same' n*s. */
static void keras_transposed_shapes(void **state) {
    static const size_t table[][5] = {
        /* n, k, s, valid, same */
        {7, 5, 1, 11, 7}, {7, 5, 2, 17, 14}, {4, 4, 2, 10, 8},   {4, 2, 3, 12, 12},
        {5, 3, 1, 7, 5},  {5, 3, 2, 11, 10}, {14, 5, 2, 31, 28}, {3, 1, 4, 12, 12},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        conv_layer_desc desc = line(table[i][0], table[i][1], table[i][2], 1);
        desc.transposed = 1;
        desc.padding = CONV_PADDING_VALID;
        assert_int_equal(output_of(&desc), table[i][3]);
        desc.padding = CONV_PADDING_SAME;
        assert_int_equal(output_of(&desc), table[i][4]);
    }
}

/* ---- torch ---------------------------------------------------------------------------------- */

/* Conv: floor((n + 2p - d(k-1) - 1)/s) + 1; ConvTranspose: (n-1)s - 2p + d(k-1) + output_padding
 * + 1.
 */
static void torch_shapes(void **state) {
    static const size_t table[][6] = {
        /* n, k, s, d, p, out */
        {224, 7, 2, 1, 3, 112}, {112, 3, 2, 1, 1, 56}, {56, 3, 1, 1, 1, 56}, {32, 5, 1, 1, 0, 28},
        {10, 3, 2, 1, 1, 5},    {10, 3, 1, 2, 2, 10},  {50, 3, 2, 1, 0, 24}, {100, 5, 2, 3, 4, 48},
    };
    static const size_t transposed[][7] = {
        /* n, k, s, d, p, output_padding, out */
        {1, 4, 1, 1, 0, 0, 4},  {4, 4, 2, 1, 1, 0, 8},    {8, 4, 2, 1, 1, 0, 16},
        {6, 3, 2, 1, 1, 0, 11}, {6, 3, 2, 1, 1, 1, 12},   {12, 3, 2, 1, 1, 1, 24},
        {5, 3, 3, 2, 2, 2, 15}, {50, 3, 2, 1, 0, 0, 101},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const size_t *const row = table[i];
        conv_layer_desc desc = line(row[0], row[1], row[2], row[3]);
        desc.pad[0][0] = desc.pad[0][1] = (ptrdiff_t)row[4];
        assert_int_equal(output_of(&desc), row[5]);
    }
    for (size_t i = 0; i < sizeof transposed / sizeof transposed[0]; i++) {
        const size_t *const row = transposed[i];
        conv_layer_desc desc = line(row[0], row[1], row[2], row[3]);
        desc.transposed = 1;
        desc.pad[0][0] = desc.pad[0][1] = (ptrdiff_t)row[4];
        desc.output_pad[0] = row[5];
        assert_int_equal(output_of(&desc), row[6]);
    }
}

/* Recorded: torch's documentation of ConvTranspose2d: downsample 12 x 12 by k 3, s 2, p 1 gives 6,
 * and upsampling to output_size 12 is output_padding 1; Keras's of Conv1D (4, 10, 128) with 32
 * filters of 3: (4, 8, 32); of Conv2D (4, 10, 10, 128), 32 filters 3 x 3: (4, 8, 8, 32); of
 * DepthwiseConv2D (4, 10, 10, 12), 3 x 3: (4, 8, 8, 12). */
static void recorded_shapes(void **state) {
    size_t shape[4];
    conv_layer_desc desc = line(12, 3, 2, 1);
    (void)state;
    desc.pad[0][0] = desc.pad[0][1] = 1;
    assert_int_equal(output_of(&desc), 6);
    const size_t ten[] = {10, 10}, three[] = {3, 3};
    conv_layer_desc_init(&desc, CONV_F32, 1, ten, three, 128, 32);
    desc.padding = CONV_PADDING_VALID;
    assert_int_equal(output_of(&desc), 8);
    conv_layer_desc_init(&desc, CONV_F32, 2, ten, three, 12, 12);
    desc.groups = 12;
    assert_int_equal(conv_layer_output_shape(&desc, shape), CONV_OK);
    assert_int_equal(shape[0], 8);
    assert_int_equal(shape[1], 8);
    assert_int_equal(shape[2], 1);
    assert_int_equal(shape[3], 1);
}

/* The layer that torch's documentation writes: Conv1d of x = 1..5 by (1, 0, -1); and
 * ConvTranspose1d of (1, 2) by (1, 10, 100), stride 2. */
static void small_values(void **state) {
    conv_layer_desc desc = line(5, 3, 1, 1);
    conv_layer *layer = NULL;
    const float x[] = {1, 2, 3, 4, 5}, w[] = {1, 0, -1}, spread[] = {1, 10, 100};
    const float plain[] = {-2, -2, -2}, turned[] = {2, 2, 2}, wide[] = {1, 10, 102, 20, 200};
    float y[5];
    (void)state;
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
    assert_int_equal(conv_layer_forward(layer, x, w, NULL, 0, y, NULL), CONV_OK);
    assert_memory_equal(y, plain, sizeof plain);
    conv_layer_destroy(layer);
    desc.operation = CONV_CONVOLVE;
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
    assert_int_equal(conv_layer_forward(layer, x, w, NULL, 0, y, NULL), CONV_OK);
    assert_memory_equal(y, turned, sizeof turned);
    conv_layer_destroy(layer);
    desc = line(2, 3, 2, 1);
    desc.transposed = 1;
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
    assert_int_equal(conv_layer_forward(layer, x, spread, NULL, 0, y, NULL), CONV_OK);
    assert_memory_equal(y, wide, sizeof wide);
    conv_layer_destroy(layer);
}

/* ---- weights -------------------------------------------------------------------------------- */

static void every_weight_has_its_place(void **state) {
    uint64_t random = 3;
    (void)state;
    for (int round = 0; round < 300; round++) {
        conv_layer_desc desc;
        layer_facts facts;
        size_t k[4] = {0};
        layer_random_desc(&desc, &random);
        assert_true(layer_facts_make(&facts, &desc));
        assert_int_equal(conv_layer_weight_count(&desc), facts.w_count);
        for (size_t out = 0; out < desc.channels_out; out++) {
            for (size_t in = 0; in < desc.channels_in; in++) {
                for (int d = 0; d < desc.rank; d++) {
                    k[d] = (size_t)layer_random(&random) % desc.kernel[d];
                }
                const bool joined = out / (desc.channels_out / desc.groups) ==
                                    in / (desc.channels_in / desc.groups);
                const size_t place = joined ? layer_w_place(&desc, out, in, k) : SIZE_MAX;
                assert_int_equal(conv_layer_weight_index(&desc, out, in, k), place);
            }
        }
    }
}

/* A dense layer on a flattened image, and the convolution made of it, give the same numbers. */
static void check_dense(conv_layer_desc *desc, conv_dense_layout layout,
                        conv_layer_layout flattened) {
    enum { IN = 5, OUT = 7, TAPS = 6, INPUTS = IN * TAPS };
    double x[INPUTS], dense[INPUTS * OUT], w[INPUTS * OUT], y[OUT];
    conv_layer *layer = NULL;
    uint64_t random = 8;
    for (int i = 0; i < INPUTS; i++) {
        x[i] = (double)(layer_random(&random) % 9) - 4;
    }
    for (int i = 0; i < INPUTS * OUT; i++) {
        dense[i] = (double)(layer_random(&random) % 9) - 4;
    }
    desc->x_layout = flattened;
    assert_int_equal(conv_layer_from_dense(desc, dense, layout, flattened, w), CONV_OK);
    assert_int_equal(conv_layer_create(&layer, desc), CONV_OK);
    assert_int_equal(conv_layer_forward(layer, x, w, NULL, 0, y, NULL), CONV_OK);
    for (int out = 0; out < OUT; out++) {
        double sum = 0;
        for (int i = 0; i < INPUTS; i++) {
            sum += x[i] *
                   dense[layout == CONV_DENSE_INPUTS_OUTPUTS ? i * OUT + out : out * INPUTS + i];
        }
        assert_true(y[out] == sum);
    }
    conv_layer_destroy(layer);
}

static void dense_becomes_convolution(void **state) {
    const size_t kernel[] = {2, 3};
    (void)state;
    for (int i = 0; i < 32; i++) {
        conv_layer_desc desc;
        conv_layer_desc_init(&desc, CONV_F64, 2, kernel, kernel, 5, 7);
        desc.padding = CONV_PADDING_VALID;
        desc.w_layout = (conv_weight_layout)(i & 3);
        desc.operation = i & 4 ? CONV_CONVOLVE : CONV_CORRELATE;
        check_dense(&desc, (conv_dense_layout)(i >> 3 & 1), (conv_layer_layout)(i >> 4 & 1));
    }
}

/* ---- errors --------------------------------------------------------------------------------- */

static void refused(const conv_layer_desc *desc, conv_status status, const char *words) {
    size_t shape[4] = {77, 77, 77, 77};
    conv_layer *layer = (conv_layer *)&shape;
    assert_int_equal(conv_layer_output_shape(desc, shape), status);
    assert_int_equal(shape[0], 77);
    if (!strstr(conv_last_error(), words)) {
        fail_msg("\"%s\" does not say \"%s\"", conv_last_error(), words);
    }
    assert_int_equal(conv_layer_create(&layer, desc), status);
    assert_null(layer);
    if (desc) {
        const size_t k[4] = {0};
        assert_true(conv_layer_weight_index(desc, 0, 0, k) == SIZE_MAX);
        assert_int_equal(conv_layer_weight_count(desc), 0);
    }
}

static void shapes_that_do_not_fit(void **state) {
    (void)state;
    conv_layer_desc desc = line(5, 4, 1, 2);
    refused(&desc, CONV_ERR_EXTENT, "input 5 with padding 0 is shorter than the kernel's reach 7");
    desc.padding = CONV_PADDING_VALID;
    refused(&desc, CONV_ERR_EXTENT, "shorter than the kernel's reach 7");
    desc = line(3, 2, 1, 1);
    desc.pad[0][0] = -2;
    refused(&desc, CONV_ERR_EXTENT, "input 3 with padding -2 is shorter than the kernel's reach 2");
    desc = line(2, 2, 2, 1);
    desc.transposed = 1;
    desc.pad[0][0] = desc.pad[0][1] = 2;
    refused(
        &desc, CONV_ERR_EXTENT,
        "(input 2 - 1) * stride 2 + reach 2 - padding 4 + output_pad 0 = 0, must be at least 1");
    desc = line(5, 3, 2, 1);
    desc.transposed = 1;
    desc.output_pad[0] = 2;
    refused(&desc, CONV_ERR_EXTENT, "output_pad[0] is 2, must be less than stride 2 or dilation 1");
    desc.padding = CONV_PADDING_SAME;
    refused(&desc, CONV_ERR_EXTENT, "output_pad[0] is 2, must be 0 with padding SAME");
    desc.transposed = 0;
    refused(&desc, CONV_ERR_EXTENT, "must be 0 in a layer that is not transposed");
    desc.output_pad[0] = 0;
    desc.pad[0][1] = 1;
    refused(&desc, CONV_ERR_EXTENT, "pad[0] is {0, 1}, must be {0, 0} with padding SAME");
    desc = line(5, 3, 2, 1);
    desc.transposed = 1;
    desc.padding = CONV_PADDING_CAUSAL;
    refused(&desc, CONV_ERR_EXTENT, "CAUSAL");
}

static void fields_out_of_range(void **state) {
    const conv_layer_desc good = line(8, 3, 1, 1);
    conv_layer_desc bad = good;
    (void)state;
    refused(NULL, CONV_ERR_NULL, "desc is NULL");
    bad.struct_size--;
    refused(&bad, CONV_ERR_STRUCT_SIZE, "struct_size");
    int *const enums[] = {(int *)&bad.dtype,    (int *)&bad.padding,  (int *)&bad.x_layout,
                          (int *)&bad.y_layout, (int *)&bad.w_layout, (int *)&bad.operation,
                          &bad.transposed,      (int *)&bad.method,   (int *)&bad.isa};
    static const char *const names[] = {"dtype",      "padding",  "x_layout",
                                        "y_layout",   "w_layout", "operation",
                                        "transposed", "method",   "isa"};
    for (int i = 0; i < 9; i++) {
        static const int values[] = {-1, 99};
        for (int j = 0; j < 2; j++) {
            bad = good;
            *enums[i] = values[j];
            refused(&bad, CONV_ERR_ENUM, names[i]);
        }
    }
    bad = good;
    bad.dtype = CONV_C32;
    refused(&bad, CONV_ERR_TYPE, "c32");
    for (int rank = -1; rank < 7; rank += rank == -1 ? 1 : 5) {
        bad = good;
        bad.rank = rank;
        refused(&bad, CONV_ERR_RANK, "rank is");
    }
    size_t *const extents[] = {&bad.batch, &bad.channels_in, &bad.channels_out, &bad.groups,
                               bad.shape,  bad.kernel,       bad.stride,        bad.dilation};
    static const char *const fields[] = {"batch", "channels_in", "channels_out", "groups",
                                         "shape", "kernel",      "stride",       "dilation"};
    for (int i = 0; i < 8; i++) {
        bad = good;
        *extents[i] = 0;
        refused(&bad, CONV_ERR_EXTENT, fields[i]);
        bad = good;
        *extents[i] = SIZE_MAX;
        refused(&bad, CONV_ERR_OVERFLOW, fields[i]);
    }
    bad = good;
    bad.channels_in = bad.channels_out = 6;
    bad.groups = 4;
    refused(&bad, CONV_ERR_EXTENT, "channels_in is 6 = 1 * 4 + 2, must be a multiple of groups 4");
    bad.channels_in = 4;
    refused(&bad, CONV_ERR_EXTENT, "channels_out is 6");
    bad = good;
    bad.threads = -1;
    refused(&bad, CONV_ERR_THREADS, "threads is -1");
    bad = good;
    bad.packed = 4;
    refused(&bad, CONV_ERR_RANGE, "packed is 4");
    bad = good;
    bad.pad[0][0] = PTRDIFF_MAX;
    refused(&bad, CONV_ERR_OVERFLOW, "pad[0][0]");
    bad = good;
    bad.shape[0] = (SIZE_MAX >> 25) + 1;
    bad.channels_out = (size_t)1 << (sizeof(size_t) > 4 ? 30 : 25);
    refused(&bad, CONV_ERR_OVERFLOW, "too large");
    bad = good;
    bad.channels_in = bad.channels_out = (size_t)1 << sizeof(size_t) * 4;
    refused(&bad, CONV_ERR_OVERFLOW, "weights of");
}

#ifndef CONV_HAVE_ONEDNN
static void refused_by_create(const conv_layer_desc *desc, const char *words) {
    conv_layer *layer = (conv_layer *)&words;
    assert_int_equal(conv_layer_create(&layer, desc), CONV_ERR_METHOD);
    assert_null(layer);
    assert_non_null(strstr(conv_last_error(), words));
}
#endif

static void methods_that_layers_lack(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        conv_layer *layer = (conv_layer *)&i;
        conv_layer_desc desc = line(8, 3, 1, 1);
        desc.method = i ? CONV_METHOD_BLOCKS : CONV_METHOD_SEPARABLE;
        assert_int_equal(conv_layer_create(&layer, &desc), CONV_ERR_METHOD);
        assert_null(layer);
    }
#ifndef CONV_HAVE_ONEDNN
    conv_layer_desc desc = line(8, 3, 1, 1);
    desc.method = CONV_METHOD_ONEDNN;
    refused_by_create(&desc, "method is onednn, which this build of the library does not have");
#endif
}

/* A method that cannot do one task does the others; DIRECT does that one, and the text says why.
 * What can do none of them is refused. */
static void a_wish_is_for_each_task(void **state) {
    conv_layer_desc desc = line(8, 3, 1, 1);
    conv_layer *layer = NULL;
    char text[2048];
    (void)state;
    desc.method = CONV_METHOD_FFT;
    desc.padding = CONV_PADDING_EXPLICIT;
    desc.pad[0][0] = desc.pad[0][1] = 4; /* the first two outputs meet no sample */
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
    assert_int_equal(conv_layer_method(layer, CONV_LAYER_FORWARD), CONV_METHOD_DIRECT);
    assert_int_equal(conv_layer_method(layer, CONV_LAYER_GRAD_INPUT), CONV_METHOD_FFT);
    assert_int_equal(conv_layer_method(layer, CONV_LAYER_GRAD_WEIGHTS), CONV_METHOD_FFT);
    assert_true(conv_layer_describe(layer, text, sizeof text) < sizeof text);
    assert_non_null(strstr(text, "instead of the method asked for, which cannot: outputs that no "
                                 "sample reaches"));
    conv_layer_destroy(layer);
    desc.pad[0][0] = desc.pad[0][1] = 1;
    desc.stride[0] = 2;
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_ERR_METHOD);
    assert_null(layer);
    assert_non_null(strstr(conv_last_error(), "cannot do any of the tasks: a stride"));
}

/* By name and with the reason, in builds that have it and in those that have not. */
static void blas_refuses_with_a_reason(void **state) {
    conv_layer *layer = NULL;
    conv_layer_desc desc = line(8, 3, 1, 1);
    (void)state;
    desc.method = CONV_METHOD_BLAS;
    desc.channels_in = desc.channels_out = 4;
#ifdef CONV_HAVE_BLAS
    char text[2048];
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
    assert_true(conv_layer_describe(layer, text, sizeof text) < sizeof text);
    for (int t = 0; t < 3; t++) {
        assert_int_equal(conv_layer_method(layer, (conv_layer_task)t), CONV_METHOD_BLAS);
    }
    assert_non_null(strstr(text, "forward: blas, estimated"));
    conv_layer_destroy(layer);
    desc.groups = 4;
    static const char words[] = "one channel in and one out";
#else
    static const char words[] = "method is BLAS, which this build of the library lacks";
#endif
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_ERR_METHOD);
    assert_null(layer);
    assert_non_null(strstr(conv_last_error(), words));
}

static void wrong_arguments(void **state) {
    (void)state;
    conv_layer_desc desc = line(8, 3, 1, 1);
    conv_layer *layer = NULL;
    float memory[64] = {0}, old[64];
    float *const x = memory, *const w = memory + 10, *const bias = memory + 20;
    float *const y = memory + 30;
    const size_t k[] = {3};
    memory[35] = 5;
    memcpy(old, memory, sizeof old);
    assert_int_equal(conv_layer_create(NULL, &desc), CONV_ERR_NULL);
    assert_int_equal(conv_layer_output_shape(&desc, NULL), CONV_ERR_NULL);
    assert_true(conv_layer_weight_index(&desc, 0, 0, NULL) == SIZE_MAX);
    assert_true(conv_layer_weight_index(&desc, 1, 0, k) == SIZE_MAX);
    assert_true(conv_layer_weight_index(&desc, 0, 0, k) == SIZE_MAX);
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
    assert_int_equal(conv_layer_forward(NULL, x, w, bias, 0, y, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_layer_forward(layer, NULL, w, bias, 0, y, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_layer_forward(layer, x, NULL, bias, 0, y, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_layer_forward(layer, x, w, bias, 0, NULL, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_layer_forward(layer, x, w, bias, (double)NAN, y, NULL), CONV_ERR_RANGE);
    assert_int_equal(conv_layer_forward(layer, x, w, bias, 0, x + 7, NULL), CONV_ERR_ALIAS);
    assert_int_equal(conv_layer_forward(layer, x, w, bias, 0, w + 2, NULL), CONV_ERR_ALIAS);
    assert_int_equal(conv_layer_forward(layer, x, w, bias, 0, bias, NULL), CONV_ERR_ALIAS);
    assert_int_equal(conv_layer_grad_input(NULL, y, w, 0, x, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_layer_grad_input(layer, NULL, w, 0, x, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_layer_grad_input(layer, y, NULL, 0, x, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_layer_grad_input(layer, y, w, 0, NULL, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_layer_grad_input(layer, y, w, 0, y + 1, NULL), CONV_ERR_ALIAS);
    assert_int_equal(conv_layer_grad_input(layer, y, w, (double)INFINITY, x, NULL), CONV_ERR_RANGE);
    assert_int_equal(conv_layer_grad_weights(NULL, x, y, 0, w, bias, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_layer_grad_weights(layer, NULL, y, 0, w, bias, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_layer_grad_weights(layer, x, NULL, 0, w, bias, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_layer_grad_weights(layer, x, y, 0, NULL, NULL, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_layer_grad_weights(layer, x, y, 0, w, w + 1, NULL), CONV_ERR_ALIAS);
    assert_int_equal(conv_layer_grad_weights(layer, x, y, 0, y, NULL, NULL), CONV_ERR_ALIAS);
    assert_int_equal(conv_layer_pack(NULL, w, y), CONV_ERR_NULL);
    assert_int_equal(conv_layer_pack(layer, w, y), CONV_ERR_RANGE);
    assert_memory_equal(memory, old, sizeof old);
    /* What may be left out. */
    assert_int_equal(conv_layer_grad_weights(layer, x, y, 0, w, NULL, NULL), CONV_OK);
    assert_int_equal(conv_layer_grad_weights(layer, NULL, y, 0, NULL, bias, NULL), CONV_OK);
    assert_true(bias[0] == 5);
    conv_layer_destroy(layer);
    conv_layer_destroy(NULL);
    conv_layer_desc_init(NULL, CONV_F32, 1, k, k, 1, 1);
    assert_int_equal(conv_layer_workspace_size(NULL), 0);
    assert_int_equal(conv_layer_packed_size(NULL), 0);
    assert_int_equal(conv_layer_method(NULL, CONV_LAYER_FORWARD), CONV_METHOD_AUTO);
    assert_true(conv_layer_describe(NULL, NULL, 0) > 0);
}

static void dense_errors(void **state) {
    conv_layer_desc desc = line(3, 3, 1, 1);
    float dense[3] = {1, 2, 3}, w[3];
    (void)state;
    assert_int_equal(
        conv_layer_from_dense(NULL, dense, CONV_DENSE_INPUTS_OUTPUTS, CONV_CHANNELS_LAST, w),
        CONV_ERR_NULL);
    assert_int_equal(
        conv_layer_from_dense(&desc, NULL, CONV_DENSE_INPUTS_OUTPUTS, CONV_CHANNELS_LAST, w),
        CONV_ERR_NULL);
    assert_int_equal(
        conv_layer_from_dense(&desc, dense, CONV_DENSE_INPUTS_OUTPUTS, CONV_CHANNELS_LAST, NULL),
        CONV_ERR_NULL);
    assert_int_equal(
        conv_layer_from_dense(&desc, dense, (conv_dense_layout)2, CONV_CHANNELS_LAST, w),
        CONV_ERR_ENUM);
    assert_int_equal(
        conv_layer_from_dense(&desc, dense, CONV_DENSE_INPUTS_OUTPUTS, (conv_layer_layout)-1, w),
        CONV_ERR_ENUM);
    assert_int_equal(conv_layer_from_dense(&desc, dense, CONV_DENSE_INPUTS_OUTPUTS,
                                           CONV_CHANNELS_LAST, dense + 1),
                     CONV_ERR_ALIAS);
    desc.transposed = 1;
    assert_int_equal(
        conv_layer_from_dense(&desc, dense, CONV_DENSE_INPUTS_OUTPUTS, CONV_CHANNELS_LAST, w),
        CONV_ERR_METHOD);
}

static void the_text_names_every_task(void **state) {
    conv_layer_desc desc = line(30, 3, 1, 1);
    conv_layer *layer = NULL;
    char text[2048], part[10];
    (void)state;
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
    const size_t length = conv_layer_describe(layer, text, sizeof text);
    assert_true(length < sizeof text);
    assert_int_equal(strlen(text), length);
    assert_non_null(strstr(text, "forward: "));
    assert_non_null(strstr(text, "grad_input: "));
    assert_non_null(strstr(text, "grad_weights: "));
    assert_int_equal(conv_layer_describe(layer, part, sizeof part), length);
    assert_int_equal(strlen(part), sizeof part - 1);
    assert_int_equal(conv_layer_describe(layer, NULL, 0), length);
    conv_layer_destroy(layer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keras_shapes),
        cmocka_unit_test(keras_padding_is_asymmetric),
        cmocka_unit_test(keras_transposed_shapes),
        cmocka_unit_test(torch_shapes),
        cmocka_unit_test(recorded_shapes),
        cmocka_unit_test(small_values),
        cmocka_unit_test(every_weight_has_its_place),
        cmocka_unit_test(dense_becomes_convolution),
        cmocka_unit_test(shapes_that_do_not_fit),
        cmocka_unit_test(fields_out_of_range),
        cmocka_unit_test(methods_that_layers_lack),
        cmocka_unit_test(a_wish_is_for_each_task),
        cmocka_unit_test(blas_refuses_with_a_reason),
        cmocka_unit_test(wrong_arguments),
        cmocka_unit_test(dense_errors),
        cmocka_unit_test(the_text_names_every_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
