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

/* The sums of a vector of the rows. */
ALWAYS_INLINE void block_strip(const conv_running_block *g, const running_tap *tap,
                               const running_lines *from, const int count, vec *s, const int some) {
    const size_t at = from->tail_at;
    running_middle middle = {.begins = g->begins};
    if (g->part) {
        middle.part = (R *)g->part + at;
        middle.parts = (g->width - 1) % GROUP;
    }
    if (g->before) {
        middle.before = (R *)g->before + at;
        middle.behind = (R *)g->behind + at;
    }
    sum_windows(from, g->width, count, tap, &middle, s, some);
}

ALWAYS_INLINE void rows_strip(const conv_running_block *g, const running_tap *tap, size_t at,
                              const int count, R *y, ptrdiff_t stride, const int some) {
    const running_lines from = {g->tail, g->lead, at, at};
    vec s[GROUP];
    block_strip(g, tap, &from, count, s, some);
    UNROLL
    for (int k = 0; k < GROUP; k++, y += stride) {
        if (g->accumulate)
            s[k] = s[k] + load_some(y + at, some);
        store_some(y + at, s[k], some);
    }
}

ALWAYS_INLINE void make_rows(const conv_running_block *g, const int count, R *y, ptrdiff_t stride,
                             size_t reals) {
    const running_tap tap = take_tap(g->c);
    size_t at = 0;
    for (; reals - at >= LANES; at += LANES)
        rows_strip(g, &tap, at, count, y, stride, 0);
    if (at < reals)
        rows_strip(g, &tap, at, count, y, stride, (int)(reals - at));
}

void FN(running_rows)(const conv_running_block *g, void *y, ptrdiff_t y_stride, size_t n) {
    const int count = block_of(g->width);
    const size_t reals = n * SPACING;
    if (count == GROUP)
        make_rows(g, GROUP, y, y_stride * SPACING, reals);
    else if (GROUP > 8 && count == 8)
        make_rows(g, 8, y, y_stride * SPACING, reals);
    else if (GROUP > 4 && count == 4)
        make_rows(g, 4, y, y_stride * SPACING, reals);
    else
        make_rows(g, 0, y, y_stride * SPACING, reals);
}

ALWAYS_INLINE void turned_strip(const conv_running_block *g, const running_tap *tap,
                                const running_lines *from, const int count, R *y, const int some) {
    const int columns = some ? some / SPACING : AT_ONCE;
    vec s[GROUP];
    block_strip(g, tap, from, count, s, some);
    y += from->tail_at / SPACING * GROUP_REALS;
    UNROLL
    for (int k = 0; k < GROUP_VECTORS; k++) {
        turn(s + k * AT_ONCE);
        UNROLL
        for (int i = 0; i < AT_ONCE; i++)
            if (i < columns)
                put(y + i * GROUP_REALS + k * LANES, s[k * AT_ONCE + i], 0, g->accumulate);
    }
}

enum { COPIED = CONV_RUNNING_COPY / (int)sizeof(R), COPIED_APART = COPIED + GROUP_REALS };

static void copy_lines(const void *const *lines, size_t at, R *to) {
    for (int k = 0; k < GROUP; k++, to += COPIED_APART) {
        const R *x = (const R *)lines[k] + at;
        UNROLL
        for (int i = 0; i < COPIED; i += LANES)
            vec_store(to + i, vec_load(x + i));
    }
}

/* Leads copied a few cache lines at a time. */
ALWAYS_INLINE size_t turn_copies(const conv_running_block *g, const running_tap *tap, R *y,
                                 size_t at, size_t reals) {
    const void *copies[GROUP];
    for (int k = 0; k < GROUP; k++)
        copies[k] = (R *)g->copy + k * COPIED_APART;
    for (; reals - at >= COPIED; at += COPIED) {
        copy_lines(g->lead, at, g->copy);
        for (size_t i = 0; i < COPIED; i += LANES) {
            const running_lines from = {g->tail, copies, at + i, i};
            turned_strip(g, tap, &from, GROUP, y, 0);
        }
    }
    return at;
}

/* Reals before the first vector that is in one cache line: of a row, and mostly of all. */
static size_t reals_before(const void *row) {
    return (0 - (uintptr_t)row / sizeof(R)) % LANES / SPACING * SPACING;
}

ALWAYS_INLINE void make_columns(const conv_running_block *g, const int count, R *y, size_t reals) {
    const running_tap tap = take_tap(g->c);
    size_t at = smaller(reals_before(g->tail[0]), reals);
    running_lines from = {g->tail, g->lead, 0, 0};
    if (at)
        turned_strip(g, &tap, &from, count, y, (int)at);
    if (count == GROUP && g->copy)
        at = turn_copies(g, &tap, y, at, reals);
    for (; reals - at >= LANES; at += LANES) {
        from.tail_at = from.lead_at = at;
        turned_strip(g, &tap, &from, count, y, 0);
    }
    from.tail_at = from.lead_at = at;
    if (at < reals)
        turned_strip(g, &tap, &from, count, y, (int)(reals - at));
}

void FN(running_turned)(const conv_running_block *g, void *y, size_t n) {
    const int count = block_of(g->width);
    const size_t reals = n * SPACING;
    if (count == GROUP)
        make_columns(g, GROUP, y, reals);
    else if (GROUP > 8 && count == 8)
        make_columns(g, 8, y, reals);
    else if (GROUP > 4 && count == 4)
        make_columns(g, 4, y, reals);
    else
        make_columns(g, 0, y, reals);
}
