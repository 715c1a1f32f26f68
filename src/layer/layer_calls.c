/* conv_layer_*: made, asked, run and destroyed; the arguments of every call are checked here. */
#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/span.h"
#include "base/status.h"
#include "layer/layer_bias.h"
#include "layer/layer_plan.h"

/* ---- made and asked ---- */

conv_status conv_layer_output_shape(const conv_layer_desc *desc,
                                    size_t shape[CONV_LAYER_MAX_RANK]) {
    CONV_KEEP_ERRNO;
    conv_layer_shape read;
    if (!shape)
        return conv_fail(CONV_ERR_NULL, "shape is NULL");
    conv_status status = conv_layer_shape_init(&read, desc);
    for (int d = 0; d < CONV_LAYER_MAX_RANK && status == CONV_OK; d++)
        shape[d] =
            d < desc->rank ? conv_layer_y(&read)->extent[CONV_LAYER_AXES - desc->rank + d] : 1;
    return status;
}

conv_status conv_layer_create(conv_layer **layer, const conv_layer_desc *desc) {
    CONV_KEEP_ERRNO;
    conv_layer_shape shape;
    if (!layer)
        return conv_fail(CONV_ERR_NULL, "layer is NULL");
    *layer = NULL;
    conv_status status = conv_layer_shape_init(&shape, desc);
    if (status != CONV_OK)
        return status;
    conv_layer *made = conv_allocate(sizeof *made);
    if (!made)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a layer");
    memset(made, 0, sizeof *made);
    made->shape = shape;
    made->wished = desc->method;
    made->max_workspace = desc->max_workspace;
    made->threads = conv_parallel_threads(desc->threads);
    for (int t = 0; t < CONV_LAYER_TASKS; t++) {
        made->part[t].job = (conv_layer_job){.shape = &made->shape,
                                             .level = conv_cpu_level_for(desc->isa),
                                             .threads = made->threads};
        made->part[t].takes_packed =
            (t == CONV_LAYER_FORWARD && desc->packed & CONV_PACKED_FORWARD) ||
            (t == CONV_LAYER_GRAD_INPUT && desc->packed & CONV_PACKED_GRAD_INPUT);
    }
    status = conv_layer_choose(made);
    if (status != CONV_OK) {
        conv_layer_destroy(made);
        made = NULL;
    }
    *layer = made;
    return status;
}

void conv_layer_destroy(conv_layer *layer) {
    CONV_KEEP_ERRNO;
    for (int t = 0; layer && t < CONV_LAYER_TASKS; t++)
        if (layer->part[t].method)
            layer->part[t].method->release(layer->part[t].state);
    conv_free(layer);
}

size_t conv_layer_workspace_size(const conv_layer *layer) {
    return layer ? layer->workspace : 0;
}

size_t conv_layer_packed_size(const conv_layer *layer) {
    CONV_KEEP_ERRNO;
    return layer ? layer->packed : 0;
}

/* ---- arguments ---- */

/* An array of a call. */
typedef struct {
    const char *name;
    const void *data;
    size_t bytes;
    bool optional, is_output;
} argument;

static conv_span span_of(const argument *a) {
    return (conv_span){0, (ptrdiff_t)a->bytes};
}

static conv_status check_arguments(const argument *arguments, int count) {
    for (int i = 0; i < count; i++)
        if (!arguments[i].data && !arguments[i].optional)
            return conv_fail(CONV_ERR_NULL, "%s is NULL", arguments[i].name);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) {
            const argument *a = &arguments[i], *b = &arguments[j];
            if (i == j || !a->is_output || !a->data || !b->data)
                continue;
            if (conv_spans_overlap(a->data, span_of(a), b->data, span_of(b)))
                return conv_fail(CONV_ERR_ALIAS, "%s at %p overlaps %s at %p", a->name, a->data,
                                 b->name, b->data);
        }
    return CONV_OK;
}

static conv_status check_beta(double beta) {
    if (!isfinite(beta))
        return conv_fail(CONV_ERR_RANGE, "beta is %g, must be finite", beta);
    return CONV_OK;
}

/* ---- run ---- */

/* Packs w where neither the caller did nor the method takes it as it is. */
static void run_part(const conv_layer_part *part, conv_layer_call *call, void *workspace) {
    char *room = conv_align_pointer(workspace);
    if (part->takes_packed) {
        call->w = (const char *)call->w + part->packed_at;
    } else if (part->packed > 0) {
        part->method->pack(&part->job, part->state, call->w, room);
        call->w = room;
        room += conv_aligned_size(part->packed);
    }
    call->workspace = room;
    part->method->run(&part->job, part->state, call);
}

static conv_status run_with_workspace(const conv_layer *layer, conv_layer_task task,
                                      conv_layer_call *call, void *workspace) {
    const conv_layer_part *part = &layer->part[task];
    void *own = NULL;
    size_t bytes = part->workspace ? part->workspace + CONV_ALIGNMENT - 1 : 0;
    if (!workspace && bytes > 0) {
        own = conv_allocate(bytes);
        if (!own)
            return conv_fail(CONV_ERR_MEMORY, "no memory for a workspace of %zu bytes", bytes);
    }
    run_part(part, call, own ? own : workspace);
    conv_free(own);
    return CONV_OK;
}

static size_t bytes_of(const conv_layer *layer, const conv_layer_side *side) {
    return side->count * layer->shape.size;
}

/* Bytes of the argument w of a task. */
static size_t weight_bytes(const conv_layer *layer, conv_layer_task task) {
    return layer->part[task].takes_packed ? layer->packed
                                          : layer->shape.weights.count * layer->shape.size;
}

conv_status conv_layer_pack(const conv_layer *layer, const void *w, void *packed) {
    CONV_KEEP_ERRNO;
    if (!layer)
        return conv_fail(CONV_ERR_NULL, "layer is NULL");
    if (layer->packed == 0)
        return conv_fail(CONV_ERR_RANGE,
                         "packed is 0 in the layer's description: its tasks take w as it is");
    size_t plain = layer->shape.weights.count * layer->shape.size;
    const argument arguments[] = {
        {"packed", packed, layer->packed, false, true},
        {"w", w, plain, false, false},
    };
    conv_status status = check_arguments(arguments, 2);
    for (int t = 0; t < CONV_LAYER_TASKS && status == CONV_OK; t++) {
        const conv_layer_part *part = &layer->part[t];
        if (!part->takes_packed)
            continue;
        void *to = (char *)packed + part->packed_at;
        if (part->method->packed(&part->job, part->state) > 0)
            part->method->pack(&part->job, part->state, w, to);
        else
            memcpy(to, w, plain);
    }
    return status;
}

conv_status conv_layer_forward(const conv_layer *layer, const void *x, const void *w,
                               const void *bias, double beta, void *y, void *workspace) {
    CONV_KEEP_ERRNO;
    if (!layer)
        return conv_fail(CONV_ERR_NULL, "layer is NULL");
    const conv_layer_shape *shape = &layer->shape;
    const argument arguments[] = {
        {"y", y, bytes_of(layer, conv_layer_y(shape)), false, true},
        {"workspace", workspace, layer->workspace, true, true},
        {"x", x, bytes_of(layer, conv_layer_x(shape)), false, false},
        {"w", w, weight_bytes(layer, CONV_LAYER_FORWARD), false, false},
        {"bias", bias, conv_layer_y(shape)->channels * shape->size, true, false},
    };
    conv_status status = check_arguments(arguments, 5);
    if (status != CONV_OK || (status = check_beta(beta)) != CONV_OK)
        return status;
    conv_layer_call call = {.wide = shape->transposed ? NULL : x,
                            .narrow = shape->transposed ? x : NULL,
                            .w = w,
                            .bias = bias,
                            .beta = beta,
                            .to = y};
    return run_with_workspace(layer, CONV_LAYER_FORWARD, &call, workspace);
}

conv_status conv_layer_grad_input(const conv_layer *layer, const void *dy, const void *w,
                                  double beta, void *dx, void *workspace) {
    CONV_KEEP_ERRNO;
    if (!layer)
        return conv_fail(CONV_ERR_NULL, "layer is NULL");
    const conv_layer_shape *shape = &layer->shape;
    const argument arguments[] = {
        {"dx", dx, bytes_of(layer, conv_layer_x(shape)), false, true},
        {"workspace", workspace, layer->workspace, true, true},
        {"dy", dy, bytes_of(layer, conv_layer_y(shape)), false, false},
        {"w", w, weight_bytes(layer, CONV_LAYER_GRAD_INPUT), false, false},
    };
    conv_status status = check_arguments(arguments, 4);
    if (status != CONV_OK || (status = check_beta(beta)) != CONV_OK)
        return status;
    conv_layer_call call = {.wide = shape->transposed ? dy : NULL,
                            .narrow = shape->transposed ? NULL : dy,
                            .w = w,
                            .beta = beta,
                            .to = dx};
    return run_with_workspace(layer, CONV_LAYER_GRAD_INPUT, &call, workspace);
}

conv_status conv_layer_grad_weights(const conv_layer *layer, const void *x, const void *dy,
                                    double beta, void *dw, void *dbias, void *workspace) {
    CONV_KEEP_ERRNO;
    if (!layer)
        return conv_fail(CONV_ERR_NULL, "layer is NULL");
    if (!dw && !dbias)
        return conv_fail(CONV_ERR_NULL, "dw and dbias are NULL, one of them must not be");
    const conv_layer_shape *shape = &layer->shape;
    const argument arguments[] = {
        {"dw", dw, shape->weights.count * shape->size, true, true},
        {"dbias", dbias, conv_layer_y(shape)->channels * shape->size, true, true},
        {"workspace", workspace, layer->workspace, true, true},
        {"x", x, bytes_of(layer, conv_layer_x(shape)), !dw, false},
        {"dy", dy, bytes_of(layer, conv_layer_y(shape)), false, false},
    };
    conv_status status = check_arguments(arguments, 5);
    if (status != CONV_OK || (status = check_beta(beta)) != CONV_OK)
        return status;
    conv_layer_call call = {.wide = shape->transposed ? dy : x,
                            .narrow = shape->transposed ? x : dy,
                            .beta = beta,
                            .to = dw};
    if (dw)
        status = run_with_workspace(layer, CONV_LAYER_GRAD_WEIGHTS, &call, workspace);
    if (dbias && status == CONV_OK)
        conv_layer_bias(shape, dy, beta, dbias);
    return status;
}
