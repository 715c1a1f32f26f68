/* A tile of sums small enough for the registers, taps in the outer loop, so that the compiler
 * vectorises over outputs and keeps the tile out of memory. */
#include "home_element.h"

#include <string.h>

#ifndef REAL
#include "home.h"
#endif

enum { TILE = 512 / sizeof(element), HALF = TILE / 2, SMALL = TILE / 8 };

static void whole_tile(const element *restrict x, size_t width, const element *restrict c,
                       ptrdiff_t step, size_t rows, size_t cols, element *restrict y) {
    element sum[TILE] = {0};
    for (size_t p = 0; p < rows; p++, x += width)
        for (size_t q = 0; q < cols; q++, c += step)
            for (size_t j = 0; j < TILE; j++)
                sum[j] += *c * x[q + j];
    memcpy(y, sum, sizeof sum);
}

static void half_tile(const element *restrict x, size_t width, const element *restrict c,
                      ptrdiff_t step, size_t rows, size_t cols, element *restrict y) {
    element sum[HALF] = {0};
    for (size_t p = 0; p < rows; p++, x += width)
        for (size_t q = 0; q < cols; q++, c += step)
            for (size_t j = 0; j < HALF; j++)
                sum[j] += *c * x[q + j];
    memcpy(y, sum, sizeof sum);
}

/* The last tile of a row lies over the one before it, so that nothing but a very short row is left
 * to a loop of single outputs. */
void NAME(home_row)(const element *restrict x, size_t width, const element *restrict c,
                    ptrdiff_t step, size_t rows, size_t cols, element *restrict y, size_t count) {
    for (size_t i = 0; count >= TILE;) {
        whole_tile(x + i, width, c, step, rows, cols, y + i);
        if (i + TILE == count)
            return;
        i = i + 2 * TILE <= count ? i + TILE : count - TILE;
    }
    if (count >= HALF) {
        half_tile(x, width, c, step, rows, cols, y);
        if (count > HALF) {
            size_t i = count - HALF;
            half_tile(x + i, width, c, step, rows, cols, y + i);
        }
        return;
    }
    size_t i = 0;
    for (; i + SMALL <= count; i += SMALL) {
        element sum[SMALL] = {0};
        for (size_t p = 0; p < rows; p++)
            for (size_t q = 0; q < cols; q++)
                for (int j = 0; j < SMALL; j++)
                    sum[j] +=
                        c[(ptrdiff_t)(p * cols + q) * step] * x[p * width + i + q + (size_t)j];
        for (int j = 0; j < SMALL; j++)
            y[i + (size_t)j] = sum[j];
    }
    for (; i < count; i++) {
        element sum = 0;
        for (size_t p = 0; p < rows; p++)
            for (size_t q = 0; q < cols; q++)
                sum += c[(ptrdiff_t)(p * cols + q) * step] * x[p * width + i + q];
        y[i] = sum;
    }
}

#ifndef REAL
void NAME(home_direct)(const element *restrict x, const element *restrict c, size_t taps,
                       element *restrict y, size_t count) {
    NAME(home_row)(x, 0, c, 1, 1, taps, y, count);
}

void NAME(home_direct_2d)(const element *restrict x, const element *restrict c, size_t taps,
                          element *restrict y, size_t rows, size_t cols) {
    size_t width = cols + taps - 1;
    for (size_t r = 0; r < rows; r++)
        NAME(home_row)(x + r * width, width, c, 1, taps, taps, y + r * cols, cols);
}
#endif
