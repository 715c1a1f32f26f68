/* One transform over one box of outputs: what overlap-save does block by block, and a single large
 * transform once. Shared by the methods `blocks` and `fft`. */
#ifndef CONV_METHODS_TILE_TRANSFORM_H
#define CONV_METHODS_TILE_TRANSFORM_H

#include "methods/tile_shape.h"

typedef struct {
    conv_tile_shape shape;
    conv_transform *transform;
    conv_dtype compute; /* its type */
    void *spectrum;     /* of the kernel, NaN and Inf taps left out; NULL: made in every run */
    void *kernel;       /* from this one, of these extents and this type; NULL: spectrum is there */
    size_t kernel_extent[CONV_MAX_RANK];
    conv_dtype kernel_type;
    /* What the spectrum is made from, until it is: freed then. */
    struct {
        char *kernel, *scratch; /* without scratch the kernel is kept in place of its spectrum */
        void *memory;           /* of both; NULL: they are part of other memory */
        void *wide_taps;        /* of the task in double; NULL: it is not wide */
        bool waits;             /* for conv_tile_transform_complete */
    } source;
    void *room; /* a one-shot call's workspace, behind the spectrum; NULL: the caller brings it */
    /* Of one box's workspace, in this order, see tile_wide.h for the latter two; scratch follows.
     */
    size_t gather_bytes, result_bytes, wide_in_bytes, wide_out_bytes;
    /* For patterns, see nonfinite_pattern.h, behind these. 0: there is no room for them, or in a
     * one-shot call, which then finds it when it needs it. */
    size_t pattern_bytes;
    bool taps_by_pattern; /* NaN and Inf taps are added box by box, and not by the method */
    /* Spectra of the signs of all taps and of the infinite ones, each aligned, and these
     * signs' norms. NULL: made when they are needed. */
    void *signs;
    double signs_norm[2];
    bool copies_result;
    bool enlarges; /* outputs can be larger than samples: see may_have_lost_digits */
    bool wide;     /* transformed in double, for float samples */
    double kernel_norm, kernel_sum; /* of the moduli of the taps in the spectrum: for bounds */
    double fold_error;              /* what folding the kernel rounded off, as a sum of moduli */
    int kernel_exponent;            /* the spectrum is that of the kernel divided by 2^this */
} conv_tile_transform;

/* A method's whole state: one conv_tile_transform. NULL on failure; release takes NULL. */
conv_status conv_tile_transform_make(void **state, const conv_task *task,
                                     const conv_tile_shape *shape);
void conv_tile_transform_complete(const conv_task *task, void *state);
void conv_tile_transform_release(void *state);

/* " with WHAT 64 x 64", snprintf-style. */
int conv_tile_transform_describe(const conv_tile_transform *tile, const char *what, char *text,
                                 size_t size);

/* Bytes for one box on so many threads, to be brought by the caller; and once for all boxes of a
 * run, in front of them. */
size_t conv_tile_transform_workspace(const conv_tile_transform *tile, int threads);
size_t conv_tile_transform_late(const conv_tile_transform *tile);

/* The tile with its spectrum: itself, or, where that is made in every run, *ready. *workspace, in
 * which there is room for a box, moves behind what it takes. */
const conv_tile_transform *conv_tile_transform_begin(const conv_tile_transform *tile,
                                                     conv_tile_transform *ready, char **workspace);

/* Brings the samples and outputs of a later box towards the core while this one is computed: a
 * transform reads and writes many short streams, which the processor does not foresee. Rank 1. */
void conv_tile_transform_prefetch(const conv_tile_transform *tile, const conv_task *task,
                                  const void *signal, void *output, const size_t *first,
                                  const size_t *count);

/* Computes the outputs of the box first..first+count-1 of the unit lattice. */
void conv_tile_transform_run(const conv_tile_transform *tile, const conv_task *task,
                             const void *signal, void *output, const size_t *first,
                             const size_t *count, void *workspace, int threads);

/* The error of these outputs. */
conv_error conv_tile_transform_error(const conv_tile_transform *tile, const conv_task *task,
                                     const void *signal, const size_t *first, const size_t *count,
                                     void *workspace, bool proved);

#endif
