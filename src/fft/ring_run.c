/* The ring transform of a tile: lines of the last axis, then columns along the axes before it, the
 * first of which multiplies by the spectrum and turns back. */
#include <stdint.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "fft/ring.h"
#include "fft/ring_shared.h"
#include "fft/ring_state.h"

/* A box of indices on the axes before the last. */
typedef struct {
    size_t first[CONV_MAX_RANK], count[CONV_MAX_RANK];
} box;

/* The next index in the box over the axes 0..axes-1; false after the last. */
static bool next_index(const box *b, int axes, size_t *index) {
    for (int d = axes - 1; d >= 0; d--) {
        if (++index[d] < b->first[d] + b->count[d]) {
            return true;
        }
        index[d] = b->first[d];
    }
    return false;
}

static size_t box_size(const box *b, int axes) {
    size_t size = 1;
    for (int d = 0; d < axes; d++) {
        size *= b->count[d];
    }
    return size;
}

/* The index that is so many steps behind the first. */
static void index_at(const box *b, int axes, size_t steps, size_t *index) {
    for (int d = axes - 1; d >= 0; d--) {
        index[d] = b->first[d] + (steps ? steps % b->count[d] : 0);
        steps = steps ? steps / b->count[d] : 0;
    }
}

static bool is_empty(const box *b, int axes) {
    for (int d = 0; d < axes; d++) {
        if (b->count[d] == 0) {
            return true;
        }
    }
    return false;
}

/* A tile on its way through the transform. */
typedef struct {
    const conv_ring *ring;
    const conv_tile *tile;
    box in, out; /* what is there of the tile; what is wanted of the result */
    const void *spectrum;
    char *scratch;
    int threads;
    /* of the loop at hand: */
    int line_threads; /* for one row */
    conv_ring_mode mode;
    int axis;
} run;

static char *tile_at(const conv_ring *ring, char *scratch, int axes, const size_t *index) {
    size_t at = 0;
    for (int d = 0; d < axes; d++) {
        at += index[d] * ring->stride[d];
    }
    return scratch + at * ring->pair;
}

/* Panels begin..end-1 of all bundles of columns along the axis, bundle after bundle. */
static void column_panels(void *context, size_t begin, size_t end, int thread) {
    const run *r = context;
    const conv_ring *ring = r->ring;
    int d = r->axis;
    size_t width = ring->panel_width[d], stride = ring->stride[d];
    size_t panels = (stride + width - 1) / width, index[CONV_MAX_RANK];
    char *panel = r->scratch + ring->panel_at + (size_t)thread * ring->panel;
    const box *outer = r->mode == CONV_RING_INVERSE ? &r->out : &r->in;
    index_at(outer, d, begin / panels, index);
    for (size_t at = begin % panels; begin < end; at = 0) {
        size_t count = conv_min(panels - at, end - begin), column = at * width;
        conv_ring_columns c = {.data = tile_at(ring, r->scratch, d, index) + column * ring->pair,
                               .width = conv_min(count * width, stride - column),
                               .row_stride = stride,
                               .panel_width = width,
                               .present = r->in.count[d],
                               .first = r->out.first[d],
                               .count = r->out.count[d]};
        const void *spectrum =
            r->mode == CONV_RING_CONVOLVE
                ? (const char *)r->spectrum + column * ring->length[d] * ring->pair
                : NULL;
        ring->leaf->columns(&ring->axis[d], r->mode, &c, panel, spectrum);
        next_index(outer, d, index);
        begin += count;
    }
}

static void columns(run *r, conv_ring_mode mode, int d) {
    const conv_ring *ring = r->ring;
    size_t width = ring->panel_width[d];
    if (ring->length[d] == 1) {
        return;
    }
    r->mode = mode;
    r->axis = d;
    conv_parallel_for(box_size(mode == CONV_RING_INVERSE ? &r->out : &r->in, d) *
                          ((ring->stride[d] + width - 1) / width),
                      r->threads, column_panels, r);
}

/* Rows of an image lie a stride apart, which the processor does not foresee: a row is asked for two
 * rows ahead. Addresses past the end are harmless, but are no pointers. */
static void prefetch_row(const void *row, ptrdiff_t stride, size_t bytes, bool write) {
    uintptr_t begin = (uintptr_t)row + 2 * (uintptr_t)stride;
    for (uintptr_t at = begin; at < begin + bytes; at += CONV_ALIGNMENT) {
        if (write) {
            __builtin_prefetch((const void *)at, 1);
        } else {
            __builtin_prefetch((const void *)at, 0);
        }
    }
}

/* A row alone mostly is too short for several threads, and is one of many. */
static inline void row_line(const run *r, const conv_ring *ring, const conv_ring_io *io,
                            conv_ring_mode mode, void *work) {
    const conv_ring_axis *axis = &ring->axis[ring->rank - 1];
    if (r->line_threads > 1) {
        conv_ring_shared_line(ring->leaf, axis, mode, ring->is_complex, io, work, NULL,
                              r->line_threads);
    } else {
        ring->leaf->line(axis, mode, ring->is_complex, io, work, NULL);
    }
}

static void rows_forward(void *context, size_t begin, size_t end, int thread) {
    const run *r = context;
    const conv_ring *ring = r->ring;
    const conv_tile *tile = r->tile;
    int last = ring->rank - 1;
    size_t index[CONV_MAX_RANK];
    (void)thread;
    index_at(&r->in, last, begin, index);
    for (; begin < end; begin++) {
        ptrdiff_t at = 0;
        for (int d = 0; d < last; d++) {
            at += (ptrdiff_t)index[d] * tile->in_stride[d];
        }
        conv_ring_io io = {.in = (const char *)tile->in + at * (ptrdiff_t)ring->element,
                           .in_extent = tile->in_extent[last]};
        if (last > 0) {
            prefetch_row(io.in, tile->in_stride[last - 1] * (ptrdiff_t)ring->element,
                         io.in_extent * ring->element, false);
        }
        row_line(r, ring, &io, CONV_RING_FORWARD, tile_at(ring, r->scratch, last, index));
        next_index(&r->in, last, index);
    }
}

static void rows_inverse(void *context, size_t begin, size_t end, int thread) {
    const run *r = context;
    const conv_ring *ring = r->ring;
    const conv_tile *tile = r->tile;
    int last = ring->rank - 1;
    size_t index[CONV_MAX_RANK];
    (void)thread;
    index_at(&r->out, last, begin, index);
    for (; begin < end; begin++) {
        ptrdiff_t at = 0;
        for (int d = 0; d < last; d++) {
            at += (ptrdiff_t)(index[d] - r->out.first[d]) * tile->out_stride[d];
        }
        conv_ring_io io = {.out = (char *)tile->out + at * (ptrdiff_t)ring->element,
                           .out_first = tile->out_first[last],
                           .out_count = tile->out_count[last]};
        prefetch_row(io.out, tile->out_stride[last - 1] * (ptrdiff_t)ring->element,
                     io.out_count * ring->element, true);
        row_line(r, ring, &io, CONV_RING_INVERSE, tile_at(ring, r->scratch, last, index));
        next_index(&r->out, last, index);
    }
}

/* Threads share the rows, or, where there are too few of them to share, each row. */
static void rows(run *r, conv_ring_mode mode, conv_parallel_body *body) {
    int last = r->ring->rank - 1;
    size_t count = box_size(mode == CONV_RING_INVERSE ? &r->out : &r->in, last);
    bool each = !conv_ring_shares(count, r->threads) &&
                conv_ring_is_shared(&r->ring->axis[last], r->threads);
    r->line_threads = each ? r->threads : 1;
    conv_parallel_for(count, each ? 1 : r->threads, body, r);
}

static void convolve_line(const conv_ring *ring, const conv_tile *tile, const void *spectrum,
                          void *scratch, int threads) {
    int last = ring->rank - 1;
    conv_ring_io io = {.in = tile->in,
                       .in_extent = tile->in_extent[last],
                       .ends = tile->ends,
                       .end_elements = tile->end_elements,
                       .out = tile->out,
                       .out_first = tile->out_first[last],
                       .out_count = tile->out_count[last]};
    conv_ring_shared_line(ring->leaf, &ring->axis[last], CONV_RING_CONVOLVE, ring->is_complex, &io,
                          scratch, spectrum, threads);
}

/* An empty tile is one line of no elements: all of it is zero. */
static box input_box(const conv_ring *ring, const size_t *extent, size_t *line_extent) {
    box in = {{0}, {0}};
    bool empty = false;
    for (int d = 0; d < ring->rank; d++) {
        in.count[d] = extent[d];
        empty = empty || extent[d] == 0;
    }
    for (int d = 0; d < ring->rank && empty; d++) {
        in.count[d] = 1;
    }
    *line_extent = empty ? 0 : extent[ring->rank - 1];
    return in;
}

static void convolve_axes(const conv_ring *ring, const conv_tile *tile, const void *spectrum,
                          void *scratch, int threads) {
    int last = ring->rank - 1;
    conv_tile t = *tile;
    run r = {.ring = ring, .tile = &t, .spectrum = spectrum, .scratch = scratch};
    r.threads = threads;
    r.in = input_box(ring, tile->in_extent, &t.in_extent[last]);
    memcpy(r.out.first, tile->out_first, sizeof r.out.first);
    memcpy(r.out.count, tile->out_count, sizeof r.out.count);
    if (is_empty(&r.out, ring->rank)) {
        return;
    }
    if (ring->deepest == last) {
        convolve_line(ring, &t, spectrum, scratch, threads);
        return;
    }
    rows(&r, CONV_RING_FORWARD, rows_forward);
    for (int d = last - 1; d > ring->deepest; d--) {
        columns(&r, CONV_RING_FORWARD, d);
    }
    columns(&r, CONV_RING_CONVOLVE, ring->deepest);
    for (int d = ring->deepest + 1; d < last; d++) {
        columns(&r, CONV_RING_INVERSE, d);
    }
    rows(&r, CONV_RING_INVERSE, rows_inverse);
}

void conv_ring_convolve(const conv_ring *ring, const conv_tile *tile, const void *spectrum,
                        void *scratch, int threads) {
    if (ring->rank > 1) {
        convolve_axes(ring, tile, spectrum, scratch, threads);
    } else if (tile->out_count[0]) {
        convolve_line(ring, tile, spectrum, scratch, threads);
    }
}

/* Lines of a real kernel in a complex transform. */
static void widened_rows(const run *r, const void *kernel, const size_t *extent) {
    const conv_ring *ring = r->ring;
    int last = ring->rank - 1;
    size_t index[CONV_MAX_RANK] = {0}, size = ring->element / 2;
    const char *row = kernel;
    char *widened = r->scratch + ring->widened_at;
    do {
        ring->leaf->widen(widened, row, extent[last]);
        conv_ring_io io = {.in = widened, .in_extent = extent[last]};
        row_line(r, ring, &io, CONV_RING_FORWARD, tile_at(ring, r->scratch, last, index));
        row += extent[last] * size;
    } while (next_index(&r->in, last, index));
}

static void kernel_rows(run *r, const void *kernel, conv_dtype kernel_dtype, const size_t *extent) {
    int last = r->ring->rank - 1;
    if (r->ring->is_complex && !conv_dtype_is_complex(kernel_dtype)) {
        widened_rows(r, kernel, extent);
        return;
    }
    conv_tile tile = {.in = kernel};
    ptrdiff_t stride = 1;
    for (int d = last; d >= 0; d--) {
        tile.in_stride[d] = stride;
        tile.in_extent[d] = extent[d];
        stride *= (ptrdiff_t)extent[d];
    }
    r->tile = &tile;
    rows(r, CONV_RING_FORWARD, rows_forward);
}

void conv_ring_kernel(const conv_ring *ring, const void *kernel, conv_dtype kernel_dtype,
                      const size_t *kernel_extent, void *spectrum, void *scratch) {
    int last = ring->rank - 1, deepest = ring->deepest;
    size_t line_extent;
    run r = {.ring = ring, .scratch = scratch, .threads = 1, .line_threads = 1};
    r.in = input_box(ring, kernel_extent, &line_extent);
    kernel_rows(&r, kernel, kernel_dtype, kernel_extent);
    if (deepest == last) {
        ring->leaf->scale(spectrum, scratch, ring->tile, ring->scale);
        return;
    }
    for (int d = last - 1; d > deepest; d--) {
        columns(&r, CONV_RING_FORWARD, d);
    }
    conv_ring_columns c = {.data = scratch,
                           .width = ring->stride[deepest],
                           .row_stride = ring->stride[deepest],
                           .panel_width = ring->panel_width[deepest],
                           .present = r.in.count[deepest]};
    ring->leaf->columns_spectrum(&ring->axis[deepest], &c, r.scratch + ring->panel_at, spectrum,
                                 ring->scale);
}
