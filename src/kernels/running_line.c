/* Running sums along a line, a cache line of samples at a time. Windows as long as that come of
 * doubling: of 1, 2, 4, ... samples. Longer ones are sums of whole cache lines, in blocks of as
 * many as the window has, as in running_rows.c, and of a shorter window for what is left over. The
 * order of the sums follows from a window's width and place, at every vector length the same. */
#include "kernels/running_parts.h"

enum { STAGES = GROUP == 16 ? 4 : GROUP == 8 ? 3 : 2 }; /* log2 GROUP */
_Static_assert(1 << STAGES == GROUP, "a cache line is so many doublings");

/* GROUP_REALS of a line. */
typedef struct {
    vec v[GROUP_VECTORS];
} group;

/* Lanes n and up of low, then the first of high; n a power of two below LANES. */
ALWAYS_INLINE vec lanes_from(vec low, vec high, const int n) {
#if HAVE_SHIFT
    return shifted(low, high, n);
#elif defined(CONV_LEAF_DOUBLE) && VEC_BYTES == 16
    (void)n;
    return __builtin_shufflevector(low, high, 1, 2);
#elif defined(CONV_LEAF_DOUBLE) || VEC_BYTES == 16
    return n == 1 ? __builtin_shufflevector(low, high, 1, 2, 3, 4)
                  : __builtin_shufflevector(low, high, 2, 3, 4, 5);
#else
    return n == 1   ? __builtin_shufflevector(low, high, 1, 2, 3, 4, 5, 6, 7, 8)
           : n == 2 ? __builtin_shufflevector(low, high, 2, 3, 4, 5, 6, 7, 8, 9)
                    : __builtin_shufflevector(low, high, 4, 5, 6, 7, 8, 9, 10, 11);
#endif
}

/* a + (low, high from real n on). */
ALWAYS_INLINE group plus_shifted(group a, group low, group high, const int n) {
    const int whole = n / LANES, lanes = n % LANES;
    UNROLL
    for (int u = 0; u < GROUP_VECTORS; u++) {
        const int i = u + whole;
        vec first = i < GROUP_VECTORS ? low.v[i] : high.v[i - GROUP_VECTORS];
        if (lanes) {
            vec second = i + 1 < GROUP_VECTORS ? low.v[i + 1] : high.v[i + 1 - GROUP_VECTORS];
            first = lanes_from(first, second, lanes);
        }
        a.v[u] = a.v[u] + first;
    }
    return a;
}

/* Windows of GROUP and of `left` samples at each of so many groups of reals. A window at one group
 * needs half of it at the next, so that each stage is a group behind the one before. */
ALWAYS_INLINE void double_windows(const R *x, const running_tap *tap, size_t left, size_t groups,
                                  R *whole, R *rest) {
    group window[STAGES + 1] = {{{{0}}}}, part[STAGES + 1] = {{{{0}}}};
    for (size_t g = 0; g < groups + STAGES; g++, x += GROUP_REALS) {
        group now, now_part = {{{0}}};
        UNROLL
        for (int u = 0; u < GROUP_VECTORS; u++)
            now.v[u] = add_tap((vec){0}, tap, vec_load(x + u * LANES));
        UNROLL
        for (int s = 0; s < STAGES; s++) {
            group next = plus_shifted(window[s], window[s], now, SPACING << s);
            group next_part = part[s];
            if (left >> s & 1)
                next_part = plus_shifted(window[s], part[s], now_part, SPACING << s);
            window[s] = now;
            part[s] = now_part;
            now = next;
            now_part = next_part;
        }
        if (g < STAGES)
            continue;
        UNROLL
        for (int u = 0; u < GROUP_VECTORS; u++) {
            const size_t i = (g - STAGES) * GROUP_REALS + (size_t)(u * LANES);
            vec_store(whole + i, now.v[u]);
            if (left)
                vec_store(rest + i, now_part.v[u]);
        }
    }
}

ALWAYS_INLINE void put_some(R *y, vec sum, size_t reals, bool accumulate) {
    if (reals >= LANES)
        put(y, sum, 0, accumulate);
    else if (reals > 0)
        put_part(y, sum, (int)reals, accumulate);
}

ALWAYS_INLINE group load_group(const R *p) {
    group g;
    UNROLL
    for (int u = 0; u < GROUP_VECTORS; u++)
        g.v[u] = vec_load(p + u * LANES);
    return g;
}

ALWAYS_INLINE group plus(group a, group b) {
    UNROLL
    for (int u = 0; u < GROUP_VECTORS; u++)
        a.v[u] = a.v[u] + b.v[u];
    return a;
}

ALWAYS_INLINE void put_group(R *y, group sum, size_t reals, bool accumulate) {
    UNROLL
    for (int u = 0; u < GROUP_VECTORS; u++) {
        const size_t i = (size_t)(u * LANES);
        put_some(y + i, sum.v[u], reals > i ? reals - i : 0, accumulate);
    }
}

/* Sums of `many` whole groups and of the rest behind them. suffix: room for `many` groups. */
static void sum_groups(const R *whole, const R *rest, size_t many, R *suffix, R *y, size_t reals,
                       bool accumulate) {
    const size_t block = many * GROUP_REALS;
    for (size_t at = 0; at < reals; at += block) {
        group sum = {{{0}}};
        for (size_t k = block; k > 0; k -= GROUP_REALS) {
            sum = plus(sum, load_group(whole + at + k - GROUP_REALS));
            UNROLL
            for (int u = 0; u < GROUP_VECTORS; u++)
                vec_store(suffix + k - GROUP_REALS + u * LANES, sum.v[u]);
        }
        group head = {{{0}}};
        for (size_t k = 0; k < block && at + k < reals; k += GROUP_REALS) {
            group out = plus(load_group(suffix + k), head);
            if (rest)
                out = plus(out, load_group(rest + at + block + k));
            put_group(y + at + k, out, reals - at - k, accumulate);
            head = plus(head, load_group(whole + at + block + k));
        }
    }
}

static size_t groups_of(size_t count) {
    return (count * SPACING + GROUP_REALS - 1) / GROUP_REALS;
}

size_t FN(running_scratch)(size_t width, size_t count) {
    const size_t many = width / GROUP;
    return (2 * (groups_of(count) + many) + many) * GROUP_REALS * sizeof(R);
}

size_t FN(running_reach)(size_t width, size_t count) {
    return (groups_of(count) + width / GROUP + STAGES) * GROUP;
}

void FN(running_line)(const void *x, size_t width, const void *c, void *y, size_t count,
                      bool accumulate, void *scratch) {
    const running_tap tap = take_tap(c);
    const size_t many = width / GROUP, left = width % GROUP, reals = count * SPACING;
    const size_t groups = groups_of(count) + many;
    R *whole = scratch, *rest = whole + groups * GROUP_REALS, *suffix = rest + groups * GROUP_REALS;
    double_windows(x, &tap, left, groups, whole, rest);
    if (many) {
        sum_groups(whole, left ? rest : NULL, many, suffix, y, reals, accumulate);
        return;
    }
    for (size_t i = 0; i < reals; i += GROUP_REALS)
        put_group((R *)y + i, load_group(rest + i), reals - i, accumulate);
}
