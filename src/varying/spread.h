/* The plan of an image whose pixels have kernels of their own. */
#ifndef CONV_VARYING_SPREAD_H
#define CONV_VARYING_SPREAD_H

#include "problem/problem.h"
#include "varying/spread_kernel.h"

struct conv_spread {
    conv_problem problem; /* rank 2, for layout */
    bool is_double, is_complex, scatters;
    int threads;
    conv_varying_edge edge;
    size_t rows, cols;
    const conv_spread_loops *loops;
    conv_spread_rule rule;
    conv_spread_pixel *pixel;
    /* Of all pixels: the furthest reach by rows and columns, and the room for one kernel. */
    size_t reach[2];
    conv_spread_room room;
    size_t taps;              /* of the largest kernel, at most */
    double narrowest, widest; /* widths as given */
    double bound;
    /* The image and what edges extend it by: pixel (0, 0) lies at `margin`. */
    size_t margin[2], canvas_rows, canvas_cols, pitch;
    size_t canvas_bytes, image_bytes, kernel_bytes, workspace;
};

static inline size_t conv_spread_real(const conv_spread *plan) {
    return plan->is_double ? sizeof(double) : sizeof(float);
}

/* At most: what the cut leaves of a kernel outside, its peak being 1; and what roundings cost, of
 * the largest sample (SCATTER: of the sum of all). */
double conv_spread_dropped(const conv_spread_rule *rule, const conv_spread_pixel *pixel);
double conv_spread_roundings(const conv_spread *plan);

/* How far the kernel of the pixel of row, col may reach on the canvas. */
static inline conv_spread_clip conv_spread_clip_at(const conv_spread *plan, size_t row,
                                                   size_t col) {
    ptrdiff_t y = (ptrdiff_t)(row + plan->margin[0]), x = (ptrdiff_t)(col + plan->margin[1]);
    return (conv_spread_clip){
        {-y, -x}, {(ptrdiff_t)plan->canvas_rows - 1 - y, (ptrdiff_t)plan->canvas_cols - 1 - x}};
}

#endif
