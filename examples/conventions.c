/* conventions.c - where CONV_SAME puts its outputs, for a result that is one sample off.
 *
 * All systems agree on the full convolution of n samples with m taps, and on 'same' for odd m. For
 * even m the middle of the full result lies between two samples, and they differ in which of them
 * is first. A convolution reads its samples backwards from output i, a correlation forwards:
 *
 *     convolve     y[i] = sum over k of h[k] * x[i + s - k]
 *     correlate    y[i] = sum over k of h[k] * x[i - s + k]
 *
 * and what differs is the shift s. This program finds it for each preset by convolving an impulse
 * at every place in turn. Find the line of the table that has the loop or the system to be
 * matched, and set conv_desc.operation and .preset to it; .origin moves the result further.
 *
 * usage: conventions
 */
#include <conv.h>

#include <math.h>

#include "table.h"

enum { N = 9, M = 4, AT = 4 }; /* samples, taps, and the output looked at */

static const struct preset {
    conv_preset preset;
    const char *name, *system;
    int convolve, correlate; /* s as that system has it */
} presets[] = {
    {CONV_PRESET_SCIPY, "SCIPY", "scipy.signal: convolve, correlate, convolve2d", 1, 2},
    {CONV_PRESET_NUMPY, "NUMPY", "numpy.convolve, numpy.correlate", 1, 2},
    {CONV_PRESET_SCIPY_CORRELATE2D, "SCIPY_CORRELATE2D", "scipy.signal.correlate2d", 1, 1},
    {CONV_PRESET_NDIMAGE, "NDIMAGE", "scipy.ndimage", 2, 2},
    {CONV_PRESET_MATLAB, "MATLAB", "MATLAB, Octave: conv2, filter2", 2, 1},
    {CONV_PRESET_OPENCV, "OPENCV", "OpenCV filter2D (correlates)", 2, 2},
    {CONV_PRESET_TORCH, "TORCH", "torch, TensorFlow, Keras (correlate)", 2, 1},
};

static void same(const struct preset *p, conv_operation operation, const double *x, const double *h,
                 double *y) {
    conv_desc desc;
    conv_plan *plan;

    conv_desc_init(&desc, CONV_F64, 1, &(size_t){N}, &(size_t){M}, CONV_SAME);
    desc.operation = operation;
    desc.preset = p->preset;
    check(conv_plan_create(&plan, &desc, h));
    check(conv_plan_execute(plan, x, y, NULL));
    conv_plan_destroy(plan);
}

/* One line of the table: the tap that multiplies each sample in output AT. */
static int print_line(const struct preset *p, conv_operation operation) {
    const double h[M] = {1, 2, 3, 4}; /* shown as a b c d */
    int convolve = operation == CONV_CONVOLVE, shift = -99;

    printf("%-18s %-10s", p->name, convolve ? "convolve" : "correlate");
    for (int j = 0; j < N; j++) {
        double impulse[N] = {0}, y[N];
        int tap;

        impulse[j] = 1;
        same(p, operation, impulse, h, y);
        tap = (int)lround(y[AT]);
        printf("   %c", ".abcd"[tap]);
        if (tap == 1) { /* k = 0 meets x[AT + s] or x[AT - s] */
            shift = convolve ? j - AT : AT - j;
        }
    }
    printf("   %s%d%s\n", convolve ? "x[i+" : "x[i-", shift, convolve ? "-k]" : "+k]");
    return expect(shift == (convolve ? p->convolve : p->correlate), "the shift of this preset");
}

/* One mode of the convolution of x and h; returns 1 where it is not the known result. */
static int print_mode(const char *what, const double *x, size_t nx, const double *h, size_t nh,
                      conv_mode mode, const double *known) {
    double y[8];
    size_t count = conv_output_extent(nx, nh, mode);

    check(conv1d_f64(x, nx, h, nh, mode, y));
    printf("%-44s", what);
    for (size_t i = 0; i < count; i++) {
        printf(" %5.0f", y[i]);
    }
    printf("\n");
    return expect(max_abs_difference(y, known, count) < 1e-9, what);
}

int main(void) {
    const double x[3] = {1, 2, 3}, h[5] = {1, 10, 100, 1000, 10000};
    const double full[7] = {1, 12, 123, 1230, 12300, 23000, 30000};
    int failed = 0;

    printf("h = a b c d: the tap that multiplies each sample in y[%d]\n\n", AT);
    printf("preset             operation  ");
    for (int j = 0; j < N; j++) {
        printf("  x%d", j);
    }
    printf("   h[k] times\n");
    for (size_t p = 0; p < sizeof presets / sizeof presets[0]; p++) {
        failed += print_line(&presets[p], CONV_CONVOLVE);
        failed += print_line(&presets[p], CONV_CORRELATE);
    }
    printf("\n");
    for (size_t p = 0; p < sizeof presets / sizeof presets[0]; p++) {
        printf("%-18s %s\n", presets[p].name, presets[p].system);
    }

    /* With fewer samples than taps numpy.convolve swaps its arguments, so that 'same' has as many
     * outputs as there are taps. This library and scipy.signal keep the extent of the first
     * argument. Convolution does not mind the order: swap the arguments to have numpy's result. */
    printf("\nx = 1 2 3, h = 1 10 100 1000 10000\n\n");
    failed += print_mode("FULL", x, 3, h, 5, CONV_FULL, full);
    failed +=
        print_mode("SAME  scipy.signal.convolve(x, h, 'same')", x, 3, h, 5, CONV_SAME, full + 2);
    failed +=
        print_mode("SAME, swapped  numpy.convolve(x, h, 'same')", h, 5, x, 3, CONV_SAME, full + 1);
    failed += print_mode("CAUSAL  y[i] += h[k] * x[i-k], i < 3", x, 3, h, 5, CONV_CAUSAL, full);
    failed += print_mode("VALID  numpy.convolve(x, h, 'valid')", x, 3, h, 5, CONV_VALID, full + 2);
    return failed != 0;
}
