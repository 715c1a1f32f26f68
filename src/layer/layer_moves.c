/* Moves between layouts, and what comes last to a sum. */
#include "layer/layer_leaf.h"

/* Squares of elements: as many as fill a line of the cache, so that every line that is touched is
 * used while it is there. */
enum { SIDE = 64 / (int)sizeof(R) };

static void turn_square(const R *restrict from, ptrdiff_t from_stride, R *restrict to,
                        ptrdiff_t to_stride) {
    for (int j = 0; j < SIDE; j++)
        for (int i = 0; i < SIDE; i++)
            to[j * to_stride + i] = from[i * from_stride + j];
}

static void turn_part(const R *from, ptrdiff_t from_stride, size_t rows, size_t columns, R *to,
                      ptrdiff_t to_stride) {
    for (size_t j = 0; j < columns; j++)
        for (size_t i = 0; i < rows; i++)
            to[(ptrdiff_t)j * to_stride + (ptrdiff_t)i] =
                from[(ptrdiff_t)i * from_stride + (ptrdiff_t)j];
}

void FN(layer_turn)(const void *from, ptrdiff_t from_stride, size_t rows, size_t columns, void *to,
                    ptrdiff_t to_stride) {
    for (size_t i = 0; i < rows; i += SIDE)
        for (size_t j = 0; j < columns; j += SIDE) {
            const R *x = (const R *)from + (ptrdiff_t)i * from_stride + (ptrdiff_t)j;
            R *y = (R *)to + (ptrdiff_t)j * to_stride + (ptrdiff_t)i;
            if (rows - i >= SIDE && columns - j >= SIDE)
                turn_square(x, from_stride, y, to_stride);
            else
                turn_part(x, from_stride, rows - i < SIDE ? rows - i : SIDE,
                          columns - j < SIDE ? columns - j : SIDE, y, to_stride);
        }
}

/* Neighbours on both sides. */
static void put_row(const R *restrict x, size_t count, R more, R factor, R *restrict y) {
    if (factor != 0)
        for (size_t i = 0; i < count; i++)
            y[i] = scalar_fma(factor, y[i], x[i] + more);
    else
        for (size_t i = 0; i < count; i++)
            y[i] = x[i] + more;
}

void FN(layer_put)(const void *x, ptrdiff_t x_stride, size_t count, const void *bias, double beta,
                   void *y, ptrdiff_t y_stride) {
    const R *from = x;
    const R more = bias ? *(const R *)bias : 0, factor = (R)beta;
    R *to = y;
    if (x_stride == 1 && y_stride == 1) {
        if (!bias && beta == 0)
            memcpy(to, from, count * sizeof *to);
        else if (x == y) /* no more than a bias is added */
            for (size_t i = 0; i < count; i++)
                to[i] += more;
        else
            put_row(from, count, more, factor, to);
        return;
    }
    if (beta != 0)
        for (size_t i = 0; i < count; i++, from += x_stride, to += y_stride)
            *to = scalar_fma(factor, *to, *from + more);
    else if (bias)
        for (size_t i = 0; i < count; i++, from += x_stride, to += y_stride)
            *to = *from + more;
    else
        for (size_t i = 0; i < count; i++, from += x_stride, to += y_stride)
            *to = *from;
}
