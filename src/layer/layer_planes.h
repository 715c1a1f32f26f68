/* What the files of layer_planes share. */
#ifndef CONV_LAYER_LAYER_PLANES_H
#define CONV_LAYER_LAYER_PLANES_H

#include "base/elements.h"
#include "kernels/kernels.h"
#include "layer/layer_direct.h"
#include "layer/layer_flow.h"

struct conv_layer_planes {
    const conv_layer_shape *shape;
    const conv_layer_loops *loops;
    const conv_slide_kernels *slide;
    const conv_element_kernels *elements;
    conv_layer_flow flow;
    int threads;
    const conv_layer_side *from, *to;
    size_t in, out; /* channels of a group */
    size_t pieces;  /* of a group's channels out, where there are fewer groups than threads */
    ptrdiff_t w_in, w_out;
    size_t taps;              /* that any output takes */
    size_t low[2], high[2];   /* zeros before and after on the last two axes */
    bool by_lines;            /* the kernel stays in registers; planes are read where they are */
    bool copied;              /* planes are copied, with zeros around, or turned */
    size_t row, plane, group; /* elements of a copied row, plane (outer axes in it), group */
    bool direct_out;          /* sums are written where the output is */
    size_t copy_bytes, out_bytes;
};

/* Elements of packed weights before the kernels of a pair of channels. */
size_t conv_layer_planes_pair(const conv_layer_planes *p, size_t group, size_t out, size_t in);

/* From there to the kernel of two phases under outer taps a and b. */
size_t conv_layer_planes_kernel(const conv_layer_planes *p, size_t a, size_t b,
                                const conv_layer_phase *rows, const conv_layer_phase *columns);

typedef struct {
    const conv_layer_planes *p;
    const conv_layer_call *call;
    char *room;
    bool literal; /* weights that are not finite: zeros around the input would not be absent */
} conv_layer_planes_call;

/* The planes of one group: where they are and how they lie, in elements. */
typedef struct {
    const char *data; /* sample 0 of channel 0 */
    ptrdiff_t channel, axis[CONV_LAYER_AXES - 1];
} conv_layer_planes_view;

/* Output planes: the phases and indices of the outer axes. */
typedef struct {
    const conv_layer_phase *phase[CONV_LAYER_AXES];
    size_t j[2], first[2], last[2];
} conv_layer_planes_place;

/* One output plane, with bias and beta, where by_lines says so. */
void conv_layer_planes_lines(const conv_layer_planes_call *s, const conv_layer_planes_view *view,
                             const conv_layer_planes_place *at, size_t group, size_t out, char *to);

/* One output plane of two phases, in elements to_row apart: the sum over channels in and taps. */
void conv_layer_planes_sum(const conv_layer_planes_call *s, const conv_layer_planes_view *view,
                           const conv_layer_planes_place *at, size_t group, size_t out, char *to,
                           ptrdiff_t to_row);

#endif
