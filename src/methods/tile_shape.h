/* How much of the problem a transform takes at once: extents, lengths, and what they cost. */
#ifndef CONV_METHODS_TILE_SHAPE_H
#define CONV_METHODS_TILE_SHAPE_H

#include "cost/fitted.h"
#include "fft/transform.h"
#include "methods/methods.h"

/* Boxes are in unit-lattice outputs: u = 0..extent-1 stands for the full convolution's index
 * start + u, every step-th of which the caller wants. */
typedef struct {
    int rank;
    conv_backend backend;
    size_t extent[CONV_MAX_RANK]; /* unit-lattice outputs of the whole problem */
    size_t block[CONV_MAX_RANK];  /* the most unit-lattice outputs of one box */
    size_t length[CONV_MAX_RANK]; /* of the transform */
    bool cyclic[CONV_MAX_RANK];   /* length is the axis' period, and the transform wraps for us */
    bool summed; /* axis 0 is not transformed, but summed over its taps in the others' spectra */
} conv_tile_shape;

/* Unit-lattice extents of the problem's output. */
void conv_tile_extents(const conv_problem *problem, size_t *extent);

/* Why no transform should do the problem: NULL, or that its lattice is so sparse that nearly all of
 * what it computes would be thrown away. */
const char *conv_tile_reject(const conv_problem *problem);

/* Indices k of the full convolution and the samples under them. */
typedef struct {
    ptrdiff_t first, last; /* outputs k that any sample reaches; first > last: none */
    ptrdiff_t low, high;   /* positions of X that they need; low > high: none */
} conv_axis_reach;

/* For count unit-lattice outputs from begin on. */
conv_axis_reach conv_tile_axis_reach(const conv_axis *axis, size_t begin, size_t count);

/* How many numbers its transform has. */
size_t conv_tile_length(const conv_tile_shape *shape);

/* The transform's extent that an axis needs for `outputs` unit-lattice outputs in one box. */
size_t conv_tile_reach(const conv_axis *axis, size_t outputs, bool whole_axis);

/* Nanoseconds of one tile's transform; by_bits: equal for the levels whose results have equal bits,
 * to choose the shape by. */
double conv_tile_transform_cost(const conv_task *task, const conv_tile_shape *shape, bool by_bits);

/* Takes lines of the next length where that costs less: short ones do not fill the vectors. */
void conv_tile_try_longer_lines(const conv_task *task, conv_tile_shape *shape);

/* Seconds of all `blocks` of this shape: transforms, gathered edges, copied results. */
conv_cost conv_tile_cost(const conv_task *task, const conv_tile_shape *shape, double blocks);

/* The same where the kernel's spectrum is made in every run. */
void conv_tile_cost_late(const conv_task *task, const conv_tile_shape *shape, conv_cost *cost);

/* The same where the shape is there. */
void conv_tile_cost_chosen(const conv_task *task, conv_cost *cost);

#endif
