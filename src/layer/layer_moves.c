/* Moves between layouts, and what comes last to a sum. */
#include "layer/layer_leaf.h"

/* Squares of elements that turn in registers, of 32 bytes at every level; several beside each other
 * fill a line of the cache, so that every line that is touched is used while it is there. */
enum { SQUARE = 32 / (int)sizeof(R), SIDE = 64 / (int)sizeof(R) };

typedef R line __attribute__((vector_size(32), may_alias));
typedef R line_unaligned __attribute__((vector_size(32), may_alias, aligned(sizeof(R))));

/* Pairs of lines, then pairs of pairs, exchange halves of ever larger blocks. */
#ifdef CONV_LEAF_DOUBLE
static inline void turn_lines(line x[SQUARE]) {
    line low[2], high[2];
    for (int i = 0; i < 2; i++) {
        low[i] = __builtin_shufflevector(x[2 * i], x[2 * i + 1], 0, 4, 2, 6);
        high[i] = __builtin_shufflevector(x[2 * i], x[2 * i + 1], 1, 5, 3, 7);
    }
    x[0] = __builtin_shufflevector(low[0], low[1], 0, 1, 4, 5);
    x[1] = __builtin_shufflevector(high[0], high[1], 0, 1, 4, 5);
    x[2] = __builtin_shufflevector(low[0], low[1], 2, 3, 6, 7);
    x[3] = __builtin_shufflevector(high[0], high[1], 2, 3, 6, 7);
}
#else
static inline void turn_lines(line x[SQUARE]) {
    line low[4], high[4], four[8];
    for (int i = 0; i < 4; i++) {
        low[i] = __builtin_shufflevector(x[2 * i], x[2 * i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        high[i] = __builtin_shufflevector(x[2 * i], x[2 * i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (int i = 0; i < 2; i++) {
        line *to = four + 4 * i, *a = low + 2 * i, *b = high + 2 * i;
        to[0] = __builtin_shufflevector(a[0], a[1], 0, 1, 8, 9, 4, 5, 12, 13);
        to[1] = __builtin_shufflevector(a[0], a[1], 2, 3, 10, 11, 6, 7, 14, 15);
        to[2] = __builtin_shufflevector(b[0], b[1], 0, 1, 8, 9, 4, 5, 12, 13);
        to[3] = __builtin_shufflevector(b[0], b[1], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    for (int i = 0; i < 4; i++) {
        x[i] = __builtin_shufflevector(four[i], four[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        x[i + 4] = __builtin_shufflevector(four[i], four[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}
#endif

static void turn_square(const R *from, ptrdiff_t from_stride, R *to, ptrdiff_t to_stride) {
    for (int p = 0; p < SIDE; p += SQUARE)
        for (int q = 0; q < SIDE; q += SQUARE) {
            line x[SQUARE];
            for (int i = 0; i < SQUARE; i++)
                x[i] = *(const line_unaligned *)(from + (p + i) * from_stride + q);
            turn_lines(x);
            for (int i = 0; i < SQUARE; i++)
                *(line_unaligned *)(to + (q + i) * to_stride + p) = x[i];
        }
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
