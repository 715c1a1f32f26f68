/* point_spread.c - how does an image look through optics that are sharp in the middle and blurred
 * in the corners?
 *
 * The point spread is a round Gaussian whose width grows with the distance from the centre; each
 * pixel of the scene is spread with its own (CONV_SCATTER). The kernel is a function of one
 * parameter, spread() below: replace it by your own. The library finds how many kernels stand for
 * all of them, and says how well. The parameter is the logarithm of the width, in which kernels
 * change evenly. (For Gaussians alone conv_varying_image takes a map of widths as it is.)
 *
 * usage: point_spread [FILE] where FILE has ROWS x COLS numbers, parted by commas.
 * Writes point_spread.csv and point_spread.gp into the current directory; `gnuplot point_spread.gp`
 * draws point_spread.png.
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 87, COLS = 61, N = ROWS * COLS };
enum { HALF = 24, SIDE = 2 * HALF + 1 }; /* of the kernels: 6 of the largest width each way */

static const double sharp = 1, blurred = 4; /* pixels: widths at the centre and in the corners */

static double width_at(int row, int col) {
    double away = hypot(2.0 * row / (ROWS - 1) - 1, 2.0 * col / (COLS - 1) - 1) / sqrt(2.0);

    return sharp * pow(blurred / sharp, away);
}

/* The kernel of log(width), with the sum 1. */
static void spread(double parameter, double *kernel, void *context) {
    double width = exp(parameter), sum = 0;

    (void)context;
    for (int i = 0; i < SIDE * SIDE; i++) {
        double y = i / SIDE - HALF, x = i % SIDE - HALF;
        kernel[i] = exp(-(x * x + y * y) / (2 * width * width));
        sum += kernel[i];
    }
    for (int i = 0; i < SIDE * SIDE; i++) {
        kernel[i] /= sum;
    }
}

static void check(conv_status status) {
    if (status != CONV_OK) {
        fprintf(stderr, "%s\n", conv_last_error());
        exit(1);
    }
}

static FILE *open_file(const char *path, const char *mode) {
    FILE *file = fopen(path, mode);

    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

static void read_image(const char *path, double *image) {
    FILE *file = open_file(path, "r");
    int got = 0;

    if (fscanf(file, " #%*[^\n]") != EOF) { /* one line of comment, if it is there */
        while (got < N && fscanf(file, "%lf,", &image[got]) == 1) {
            got++;
        }
    }
    fclose(file);
    if (got < N) {
        fprintf(stderr, "%s: %d numbers, wanted %d\n", path, got, N);
        exit(1);
    }
}

static void write_picture(const double *scene, const double *seen) {
    FILE *csv = open_file("point_spread.csv", "w"), *gp = open_file("point_spread.gp", "w");

    fprintf(csv, "# column, row, scene, seen, width in pixels\n");
    for (int i = 0; i < N; i++) {
        fprintf(csv, "%d,%d,%.8g,%.8g,%.6g\n", i % COLS, i / COLS, scene[i], seen[i],
                width_at(i / COLS, i % COLS));
    }
    fclose(csv);
    fprintf(gp,
            "set terminal png size 1200,560\n"
            "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) set terminal pngcairo size 1200,560\n"
            "set output 'point_spread.png'\n"
            "set datafile separator ','\n"
            "stats 'point_spread.csv' using 3 nooutput\n"
            "set xrange [-0.5:%g]\n"
            "set yrange [%g:-0.5]\n"
            "set tics out nomirror\n"
            "set size ratio -1\n"
            "unset key\n"
            "set multiplot layout 1,3 margins 0.06,0.93,0.14,0.84 spacing 0.1,0.1 \\\n"
            "    title '%d x %d pixels through optics of width %g at the centre, %g in the "
            "corners' font ',14'\n"
            "set xlabel 'column'\n"
            "set ylabel 'row'\n"
            "set cbrange [STATS_min:STATS_max]\n"
            "set palette gray\n"
            "set title 'the scene: elevations, m'\n"
            "plot 'point_spread.csv' using 1:2:3 with image\n"
            "unset ylabel\n"
            "set title 'as seen: darker at the edge, past which it is dark'\n"
            "plot 'point_spread.csv' using 1:2:4 with image\n"
            "set cbrange [%g:%g]\n"
            "set palette defined (0 '#ffffff', 0.5 '#f08030', 1 '#600000')\n"
            "set title 'width, pixels'\n"
            "plot 'point_spread.csv' using 1:2:5 with image\n",
            COLS - 0.5, ROWS - 0.5, ROWS, COLS, sharp, blurred, sharp, blurred);
    fclose(gp);
}

static double sum_of(const double *image) {
    double sum = 0;

    for (int i = 0; i < N; i++) {
        sum += image[i];
    }
    return sum;
}

int main(int argc, char **argv) {
    static double scene[N], parameter[N], seen[N];
    double error;
    conv_expansion_desc desc;
    conv_expansion *optics;

    read_image(argc > 1 ? argv[1] : "examples/data/volcano_87x61.csv", scene);
    for (int i = 0; i < N; i++) {
        parameter[i] = log(width_at(i / COLS, i % COLS));
    }
    conv_expansion_desc_init(&desc, CONV_F64, 2, (size_t[2]){ROWS, COLS}, (size_t[2]){SIDE, SIDE});
    check(conv_family_create(&optics, &desc, spread, NULL, parameter, CONV_SCATTER, 1e-6, &error));
    check(conv_expansion_execute(optics, scene, seen, NULL));

    printf("%d x %d pixels, widths %g to %g: %zu kernels for all, each within %.1e\n", ROWS, COLS,
           sharp, blurred, conv_expansion_terms(optics), error);
    printf("of the light %.2f per cent falls on the image, the rest beside it\n",
           100 * sum_of(seen) / sum_of(scene));
    conv_expansion_destroy(optics);
    write_picture(scene, seen);
    printf("Wrote point_spread.csv and point_spread.gp.\n");
    return 0;
}
