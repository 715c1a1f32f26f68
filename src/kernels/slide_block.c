/* Columns at the sides of a plane, copied line by line into a block. A line's share is a vector or
 * two and a few samples from elsewhere: what counts is the instructions around each copy, so the
 * samples outside are copied sample by sample for all lines. */
#include "kernels/slide_parts.h"

/* Lines ahead of the copying, so that they come from the far caches in time. */
enum { FETCH_AHEAD = 6, PIECE = 16 / (int)sizeof(R) };

/* Whole vectors; what they leave is a piece or a vector that ends flush. */
ALWAYS_INLINE void copy_run(R *to, const R *from, size_t n) {
    size_t done = 0;
    for (; n - done >= (size_t)LANES; done += (size_t)LANES)
        vec_store(to + done, vec_load(from + done));
    if (done == n)
        return;
    if (n - done <= PIECE && n >= PIECE)
        memcpy(to + n - PIECE, from + n - PIECE, PIECE * sizeof(R));
    else if (n >= (size_t)LANES)
        vec_store(to + n - LANES, vec_load(from + n - LANES));
    else
        for (; done < n; done++)
            to[done] = from[done];
}

void FN(slide_block)(const conv_slide_columns *columns, const void *const *lines, size_t count,
                     void *block, ptrdiff_t pitch) {
    const size_t n = columns->inside * SPACING;
    const ptrdiff_t source = columns->source;
    T *inside = (T *)block + columns->before, blank;
    for (size_t i = 0; i < count; i++, inside += pitch) {
        if (count - i > FETCH_AHEAD)
            __builtin_prefetch((const T *)lines[i + FETCH_AHEAD] + source);
        copy_run((R *)inside, (const R *)((const T *)lines[i] + source), n);
    }
    for (size_t k = 0; k < columns->copies; k++) {
        const ptrdiff_t from = columns->from[k];
        T *to = (T *)block + columns->to[k];
        for (size_t i = 0; i < count; i++, to += pitch)
            *to = ((const T *)lines[i])[from];
    }
    memcpy(&blank, columns->blank, sizeof blank);
    for (size_t k = columns->copies; k < columns->outside; k++) {
        T *to = (T *)block + columns->to[k];
        for (size_t i = 0; i < count; i++, to += pitch)
            *to = blank;
    }
}
