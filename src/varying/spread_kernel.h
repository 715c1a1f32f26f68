/* The kernel of one pixel of an image, as segments of rows with their weights. */
#ifndef CONV_VARYING_SPREAD_KERNEL_H
#define CONV_VARYING_SPREAD_KERNEL_H

#include "varying/spread_loops.h"

/* No kernel reaches further along an axis. */
#define CONV_SPREAD_LONGEST 32768.0

typedef struct {
    double cut;   /* c: the ellipse is Q <= c^2 */
    double least; /* widths below count as this */
    double spacing[2];
    bool cells; /* integrals over pixels; round kernels alone */
} conv_spread_rule;

/* Q(dy, dx) = along (dx - lean dy)^2 + down dy^2, and the factor of all weights. */
typedef struct {
    double along, lean, down, scale;
} conv_spread_pixel;

/* How far a kernel may reach: dy = low[0]..high[0], dx = low[1]..high[1]. */
typedef struct {
    ptrdiff_t low[2], high[2];
} conv_spread_clip;

/* What a kernel needs: rows, weights in the table, columns of its longest row. */
typedef struct {
    size_t rows, table, columns;
} conv_spread_room;

/* Memory for one kernel. */
typedef struct {
    conv_spread_row *rows;
    double *table; /* table_count weights, and CONV_SPREAD_PAD zeros */
    double *decay; /* of rows of kernels that do not lean */
    void *rounded; /* the table in the image's type */
    size_t count, table_count;
} conv_spread_kernel;

/* Q of a pixel with these widths, in units of the axes; scale 1. */
conv_spread_pixel conv_spread_shape(const conv_spread_rule *rule, double major, double minor,
                                    double angle);

/* How far it reaches by rows and by columns at most; not limited. */
void conv_spread_reach(const conv_spread_rule *rule, const conv_spread_pixel *pixel,
                       double reach[2]);

/* Columns first..last of row dy that the ellipse has; none: last is first - 1. */
void conv_spread_chord(const conv_spread_rule *rule, const conv_spread_pixel *pixel, double dy,
                       double *first, double *last);

conv_spread_room conv_spread_needs(const conv_spread_rule *rule, const conv_spread_pixel *pixel);

size_t conv_spread_kernel_bytes(conv_spread_room room, size_t real);
void conv_spread_kernel_place(conv_spread_kernel *kernel, conv_spread_room room, void *memory);

/* The rows within clip; `at` of each counts a row as pitch. */
void conv_spread_fill(const conv_spread_rule *rule, const conv_spread_pixel *pixel,
                      const conv_spread_clip *clip, size_t pitch, const conv_spread_loops *loops,
                      conv_spread_kernel *kernel);

#endif
