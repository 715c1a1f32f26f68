/* A block of a running sum in registers: sums from each line to the block's end, and from the first
 * lead to each one (van Herk 1992; Gil and Werman 1993). No sum is ever taken back, so that each
 * output is a sum of the samples in its window and of no others. */
#ifndef CONV_KERNELS_RUNNING_BLOCK_H
#define CONV_KERNELS_RUNNING_BLOCK_H

#include "kernels/running_parts.h"

/* Lines at which a block is `at` reals from the lines' first. */
typedef struct {
    const void *const *tail, *const *lead;
    size_t at;
} running_lines;

ALWAYS_INLINE vec line_at(const void *const *lines, size_t k, size_t at, const int some) {
    return load_some((const R *)lines[k] + at, some);
}

/* s[k]: tail from line k on, middle, lead up to line k. The result: all of lead. */
ALWAYS_INLINE vec sum_block(const running_lines *from, const int count, const running_tap *tap,
                            vec middle, vec *s, const int some) {
    vec sum = {0};
    UNROLL
    for (int k = count - 1; k >= 0; k--) {
        sum = add_tap(sum, tap, line_at(from->tail, (size_t)k, from->at, some));
        s[k] = sum;
    }
    sum = (vec){0};
    UNROLL
    for (int k = 0; k < count; k++) {
        sum = add_tap(sum, tap, line_at(from->lead, (size_t)k, from->at, some));
        s[k] = s[k] + (middle + sum);
    }
    return sum;
}

ALWAYS_INLINE vec add_lines(const void *const *lines, size_t count, size_t at,
                            const running_tap *tap, const int some) {
    vec sum = {0};
    for (size_t k = 0; k < count; k++)
        sum = add_tap(sum, tap, line_at(lines, k, at, some));
    return sum;
}

/* Windows no wider than GROUP, of blocks that are shorter than they. */
ALWAYS_INLINE void sum_narrow(const void *const *lines, size_t at, size_t width, const int count,
                              const running_tap *tap, vec *s, const int some) {
    UNROLL
    for (int k = 0; k < GROUP; k += count) {
        const size_t begin = (size_t)k, end = (size_t)(k + count), lead = begin + width - 1;
        const running_lines from = {lines + begin, lines + lead, at};
        const vec middle = add_lines(lines + end, lead - end, at, tap, some);
        sum_block(&from, count, tap, middle, s + k, some);
    }
}

ALWAYS_INLINE void sum_few(const void *const *lines, size_t at, size_t width,
                           const running_tap *tap, vec *s, const int some) {
    UNROLL
    for (int k = 0; k < GROUP; k++)
        s[k] = add_lines(lines + k, width, at, tap, some);
}

/* What is in the middle of a block's windows, and what becomes of it. */
typedef struct {
    R *part, *before, *behind; /* as in conv_running_block */
    bool begins;
    size_t parts; /* leads of a block that are its part */
} running_middle;

ALWAYS_INLINE void sum_wide(const running_lines *from, const running_tap *tap,
                            const running_middle *at, vec *s, const int some) {
    vec middle = {0}, behind = {0};
    if (at->part)
        middle = load_some(at->part, some);
    if (at->before) {
        if (!at->begins)
            behind = load_some(at->behind, some);
        middle = middle + (load_some(at->before, some) + behind);
    }
    const vec lead = sum_block(from, GROUP, tap, middle, s, some);
    if (at->part)
        store_some(at->part,
                   add_lines(from->lead + GROUP - at->parts, at->parts, from->at, tap, some), some);
    if (at->before) {
        store_some(at->before, lead, some);
        store_some(at->behind, behind + lead, some);
    }
}

/* GROUP outputs of a vector. */
ALWAYS_INLINE void sum_windows(const running_lines *from, size_t width, const running_tap *tap,
                               const running_middle *middle, vec *s, const int some) {
    if (width > GROUP)
        sum_wide(from, tap, middle, s, some);
    else if (GROUP > 8 && width > 8)
        sum_narrow(from->tail, from->at, width, 8, tap, s, some);
    else if (GROUP > 4 && width > 4)
        sum_narrow(from->tail, from->at, width, 4, tap, s, some);
    else
        sum_few(from->tail, from->at, width, tap, s, some);
}

#endif
