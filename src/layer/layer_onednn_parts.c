#include "layer/layer_onednn_parts.h"

#include <limits.h>
#include <string.h>

#include "base/status.h"

#ifdef _OPENMP
#include <omp.h>
#endif

#if DNNL_VERSION_MAJOR != 2 || DNNL_VERSION_MINOR < 6
#error "The option onednn needs oneDNN 2.6 or a later version 2."
#endif
#if DNNL_CPU_RUNTIME == DNNL_RUNTIME_OMP && !defined(_OPENMP)
#error "oneDNN has OpenMP threads here, the compiler has no OpenMP: their number could not be kept."
#elif DNNL_CPU_RUNTIME != DNNL_RUNTIME_OMP && DNNL_CPU_RUNTIME != DNNL_RUNTIME_SEQ
#error "oneDNN's threads are not OpenMP's here: their number could not be kept."
#endif

int conv_layer_onednn_one_thread(void) {
#ifdef _OPENMP
    int before = omp_get_max_threads();
    omp_set_num_threads(1);
    return before;
#else
    return 1;
#endif
}

void conv_layer_onednn_threads_again(int before) {
#ifdef _OPENMP
    omp_set_num_threads(before);
#else
    (void)before;
#endif
}

/* ---- described ---- */

/* oneDNN's loops count in int. */
#define MOST ((size_t)INT_MAX / 8)

static bool is_channels_last(const conv_layer_side *side) {
    return side->channel == 1 || side->channels == 1;
}

/* The first axis that the layer has; right-aligned, at least one is left. */
static int first_axis(const conv_layer_shape *shape) {
    int d = 0;
    while (d < CONV_LAYER_AXES - 1 && shape->wide.extent[d] == 1 && shape->narrow.extent[d] == 1 &&
           shape->kernel[d] == 1 && shape->before[d] == 0)
        d++;
    return d;
}

/* oneDNN's instruction set must not be above the one that was asked for. */
static bool is_above(conv_level level) {
    unsigned avx2 = (unsigned)dnnl_cpu_isa_avx2 | (unsigned)dnnl_cpu_isa_avx2_vnni;
    unsigned isa = (unsigned)dnnl_get_effective_cpu_isa();
    return level < (isa & ~avx2 ? CONV_LEVEL_V4 : CONV_LEVEL_V3);
}

/* What the description says by itself; oneDNN is asked after that. */
static const char *reject(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    if (shape->dtype != CONV_F32)
        return "dtype is not f32";
    if (shape->groups != 1)
        return "groups is not 1";
    if (!is_channels_last(&shape->wide) || !is_channels_last(&shape->narrow))
        return "a layout is not channels-last";
    if (first_axis(shape) == 0)
        return "rank is 4";
    if (is_above(job->level))
        return "it uses instructions above the level asked for";
    if (shape->wide.count > MOST || shape->narrow.count > MOST || shape->weights.count > MOST)
        return "an array is too large";
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        if (shape->before[d] < 0)
            return "a pad is negative";
    return NULL;
}

/* A layer's axes as oneDNN describes them: two more in front. */
typedef struct {
    int count; /* spatial */
    dnnl_dims_t wide, narrow, w, w_stride, stride, dilation, before, after;
} axes;

static bool read_axes(axes *a, const conv_layer_shape *shape, bool whole_batch) {
    int first = first_axis(shape);
    memset(a, 0, sizeof *a);
    a->count = CONV_LAYER_AXES - first;
    a->wide[0] = a->narrow[0] = whole_batch ? (dnnl_dim_t)shape->batch : 1;
    a->wide[1] = a->w[1] = (dnnl_dim_t)shape->wide.channels;
    a->narrow[1] = a->w[0] = (dnnl_dim_t)shape->narrow.channels;
    a->w_stride[0] = shape->weights.narrow;
    a->w_stride[1] = shape->weights.wide;
    for (int i = 0; i < a->count; i++) {
        int d = first + i;
        ptrdiff_t axis = shape->weights.axis[d];
        ptrdiff_t stride = (ptrdiff_t)shape->stride[d], dilation = (ptrdiff_t)shape->dilation[d];
        ptrdiff_t reach = (ptrdiff_t)(shape->kernel[d] - 1) * dilation + 1;
        ptrdiff_t wide = (ptrdiff_t)shape->wide.extent[d];
        ptrdiff_t narrow = (ptrdiff_t)shape->narrow.extent[d];
        ptrdiff_t after = (narrow - 1) * stride + reach - shape->before[d] - wide;
        a->wide[2 + i] = wide;
        a->narrow[2 + i] = narrow;
        a->w[2 + i] = (dnnl_dim_t)shape->kernel[d];
        a->w_stride[2 + i] = axis < 0 ? -axis : axis;
        a->stride[i] = stride;
        a->dilation[i] = dilation - 1;
        a->before[i] = shape->before[d];
        /* Samples that the last step does not reach count as no padding, by its own rounding. */
        a->after[i] = after > 0 ? after : 0;
        if (after <= -stride)
            return false;
    }
    return true;
}

/* What a primitive is described from. oneDNN's structures are too large for a stack; memory for
 * them could be missing where only a question is asked. */
typedef struct {
    dnnl_convolution_desc_t convolution;
    dnnl_memory_desc_t wide, narrow, bias, plain, any;
} drawing;

static bool draw_arrays(drawing *d, const axes *a) {
    static const dnnl_format_tag_t tags[] = {dnnl_nwc, dnnl_nhwc, dnnl_ndhwc};
    dnnl_format_tag_t tag = tags[a->count - 1], any = dnnl_format_tag_any;
    const dnnl_dims_t channels = {a->narrow[1]};
    int rank = a->count + 2;
    return dnnl_memory_desc_init_by_tag(&d->wide, rank, a->wide, dnnl_f32, tag) == dnnl_success &&
           dnnl_memory_desc_init_by_tag(&d->narrow, rank, a->narrow, dnnl_f32, tag) ==
               dnnl_success &&
           dnnl_memory_desc_init_by_tag(&d->bias, 1, channels, dnnl_f32, dnnl_a) == dnnl_success &&
           dnnl_memory_desc_init_by_strides(&d->plain, rank, a->w, dnnl_f32, a->w_stride) ==
               dnnl_success &&
           dnnl_memory_desc_init_by_tag(&d->any, rank, a->w, dnnl_f32, any) == dnnl_success;
}

/* The gradients want a forward description as a hint. */
static dnnl_status_t describe_sum(conv_layer_onednn *p, drawing *d, const axes *a,
                                  conv_layer_sum sum, dnnl_primitive_attr_t attr) {
    dnnl_primitive_desc_t hint = NULL;
    bool gathers = sum == CONV_LAYER_GATHER;
    dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
        &d->convolution, gathers ? dnnl_forward_inference : dnnl_forward_training,
        dnnl_convolution_direct, &d->wide, &d->any, gathers ? &d->bias : NULL, &d->narrow,
        a->stride, a->dilation, a->before, a->after);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(gathers ? &p->described : &hint, &d->convolution, attr,
                                            p->engine, NULL);
    if (status == dnnl_success && sum == CONV_LAYER_SCATTER)
        status = dnnl_dilated_convolution_backward_data_desc_init(
            &d->convolution, dnnl_convolution_direct, &d->wide, &d->any, &d->narrow, a->stride,
            a->dilation, a->before, a->after);
    else if (status == dnnl_success && sum == CONV_LAYER_PRODUCTS)
        status = dnnl_dilated_convolution_backward_weights_desc_init(
            &d->convolution, dnnl_convolution_direct, &d->wide, &d->any, NULL, &d->narrow,
            a->stride, a->dilation, a->before, a->after);
    if (status == dnnl_success && !gathers)
        status = dnnl_primitive_desc_create(&p->described, &d->convolution, attr, p->engine, hint);
    dnnl_primitive_desc_destroy(hint);
    return status;
}

/* Its compiled loops. The others call products of matrices that allocate, or are the definition. */
static bool is_compiled(const_dnnl_primitive_desc_t described) {
    const char *name = NULL;
    return dnnl_primitive_desc_query(described, dnnl_query_impl_info_str, 0, &name) ==
               dnnl_success &&
           (strncmp(name, "jit", 3) == 0 || strncmp(name, "brg", 3) == 0);
}

static void set_descriptions(conv_layer_onednn *p, conv_layer_sum sum) {
    bool scatters = sum == CONV_LAYER_SCATTER, products = sum == CONV_LAYER_PRODUCTS;
    const_dnnl_primitive_desc_t conv = p->described, reorder = p->reorder_described;
    p->wide = dnnl_primitive_desc_query_md(
        conv, scatters ? dnnl_query_diff_src_md : dnnl_query_src_md, 0);
    p->narrow = dnnl_primitive_desc_query_md(
        conv, scatters || products ? dnnl_query_diff_dst_md : dnnl_query_dst_md, 0);
    if (sum == CONV_LAYER_GATHER)
        p->bias = dnnl_primitive_desc_query_md(conv, dnnl_query_weights_md, 1);
    p->plain =
        dnnl_primitive_desc_query_md(reorder, products ? dnnl_query_dst_md : dnnl_query_src_md, 0);
    p->scratch = dnnl_primitive_desc_query_md(conv, dnnl_query_scratchpad_md, 0);
    p->reorder_scratch = dnnl_primitive_desc_query_md(reorder, dnnl_query_scratchpad_md, 0);
}

static const char *describe_primitives(conv_layer_onednn *p, const axes *a, conv_layer_sum sum,
                                       dnnl_primitive_attr_t attr) {
    static _Thread_local drawing d;
    bool products = sum == CONV_LAYER_PRODUCTS;
    if (!draw_arrays(&d, a) || describe_sum(p, &d, a, sum, attr) != dnnl_success)
        return "oneDNN does not have it";
    if (!is_compiled(p->described))
        return "oneDNN has no compiled loops for it";
    p->blocked = dnnl_primitive_desc_query_md(
        p->described, products ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
    if (dnnl_reorder_primitive_desc_create(&p->reorder_described, products ? p->blocked : &d.plain,
                                           p->engine, products ? &d.plain : p->blocked, p->engine,
                                           attr) != dnnl_success)
        return "oneDNN cannot put its weights in order";
    set_descriptions(p, sum);
    return NULL;
}

const char *conv_layer_onednn_describe(conv_layer_onednn *parts, const conv_layer_job *job) {
    dnnl_primitive_attr_t attr = NULL;
    axes a;
    memset(parts, 0, sizeof *parts);
    const char *reason = reject(job);
    if (reason)
        return reason;
    if (!read_axes(&a, job->shape, job->sum == CONV_LAYER_PRODUCTS))
        return "samples at the end are cut off";
    int before = conv_layer_onednn_one_thread();
    /* Strict: an environment variable may let it round products to bfloat16. */
    if (dnnl_engine_create(&parts->engine, dnnl_cpu, 0) != dnnl_success ||
        dnnl_primitive_attr_create(&attr) != dnnl_success ||
        dnnl_primitive_attr_set_fpmath_mode(attr, dnnl_fpmath_mode_strict) != dnnl_success ||
        dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user) != dnnl_success)
        reason = "oneDNN has no engine";
    else
        reason = describe_primitives(parts, &a, job->sum, attr);
    dnnl_primitive_attr_destroy(attr);
    conv_layer_onednn_threads_again(before);
    return reason;
}

conv_status conv_layer_onednn_make(conv_layer_onednn *parts) {
    int before = conv_layer_onednn_one_thread();
    dnnl_status_t status = dnnl_primitive_create(&parts->sum, parts->described);
    if (status == dnnl_success)
        status = dnnl_primitive_create(&parts->reorder, parts->reorder_described);
    conv_layer_onednn_threads_again(before);
    return status == dnnl_success
               ? CONV_OK
               : conv_fail(CONV_ERR_MEMORY, "oneDNN makes no primitive: its status is %d",
                           (int)status);
}

void conv_layer_onednn_clear(conv_layer_onednn *parts) {
    dnnl_primitive_destroy(parts->sum);
    dnnl_primitive_destroy(parts->reorder);
    dnnl_primitive_desc_destroy(parts->described);
    dnnl_primitive_desc_destroy(parts->reorder_described);
    if (parts->engine)
        dnnl_engine_destroy(parts->engine);
    memset(parts, 0, sizeof *parts);
}

/* ---- a call ---- */

bool conv_layer_onednn_begin(conv_layer_onednn_call *call, const conv_layer_onednn *parts) {
    memset(call, 0, sizeof *call);
    return dnnl_stream_create(&call->stream, parts->engine, dnnl_stream_default_flags) ==
           dnnl_success;
}

bool conv_layer_onednn_argument(conv_layer_onednn_call *call, const conv_layer_onednn *parts,
                                int which, const dnnl_memory_desc_t *desc, const void *data) {
    dnnl_exec_arg_t *argument = &call->argument[call->count];
    /* NULL is oneDNN's word for an array that it has not been shown yet. */
    if (dnnl_memory_create(&argument->memory, desc, parts->engine, (void *)(uintptr_t)data) !=
        dnnl_success)
        return false;
    argument->arg = which;
    call->count++;
    return true;
}

bool conv_layer_onednn_point(conv_layer_onednn_call *call, int which, const void *data) {
    for (int i = 0; i < call->count; i++)
        if (call->argument[i].arg == which)
            return dnnl_memory_set_data_handle(call->argument[i].memory, (void *)(uintptr_t)data) ==
                   dnnl_success;
    return false;
}

bool conv_layer_onednn_run(const conv_layer_onednn_call *call, dnnl_primitive_t primitive) {
    return dnnl_primitive_execute(primitive, call->stream, call->count, call->argument) ==
               dnnl_success &&
           dnnl_stream_wait(call->stream) == dnnl_success;
}

void conv_layer_onednn_end(conv_layer_onednn_call *call) {
    for (int i = 0; i < call->count; i++)
        dnnl_memory_destroy(call->argument[i].memory);
    if (call->stream)
        dnnl_stream_destroy(call->stream);
}
