/* terrain.c - how do I smooth an elevation grid and take its slopes, without harm at its edges?
 *
 * Smoothing is a convolution with a Gaussian, slopes are a correlation with Sobel's kernels. Both
 * use CONV_NEAREST at the edges: the ground goes on at the height that it has at the edge. With
 * the default, CONV_ZERO, the edge would be a cliff down to sea level; the last line of the table
 * shows it.
 *
 * usage: terrain [FILE] where FILE has ROWS x COLS heights in metres, parted by commas.
 * Writes terrain.csv and terrain.gp into the current directory; `gnuplot terrain.gp` draws
 * terrain.png.
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 87, COLS = 61, N = ROWS * COLS };
enum { HALF = 6, TAPS = 2 * HALF + 1 }; /* of the Gaussian: 4 sigma each way */

static const double grid = 10;   /* metres between neighbours */
static const double sigma = 1.5; /* cells */
static const double degree = 3.14159265358979323846 / 180;

/* What is known of the ground, cell by cell. */
typedef struct ground {
    double height[N];
    double down[N], right[N]; /* metres up per metre towards the next row, the next column */
} ground;

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

static void read_heights(const char *path, double *height) {
    FILE *file = open_file(path, "r");
    int got = 0;

    if (fscanf(file, " #%*[^\n]") != EOF) { /* one line of comment, if it is there */
        while (got < N && fscanf(file, "%lf,", &height[got]) == 1) {
            got++;
        }
    }
    fclose(file);
    if (got < N) {
        fprintf(stderr, "%s: %d numbers, wanted %d\n", path, got, N);
        exit(1);
    }
}

/* y = x with the kernel, on the grid of x, for an odd number of taps. */
static void filter(const double *x, const double *h, size_t taps, conv_operation operation,
                   conv_boundary boundary, double *y) {
    conv_desc desc;
    conv_plan *plan;

    conv_desc_init(&desc, CONV_F64, 2, (size_t[2]){ROWS, COLS}, (size_t[2]){taps, taps}, CONV_SAME);
    desc.operation = operation;
    desc.boundary[0] = desc.boundary[1] = boundary;
    check(conv_plan_create(&plan, &desc, h));
    check(conv_plan_execute(plan, x, y, NULL));
    conv_plan_destroy(plan);
}

static void smooth(const double *height, conv_boundary boundary, double *smoothed) {
    double h[TAPS * TAPS], sum = 0;

    for (int i = 0; i < TAPS * TAPS; i++) {
        double row = i / TAPS - HALF, col = i % TAPS - HALF;
        h[i] = exp(-(row * row + col * col) / (2 * sigma * sigma));
        sum += h[i];
    }
    for (int i = 0; i < TAPS * TAPS; i++) {
        h[i] /= sum; /* flat ground stays at its height */
    }
    filter(height, h, TAPS, CONV_CONVOLVE, boundary, smoothed);
}

/* Sobel: the difference of the two neighbours, 2 cells apart, as a mean with weights 1 2 1 over
 * three lines. A correlation: the tap at the top left multiplies the neighbour at the top left.
 * A convolution turns the kernel round, and would give these slopes with the other sign. */
static void find_slopes(ground *g, conv_boundary boundary) {
    const double d = 8 * grid;
    const double by_row[9] = {-1 / d, -2 / d, -1 / d, 0, 0, 0, 1 / d, 2 / d, 1 / d};
    const double by_col[9] = {-1 / d, 0, 1 / d, -2 / d, 0, 2 / d, -1 / d, 0, 1 / d};

    filter(g->height, by_row, 3, CONV_CORRELATE, boundary, g->down);
    filter(g->height, by_col, 3, CONV_CORRELATE, boundary, g->right);
}

static double slope_in_degrees(const ground *g, int i) {
    return atan(hypot(g->right[i], g->down[i])) / degree;
}

/* The light comes from the top left of the picture, 45 degrees above the ground; the ground is as
 * bright as the cosine between it and the normal (-right, -down, 1). */
static double light(const ground *g, int i) {
    double p = g->right[i], q = g->down[i];

    return (0.5 * p + 0.5 * q + sqrt(0.5)) / sqrt(1 + p * p + q * q);
}

static void print_line(const char *name, const ground *g) {
    double low = g->height[0], high = low, mean = 0, mean_slope = 0, steepest = 0;

    for (int i = 0; i < N; i++) {
        low = fmin(low, g->height[i]);
        high = fmax(high, g->height[i]);
        mean += g->height[i] / N;
        mean_slope += slope_in_degrees(g, i) / N;
        steepest = fmax(steepest, slope_in_degrees(g, i));
    }
    printf("%-24s%8.1f %8.1f %8.1f %12.1f %10.1f\n", name, low, mean, high, mean_slope, steepest);
}

static void write_picture(const ground *measured, const ground *smoothed) {
    FILE *csv = open_file("terrain.csv", "w"), *gp = open_file("terrain.gp", "w");

    fprintf(csv, "# x in m, y in m, then measured and smoothed: height in m, slope in degrees, "
                 "light\n");
    for (int i = 0; i < N; i++) {
        fprintf(csv, "%g,%g", grid * (i % COLS), grid * (i / COLS));
        fprintf(csv, ",%.6g,%.4g,%.4g", measured->height[i], slope_in_degrees(measured, i),
                light(measured, i));
        fprintf(csv, ",%.6g,%.4g,%.4g\n", smoothed->height[i], slope_in_degrees(smoothed, i),
                light(smoothed, i));
    }
    fclose(csv);
    fprintf(gp,
            "set terminal png size 1200,1000\n"
            "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) set terminal pngcairo size 1200,1000\n"
            "set output 'terrain.png'\n"
            "set datafile separator ','\n"
            "array name[3] = ['height in m', 'slope in degrees', 'light from the top left']\n"
            "array colours[3] = ['0 \"#1a6630\", 0.5 \"#d8c37c\", 1 \"#ffffff\"', \\\n"
            "    '0 \"#ffffff\", 0.5 \"#f08030\", 1 \"#600000\"', \\\n"
            "    '0 \"#000000\", 1 \"#ffffff\"']\n"
            "array low[3]\n"
            "array high[3]\n"
            "do for [k=1:3] {\n"
            "    stats 'terrain.csv' using 2+k nooutput\n"
            "    low[k] = STATS_min\n"
            "    high[k] = STATS_max\n"
            "}\n"
            "set xrange [%g:%g]\n"
            "set yrange [%g:%g]\n"
            "set tics out nomirror\n"
            "set xtics 200\n"
            "set ytics 200\n"
            "unset key\n"
            "set multiplot layout 2,3 margins 0.08,0.93,0.08,0.91 spacing 0.11,0.1 \\\n"
            "    title 'Elevations (%d x %d, %g m apart), and smoothed by a Gaussian of %g m' \\\n"
            "    font ',14'\n"
            "do for [row=0:1] { do for [k=1:3] {\n"
            "    set title name[k].(row ? ', smoothed' : ', measured')\n"
            "    set xlabel row ? 'along a row, m' : ''\n"
            "    set ylabel k == 1 ? 'from row to row, m' : ''\n"
            "    set cbrange [low[k]:high[k]]\n"
            "    eval 'set palette defined ('.colours[k].')'\n"
            "    plot 'terrain.csv' using 1:2:(column(2+3*row+k)) with image\n"
            "} }\n",
            -grid / 2, grid * (COLS - 0.5), grid * (ROWS - 0.5), -grid / 2, ROWS, COLS, grid,
            sigma * grid);
    fclose(gp);
}

int main(int argc, char **argv) {
    static ground measured, smoothed, cliff;

    read_heights(argc > 1 ? argv[1] : "examples/data/volcano_87x61.csv", measured.height);
    find_slopes(&measured, CONV_NEAREST);
    smooth(measured.height, CONV_NEAREST, smoothed.height);
    find_slopes(&smoothed, CONV_NEAREST);
    smooth(measured.height, CONV_ZERO, cliff.height);
    find_slopes(&cliff, CONV_ZERO);

    printf("%d x %d heights, %g m apart; Gaussian of %g m\n\n", ROWS, COLS, grid, sigma * grid);
    printf("                            height in m                  slope in degrees\n");
    printf("                          lowest     mean  highest         mean   steepest\n");
    print_line("measured", &measured);
    print_line("smoothed", &smoothed);
    print_line("smoothed, edges ZERO", &cliff);
    write_picture(&measured, &smoothed);
    printf("\nWrote terrain.csv and terrain.gp.\n");
    return 0;
}
