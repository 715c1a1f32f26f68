/* terrain.c - an elevation grid smoothed, its slopes, and a picture of it lit from one side.
 *
 * Smoothing is a convolution with a Gaussian, slopes are a correlation with Sobel's kernels. Both
 * use CONV_NEAREST at the edges: the ground goes on at the height that it has at the edge. With
 * the default, CONV_ZERO, the edge would be a cliff down to sea level.
 *
 * usage: terrain [DATA_DIRECTORY [OUTPUT_DIRECTORY]]
 */
#include <conv.h>

#include <math.h>
#include <stdlib.h>

#include "picture.h"
#include "table.h"

enum { HALF = 6, TAPS = 2 * HALF + 1, ZOOM = 8 };

static const double grid = 10;   /* metres between neighbours */
static const double sigma = 1.5; /* cells; the kernel reaches 4 sigma each way */
static const double degree = 3.14159265358979323846 / 180;

/* y = x with the kernel, on the grid of x, for an odd number of taps. */
static void filter(const size_t shape[2], const double *x, const double *h, size_t taps,
                   conv_operation operation, double *y) {
    conv_desc desc;
    conv_plan *plan;

    conv_desc_init(&desc, CONV_F64, 2, shape, (size_t[2]){taps, taps}, CONV_SAME);
    desc.operation = operation;
    desc.boundary[0] = desc.boundary[1] = CONV_NEAREST;
    check(conv_plan_create(&plan, &desc, h));
    check(conv_plan_execute(plan, x, y, NULL));
    conv_plan_destroy(plan);
}

static void smooth(const size_t shape[2], const double *height, double *smoothed) {
    double h[TAPS * TAPS], sum = 0;

    for (int i = 0; i < TAPS * TAPS; i++) {
        double row = i / TAPS - HALF, col = i % TAPS - HALF;
        h[i] = exp(-(row * row + col * col) / (2 * sigma * sigma));
        sum += h[i];
    }
    for (int i = 0; i < TAPS * TAPS; i++) {
        h[i] /= sum; /* flat ground stays at its height */
    }
    filter(shape, height, h, TAPS, CONV_CONVOLVE, smoothed);
}

/* Metres up per metre towards the next row (down the picture) and the next column (right).
 * Sobel: the difference of the two neighbours, 2 cells apart, as a mean with weights 1 2 1 over
 * three lines. A correlation: the tap at the top left multiplies the neighbour at the top left.
 * A convolution turns the kernel round, and would give these slopes with the other sign. */
static void slopes(const size_t shape[2], const double *height, double *down, double *right) {
    const double d = 8 * grid;
    const double by_row[9] = {-1 / d, -2 / d, -1 / d, 0, 0, 0, 1 / d, 2 / d, 1 / d};
    const double by_col[9] = {-1 / d, 0, 1 / d, -2 / d, 0, 2 / d, -1 / d, 0, 1 / d};

    filter(shape, height, by_row, 3, CONV_CORRELATE, down);
    filter(shape, height, by_col, 3, CONV_CORRELATE, right);
}

/* Prints a line on the ground and fills light, 0 to 1; returns the mean height. */
static double survey(const char *name, const size_t shape[2], const double *height, double *light) {
    size_t n = shape[0] * shape[1];
    double *down = new_array(n), *right = new_array(n);
    double low = height[0], high = height[0], mean = 0, mean_angle = 0, steepest = 0;

    slopes(shape, height, down, right);
    for (size_t i = 0; i < n; i++) {
        double p = right[i], q = down[i], angle = atan(hypot(p, q)) / degree;

        low = fmin(low, height[i]);
        high = fmax(high, height[i]);
        steepest = fmax(steepest, angle);
        mean += height[i] / (double)n;
        mean_angle += angle / (double)n;
        /* The light comes from the top left of the picture, 45 degrees above the ground. The
         * ground is as bright as the cosine between it and the normal (-p, -q, 1). */
        light[i] = (0.5 * p + 0.5 * q + sqrt(0.5)) / sqrt(1 + p * p + q * q);
    }
    printf("%-9s %8.1f %8.1f %8.1f %12.1f %10.1f\n", name, low, mean, high, mean_angle, steepest);
    free(right);
    free(down);
    return mean;
}

/* A plane keeps its slopes when smoothed, but for the edges, where the edge rule flattens it. */
static int check_on_plane(void) {
    const size_t shape[2] = {20, 30}, margin = HALF + 1;
    double plane[600], smoothed[600], down[600], right[600], worst = 0;

    for (size_t i = 0; i < 600; i++) {
        plane[i] = 100 + grid * (0.25 * (double)(i / 30) - 0.5 * (double)(i % 30));
    }
    smooth(shape, plane, smoothed);
    slopes(shape, smoothed, down, right);
    for (size_t i = margin; i < shape[0] - margin; i++) {
        for (size_t j = margin; j < shape[1] - margin; j++) {
            worst = fmax(worst, fabs(down[i * 30 + j] - 0.25));
            worst = fmax(worst, fabs(right[i * 30 + j] + 0.5));
        }
    }
    return expect(worst < 1e-12, "slopes 0.25 and -0.5 of a plane");
}

int main(int argc, char **argv) {
    const char *data = argc > 1 ? argv[1] : "examples/data", *dir = argc > 2 ? argv[2] : ".";
    size_t shape[2];
    double *height = csv_read(data, "volcano_87x61", &shape[0], &shape[1]);
    double *smoothed = new_array(shape[0] * shape[1]), *light = new_array(shape[0] * shape[1]);
    double *light_smoothed = new_array(shape[0] * shape[1]);
    double mean, mean_smoothed;
    int failed = check_on_plane();

    printf("%zu x %zu heights, %g m apart; Gaussian of %g m\n\n", shape[0], shape[1], grid,
           sigma * grid);
    printf("             height in m                  slope in degrees\n");
    printf("            lowest     mean  highest         mean   steepest\n");
    smooth(shape, height, smoothed);
    mean = survey("measured", shape, height, light);
    mean_smoothed = survey("smoothed", shape, smoothed, light_smoothed);
    failed += expect(fabs(mean_smoothed - mean) < 0.5, "smoothing keeps the mean height");
    printf("\n");
    picture_write(dir, "terrain_1_measured", light, shape[0], shape[1], 0.1, 1, ZOOM);
    picture_write(dir, "terrain_2_smoothed", light_smoothed, shape[0], shape[1], 0.1, 1, ZOOM);
    free(light_smoothed);
    free(light);
    free(smoothed);
    free(height);
    return failed != 0;
}
