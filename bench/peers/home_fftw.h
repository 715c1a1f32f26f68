/* What the files on FFTW see: one real type, and its functions. */
#ifndef BENCH_HOME_FFTW_H
#define BENCH_HOME_FFTW_H

#define CONV_HAVE_FFTW
#include "home.h"

#include <fftw3.h>
#include <stdlib.h>
#include <string.h>

#ifdef BENCH_DOUBLE
typedef double R;
#define NAME(name) name##_double
#define PART(name, part) name##_double_##part
#define FFTW(name) fftw_##name
#else
typedef float R;
#define NAME(name) name##_float
#define PART(name, part) name##_float_##part
#define FFTW(name) fftwf_##name
#endif

#endif
