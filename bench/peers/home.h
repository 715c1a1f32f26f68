/* What a competent C programmer writes without this library, to compare with it honestly. */
#ifndef BENCH_HOME_H
#define BENCH_HOME_H

#include <stdbool.h>
#include <stddef.h>

/* Tiled double loops, compiled for this very processor at -O3. y = valid part of x * h reversed:
 * y[i] = sum_k c[k] x[i+k], i = 0..count-1. */
void home_direct_float(const float *x, const float *c, size_t taps, float *y, size_t count);
void home_direct_double(const double *x, const double *c, size_t taps, double *y, size_t count);

/* The same for images: y is rows by cols, x has cols + taps - 1 columns. */
void home_direct_2d_float(const float *x, const float *c, size_t taps, float *y, size_t rows,
                          size_t cols);
void home_direct_2d_double(const double *x, const double *c, size_t taps, double *y, size_t rows,
                           size_t cols);

#ifdef CONV_HAVE_FFTW
/* Overlap-save on FFTW3: real transforms planned with MEASURE, aligned arrays, the kernel's
 * spectrum made once. y = the full convolution's first n outputs. */
typedef struct home_overlap_save home_overlap_save;

home_overlap_save *home_overlap_save_float_begin(const float *h, size_t taps, size_t length);
void home_overlap_save_float(const home_overlap_save *plan, const float *x, size_t n, float *y);
void home_overlap_save_float_end(home_overlap_save *plan);

home_overlap_save *home_overlap_save_double_begin(const double *h, size_t taps, size_t length);
void home_overlap_save_double(const home_overlap_save *plan, const double *x, size_t n, double *y);
void home_overlap_save_double_end(home_overlap_save *plan);

/* A volume of n samples by one transform on FFTW3, planned with MEASURE: the full convolution's
 * n outputs from (taps - 1) / 2 on. */
typedef struct home_volume home_volume;

home_volume *home_volume_float_begin(const float *h, const size_t *taps, const size_t *n);
void home_volume_float(const home_volume *plan, const float *x, float *y);
void home_volume_float_end(home_volume *plan);

home_volume *home_volume_double_begin(const double *h, const size_t *taps, const size_t *n);
void home_volume_double(const home_volume *plan, const double *x, double *y);
void home_volume_double_end(home_volume *plan);

/* One real transform forward and back, in the plan's own arrays. */
void home_round_trip_float(const home_overlap_save *plan);
void home_round_trip_double(const home_overlap_save *plan);
#endif

#endif
