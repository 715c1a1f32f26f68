/* Running sums along the rows of an image that are turned over, so that each line has a column of
 * them. */
#include "kernels/running_block.h"
#include "kernels/turn.h"

/* Sums of leads that are in the middle of the first block's windows; later of the next ones'. */
typedef struct {
    R *part, *whole, *behind;
    size_t parts, wholes; /* lines of a part, and whole blocks */
} running_state;

static size_t wholes_of(size_t width) {
    return width > GROUP ? (width - 1) / GROUP - 1 : 0;
}

size_t FN(running_columns_scratch)(size_t width) {
    return (2 * wholes_of(width) + 2) * GROUP_REALS * sizeof(R);
}

static void begin_state(const running_state *to, const void *const *lead, size_t at,
                        const running_tap *tap) {
    const ptrdiff_t blocks = (ptrdiff_t)to->wholes;
    if (to->parts)
        for (ptrdiff_t k = 0; k <= blocks; k++)
            vec_store(to->part + k * GROUP_REALS,
                      add_lines(lead - (blocks + 1 - k) * GROUP + GROUP - to->parts, to->parts, at,
                                tap, 0));
    for (ptrdiff_t k = 0; k < blocks; k++)
        vec_store(to->whole + k * GROUP_REALS,
                  add_lines(lead - (blocks - k) * GROUP, GROUP, at, tap, 0));
}

/* Each whole block with those behind it. */
static void add_behind(const running_state *to) {
    for (size_t k = to->wholes - 1; k-- > 0;)
        vec_store(to->whole + k * GROUP_REALS, vec_load(to->whole + k * GROUP_REALS) +
                                                   vec_load(to->whole + (k + 1) * GROUP_REALS));
}

/* GROUP columns, or fewer at the end, of LANES reals in each. */
ALWAYS_INLINE void put_rows(vec *s, void *const *rows, size_t first, size_t count,
                            bool accumulate) {
    UNROLL
    for (int k = 0; k < GROUP_VECTORS; k++) {
        const size_t done = (size_t)(k * AT_ONCE), left = count > done ? count - done : 0;
        turn(s + k * AT_ONCE);
        if (!left)
            continue;
        UNROLL
        for (int i = 0; i < AT_ONCE; i++) {
            R *y = (R *)rows[i] + (first + done) * SPACING;
            if (left >= AT_ONCE)
                put(y, s[k * AT_ONCE + i], 0, accumulate);
            else
                put_part(y, s[k * AT_ONCE + i], (int)left * SPACING, accumulate);
        }
    }
}

/* A vector of each column. */
ALWAYS_INLINE void run_columns(const void *const *columns, size_t at, size_t width,
                               const running_tap *tap, void *const *rows, size_t count,
                               bool accumulate, running_state *to) {
    const bool is_wide = width > GROUP;
    size_t part = 0, whole = 0;
    if (is_wide)
        begin_state(to, columns + width - 1, at, tap);
    for (size_t i = 0; i < count; i += GROUP) {
        const running_lines from = {columns + i, columns + i + width - 1, at};
        running_middle middle = {.parts = to->parts, .begins = whole == 0};
        vec s[GROUP];
        if (is_wide && to->parts)
            middle.part = to->part + part * GROUP_REALS;
        if (to->wholes) {
            if (whole == 0)
                add_behind(to);
            middle.before = to->whole + whole * GROUP_REALS;
            middle.behind = to->behind;
        }
        sum_windows(&from, width, tap, &middle, s, 0);
        put_rows(s, rows, i, count - i, accumulate);
        part = part == to->wholes ? 0 : part + 1;
        whole = whole + 1 >= to->wholes ? 0 : whole + 1;
    }
}

void FN(running_columns)(const void *const *columns, size_t width, const void *c, void *const *rows,
                         size_t count, bool accumulate, void *scratch) {
    const running_tap tap = take_tap(c);
    running_state state = {.parts = (width - 1) % GROUP, .wholes = wholes_of(width)};
    state.part = scratch;
    state.whole = state.part + (state.wholes + 1) * GROUP_REALS;
    state.behind = state.whole + state.wholes * GROUP_REALS;
    for (int u = 0; u < GROUP_VECTORS; u++)
        run_columns(columns, (size_t)(u * LANES), width, &tap, rows + u * AT_ONCE, count,
                    accumulate, &state);
}
