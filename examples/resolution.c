/* resolution.c - how does an instrument see a spectrum when its resolution changes along the axis?
 *
 * The instrument's Gaussian has a width for every sample: replace width_at() by your own, and
 * source() by your spectrum. The question has two answers, and the call says which:
 *
 *     CONV_GATHER     the width belongs to where you look: an average around each output. A
 * constant stays what it is; the total does not. CONV_SCATTER    the width belongs to where the
 * light comes from: each sample is spread, as a detector does. The total stays what it is; a
 * constant does not.
 *
 * Writes resolution.csv and resolution.gp into the current directory; `gnuplot resolution.gp` draws
 * resolution.png.
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- yours ---------------------------------------------------------------------------------- */

enum { N = 2000 };

static const double first = 400, spacing = 0.2; /* nm */

/* One standard deviation of the instrument, in nm. */
static double width_at(double x) {
    double away = (x - 400) / 400;

    return 0.3 + 4 * away * away;
}

static double line(double x, double center, double width) {
    double u = (x - center) / width;

    return exp(-u * u / 2);
}

/* A spike of one sample at 480 nm, two lines, and a continuum from 500 to 760 nm. */
static double source(double x) {
    double spike = fabs(x - 480) < spacing / 2 ? 20 : 0;

    return spike + 3 * line(x, 600, 0.8) + 3 * line(x, 606, 0.8) + (x > 500 && x < 760 ? 1 : 0);
}

#define TITLE "A spectrum through an instrument of 0.3 nm at 400 nm, 4.3 nm at 800 nm"

/* ---- end of yours --------------------------------------------------------------------------- */

static void check(conv_status status) {
    if (status != CONV_OK) {
        fprintf(stderr, "%s\n", conv_last_error());
        exit(1);
    }
}

static double sample_at(int k) {
    return first + spacing * k;
}

/* The total, the largest value near 480 nm, near the two lines, and the value at 700 nm. */
static void print_line(const char *name, const double *f) {
    double total = 0, spike = 0, lines = 0;
    int at_700 = (int)lround((700 - first) / spacing);

    for (int k = 0; k < N; k++) {
        total += f[k] * spacing;
        spike = fabs(sample_at(k) - 480) < 10 ? fmax(spike, f[k]) : spike;
        lines = fabs(sample_at(k) - 603) < 10 ? fmax(lines, f[k]) : lines;
    }
    printf("%-8s %15.9f %9.4f %9.4f %11.6f\n", name, total, spike, lines, f[at_700]);
}

static void write_picture(const double *f, const double *gathered, const double *scattered) {
    FILE *csv = fopen("resolution.csv", "w"), *gp = fopen("resolution.gp", "w");

    if (csv == NULL || gp == NULL) {
        perror("resolution");
        exit(1);
    }
    fprintf(csv, "# nm, source, gather, scatter, width in nm\n");
    for (int k = 0; k < N; k++) {
        fprintf(csv, "%.6g,%.8g,%.8g,%.8g,%.6g\n", sample_at(k), f[k], gathered[k], scattered[k],
                width_at(sample_at(k)));
    }
    fclose(csv);
    fprintf(gp,
            "set terminal png size 1100,600\n"
            "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) set terminal pngcairo size 1100,600\n"
            "set output 'resolution.png'\n"
            "set datafile separator ','\n"
            "set multiplot\n"
            "set lmargin at screen 0.08\n"
            "set rmargin at screen 0.92\n"
            "set tmargin at screen 0.92\n"
            "set bmargin at screen 0.36\n"
            "set title '" TITLE "'\n"
            "set grid lc rgb '#dddddd'\n"
            "set key top right\n"
            "set yrange [0:4.4]\n"
            "set ylabel 'intensity'\n"
            "set format x ''\n"
            "plot 'resolution.csv' using 1:2 with lines lc rgb '#bbbbbb' title 'source', \\\n"
            "    '' using 1:3 with lines lw 2 lc rgb '#1f6fb4' title 'gather', \\\n"
            "    '' using 1:4 with lines lw 2 lc rgb '#d9542b' title 'scatter'\n"
            "set tmargin at screen 0.31\n"
            "set bmargin at screen 0.11\n"
            "unset title\n"
            "set key center at graph 0.38,0.8\n"
            "set yrange [0:*]\n"
            "set ytics 2\n"
            "set format x '%%g'\n"
            "set xlabel 'wavelength, nm'\n"
            "set ylabel 'width, nm'\n"
            "set ytics nomirror\n"
            "set y2tics 0.01\n"
            "set y2range [-0.015:0.015]\n"
            "set y2label 'difference'\n"
            "plot 'resolution.csv' using 1:5 with lines lw 2 lc rgb '#333333' title 'width', \\\n"
            "    '' using 1:($4-$3) axes x1y2 with lines lw 2 lc rgb '#2a9d5c' \\\n"
            "    title 'scatter - gather'\n");
    fclose(gp);
}

int main(void) {
    static double f[N], width[N], gathered[N], scattered[N];
    double apart = 0;

    for (int k = 0; k < N; k++) {
        f[k] = source(sample_at(k));
        width[k] = width_at(sample_at(k));
    }
    /* Widths and spacing in the same unit. LOSE: the source is dark beyond both ends. */
    check(conv1d_varying_f64(f, N, width, spacing, CONV_GATHER, CONV_VARYING_LOSE, gathered));
    check(conv1d_varying_f64(f, N, width, spacing, CONV_SCATTER, CONV_VARYING_LOSE, scattered));

    printf("                   total     spike     lines   at 700 nm\n");
    print_line("source", f);
    print_line("gather", gathered);
    print_line("scatter", scattered);
    for (int k = 0; k < N; k++) {
        apart = fmax(apart, fabs(gathered[k] - scattered[k]));
    }
    printf("\ngather and scatter differ by up to %.4f\n", apart);
    write_picture(f, gathered, scattered);
    printf("Wrote resolution.csv and resolution.gp.\n");
    return 0;
}
