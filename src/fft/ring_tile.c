/* A tile's passes, each shared by threads. */
#include "fft/ring_tile.h"

#include <stdint.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "fft/ring_shared.h"

conv_ring_tile conv_ring_tile_begin(const conv_ring *ring, void *scratch, int threads) {
    return (conv_ring_tile){.ring = ring,
                            .data = scratch,
                            .panels = (char *)scratch + ring->panel_at,
                            .threads = threads,
                            .line_threads = 1,
                            .scale = 1};
}

conv_ring_box conv_ring_input_box(const conv_ring *ring, const size_t *extent,
                                  size_t *line_extent) {
    conv_ring_box in = {{0}, {0}};
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

bool conv_ring_box_is_empty(const conv_ring_box *box, int axes) {
    for (int d = 0; d < axes; d++) {
        if (box->count[d] == 0) {
            return true;
        }
    }
    return false;
}

bool conv_ring_next_index(const conv_ring_box *box, int axes, size_t *index) {
    for (int d = axes - 1; d >= 0; d--) {
        if (++index[d] < box->first[d] + box->count[d]) {
            return true;
        }
        index[d] = box->first[d];
    }
    return false;
}

static size_t box_size(const conv_ring_box *box, int axes) {
    size_t size = 1;
    for (int d = 0; d < axes; d++) {
        size *= box->count[d];
    }
    return size;
}

/* The index that is so many steps behind the first. */
static void index_at(const conv_ring_box *box, int axes, size_t steps, size_t *index) {
    for (int d = axes - 1; d >= 0; d--) {
        index[d] = box->first[d] + (steps ? steps % box->count[d] : 0);
        steps = steps ? steps / box->count[d] : 0;
    }
}

char *conv_ring_tile_at(const conv_ring_tile *t, int axes, const size_t *index) {
    size_t at = 0;
    for (int d = 0; d < axes; d++) {
        at += index[d] * t->ring->stride[d];
    }
    return t->data + at * t->ring->pair;
}

/* Panels of columns in one bundle along the axis. */
static size_t panels_of(const conv_ring *ring, int d) {
    return (ring->stride[d] + ring->panel_width[d] - 1) / ring->panel_width[d];
}

/* count panels from one on, of the bundle that begins at data. */
static conv_ring_columns panels_at(const conv_ring_tile *t, char *data, size_t first,
                                   size_t count) {
    const conv_ring *ring = t->ring;
    int d = t->axis;
    size_t width = ring->panel_width[d], stride = ring->stride[d], column = first * width;
    return (conv_ring_columns){.data = data + column * ring->pair,
                               .width = conv_min(count * width, stride - column),
                               .row_stride = stride,
                               .panel_width = width,
                               .present = t->in.count[d],
                               .first = t->out.first[d],
                               .count = t->out.count[d]};
}

/* A panel of the spectrum is as wide as one of the data, and lies where those before it end. */
static char *spectrum_at(const conv_ring_tile *t, size_t panel) {
    size_t column = panel * t->ring->panel_width[t->axis];
    size_t rows = conv_ring_spectrum_rows(&t->ring->axis[t->axis]);
    return (char *)t->spectrum + column * rows * t->ring->pair;
}

/* Panels begin..end-1 of all bundles of columns along the axis, bundle after bundle. */
static void column_panels(void *context, size_t begin, size_t end, int thread) {
    const conv_ring_tile *t = context;
    const conv_ring *ring = t->ring;
    int d = t->axis;
    size_t panels = panels_of(ring, d), index[CONV_MAX_RANK];
    char *panel = t->panels + (size_t)thread * ring->panel;
    const conv_ring_box *outer = t->mode == CONV_RING_INVERSE ? &t->out : &t->in;
    index_at(outer, d, begin / panels, index);
    for (size_t at = begin % panels; begin < end; at = 0) {
        size_t count = conv_min(panels - at, end - begin);
        conv_ring_columns c = panels_at(t, conv_ring_tile_at(t, d, index), at, count);
        const void *spectrum = t->mode == CONV_RING_CONVOLVE ? spectrum_at(t, at) : NULL;
        ring->leaf->columns(&ring->axis[d], t->mode, &c, panel, spectrum);
        conv_ring_next_index(outer, d, index);
        begin += count;
    }
}

void conv_ring_columns_along(conv_ring_tile *t, conv_ring_mode mode, int d) {
    if (t->ring->length[d] == 1 && !t->ring->axis[d].taps) {
        return;
    }
    t->mode = mode;
    t->axis = d;
    conv_parallel_for(box_size(mode == CONV_RING_INVERSE ? &t->out : &t->in, d) *
                          panels_of(t->ring, d),
                      t->threads, column_panels, t);
}

/* The axes before the deepest have one index: there is one bundle. */
static void spectrum_panels(void *context, size_t begin, size_t end, int thread) {
    const conv_ring_tile *t = context;
    conv_ring_columns c = panels_at(t, t->data, begin, end - begin);
    (void)thread;
    t->ring->leaf->columns_spectrum(&t->ring->axis[t->axis], t->mode, &c, spectrum_at(t, begin),
                                    t->scale);
}

void conv_ring_columns_spectrum(conv_ring_tile *t, conv_ring_mode mode) {
    t->mode = mode;
    t->axis = t->ring->deepest;
    conv_parallel_for(panels_of(t->ring, t->axis), t->threads, spectrum_panels, t);
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

void conv_ring_batch_begin(conv_ring_batch *batch, const conv_ring_tile *t, conv_ring_mode mode,
                           int thread) {
    batch->tile = t;
    batch->mode = mode;
    batch->data = t->ring->is_complex ? CONV_RING_COMPLEX : CONV_RING_REAL;
    batch->panel = t->panels + (size_t)thread * t->ring->panel;
    batch->rows.count = 0;
}

void conv_ring_batch_flush(conv_ring_batch *batch) {
    const conv_ring *ring = batch->tile->ring;
    if (batch->rows.count) {
        ring->leaf->across(&ring->axis[ring->rank - 1], batch->mode, batch->data, &batch->rows,
                           batch->panel);
    }
    batch->rows.count = 0;
}

/* A row alone mostly is too short for several threads, and is one of many. */
void conv_ring_batch_add(conv_ring_batch *batch, const conv_ring_io *io, void *work) {
    const conv_ring_tile *t = batch->tile;
    const conv_ring *ring = t->ring;
    const conv_ring_axis *axis = &ring->axis[ring->rank - 1];
    conv_ring_mode mode = batch->mode;
    if (axis->across) {
        conv_ring_lines *rows = &batch->rows;
        rows->in[rows->count] = io->in;
        rows->out[rows->count] = io->out;
        rows->work[rows->count++] = work;
        rows->in_extent = io->in_extent;
        rows->out_first = io->out_first;
        rows->out_count = io->out_count;
        if (rows->count == ring->leaf->rows_at_once) {
            conv_ring_batch_flush(batch);
        }
    } else if (t->line_threads > 1) {
        conv_ring_shared_line(ring->leaf, axis, mode, ring->is_complex, io, work, NULL,
                              t->line_threads);
    } else {
        ring->leaf->line(axis, mode, ring->is_complex, io, work, NULL);
    }
}

static void rows_forward(void *context, size_t begin, size_t end, int thread) {
    const conv_ring_tile *t = context;
    const conv_ring *ring = t->ring;
    const conv_tile *tile = t->tile;
    int last = ring->rank - 1;
    size_t index[CONV_MAX_RANK];
    conv_ring_batch batch;
    conv_ring_batch_begin(&batch, t, CONV_RING_FORWARD, thread);
    index_at(&t->in, last, begin, index);
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
        conv_ring_batch_add(&batch, &io, conv_ring_tile_at(t, last, index));
        conv_ring_next_index(&t->in, last, index);
    }
    conv_ring_batch_flush(&batch);
}

static void rows_inverse(void *context, size_t begin, size_t end, int thread) {
    const conv_ring_tile *t = context;
    const conv_ring *ring = t->ring;
    const conv_tile *tile = t->tile;
    int last = ring->rank - 1;
    size_t index[CONV_MAX_RANK];
    conv_ring_batch batch;
    conv_ring_batch_begin(&batch, t, CONV_RING_INVERSE, thread);
    index_at(&t->out, last, begin, index);
    for (; begin < end; begin++) {
        ptrdiff_t at = 0;
        for (int d = 0; d < last; d++) {
            at += (ptrdiff_t)(index[d] - t->out.first[d]) * tile->out_stride[d];
        }
        conv_ring_io io = {.out = (char *)tile->out + at * (ptrdiff_t)ring->element,
                           .out_first = tile->out_first[last],
                           .out_count = tile->out_count[last]};
        prefetch_row(io.out, tile->out_stride[last - 1] * (ptrdiff_t)ring->element,
                     io.out_count * ring->element, true);
        conv_ring_batch_add(&batch, &io, conv_ring_tile_at(t, last, index));
        conv_ring_next_index(&t->out, last, index);
    }
    conv_ring_batch_flush(&batch);
}

/* Threads share the rows, or, where there are too few of them to share, each row. */
void conv_ring_rows(conv_ring_tile *t, conv_ring_mode mode) {
    int last = t->ring->rank - 1;
    bool inverse = mode == CONV_RING_INVERSE;
    size_t count = box_size(inverse ? &t->out : &t->in, last);
    bool each = !conv_ring_shares(count, t->threads) &&
                conv_ring_is_shared(&t->ring->axis[last], t->threads);
    t->line_threads = each ? t->threads : 1;
    conv_parallel_for(count, each ? 1 : t->threads, inverse ? rows_inverse : rows_forward, t);
}
