/* What the loops of running sums share: a sample times the value that a stretch of taps has. Lines
 * are read as reals; a complex signal is SPACING of them a sample. */
#ifndef CONV_KERNELS_RUNNING_PARTS_H
#define CONV_KERNELS_RUNNING_PARTS_H

#include "kernels/kernels.h"
#include "kernels/slide_parts.h"

void FN(running_add)(const void *const *rows, size_t count, const void *c, void *sum,
                     bool accumulate, size_t n);
void FN(running_rows)(const conv_running_block *block, void *y, ptrdiff_t y_stride, size_t n);
void FN(running_turned)(const conv_running_block *block, void *y, size_t n);
void FN(running_line)(const void *x, size_t width, const void *c, void *y, size_t count,
                      bool accumulate, void *scratch);
size_t FN(running_reach)(size_t width, size_t count);
size_t FN(running_scratch)(size_t width, size_t count);
void FN(running_columns)(const void *const *columns, size_t width, const void *c, void *const *rows,
                         size_t count, bool accumulate, void *scratch);
size_t FN(running_columns_scratch)(size_t width);

/* One tap: of a complex kernel re, re, ... and -im, im, ... */
typedef struct {
    vec re, im;
    bool is_one; /* of a complex one: added as it stands, so that an Inf meets no part that is 0 */
} running_tap;

ALWAYS_INLINE running_tap take_tap(const void *c) {
    const R *tap = c;
    running_tap t = {vec_splat(1), vec_splat(0), true};
    if (!c)
        return t;
    t.re = vec_splat(tap[0]);
    t.is_one = false;
    if (SETS == 2)
        t.im = vec_splat(tap[1]);
    return t;
}

/* sum + tap * x. */
ALWAYS_INLINE vec add_tap(vec sum, const running_tap *t, vec x) {
    if (SETS == 2 && t->is_one)
        return sum + x;
    sum = vec_fma(t->re, x, sum);
    return SETS == 2 ? vec_fma(t->im, times_i(x), sum) : sum;
}

/* Without masks a part of a vector goes through memory: in a function of its own, or each of the
 * many loads and stores of a block has room for it in the frame. */
#ifdef __AVX512F__
#define REST ALWAYS_INLINE
#else
#define REST __attribute__((noinline, unused)) static
#endif

REST vec load_rest(const R *p, int n) {
    return load_part(p, n);
}

REST void store_rest(R *p, vec v, int n) {
    store_part(p, v, n);
}

/* A vector of a row, of which the last may be a part. */
ALWAYS_INLINE vec load_some(const R *p, const int part) {
    return part ? load_rest(p, part) : vec_load(p);
}

ALWAYS_INLINE void store_some(R *p, vec v, const int part) {
    if (part)
        store_rest(p, v, part);
    else
        vec_store(p, v);
}

#endif
