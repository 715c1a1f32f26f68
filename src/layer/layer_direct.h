/* The direct method: tiles of sums in registers, over images with the channels last. Images that
 * have them first are turned into the workspace. */
#ifndef CONV_LAYER_LAYER_DIRECT_H
#define CONV_LAYER_LAYER_DIRECT_H

#include "layer/layer_loops.h"
#include "layer/layer_methods.h"

/* ---- images: one element of the batch, channels last ---- */

typedef struct {
    const conv_layer_side *side;
    size_t size;
    bool turned;                     /* it has to be turned into the workspace */
    size_t bytes;                    /* then, of one */
    ptrdiff_t axis[CONV_LAYER_AXES]; /* strides of what is read */
} conv_layer_image;

/* spare: elements that may be read beyond the last one; then a side that has not as many is turned,
 * too. */
void conv_layer_image_init(conv_layer_image *image, const conv_layer_side *side, size_t size,
                           size_t spare);

/* Turns points first..last-1 of an image. */
void conv_layer_image_turn(const conv_layer_image *image, const conv_layer_loops *loops,
                           const void *from, void *to, size_t first, size_t last);

/* ---- GATHER and SCATTER ---- */

typedef struct conv_layer_taps conv_layer_taps;

conv_status conv_layer_taps_make(conv_layer_taps **taps, const conv_layer_job *job);
void conv_layer_taps_free(conv_layer_taps *taps);
size_t conv_layer_taps_workspace(const conv_layer_taps *taps);
size_t conv_layer_taps_packed(const conv_layer_taps *taps);
void conv_layer_taps_pack(const conv_layer_taps *taps, const void *w, void *packed);
void conv_layer_taps_run(const conv_layer_taps *taps, const conv_layer_call *call);

/* ---- GATHER and SCATTER, plane by plane ---- */

typedef struct conv_layer_planes conv_layer_planes;

const char *conv_layer_planes_reject(const conv_layer_job *job);
bool conv_layer_planes_fit_lines(const conv_layer_job *job); /* without copies of planes */
conv_status conv_layer_planes_make(conv_layer_planes **planes, const conv_layer_job *job);
void conv_layer_planes_free(conv_layer_planes *planes);
size_t conv_layer_planes_workspace(const conv_layer_planes *planes);
size_t conv_layer_planes_packed(const conv_layer_planes *planes);
void conv_layer_planes_pack(const conv_layer_planes *planes, const void *w, void *packed);
void conv_layer_planes_run(const conv_layer_planes *planes, const conv_layer_call *call);

/* ---- PRODUCTS ---- */

typedef struct conv_layer_products conv_layer_products;

conv_status conv_layer_products_make(conv_layer_products **products, const conv_layer_job *job);
void conv_layer_products_free(conv_layer_products *products);
size_t conv_layer_products_workspace(const conv_layer_products *products);
void conv_layer_products_run(const conv_layer_products *products, const conv_layer_call *call);

#endif
