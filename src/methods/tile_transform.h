/* One transform over one box of outputs: what overlap-save does block by block, and a single large
 * transform once. Shared by the methods `blocks` and `fft`. */
#ifndef CONV_METHODS_TILE_TRANSFORM_H
#define CONV_METHODS_TILE_TRANSFORM_H

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
} conv_tile_shape;

typedef struct {
    conv_tile_shape shape;
    conv_transform *transform;
    void *spectrum;                                   /* of the kernel, NaN and Inf taps left out */
    size_t gather_bytes, result_bytes, scratch_bytes; /* of one thread's workspace, in this order */
    bool copies_result;
    int kernel_exponent; /* the spectrum is that of the kernel divided by 2^this */
} conv_tile_transform;

/* Unit-lattice extents of the problem's output. */
void conv_tile_extents(const conv_problem *problem, size_t *extent);

/* Why no transform should do the problem: NULL, or that its lattice is so sparse that nearly all of
 * what it computes would be thrown away. */
const char *conv_tile_reject(const conv_problem *problem);

/* The transform's extent that an axis needs for `outputs` unit-lattice outputs in one box. */
size_t conv_tile_reach(const conv_axis *axis, size_t outputs, bool whole_axis);

/* Nanoseconds that a tile costs per axis beside its transform. */
#define CONV_TILE_CALL 20.0

/* Signal and output together: above this, fetching the next block ahead gains a fifth; below it,
 * the fetches only cost their instructions. */
#define CONV_STREAM_BYTES (9 << 20)

/* Nanoseconds of reading and writing beside the transforms' own, which are measured on one tile in
 * the first-level cache: per real output, and per byte of what does not fit the caches. */
#define CONV_CACHED_COST 0.2
#define CONV_STREAM_COST 0.03

/* Seconds of all `blocks` of this shape: transforms, gathered edges, copied results. */
conv_cost conv_tile_cost(const conv_problem *problem, const conv_tile_shape *shape, double blocks);

/* A method's whole state: one conv_tile_transform. NULL on failure; release takes NULL. */
conv_status conv_tile_transform_make(void **state, const conv_task *task,
                                     const conv_tile_shape *shape);
void conv_tile_transform_release(void *state);

/* " with WHAT 64 x 64", snprintf-style. */
int conv_tile_transform_describe(const conv_tile_transform *tile, const char *what, char *text,
                                 size_t size);

size_t conv_tile_transform_workspace(const conv_tile_transform *tile);

/* Brings the samples and outputs of a later box towards the core while this one is computed: a
 * transform reads and writes many short streams, which the processor does not foresee. Rank 1. */
void conv_tile_transform_prefetch(const conv_tile_transform *tile, const conv_task *task,
                                  const void *signal, void *output, const size_t *first,
                                  const size_t *count);

/* Computes the outputs of the box first..first+count-1 of the unit lattice. */
void conv_tile_transform_run(const conv_tile_transform *tile, const conv_task *task,
                             const void *signal, void *output, const size_t *first,
                             const size_t *count, void *workspace);

#endif
