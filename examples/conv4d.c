/* conv4d.c - how is a field in four dimensions (space and time, or a light field) convolved, when
 * frameworks end at three?
 *
 * By a layer of rank 4, in one call. Here a field f(t, z, y, x) of 12^4 samples is smoothed by a
 * kernel of 3^4 taps that is a binomial (1, 2, 1)/4 along each axis, with as many outputs as
 * samples. Because such a kernel takes a product of cosines to itself times the product of (1 +
 * cos(w))/2, the result is known inside, and the program checks it.
 *
 * usage: conv4d
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 12, POINTS = SIDE * SIDE * SIDE * SIDE, TAPS = 81 };

static void check(conv_status status) {
    if (status != CONV_OK) {
        fprintf(stderr, "%s: %s\n", conv_status_string(status), conv_last_error());
        exit(1);
    }
}

static const double frequency[4] = {0.3, 0.5, 0.2, 0.4};

/* The field at the row-major index i. */
static double field(int i) {
    double value = 1;
    for (int d = 3; d >= 0; d--, i /= SIDE)
        value *= cos(frequency[d] * (i % SIDE));
    return value;
}

static int is_inside(int i) {
    int inside = 1;
    for (int d = 0; d < 4; d++, i /= SIDE)
        inside = inside && i % SIDE > 0 && i % SIDE < SIDE - 1;
    return inside;
}

int main(void) {
    static const double binomial[3] = {0.25, 0.5, 0.25};
    static double x[POINTS], y[POINTS], w[TAPS];
    const size_t shape[4] = {SIDE, SIDE, SIDE, SIDE}, kernel[4] = {3, 3, 3, 3};
    double gain = 1, worst = 0;
    conv_layer_desc desc;
    conv_layer *layer;
    char text[1024];

    for (int i = 0; i < POINTS; i++)
        x[i] = field(i);
    for (int i = 0; i < TAPS; i++)
        w[i] = binomial[i / 27] * binomial[i / 9 % 3] * binomial[i / 3 % 3] * binomial[i % 3];
    for (int d = 0; d < 4; d++)
        gain *= (1 + cos(frequency[d])) / 2;

    conv_layer_desc_init(&desc, CONV_F64, 4, shape, kernel, 1, 1);
    desc.padding = CONV_PADDING_SAME;
    check(conv_layer_create(&layer, &desc));
    check(conv_layer_forward(layer, x, w, NULL, 0, y, NULL));
    conv_layer_describe(layer, text, sizeof text);
    conv_layer_destroy(layer);

    for (int i = 0; i < POINTS; i++)
        if (is_inside(i))
            worst = fmax(worst, fabs(y[i] - gain * field(i)));
    printf("%d^4 samples, 3^4 taps: the field times %.6f inside, largest error %.1e\n%s", SIDE,
           gain, worst, text);
    return worst > (TAPS + 3) * 0x1p-53 + 1e-14; /* the sum's bound, and the cosines' rounding */
}
