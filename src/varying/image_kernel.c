#include "varying/image_kernel.h"

#include <math.h>

/* Narrower than this part of a pixel is as this: only pixels on the line, or the one, are left. */
static const double narrowest = 1e-3;

/* From one exponential to the next: the recurrence's error is the square of this, times u/2. */
enum { BLOCK = 16 };

void conv_image_kernel_init(conv_image_kernel *kernel, double major, double minor, double angle,
                            double spacing_x, double spacing_y, double cut) {
    double least = narrowest * fmin(spacing_x, spacing_y);
    double along = fmax(major, least), across = fmax(minor, least);
    double cosine = cos(angle), sine = sin(angle);
    double u = 1 / along / along, v = 1 / across / across;
    kernel->a = spacing_x * spacing_x * (cosine * cosine * u + sine * sine * v);
    kernel->c = spacing_y * spacing_y * (sine * sine * u + cosine * cosine * v);
    kernel->b = spacing_x * spacing_y * cosine * sine * (u - v);
    kernel->ux = spacing_x * cosine / along;
    kernel->uy = spacing_y * sine / along;
    kernel->vx = -spacing_x * sine / across;
    kernel->vy = spacing_y * cosine / across;
    kernel->cut = cut;
    kernel->reach_x = floor(cut * hypot(along * cosine, across * sine) / spacing_x);
    kernel->reach_y = floor(cut * hypot(along * sine, across * cosine) / spacing_y);
}

/* a dx^2 + 2 b dx dy + c dy^2 = cut^2. */
int conv_image_kernel_row(const conv_image_kernel *kernel, ptrdiff_t dy, ptrdiff_t *low,
                          ptrdiff_t *high) {
    double y = (double)dy, middle = -kernel->b * y / kernel->a;
    double left =
        (kernel->cut * kernel->cut - (kernel->c - kernel->b * kernel->b / kernel->a) * y * y);
    if (left < 0)
        return 0;
    double half = sqrt(left / kernel->a);
    *low = (ptrdiff_t)ceil(middle - half);
    *high = (ptrdiff_t)floor(middle + half);
    return *low <= *high;
}

/* As a sum of squares: the polynomial's terms cancel where one width is much smaller. */
static double exponent(const conv_image_kernel *kernel, double x, double y) {
    double u = kernel->ux * x + kernel->uy * y, v = kernel->vx * x + kernel->vy * y;
    return -(u * u + v * v) / 2;
}

/* Neighbours differ too much for the recurrence where a is large; then there are few. */
void conv_image_kernel_fill(const conv_image_kernel *kernel, ptrdiff_t dy, ptrdiff_t low,
                            size_t count, double *weights) {
    double y = (double)dy, shrink = -expm1(-kernel->a), weight = 0, step = 0;
    size_t block = kernel->a > 1 ? 1 : BLOCK;
    for (size_t i = 0; i < count; i++) {
        double x = (double)(low + (ptrdiff_t)i);
        if (i % block == 0) {
            weight = exp(exponent(kernel, x, y));
            step = block == 1 ? 0 : exp(exponent(kernel, x + 1, y) - exponent(kernel, x, y));
        }
        weights[i] = weight;
        weight *= step;
        step -= shrink * step;
    }
}
