/* point_spread.c - an image seen through optics that are sharp in the middle and not in the
 * corners.
 *
 * The point spread is a round Gaussian whose width grows with the distance from the centre. Each
 * pixel of the scene is spread with its own width (CONV_SCATTER). The kernel is given as a function
 * of one parameter; the library finds how many kernels stand for all of them, and says how well.
 * As the parameter the logarithm of the width is taken, in which kernels change evenly.
 *
 * usage: point_spread [DATA_DIRECTORY [OUTPUT_DIRECTORY]]
 */
#include <conv.h>

#include <math.h>
#include <stdlib.h>

#include "picture.h"
#include "table.h"

enum { HALF = 16, SIDE = 2 * HALF + 1 };

static const double sharp = 1.0, blurred = 4.0; /* pixels, at the centre and in the corners */

static double width_at(double row, double col, double rows, double cols) {
    double away = hypot(2 * row / rows - 1, 2 * col / cols - 1) / sqrt(2.0);
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

/* One output by the definition: every pixel near it, with its own kernel. */
static double by_hand(const double *scene, const double *parameter, size_t rows, size_t cols,
                      size_t row, size_t col) {
    double kernel[SIDE * SIDE], sum = 0;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < cols; j++) {
            long y = (long)row - (long)i + HALF, x = (long)col - (long)j + HALF;
            if (y < 0 || y >= SIDE || x < 0 || x >= SIDE) {
                continue;
            }
            spread(parameter[i * cols + j], kernel, NULL);
            sum += kernel[y * SIDE + x] * scene[i * cols + j];
        }
    }
    return sum;
}

int main(int argc, char **argv) {
    const char *data = argc > 1 ? argv[1] : "data", *out = argc > 2 ? argv[2] : ".";
    size_t rows, cols;
    double *scene = csv_read(data, "volcano_87x61", &rows, &cols);
    double *parameter = new_array(rows * cols), *seen = new_array(rows * cols), error;
    const size_t shape[2] = {rows, cols}, kernel_shape[2] = {SIDE, SIDE};
    conv_expansion_desc desc;
    conv_expansion *optics;
    int failures = 0;

    for (size_t i = 0; i < rows * cols; i++) {
        parameter[i] =
            log(width_at((double)(i / cols), (double)(i % cols), (double)rows, (double)cols));
    }
    conv_expansion_desc_init(&desc, CONV_F64, 2, shape, kernel_shape);
    check(conv_family_create(&optics, &desc, spread, NULL, parameter, CONV_SCATTER, 1e-6, &error));
    check(conv_expansion_execute(optics, scene, seen, NULL));
    printf(
        "%zu x %zu pixels, widths %.1f to %.1f: %zu kernels, error at most %.1e of the brightest\n",
        rows, cols, sharp, blurred, conv_expansion_terms(optics), error);
    conv_expansion_destroy(optics);

    const size_t places[3][2] = {{rows / 2, cols / 2}, {rows / 4, cols / 3}, {rows - 1, 0}};
    for (int i = 0; i < 3; i++) {
        size_t row = places[i][0], col = places[i][1];
        double exact = by_hand(scene, parameter, rows, cols, row, col);
        printf("row %2zu, column %2zu: %.6f, by hand %.6f\n", row, col, seen[row * cols + col],
               exact);
        /* The error times the brightest pixel, twice for the kernels that meet there. */
        failures +=
            expect(fabs(seen[row * cols + col] - exact) < 2 * 1e-6 * 200, "the same by hand");
    }
    picture_write(out, "point_spread_scene", scene, rows, cols, 94, 195, 4);
    picture_write(out, "point_spread_seen", seen, rows, cols, 94, 195, 4);
    free(scene);
    free(parameter);
    free(seen);
    return failures != 0;
}
