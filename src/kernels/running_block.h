/* A block of a running sum in registers: sums from each line to the block's end, and from the first
 * lead to each one (van Herk 1992; Gil and Werman 1993). No sum is ever taken back, so that each
 * output is a sum of the samples in its window and of no others. */
#ifndef CONV_KERNELS_RUNNING_BLOCK_H
#define CONV_KERNELS_RUNNING_BLOCK_H

#include "kernels/running_parts.h"

/* A vector of a block's lines, and of its state: so many reals from each one's first. */
typedef struct {
    const void *const *tail, *const *lead;
    size_t tail_at, lead_at, state_at;
    bool copies; /* lead: of the block's, to be made anew where one is used up */
} running_lines;

ALWAYS_INLINE vec line_at(const void *const *lines, size_t k, size_t at) {
    return vec_load((const R *)lines[k] + at);
}

ALWAYS_INLINE vec add_lines(const void *const *lines, size_t count, size_t at,
                            const running_tap *tap) {
    vec sum = {0};
    for (size_t k = 0; k < count; k++)
        sum = add_tap(sum, tap, line_at(lines, k, at));
    return sum;
}

/* s[k]: the sum of tail from line k on, within its half of the block. The result: of the second
 * half. */
ALWAYS_INLINE vec sum_tail(const running_lines *from, const int count, const running_tap *tap,
                           vec *s) {
    vec sum = {0};
    UNROLL
    for (int k = count - 1; k >= 0; k--) {
        if (k == count / 2 - 1)
            sum = (vec){0};
        sum = add_tap(sum, tap, line_at(from->tail, (size_t)k, from->tail_at));
        s[k] = sum;
    }
    return s[count / 2];
}

/* s[k]: tail from line k on, middle, lead up to line k; by halves, as a sum waits for the one
 * before. The result: all of lead. */
ALWAYS_INLINE vec sum_block(const running_lines *from, const int count, const running_tap *tap,
                            vec middle, vec *s) {
    const vec tail = sum_tail(from, count, tap, s);
    vec sum = {0}, before = middle + tail, half = {0};
    UNROLL
    for (int k = 0; k < count; k++) {
        if (k == count / 2) {
            half = sum;
            before = middle + half;
            sum = (vec){0};
        }
        sum = add_tap(sum, tap, line_at(from->lead, (size_t)k, from->lead_at));
        s[k] = s[k] + (before + sum);
    }
    return half + sum;
}

/* Windows no wider than GROUP, of blocks that are shorter than they. */
ALWAYS_INLINE void sum_narrow(const void *const *lines, size_t at, size_t width, const int count,
                              const running_tap *tap, vec *s) {
    UNROLL
    for (int k = 0; k < GROUP; k += count) {
        const size_t begin = (size_t)k, end = (size_t)(k + count), lead = begin + width - 1;
        const running_lines from = {lines + begin, lines + lead, at, at, 0, false};
        const vec middle = add_lines(lines + end, lead - end, at, tap);
        sum_block(&from, count, tap, middle, s + k);
    }
}

ALWAYS_INLINE void sum_few(const void *const *lines, size_t at, size_t width,
                           const running_tap *tap, vec *s) {
    UNROLL
    for (int k = 0; k < GROUP; k++)
        s[k] = add_lines(lines + k, width, at, tap);
}

/* What is in the middle of a block's windows, and what becomes of it. */
typedef struct {
    R *part, *before, *behind; /* as in conv_running_block */
    bool begins;
    size_t parts; /* leads of a block that are its part */
} running_middle;

ALWAYS_INLINE void sum_wide(const running_lines *from, const running_tap *tap,
                            const running_middle *at, vec *s) {
    vec middle = {0}, behind = {0};
    if (at->part)
        middle = vec_load(at->part);
    if (at->before) {
        if (!at->begins)
            behind = vec_load(at->behind);
        middle = middle + (vec_load(at->before) + behind);
    }
    const vec lead = sum_block(from, GROUP, tap, middle, s);
    if (at->part)
        vec_store(at->part,
                  add_lines(from->lead + GROUP - at->parts, at->parts, from->lead_at, tap));
    if (at->before) {
        vec_store(at->before, lead);
        vec_store(at->behind, behind + lead);
    }
}

/* Lines of the blocks that a window of so many lines is summed in; of few lines 0. */
ALWAYS_INLINE int block_of(size_t width) {
    return width > GROUP ? GROUP : width > 8 ? 8 : width > 4 ? 4 : 0;
}

/* GROUP outputs of a vector. count: of the width, which a loop knows, as the sums are in registers.
 */
ALWAYS_INLINE void sum_windows(const running_lines *from, size_t width, const int count,
                               const running_tap *tap, const running_middle *middle, vec *s) {
    if (count == GROUP)
        sum_wide(from, tap, middle, s);
    else if (count > 0)
        sum_narrow(from->tail, from->tail_at, width, count, tap, s);
    else
        sum_few(from->tail, from->tail_at, width, tap, s);
}

#endif
