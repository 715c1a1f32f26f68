/* dense_to_conv.c - a network ends with a dense layer on a flattened image (512 x 7 x 7 to 4096, as
 * in VGG). How do its weights become those of a convolution, so that the network takes larger
 * images?
 *
 * A dense layer on a flattened image is a convolution whose kernel is as large as the image. Weight
 * [input][output] of the dense layer is tap k from channel `in` to channel `out`, and input says
 * which:
 *
 *     flattened channels-first (torch):          input = in * 49 + row * 7 + column
 *     flattened channels-last (TF, Keras):       input = (row * 7 + column) * 512 + in
 *
 * conv_layer_from_dense copies them; conv_layer_weight_index is where each of them lands. The
 * program checks that the convolution gives the dense layer's outputs on an image of 7 x 7, and
 * shows what it gives on a larger one: a map of them, one for every place of the 7 x 7 window.
 *
 * usage: dense_to_conv [channels outputs], 512 and 4096 unless given
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 7, TAPS = SIDE * SIDE, LARGE = 9 };

static void check(conv_status status) {
    if (status != CONV_OK) {
        fprintf(stderr, "%s: %s\n", conv_status_string(status), conv_last_error());
        exit(1);
    }
}

static float *numbers(size_t count) {
    float *a = malloc(count * sizeof *a);
    unsigned state = 1;
    if (!a) {
        fprintf(stderr, "no memory\n");
        exit(1);
    }
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        a[i] = (float)(state >> 8) / 16777216.0f - 0.5f;
    }
    return a;
}

static void describe(conv_layer_desc *desc, size_t side, size_t in, size_t out,
                     conv_layer_layout layout) {
    const size_t shape[2] = {side, side}, kernel[2] = {SIDE, SIDE};
    conv_layer_desc_init(desc, CONV_F32, 2, shape, kernel, in, out);
    desc->padding = CONV_PADDING_VALID;
    desc->x_layout = desc->y_layout = layout;
    desc->w_layout = layout == CONV_CHANNELS_LAST ? CONV_WEIGHTS_KERAS : CONV_WEIGHTS_TORCH;
}

static void convolve(const conv_layer_desc *desc, const float *x, const float *w, float *y) {
    conv_layer *layer;
    check(conv_layer_create(&layer, desc));
    check(conv_layer_forward(layer, x, w, NULL, 0, y, NULL));
    conv_layer_destroy(layer);
}

/* The largest difference between the dense layer and the convolution, over the largest bound: both
 * sum the same products in their own order. */
static double compare(const float *x, const float *dense, size_t inputs, size_t outputs,
                      const float *y) {
    double worst = 0;
    for (size_t o = 0; o < outputs; o++) {
        double sum = 0, size = 0;
        for (size_t i = 0; i < inputs; i++) {
            double product = (double)x[i] * (double)dense[i * outputs + o];
            sum += product;
            size += fabs(product);
        }
        worst = fmax(worst, fabs(sum - (double)y[o]) / ((double)(inputs + 3) * 0x1p-24 * size));
    }
    return worst;
}

int main(int argc, char **argv) {
    size_t in = argc > 2 ? strtoul(argv[1], NULL, 10) : 512;
    size_t out = argc > 2 ? strtoul(argv[2], NULL, 10) : 4096, inputs = in * TAPS;
    float *dense = numbers(inputs * out), *w = numbers(inputs * out);
    float *x = numbers(in * LARGE * LARGE), *y = numbers(out * LARGE * LARGE);
    int failed = 0;

    for (int last = 0; last < 2; last++) {
        conv_layer_layout layout = last ? CONV_CHANNELS_LAST : CONV_CHANNELS_FIRST;
        conv_layer_desc desc;
        size_t shape[4], k[2] = {3, 5};
        describe(&desc, SIDE, in, out, layout);
        check(conv_layer_from_dense(&desc, dense, CONV_DENSE_INPUTS_OUTPUTS, layout, w));
        convolve(&desc, x, w, y);
        double worst = compare(x, dense, inputs, out, y);
        failed |= !(worst <= 1);
        printf("flattened channels-%s\n", last ? "last" : "first");
        printf("  dense %zu x %zu; convolution 7 x 7, %zu to %zu channels: largest difference %.2g "
               "of its bound\n",
               inputs, out, in, out, worst);
        size_t input = last ? (k[0] * SIDE + k[1]) * in + 1 : TAPS + k[0] * SIDE + k[1];
        printf("  dense[%zu][2] is w[%zu]: tap (3, 5) from channel 1 to channel 2\n", input,
               conv_layer_weight_index(&desc, 2, 1, k));
        failed |= dense[input * out + 2] != w[conv_layer_weight_index(&desc, 2, 1, k)];

        describe(&desc, LARGE, in, out, layout);
        check(conv_layer_output_shape(&desc, shape));
        convolve(&desc, x, w, y);
        printf("  on an image of %d x %d: a map of %zu x %zu places, %zu outputs each\n", LARGE,
               LARGE, shape[0], shape[1], out);
    }
    free(dense);
    free(w);
    free(x);
    free(y);
    return failed;
}
