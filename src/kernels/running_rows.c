/* Running sums down the columns of an image, blocks of rows at a time: sums from a block's rows to
 * its end, and from its beginning to its rows (van Herk 1992; Gil and Werman 1993). No sum is ever
 * taken back, so that each output is a sum of the samples in its window and of no others. */
#include "kernels/running_parts.h"

enum { WIDE = 4 };

ALWAYS_INLINE void suffix_strip(const void *const *rows, size_t count, const running_tap *tap, R *s,
                                ptrdiff_t stride, size_t at, const int vectors, const int part) {
    vec sum[WIDE];
    UNROLL
    for (int u = 0; u < vectors; u++)
        sum[u] = (vec){0};
    for (size_t k = count; k-- > 0;) {
        const R *x = (const R *)rows[k] + at;
        R *to = s + (ptrdiff_t)k * stride + (ptrdiff_t)at;
        UNROLL
        for (int u = 0; u < vectors; u++) {
            sum[u] = add_tap(sum[u], tap, load_some(x + u * LANES, part));
            store_some(to + u * LANES, sum[u], part);
        }
    }
}

void FN(running_suffix)(const void *const *rows, size_t count, const void *c, void *s,
                        ptrdiff_t s_stride, size_t n) {
    const running_tap tap = take_tap(c);
    const size_t reals = n * SPACING, wide = WIDE * LANES;
    const ptrdiff_t stride = s_stride * SPACING;
    size_t at = 0;
    for (; reals - at >= wide; at += wide)
        suffix_strip(rows, count, &tap, s, stride, at, WIDE, 0);
    for (; reals - at >= LANES; at += LANES)
        suffix_strip(rows, count, &tap, s, stride, at, 1, 0);
    if (at < reals)
        suffix_strip(rows, count, &tap, s, stride, at, 1, (int)(reals - at));
}

ALWAYS_INLINE void add_strip(const void *const *rows, size_t count, const running_tap *tap, R *sum,
                             bool accumulate, size_t at, const int vectors, const int part) {
    vec total[WIDE];
    UNROLL
    for (int u = 0; u < vectors; u++)
        total[u] = accumulate ? load_some(sum + at + u * LANES, part) : (vec){0};
    for (size_t k = 0; k < count; k++) {
        const R *x = (const R *)rows[k] + at;
        UNROLL
        for (int u = 0; u < vectors; u++)
            total[u] = add_tap(total[u], tap, load_some(x + u * LANES, part));
    }
    UNROLL
    for (int u = 0; u < vectors; u++)
        store_some(sum + at + u * LANES, total[u], part);
}

void FN(running_add)(const void *const *rows, size_t count, const void *c, void *sum,
                     bool accumulate, size_t n) {
    const running_tap tap = take_tap(c);
    const size_t reals = n * SPACING, wide = WIDE * LANES;
    size_t at = 0;
    for (; reals - at >= wide; at += wide)
        add_strip(rows, count, &tap, sum, accumulate, at, WIDE, 0);
    for (; reals - at >= LANES; at += LANES)
        add_strip(rows, count, &tap, sum, accumulate, at, 1, 0);
    if (at < reals)
        add_strip(rows, count, &tap, sum, accumulate, at, 1, (int)(reals - at));
}

ALWAYS_INLINE void advance_strip(const conv_running_step *g, const running_tap *tap, size_t at,
                                 const int vectors, const int part) {
    vec head[WIDE], middle[WIDE];
    UNROLL
    for (int u = 0; u < vectors; u++) {
        size_t i = at + (size_t)(u * LANES);
        head[u] = g->fresh ? (vec){0} : load_some((const R *)g->head + i, part);
        middle[u] = g->middle ? load_some((const R *)g->middle + i, part) : (vec){0};
    }
    for (size_t k = 0; k < g->count; k++) {
        const R *x = (const R *)g->lead[k] + at;
        const R *s = (const R *)g->tail + (ptrdiff_t)k * g->tail_stride * SPACING + at;
        R *y = (R *)g->y + (ptrdiff_t)k * g->y_stride * SPACING + at;
        if (vectors == WIDE) { /* for the next strip, to where rows a page apart do not collide */
            UNROLL
            for (int u = 0; u < vectors * VEC_BYTES; u += 64)
                __builtin_prefetch((const void *)((uintptr_t)(x + vectors * LANES) + (unsigned)u),
                                   0, 2);
        }
        UNROLL
        for (int u = 0; u < vectors; u++) {
            const int i = u * LANES;
            head[u] = add_tap(head[u], tap, load_some(x + i, part));
            vec sum = load_some(s + i, part) + head[u];
            if (g->middle)
                sum = sum + middle[u];
            if (g->accumulate)
                sum = sum + load_some(y + i, part);
            store_some(y + i, sum, part);
        }
    }
    UNROLL
    for (int u = 0; u < vectors; u++)
        store_some((R *)g->head + at + u * LANES, head[u], part);
}

void FN(running_advance)(const conv_running_step *step, const void *c, size_t n) {
    const running_tap tap = take_tap(c);
    const size_t reals = n * SPACING, wide = WIDE * LANES;
    size_t at = 0;
    for (; reals - at >= wide; at += wide)
        advance_strip(step, &tap, at, WIDE, 0);
    for (; reals - at >= LANES; at += LANES)
        advance_strip(step, &tap, at, 1, 0);
    if (at < reals)
        advance_strip(step, &tap, at, 1, (int)(reals - at));
}
