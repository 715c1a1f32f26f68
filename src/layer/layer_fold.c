/* Long sums, block by block: the error of adding up the blocks is kept (Knuth's two-sum) and added
 * at the end, so that what is left is the error of a block. */
#include "layer/layer_leaf.h"

static void add_block(const R *restrict sum, size_t count, R *restrict high, R *restrict low) {
    for (size_t i = 0; i < count; i++) {
        R a = high[i], b = sum[i], s = a + b, part = s - a;
        low[i] += (a - (s - part)) + (b - part);
        high[i] = s;
    }
}

void FN(layer_fold)(const void *sum, size_t count, bool first, void *high, void *low) {
    if (first) {
        memcpy(high, sum, count * sizeof(R));
        memset(low, 0, count * sizeof(R));
    } else
        add_block(sum, count, high, low);
}

/* Where high is Inf or NaN the errors mean nothing. */
void FN(layer_total)(const void *high, const void *low, size_t count, void *sum) {
    const R *h = high, *l = low;
    R *to = sum;
    for (size_t i = 0; i < count; i++)
        to[i] = l[i] - l[i] == 0 ? h[i] + l[i] : h[i];
}

void FN(layer_add_lanes)(const void *vectors, size_t count, void *to, ptrdiff_t to_stride) {
    const R *from = vectors;
    R *y = to;
    for (size_t i = 0; i < count; i++, from += LANES, y += to_stride) {
        R part[LANES];
        memcpy(part, from, sizeof part);
        for (int step = LANES / 2; step > 0; step /= 2)
            for (int j = 0; j < step; j++)
                part[j] += part[j + step];
        *y = part[0];
    }
}
