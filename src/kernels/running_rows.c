/* Running sums down the columns of an image, a block of rows at a time. */
#include "kernels/running_block.h"
#include "kernels/turn.h"

enum { WIDE = 4 };

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

ALWAYS_INLINE void block_strip(const conv_running_block *g, const running_tap *tap, size_t at,
                               vec *s, const int some) {
    const running_lines from = {g->tail, g->lead, at};
    running_middle middle = {.begins = g->begins};
    if (g->part) {
        middle.part = (R *)g->part + at;
        middle.parts = (g->width - 1) % GROUP;
    }
    if (g->before) {
        middle.before = (R *)g->before + at;
        middle.behind = (R *)g->behind + at;
    }
    sum_windows(&from, g->width, tap, &middle, s, some);
}

ALWAYS_INLINE void rows_strip(const conv_running_block *g, const running_tap *tap, size_t at, R *y,
                              ptrdiff_t stride, const int some) {
    vec s[GROUP];
    block_strip(g, tap, at, s, some);
    UNROLL
    for (int k = 0; k < GROUP; k++, y += stride) {
        if (g->accumulate)
            s[k] = s[k] + load_some(y + at, some);
        store_some(y + at, s[k], some);
    }
}

void FN(running_rows)(const conv_running_block *g, void *y, ptrdiff_t y_stride, size_t n) {
    const running_tap tap = take_tap(g->c);
    const size_t reals = n * SPACING;
    size_t at = 0;
    for (; reals - at >= LANES; at += LANES)
        rows_strip(g, &tap, at, y, y_stride * SPACING, 0);
    if (at < reals)
        rows_strip(g, &tap, at, y, y_stride * SPACING, (int)(reals - at));
}

ALWAYS_INLINE void turned_strip(const conv_running_block *g, const running_tap *tap, size_t at,
                                R *y, const int some) {
    const int columns = some ? some / SPACING : AT_ONCE;
    vec s[GROUP];
    block_strip(g, tap, at, s, some);
    UNROLL
    for (int k = 0; k < GROUP_VECTORS; k++) {
        turn(s + k * AT_ONCE);
        UNROLL
        for (int i = 0; i < AT_ONCE; i++)
            if (i < columns)
                put(y + at / SPACING * GROUP_REALS + i * GROUP_REALS + k * LANES,
                    s[k * AT_ONCE + i], 0, g->accumulate);
    }
}

void FN(running_turned)(const conv_running_block *g, void *y, size_t n) {
    const running_tap tap = take_tap(g->c);
    const size_t reals = n * SPACING;
    size_t at = 0;
    for (; reals - at >= LANES; at += LANES)
        turned_strip(g, &tap, at, y, 0);
    if (at < reals)
        turned_strip(g, &tap, at, y, (int)(reals - at));
}
