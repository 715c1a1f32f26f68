/* conventions.c - my result is one sample off: which system starts 'same' where?
 *
 * All systems agree on the full convolution of n samples with m taps, and on 'same' for odd m. For
 * even m the middle of the full result lies between two samples, and they differ in which of them
 * is first. With `start` the index of that first output in the full result, and for correlations
 * in the full result with the kernel reversed:
 *
 *     convolve     y[i] = sum over k of h[k] * x[i + start - k]
 *     correlate    y[i] = sum over k of h[k] * x[i + start - (m-1) + k]
 *
 * This program finds the start of each preset by convolving an impulse at every place in turn. Find
 * the line of the table that has the loop or the system to be matched, and set
 * conv_desc.operation and .preset to it; .origin is added to the start.
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 9, M = 4, AT = 4 }; /* samples, taps (yours, up to 9), and the output looked at */

static const struct preset {
    conv_preset preset;
    const char *name, *system;
} presets[] = {
    {CONV_PRESET_SCIPY, "SCIPY", "scipy.signal: convolve, correlate, convolve2d"},
    {CONV_PRESET_NUMPY, "NUMPY", "numpy.convolve, numpy.correlate"},
    {CONV_PRESET_SCIPY_CORRELATE2D, "SCIPY_CORRELATE2D", "scipy.signal.correlate2d"},
    {CONV_PRESET_NDIMAGE, "NDIMAGE", "scipy.ndimage"},
    {CONV_PRESET_MATLAB, "MATLAB", "MATLAB, Octave: conv2, filter2"},
    {CONV_PRESET_OPENCV, "OPENCV", "OpenCV filter2D (correlates)"},
    {CONV_PRESET_TORCH, "TORCH", "torch, TensorFlow, Keras (correlate)"},
};
enum { PRESETS = sizeof presets / sizeof presets[0] };

static void check(conv_status status) {
    if (status != CONV_OK) {
        fprintf(stderr, "%s\n", conv_last_error());
        exit(1);
    }
}

static void same(conv_preset preset, conv_operation operation, const double *x, const double *h,
                 double *y) {
    conv_desc desc;
    conv_plan *plan;

    conv_desc_init(&desc, CONV_F64, 1, &(size_t){N}, &(size_t){M}, CONV_SAME);
    desc.operation = operation;
    desc.preset = preset;
    check(conv_plan_create(&plan, &desc, h));
    check(conv_plan_execute(plan, x, y, NULL));
    conv_plan_destroy(plan);
}

/* One line of the table: the tap that multiplies each sample in output AT. */
static void print_line(const struct preset *p, conv_operation operation) {
    const int convolve = operation == CONV_CONVOLVE;
    double h[M];
    int start = 0;

    printf("%-18s %-10s", p->name, convolve ? "convolve" : "correlate");
    for (int k = 0; k < M; k++) {
        h[k] = k + 1; /* shown as a b c d .. */
    }
    for (int j = 0; j < N; j++) {
        double impulse[N] = {0}, y[N];
        int k;

        impulse[j] = 1;
        same(p->preset, operation, impulse, h, y);
        k = (int)lround(y[AT]) - 1;
        printf("   %c", k < 0 ? '.' : "abcdefghi"[k]);
        if (k == 0) { /* j = AT + start, or AT + start - (m-1) */
            start = convolve ? j - AT : j - AT + M - 1;
        }
    }
    printf("%8d   %s%+d%s\n", start, "x[i", convolve ? start : start - (M - 1),
           convolve ? "-k]" : "+k]");
}

static void print_mode(const char *what, const double *x, size_t nx, const double *h, size_t nh,
                       conv_mode mode) {
    double y[8];
    size_t count = conv_output_extent(nx, nh, mode);

    check(conv1d_f64(x, nx, h, nh, mode, y));
    printf("%-44s", what);
    for (size_t i = 0; i < count; i++) {
        printf(" %5.0f", y[i]);
    }
    printf("\n");
}

int main(void) {
    const double x[3] = {1, 2, 3}, h[5] = {1, 10, 100, 1000, 10000};

    printf("%d taps a b c ..: the tap that multiplies each sample in y[%d] of 'same'\n\n", M, AT);
    printf("preset             operation  ");
    for (int j = 0; j < N; j++) {
        printf("  x%d", j);
    }
    printf("   start   h[k] times\n");
    for (int p = 0; p < PRESETS; p++) {
        print_line(&presets[p], CONV_CONVOLVE);
        print_line(&presets[p], CONV_CORRELATE);
    }
    printf("\n");
    for (int p = 0; p < PRESETS; p++) {
        printf("%-18s %s\n", presets[p].name, presets[p].system);
    }

    /* With fewer samples than taps numpy.convolve swaps its arguments, so that 'same' has as many
     * outputs as there are taps. This library and scipy.signal keep the extent of the first
     * argument. Convolution does not mind the order: swap the arguments to have numpy's result. */
    printf("\nx = 1 2 3, h = 1 10 100 1000 10000\n\n");
    print_mode("FULL", x, 3, h, 5, CONV_FULL);
    print_mode("SAME  scipy.signal.convolve(x, h, 'same')", x, 3, h, 5, CONV_SAME);
    print_mode("SAME, swapped  numpy.convolve(x, h, 'same')", h, 5, x, 3, CONV_SAME);
    print_mode("CAUSAL  y[i] += h[k] * x[i-k], i < 3", x, 3, h, 5, CONV_CAUSAL);
    print_mode("VALID  numpy.convolve(x, h, 'valid')", x, 3, h, 5, CONV_VALID);
    return 0;
}
