/* layer_gradients.c - how are the gradients of a convolution layer computed, and those of a
 * transposed one?
 *
 * They are three sums over the same products w * x * dy. Of a layer with stride s, one axis, one
 * channel, padding `before`:
 *
 *     forward            y[i] = bias + sum_k w[k] x[i*s + k - before]
 *     for the input      dx[j] = sum over the pairs (i, k) with i*s + k - before = j of w[k] dy[i]
 *     for the weights    dw[k] = sum_i dy[i] x[i*s + k - before]
 *     for the bias       dbias = sum_i dy[i]
 *
 * The second is the forward of a transposed layer: it spreads each dy over the places that its y
 * was gathered from. So a transposed layer's forward is the second line, its gradient for the input
 * the first (without bias), and its gradient for the weights the third with x and dy exchanged.
 *
 * The program writes the sums out for a layer and for its transposed one, and compares each with
 * the library's, and with differences of the loss sum_i dy[i] y[i] in every weight and sample.
 *
 * usage: layer_gradients
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 11, K = 4, S = 2, BEFORE = 1, Y = (N + 2 * BEFORE - K) / S + 1 };

static void check(conv_status status) {
    if (status != CONV_OK) {
        fprintf(stderr, "%s: %s\n", conv_status_string(status), conv_last_error());
        exit(1);
    }
}

/* The three sums between the wide side (N samples) and the narrow side (Y samples). */
static void gather(const double *w, const double *wide, double *narrow) {
    for (int i = 0; i < Y; i++) {
        narrow[i] = 0;
        for (int k = 0; k < K; k++) {
            int j = i * S + k - BEFORE;
            if (j >= 0 && j < N)
                narrow[i] += w[k] * wide[j];
        }
    }
}

static void spread(const double *w, const double *narrow, double *wide) {
    memset(wide, 0, N * sizeof *wide);
    for (int i = 0; i < Y; i++)
        for (int k = 0; k < K; k++) {
            int j = i * S + k - BEFORE;
            if (j >= 0 && j < N)
                wide[j] += w[k] * narrow[i];
        }
}

static void products(const double *wide, const double *narrow, double *dw) {
    for (int k = 0; k < K; k++) {
        dw[k] = 0;
        for (int i = 0; i < Y; i++) {
            int j = i * S + k - BEFORE;
            if (j >= 0 && j < N)
                dw[k] += narrow[i] * wide[j];
        }
    }
}

static double difference(const double *a, const double *b, int count) {
    double worst = 0;
    for (int i = 0; i < count; i++)
        worst = fmax(worst, fabs(a[i] - b[i]));
    return worst;
}

/* (loss(a + step) - loss(a - step)) / (2 step) for every element of `a`, which is x or w. The loss
 * is linear in both, so that a large step has no error but rounding. */
static void differences(const conv_layer *layer, double *x, double *w, const double *dy,
                        int outputs, double *a, int count, double *slopes) {
    double y[N];
    for (int i = 0; i < count; i++) {
        double old = a[i], loss[2] = {0, 0};
        for (int side = 0; side < 2; side++) {
            a[i] = old + (side ? 0.5 : -0.5);
            check(conv_layer_forward(layer, x, w, NULL, 0, y, NULL));
            for (int j = 0; j < outputs; j++)
                loss[side] += dy[j] * y[j];
        }
        a[i] = old;
        slopes[i] = loss[1] - loss[0];
    }
}

static int show(const char *what, double from_sums, double from_differences) {
    printf("  %-24s %8.1e from the sums, %8.1e from differences\n", what, from_sums,
           from_differences);
    /* Some twenty products below 1, each rounded once. */
    return from_sums > 100 * 0x1p-53 || from_differences > 1000 * 0x1p-53;
}

static int run(int transposed, double *w, double *wide, double *narrow) {
    int samples = transposed ? Y : N, outputs = transposed ? N : Y, failed = 0;
    double *x = transposed ? narrow : wide, *dy = transposed ? wide : narrow;
    double y[N], dx[N], dw[K], dbias, sums[N], slopes[N], total = 0;
    size_t shape = (size_t)samples, kernel = K, y_shape[4];
    conv_layer_desc desc;
    conv_layer *layer;

    conv_layer_desc_init(&desc, CONV_F64, 1, &shape, &kernel, 1, 1);
    desc.stride[0] = S;
    desc.pad[0][0] = desc.pad[0][1] = BEFORE;
    desc.transposed = transposed;
    if (transposed) /* (Y-1)*S + K - 2*BEFORE, and the sample that the division left over */
        desc.output_pad[0] = N - ((Y - 1) * S + K - 2 * BEFORE);
    check(conv_layer_output_shape(&desc, y_shape));
    printf("%s layer: %d samples, %d taps, stride %d, %zu outputs\n",
           transposed ? "transposed" : "plain", samples, K, S, y_shape[0]);
    check(conv_layer_create(&layer, &desc));
    check(conv_layer_forward(layer, x, w, NULL, 0, y, NULL));
    check(conv_layer_grad_input(layer, dy, w, 0, dx, NULL));
    check(conv_layer_grad_weights(layer, x, dy, 0, dw, &dbias, NULL));

    (transposed ? spread : gather)(w, x, sums);
    failed |= show("forward", difference(y, sums, outputs), 0);
    (transposed ? gather : spread)(w, dy, sums);
    differences(layer, x, w, dy, outputs, x, samples, slopes);
    failed |= show("gradient for the input", difference(dx, sums, samples),
                   difference(dx, slopes, samples));
    products(wide, narrow, sums);
    differences(layer, x, w, dy, outputs, w, K, slopes);
    failed |= show("gradient for the weights", difference(dw, sums, K), difference(dw, slopes, K));
    for (int i = 0; i < outputs; i++)
        total += dy[i];
    failed |= show("gradient for the bias", fabs(dbias - total), 0);
    conv_layer_destroy(layer);
    return failed;
}

int main(void) {
    double w[K], wide[N], narrow[Y];
    for (int i = 0; i < K; i++)
        w[i] = sin(1.0 + i);
    for (int i = 0; i < N; i++)
        wide[i] = cos(0.7 * i);
    for (int i = 0; i < Y; i++)
        narrow[i] = sin(2.0 + 1.3 * i);
    int failed = run(0, w, wide, narrow);
    return run(1, w, wide, narrow) || failed;
}
