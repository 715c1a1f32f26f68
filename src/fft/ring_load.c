/* The first split of a line, fused with reading it. */
#include <stdbool.h>
#include <stdint.h>

#include "fft/ring_lanes.h"
#include "fft/ring_line.h"

/* As an end: up to the last vector pair. */
#define WHOLE SIZE_MAX

/* What one loop reads: vectors of elements, from in on in chunk 0, the other chunks at a distance;
 * chunks from valid on are zero. */
typedef struct {
    const R *in;
    size_t distance, valid; /* elements, chunks */
    cvec *x;                /* where child 0 goes */
    size_t vectors;
} source;

RING_INLINE vec chunk_at(bool all, const source *s, size_t chunk, size_t p) {
    return all || chunk < s->valid ? vec_load(s->in + chunk * s->distance + p) : (vec){0};
}

RING_INLINE cvec load_at(bool complex_data, bool all, const source *s, size_t ways, size_t r,
                         size_t p) {
    if (!complex_data) {
        return (cvec){chunk_at(all, s, r, p), chunk_at(all, s, ways + r, p)};
    }
    vec a = {0}, b = {0};
    if (all || r < s->valid) {
        const R *in = s->in + 2 * (r * s->distance + p);
        a = vec_load(in);
        b = vec_load(in + LANES);
    }
    return (cvec){ring_even(a, b), ring_odd(a, b)};
}

RING_INLINE void load_ways(size_t ways, bool complex_data, bool all, const conv_ring_axis *axis,
                           const source *segment_in) {
    const source s = *segment_in;
    const ring_pass_roots roots = ring_first_roots(axis, ways);
    size_t stride = ring_first_stride(axis, ways);
    for (size_t i = 0; i < s.vectors; i++) {
        cvec v[MOST_WAYS];
        for (size_t r = 0; r < ways; r++) {
            v[r] = load_at(complex_data, all, &s, ways, r, i * LANES);
        }
        ring_split_first(ways, v, &roots);
        for (size_t r = 0; r < ways; r++) {
            s.x[r * stride + i] = v[r];
        }
    }
}

RING_INLINE void load_any(bool complex_data, bool all, const conv_ring_axis *axis,
                          const source *s) {
    switch (conv_ring_first_ways(axis)) {
    case 1:
        load_ways(1, complex_data, all, axis, s);
        break;
    case 2:
        load_ways(2, complex_data, all, axis, s);
        break;
    case 3:
        load_ways(3, complex_data, all, axis, s);
        break;
    case 4:
        load_ways(4, complex_data, all, axis, s);
        break;
    case 5:
        load_ways(5, complex_data, all, axis, s);
        break;
    case 7:
        load_ways(7, complex_data, all, axis, s);
        break;
    case 9:
        load_ways(9, complex_data, all, axis, s);
        break;
    default:
        load_ways(8, complex_data, all, axis, s);
    }
}

static void load_segment(bool complex_data, size_t chunks, const conv_ring_axis *axis,
                         const source *s) {
    bool all = s->valid >= chunks;
    if (s->vectors == 0) {
        return;
    }
    if (complex_data && all) {
        load_any(true, true, axis, s);
    } else if (complex_data) {
        load_any(true, false, axis, s);
    } else if (all) {
        load_any(false, true, axis, s);
    } else {
        load_any(false, false, axis, s);
    }
}

/* The one vector in which the data end, from a copy with zeros behind them: chunks before full are
 * whole, chunk full has some elements, fewer than a vector. */
static void load_ragged(bool complex_data, size_t chunks, const conv_ring_axis *axis,
                        const source *from, size_t full, size_t some) {
    R copy[2 * MOST_WAYS * LANES];
    size_t parts = complex_data ? 2 : 1;
    R *last = copy + full * LANES * parts;
    for (size_t c = 0; c < full; c++) {
        const R *in = from->in + c * from->distance * parts;
        memcpy(copy + c * LANES * parts, in, LANES * sizeof(R));
        if (complex_data) {
            memcpy(copy + c * LANES * 2 + LANES, in + LANES, LANES * sizeof(R));
        }
    }
    vec_store(last, (vec){0});
    if (complex_data) {
        vec_store(last + LANES, (vec){0});
    }
    memcpy(last, from->in + full * from->distance * parts, some * parts * sizeof(R));
    source s = {copy, LANES, full + 1, from->x, 1};
    load_segment(complex_data, chunks, axis, &s);
}

/* Element e of the line, as memory. */
static const R *element_at(const conv_ring_io *io, size_t parts, size_t e) {
    const R *ends = io->end_elements;
    if (e < io->ends) {
        return ends + e * parts;
    }
    if (e >= io->in_extent - io->ends) {
        return ends + (e + 2 * io->ends - io->in_extent) * parts;
    }
    return (const R *)io->in + e * parts;
}

/* Vector `at` of every chunk, from a copy. */
static void load_copied(bool complex_data, size_t chunks, const conv_ring_axis *axis,
                        const conv_ring_io *io, cvec *x, size_t part, size_t at) {
    R copy[2 * MOST_WAYS * LANES] = {0};
    size_t parts = complex_data ? 2 : 1;
    for (size_t c = 0; c < chunks; c++) {
        for (size_t l = 0; l < LANES; l++) {
            size_t e = c * part + at * LANES + l;
            if (e < io->in_extent) {
                memcpy(copy + (c * LANES + l) * parts, element_at(io, parts, e), parts * sizeof(R));
            }
        }
    }
    source s = {copy, LANES, chunks, x + at, 1};
    load_segment(complex_data, chunks, axis, &s);
}

/* Loads the vectors begin..end-1 that hold end elements once more. */
static void load_ends(const conv_ring_axis *axis, bool complex_data, const conv_ring_io *io,
                      cvec *x, size_t begin, size_t end) {
    size_t ways = conv_ring_first_ways(axis), part = axis->length / ways;
    size_t chunks = complex_data ? ways : 2 * ways, before = SIZE_MAX;
    for (size_t i = 0; i < 2 * io->ends; i++) {
        size_t e = i < io->ends ? i : io->in_extent - 2 * io->ends + i;
        size_t at = e % part / LANES;
        if (at >= begin && at < end && at != before) {
            load_copied(complex_data, chunks, axis, io, x, part, at);
        }
        before = at;
    }
}

RING_INLINE void load(const conv_ring_axis *axis, bool complex_data, const conv_ring_io *io,
                      cvec *x, size_t begin, size_t end) {
    size_t ways = conv_ring_first_ways(axis), part = axis->length / ways;
    size_t chunks = complex_data ? ways : 2 * ways, pair = LANES * (complex_data ? 2 : 1);
    size_t full = io->in_extent / part, rest = io->in_extent % part;
    size_t body = rest / LANES, some = rest % LANES;
    const R *in = io->in;
    if (axis->stride > axis->branch) { /* a short line, which is loaded whole */
        memset(x, 0, (size_t)axis->branches * axis->stride / LANES * sizeof *x);
    }
    end = end == WHOLE ? part / LANES : end;
    const size_t first = begin;
    if (begin < body) {
        size_t stop = body < end ? body : end;
        source s = {in + begin * pair, part, full + 1, x + begin, stop - begin};
        load_segment(complex_data, chunks, axis, &s);
        begin = stop;
    }
    if (some && begin == body && begin < end) {
        source s = {in + begin * pair, part, full + 1, x + begin, 1};
        load_ragged(complex_data, chunks, axis, &s, full, some);
        begin++;
    }
    if (begin < end) {
        source s = {in + begin * pair, part, full, x + begin, end - begin};
        load_segment(complex_data, chunks, axis, &s);
    }
    if (io->ends) {
        load_ends(axis, complex_data, io, x, first, end);
    }
}

void FN(ring_load)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io, cvec *x) {
    load(axis, complex_data, io, x, 0, WHOLE);
}

void FN(ring_load_part)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io,
                        void *x, size_t begin, size_t end) {
    load(axis, complex_data, io, x, begin, end);
}
