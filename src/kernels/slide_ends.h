/* Lines that go on beyond their ends, under a tile of outputs. The tile's samples are put together
 * in slots, a few rows ahead of the sums: what is loaded soon after it was stored, by other bounds,
 * waits until the store has left the processor's queue. */
#ifndef CONV_KERNELS_SLIDE_ENDS_H
#define CONV_KERNELS_SLIDE_ENDS_H

#include "kernels/slide_parts.h"

enum {
    SLOTS = 4,
    AHEAD = 2, /* rows, less than SLOTS */
    LINE_REALS = 64 / (int)sizeof(R)
};

/* A tile's samples. Lengths and places are in reals. */
typedef struct {
    const void *const *lines;
    R *slot; /* of rows 0, SLOTS ... */
    ptrdiff_t pitch;
    ptrdiff_t source, target, inside; /* side by side in line and slot: a vector at least, or 0 */
    int copies, to[CONV_COLUMNS_OUTSIDE + LANES], from[CONV_COLUMNS_OUTSIDE + LANES];
} slots;

/* Reals of a slot: so that the samples inside can begin a cache line, and copying them crosses
 * none. */
ALWAYS_INLINE size_t slot_reals(size_t c_cols) {
    size_t most = MAX_TILE_VECTORS * (size_t)LANES + (c_cols - 1) * SPACING;
    return (most + 2 * LINE_REALS - 1) / LINE_REALS * LINE_REALS;
}

ALWAYS_INLINE void copy_sample(slots *s, ptrdiff_t to, ptrdiff_t from) {
    s->to[s->copies] = (int)to;
    s->from[s->copies++] = (int)from;
}

static void fill_blank(slots *s, ptrdiff_t to, const conv_slide_ends *ends) {
    for (int i = 0; i < SLOTS; i++)
        memcpy(s->slot + i * s->pitch + to, ends->blank, sizeof(T));
}

/* The columns first..first+extent-1 of the lines. */
static void open_slots(slots *s, const void *const *lines, const conv_slide_ends *ends,
                       ptrdiff_t first, ptrdiff_t extent, size_t c_cols, R *room) {
    const ptrdiff_t n = (ptrdiff_t)ends->n * SPACING;
    const ptrdiff_t begin = first < 0 ? 0 : first, end = first + extent < n ? first + extent : n;
    s->lines = lines;
    s->pitch = (ptrdiff_t)slot_reals(c_cols);
    s->source = begin;
    s->target = begin - first;
    s->slot = room + (LINE_REALS - s->target % LINE_REALS) % LINE_REALS;
    s->inside = end > begin ? end - begin : 0;
    s->copies = 0;
    for (size_t k = 0; k < ends->outside; k++) {
        ptrdiff_t to = ends->to[k] * SPACING - first;
        if (to < 0 || to >= extent)
            continue;
        if (k < ends->copies)
            copy_sample(s, to, ends->from[k] * SPACING);
        else
            fill_blank(s, to, ends);
    }
    if (s->inside >= LANES)
        return;
    for (ptrdiff_t i = 0; i < s->inside; i += SPACING)
        copy_sample(s, s->target + i, s->source + i);
    s->inside = 0;
}

ALWAYS_INLINE R *slot_of(const slots *s, size_t row) {
    return s->slot + (ptrdiff_t)(row % SLOTS) * s->pitch;
}

/* Whole vectors; the last one ends flush. */
ALWAYS_INLINE void fill_slot(const slots *s, size_t row) {
    const R *line = s->lines[row];
    R *slot = slot_of(s, row);
    for (ptrdiff_t i = 0; i < s->inside; i += LANES) {
        ptrdiff_t at = i < s->inside - LANES ? i : s->inside - LANES;
        vec_store(slot + s->target + at, vec_load(line + s->source + at));
    }
    for (int k = 0; k < s->copies; k++) {
        UNROLL
        for (int i = 0; i < SPACING; i++)
            slot[s->to[k] + i] = line[s->from[k] + i];
    }
}

#endif
