/* Running sums along the rows of an image that are turned over, so that each line has a column of
 * them. */
#include "kernels/running_block.h"
#include "kernels/turn.h"

enum { KEPT = 2 * GROUP }; /* columns of sums, a ring */

/* Sums of leads that are in the middle of the first block's windows; later of the next ones'. */
typedef struct {
    R *part, *whole, *behind;
    R *kept;
    size_t parts, wholes; /* lines of a part, and whole blocks */
} running_state;

static size_t wholes_of(size_t width) {
    return width > GROUP ? (width - 1) / GROUP - 1 : 0;
}

size_t FN(running_columns_scratch)(size_t width) {
    return (2 * wholes_of(width) + 2 + KEPT) * GROUP_REALS * sizeof(R);
}

/* The bits of sum_block's result. */
ALWAYS_INLINE vec sum_lead(const void *const *lead, size_t at, const running_tap *tap) {
    return add_lines(lead, GROUP / 2, at, tap) + add_lines(lead + GROUP / 2, GROUP / 2, at, tap);
}

static void begin_state(const running_state *to, const void *const *lead, size_t at,
                        const running_tap *tap) {
    const ptrdiff_t blocks = (ptrdiff_t)to->wholes;
    if (to->parts)
        for (ptrdiff_t k = 0; k <= blocks; k++)
            vec_store(
                to->part + k * GROUP_REALS,
                add_lines(lead - (blocks + 1 - k) * GROUP + GROUP - to->parts, to->parts, at, tap));
    for (ptrdiff_t k = 0; k < blocks; k++)
        vec_store(to->whole + k * GROUP_REALS, sum_lead(lead - (blocks - k) * GROUP, at, tap));
}

/* Each whole block with those behind it. */
static void add_behind(const running_state *to) {
    for (size_t k = to->wholes - 1; k-- > 0;)
        vec_store(to->whole + k * GROUP_REALS, vec_load(to->whole + k * GROUP_REALS) +
                                                   vec_load(to->whole + (k + 1) * GROUP_REALS));
}

/* GROUP columns, turned: of each row one or more vectors. */
ALWAYS_INLINE void turn_rows(vec *s) {
    UNROLL
    for (int k = 0; k < GROUP_VECTORS; k++)
        turn(s + k * AT_ONCE);
}

/* GROUP columns of LANES reals in each. */
ALWAYS_INLINE void put_rows(vec *s, void *const *rows, size_t first, bool accumulate) {
    turn_rows(s);
    UNROLL
    for (int k = 0; k < GROUP; k++)
        put((R *)rows[k % AT_ONCE] + first * SPACING + k / AT_ONCE * LANES, s[k], 0, accumulate);
}

/* Columns before the rows' first whole cache line, where all rows fall to one set of the
 * first-level cache, which forgets parts of lines; else 0. */
static size_t columns_before(void *const *rows) {
    const uintptr_t first = (uintptr_t)rows[0], next = (uintptr_t)rows[1];
    return (next - first) % CONV_RUNNING_FAR ? 0 : (0 - first) % 64 / sizeof(R) / SPACING;
}

/* Fewer columns than GROUP, the last ones. */
__attribute__((noinline)) static void put_few(const R *kept, void *const *rows, size_t first,
                                              size_t count, bool accumulate) {
    vec s[GROUP];
    for (size_t k = 0; k < GROUP; k++)
        s[k] = vec_load(kept + (first + k) % KEPT * LANES);
    turn_rows(s);
    for (int k = 0; k < GROUP; k++) {
        const ptrdiff_t left = (ptrdiff_t)(count * SPACING) - k / AT_ONCE * LANES;
        R *y = (R *)rows[k % AT_ONCE] + first * SPACING + k / AT_ONCE * LANES;
        if (left >= LANES)
            put(y, s[k], 0, accumulate);
        else if (left > 0)
            put_part(y, s[k], (int)left, accumulate);
    }
}

static void put_kept(const R *kept, void *const *rows, size_t first, size_t count,
                     bool accumulate) {
    vec s[GROUP];
    if (count < GROUP) {
        put_few(kept, rows, first, count, accumulate);
        return;
    }
    UNROLL
    for (int k = 0; k < GROUP; k++)
        s[k] = vec_load(kept + (first + (size_t)k) % KEPT * LANES);
    put_rows(s, rows, first, accumulate);
}

static void keep(const vec *s, R *kept) {
    UNROLL
    for (int k = 0; k < GROUP; k++)
        vec_store(kept + k * LANES, s[k]);
}

/* A vector of each column. Sums of a block, which depend on no alignment, may wait in `kept` for
 * the rest of a cache line: see columns_before. */
ALWAYS_INLINE void run_columns(const void *const *columns, size_t at, size_t width, const int block,
                               const running_tap *tap, void *const *rows, size_t count,
                               size_t before, bool accumulate, running_state *to) {
    size_t part = 0, whole = 0, done = 0, end = smaller(before, count);
    if (block == GROUP)
        begin_state(to, columns + width - 1, at, tap);
    for (size_t i = 0; i < count; i += GROUP) {
        const running_lines from = {columns + i, columns + i + width - 1, at, at, 0, false};
        running_middle middle = {.parts = to->parts, .begins = whole == 0};
        vec s[GROUP];
        if (to->parts)
            middle.part = to->part + part * GROUP_REALS;
        if (to->wholes) {
            if (whole == 0)
                add_behind(to);
            middle.before = to->whole + whole * GROUP_REALS;
            middle.behind = to->behind;
        }
        sum_windows(&from, width, block, tap, &middle, s);
        if (!before && count - i >= GROUP) {
            put_rows(s, rows, i, accumulate);
            done = i + GROUP;
        } else {
            end = before ? end : count;
            keep(s, to->kept + i % KEPT * LANES);
            put_kept(to->kept, rows, done, end - done, accumulate);
            done = end;
            end = smaller(end + GROUP, count);
        }
        part = part == to->wholes ? 0 : part + 1;
        whole = whole + 1 >= to->wholes ? 0 : whole + 1;
    }
    if (count > done)
        put_kept(to->kept, rows, done, count - done, accumulate);
}

void FN(running_columns)(const void *const *columns, size_t width, const void *c, void *const *rows,
                         size_t count, bool accumulate, void *scratch) {
    const running_tap tap = take_tap(c);
    const int block = block_of(width);
    const size_t before = columns_before(rows);
    running_state state = {.parts = (width - 1) % GROUP, .wholes = wholes_of(width)};
    state.part = scratch;
    state.whole = state.part + (state.wholes + 1) * GROUP_REALS;
    state.behind = state.whole + state.wholes * GROUP_REALS;
    state.kept = state.behind + GROUP_REALS;
    for (int u = 0; u < GROUP_VECTORS; u++, rows += AT_ONCE) {
        const size_t at = (size_t)(u * LANES);
        if (block == GROUP)
            run_columns(columns, at, width, GROUP, &tap, rows, count, before, accumulate, &state);
        else if (GROUP > 8 && block == 8)
            run_columns(columns, at, width, 8, &tap, rows, count, before, accumulate, &state);
        else if (GROUP > 4 && block == 4)
            run_columns(columns, at, width, 4, &tap, rows, count, before, accumulate, &state);
        else
            run_columns(columns, at, width, 0, &tap, rows, count, before, accumulate, &state);
    }
}
