/* layer_shapes.c - what is the input shape of a 1-D convolution layer for a table of 6826 sequences
 * of 9000 samples, and how do the shapes of convolution and transposed convolution follow each
 * other?
 *
 * The table is 6826 examples (the batch) of one sequence each: 9000 places, one number at a place,
 * which is one channel. So x is (6826, 9000, 1) channels-last, as Keras has it: the 9000 are the
 * axis that the kernel slides over, and the last 1 is how many numbers there are at a place. It is
 * not (6826, 1, 9000): that would be one place with 9000 channels. torch writes the same
 * channels-first, (6826, 1, 9000), and means the same. Keras's input_shape leaves the batch away:
 * (9000, 1).
 *
 * A strided convolution makes images smaller, a transposed one makes them larger: the program
 * prints a discriminator of 28 x 28 images and a generator that goes its way back.
 *
 * usage: layer_shapes
 */
#include <conv.h>

#include <stdio.h>
#include <stdlib.h>

static void check(conv_status status) {
    if (status != CONV_OK) {
        fprintf(stderr, "%s: %s\n", conv_status_string(status), conv_last_error());
        exit(1);
    }
}

static int failed;

static void expect(size_t measured, size_t expected) {
    if (measured != expected) {
        printf("  must be %zu\n", expected);
        failed = 1;
    }
}

/* (samples, 9000, 1) through a stack of Conv1D layers. */
static void sequences(void) {
    static const struct {
        size_t filters, kernel, stride, expected;
        conv_layer_padding padding;
        const char *name;
    } layers[] = {
        {16, 11, 1, 8990, CONV_PADDING_VALID, "valid"},
        {32, 11, 4, 2248, CONV_PADDING_SAME, "same"},
        {32, 3, 2, 1124, CONV_PADDING_CAUSAL, "causal"},
    };
    size_t n = 9000, channels = 1;
    printf(
        "Conv1D, a table of 6826 sequences of 9000 samples\n  input                  (6826, %zu, "
        "%zu)\n",
        n, channels);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        conv_layer_desc desc;
        size_t shape[4];
        conv_layer_desc_init(&desc, CONV_F32, 1, &n, &layers[i].kernel, channels,
                             layers[i].filters);
        desc.batch = 6826;
        desc.stride[0] = layers[i].stride;
        desc.padding = layers[i].padding;
        desc.x_layout = desc.y_layout = CONV_CHANNELS_LAST;
        desc.w_layout = CONV_WEIGHTS_KERAS;
        check(conv_layer_output_shape(&desc, shape));
        n = shape[0];
        channels = layers[i].filters;
        printf("  %zu of %2zu, stride %zu, %-6s (6826, %zu, %zu), %zu weights\n", channels,
               layers[i].kernel, layers[i].stride, layers[i].name, n, channels,
               conv_layer_weight_count(&desc));
        expect(n, layers[i].expected);
    }
}

typedef struct {
    size_t filters, kernel, stride, expected;
    int transposed;
    conv_layer_padding padding;
} step;

static void images(const char *title, size_t side, size_t channels, const step *steps,
                   size_t count) {
    printf("\n%s\n  input                              %zu x %zu x %zu\n", title, side, side,
           channels);
    for (size_t i = 0; i < count; i++) {
        conv_layer_desc desc;
        size_t shape[4], extent[2] = {side, side}, kernel[2] = {steps[i].kernel, steps[i].kernel};
        conv_layer_desc_init(&desc, CONV_F32, 2, extent, kernel, channels, steps[i].filters);
        desc.stride[0] = desc.stride[1] = steps[i].stride;
        desc.padding = steps[i].padding;
        desc.transposed = steps[i].transposed;
        check(conv_layer_output_shape(&desc, shape));
        side = shape[0];
        channels = steps[i].filters;
        printf("  %-15s %zu x %zu stride %zu %-6s %zu x %zu x %zu\n",
               steps[i].transposed ? "Conv2DTranspose" : "Conv2D", kernel[0], kernel[1],
               steps[i].stride, steps[i].padding == CONV_PADDING_SAME ? "same" : "valid", side,
               side, channels);
        expect(side, steps[i].expected);
    }
}

int main(void) {
    static const step discriminator[] = {
        {64, 5, 2, 14, 0, CONV_PADDING_SAME},
        {128, 5, 2, 7, 0, CONV_PADDING_SAME},
        {1, 7, 1, 1, 0, CONV_PADDING_VALID},
    };
    static const step generator[] = {
        {128, 7, 1, 7, 1, CONV_PADDING_VALID},
        {64, 5, 2, 14, 1, CONV_PADDING_SAME},
        {1, 5, 2, 28, 1, CONV_PADDING_SAME},
    };
    sequences();
    images("discriminator: same n -> ceil(n/stride), valid n -> ceil((n-kernel+1)/stride)", 28, 1,
           discriminator, 3);
    images("generator: same n -> n*stride, valid n -> (n-1)*stride + max(kernel, stride)", 1, 100,
           generator, 3);

    /* What does not fit is refused by a sentence. */
    conv_layer_desc desc;
    size_t shape[4], n = 5, kernel = 4;
    conv_layer_desc_init(&desc, CONV_F32, 1, &n, &kernel, 1, 1);
    desc.dilation[0] = 2;
    failed |= conv_layer_output_shape(&desc, shape) == CONV_OK;
    printf("\n5 samples, 4 taps 2 apart: %s\n", conv_last_error());
    return failed;
}
