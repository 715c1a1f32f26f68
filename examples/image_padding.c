/* image_padding.c - two images convolved by 2-D transforms: how much to pad, and where to crop?
 *
 * A product of two transforms is a circular convolution: the image repeats at its edges, and what
 * leaves it at the bottom or at the right comes back in at the top or at the left. For an image of
 * n rows and a kernel of m rows the full result has n + m - 1 rows. Transforms of at least that
 * length on each axis (both images padded with zeros) leave nothing to wrap around. The rows
 * (m - 1) / 2 .. (m - 1) / 2 + n - 1 of the full result lie on the rows of the first image, and the
 * rows m - 1 .. n - 1 need no padding at all.
 *
 * The library pads and crops by itself: CONV_FULL, CONV_SAME and CONV_VALID are right without more
 * ado. CONV_CIRCULAR is for those who want the wrap-around, and shows here what it does.
 *
 * usage: image_padding [FILE] where FILE has ROWS x COLS numbers, parted by commas.
 * Writes image_padding.csv and image_padding.gp into the current directory;
 * `gnuplot image_padding.gp` draws image_padding.png.
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 87, COLS = 61, M_ROWS = 41, M_COLS = 25 }; /* image, kernel */

typedef struct image {
    const char *name;
    size_t row, col;   /* where it lies in the full result */
    size_t rows, cols; /* its size */
    double *values;
} image;

static void fail(const char *message) {
    fprintf(stderr, "%s\n", message);
    exit(1);
}

static void check(conv_status status) {
    if (status != CONV_OK) {
        fail(conv_last_error());
    }
}

static image new_image(const char *name, size_t row, size_t col, size_t rows, size_t cols) {
    image y = {name, row, col, rows, cols, calloc(rows * cols, sizeof(double))};

    if (y.values == NULL) {
        fail("out of memory");
    }
    return y;
}

static image read_image(const char *path) {
    image x = new_image("image", 0, 0, ROWS, COLS);
    FILE *file = fopen(path, "r");
    size_t got = 0;

    if (file == NULL) {
        perror(path);
        exit(1);
    }
    if (fscanf(file, " #%*[^\n]") != EOF) { /* one line of comment, if it is there */
        while (got < ROWS * COLS && fscanf(file, "%lf,", &x.values[got]) == 1) {
            got++;
        }
    }
    fclose(file);
    if (got < ROWS * COLS) {
        fail("the file has too few numbers");
    }
    return x;
}

/* A trail from the top left corner to the bottom right, with a spot at its end: it moves the image
 * down and to the right, so what wraps around can be seen. Its sum is 1. */
static image make_kernel(void) {
    image h = new_image("kernel", ROWS - 1, COLS - 1, M_ROWS, M_COLS);
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

/* x * h by transforms; period: read by CONV_CIRCULAR. (row, col): where that lies in the full one.
 */
static image convolve(const image *x, const image *h, const char *name, conv_mode mode,
                      const size_t period[2], size_t row, size_t col) {
    conv_desc desc;
    conv_plan *plan;
    size_t shape[CONV_MAX_RANK];
    image y;

    conv_desc_init(&desc, CONV_F64, 2, (size_t[2]){x->rows, x->cols}, (size_t[2]){h->rows, h->cols},
                   mode);
    desc.period[0] = period[0];
    desc.period[1] = period[1];
    desc.method = CONV_METHOD_FFT; /* to show it; by default the library picks what is fastest */
    check(conv_output_shape(&desc, shape));
    y = new_image(name, row, col, shape[0], shape[1]);
    check(conv_plan_create(&plan, &desc, h->values));
    check(conv_plan_execute(plan, x->values, y.values, NULL));
    conv_plan_destroy(plan);
    return y;
}

/* The largest |a - b| over a rectangle of b, of which element (0, 0) lies on element (row, col) of
 * the full result a. */
static double difference(const image *full, const image *b, size_t row0, size_t col0, size_t rows,
                         size_t cols) {
    double worst = 0;

    for (size_t i = row0; i < row0 + rows; i++) {
        for (size_t j = col0; j < col0 + cols; j++) {
            double a = full->values[(b->row + i) * full->cols + b->col + j];
            worst = fmax(worst, fabs(a - b->values[i * b->cols + j]));
        }
    }
    return worst;
}

static void print_differences(const image *full, const image *same, const image *valid,
                              const image *circular, const image *padded) {
    const size_t n_rows = ROWS, n_cols = COLS, top = M_ROWS - 1, left = M_COLS - 1;

    printf("\nlargest difference from FULL\n");
    printf("  SAME,  row 0 on row %2zu, column %2zu of FULL      %8.1e\n", same->row, same->col,
           difference(full, same, 0, 0, same->rows, same->cols));
    printf("  VALID, row 0 on row %2zu, column %2zu of FULL      %8.1e\n", valid->row, valid->col,
           difference(full, valid, 0, 0, valid->rows, valid->cols));
    printf("  CIRCULAR, padded to %3zu x %zu: all of it        %8.1e\n", padded->rows, padded->cols,
           difference(full, padded, 0, 0, padded->rows, padded->cols));
    printf("  CIRCULAR, unpadded: rows from %zu, columns from %zu %8.1e\n", top, left,
           difference(full, circular, top, left, n_rows - top, n_cols - left));
    printf("            the %zu rows before                   %8.1e   wrapped around\n", top,
           difference(full, circular, 0, 0, top, n_cols));
    printf("            the %zu columns before                %8.1e   wrapped around\n", left,
           difference(full, circular, 0, 0, n_rows, left));
}

/* Blocks of row, column, value; gnuplot calls them index 0, 1, .. */
static void write_images(const image *const *images, int count) {
    FILE *csv = fopen("image_padding.csv", "w");

    if (csv == NULL) {
        perror("image_padding.csv");
        exit(1);
    }
    for (int k = 0; k < count; k++) {
        const image *y = images[k];

        fprintf(csv, "%s# %s: row and column in the full result, value\n", k > 0 ? "\n\n" : "",
                y->name);
        for (size_t i = 0; i < y->rows * y->cols; i++) {
            fprintf(csv, "%zu,%zu,%.7g\n", y->row + i / y->cols, y->col + i % y->cols,
                    y->values[i]);
        }
    }
    fclose(csv);
}

static void write_frame(FILE *gp, int number, const image *y, const char *colour) {
    fprintf(gp,
            "set object %d rectangle from %g,%g to %g,%g front fillstyle empty border lc rgb '%s' "
            "lw 3\n",
            number, (double)y->col - 0.5, (double)y->row - 0.5, (double)(y->col + y->cols) - 0.5,
            (double)(y->row + y->rows) - 0.5, colour);
}

enum { IMAGE, KERNEL, FULL, SAME, VALID, CIRCULAR, IMAGES };

static const struct panel {
    const char *caption, *colour; /* of its frame, in every panel */
} panels[IMAGES] = {
    {"below it the kernel, scaled", "#00a000"},
    {"", "#00a000"},
    {"nothing is lost", "#000000"},
    {"on the image's rows", "#e00000"},
    {"no padding needed", "#2060ff"},
    {"unpadded: wrong outside VALID", "#ff8000"},
};

/* Five panels side by side, all on the lattice of the full result. */
static void write_picture(const image *const images[IMAGES]) {
    FILE *gp = fopen("image_padding.gp", "w");

    if (gp == NULL) {
        perror("image_padding.gp");
        exit(1);
    }
    fprintf(gp,
            "set terminal png size 1500,540\n"
            "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) set terminal pngcairo size 1500,540\n"
            "set output 'image_padding.png'\n"
            "set datafile separator ','\n"
            "data = 'image_padding.csv'\n"
            "set palette gray\n"
            "stats data index 1 using 3 nooutput\n"
            "kernel = STATS_max\n"
            "stats data index 0 using 3 nooutput\n"
            "set cbrange [0:STATS_max]\n"
            "set cblabel 'elevation, m'\n"
            "set xtics 20\n"
            "set ytics 20\n"
            "set xrange [-2.5:%d.5]\n"
            "set yrange [%d.5:-2.5]\n"
            "set tics out nomirror\n"
            "unset key\n"
            "unset colorbox\n"
            "set xlabel 'column of the full result'\n"
            "set multiplot layout 1,5 margins 0.06,0.92,0.11,0.81 spacing 0.04 title '%d x %d "
            "elevations convolved with %d x %d taps, "
            "each result at its place in the full one' font ',14'\n",
            COLS + M_COLS, ROWS + M_ROWS, ROWS, COLS, M_ROWS, M_COLS);
    for (int k = 0; k < IMAGES; k++) {
        if (k == KERNEL) {
            continue; /* in one panel with the image */
        }
        fprintf(gp, "unset object\nset title \"%s, %zu x %zu:\\n%s\"\n", images[k]->name,
                images[k]->rows, images[k]->cols, panels[k].caption);
        fprintf(gp, "set object 4 rectangle from graph 0,0 to graph 1,1 behind "
                    "fillcolor rgb '#e4ecf8'\n");
        fprintf(gp, "set ylabel '%s'\n", k == IMAGE ? "row of the full result" : "");
        write_frame(gp, 1, images[k], panels[k].colour);
        if (k == IMAGE) {
            write_frame(gp, 2, images[KERNEL], panels[KERNEL].colour);
        } else if (k == FULL) {
            write_frame(gp, 2, images[SAME], panels[SAME].colour);
        }
        if (k == FULL || k == CIRCULAR) {
            write_frame(gp, 3, images[VALID], panels[VALID].colour);
        }
        fprintf(gp, "%s colorbox\n", k == IMAGES - 1 ? "set" : "unset");
        fprintf(gp, "plot data index %d using 2:1:3 with image%s\n", k,
                k != IMAGE ? "" : ", '' index 1 using 2:1:($3/kernel*STATS_max) with image");
    }
    fclose(gp);
}

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "examples/data/volcano_87x61.csv";
    const size_t n_period[2] = {ROWS, COLS};
    const size_t period[2] = {ROWS + M_ROWS - 1, COLS + M_COLS - 1};
    image x = read_image(path), h = make_kernel();
    image full = convolve(&x, &h, "FULL", CONV_FULL, n_period, 0, 0);
    image same = convolve(&x, &h, "SAME", CONV_SAME, n_period, (M_ROWS - 1) / 2, (M_COLS - 1) / 2);
    image valid = convolve(&x, &h, "VALID", CONV_VALID, n_period, M_ROWS - 1, M_COLS - 1);
    image circular = convolve(&x, &h, "CIRCULAR", CONV_CIRCULAR, n_period, 0, 0);
    image padded = convolve(&x, &h, "CIRCULAR, padded", CONV_CIRCULAR, period, 0, 0);
    const image *const images[IMAGES] = {&x, &h, &full, &same, &valid, &circular};

    printf("rows x columns: image %d x %d, kernel %d x %d\n", ROWS, COLS, M_ROWS, M_COLS);
    for (int k = FULL; k < IMAGES; k++) {
        printf("  %-18s %4zu x %zu\n", images[k]->name, images[k]->rows, images[k]->cols);
    }
    print_differences(&full, &same, &valid, &circular, &padded);
    write_images(images, IMAGES);
    write_picture(images);
    printf("Wrote image_padding.csv and image_padding.gp.\n");
    free(padded.values);
    for (int k = 0; k < IMAGES; k++) {
        free(images[k]->values);
    }
    return 0;
}
