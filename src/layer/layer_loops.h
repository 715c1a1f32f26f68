/* The layers' leaf loops: const tables of pointers, for f32 and f64 at every level. Offsets,
 * strides and counts are in elements, pointers have an element's alignment. Sums run over segments,
 * then over steps, one multiply-add after the other, so that an output's bits depend on the order
 * of its own terms alone. */
#ifndef CONV_LAYER_LAYER_LOOPS_H
#define CONV_LAYER_LAYER_LOOPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cpu.h"
#include "conv.h"

/* A stretch of terms whose operands lie evenly: where it begins in each. */
typedef struct {
    ptrdiff_t a, b;
} conv_layer_segment;

/* A tile of sums: c[i*c_row + j] = sum over segments s and steps l = 0..length-1 of
 *     A(s.a + i*a_row + l*a_step) * B(s.b + j + l*b_step),   i < rows, j < lanes.
 * b is read in whole vectors, also beyond `lanes`. */
typedef struct {
    const conv_layer_segment *segment;
    size_t segments, length;
    ptrdiff_t a_row, a_step, b_step, c_row;
    int rows, vectors;  /* at most those of the table */
    int lanes;          /* in the last of the vectors, 1 and up */
    size_t repeats;     /* by_lane: so many vectors beside each other in a, c and bias, */
    ptrdiff_t b_repeat; /* and so far apart in b; `lanes` are in the last */
    bool continues;     /* the sums begin with what is in c */
    const void *bias;   /* added at the end, in whole vectors; or NULL */
    double beta;        /* not 0: times what is in c, added at the end; not with `continues` */
} conv_layer_tile;

/* Lines of one plane, for kernels of line_kernel x line_kernel taps. With point (r, j) of the
 * narrow side, r < lines, j < count, tap (k, l) goes to column j + l + first of sample line r + k,
 *     A(a_first + (r + k)*a_line + (j + l + first)*a_column),
 * where low <= r + k < high and 0 <= j + l + first < columns; else there is no sample. */
typedef struct {
    ptrdiff_t a_first, a_line, a_column, c_line, c_column, first;
    size_t count, columns;
    int lines, low, high; /* lines: at most those of the table; high: at most lines + kernel - 1 */
    int lanes;            /* in the last of the vectors, 1 and up */
    size_t repeats;       /* so many vectors beside each other in a, c and bias, */
    ptrdiff_t b_repeat;   /* and so far apart in b */
    ptrdiff_t b_row, b_tap; /* products: from tap to tap in b */
    bool continues;         /* products: begin with what is in b */
    const void *bias;       /* sums: added at the end, in whole vectors; or NULL */
    double beta;            /* sums: not 0: times what is in c, added at the end */
} conv_layer_lines;

/* A plane of one channel whose neighbours on a line are neighbours in memory, for kernels of
 * line_kernel x line_kernel taps: c(r*c_line + j), r < lines, j < count, is the sum over taps (k,
 * l) of A((r + k + first_line)*a_line + j + l + first) * b(k*line_kernel + l), row by row of the
 * kernel and in each tap by tap. There are a_lines lines of a_columns samples. */
typedef struct {
    ptrdiff_t a_line, c_line, first_line, first;
    size_t lines, count, a_lines, a_columns;
    const void *bias; /* one element, added at the end; or NULL */
    double beta;      /* not 0: times what is in c, added at the end */
} conv_layer_plane;

/* Taps of one line of one channel, dilation apart: b(l*b_tap), l < taps, is a vector of sums of
 * A(j + l*dilation + first) * c(j) over j < count, whose lanes add up to that of the tap; samples
 * are columns 0..columns-1. */
typedef struct {
    ptrdiff_t first, dilation, b_tap;
    size_t count, columns, taps;
    bool continues; /* begin with what is in b */
} conv_layer_line;

/* Rows of A that share what is loaded of B. */
enum { CONV_LAYER_DOT_ROWS = 4 };

/* c[i + j*c_row] = sum over l < length of A(i*a_row + l) * B(j*b_row + l), i < rows, j < points. */
typedef struct {
    size_t rows, points, length;
    ptrdiff_t a_row, b_row, c_row;
    bool ahead; /* the rows of A are short: the next ones are fetched meanwhile */
} conv_layer_dots;

typedef struct {
    int lanes;         /* of a vector */
    int rows, vectors; /* of a tile */
    int rows_by_lane;  /* of a tile of `by_lane` */
    int line_count;    /* lines of `lines`, at most */
    int line_kernel;   /* rows of their kernel, and taps of a row */

    /* A is one element, the same for all lanes. */
    void (*tile)(const conv_layer_tile *tile, const void *a, const void *b, void *c);
    /* A is a vector, lane by lane: A(.. + j). `repeats` vectors, up to rows_by_lane rows. Operands
     * beyond `lanes` are not read. */
    void (*by_lane)(const conv_layer_tile *tile, const void *a, const void *b, void *c);
    /* The same, to the bit, with b_repeat one vector, no bias, beta 0: for sums of many channels.
     */
    void (*tap_lanes)(const conv_layer_tile *tile, const void *a, const void *b, void *c);

    /* Depthwise sums, lanes are channels: c(r*c_line + j*c_column) = sum of A * b(k, l), tap by tap
     * along the columns, and in each along the rows. b: rows of taps of vectors. */
    void (*lines)(const conv_layer_lines *lines, const void *a, const void *b, void *c);
    /* Products, b(k*b_row + l*b_tap) = sum over (r, j) of A * c: lanes are channels. */
    void (*line_products)(const conv_layer_lines *lines, const void *a, const void *c, void *b);
    /* The same where neighbours on a line are neighbours in memory (a_column and c_column are 1,
     * and not read), of one channel: a vector of sums for each tap, which its lanes add up to. */
    void (*line_dots)(const conv_layer_lines *lines, const void *a, const void *c, void *b);

    void (*tap_dots)(const conv_layer_line *line, const void *a, const void *c, void *b);
    void (*plane_sums)(const conv_layer_plane *plane, const void *a, const void *b, void *c);

    void (*dots)(const conv_layer_dots *dots, const void *a, const void *b, void *c);

    /* high + low + sum, where high and low were set by `first` or by a call before: the rounding
     * error of an addition to high goes to low. `total` ends that: sum = high + low. */
    void (*fold)(const void *sum, size_t count, bool first, void *high, void *low);
    void (*total)(const void *high, const void *low, size_t count, void *sum);
    /* to[i] = the sum of the lanes of vector i, pairwise; i < count. */
    void (*add_lanes)(const void *vectors, size_t count, void *to, ptrdiff_t to_stride);

    /* to[j*to_stride + i] = from[i*from_stride + j], i < rows, j < columns. */
    void (*turn)(const void *from, ptrdiff_t from_stride, size_t rows, size_t columns, void *to,
                 ptrdiff_t to_stride);

    /* y[i*y_stride] = x[i*x_stride] + bias (NULL: none) + beta * y[i*y_stride]. x may be y where
     * beta is 0. */
    void (*put)(const void *x, ptrdiff_t x_stride, size_t count, const void *bias, double beta,
                void *y, ptrdiff_t y_stride);
} conv_layer_loops;

/* Sets low and high: which of the samples under the lines are there, the first of which is sample
 * line `first` of `inputs`. kernel: line_kernel of the loops. */
void conv_layer_lines_inside(conv_layer_lines *lines, ptrdiff_t first, size_t inputs, int kernel);

/* dtype: CONV_F32 or CONV_F64. */
const conv_layer_loops *conv_layer_loops_of(conv_dtype dtype, conv_level level);

#endif
