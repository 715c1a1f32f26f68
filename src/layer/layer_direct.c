/* The row of the direct method. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "layer/layer_direct.h"

static const char *reject(const conv_layer_job *job) {
    (void)job;
    return NULL;
}

/* Seconds of a vector's multiply-add in a tile, of a turned element, and of a call. */
#define PER_VECTOR 0.4e-9
#define PER_ELEMENT 0.5e-9
#define PER_CALL 1e-6

static double cost(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    const conv_layer_loops *loops = conv_layer_loops_of(shape->dtype, job->level);
    double lanes = loops->lanes, channels = (double)shape->narrow_channels;
    double vectors = (double)((size_t)(channels + lanes - 1) / (size_t)lanes);
    double products = (double)shape->narrow.points * (double)shape->batch * (double)shape->groups *
                      (double)shape->taps * (double)shape->wide_channels * vectors;
    if (shape->wide_channels == 1 && shape->narrow_channels == 1)
        products = (double)shape->narrow.count * (double)shape->taps / lanes;
    return PER_CALL + PER_VECTOR * products +
           PER_ELEMENT * (double)(shape->wide.count + shape->narrow.count);
}

typedef struct {
    conv_layer_taps *taps; /* one of the two */
    conv_layer_products *products;
} direct_state;

static void release(void *state) {
    direct_state *direct = state;
    if (!direct)
        return;
    conv_layer_taps_free(direct->taps);
    conv_layer_products_free(direct->products);
    conv_free(direct);
}

static conv_status prepare(const conv_layer_job *job, void **state) {
    direct_state *direct = *state = conv_allocate(sizeof *direct);
    if (!direct)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a layer");
    memset(direct, 0, sizeof *direct);
    return job->sum == CONV_LAYER_PRODUCTS ? conv_layer_products_make(&direct->products, job)
                                           : conv_layer_taps_make(&direct->taps, job);
}

static size_t workspace(const conv_layer_job *job, const void *state) {
    const direct_state *direct = state;
    return job->sum == CONV_LAYER_PRODUCTS ? conv_layer_products_workspace(direct->products)
                                           : conv_layer_taps_workspace(direct->taps);
}

static size_t packed(const conv_layer_job *job, const void *state) {
    const direct_state *direct = state;
    return job->sum == CONV_LAYER_PRODUCTS ? 0 : conv_layer_taps_packed(direct->taps);
}

static void pack(const conv_layer_job *job, const void *state, const void *w, void *to) {
    const direct_state *direct = state;
    (void)job;
    conv_layer_taps_pack(direct->taps, w, to);
}

static void run(const conv_layer_job *job, const void *state, const conv_layer_call *call) {
    const direct_state *direct = state;
    if (job->sum == CONV_LAYER_PRODUCTS)
        conv_layer_products_run(direct->products, call);
    else
        conv_layer_taps_run(direct->taps, call);
}

const conv_layer_method_row conv_layer_direct_method = {
    .id = CONV_METHOD_DIRECT,
    .name = "direct",
    .reject = reject,
    .cost = cost,
    .prepare = prepare,
    .release = release,
    .workspace = workspace,
    .packed = packed,
    .pack = pack,
    .run = run,
};
