/* What the bank does to samples between transforms: Chebyshev's recurrence on lanes, T_{p+1} = 2 t
 * T_p - T_{p-1}. Each loop is elementwise. */
#include "varying/loops_parts.h"

void FN(bank_start)(const void *set, double number, void *weight, size_t count) {
    const R *sets = set, wanted = (R)number;
    R *weights = weight;
    for (size_t i = 0; i < count; i++)
        weights[i] = sets[i] == wanted ? 1 : 0;
}

void FN(bank_step)(const void *place, void *last, void *now, size_t count, bool first) {
    const R *t = place;
    R *a = last, *b = now;
    if (first)
        for (size_t i = 0; i < count; i++) {
            a[i] = b[i];
            b[i] = t[i] * b[i];
        }
    else
        for (size_t i = 0; i < count; i++) {
            R next = scalar_fma(2 * t[i], b[i], -a[i]);
            a[i] = b[i];
            b[i] = next;
        }
}

void FN(bank_add)(const void *weight, const void *z, void *y, size_t count) {
    const R *w = weight, *x = z;
    R *sum = y;
    for (size_t i = 0; i < count; i++)
        sum[i] = scalar_fma(w[i], x[i], sum[i]);
}

void FN(bank_multiply)(const void *weight, const void *x, void *product, size_t count) {
    const R *w = weight, *f = x;
    R *g = product;
    for (size_t i = 0; i < count; i++)
        g[i] = w[i] * f[i];
}
