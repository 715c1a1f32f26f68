/* Squares of vectors turned over, in registers. */
#ifndef CONV_KERNELS_TURN_H
#define CONV_KERNELS_TURN_H

#include "base/leaf.h"
#include "kernels/slide_parts.h"

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
ALWAYS_INLINE void turn(vec *v) {
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

#endif
