/* resolution.c - a spectrum as an instrument sees it whose resolution changes along the axis.
 *
 * The width of the instrument's Gaussian is given for every sample: replace instrument_width() by
 * your own. Two questions have two answers, and the call says which:
 *
 *   CONV_GATHER   the width belongs to where you look: an average around each output. A constant
 *                 stays what it is; the total does not.
 *   CONV_SCATTER  the width belongs to where the light comes from: each sample is spread, as a
 *                 detector does. The total stays what it is; a constant does not.
 *
 * usage: resolution [OUTPUT_DIRECTORY]
 */
#include <conv.h>

#include <math.h>
#include <stdlib.h>

#include "picture.h"
#include "table.h"

enum { SAMPLES = 2000 };

static const double first = 400, spacing = 0.2; /* nm: 400 .. 800 */

static double wavelength(size_t k) {
    return first + spacing * (double)k;
}

/* One standard deviation, in nm. */
static double instrument_width(double x) {
    return 0.3 + 4.0 * (x - 400) / 400 * (x - 400) / 400;
}

static double line(double x, double center, double width) {
    double u = (x - center) / width;
    return exp(-u * u / 2);
}

/* A spike of one sample, two lines, and a continuum that rises and ends. */
static double source(size_t k) {
    double x = wavelength(k);
    double spike = k == 400 ? 20 : 0;
    return spike + 3 * line(x, 600, 0.8) + 3 * line(x, 606, 0.8) + (x > 500 && x < 760 ? 1 : 0);
}

static double total(const double *f) {
    double sum = 0;
    for (size_t k = 0; k < SAMPLES; k++) {
        sum += f[k];
    }
    return sum * spacing;
}

static double largest(const double *f, size_t from, size_t to) {
    double most = 0;
    for (size_t k = from; k < to; k++) {
        most = fmax(most, f[k]);
    }
    return most;
}

static void print_row(const char *name, const double *f) {
    printf("%-8s %12.6f %10.4f %10.4f %10.4f\n", name, total(f), largest(f, 300, 500),
           largest(f, 950, 1015), f[1500]);
}

static void write_picture(const char *dir, const double *f, const double *gathered,
                          const double *scattered) {
    FILE *csv = csv_open(dir, "resolution");

    fprintf(csv, "nm,source,gather,scatter\n");
    for (size_t k = 0; k < SAMPLES; k++) {
        fprintf(csv, "%.1f,%.6f,%.6f,%.6f\n", wavelength(k), f[k], gathered[k], scattered[k]);
    }
    csv_close(csv, dir, "resolution");
    plot(dir, "resolution", 1000, 500,
         "set datafile separator ','\n"
         "set key top left\n"
         "set xlabel 'nm'\n"
         "set yrange [0:4.5]\n"
         "plot csv using 1:2 every ::1 with lines lc rgb '#bbbbbb' title 'source', "
         "csv using 1:3 every ::1 with lines lw 2 title 'gather', "
         "csv using 1:4 every ::1 with lines lw 2 title 'scatter'\n");
}

int main(int argc, char **argv) {
    const char *out = argc > 1 ? argv[1] : ".";
    double *f = new_array(SAMPLES);
    double *width = new_array(SAMPLES);
    double *gathered = new_array(SAMPLES);
    double *scattered = new_array(SAMPLES);
    int failures = 0;

    for (size_t k = 0; k < SAMPLES; k++) {
        f[k] = source(k);
        width[k] = instrument_width(wavelength(k));
    }

    /* Widths and spacing in the same unit. LOSE: the source is dark beyond both ends. */
    check(conv1d_varying_f64(f, SAMPLES, width, spacing, CONV_GATHER, CONV_VARYING_LOSE, gathered));
    check(
        conv1d_varying_f64(f, SAMPLES, width, spacing, CONV_SCATTER, CONV_VARYING_LOSE, scattered));

    printf("%-8s %12s %10s %10s %10s\n", "", "total", "spike", "lines", "at 700 nm");
    print_row("source", f);
    print_row("gather", gathered);
    print_row("scatter", scattered);
    printf("largest difference of the two: %.4f\n",
           max_abs_difference(gathered, scattered, SAMPLES));

    /* Nothing of the source lies within reach of the ends, so scatter keeps all of it, but for the
     * rounding of 2000 numbers. */
    failures += expect(fabs(total(scattered) / total(f) - 1) < 1e-12, "scatter keeps the total");
    failures += expect(fabs(total(gathered) / total(f) - 1) > 1e-4, "gather does not");
    /* 700 nm is further from the ends of the plateau than six widths. */
    failures += expect(fabs(gathered[1500] - 1) < 1e-6, "gather keeps the plateau");
    failures += expect(fabs(scattered[1500] - 1) > 1e-4, "scatter does not");

    write_picture(out, f, gathered, scattered);
    free(f);
    free(width);
    free(gathered);
    free(scattered);
    return failures != 0;
}
