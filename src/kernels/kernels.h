/* The direct method's leaf loops: const tables of pointers, one per element types and level. */
#ifndef CONV_KERNELS_KERNELS_H
#define CONV_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cpu.h"
#include "base/dtype.h"

/* A block of outputs of a running sum: the windows that begin at 64 / (bytes of a sample) lines one
 * after the other. A window wider than the block is the rest of the block from its first line on;
 * the last `part` lines of the block of leads that ends there; whole blocks of leads; and the leads
 * of its own block up to its own. width - 1 = block + whole * block + part. */
typedef struct {
    size_t width;
    const void *c; /* its tap; NULL: the number 1 */
    bool accumulate;
    const void *const *tail; /* the block's lines; of a window no wider, width - 1 more */
    const void *const *lead; /* of wider ones the line that each output adds, as many */
    /* Lines of sums, NULL where there are none of them: the parts of one block of leads, which
     * become those of this one; the whole blocks up to a certain one, which become this one's; and
     * those behind it, to which this one is added. */
    void *part, *before, *behind;
    bool begins; /* behind has nothing yet */
    /* running_turned: place for copies of leads, CONV_RUNNING_COPY bytes and a cache line for each,
     * where lines are a multiple of CONV_RUNNING_FAR bytes apart. NULL: none. */
    void *copy;
} conv_running_block;

/* Lines so far apart fall to one or two sets of the first-level cache, which has no room for a
 * block of them and its leads. */
enum { CONV_RUNNING_COPY = 256, CONV_RUNNING_FAR = 2048 };

/* Lines of a block, for samples of so many bytes: also rows that are turned over at a time. */
static inline size_t conv_running_lines(size_t bytes) {
    return 64 / bytes;
}

/* The most samples beyond the two ends of a line that are made up, and columns of taps above them.
 */
#define CONV_COLUMNS_OUTSIDE 64
#define CONV_COLUMNS_TAPS 128

/* Columns side by side in a plane that is continued beyond its signal, the same in every line. */
typedef struct {
    size_t before, inside;           /* samples outside the signal at first; then inside */
    ptrdiff_t source;                /* in a line, of the first one inside */
    size_t copies, outside;          /* samples outside that are elsewhere in the line; of all */
    size_t to[CONV_COLUMNS_OUTSIDE]; /* in the block: first those, then blank ones */
    ptrdiff_t from[CONV_COLUMNS_OUTSIDE];
    _Alignas(16) char blank[16]; /* what the others hold */
} conv_slide_columns;

/* How the lines of a plane go on beyond their samples 0..n-1, all in the same way. */
typedef struct {
    size_t n;
    size_t copies, outside; /* of the samples outside: those that a sample of the line is; all */
    ptrdiff_t to[CONV_COLUMNS_OUTSIDE];   /* their columns, below 0 or from n on: first copies, */
    ptrdiff_t from[CONV_COLUMNS_OUTSIDE]; /* of these samples, */
    _Alignas(16) char blank[16];          /* then those that hold this */
} conv_line_ends;

/* A row of a block, continued beyond its ends: places to, to + way, ... (way: -1, before the row,
 * or 1, behind it) have the elements from, from + step, ... of the row (step: -1, 0 or 1), or all
 * of them, where from is -1 and step 0, the value. Places count from the row's first element. */
typedef struct {
    ptrdiff_t to, from, way, step;
    size_t length;
} conv_row_run;

#define CONV_ROW_RUNS 8

/* Runs on either side are in the order outwards. */
typedef struct {
    size_t count;
    conv_row_run run[CONV_ROW_RUNS];
    _Alignas(16) char value[16];
} conv_row_ends;

/* All extents and strides are in elements. Pointers have the alignment of the element's real type,
 * no more. Nothing is read or written outside the ranges stated. x and y never overlap. An
 * output's bits depend on the taps and on the samples under them only: not on count, position,
 * alignment or, among levels with fused multiply-add, the level; of running sums see there.
 *
 * No running sum takes more than CONV_SLIDE_TAPS products. The first two add what more there are by
 * halves, each of whole runs but for the last; slide_rows and slide_columns add runs of whole
 * kernel rows one after the other. */
enum { CONV_SLIDE_TAPS = 4096 };

/* Samples come from beyond the second-level cache; outputs are too many for the last one, so that
 * they had better not be read into it before they are written. */
enum { CONV_SLIDE_FAR = 1, CONV_SLIDE_STREAMS = 2 };

/* So many bytes of samples under the taps: as many taps as are added one after the other. */
enum { CONV_SLIDE_LINE = 64 };

/* Of kernels of more than two axes the last three are taken together where so few rows of taps keep
 * their sums in registers, at every level: real kernels, and complex ones. */
enum { CONV_PLANES_ROWS = 5, CONV_PLANES_ROWS_COMPLEX = 3 };

static inline bool conv_slide_takes_planes(bool complex_taps, size_t c_planes, size_t c_rows,
                                           size_t c_cols) {
    const size_t most = complex_taps ? CONV_PLANES_ROWS_COMPLEX : CONV_PLANES_ROWS;
    return c_planes > 1 && c_rows > 1 && c_rows <= most && c_planes <= CONV_SLIDE_TAPS &&
           c_cols <= CONV_SLIDE_TAPS / (c_planes * c_rows);
}

typedef struct {
    /* The sliding sum  y[i] = sum_{q=0..taps-1} c[q] x[i+q],  i = 0..count-1; with accumulate the
     * sum is added to y[i]. Reads x[0..count+taps-2]. taps and count are at least 1. */
    void (*slide)(const void *x, const void *c, size_t taps, void *y, size_t count,
                  bool accumulate);

    /* slide over a line of n samples that goes on as zeros on either side, from place `first` on,
     * which may lie outside: y[i] = sum c[q] x[first+i+q]. At most CONV_SLIDE_LINE bytes of
     * samples under the taps. */
    void (*slide_line)(const void *x, size_t n, ptrdiff_t first, const void *c, size_t taps,
                       void *y, size_t count);

    /* slide with samples step apart: y[i] = sum c[q] x[i*step+q], step >= 1. */
    void (*slide_step)(const void *x, const void *c, size_t taps, size_t step, void *y,
                       size_t count, bool accumulate);

    /* Two dimensions: y[r*y_stride+i] = sum_{p,q} c[p*c_cols+q] x[(r+p)*x_stride+i+q] for
     * r = 0..rows-1, i = 0..cols-1; with accumulate added to y. */
    void (*slide_rows)(const void *x, ptrdiff_t x_stride, const void *c, size_t c_rows,
                       size_t c_cols, void *y, ptrdiff_t y_stride, size_t rows, size_t cols,
                       bool accumulate);

    /* slide_rows where sample row r is lines[r], from its column `first` on: r = 0..rows+c_rows-2.
     * At most CONV_SLIDE_TAPS taps. With ends (NULL: no column lies outside) the lines go on beyond
     * their ends: at least two rows and at most CONV_COLUMNS_TAPS columns of taps; of the columns
     * first..first+cols+c_cols-2 those outside are listed; room: aligned, slide_room(c_cols)
     * bytes. hints: of CONV_SLIDE_FAR and CONV_SLIDE_STREAMS; the bits do not depend on them. */
    void (*slide_lines)(const void *const *lines, const conv_line_ends *ends, ptrdiff_t first,
                        const void *c, size_t c_rows, size_t c_cols, void *y, ptrdiff_t y_stride,
                        size_t rows, size_t cols, int hints, void *room);
    size_t (*slide_room)(size_t c_cols);

    /* Copies columns of `count` lines to a block, its lines `pitch` apart. */
    void (*slide_block)(const conv_slide_columns *columns, const void *const *lines, size_t count,
                        void *block, ptrdiff_t pitch);

    /* Continues every row of a block beyond its ends. Up to 64 bytes further out are read and
     * written on either side. */
    void (*slide_ends)(const conv_row_ends *ends, void *block, ptrdiff_t pitch, size_t rows);

    /* slide over `rows` rows of as many elements as outputs, each continued beyond its ends: the
     * first tap of output 0 lies `before` places before the row. False, with nothing done, at
     * levels and of extents where rows had better be copied to a block, see slide_ends. */
    bool (*slide_short)(const conv_row_ends *ends, size_t before, const void *x, ptrdiff_t x_stride,
                        const void *c, size_t taps, void *y, ptrdiff_t y_stride, size_t rows,
                        size_t count);

    /* Three dimensions, of kernels for which conv_slide_takes_planes holds: y[r*y_stride+i] =
     * sum_{o,p,q} c[(o*c_rows+p)*c_cols+q] x[o*x_plane+(r+p)*x_stride+i+q]; with accumulate added
     * to y. */
    void (*slide_planes)(const void *x, ptrdiff_t x_plane, ptrdiff_t x_stride, const void *c,
                         size_t c_planes, size_t c_rows, size_t c_cols, void *y, ptrdiff_t y_stride,
                         size_t rows, size_t cols, bool accumulate);

    /* slide_planes where row r of plane o is lines[r*c_planes+o], and else as slide_lines. ahead:
     * how far behind the last plane's samples, and behind the outputs, those of the next call lie;
     * a hint of what will be needed, no more. 0: they are near. */
    void (*slide_volume)(const void *const *lines, const conv_line_ends *ends, ptrdiff_t first,
                         const void *c, size_t c_planes, size_t c_rows, size_t c_cols, void *y,
                         ptrdiff_t y_stride, size_t rows, size_t cols, const ptrdiff_t ahead[2],
                         void *room);

    /* A column filter, the vertical pass of a separable kernel:
     * y[r*y_stride+i] = sum_p c[p] x[(r+p)*x_stride+i]; with accumulate added to y. */
    void (*slide_columns)(const void *x, ptrdiff_t x_stride, const void *c, size_t taps, void *y,
                          ptrdiff_t y_stride, size_t rows, size_t cols, bool accumulate);

    /* Running sums of rows of n elements. c: one tap, or NULL for the number 1.
     * running_add: sum (+)= sum_k c rows[k].
     * running_rows: a block's outputs, row k to y + k*y_stride.
     * running_turned: the same as columns of conv_running_lines elements, column after column. */
    void (*running_add)(const void *const *rows, size_t count, const void *c, void *sum,
                        bool accumulate, size_t n);
    void (*running_rows)(const conv_running_block *block, void *y, ptrdiff_t y_stride, size_t n);
    void (*running_turned)(const conv_running_block *block, void *y, size_t n);

    /* y[i] (+)= c sum_{q=0..width-1} x[i+q]: of x running_reach(width, count) elements can be read,
     * of which those behind count+width-1 do not matter. An output's bits depend on its place in a
     * line, too. scratch: aligned, running_scratch(width, count) bytes. */
    void (*running_line)(const void *x, size_t width, const void *c, void *y, size_t count,
                         bool accumulate, void *scratch);
    size_t (*running_reach)(size_t width, size_t count);
    size_t (*running_scratch)(size_t width, size_t count);

    /* The same of rows that are turned over: rows[r][i] (+)= c sum_{q=0..width-1} columns[i+q][r],
     * conv_running_lines of them. Of columns as many can be read as the last block has, of which
     * those behind count+width-1 do not matter. scratch: running_columns_scratch(width) bytes. */
    void (*running_columns)(const void *const *columns, size_t width, const void *c,
                            void *const *rows, size_t count, bool accumulate, void *scratch);
    size_t (*running_columns_scratch)(size_t width);
} conv_slide_kernels;

const conv_slide_kernels *conv_slide_table(conv_leaf_type type, conv_level level);

#endif
