/* oneDNN's objects for a sum of a layer: made once, the same for every call. */
#ifndef CONV_LAYER_LAYER_ONEDNN_PARTS_H
#define CONV_LAYER_LAYER_ONEDNN_PARTS_H

#include <oneapi/dnnl/dnnl.h>

#include "layer/layer_methods.h"

/* Seen as a convolution of the wide side to the narrow one. Primitives are for one thread. The
 * descriptions of arrays belong to those of primitives. */
typedef struct {
    dnnl_engine_t engine;
    dnnl_primitive_desc_t described, reorder_described;
    dnnl_primitive_t sum;     /* one image of a GATHER or SCATTER; PRODUCTS: the whole batch */
    dnnl_primitive_t reorder; /* plain to blocked; PRODUCTS: blocked to plain */
    const dnnl_memory_desc_t *wide, *narrow;
    const dnnl_memory_desc_t *bias;    /* GATHER */
    const dnnl_memory_desc_t *plain;   /* w in the caller's order, taps as they follow in memory */
    const dnnl_memory_desc_t *blocked; /* w in oneDNN's order, channels padded with zeros */
    const dnnl_memory_desc_t *scratch, *reorder_scratch;
} conv_layer_onednn;

/* Fills *parts, all but the primitives. NULL, or the reason why oneDNN cannot; then, too, *parts is
 * to be cleared. */
const char *conv_layer_onednn_describe(conv_layer_onednn *parts, const conv_layer_job *job);

/* Makes the primitives of described parts. */
conv_status conv_layer_onednn_make(conv_layer_onednn *parts);

void conv_layer_onednn_clear(conv_layer_onednn *parts);

/* What a call runs a primitive on: objects that oneDNN allocates. */
enum { CONV_LAYER_ONEDNN_ARGUMENTS = 5 };

typedef struct {
    dnnl_stream_t stream;
    int count;
    dnnl_exec_arg_t argument[CONV_LAYER_ONEDNN_ARGUMENTS];
} conv_layer_onednn_call;

/* Adds an argument, NULL data: to be set before running. false: no memory; end the call then, too.
 */
bool conv_layer_onednn_begin(conv_layer_onednn_call *call, const conv_layer_onednn *parts);
bool conv_layer_onednn_argument(conv_layer_onednn_call *call, const conv_layer_onednn *parts,
                                int which, const dnnl_memory_desc_t *desc, const void *data);
bool conv_layer_onednn_point(conv_layer_onednn_call *call, int which, const void *data);
bool conv_layer_onednn_run(const conv_layer_onednn_call *call, dnnl_primitive_t primitive);
void conv_layer_onednn_end(conv_layer_onednn_call *call);

/* oneDNN takes what omp_get_max_threads says, of the calling thread alone: 1 between these two, and
 * what it was behind them. */
int conv_layer_onednn_one_thread(void);
void conv_layer_onednn_threads_again(int before);

#endif
