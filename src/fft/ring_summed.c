/* Columns along an axis that is not transformed but summed over, in the spectra of the others. */
#include "fft/ring_columns.h"

enum { SUMMED_ROWS = VEC_BYTES == 64 ? 6 : 4 }; /* two accumulators each, and 4 vectors more */

/* rows outputs of one column from the sample rows at x on, width vector pairs apart: samples go
 * backwards where taps go forward, each output's products in the order of the taps. */
RING_INLINE void sum_rows(size_t rows, const cvec *x, size_t width, const cvec *h, size_t taps,
                          cvec *to, size_t to_stride) {
    cvec sum[SUMMED_ROWS];
    for (size_t r = 0; r < rows; r++) {
        sum[r] = (cvec){(vec){0}, (vec){0}};
    }
    for (size_t p = 0; p < taps; p++, x -= width, h += width) {
        cvec tap = *h;
        for (size_t r = 0; r < rows; r++) {
            cvec v = x[r * width];
            sum[r].re = vec_fma(v.re, tap.re, sum[r].re);
            sum[r].im = vec_fma(v.re, tap.im, sum[r].im);
            sum[r].re = vec_fnma(v.im, tap.im, sum[r].re);
            sum[r].im = vec_fma(v.im, tap.re, sum[r].im);
        }
    }
    for (size_t r = 0; r < rows; r++) {
        to[r * to_stride] = sum[r];
    }
}

/* The axis is not transformed: sums of spectra times spectra over the kernel's rows, from a copy
 * with zeros around it into place. */
void FN(ring_summed)(const conv_ring_axis *axis, const conv_ring_columns *c, size_t column,
                     size_t width, cvec *panel, const cvec *h) {
    cvec *data = (cvec *)c->data + column;
    size_t taps = axis->taps, end = c->first + c->count, stride = c->row_stride;
    size_t rows = c->present < end ? c->present : end;
    memset(panel, 0, (taps - 1) * width * sizeof *panel);
    cvec *x = panel + (taps - 1) * width;
    for (size_t r = 0; r < rows; r++) {
        ring_copy_pairs(x + r * width, data + r * stride, width);
    }
    memset(x + rows * width, 0, (end - rows) * width * sizeof *x);
    for (size_t i = 0; i < width; i++) {
        size_t r = c->first;
        if (c->count >= SUMMED_ROWS) {
            for (; r < end; r += SUMMED_ROWS) {
                r = r + SUMMED_ROWS > end ? end - SUMMED_ROWS : r;
                sum_rows(SUMMED_ROWS, x + r * width + i, width, h + i, taps, data + r * stride + i,
                         stride);
            }
        }
        for (; r < end; r++) {
            sum_rows(1, x + r * width + i, width, h + i, taps, data + r * stride + i, stride);
        }
    }
}
