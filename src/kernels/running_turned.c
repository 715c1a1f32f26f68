/* Running sums along the rows of an image, as many rows at a time as a vector has samples: they are
 * turned over, so that each vector has a column of them, summed in blocks of columns as in
 * running_rows.c, and turned back. */
#include "kernels/running_parts.h"

#ifdef CONV_LEAF_DOUBLE
#define REAL_BYTES 8
#else
#define REAL_BYTES 4
#endif

enum { AT_ONCE = LANES / SPACING };

/* Lanes of two vectors in blocks of 1, 2, 4, 8: the even ones of both in turn, and the odd ones. */
/* clang-format off */
#if VEC_BYTES / REAL_BYTES == 2
#define EVEN_1 0, 2
#define ODD_1 1, 3
#elif VEC_BYTES / REAL_BYTES == 4
#define EVEN_1 0, 4, 2, 6
#define ODD_1 1, 5, 3, 7
#define EVEN_2 0, 1, 4, 5
#define ODD_2 2, 3, 6, 7
#elif VEC_BYTES / REAL_BYTES == 8
#define EVEN_1 0, 8, 2, 10, 4, 12, 6, 14
#define ODD_1 1, 9, 3, 11, 5, 13, 7, 15
#define EVEN_2 0, 1, 8, 9, 4, 5, 12, 13
#define ODD_2 2, 3, 10, 11, 6, 7, 14, 15
#define EVEN_4 0, 1, 2, 3, 8, 9, 10, 11
#define ODD_4 4, 5, 6, 7, 12, 13, 14, 15
#elif VEC_BYTES / REAL_BYTES == 16
#define EVEN_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define ODD_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#define EVEN_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define ODD_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define EVEN_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define ODD_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define EVEN_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define ODD_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#endif
/* clang-format on */

ALWAYS_INLINE vec even_blocks(vec a, vec b, const int block) {
#ifdef EVEN_8
    if (block == 8)
        return __builtin_shufflevector(a, b, EVEN_8);
#endif
#ifdef EVEN_4
    if (block == 4)
        return __builtin_shufflevector(a, b, EVEN_4);
#endif
#ifdef EVEN_2
    if (block == 2)
        return __builtin_shufflevector(a, b, EVEN_2);
#endif
    (void)block;
    return __builtin_shufflevector(a, b, EVEN_1);
}

ALWAYS_INLINE vec odd_blocks(vec a, vec b, const int block) {
#ifdef ODD_8
    if (block == 8)
        return __builtin_shufflevector(a, b, ODD_8);
#endif
#ifdef ODD_4
    if (block == 4)
        return __builtin_shufflevector(a, b, ODD_4);
#endif
#ifdef ODD_2
    if (block == 2)
        return __builtin_shufflevector(a, b, ODD_2);
#endif
    (void)block;
    return __builtin_shufflevector(a, b, ODD_1);
}

/* Vector i's element j changes places with vector j's element i. */
ALWAYS_INLINE void turn(vec v[AT_ONCE]) {
    UNROLL
    for (int apart = 1; apart < AT_ONCE; apart *= 2) {
        UNROLL
        for (int i = 0; i < AT_ONCE; i++)
            if (!(i & apart)) {
                const vec a = v[i], b = v[i + apart];
                v[i] = even_blocks(a, b, apart * SPACING);
                v[i + apart] = odd_blocks(a, b, apart * SPACING);
            }
    }
}

/* With `part` the last columns, so many reals. */
ALWAYS_INLINE void turn_tile(const void *const *rows, size_t count, size_t at, R *to, int part) {
    vec v[AT_ONCE];
    UNROLL
    for (int i = 0; i < AT_ONCE; i++) {
        const R *row = (const R *)rows[(size_t)i < count ? (size_t)i : count - 1] + at * SPACING;
        v[i] = part ? load_part(row, part) : vec_load(row);
    }
    turn(v);
    const int columns = part ? part / SPACING : AT_ONCE;
    UNROLL
    for (int i = 0; i < AT_ONCE; i++)
        if (i < columns)
            vec_store(to + (at + (size_t)i) * LANES, v[i]);
}

void FN(running_turn)(const void *const *rows, size_t count, size_t n, void *columns) {
    size_t at = 0;
    for (; n - at >= AT_ONCE; at += AT_ONCE)
        turn_tile(rows, count, at, columns, 0);
    if (at < n)
        turn_tile(rows, count, at, columns, (int)(n - at) * SPACING);
    memset((R *)columns + n * LANES, 0, VEC_BYTES);
}

ALWAYS_INLINE void turn_tile_back(const R *from, size_t step, size_t at, int columns,
                                  void *const *rows, size_t count) {
    vec v[AT_ONCE];
    UNROLL
    for (int i = 0; i < AT_ONCE; i++)
        v[i] = i < columns ? vec_load(from + (at + (size_t)i) * step * LANES) : (vec){0};
    turn(v);
    UNROLL
    for (int i = 0; i < AT_ONCE; i++)
        if ((size_t)i < count)
            store_some((R *)rows[i] + at * SPACING, v[i],
                       columns < AT_ONCE ? columns * SPACING : 0);
}

void FN(running_turn_back)(const void *columns, size_t step, size_t n, void *const *rows,
                           size_t count) {
    size_t at = 0;
    for (; n - at >= AT_ONCE; at += AT_ONCE)
        turn_tile_back(columns, step, at, AT_ONCE, rows, count);
    if (at < n)
        turn_tile_back(columns, step, at, (int)(n - at), rows, count);
}

ALWAYS_INLINE vec column(const R *x, const unsigned *place, size_t i) {
    return vec_load(x + (size_t)place[i] * LANES);
}

/* Windows of few columns as they stand. */
static void sum_columns(const R *x, const unsigned *place, size_t width, const running_tap *tap,
                        R *y, size_t count, bool accumulate) {
    for (size_t i = 0; i < count; i++) {
        vec sum = {0};
        for (size_t t = 0; t < width; t++)
            sum = add_tap(sum, tap, column(x, place, i + t));
        put(y + i * LANES, sum, 0, accumulate);
    }
}

/* tap: known where it is the number 1, so that the loops have no branch in them. */
ALWAYS_INLINE void run_columns(const R *x, const unsigned *place, size_t width,
                               const running_tap *tap, R *y, size_t count, const bool accumulate,
                               R *suffix) {
    for (size_t at = 0; at < count; at += width, place += width, y += width * LANES) {
        const size_t outputs = smaller(width, count - at);
        vec sum = {0};
        for (size_t i = width; i-- > 0;) {
            sum = add_tap(sum, tap, column(x, place, i));
            vec_store(suffix + i * LANES, sum);
        }
        put(y, sum, 0, accumulate);
        sum = (vec){0};
        for (size_t i = 1; i < outputs; i++) {
            sum = add_tap(sum, tap, column(x, place, width + i - 1));
            put(y + i * LANES, vec_load(suffix + i * LANES) + sum, 0, accumulate);
        }
    }
}

void FN(running_columns)(const void *columns, const unsigned *place, size_t width, const void *c,
                         void *y, size_t count, bool accumulate, void *scratch) {
    const running_tap tap = take_tap(c), one = take_tap(NULL);
    if (width <= 4)
        sum_columns(columns, place, width, &tap, y, count, accumulate);
    else if (!c && !accumulate)
        run_columns(columns, place, width, &one, y, count, false, scratch);
    else
        run_columns(columns, place, width, &tap, y, count, accumulate, scratch);
}

const size_t FN(running_at_once) = AT_ONCE;
