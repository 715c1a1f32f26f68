/* A tile of sums small enough for the registers, taps in the outer loop, so that the compiler
 * vectorises over outputs and keeps the tile out of memory. */
#include "home.h"

#ifdef BENCH_DOUBLE
typedef double R;
#define NAME(name) name##_double
#else
typedef float R;
#define NAME(name) name##_float
#endif

enum { TILE = 512 / sizeof(R), SMALL = TILE / 8 };

/* One row of outputs: y[i] = sum_{p,q} c[p*cols+q] x[p*width+i+q]. The last tile of a row lies over
 * the one before it, so that nothing but a very short row is left to a loop of single outputs. */
static void row(const R *restrict x, size_t width, const R *restrict c, size_t rows, size_t cols,
                R *restrict y, size_t count) {
    if (count >= TILE) {
        for (size_t i = 0;;) {
            R sum[TILE] = {0};
            for (size_t p = 0; p < rows; p++)
                for (size_t q = 0; q < cols; q++)
                    for (int j = 0; j < TILE; j++)
                        sum[j] += c[p * cols + q] * x[p * width + i + q + (size_t)j];
            for (int j = 0; j < TILE; j++)
                y[i + (size_t)j] = sum[j];
            if (i + TILE == count)
                return;
            i = i + 2 * TILE <= count ? i + TILE : count - TILE;
        }
    }
    size_t i = 0;
    for (; i + SMALL <= count; i += SMALL) {
        R sum[SMALL] = {0};
        for (size_t p = 0; p < rows; p++)
            for (size_t q = 0; q < cols; q++)
                for (int j = 0; j < SMALL; j++)
                    sum[j] += c[p * cols + q] * x[p * width + i + q + (size_t)j];
        for (int j = 0; j < SMALL; j++)
            y[i + (size_t)j] = sum[j];
    }
    for (; i < count; i++) {
        R sum = 0;
        for (size_t p = 0; p < rows; p++)
            for (size_t q = 0; q < cols; q++)
                sum += c[p * cols + q] * x[p * width + i + q];
        y[i] = sum;
    }
}

void NAME(home_direct)(const R *restrict x, const R *restrict c, size_t taps, R *restrict y,
                       size_t count) {
    row(x, 0, c, 1, taps, y, count);
}

void NAME(home_direct_2d)(const R *restrict x, const R *restrict c, size_t taps, R *restrict y,
                          size_t rows, size_t cols) {
    size_t width = cols + taps - 1;
    for (size_t r = 0; r < rows; r++)
        row(x + r * width, width, c, taps, taps, y + r * cols, cols);
}
