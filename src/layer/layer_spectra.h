/* Sums by transforms: tiles of a side, of kernels, and what a product of their spectra gives. */
#ifndef CONV_LAYER_LAYER_SPECTRA_H
#define CONV_LAYER_LAYER_SPECTRA_H

#include "fft/transform.h"
#include "layer/layer_loops.h"
#include "layer/layer_methods.h"

/* PRODUCTS keeps the spectra of so many channels of either side at a time, and all their sums. */
enum { CONV_LAYER_PAIR_BLOCK = 8 };

/* One axis. Index f of the full convolution of the input with the kernel (the sums), or of a tile
 * of both sides (PRODUCTS), is a transform's output index. */
typedef struct {
    bool transformed; /* else a kernel of one tap: every index is a tile of its own */
    size_t reach, length;
    size_t start, count,
        tiles;       /* of outputs (PRODUCTS: narrow points): the first, of a tile; tiles */
    ptrdiff_t shift; /* f of output 0; PRODUCTS: the wide index under narrow index 0, tap 0 */
    size_t rest_length, rest_count; /* one more tile, shorter, for the outputs after those; or 0 */
} conv_layer_spectra_axis;

typedef struct {
    conv_layer_spectra_axis axis[CONV_LAYER_AXES];
    int rank;
    double seconds; /* of all parts */
    /* Of one part: */
    size_t length[CONV_LAYER_AXES]; /* of the transform */
    size_t tiles;                   /* in all */
} conv_layer_spectra_plan;

/* Parts of a plan: tiles of one shape. */
enum { CONV_LAYER_MOST_PARTS = 4 };

/* NULL, and the cheapest tiles; or why there are none. */
const char *conv_layer_spectra_plan_make(conv_layer_spectra_plan *plan, const conv_layer_job *job);

/* Part number `part` of a plan, whose axes have no rest; false where there is no such part. */
bool conv_layer_spectra_part(const conv_layer_spectra_plan *plan, int part,
                             conv_layer_spectra_plan *made);

/* Tiles of one shape, and what they need. */
typedef struct {
    conv_layer_job job;
    conv_layer_spectra_plan plan;
    const conv_layer_loops *loops;
    conv_transform *transform;
    size_t in, out;       /* channels of a group; PRODUCTS: wide, narrow */
    size_t spectrum, box; /* bytes of a spectrum, and of a tile as it is read and written */
    size_t scratch;       /* of the transform */
} conv_layer_spectra;

/* Copies a box of a side's channel (extent samples from `first` on, all there) to a contiguous one
 * with its strides. */
void conv_layer_spectra_read(const conv_layer_spectra *s, const conv_layer_side *side,
                             const char *from, const size_t *first, const size_t *extent, char *to,
                             const ptrdiff_t *to_stride);

/* The first `images` of the call. */
void conv_layer_spectra_sums(const conv_layer_spectra *s, const conv_layer_call *call,
                             size_t images, const char *kernels, char *room);
void conv_layer_spectra_products(const conv_layer_spectra *s, const conv_layer_call *call,
                                 char *room);
size_t conv_layer_spectra_room(const conv_layer_spectra *s); /* bytes of either */

/* Tile number `tile`: its indices. */
void conv_layer_spectra_tile(const conv_layer_spectra *s, size_t tile, size_t *at);

#endif
