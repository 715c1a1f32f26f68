/* The ring transform of a tile: lines of the last axis, then columns along the axes before it, the
 * first of which multiplies by the spectrum and turns back. */
#include "fft/ring.h"

#include <stdint.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "fft/ring_axis.h"

struct conv_ring {
    const conv_ring_leaf *leaf;
    int rank, deepest; /* the first axis that is longer than 1 */
    bool is_complex;
    size_t length[CONV_MAX_RANK]; /* elements */
    size_t element, pair;         /* bytes of an element and of a vector pair */
    conv_ring_axis axis[CONV_MAX_RANK];
    size_t row, stride[CONV_MAX_RANK]; /* vector pairs: of a line, between indices of an axis */
    size_t tile;                       /* vector pairs of all */
    size_t panel_width[CONV_MAX_RANK];
    size_t panel_at, widened_at, scratch_size; /* bytes */
    double scale;
};

/* A box of indices on the axes before the last. */
typedef struct {
    size_t first[CONV_MAX_RANK], count[CONV_MAX_RANK];
} box;

enum { UNIT_REAL = 32, UNIT_COMPLEX = 16, UNIT_COLUMN = 4, PANEL_BYTES = 24 << 10 };

size_t conv_ring_length(conv_dtype dtype, size_t at_least, bool last_axis) {
    if (!last_axis) {
        return at_least <= 1 ? 1 : conv_ring_axis_length(UNIT_COLUMN, at_least);
    }
    return conv_ring_axis_length(conv_dtype_is_complex(dtype) ? UNIT_COMPLEX : UNIT_REAL, at_least);
}

static const conv_ring_leaf *leaf_of(bool is_double, conv_level level) {
#ifdef CONV_HAVE_X86_LEVELS
    if (level == CONV_LEVEL_V4) {
        return is_double ? &conv_ring_leaf_f64_v4 : &conv_ring_leaf_f32_v4;
    }
    if (level == CONV_LEVEL_V3) {
        return is_double ? &conv_ring_leaf_f64_v3 : &conv_ring_leaf_f32_v3;
    }
#endif
    (void)level;
    return is_double ? &conv_ring_leaf_f64_baseline : &conv_ring_leaf_f32_baseline;
}

/* Lines whose branches do not fill a group of the widest vectors are better off with the next
 * narrower ones, which give the same bits. */
static conv_level level_of(conv_level level, bool is_double, size_t complex_length) {
    size_t branch = complex_length % 3 ? complex_length : complex_length / 3;
    size_t group = is_double ? 32 : 64;
    return level == CONV_LEVEL_V4 && branch < group ? CONV_LEVEL_V3 : level;
}

static bool create_axes(conv_ring *ring, bool is_double) {
    int last = ring->rank - 1;
    size_t complex_length = ring->length[last] / (ring->is_complex ? 1 : 2);
    bool ok = conv_ring_axis_line(&ring->axis[last], complex_length, is_double, ring->is_complex,
                                  ring->leaf->lanes);
    for (int d = 0; d < last && ok; d++) {
        ok = conv_ring_axis_column(&ring->axis[d], ring->length[d], is_double);
    }
    return ok;
}

static void release_axes(conv_ring *ring) {
    for (int d = 0; d < ring->rank; d++) {
        conv_ring_axis_release(&ring->axis[d]);
    }
}

/* Strides, panels and sizes; false where they exceed the address space. */
static bool lay_out(conv_ring *ring) {
    int last = ring->rank - 1;
    const conv_ring_axis *line = &ring->axis[last];
    size_t panel = 0, widened = 0;
    double points = (double)line->length;
    ring->row = (size_t)line->branches * line->stride / ring->leaf->lanes;
    ring->tile = ring->row;
    ring->deepest = last;
    for (int d = last - 1; d >= 0; d--) {
        size_t n = ring->length[d], fitting = PANEL_BYTES / ring->pair / n;
        ring->stride[d] = ring->tile;
        ring->panel_width[d] = conv_min(conv_max(fitting, 1), ring->tile);
        ring->deepest = n > 1 ? d : ring->deepest;
        points *= (double)n;
        panel = conv_max(panel, n * ring->panel_width[d]);
        if (!conv_multiply(ring->tile, n, &ring->tile)) {
            return false;
        }
    }
    ring->scale = 1 / points;
    return conv_multiply(ring->tile, ring->pair, &ring->panel_at) &&
           conv_multiply(panel, ring->pair, &panel) &&
           conv_add(ring->panel_at, panel, &ring->widened_at) &&
           (!ring->is_complex || conv_multiply(line->length, ring->element, &widened)) &&
           conv_add(ring->widened_at, widened, &ring->scratch_size);
}

static bool shape_fits(conv_dtype dtype, int rank, const size_t *shape) {
    for (int d = 0; d < rank; d++) {
        if (shape[d] == 0 || conv_ring_length(dtype, shape[d], d == rank - 1) != shape[d]) {
            return false;
        }
    }
    return true;
}

conv_status conv_ring_create(conv_ring **ring, conv_dtype dtype, int rank, const size_t *shape,
                             conv_level level) {
    if (!shape_fits(dtype, rank, shape)) {
        return conv_fail(CONV_ERR_EXTENT, "no transform of %zu samples on axis 0", shape[0]);
    }
    conv_ring *r = conv_allocate(sizeof *r);
    if (!r) {
        return conv_fail(CONV_ERR_MEMORY, "no memory for a transform of %zu x ...", shape[0]);
    }
    bool is_double = conv_dtype_is_double(dtype);
    memset(r, 0, sizeof *r);
    r->rank = rank;
    r->is_complex = conv_dtype_is_complex(dtype);
    level = level_of(level, is_double, shape[rank - 1] / (r->is_complex ? 1 : 2));
    r->leaf = leaf_of(is_double, level);
    r->element = conv_dtype_size(dtype);
    r->pair = 2 * r->leaf->lanes * conv_dtype_size(conv_dtype_real(dtype));
    memcpy(r->length, shape, (size_t)rank * sizeof *shape);
    if (!create_axes(r, is_double) || !lay_out(r)) {
        conv_ring_destroy(r);
        return conv_fail(CONV_ERR_MEMORY, "no memory for a transform of %zu x ...", shape[0]);
    }
    *ring = r;
    return CONV_OK;
}

void conv_ring_destroy(conv_ring *ring) {
    if (ring) {
        release_axes(ring);
        conv_free(ring);
    }
}

bool conv_ring_is_cyclic(const conv_ring *ring) {
    return ring->is_complex;
}

size_t conv_ring_spectrum_size(const conv_ring *ring) {
    return ring->tile * ring->pair;
}

size_t conv_ring_scratch_size(const conv_ring *ring) {
    return ring->scratch_size;
}

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

static bool is_empty(const box *b, int axes) {
    for (int d = 0; d < axes; d++) {
        if (b->count[d] == 0) {
            return true;
        }
    }
    return false;
}

static void *tile_at(const conv_ring *ring, void *scratch, int axes, const size_t *index) {
    size_t at = 0;
    for (int d = 0; d < axes; d++) {
        at += index[d] * ring->stride[d];
    }
    return (char *)scratch + at * ring->pair;
}

/* in: what is there of the tile; out: what is wanted of the result. */
static void columns(const conv_ring *ring, conv_ring_mode mode, int d, const box *in,
                    const box *out, const void *spectrum, void *scratch) {
    const box *outer = mode == CONV_RING_INVERSE ? out : in;
    size_t index[CONV_MAX_RANK];
    if (ring->length[d] == 1) {
        return;
    }
    memcpy(index, outer->first, sizeof index);
    do {
        conv_ring_columns c = {.data = tile_at(ring, scratch, d, index),
                               .width = ring->stride[d],
                               .row_stride = ring->stride[d],
                               .panel_width = ring->panel_width[d],
                               .present = in->count[d],
                               .first = out->first[d],
                               .count = out->count[d]};
        ring->leaf->columns(&ring->axis[d], mode, &c, (char *)scratch + ring->panel_at, spectrum);
    } while (next_index(outer, d, index));
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

static void rows_forward(const conv_ring *ring, const conv_tile *tile, const box *in,
                         void *scratch) {
    int last = ring->rank - 1;
    size_t index[CONV_MAX_RANK] = {0};
    do {
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
        ring->leaf->line(&ring->axis[last], CONV_RING_FORWARD, ring->is_complex, &io,
                         tile_at(ring, scratch, last, index), NULL);
    } while (next_index(in, last, index));
}

static void rows_inverse(const conv_ring *ring, const conv_tile *tile, const box *out,
                         void *scratch) {
    int last = ring->rank - 1;
    size_t index[CONV_MAX_RANK];
    memcpy(index, out->first, sizeof index);
    do {
        ptrdiff_t at = 0;
        for (int d = 0; d < last; d++) {
            at += (ptrdiff_t)(index[d] - out->first[d]) * tile->out_stride[d];
        }
        conv_ring_io io = {.out = (char *)tile->out + at * (ptrdiff_t)ring->element,
                           .out_first = tile->out_first[last],
                           .out_count = tile->out_count[last]};
        prefetch_row(io.out, tile->out_stride[last - 1] * (ptrdiff_t)ring->element,
                     io.out_count * ring->element, true);
        ring->leaf->line(&ring->axis[last], CONV_RING_INVERSE, ring->is_complex, &io,
                         tile_at(ring, scratch, last, index), NULL);
    } while (next_index(out, last, index));
}

static void convolve_line(const conv_ring *ring, const conv_tile *tile, const void *spectrum,
                          void *scratch) {
    int last = ring->rank - 1;
    conv_ring_io io = {.in = tile->in,
                       .in_extent = tile->in_extent[last],
                       .out = tile->out,
                       .out_first = tile->out_first[last],
                       .out_count = tile->out_count[last]};
    ring->leaf->line(&ring->axis[last], CONV_RING_CONVOLVE, ring->is_complex, &io, scratch,
                     spectrum);
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

void conv_ring_convolve(const conv_ring *ring, const conv_tile *tile, const void *spectrum,
                        void *scratch) {
    int last = ring->rank - 1;
    if (last == 0) {
        if (tile->out_count[0]) {
            convolve_line(ring, tile, spectrum, scratch);
        }
        return;
    }
    conv_tile t = *tile;
    box in = input_box(ring, tile->in_extent, &t.in_extent[last]), out;
    memcpy(out.first, tile->out_first, sizeof out.first);
    memcpy(out.count, tile->out_count, sizeof out.count);
    if (is_empty(&out, ring->rank)) {
        return;
    }
    if (ring->deepest == last) {
        convolve_line(ring, &t, spectrum, scratch);
        return;
    }
    rows_forward(ring, &t, &in, scratch);
    for (int d = last - 1; d > ring->deepest; d--) {
        columns(ring, CONV_RING_FORWARD, d, &in, &out, NULL, scratch);
    }
    columns(ring, CONV_RING_CONVOLVE, ring->deepest, &in, &out, spectrum, scratch);
    for (int d = ring->deepest + 1; d < last; d++) {
        columns(ring, CONV_RING_INVERSE, d, &in, &out, NULL, scratch);
    }
    rows_inverse(ring, &t, &out, scratch);
}

/* Lines of a real kernel in a complex transform. */
static void widened_rows(const conv_ring *ring, const void *kernel, const size_t *extent,
                         const box *in, void *scratch) {
    int last = ring->rank - 1;
    size_t index[CONV_MAX_RANK] = {0}, size = ring->element / 2;
    const char *row = kernel;
    char *widened = (char *)scratch + ring->widened_at;
    do {
        ring->leaf->widen(widened, row, extent[last]);
        conv_ring_io io = {.in = widened, .in_extent = extent[last]};
        ring->leaf->line(&ring->axis[last], CONV_RING_FORWARD, 1, &io,
                         tile_at(ring, scratch, last, index), NULL);
        row += extent[last] * size;
    } while (next_index(in, last, index));
}

static void kernel_rows(const conv_ring *ring, const void *kernel, conv_dtype kernel_dtype,
                        const size_t *extent, const box *in, void *scratch) {
    int last = ring->rank - 1;
    if (ring->is_complex && !conv_dtype_is_complex(kernel_dtype)) {
        widened_rows(ring, kernel, extent, in, scratch);
        return;
    }
    conv_tile tile = {.in = kernel};
    ptrdiff_t stride = 1;
    for (int d = last; d >= 0; d--) {
        tile.in_stride[d] = stride;
        tile.in_extent[d] = extent[d];
        stride *= (ptrdiff_t)extent[d];
    }
    rows_forward(ring, &tile, in, scratch);
}

void conv_ring_kernel(const conv_ring *ring, const void *kernel, conv_dtype kernel_dtype,
                      const size_t *kernel_extent, void *spectrum, void *scratch) {
    int last = ring->rank - 1, deepest = ring->deepest;
    size_t line_extent;
    box in = input_box(ring, kernel_extent, &line_extent), none = {{0}, {0}};
    kernel_rows(ring, kernel, kernel_dtype, kernel_extent, &in, scratch);
    if (deepest == last) {
        ring->leaf->scale(spectrum, scratch, ring->tile, ring->scale);
        return;
    }
    for (int d = last - 1; d > deepest; d--) {
        columns(ring, CONV_RING_FORWARD, d, &in, &none, NULL, scratch);
    }
    conv_ring_columns c = {.data = scratch,
                           .width = ring->stride[deepest],
                           .row_stride = ring->stride[deepest],
                           .panel_width = ring->panel_width[deepest],
                           .present = in.count[deepest]};
    ring->leaf->columns_spectrum(&ring->axis[deepest], &c, (char *)scratch + ring->panel_at,
                                 spectrum, ring->scale);
}
