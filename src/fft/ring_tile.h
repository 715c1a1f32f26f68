/* A tile's passes through the ring transform: lines of the last axis, columns along the others. */
#ifndef CONV_FFT_RING_TILE_H
#define CONV_FFT_RING_TILE_H

#include "fft/ring_state.h"
#include "fft/transform.h"

/* A box of indices. */
typedef struct {
    size_t first[CONV_MAX_RANK], count[CONV_MAX_RANK];
} conv_ring_box;

/* A tile on its way. Where all axes but the last have length 1, data is where the spectrum is or
 * comes to be: a line is transformed in place. */
typedef struct {
    const conv_ring *ring;
    const conv_tile *tile;
    conv_ring_box in, out; /* what is there of the tile; what is wanted of the result */
    char *data;            /* its vector pairs, row-major */
    char *panels;          /* of the threads */
    int threads;
    /* The deepest axis: CONVOLVE reads the spectrum, `columns_spectrum` writes it times scale
     * (FORWARD) or takes it, and overwrites it (INVERSE). */
    void *spectrum;
    double scale;
    /* of the loop at hand: */
    int line_threads; /* for one row */
    conv_ring_mode mode;
    int axis;
} conv_ring_tile;

/* A tile of which nothing is known but the ring, the memory and the threads. */
conv_ring_tile conv_ring_tile_begin(const conv_ring *ring, void *scratch, int threads);

/* What there is of a tile, by its extents. An empty one is one line of no elements: all of it is
 * zero. line_extent: elements of a line. */
conv_ring_box conv_ring_input_box(const conv_ring *ring, const size_t *extent, size_t *line_extent);
bool conv_ring_box_is_empty(const conv_ring_box *box, int axes);

/* The next index in the box over the axes 0..axes-1; false after the last. */
bool conv_ring_next_index(const conv_ring_box *box, int axes, size_t *index);

/* Where the line or bundle of columns is that has this index on the axes 0..axes-1. */
char *conv_ring_tile_at(const conv_ring_tile *t, int axes, const size_t *index);

/* FORWARD: tile->in -> data. INVERSE, of two axes and more: data -> tile->out. */
void conv_ring_rows(conv_ring_tile *t, conv_ring_mode mode);

/* Rows one after the other, on t->line_threads threads each, or, of an axis across lanes, as many
 * as it takes at once: added, and done at the latest by the flush. mode: FORWARD or INVERSE. panel:
 * the thread's. */
typedef struct {
    const conv_ring_tile *tile;
    conv_ring_mode mode;
    conv_ring_data data;
    void *panel;
    conv_ring_lines rows;
} conv_ring_batch;

void conv_ring_batch_begin(conv_ring_batch *batch, const conv_ring_tile *t, conv_ring_mode mode,
                           int thread);
void conv_ring_batch_add(conv_ring_batch *batch, const conv_ring_io *io, void *work);
void conv_ring_batch_flush(conv_ring_batch *batch);

/* Columns along axis d, in data; CONVOLVE, of the deepest axis: times the spectrum on the way. */
void conv_ring_columns_along(conv_ring_tile *t, conv_ring_mode mode, int d);

/* Columns along the deepest axis: data -> spectrum (FORWARD) or spectrum -> data (INVERSE). */
void conv_ring_columns_spectrum(conv_ring_tile *t, conv_ring_mode mode);

#endif
