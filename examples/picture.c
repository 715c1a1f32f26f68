#define _POSIX_C_SOURCE 200809L /* popen */

#include "picture.h"
#include "table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBPNG
#include <png.h>

static const char *const extension = "png", *const note = "";

static int write_file(const char *path, const unsigned char *gray, size_t rows, size_t cols) {
    png_image image;

    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = (png_uint_32)cols;
    image.height = (png_uint_32)rows;
    image.format = PNG_FORMAT_GRAY;
    return png_image_write_to_file(&image, path, 0, gray, 0, NULL) != 0;
}
#else
static const char *const extension = "pgm", *const note = " (built without libpng)";

static int write_file(const char *path, const unsigned char *gray, size_t rows, size_t cols) {
    FILE *file = fopen(path, "wb");
    int good;

    if (file == NULL) {
        return 0;
    }
    good = fprintf(file, "P5\n%zu %zu\n255\n", cols, rows) > 0 &&
           fwrite(gray, 1, rows * cols, file) == rows * cols;
    return fclose(file) == 0 && good;
}
#endif

void picture_write(const char *dir, const char *name, const double *values, size_t rows,
                   size_t cols, double low, double high, size_t zoom) {
    size_t height = rows * zoom, width = cols * zoom;
    unsigned char *gray = malloc(height * width);
    char *path = file_path(dir, name, extension);

    if (gray == NULL) {
        fail("out of memory");
    }
    for (size_t i = 0; i < height; i++) {
        for (size_t j = 0; j < width; j++) {
            double share = (values[i / zoom * cols + j / zoom] - low) / (high - low);
            gray[i * width + j] = (unsigned char)(share <= 0   ? 0
                                                  : share >= 1 ? 255
                                                               : share * 255 + 0.5);
        }
    }
    if (!write_file(path, gray, height, width)) {
        fail_file(path);
    }
    printf("wrote %s%s\n", path, note);
    free(path);
    free(gray);
}

/* Writes name = 'text' with the quotes inside text doubled, as gnuplot wants them. */
static void define_string(FILE *gnuplot, const char *name, const char *text) {
    fprintf(gnuplot, "%s = '", name);
    for (; *text != '\0'; text++) {
        fputs(*text == '\'' ? "''" : (char[2]){*text, '\0'}, gnuplot);
    }
    fputs("'\n", gnuplot);
}

void plot(const char *dir, const char *name, int width, int height, const char *commands) {
    char *csv = file_path(dir, name, "csv"), *png = file_path(dir, name, "png");
    FILE *gnuplot = NULL;

    signal(SIGPIPE, SIG_IGN); /* a gnuplot that ends early must not end this program */
    if (system("command -v gnuplot >/dev/null 2>&1") == 0) {
        gnuplot = popen("gnuplot 2>/dev/null", "w");
    }
    if (gnuplot != NULL) {
        define_string(gnuplot, "csv", csv);
        define_string(gnuplot, "png", png);
        fprintf(gnuplot, "set terminal png size %d,%d\n", width, height);
        fprintf(gnuplot, "if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {\n");
        fprintf(gnuplot, "    set terminal pngcairo size %d,%d\n}\n", width, height);
        fprintf(gnuplot, "set output png\nset datafile separator ','\nset grid\n%s", commands);
    }
    if (gnuplot != NULL && pclose(gnuplot) == 0) {
        printf("wrote %s\n", png);
    } else {
        printf("no %s: gnuplot is not installed or did not draw it\n", png);
    }
    free(png);
    free(csv);
}
