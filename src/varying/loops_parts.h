/* What the leaf files of varying kernels share. */
#ifndef CONV_VARYING_LOOPS_PARTS_H
#define CONV_VARYING_LOOPS_PARTS_H

#include "base/leaf.h"
#include "varying/loops.h"

/* v where keep, which is a comparison, and 0 elsewhere, also for a NaN. */
ALWAYS_INLINE vec vec_keep(vec_index keep, vec v) {
    return (vec)(keep & (vec_index)v);
}

void FN(gauss_gather)(const conv_gauss_row *row, const void *x, void *y, size_t begin, size_t end);
void FN(gauss_scatter)(const conv_gauss_row *row, size_t n, const void *x, void *y, ptrdiff_t begin,
                       ptrdiff_t end, size_t most, void *scratch);

void FN(bank_start)(const void *set, double number, void *weight, size_t count);
void FN(bank_step)(const void *place, void *last, void *now, size_t count, bool first);
void FN(bank_add)(const void *weight, const void *z, void *y, size_t count);
void FN(bank_multiply)(const void *weight, const void *x, void *product, size_t count);

#endif
