/* The layers' methods: one table, one row each, the reference last. */
#ifndef CONV_LAYER_LAYER_METHODS_H
#define CONV_LAYER_LAYER_METHODS_H

#include "base/cpu.h"
#include "layer/layer_shape.h"

/* What a method prepares for. Lives as long as its state. */
typedef struct {
    const conv_layer_shape *shape;
    conv_layer_sum sum;
    conv_level level;
    int threads;
} conv_layer_job;

/* One call. `wide` and `narrow` are the arrays of the two sides, `w` the weights; the one that the
 * sum computes is `to`, and its own pointer is NULL. */
typedef struct {
    const void *wide, *narrow, *w;
    const void *bias; /* of the channels of `to`, or NULL */
    double beta;
    void *to;
    void *workspace; /* aligned to CONV_ALIGNMENT */
} conv_layer_call;

/* An image's two sides are too large for what a program has of the last cache, as those of
 * 224x224x64 are: turning and copying take longer. Not by the batch, on which tiles of transforms
 * must not depend. */
static inline bool conv_layer_is_far(const conv_layer_shape *shape) {
    double elements = (double)shape->wide.count + (double)shape->narrow.count;
    return elements * (double)shape->size > 16e6 * (double)shape->batch;
}

typedef struct {
    conv_method id;
    const char *name;

    /* NULL: accepts. Else the reason, a constant text without a full stop. */
    const char *(*reject)(const conv_layer_job *job);
    double (*cost)(const conv_layer_job *job); /* seconds of one call with w not packed */

    /* Makes what a call needs, immutable. release takes NULL. */
    conv_status (*prepare)(const conv_layer_job *job, void **state);
    void (*release)(void *state);

    /* Bytes of one call, without the packed weights; of packed weights. 0: takes w as it is, and
     * has no pack. */
    size_t (*workspace)(const conv_layer_job *job, const void *state);
    size_t (*packed)(const conv_layer_job *job, const void *state);
    void (*pack)(const conv_layer_job *job, const void *state, const void *w, void *packed);

    /* With w packed, where `packed` is not 0. Cannot fail. */
    void (*run)(const conv_layer_job *job, const void *state, const conv_layer_call *call);
} conv_layer_method_row;

/* Ends with NULL. */
extern const conv_layer_method_row *const conv_layer_methods[];

extern const conv_layer_method_row conv_layer_direct_method, conv_layer_fft_method,
    conv_layer_reference_method;
#ifdef CONV_HAVE_BLAS
extern const conv_layer_method_row conv_layer_blas_method;
#endif
#ifdef CONV_HAVE_ONEDNN
extern const conv_layer_method_row conv_layer_onednn_method;
#endif

#endif
