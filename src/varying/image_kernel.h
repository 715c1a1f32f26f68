/* A Gaussian of two widths and an angle on pixels: q = a dx^2 + 2 b dx dy + c dy^2, in pixels, cut
 * where q is above cut^2. */
#ifndef CONV_VARYING_IMAGE_KERNEL_H
#define CONV_VARYING_IMAGE_KERNEL_H

#include <stddef.h>

typedef struct {
    double a, b, c, cut;
    double ux, uy, vx, vy;   /* u = ux dx + uy dy and v, each in its width: q = u^2 + v^2 */
    double reach_x, reach_y; /* the most that |dx| and |dy| are */
} conv_image_kernel;

/* Widths of pixels along x and y; angle in radians. */
void conv_image_kernel_init(conv_image_kernel *kernel, double major, double minor, double angle,
                            double spacing_x, double spacing_y, double cut);

/* The columns low..high of row dy; false where it has none. */
int conv_image_kernel_row(const conv_image_kernel *kernel, ptrdiff_t dy, ptrdiff_t *low,
                          ptrdiff_t *high);

/* weights[i] = exp(-q/2) at low + i, dy. */
void conv_image_kernel_fill(const conv_image_kernel *kernel, ptrdiff_t dy, ptrdiff_t low,
                            size_t count, double *weights);

#endif
