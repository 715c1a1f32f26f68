/* test_layer_sizes.c - layers whose arrays and memory are near the end of the address space: made
 * with the sizes that they need at the least, or refused, and never with sizes that went round; and
 * shapes whose counts of work, not of memory, pass 32 bits. */
#include "suite.h"

#include "budget.h"
#include "data.h"
#include "layer_brute.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

enum { ADDRESS_BITS = sizeof(size_t) * 8 - 1 };

/* A share of the bits that are left; extents of axes are at most 2^40, or 2^26. */
static size_t draw_extent(uint64_t *random, double *bits, double most) {
    double least = ADDRESS_BITS > 32 ? 40 : 26, take = *bits * next_uniform(random);
    take = fmin(fmin(take, most), least);
    *bits -= take;
    return (size_t)fmax(exp2(take) * (0.5 + next_uniform(random) / 2), 1);
}

static void draw_layer(uint64_t *random, conv_layer_desc *desc) {
    int rank = 1 + (int)(next_below(random, 4));
    double bits = ADDRESS_BITS - 1;
    size_t shape[4], kernel[4];
    for (int d = 0; d < rank; d++)
        shape[d] = draw_extent(random, &bits, 60);
    for (int d = 0; d < rank; d++)
        kernel[d] = 1 + next_below(random, shape[d] < 9 ? shape[d] : 9);
    bits -= 2;
    size_t batch = draw_extent(random, &bits, 60), channels = draw_extent(random, &bits, 60);
    conv_layer_desc_init(desc, next_below(random, 2) ? CONV_F32 : CONV_F64, rank, shape, kernel,
                         channels, 1);
    bits = next_below(random, 2) ? 3 : ADDRESS_BITS - log2((double)channels);
    desc->channels_out = draw_extent(random, &bits, 60);
    desc->batch = batch;
    if (next_below(random, 4) == 0) {
        desc->groups = desc->channels_in;
        desc->channels_out = desc->channels_in;
    }
    for (int d = 0; d < rank; d++) {
        desc->stride[d] = next_below(random, 2) ? 1 : 1 + next_below(random, 40);
        desc->dilation[d] = next_below(random, 2) ? 1 : 1 + next_below(random, 5);
        desc->pad[d][0] = (ptrdiff_t)((kernel[d] - 1) * desc->dilation[d]);
    }
    desc->x_layout = (conv_layer_layout)(next_below(random, 2));
    desc->y_layout = (conv_layer_layout)(next_below(random, 2));
    desc->transposed = next_below(random, 3) == 0;
    desc->packed = (int)(next_below(random, 4));
    desc->threads = 1 + (int)(next_below(random, 4));
    static const conv_method methods[] = {CONV_METHOD_AUTO, CONV_METHOD_DIRECT, CONV_METHOD_FFT};
    desc->method = methods[next_below(random, 3)];
}

/* Bytes that the layer needs by its definition, as far as it is one product: weights in an order
 * of their own, or as they are, for every task that takes them packed; the direct sums of the
 * weights' gradient, one for every weight. */
static void check_sizes(const conv_layer_desc *desc, const conv_layer *layer) {
    double size = desc->dtype == CONV_F32 ? 4 : 8;
    double weights = (double)desc->channels_out * (double)desc->channels_in / (double)desc->groups;
    for (int d = 0; d < desc->rank; d++)
        weights *= (double)desc->kernel[d];
    double tasks = (desc->packed & CONV_PACKED_FORWARD ? 1 : 0) +
                   (desc->packed & CONV_PACKED_GRAD_INPUT ? 1 : 0);
    double used[4] = {1, 1, 1, 1};
    for (int d = 0; d < desc->rank; d++) /* taps that no output takes are not packed */
        used[d] = desc->stride[d] > 1 && desc->kernel[d] > 1 ? 1.0 / (double)desc->kernel[d] : 1;
    double packed = tasks * weights * size * used[0] * used[1] * used[2] * used[3];
    assert_true((double)conv_layer_packed_size(layer) >= packed);
    assert_true(conv_layer_packed_size(layer) <= PTRDIFF_MAX);
    assert_true(conv_layer_workspace_size(layer) <= PTRDIFF_MAX);
    if (conv_layer_method(layer, CONV_LAYER_GRAD_WEIGHTS) == CONV_METHOD_DIRECT)
        assert_true((double)conv_layer_workspace_size(layer) >= weights * size);
}

/* Tables that a layer makes when it is created may take what the machine has: minutes to fill,
 * where nothing is said of a layer but that it is made or refused. So there is a quarter of a GiB.
 * A sanitizer needs addresses of its own, and fills nothing. */
static void limit_memory(struct rlimit *before) {
    assert_int_equal(getrlimit(RLIMIT_AS, before), 0);
#ifndef SANITIZED
    struct rlimit less = *before;
    less.rlim_cur = (rlim_t)1 << 28;
    assert_int_equal(setrlimit(RLIMIT_AS, &less), 0);
#endif
}

static void sizes_are_counted_or_refused(void **state) {
    (void)state;
    struct rlimit before;
    limit_memory(&before);
    int count = (int)test_count(3000), made = 0, refused = 0, large = 0;
    uint64_t random = test_seed(20260);
    for (int i = 0; i < count; i++) {
        conv_layer_desc desc;
        conv_layer *layer = NULL;
        draw_layer(&random, &desc);
        conv_status status = conv_layer_create(&layer, &desc);
        if (status == CONV_OK) {
            check_sizes(&desc, layer);
            made++;
            large += conv_layer_workspace_size(layer) > PTRDIFF_MAX >> 6;
        } else {
            assert_true(status == CONV_ERR_OVERFLOW || status == CONV_ERR_MEMORY ||
                        status == CONV_ERR_METHOD || status == CONV_ERR_EXTENT);
            refused += status == CONV_ERR_OVERFLOW;
            assert_null(layer);
        }
        conv_layer_destroy(layer);
    }
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    printf("# %d made, %d with a workspace above 1/64 of the addresses, %d refused by size\n", made,
           large, refused);
    if (count >= 1000)
        assert_true(made > count / 10 && large > 0 && refused > count / 100);
}

/* Arrays of a few MiB, which are a large share of 32 bits' addresses. */
static void large_arrays_are_taken(void **state) {
    (void)state;
    size_t shape[] = {512, 700}, kernel[] = {3, 3}, points = shape[0] * shape[1];
    conv_layer_desc desc;
    conv_layer *layer = NULL;
    conv_layer_desc_init(&desc, CONV_F32, 2, shape, kernel, 2, 3);
    desc.padding = CONV_PADDING_SAME;
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
    float *x = malloc(2 * points * sizeof *x), *y = malloc(3 * points * sizeof *y);
    float w[3 * 2 * 9];
    assert_true(x && y);
    for (size_t i = 0; i < 2 * points; i++)
        x[i] = (float)(i % 5);
    for (int i = 0; i < 54; i++)
        w[i] = (float)(i % 7);
    assert_int_equal(conv_layer_forward(layer, x, w, NULL, 0, y, NULL), CONV_OK);
    for (size_t o = 0; o < 3; o++)
        for (size_t at = 0; at < 1000; at++) {
            size_t r = 1 + at * 37 % (shape[0] - 2), c = 1 + at * 101 % (shape[1] - 2);
            double sum = 0; /* small integers: exact */
            for (size_t k = 0; k < 18; k++)
                sum += (double)w[o * 18 + k] *
                       (double)x[k / 9 * points + (r + k % 9 / 3 - 1) * shape[1] + c + k % 3 - 1];
            assert_true((double)y[(o * shape[0] + r) * shape[1] + c] == sum);
        }
    conv_layer_destroy(layer);
    free(x);
    free(y);
}

/* So many channels that their number squared, over the rows of a tile, passes 32 bits. */
static void many_channels_have_a_gradient(void **state) {
    (void)state;
    size_t channels = 600000, n = 1, k = 1;
    conv_layer_desc desc;
    conv_layer *layer = NULL;
    conv_layer_desc_init(&desc, CONV_F32, 1, &n, &k, channels, 1);
    desc.batch = 2;
    desc.method = CONV_METHOD_DIRECT;
    assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
    float *x = malloc(2 * channels * sizeof *x), *dw = malloc(channels * sizeof *dw);
    const float dy[] = {3, 5};
    assert_true(x && dw);
    for (size_t i = 0; i < 2 * channels; i++)
        x[i] = (float)(i % 1001);
    memset(dw, 0, channels * sizeof *dw);
    assert_int_equal(conv_layer_grad_weights(layer, x, dy, 0, dw, NULL, NULL), CONV_OK);
    for (size_t i = 0; i < channels; i++)
        assert_true(dw[i] == 3 * x[i] + 5 * x[channels + i]);
    conv_layer_destroy(layer);
    free(x);
    free(dw);
}

/* Strides far beyond the samples: no two outputs meet any. */
static void far_steps_are_defined(void **state) {
    (void)state;
    size_t far = (size_t)1 << (ADDRESS_BITS > 32 ? 39 : 25), channels = 300, n = 1, k = 1;
    for (int way = 0; way < 3; way++) {
        conv_layer_desc desc;
        conv_layer *layer = NULL;
        conv_layer_desc_init(&desc, CONV_F32, 1, &n, &k, channels, 1);
        desc.x_layout = way == 1 ? CONV_CHANNELS_FIRST : CONV_CHANNELS_LAST;
        desc.stride[0] = far;
        if (way == 2) { /* of two outputs only the second meets the sample */
            desc.pad[0][0] = (ptrdiff_t)far;
            desc.channels_in = channels = (size_t)1 << (ADDRESS_BITS > 32 ? 23 : 6);
        }
        conv_status status = conv_layer_create(&layer, &desc);
        if (status == CONV_ERR_OVERFLOW) {
            assert_int_equal(way, 2);
            assert_non_null(strstr(conv_last_error(), "stride"));
            continue;
        }
        assert_int_equal(status, CONV_OK);
        float *x = calloc(channels, sizeof *x), *w = calloc(channels, sizeof *w), y[2] = {9, 9};
        assert_true(x && w);
        x[0] = w[0] = 2;
        assert_int_equal(conv_layer_forward(layer, x, w, NULL, 0, y, NULL), CONV_OK);
        assert_true(way == 2 ? y[0] == 0 && y[1] == 4 : y[0] == 4);
        conv_layer_destroy(layer);
        free(x);
        free(w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_counted_or_refused),
        cmocka_unit_test(large_arrays_are_taken),
        cmocka_unit_test(many_channels_have_a_gradient),
        cmocka_unit_test(far_steps_are_defined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
