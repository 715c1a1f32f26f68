/* resolution.c - how does my spectrum look through an instrument whose resolution changes?
 *
 * The width of the instrument's Gaussian is given for every sample: put your own in
 * instrument_width(). Two questions have two answers, and the call says which:
 *
 *   CONV_GATHER   the width belongs to where you look: an average around each output. A constant
 *                 stays what it is; the total does not.
 *   CONV_SCATTER  the width belongs to where the light comes from: each sample is spread, as a
 *                 detector does. The total stays what it is; a constant does not.
 *
 * Writes resolution.csv and resolution.gp into the current directory; `gnuplot resolution.gp` draws
 * resolution.png.
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 2000, SPIKE = 400, PLATEAU = 1500 };

static const double first = 400, spacing = 0.2; /* nm: 400 .. 800 */

/* ---- yours: one standard deviation at a wavelength, and the spectrum ---- */

static double instrument_width(double x) {
    return 0.3 + 6.0 * (x - 400) / 400 * (x - 400) / 400;
}

static double line(double x, double center, double width) {
    double u = (x - center) / width;
    return exp(-u * u / 2);
}

/* A spike of one sample, two lines, and a continuum that begins and ends. */
static double source(int k, double x) {
    double spike = k == SPIKE ? 20 : 0;
    return spike + 3 * line(x, 600, 0.8) + 3 * line(x, 606, 0.8) + (x > 500 && x < 760 ? 1 : 0);
}

/* ---- end of yours ---- */

static struct spectrum {
    double wavelength[SAMPLES], source[SAMPLES], width[SAMPLES];
    double gathered[SAMPLES], scattered[SAMPLES];
} s;

static void check(conv_status status) {
    if (status != CONV_OK) {
        fprintf(stderr, "%s\n", conv_last_error());
        exit(1);
    }
}

static FILE *open_file(const char *path) {
    FILE *file = fopen(path, "w");

    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

static double largest(const double *f, int from, int to) {
    double most = 0;

    for (int k = from; k < to; k++) {
        most = fmax(most, f[k]);
    }
    return most;
}

static void print_row(const char *name, const double *f) {
    double total = 0;

    for (int k = 0; k < SAMPLES; k++) {
        total += f[k] * spacing;
    }
    printf("%-8s %14.9f %10.6f %10.6f %10.6f\n", name, total, largest(f, SPIKE - 100, SPIKE + 100),
           largest(f, 950, 1015), f[PLATEAU]);
}

static void write_picture(void) {
    FILE *csv = open_file("resolution.csv"), *gp = open_file("resolution.gp");

    fprintf(csv, "# nm, source, width, gather, scatter\n");
    for (int k = 0; k < SAMPLES; k++) {
        fprintf(csv, "%.1f,%.9f,%.9f,%.9f,%.9f\n", s.wavelength[k], s.source[k], s.width[k],
                s.gathered[k], s.scattered[k]);
    }
    fclose(csv);
    fprintf(gp,
            "set terminal png size 1200,800\n"
            "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) set terminal pngcairo size 1200,800\n"
            "set output 'resolution.png'\n"
            "set datafile separator ','\n"
            "set grid lt 1 lc rgb '#dddddd'\n"
            "set multiplot layout 2,1 title 'A spectrum through an instrument whose width grows "
            "from 0.3 to 6.3 nm' font ',14'\n"
            "set xlabel 'nm'\n"
            "set key top right\n"
            "set yrange [0:4.2]\n"
            "plot 'resolution.csv' using 1:2 with lines lc rgb '#aaaaaa' title 'source', \\\n"
            "    '' using 1:4 with lines lw 2 lc rgb '#d62728' title 'gather', \\\n"
            "    '' using 1:5 with lines lw 2 dt 2 lc rgb '#1f77b4' title 'scatter'\n"
            "set yrange [*:*]\n"
            "set title 'scatter less gather'\n"
            "plot 'resolution.csv' using 1:($5-$4) with lines lw 2 lc rgb '#2ca02c' notitle\n");
    fclose(gp);
}

int main(void) {
    for (int k = 0; k < SAMPLES; k++) {
        s.wavelength[k] = first + spacing * k;
        s.source[k] = source(k, s.wavelength[k]);
        s.width[k] = instrument_width(s.wavelength[k]);
    }
    /* Widths and spacing in the same unit. LOSE: it is dark beyond both ends. */
    check(conv1d_varying_f64(s.source, SAMPLES, s.width, spacing, CONV_GATHER, CONV_VARYING_LOSE,
                             s.gathered));
    check(conv1d_varying_f64(s.source, SAMPLES, s.width, spacing, CONV_SCATTER, CONV_VARYING_LOSE,
                             s.scattered));
    printf("%-8s %14s %10s %10s %10s\n", "", "total", "spike", "lines", "700 nm");
    print_row("source", s.source);
    print_row("gather", s.gathered);
    print_row("scatter", s.scattered);
    write_picture();
    printf("Wrote resolution.csv and resolution.gp.\n");
    return 0;
}
