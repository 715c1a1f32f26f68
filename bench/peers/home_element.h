/* The element of one compilation of the hand-written loops: -DREAL=float -DCOMPLEX=0 and so on for
 * compare.py, whose names have no ending; else float or, with BENCH_DOUBLE, double. */
#ifndef BENCH_HOME_ELEMENT_H
#define BENCH_HOME_ELEMENT_H

#include <stddef.h>

#ifdef REAL
#if COMPLEX
typedef REAL _Complex element;
#else
typedef REAL element;
#endif
#define NAME(name) name
#elif defined(BENCH_DOUBLE)
typedef double element;
#define NAME(name) name##_double
#else
typedef float element;
#define NAME(name) name##_float
#endif

/* One row of outputs: y[i] = sum_{p,q} c[(p*cols+q)*step] x[p*width+i+q]. */
void NAME(home_row)(const element *restrict x, size_t width, const element *restrict c,
                    ptrdiff_t step, size_t rows, size_t cols, element *restrict y, size_t count);

#endif
