/* The method of every task, by cost, and the text that says why. */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/status.h"
#include "layer/layer_plan.h"
#include "plan/text.h"

static const char *const task_names[] = {"forward", "grad_input", "grad_weights"};

/* The bytes that a prepared part needs. */
static void size_part(conv_layer_part *part) {
    const conv_layer_method_row *method = part->method;
    size_t own = method->packed(&part->job, part->state);
    part->workspace = conv_aligned_size(method->workspace(&part->job, part->state));
    part->packed = own;
    if (part->takes_packed && own == 0)
        part->packed = part->job.shape->weights.count * part->job.shape->size;
    else if (!part->takes_packed)
        part->workspace = conv_plus(part->workspace, conv_aligned_size(own));
}

static void drop(conv_layer_part *part) {
    part->method->release(part->state);
    part->method = NULL;
    part->state = NULL;
}

/* Room for the alignment of what the caller brings. */
static size_t workspace_total(size_t bytes) {
    return bytes ? conv_plus(bytes, CONV_ALIGNMENT - 1) : 0;
}

static conv_status try_method(conv_layer_part *part, const conv_layer_method_row *method,
                              size_t limit, size_t *least) {
    part->method = method;
    conv_status status = method->prepare(&part->job, &part->state);
    if (status != CONV_OK) {
        drop(part);
        return status;
    }
    size_part(part);
    size_t bytes = workspace_total(part->workspace);
    bool fits = conv_max(bytes, part->packed) <= CONV_MAX_BYTES;
    *least = conv_min(*least, fits ? bytes : SIZE_MAX);
    if (fits && (limit == 0 || bytes <= limit))
        return CONV_OK;
    drop(part);
    return CONV_ERR_WORKSPACE;
}

/* No method fits; what the one with the least needs. */
static conv_status refuse_size(size_t limit, size_t least, const char *task, const char *way) {
    if (least > CONV_MAX_BYTES)
        return conv_fail(CONV_ERR_OVERFLOW,
                         "%s%s needs more memory than the address space has (REFERENCE: none)",
                         task, way);
    return conv_fail(CONV_ERR_WORKSPACE,
                     "max_workspace is %zu, %s%s needs at least %zu (REFERENCE, if asked for: 0)",
                     limit, task, way, least);
}

/* The next cheapest after those below `above` seconds have been tried. */
static const conv_layer_method_row *cheapest(const conv_layer_part *part, unsigned tried,
                                             double *seconds, int *row) {
    const conv_layer_method_row *best = NULL;
    *seconds = INFINITY;
    for (int i = 0; conv_layer_methods[i]; i++) {
        const conv_layer_method_row *method = conv_layer_methods[i];
        if (tried >> i & 1 || method->id == CONV_METHOD_REFERENCE || method->reject(&part->job))
            continue;
        double cost = method->cost(&part->job);
        if (cost < *seconds) {
            *seconds = cost;
            best = method;
            *row = i;
        }
    }
    return best;
}

static conv_status choose_any(conv_layer_part *part, size_t limit, const char *task) {
    unsigned tried = 0;
    size_t least = SIZE_MAX;
    int row = 0;
    const conv_layer_method_row *method;
    while ((method = cheapest(part, tried, &part->seconds, &row))) {
        tried |= 1u << row;
        conv_status status = try_method(part, method, limit, &least);
        if (status != CONV_ERR_WORKSPACE)
            return status;
    }
    return refuse_size(limit, least, task, "");
}

static const conv_layer_method_row *row_of(conv_method id) {
    for (int i = 0; conv_layer_methods[i]; i++)
        if (conv_layer_methods[i]->id == id)
            return conv_layer_methods[i];
    return NULL;
}

static conv_status refuse(conv_method wished) {
    if (wished == CONV_METHOD_BLAS)
        return conv_fail(CONV_ERR_METHOD,
                         "method is BLAS, which this build of the library lacks (option blas)");
    if (wished == CONV_METHOD_ONEDNN)
        return conv_fail(CONV_ERR_METHOD,
                         "method is onednn, which this build of the library does not have: Meson's "
                         "option onednn");
    return conv_fail(CONV_ERR_METHOD,
                     "method is %d, which layers do not have: AUTO, DIRECT, FFT, REFERENCE, BLAS, "
                     "ONEDNN",
                     (int)wished);
}

/* What the method that was wished can do none of is refused; what it cannot do alone is done by
 * DIRECT, which refuses nothing. */
static conv_status check_wished(conv_layer *layer, const conv_layer_method_row *wished) {
    const char *reason = NULL;
    for (int t = 0; t < CONV_LAYER_TASKS; t++) {
        layer->part[t].instead = wished->reject(&layer->part[t].job);
        if (!layer->part[t].instead)
            reason = "";
        else if (!reason)
            reason = layer->part[t].instead;
    }
    if (!*reason)
        return CONV_OK;
    return conv_fail(CONV_ERR_METHOD, "method is %s, which cannot do any of the tasks: %s",
                     wished->name, reason);
}

static conv_status choose_wished(conv_layer_part *part, const conv_layer_method_row *method,
                                 size_t limit, const char *task) {
    size_t least = SIZE_MAX;
    if (part->instead)
        method = &conv_layer_direct_method;
    part->seconds = method->cost(&part->job);
    conv_status status = try_method(part, method, limit, &least);
    char way[32];
    (void)snprintf(way, sizeof way, " by %s", method->name);
    return status == CONV_ERR_WORKSPACE ? refuse_size(limit, least, task, way) : status;
}

conv_status conv_layer_choose(conv_layer *layer) {
    const conv_layer_method_row *wished = NULL;
    conv_status status = CONV_OK;
    for (int t = 0; t < CONV_LAYER_TASKS; t++)
        layer->part[t].job.sum = conv_layer_sum_of(&layer->shape, (conv_layer_task)t);
    if (layer->wished != CONV_METHOD_AUTO) {
        wished = row_of(layer->wished);
        status = wished ? check_wished(layer, wished) : refuse(layer->wished);
    }
    for (int t = 0; t < CONV_LAYER_TASKS && status == CONV_OK; t++) {
        conv_layer_part *part = &layer->part[t];
        status = wished ? choose_wished(part, wished, layer->max_workspace, task_names[t])
                        : choose_any(part, layer->max_workspace, task_names[t]);
        if (status != CONV_OK)
            return status;
        layer->workspace = conv_max(layer->workspace, workspace_total(part->workspace));
        if (part->takes_packed) {
            part->packed_at = layer->packed;
            layer->packed = conv_plus(layer->packed, conv_aligned_size(part->packed));
        }
    }
    if (status == CONV_OK && layer->packed > CONV_MAX_BYTES)
        return conv_fail(CONV_ERR_OVERFLOW,
                         "packed weights need more memory than the address space has");
    return status;
}

conv_method conv_layer_method(const conv_layer *layer, conv_layer_task task) {
    if (!layer || (int)task < 0 || (int)task >= CONV_LAYER_TASKS)
        return CONV_METHOD_AUTO;
    return layer->part[task].method->id;
}

static void describe_part(const conv_layer_part *part, const char *task, conv_text *text) {
    conv_text_append(text, "%s: %s, estimated %.3g us, workspace %zu bytes\n", task,
                     part->method->name, 1e6 * part->seconds, part->workspace);
    if (part->instead)
        conv_text_append(text, "  instead of the method asked for, which cannot: %s\n",
                         part->instead);
    for (int i = 0; conv_layer_methods[i]; i++) {
        const conv_layer_method_row *method = conv_layer_methods[i];
        const char *reason = method->reject(&part->job);
        if (method == part->method)
            continue;
        conv_text_indent(text, 1);
        if (reason)
            conv_text_append(text, "%s: no, %s\n", method->name, reason);
        else
            conv_text_append(text, "%s: %.3g us%s\n", method->name, 1e6 * method->cost(&part->job),
                             method->id == CONV_METHOD_REFERENCE ? ", only if asked for" : "");
    }
}

size_t conv_layer_describe(const conv_layer *layer, char *text, size_t size) {
    conv_text out = {text, size, 0};
    if (!layer)
        conv_text_append(&out, "no layer\n");
    for (int t = 0; layer && t < CONV_LAYER_TASKS; t++)
        describe_part(&layer->part[t], task_names[t], &out);
    if (layer)
        conv_text_append(&out, "in all: workspace %zu bytes, packed weights %zu, threads %d\n",
                         layer->workspace, layer->packed, layer->threads);
    return out.length;
}
