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
                               const running_lines *from, const int count, vec *s) {
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
    sum_windows(from, g->width, count, tap, &middle, s);
}

/* So many reals of the lines, whole vectors, from `from` on. y: where the first of them go. stride:
 * from row to row; columns are GROUP_REALS apart. */
typedef void whole_strips(const conv_running_block *g, const running_lines *from, R *y,
                          ptrdiff_t stride, size_t reals);

ALWAYS_INLINE void make_rows(const conv_running_block *g, const running_lines *from, R *y,
                             ptrdiff_t stride, size_t reals, const int count) {
    const running_tap tap = take_tap(g->c);
    for (size_t at = 0; at < reals; at += LANES) {
        const running_lines here = {from->tail, from->lead, from->tail_at + at, from->lead_at + at};
        vec s[GROUP];
        block_strip(g, &tap, &here, count, s);
        UNROLL
        for (int k = 0; k < GROUP; k++)
            put(y + k * stride + at, s[k], 0, g->accumulate);
    }
}

static void whole_rows(const conv_running_block *g, const running_lines *from, R *y,
                       ptrdiff_t stride, size_t reals) {
    const int count = block_of(g->width);
    if (count == GROUP)
        make_rows(g, from, y, stride, reals, GROUP);
    else if (GROUP > 8 && count == 8)
        make_rows(g, from, y, stride, reals, 8);
    else if (GROUP > 4 && count == 4)
        make_rows(g, from, y, stride, reals, 4);
    else
        make_rows(g, from, y, stride, reals, 0);
}

ALWAYS_INLINE void make_columns(const conv_running_block *g, const running_lines *from, R *y,
                                size_t reals, const int count) {
    const running_tap tap = take_tap(g->c);
    for (size_t at = 0; at < reals; at += LANES, y += AT_ONCE * GROUP_REALS) {
        const running_lines here = {from->tail, from->lead, from->tail_at + at, from->lead_at + at};
        vec s[GROUP];
        block_strip(g, &tap, &here, count, s);
        UNROLL
        for (int k = 0; k < GROUP_VECTORS; k++) {
            turn(s + k * AT_ONCE);
            UNROLL
            for (int i = 0; i < AT_ONCE; i++)
                put(y + i * GROUP_REALS + k * LANES, s[k * AT_ONCE + i], 0, g->accumulate);
        }
    }
}

static void whole_columns(const conv_running_block *g, const running_lines *from, R *y,
                          ptrdiff_t stride, size_t reals) {
    const int count = block_of(g->width);
    (void)stride;
    if (count == GROUP)
        make_columns(g, from, y, reals, GROUP);
    else if (GROUP > 8 && count == 8)
        make_columns(g, from, y, reals, 8);
    else if (GROUP > 4 && count == 4)
        make_columns(g, from, y, reals, 4);
    else
        make_columns(g, from, y, reals, 0);
}

static void copy_rest(const void *const *lines, size_t count, size_t at, int some, R *copies,
                      const void **to) {
    for (size_t k = 0; k < count; k++, copies += LANES) {
        vec_store(copies, load_rest((const R *)lines[k] + at, some));
        to[k] = copies;
    }
}

/* A vector of the state of wide windows, as a copy. */
static void *copy_state(const void *state, size_t at, int some, R *copy) {
    if (state)
        vec_store(copy, load_rest((const R *)state + at, some));
    return state ? copy : NULL;
}

static void keep_state(void *state, size_t at, int some, const R *copy) {
    if (state)
        store_rest((R *)state + at, vec_load(copy), some);
}

/* Fewer reals of the lines than a vector holds, from a copy of them, to `sums`: whole vectors. */
static void make_rest(whole_strips *make, const conv_running_block *g, size_t at, int some,
                      R *sums) {
    R copies[2 * GROUP * LANES], state[3][LANES];
    const void *lines[2 * GROUP];
    conv_running_block block = *g;
    if (g->width > GROUP) {
        copy_rest(g->tail, GROUP, at, some, copies, lines);
        copy_rest(g->lead, GROUP, at, some, copies + GROUP * LANES, lines + GROUP);
    } else {
        copy_rest(g->tail, GROUP + g->width - 1, at, some, copies, lines);
    }
    block.part = copy_state(g->part, at, some, state[0]);
    block.before = copy_state(g->before, at, some, state[1]);
    block.behind = copy_state(g->behind, at, some, state[2]);
    const running_lines from = {lines, lines + GROUP, 0, 0};
    make(&block, &from, sums, LANES, LANES);
    keep_state(g->part, at, some, state[0]);
    keep_state(g->before, at, some, state[1]);
    keep_state(g->behind, at, some, state[2]);
}

static void rest_of_rows(const conv_running_block *g, size_t at, int some, R *y, ptrdiff_t stride) {
    R sums[GROUP * LANES];
    for (int k = 0; k < GROUP && g->accumulate; k++)
        vec_store(sums + k * LANES, load_rest(y + k * stride + at, some));
    make_rest(whole_rows, g, at, some, sums);
    for (int k = 0; k < GROUP; k++)
        store_rest(y + k * stride + at, vec_load(sums + k * LANES), some);
}

static void rest_of_columns(const conv_running_block *g, size_t at, int some, R *y) {
    R sums[AT_ONCE * GROUP_REALS];
    const int reals = some / SPACING * GROUP_REALS;
    y += at / SPACING * GROUP_REALS;
    for (int i = 0; i < reals && g->accumulate; i += LANES)
        vec_store(sums + i, vec_load(y + i));
    make_rest(whole_columns, g, at, some, sums);
    for (int i = 0; i < reals; i += LANES)
        vec_store(y + i, vec_load(sums + i));
}

void FN(running_rows)(const conv_running_block *g, void *y, ptrdiff_t y_stride, size_t n) {
    const size_t reals = n * SPACING, rest = reals % LANES;
    const running_lines from = {g->tail, g->lead, 0, 0};
    whole_rows(g, &from, y, y_stride * SPACING, reals - rest);
    if (rest)
        rest_of_rows(g, reals - rest, (int)rest, y, y_stride * SPACING);
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
static size_t turn_copies(const conv_running_block *g, R *y, size_t at, size_t reals) {
    const void *copies[GROUP];
    for (int k = 0; k < GROUP; k++)
        copies[k] = (R *)g->copy + k * COPIED_APART;
    for (; reals - at >= COPIED; at += COPIED) {
        const running_lines from = {g->tail, copies, at, 0};
        copy_lines(g->lead, at, g->copy);
        whole_columns(g, &from, y + at / SPACING * GROUP_REALS, 0, COPIED);
    }
    return at;
}

/* Reals before the first vector that is in one cache line: of a row, and mostly of all. */
static size_t reals_before(const void *row) {
    return (0 - (uintptr_t)row / sizeof(R)) % LANES / SPACING * SPACING;
}

void FN(running_turned)(const conv_running_block *g, void *y, size_t n) {
    const size_t reals = n * SPACING;
    size_t at = smaller(reals_before(g->tail[0]), reals);
    if (at)
        rest_of_columns(g, 0, (int)at, y);
    if (g->copy && block_of(g->width) == GROUP)
        at = turn_copies(g, y, at, reals);
    const size_t rest = (reals - at) % LANES;
    const running_lines from = {g->tail, g->lead, at, at};
    whole_columns(g, &from, (R *)y + at / SPACING * GROUP_REALS, 0, reals - at - rest);
    if (rest)
        rest_of_columns(g, reals - rest, (int)rest, y);
}
