/* The sliding sum over a whole line that goes on as zeros. The outputs at either end take their
 * samples by masked loads where there is an instruction for it: nothing is copied, so that no load
 * waits for a store. The order of a sum is slide's. */
#include "kernels/slide_parts.h"

/* So few outputs are not worth a loop of their own for those between the ends. */
enum { FEW = 6 * LANES };

enum { WINDOW = LANES + GROUP_REALS }; /* reals under a vector of outputs and one more, at most */

/* Of the reals at..at+WINDOW-1 those within 0..n-1, a bit each. */
ALWAYS_INLINE uint64_t present_bits(ptrdiff_t at, ptrdiff_t n) {
    ptrdiff_t low = at < 0 ? -at : 0, high = n - at;
    uint64_t below = high >= WINDOW ? UINT64_MAX : high > 0 ? ((uint64_t)1 << high) - 1 : 0;
    return low >= WINDOW ? 0 : below >> low << low;
}

/* A vector of outputs, or the first `count` of them. */
ALWAYS_INLINE void edge_vector(const R *x, ptrdiff_t n, ptrdiff_t at, const R *c, size_t taps, R *y,
                               size_t count) {
    uint64_t present = present_bits(at, n);
    uintptr_t from = (uintptr_t)x + (uintptr_t)at * sizeof *x; /* may lie before x */
    tile t;
    clear(&t, 1);
    for (size_t q = 0; q < taps; q++, present >>= SPACING, from += SPACING * sizeof *x) {
        vec v = load_masked((const R *)from, mask_of(present));
        UNROLL
        for (int s = 0; s < SETS; s++)
            t.v[s][0] = vec_fma(vec_splat(c[q * SETS + (size_t)s]), v, t.v[s][0]);
    }
    if (count >= LANES)
        vec_store(y, finished(&t, 0));
    else
        store_part(y, finished(&t, 0), (int)count);
}

static void slide_masked(const R *x, ptrdiff_t n, ptrdiff_t at, const R *c, size_t taps, R *y,
                         size_t count) {
    for (size_t done = 0; done < count; done += LANES)
        edge_vector(x, n, at + (ptrdiff_t)done, c, taps, y + done, count - done);
}

void FN(slide_line)(const void *x, size_t n, ptrdiff_t first, const void *c, size_t taps, void *y,
                    size_t count) {
    const R *samples = x;
    R *out = y;
    ptrdiff_t outputs = (ptrdiff_t)count, begin = first < 0 ? -first : 0;
    ptrdiff_t end = (ptrdiff_t)n - first - (ptrdiff_t)taps + 1, reals = (ptrdiff_t)n * SPACING;
    begin = begin > outputs ? outputs : begin;
    end = end > outputs ? outputs : end < begin ? begin : end;
    if (HAVE_SHIFT && outputs * SPACING <= FEW && end - begin < outputs) {
        slide_masked(samples, reals, first * SPACING, c, taps, out, (size_t)(outputs * SPACING));
        return;
    }
    size_t inside = (size_t)(end - begin), after = (size_t)((outputs - end) * SPACING);
    if (begin > 0)
        slide_masked(samples, reals, first * SPACING, c, taps, out, (size_t)(begin * SPACING));
    if (inside > 0) {
        const R *at = samples + (first + begin) * SPACING;
        FN(slide)(at, c, taps, out + begin * SPACING, inside, false);
    }
    if (after > 0)
        slide_masked(samples, reals, (first + end) * SPACING, c, taps, out + end * SPACING, after);
}
