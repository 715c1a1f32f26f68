/* Making a ring transform: lengths, tables, and where things lie. ring_run.c has the running. */
#include "fft/ring.h"

#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "fft/ring_state.h"

/* Coefficients: of the branches of a line, and of rows and columns; of the longest row that lies
 * across lanes. */
enum { UNIT_LINE = 16, UNIT = 4, ACROSS_MOST = 144 };

/* What of a column's panel the first-level cache holds; and up to where columns that lie together
 * anyway stay where they are. */
enum { PANEL_BYTES = 24 << 10, IN_PLACE_BYTES = 64 << 10 };

size_t conv_ring_length(conv_dtype dtype, size_t at_least, conv_axis_kind kind) {
    size_t parts = conv_dtype_is_complex(dtype) ? 1 : 2;
    if (kind == CONV_AXIS_COLUMNS) {
        return at_least <= 1 ? 1 : conv_ring_axis_length(UNIT, at_least);
    }
    size_t length = conv_ring_axis_length(UNIT * parts, at_least);
    return kind == CONV_AXIS_ROWS && length <= ACROSS_MOST * parts
               ? length
               : conv_ring_axis_length(UNIT_LINE * parts, at_least);
}

/* One row alone goes along the lanes where it can. The choice decides over bits: it does not depend
 * on the level. */
static bool is_across(conv_dtype dtype, int rank, const size_t *shape, size_t taps) {
    size_t length = shape[rank - 1], parts = conv_dtype_is_complex(dtype) ? 1 : 2, rows = taps;
    for (int d = 0; d < rank - 1; d++) {
        rows = conv_max(rows, shape[d]);
    }
    return length <= ACROSS_MOST * parts &&
           (rows > 1 || conv_ring_length(dtype, length, CONV_AXIS_LINE) != length);
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

/* Lines whose branches do not fill a group of the widest vectors, and rows that leave more than a
 * fifth of them empty, are better off with the next narrower ones, which give the same bits. (72 x
 * 72 x 72, padded by a third: the widest are 1.1 times as fast in either type.) */
static conv_level level_of(conv_level level, bool is_double, size_t complex_length, bool across) {
    if (across) {
        size_t lanes = is_double ? 8 : 16, wide = (complex_length + lanes - 1) / lanes * lanes;
        size_t narrow = (complex_length + lanes / 2 - 1) / (lanes / 2) * (lanes / 2);
        return level == CONV_LEVEL_V4 && 4 * wide > 5 * narrow ? CONV_LEVEL_V3 : level;
    }
    size_t group = is_double ? 32 : 64, branch = complex_length;
    for (size_t odd = 3; odd <= CONV_RING_BRANCHES; odd += 2) {
        branch = complex_length % odd ? branch : complex_length / odd;
    }
    return level == CONV_LEVEL_V4 && branch < group ? CONV_LEVEL_V3 : level;
}

static bool create_axes(conv_ring *ring, bool is_double, bool across, size_t taps) {
    int last = ring->rank - 1;
    size_t complex_length = ring->length[last] / (ring->is_complex ? 1 : 2);
    bool ok = across ? conv_ring_axis_across(&ring->axis[last], complex_length, is_double,
                                             ring->is_complex, ring->leaf->lanes)
                     : conv_ring_axis_line(&ring->axis[last], complex_length, is_double,
                                           ring->is_complex, ring->leaf->lanes);
    for (int d = 0; d < last && ok; d++) {
        if (d == 0 && taps) {
            conv_ring_axis_summed(&ring->axis[d], ring->length[d], taps);
        } else {
            ok = conv_ring_axis_column(&ring->axis[d], ring->length[d], is_double);
        }
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
    size_t panel = line->across ? line->length * ring->leaf->rows_at_once / ring->leaf->lanes : 0;
    size_t widened = 0, whole;
    double points = (double)line->length;
    ring->row = line->row / ring->leaf->lanes;
    ring->tile = ring->spectrum = ring->row;
    ring->deepest = last;
    for (int d = last - 1; d >= 0; d--) {
        const conv_ring_axis *axis = &ring->axis[d];
        size_t n = ring->length[d] + (axis->taps ? axis->taps - 1 : 0);
        size_t fitting = PANEL_BYTES / ring->pair / n, in_place = IN_PLACE_BYTES / ring->pair / n;
        bool together = ring->tile <= in_place && !axis->taps;
        ring->stride[d] = ring->tile;
        ring->panel_width[d] = together ? ring->tile : conv_min(conv_max(fitting, 1), ring->tile);
        ring->deepest = ring->length[d] > 1 || axis->taps ? d : ring->deepest;
        points *= axis->taps ? 1 : (double)n;
        panel = conv_max(panel, (together ? 1 : n + 1) * ring->panel_width[d]);
        ring->spectrum = ring->tile * conv_ring_spectrum_rows(axis);
        if (!conv_multiply(ring->tile, ring->length[d], &ring->tile)) {
            return false;
        }
    }
    ring->scale = 1 / points;
    if (!conv_multiply(ring->tile, ring->pair, &ring->widened_at) ||
        !conv_multiply(panel, ring->pair, &panel) ||
        (ring->is_complex && !conv_multiply(line->length, ring->element, &widened)) ||
        !conv_add(ring->widened_at, conv_aligned_size(widened), &ring->panel_at) ||
        !conv_add(ring->panel_at, panel, &whole)) {
        return false;
    }
    ring->panel = conv_aligned_size(panel);
    return true;
}

static bool shape_fits(conv_dtype dtype, int rank, const size_t *shape, size_t taps) {
    for (int d = taps ? 1 : 0; d < rank; d++) {
        if (shape[d] == 0 ||
            conv_ring_length(dtype, shape[d], conv_axis_kind_of(d, rank)) != shape[d]) {
            return false;
        }
    }
    return true;
}

/* Whether data of so many bytes could be had. Tables for what could not would take their time. */
static bool is_within_reach(size_t element, int rank, const size_t *shape) {
    const size_t large = (size_t)1 << 30;
    size_t bytes = element;
    for (int d = 0; d < rank; d++) {
        if (!conv_multiply(bytes, shape[d], &bytes)) {
            return false;
        }
    }
    void *room = bytes < large ? NULL : conv_allocate(bytes);
    conv_free(room);
    return bytes < large || room;
}

conv_status conv_ring_create(conv_ring **ring, conv_dtype dtype, int rank, const size_t *shape,
                             conv_level level) {
    return conv_ring_create_summed(ring, dtype, rank, shape, 0, level);
}

conv_status conv_ring_create_summed(conv_ring **ring, conv_dtype dtype, int rank,
                                    const size_t *shape, size_t taps, conv_level level) {
    if (!shape_fits(dtype, rank, shape, taps)) {
        return conv_fail(CONV_ERR_EXTENT, "no transform of %zu samples on axis 0", shape[0]);
    }
    conv_ring *r = NULL;
    size_t bytes = sizeof *r + (size_t)rank * sizeof r->axis[0];
    if (is_within_reach(conv_dtype_size(dtype), rank, shape)) {
        r = conv_allocate(bytes);
    }
    if (!r) {
        return conv_fail(CONV_ERR_MEMORY, "no memory for a transform of %zu x ...", shape[0]);
    }
    bool is_double = conv_dtype_is_double(dtype);
    memset(r, 0, bytes);
    r->rank = rank;
    r->is_complex = conv_dtype_is_complex(dtype);
    bool across = is_across(dtype, rank, shape, taps);
    level = level_of(level, is_double, shape[rank - 1] / (r->is_complex ? 1 : 2), across);
    r->leaf = leaf_of(is_double, level);
    r->element = conv_dtype_size(dtype);
    r->pair = 2 * r->leaf->lanes * conv_dtype_size(conv_dtype_real(dtype));
    memcpy(r->length, shape, (size_t)rank * sizeof *shape);
    if (!create_axes(r, is_double, across, taps) || !lay_out(r)) {
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

size_t conv_ring_spectrum_size(const conv_ring *ring) {
    return ring->spectrum * ring->pair;
}

/* A panel is not larger than tile and spectrum together, which are in memory: this does not
 * overflow for any number of processors. */
size_t conv_ring_scratch_size(const conv_ring *ring, int threads) {
    return ring->panel_at + ring->panel * (size_t)threads;
}
