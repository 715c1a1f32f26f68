/* The last join of a line, fused with writing it. */
#include <stdbool.h>
#include <stdint.h>

#include "fft/ring_lanes.h"
#include "fft/ring_line.h"

/* As an end: up to the last vector pair. */
#define WHOLE SIZE_MAX

/* What one loop writes: vectors of elements, from out on in chunk 0, the other chunks at a
 * distance; only wanted chunks from begin on. Offsets, for chunk 0 itself need not be wanted. */
typedef struct {
    R *base;
    ptrdiff_t at; /* of chunk 0 from base, elements */
    size_t distance, begin, wanted;
    const cvec *x; /* where child 0 comes from */
    size_t vectors;
} target;

RING_INLINE void chunk_to(bool all, const target *s, size_t chunk, size_t p, vec v) {
    if (all || chunk - s->begin < s->wanted) {
        vec_store(s->base + (s->at + (ptrdiff_t)(chunk * s->distance + p)), v);
    }
}

RING_INLINE void store_at(bool complex_data, bool all, const target *s, size_t ways, size_t r,
                          size_t p, cvec v) {
    if (!complex_data) {
        chunk_to(all, s, r, p, v.re);
        chunk_to(all, s, ways + r, p, v.im);
    } else if (all || r - s->begin < s->wanted) {
        R *out = s->base + 2 * (s->at + (ptrdiff_t)(r * s->distance + p));
        vec_store(out, ring_zip_low(v.re, v.im));
        vec_store(out + LANES, ring_zip_high(v.re, v.im));
    }
}

RING_INLINE void store_ways(size_t ways, bool complex_data, bool all, const conv_ring_axis *axis,
                            const target *segment_in) {
    const target s = *segment_in;
    const ring_pass_roots roots = ring_first_roots(axis, ways);
    size_t stride = ring_first_stride(axis, ways);
    for (size_t i = 0; i < s.vectors; i++) {
        cvec v[MOST_WAYS];
        for (size_t r = 0; r < ways; r++) {
            v[r] = s.x[r * stride + i];
        }
        ring_join_first(ways, v, &roots);
        for (size_t r = 0; r < ways; r++) {
            store_at(complex_data, all, &s, ways, r, i * LANES, v[r]);
        }
    }
}

RING_INLINE void store_any(bool complex_data, bool all, const conv_ring_axis *axis,
                           const target *s) {
    switch (conv_ring_first_ways(axis)) {
    case 1:
        store_ways(1, complex_data, all, axis, s);
        break;
    case 2:
        store_ways(2, complex_data, all, axis, s);
        break;
    case 3:
        store_ways(3, complex_data, all, axis, s);
        break;
    case 4:
        store_ways(4, complex_data, all, axis, s);
        break;
    case 5:
        store_ways(5, complex_data, all, axis, s);
        break;
    case 7:
        store_ways(7, complex_data, all, axis, s);
        break;
    case 9:
        store_ways(9, complex_data, all, axis, s);
        break;
    default:
        store_ways(8, complex_data, all, axis, s);
    }
}

static void store_segment(bool complex_data, size_t chunks, const conv_ring_axis *axis,
                          const target *s) {
    bool all = s->wanted >= chunks;
    if (s->vectors == 0 || s->wanted == 0) {
        return;
    }
    if (complex_data && all) {
        store_any(true, true, axis, s);
    } else if (complex_data) {
        store_any(true, false, axis, s);
    } else if (all) {
        store_any(false, true, axis, s);
    } else {
        store_any(false, false, axis, s);
    }
}

/* One vector at p of every chunk, of which the box first..end-1 of the line keeps some elements. */
static void store_ragged(bool complex_data, size_t chunks, const conv_ring_axis *axis,
                         const cvec *x, size_t p, R *out, size_t first, size_t end) {
    R copy[2 * MOST_WAYS * LANES];
    size_t part = axis->length / conv_ring_first_ways(axis), parts = complex_data ? 2 : 1;
    target s = {copy, 0, LANES, 0, chunks, x + p / LANES, 1};
    store_segment(complex_data, chunks, axis, &s);
    for (size_t c = 0; c < chunks; c++) {
        size_t from = c * part + p, to = from + LANES;
        size_t low = from > first ? from : first, high = to < end ? to : end;
        if (low == from && high == to) { /* nearly all: a copy of constant size */
            memcpy(out + (from - first) * parts, copy + c * LANES * parts, LANES * sizeof(R));
            if (complex_data) {
                memcpy(out + (from - first) * 2 + LANES, copy + c * LANES * 2 + LANES,
                       LANES * sizeof(R));
            }
        } else if (low < high) {
            memcpy(out + (low - first) * parts, copy + (c * LANES + (low - from)) * parts,
                   (high - low) * parts * sizeof(R));
        }
    }
}

RING_INLINE void store(const conv_ring_axis *axis, bool complex_data, const conv_ring_io *io,
                       const cvec *x, size_t begin_pair, size_t end_pair) {
    size_t ways = conv_ring_first_ways(axis), part = axis->length / ways;
    size_t chunks = complex_data ? ways : 2 * ways;
    size_t first = io->out_first, end = first + io->out_count;
    size_t low_chunk = first / part, low = first % part, high_chunk = end / part, high = end % part;
    size_t limit = end_pair == WHOLE ? part : end_pair * LANES;
    for (size_t p = begin_pair * LANES; p < limit;) {
        if ((p < low && low < p + LANES) || (p < high && high < p + LANES)) {
            store_ragged(complex_data, chunks, axis, x, p, io->out, first, end);
            p += LANES;
            continue;
        }
        /* Up to the vector in which a border of the box lies, or behind which it does. */
        size_t stop = limit;
        if (p < low && (end_pair == WHOLE || low / LANES * LANES < stop)) {
            stop = low / LANES * LANES;
        }
        if (p < high && high / LANES * LANES < stop) {
            stop = high / LANES * LANES;
        }
        size_t begin = low_chunk + (p < low), after = high_chunk + (p < high);
        target s = {.base = io->out,
                    .at = (ptrdiff_t)p - (ptrdiff_t)first,
                    .distance = part,
                    .begin = begin,
                    .wanted = after > begin ? after - begin : 0,
                    .x = x + p / LANES,
                    .vectors = (stop - p) / LANES};
        store_segment(complex_data, chunks, axis, &s);
        p = stop;
    }
}

void FN(ring_store)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io,
                    const cvec *x) {
    store(axis, complex_data, io, x, 0, WHOLE);
}

void FN(ring_store_part)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io,
                         const void *x, size_t begin, size_t end) {
    store(axis, complex_data, io, x, begin, end);
}
