/* The sliding sum over a whole line that goes on as zeros. The outputs at either end take their
 * samples by masked loads where there is an instruction for it: nothing is copied, so that no load
 * waits for a store. The order of a sum is slide's. */
#include "kernels/slide_parts.h"

/* Reals at..at+LANES-1 of x, touching no others than 0..n-1; the other lanes are zero. */
ALWAYS_INLINE vec load_between(const R *x, ptrdiff_t at, ptrdiff_t n) {
    ptrdiff_t low = at < 0 ? -at : 0, high = n - at;
    low = low > LANES ? LANES : low;
    high = high > LANES ? LANES : high < 0 ? 0 : high;
#if defined(__AVX2__)
    const R *p = (const R *)((uintptr_t)x + (uintptr_t)at * sizeof *x); /* may lie before x */
#endif
#if defined(__AVX512F__)
    unsigned mask = ((1u << high) - 1) & ~((1u << low) - 1);
#ifdef CONV_LEAF_DOUBLE
    return (vec)_mm512_maskz_loadu_pd((__mmask8)mask, p);
#else
    return (vec)_mm512_maskz_loadu_ps((__mmask16)mask, p);
#endif
#elif defined(__AVX2__)
    vec_index lanes = lane_numbers(), none = {0};
    vec_index inside = (lanes >= (lane_index)low - none) & (lanes < (lane_index)high - none);
#ifdef CONV_LEAF_DOUBLE
    return (vec)_mm256_maskload_pd(p, (__m256i)inside);
#else
    return (vec)_mm256_maskload_ps(p, (__m256i)inside);
#endif
#else
    vec v = {0};
    for (ptrdiff_t i = low; i < high; i++)
        v[i] = x[at + i];
    return v;
#endif
}

/* A vector of outputs, or the first `count` of them. */
ALWAYS_INLINE void edge_vector(const R *x, ptrdiff_t n, ptrdiff_t at, const R *c, size_t taps, R *y,
                               size_t count) {
    tile t;
    clear(&t, 1);
    for (size_t q = 0; q < taps; q++) {
        vec v = load_between(x, at + (ptrdiff_t)q * SPACING, n);
        UNROLL
        for (int s = 0; s < SETS; s++)
            t.v[s][0] = vec_fma(vec_splat(c[q * SETS + (size_t)s]), v, t.v[s][0]);
    }
    if (count >= LANES)
        vec_store(y, finished(&t, 0));
    else
        store_part(y, finished(&t, 0), (int)count);
}

static void slide_edge(const R *x, ptrdiff_t n, ptrdiff_t at, const R *c, size_t taps, R *y,
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
    if (begin > 0)
        slide_edge(samples, reals, first * SPACING, c, taps, out, (size_t)(begin * SPACING));
    if (begin < end)
        FN(slide)
        (samples + (first + begin) * SPACING, c, taps, out + begin * SPACING, (size_t)(end - begin),
         false);
    if (end < outputs)
        slide_edge(samples, reals, (first + end) * SPACING, c, taps, out + end * SPACING,
                   (size_t)((outputs - end) * SPACING));
}
