/* image_padding.c - two images convolved by 2-D transforms: how much to pad, and where to crop.
 *
 * A product of two transforms is a circular convolution: the image repeats at its edges, and what
 * leaves it at the bottom or at the right comes back in at the top or at the left. For an image of
 * n rows and a kernel of m rows the full result has n + m - 1 rows. Transforms of at least that
 * length on each axis (both images padded with zeros) leave nothing to wrap around. The rows
 * (m - 1) / 2 .. (m - 1) / 2 + n - 1 of the full result lie on the rows of the first image.
 *
 * The library pads and crops by itself: CONV_FULL and CONV_SAME are right without more ado.
 * CONV_CIRCULAR is for those who want the wrap-around, and shows here what it does.
 *
 * usage: image_padding [DATA_DIRECTORY [OUTPUT_DIRECTORY]]
 */
#include <conv.h>

#include <math.h>
#include <stdlib.h>

#include "picture.h"
#include "table.h"

enum { M_ROWS = 41, M_COLS = 25, ZOOM = 5 };

typedef struct image {
    size_t shape[2]; /* rows, columns */
    double *values;
} image;

/* A trail from the top left corner to the bottom right, with a spot at its end: it moves the image
 * down and to the right, so what wraps around can be seen. Its sum is 1. */
static image make_kernel(void) {
    image h = {{M_ROWS, M_COLS}, new_array(M_ROWS * M_COLS)};
    double sum = 0;

    for (int i = 0; i < M_ROWS; i++) {
        for (int j = 0; j < M_COLS; j++) {
            double along = (double)i / (M_ROWS - 1), across = j - along * (M_COLS - 1);
            double spot = exp(-(pow(i - 36.0, 2) + pow(j - 21.0, 2)) / 8);
            h.values[i * M_COLS + j] = 0.2 * exp(-across * across) * (1 - along) + spot;
            sum += h.values[i * M_COLS + j];
        }
    }
    for (int i = 0; i < M_ROWS * M_COLS; i++) {
        h.values[i] /= sum;
    }
    return h;
}

/* The convolution of x and h by transforms; period NULL: the mode's own. */
static image convolve(const image *x, const image *h, conv_mode mode, const size_t *period) {
    conv_desc desc;
    conv_plan *plan;
    size_t shape[CONV_MAX_RANK];
    image y;

    conv_desc_init(&desc, CONV_F64, 2, x->shape, h->shape, mode);
    desc.method = CONV_METHOD_FFT; /* to show it; by default the library picks what is fastest */
    if (period != NULL) {
        desc.period[0] = period[0];
        desc.period[1] = period[1];
    }
    check(conv_output_shape(&desc, shape));
    y.shape[0] = shape[0];
    y.shape[1] = shape[1];
    y.values = new_array(shape[0] * shape[1]);
    check(conv_plan_create(&plan, &desc, h->values));
    check(conv_plan_execute(plan, x->values, y.values, NULL));
    conv_plan_destroy(plan);
    return y;
}

/* The largest |a - b| over the rows row0.. and columns col0.. of b's size, where b's element (0, 0)
 * lies on a's element (row, col). */
static double difference(const image *a, size_t row, size_t col, const image *b, size_t row0,
                         size_t col0, size_t rows, size_t cols) {
    double worst = 0;

    for (size_t i = row0; i < row0 + rows; i++) {
        worst = fmax(worst, max_abs_difference(a->values + (row + i) * a->shape[1] + col + col0,
                                               b->values + i * b->shape[1] + col0, cols));
    }
    return worst;
}

static void draw(const char *dir, const char *name, const image *y, double high) {
    picture_write(dir, name, y->values, y->shape[0], y->shape[1], 0, high, ZOOM);
}

int main(int argc, char **argv) {
    const char *data = argc > 1 ? argv[1] : "examples/data", *dir = argc > 2 ? argv[2] : ".";
    image h, x;
    double high = 0, top, left, inside, cropped, padded;
    int failed = 0;

    h = make_kernel();
    x.values = csv_read(data, "volcano_87x61", &x.shape[0], &x.shape[1]);
    for (size_t i = 0; i < x.shape[0] * x.shape[1]; i++) {
        high = fmax(high, x.values[i]);
    }

    size_t n_rows = x.shape[0], n_cols = x.shape[1];
    size_t period[2] = {n_rows + M_ROWS - 1, n_cols + M_COLS - 1};
    image unpadded = convolve(&x, &h, CONV_CIRCULAR, NULL);
    image full = convolve(&x, &h, CONV_FULL, NULL);
    image same = convolve(&x, &h, CONV_SAME, NULL);
    image by_hand = convolve(&x, &h, CONV_CIRCULAR, period);

    printf("rows x columns: image %zu x %zu, kernel %d x %d\n", n_rows, n_cols, M_ROWS, M_COLS);
    printf("  unpadded (CONV_CIRCULAR)        %4zu x %zu\n", unpadded.shape[0], unpadded.shape[1]);
    printf("  padded (CONV_FULL)              %4zu x %zu\n", full.shape[0], full.shape[1]);
    printf("  cropped (CONV_SAME)             %4zu x %zu\n", same.shape[0], same.shape[1]);

    /* Unpadded, the first m - 1 rows and columns also hold what left on the other side. */
    top = difference(&full, 0, 0, &unpadded, 0, 0, M_ROWS - 1, n_cols);
    left = difference(&full, 0, 0, &unpadded, 0, 0, n_rows, M_COLS - 1);
    inside = difference(&full, 0, 0, &unpadded, M_ROWS - 1, M_COLS - 1, n_rows - M_ROWS + 1,
                        n_cols - M_COLS + 1);
    cropped = difference(&full, (M_ROWS - 1) / 2, (M_COLS - 1) / 2, &same, 0, 0, n_rows, n_cols);
    padded = difference(&full, 0, 0, &by_hand, 0, 0, period[0], period[1]);
    printf("largest difference, elevation in m\n");
    printf("  unpadded to full, first %2d rows     %9.2e   wrapped around\n", M_ROWS - 1, top);
    printf("  unpadded to full, first %2d columns  %9.2e   wrapped around\n", M_COLS - 1, left);
    printf("  unpadded to full, all others        %9.2e   rounding\n", inside);
    printf("  circular, period n+m-1, to full     %9.2e   rounding\n", padded);
    printf("  SAME to full from row %d, column %d %9.2e   rounding\n", (M_ROWS - 1) / 2,
           (M_COLS - 1) / 2, cropped);
    failed += expect(top > 10 && left > 10, "the wrap-around is there");
    failed += expect(inside < 1e-11 && cropped < 1e-11 && padded < 1e-11, "rounding only");

    draw(dir, "padding_1_image", &x, high);
    picture_write(dir, "padding_2_kernel", h.values, M_ROWS, M_COLS, 0, 0.02, ZOOM);
    draw(dir, "padding_3_unpadded", &unpadded, high);
    draw(dir, "padding_4_full", &full, high);
    draw(dir, "padding_5_same", &same, high);
    free(by_hand.values);
    free(same.values);
    free(full.values);
    free(unpadded.values);
    free(x.values);
    free(h.values);
    return failed != 0;
}
