/* picture.h - gray pictures (PNG, or PGM where libpng was not there at build), plots by gnuplot. */
#ifndef PICTURE_H
#define PICTURE_H

#include <stddef.h>

/* Draws rows x cols values as gray, low (and below) black, high (and above) white, each value as
 * zoom x zoom pixels, into DIR/NAME.png or DIR/NAME.pgm, and prints that path. Ends the program
 * where the file cannot be written. */
void picture_write(const char *dir, const char *name, const double *values, size_t rows,
                   size_t cols, double low, double high, size_t zoom);

/* Has gnuplot draw DIR/NAME.png by the given commands; in them `csv` is the path of DIR/NAME.csv.
 * Where gnuplot is not installed it says so and draws nothing. */
void plot(const char *dir, const char *name, int width, int height, const char *commands);

#endif
