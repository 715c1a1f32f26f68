/* point_spread.c - how does my image look through optics that are sharp in the middle alone?
 *
 * The point spread is a round Gaussian whose width grows from the centre to the corners. Each pixel
 * of the scene is spread with its own width (CONV_SCATTER). The kernel is given as a function of
 * one parameter, spread(): put your own there. The library finds how few kernels stand for all of
 * them, and says how well. As the parameter the logarithm of the width is taken, in which kernels
 * change evenly.
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
enum { HALF = 20, SIDE = 2 * HALF + 1 }; /* of the kernels: 5 widths each way */

static const double sharp = 1, blurred = 4; /* pixels: at the centre, in the corners */

static double scene[N], parameter[N], seen[N];

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

static void read_scene(const char *path) {
    FILE *file = open_file(path, "r");
    int got = 0;

    if (fscanf(file, " #%*[^\n]") != EOF) { /* one line of comment, if it is there */
        while (got < N && fscanf(file, "%lf,", &scene[got]) == 1) {
            got++;
        }
    }
    fclose(file);
    if (got < N) {
        fprintf(stderr, "%s: %d numbers, wanted %d\n", path, got, N);
        exit(1);
    }
}

static double width_at(int row, int col) {
    double away = hypot(2.0 * row / (ROWS - 1) - 1, 2.0 * col / (COLS - 1) - 1) / sqrt(2.0);
    return sharp * pow(blurred / sharp, away);
}

/* The kernel of a width, whose logarithm is given; with the sum 1. */
static void spread(double log_width, double *kernel, void *context) {
    double width = exp(log_width), sum = 0;

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

static void write_picture(void) {
    FILE *csv = open_file("point_spread.csv", "w"), *gp = open_file("point_spread.gp", "w");

    fprintf(csv, "# row, column, scene, width, seen\n");
    for (int i = 0; i < N; i++) {
        fprintf(csv, "%d,%d,%.2f,%.9f,%.9f\n", i / COLS, i % COLS, scene[i], exp(parameter[i]),
                seen[i]);
    }
    fclose(csv);
    fprintf(gp,
            "set terminal png size 1200,600\n"
            "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) set terminal pngcairo size 1200,600\n"
            "set output 'point_spread.png'\n"
            "set datafile separator ','\n"
            "set palette gray\n"
            "set yrange [%d.5:-0.5]\n"
            "set xrange [-0.5:%d.5]\n"
            "set cbrange [90:200]\n"
            "set size ratio -1\n"
            "set multiplot layout 1,3 title 'Elevations as an image, spread by 1 pixel in the "
            "middle and 4 in the corners' font ',14'\n"
            "set title 'scene'\n"
            "plot 'point_spread.csv' using 2:1:3 with image notitle\n"
            "set title 'seen'\n"
            "plot 'point_spread.csv' using 2:1:5 with image notitle\n"
            "set title 'width, pixels'\n"
            "set cbrange [1:4]\n"
            "plot 'point_spread.csv' using 2:1:4 with image notitle\n",
            ROWS - 1, COLS - 1);
    fclose(gp);
}

int main(int argc, char **argv) {
    const size_t shape[2] = {ROWS, COLS}, kernel_shape[2] = {SIDE, SIDE};
    conv_expansion_desc desc;
    conv_expansion *optics;
    double error, total = 0, kept = 0;

    read_scene(argc > 1 ? argv[1] : "examples/data/volcano_87x61.csv");
    for (int i = 0; i < N; i++) {
        parameter[i] = log(width_at(i / COLS, i % COLS));
    }
    conv_expansion_desc_init(&desc, CONV_F64, 2, shape, kernel_shape);
    check(conv_family_create(&optics, &desc, spread, NULL, parameter, CONV_SCATTER, 1e-6, &error));
    check(conv_expansion_execute(optics, scene, seen, NULL));
    for (int i = 0; i < N; i++) {
        total += scene[i];
        kept += seen[i];
    }
    printf("%d x %d pixels, widths %g to %g: %zu kernels, each right to %.1e\n", ROWS, COLS, sharp,
           blurred, conv_expansion_terms(optics), error);
    printf("light that stays on the detector: %.2f %%\n", 100 * kept / total);
    conv_expansion_destroy(optics);
    write_picture();
    printf("Wrote point_spread.csv and point_spread.gp.\n");
    return 0;
}
