/* Lines that go on beyond their ends, under a tile of outputs: its samples are put together in
 * slots, a few rows ahead of the sums. What is loaded soon after it was stored, by other bounds,
 * waits until the store has left the processor's queue. Lengths and places are in reals. */
#ifndef CONV_KERNELS_SLIDE_SLOTS_H
#define CONV_KERNELS_SLIDE_SLOTS_H

#include "kernels/slide_parts.h"

enum {
    SLOTS = 4,
    AHEAD = 2, /* rows, less than SLOTS */
    LINE_REALS = 64 / (int)sizeof(R),
    MOST_SAMPLES = CONV_COLUMNS_OUTSIDE + LANES
};

typedef struct {
    const void *const *lines;
    size_t rows;
    R *slot; /* of rows 0, SLOTS ... */
    ptrdiff_t pitch;
    ptrdiff_t source, target, inside; /* side by side in line and slot: a vector at least, or 0 */
    ptrdiff_t samples;                /* one by one */
    ptrdiff_t *from, *to;             /* behind the slots: frames are for sums */
} tile_slots;

/* What is read of `s` is read anew for each row: the registers are for the sums. */
ALWAYS_INLINE R *slot_of(const volatile tile_slots *s, size_t row) {
    return s->slot + (ptrdiff_t)(row % SLOTS) * s->pitch;
}

/* Whole vectors, of which the last one ends flush. There are at least `vectors` of them, mostly. */
ALWAYS_INLINE void fill_slot(const volatile tile_slots *s, size_t row, const int vectors) {
    const R *line = (const R *)s->lines[row], *from = line + s->source;
    R *slot = slot_of(s, row), *to = slot + s->target;
    const ptrdiff_t inside = s->inside;
    ptrdiff_t done = 0;
    if (inside >= vectors * LANES) {
        UNROLL
        for (int u = 0; u < vectors; u++)
            vec_store(to + u * LANES, vec_load(from + u * LANES));
        done = vectors * LANES;
    }
    for (; done < inside; done += LANES) {
        ptrdiff_t at = done < inside - LANES ? done : inside - LANES;
        vec_store(to + at, vec_load(from + at));
    }
    for (ptrdiff_t k = s->samples - 1; k >= 0; k--) {
        const R *sample = line + s->from[k];
        R *copy = slot + s->to[k];
        UNROLL
        for (int i = 0; i < SPACING; i++)
            copy[i] = sample[i];
    }
}

/* Rows are asked for in turn. */
ALWAYS_INLINE const R *next_slot(const volatile tile_slots *s, size_t row, const int vectors) {
    if (row + AHEAD < s->rows)
        fill_slot(s, row + AHEAD, vectors);
    return slot_of(s, row);
}

/* Reals of a slot: so that what is copied can begin a cache line. */
ALWAYS_INLINE size_t slot_reals(size_t c_cols) {
    size_t most = MAX_TILE_VECTORS * (size_t)LANES + (c_cols - 1) * SPACING;
    return (most + 2 * LINE_REALS - 1) / LINE_REALS * LINE_REALS;
}

ALWAYS_INLINE size_t slots_bytes(size_t c_cols) {
    return SLOTS * slot_reals(c_cols) * sizeof(R) + 2 * MOST_SAMPLES * sizeof(ptrdiff_t);
}

static void copy_sample(tile_slots *s, ptrdiff_t from, ptrdiff_t to) {
    s->from[s->samples] = from;
    s->to[s->samples++] = to;
}

/* The columns begin..end-1 of `rows` lines. */
static void open_slots(tile_slots *s, const void *const *lines, size_t rows,
                       const conv_line_ends *ends, ptrdiff_t begin, ptrdiff_t end, size_t c_cols,
                       R *room) {
    const ptrdiff_t n = (ptrdiff_t)ends->n * SPACING, first = begin < 0 ? 0 : begin;
    const ptrdiff_t last = end < n ? end : n;
    s->lines = lines;
    s->rows = rows;
    s->pitch = (ptrdiff_t)slot_reals(c_cols);
    s->source = first;
    s->target = first - begin;
    s->inside = last > first ? last - first : 0;
    s->slot = room + (LINE_REALS - s->target % LINE_REALS) % LINE_REALS;
    s->from = (ptrdiff_t *)(void *)(room + SLOTS * s->pitch);
    s->to = s->from + MOST_SAMPLES;
    s->samples = 0;
    for (size_t k = 0; k < ends->outside; k++) {
        const ptrdiff_t column = ends->to[k] * SPACING, to = column - begin;
        if (column < begin || column >= end)
            continue;
        if (k < ends->copies) {
            copy_sample(s, ends->from[k] * SPACING, to);
            continue;
        }
        for (int i = 0; i < SLOTS; i++)
            memcpy(s->slot + i * s->pitch + to, ends->blank, sizeof(T));
    }
    if (s->inside < LANES) {
        for (ptrdiff_t i = 0; i < s->inside; i += SPACING)
            copy_sample(s, s->source + i, s->target + i);
        s->inside = 0;
    }
    for (size_t row = 0; row < smaller(rows, AHEAD); row++)
        fill_slot(s, row, 1);
}

#endif
