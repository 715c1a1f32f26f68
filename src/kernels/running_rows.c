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
    const size_t at = from->state_at;
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

ALWAYS_INLINE void next_strip(running_lines *from) {
    from->tail_at += LANES;
    from->lead_at += LANES;
    from->state_at += LANES;
}

ALWAYS_INLINE void make_rows(const conv_running_block *g, const running_lines *first, R *y,
                             ptrdiff_t stride, size_t reals, const int count) {
    const running_tap tap = take_tap(g->c);
    running_lines from = *first;
    for (const R *end = y + reals; y != end; y += LANES, next_strip(&from)) {
        R *row = y;
        vec s[GROUP];
        block_strip(g, &tap, &from, count, s);
        UNROLL
        for (int k = 0; k < GROUP; k++, row += stride)
            put(row, s[k], 0, g->accumulate);
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

enum { COPIED = CONV_RUNNING_COPY / (int)sizeof(R), COPIED_APART = COPIED + GROUP_REALS };

static void copy_lines(const void *const *lines, size_t at, R *to) {
    for (int k = 0; k < GROUP; k++, to += COPIED_APART) {
        const R *x = (const R *)lines[k] + at;
        UNROLL
        for (int i = 0; i < COPIED; i += LANES)
            vec_store(to + i, vec_load(x + i));
    }
}

/* Leads that are copied a few cache lines at a time begin with a new copy. */
ALWAYS_INLINE void make_columns(const conv_running_block *g, const running_lines *first, R *y,
                                size_t reals, const int count) {
    const running_tap tap = take_tap(g->c);
    running_lines from = *first;
    for (size_t at = 0; at < reals; at += LANES, y += AT_ONCE * GROUP_REALS, next_strip(&from)) {
        vec s[GROUP];
        if (count == GROUP && from.copies && from.lead_at == COPIED) {
            copy_lines(g->lead, from.tail_at, g->copy);
            from.lead_at = 0;
        }
        block_strip(g, &tap, &from, count, s);
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

/* Some of a vector's reals, which the lines' whole vectors leave. */
typedef struct {
    size_t at;       /* the first of them in a line */
    int some, above; /* how many, and as which ones of a vector */
    bool is_read;    /* the vector is all in the lines */
} rest;

static void copy_some(R *to, const R *from, const rest *r) {
    store_rest(to, load_rest(from, r->some), r->some);
}

/* The state of wide windows as a vector of its own. */
static void *open_state(const void *state, const rest *r, R *copy) {
    if (state)
        copy_some(copy + r->above, (const R *)state + r->at, r);
    return state ? copy : NULL;
}

static void close_state(void *state, const rest *r, const R *copy) {
    if (state)
        copy_some((R *)state + r->at, copy + r->above, r);
}

static void copy_rest(const void *const *lines, size_t count, const rest *r, R *copies,
                      const void **to) {
    for (size_t k = 0; k < count; k++, copies += LANES) {
        vec_store(copies, load_rest((const R *)lines[k] + r->at, r->some));
        to[k] = copies;
    }
}

/* The vector that has the rest, from a copy. */
static void make_copied(whole_strips *make, const conv_running_block *g, const rest *r, R *y) {
    R copies[2 * GROUP * LANES];
    const void *lines[2 * GROUP];
    const running_lines from = {lines, lines + GROUP, 0, 0, 0, false};
    if (g->width > GROUP) {
        copy_rest(g->tail, GROUP, r, copies, lines);
        copy_rest(g->lead, GROUP, r, copies + GROUP * LANES, lines + GROUP);
    } else {
        copy_rest(g->tail, GROUP + g->width - 1, r, copies, lines);
    }
    make(g, &from, y, LANES, LANES);
}

/* A vector that has the rest, to y: rows LANES apart, or columns. */
static void make_rest(whole_strips *make, const conv_running_block *g, const rest *r, R *y) {
    R state[3][LANES] = {{0}};
    conv_running_block block = *g;
    block.part = open_state(g->part, r, state[0]);
    block.before = open_state(g->before, r, state[1]);
    block.behind = open_state(g->behind, r, state[2]);
    const size_t at = r->at - (size_t)r->above;
    const running_lines from = {g->tail, g->lead, at, at, 0, false};
    if (r->is_read)
        make(&block, &from, y, LANES, LANES);
    else
        make_copied(make, &block, r, y);
    close_state(g->part, r, state[0]);
    close_state(g->before, r, state[1]);
    close_state(g->behind, r, state[2]);
}

static rest rest_of(size_t at, size_t some, size_t reals) {
    const bool is_read = reals >= LANES;
    return (rest){at, (int)some, is_read && at ? LANES - (int)some : 0, is_read};
}

/* Where nothing is kept and nothing added, a vector may be made twice. */
static bool may_repeat(const conv_running_block *g, const rest *r) {
    return r->is_read && !g->part && !g->before && !g->accumulate;
}

static void rest_of_rows(const conv_running_block *g, const rest *r, R *y, ptrdiff_t stride) {
    R sums[GROUP * LANES];
    const size_t begin = r->at - (size_t)r->above;
    if (may_repeat(g, r)) {
        const running_lines from = {g->tail, g->lead, begin, begin, begin, false};
        whole_rows(g, &from, y + begin, stride, LANES);
        return;
    }
    if (g->accumulate)
        memset(sums, 0, sizeof sums);
    for (int k = 0; k < GROUP && g->accumulate; k++)
        copy_some(sums + k * LANES + r->above, y + k * stride + r->at, r);
    make_rest(whole_rows, g, r, sums);
    for (int k = 0; k < GROUP; k++)
        copy_some(y + k * stride + r->at, sums + k * LANES + r->above, r);
}

static void rest_of_columns(const conv_running_block *g, const rest *r, R *y) {
    R sums[AT_ONCE * GROUP_REALS];
    const size_t begin = r->at - (size_t)r->above;
    if (may_repeat(g, r)) {
        const running_lines from = {g->tail, g->lead, begin, begin, begin, false};
        whole_columns(g, &from, y + begin / SPACING * GROUP_REALS, 0, LANES);
        return;
    }
    R *some = sums + r->above / SPACING * GROUP_REALS;
    const size_t bytes = (size_t)(r->some / SPACING * GROUP_REALS) * sizeof(R);
    y += r->at / SPACING * GROUP_REALS;
    if (g->accumulate) {
        memset(sums, 0, sizeof sums);
        memcpy(some, y, bytes);
    }
    make_rest(whole_columns, g, r, sums);
    memcpy(y, some, bytes);
}

void FN(running_rows)(const conv_running_block *g, void *y, ptrdiff_t y_stride, size_t n) {
    const size_t reals = n * SPACING, some = reals % LANES;
    const running_lines from = {g->tail, g->lead, 0, 0, 0, false};
    whole_rows(g, &from, y, y_stride * SPACING, reals - some);
    if (some) {
        const rest r = rest_of(reals - some, some, reals);
        rest_of_rows(g, &r, y, y_stride * SPACING);
    }
}

/* Whole vectors; with copied leads as many as fill copies. */
static size_t turn_strips(const conv_running_block *g, R *y, size_t at, size_t reals) {
    const void *copies[GROUP];
    running_lines from = {g->tail, g->lead, at, at, at, false};
    size_t done = reals / LANES * LANES;
    if (g->copy && block_of(g->width) == GROUP && reals >= COPIED) {
        done = reals / COPIED * COPIED;
        for (int k = 0; k < GROUP; k++)
            copies[k] = (R *)g->copy + k * COPIED_APART;
        from.lead = copies;
        from.lead_at = COPIED;
        from.copies = true;
    }
    whole_columns(g, &from, y + at / SPACING * GROUP_REALS, 0, done);
    return at + done;
}

/* Reals before the first vector that is in one cache line: of a row, and mostly of all. */
static size_t reals_before(const void *row) {
    return (0 - (uintptr_t)row / sizeof(R)) % LANES / SPACING * SPACING;
}

void FN(running_turned)(const conv_running_block *g, void *y, size_t n) {
    const size_t reals = n * SPACING;
    size_t at = smaller(reals_before(g->tail[0]), reals);
    if (at) {
        const rest r = rest_of(0, at, reals);
        rest_of_columns(g, &r, y);
    }
    while (reals - at >= LANES)
        at = turn_strips(g, y, at, reals - at);
    if (at < reals) {
        const rest r = rest_of(at, reals - at, reals);
        rest_of_columns(g, &r, y);
    }
}
