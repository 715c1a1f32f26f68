/* table.h - what the examples share beside convolution: arrays, CSV files, checks. */
#ifndef TABLE_H
#define TABLE_H

#include <conv.h>

#include <stdio.h>

/* Prints the message, the path at fault, or the library's own sentence; ends the program with 1. */
void fail(const char *message);
void fail_file(const char *path);
void check(conv_status status);

/* Prints "FAILED: what" where the condition does not hold; returns 1 then, else 0. */
int expect(int condition, const char *what);

/* n zeros, owned by the caller; ends the program where memory is short. */
double *new_array(size_t n);

double max_abs_difference(const double *a, const double *b, size_t n);

/* "DIR/NAME.EXTENSION", to be freed by the caller. */
char *file_path(const char *dir, const char *name, const char *extension);

/* The numbers of DIR/NAME.csv, row after row, owned by the caller. Lines that begin with # or a
 * letter are skipped. Ends the program where the file is not there or its rows differ in length. */
double *csv_read(const char *dir, const char *name, size_t *rows, size_t *cols);

/* Opens DIR/NAME.csv for writing, or ends the program; csv_close prints the path. */
FILE *csv_open(const char *dir, const char *name);
void csv_close(FILE *file, const char *dir, const char *name);

#endif
