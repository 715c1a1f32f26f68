/* The row of oneDNN: its compiled loops for dense layers in f32, channels-last.
 *
 * Every image is a call of a primitive for one thread, and images are shared among threads, so that
 * bits depend neither on threads nor on the batch. Data that are not finite go to the direct sums:
 * oneDNN may multiply what pads and what fills up vectors. So does what oneDNN fails at. */
#include <string.h>

#include "base/elements.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "layer/layer_loops.h"
#include "layer/layer_onednn_parts.h"

static const char *reject(const conv_layer_job *job) {
    conv_layer_onednn parts;
    const char *reason = conv_layer_onednn_describe(&parts, job);
    conv_layer_onednn_clear(&parts);
    return reason;
}

/* Nanoseconds of a vector's multiply-add, of one where the last vector of outputs is not full, of a
 * call, of an image; of a weight that is packed, what that takes more than the direct method's
 * packing, which counts it with the products; of an element of a weight gradient, once for all its
 * arrays, where those are larger than SMALL bytes. Fitted to 3x3 on 56x56 of 64 channels, 1x1 on
 * 28x28 of 256, 3x3 on 7x7 of 512 and fourteen others, batches of 1 and 16, on an EPYC with AVX-512
 * in halves. */
#define VECTOR 0.28
#define VECTOR_NOT_FULL 0.31
#define CALL 2500.0
#define IMAGE 400.0
#define PACKED_WEIGHT 0.16
#define STREAMED_ELEMENT 0.7
#define SMALL ((size_t)6 << 20)

/* How many calls can run at once. */
static int workers_of(const conv_layer_job *job) {
    return job->sum == CONV_LAYER_PRODUCTS ? 1
                                           : (int)conv_min((size_t)job->threads, job->shape->batch);
}

static double cost(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    size_t lanes = (size_t)conv_layer_loops_of(CONV_F32, job->level)->lanes;
    bool scatters = job->sum == CONV_LAYER_SCATTER, products = job->sum == CONV_LAYER_PRODUCTS;
    size_t to = scatters ? shape->wide_channels : shape->narrow_channels;
    size_t from = scatters ? shape->narrow_channels : shape->wide_channels;
    double vectors = (double)((to + lanes - 1) / lanes) * (double)from;
    double count = (double)shape->batch * (double)shape->narrow.points * (double)shape->taps;
    bool is_full = to % lanes == 0 || job->sum != CONV_LAYER_GATHER;
    double nanoseconds = CALL + (is_full ? VECTOR : VECTOR_NOT_FULL) * count * vectors +
                         IMAGE * (products ? 1 : (double)shape->batch);
    if (!products)
        nanoseconds += PACKED_WEIGHT * (double)shape->weights.count;
    size_t elements = shape->wide.count + shape->narrow.count + shape->weights.count;
    if (products && elements * shape->size > SMALL)
        nanoseconds += STREAMED_ELEMENT * (double)elements;
    /* The other methods' costs are those of one thread, of which they use all. */
    return 1e-9 * nanoseconds * job->threads / workers_of(job);
}

typedef struct {
    conv_layer_shape shape; /* batch 1 but for PRODUCTS */
    conv_layer_job job;     /* of that shape */
    conv_layer_onednn parts;
    const conv_layer_loops *loops;
    bool (*is_finite)(const void *x, size_t count);
    void *direct; /* the direct method's state for `job` */
    float *zeros; /* a bias */
    int workers;
    bool looks_before; /* PRODUCTS: at the arrays, not at the weights, whichever are fewer */
    bool turned;       /* taps run backwards in the caller's w */
    size_t w, blocked, scratch, reorder_scratch, out; /* bytes; out: of an image */
} onednn_state;

static void release(void *state) {
    onednn_state *s = state;
    if (!s)
        return;
    conv_layer_onednn_clear(&s->parts);
    conv_layer_direct_method.release(s->direct);
    conv_free(s->zeros);
    conv_free(s);
}

static void set_sizes(onednn_state *s) {
    conv_layer_shape *shape = &s->shape;
    bool products = s->job.sum == CONV_LAYER_PRODUCTS;
    const conv_layer_side *to = s->job.sum == CONV_LAYER_SCATTER ? &shape->wide : &shape->narrow;
    if (!products) {
        shape->wide.count /= shape->batch;
        shape->narrow.count /= shape->batch;
        shape->batch = 1;
    }
    s->looks_before = shape->wide.count + shape->narrow.count < shape->weights.count;
    s->turned = shape->weights.axis[CONV_LAYER_AXES - 1] < 0 && shape->taps > 1;
    s->w = conv_aligned_size(shape->weights.count * shape->size);
    s->out = conv_aligned_size(to->count * shape->size);
    s->blocked = conv_aligned_size(dnnl_memory_desc_get_size(s->parts.blocked));
    s->scratch = conv_aligned_size(dnnl_memory_desc_get_size(s->parts.scratch));
    s->reorder_scratch = conv_aligned_size(dnnl_memory_desc_get_size(s->parts.reorder_scratch));
}

static conv_status prepare(const conv_layer_job *job, void **state) {
    onednn_state *s = *state = conv_allocate(sizeof *s);
    if (!s)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a layer");
    memset(s, 0, sizeof *s);
    s->shape = *job->shape;
    s->job = *job;
    s->job.shape = &s->shape;
    s->loops = conv_layer_loops_of(CONV_F32, job->level);
    s->is_finite = conv_element_table(CONV_LEAF_F32)->is_finite;
    const char *reason = conv_layer_onednn_describe(&s->parts, job);
    if (reason)
        return conv_fail(CONV_ERR_MEMORY, "oneDNN cannot do what it could a moment ago: %s",
                         reason);
    s->workers = workers_of(job);
    set_sizes(s);
    conv_status status = conv_layer_onednn_make(&s->parts);
    if (status == CONV_OK)
        status = conv_layer_direct_method.prepare(&s->job, &s->direct);
    if (status == CONV_OK && job->sum == CONV_LAYER_GATHER) {
        size_t bytes = s->shape.narrow.channels * sizeof *s->zeros;
        s->zeros = conv_allocate(bytes);
        if (!s->zeros)
            return conv_fail(CONV_ERR_MEMORY, "no memory for a layer");
        memset(s->zeros, 0, bytes);
    }
    return status;
}

/* ---- weights ---- */

/* to = from with the taps turned round, + beta * to. Both in w's order, in which either the taps or
 * the channels are neighbours. */
static void turn_taps(const onednn_state *s, const float *from, double beta, float *to) {
    size_t taps = s->shape.taps, pairs = s->shape.weights.count / taps;
    bool is_torch = s->shape.weights.axis[CONV_LAYER_AXES - 1] == -1;
    size_t step = is_torch ? 1 : pairs;
    ptrdiff_t stride = is_torch ? (ptrdiff_t)taps : 1;
    for (size_t t = 0; t < taps; t++)
        s->loops->put(from + t * step, stride, pairs, NULL, beta, to + (taps - 1 - t) * step,
                      stride);
}

static bool reorder(const onednn_state *s, const void *from, void *to, void *scratch) {
    const conv_layer_onednn *parts = &s->parts;
    bool products = s->job.sum == CONV_LAYER_PRODUCTS;
    const dnnl_memory_desc_t *plain = parts->plain, *blocked = parts->blocked;
    conv_layer_onednn_call call;
    int before = conv_layer_onednn_one_thread();
    bool good =
        conv_layer_onednn_begin(&call, parts) &&
        conv_layer_onednn_argument(&call, parts, DNNL_ARG_FROM, products ? blocked : plain, from) &&
        conv_layer_onednn_argument(&call, parts, DNNL_ARG_TO, products ? plain : blocked, to) &&
        conv_layer_onednn_argument(&call, parts, DNNL_ARG_SCRATCHPAD, parts->reorder_scratch,
                                   scratch) &&
        conv_layer_onednn_run(&call, parts->reorder);
    conv_layer_onednn_end(&call);
    conv_layer_onednn_threads_again(before);
    return good;
}

/* Packed, from the next aligned place on: whether oneDNN is to be used at all; w as it is, for the
 * direct method; oneDNN's. Then what packing needs: w with its taps turned, the reorder's scratch.
 */
static char *plain_of(const void *packed) {
    return (char *)conv_align_pointer((void *)(uintptr_t)packed) + CONV_ALIGNMENT;
}

static bool *usable_of(const void *packed) {
    return (void *)(plain_of(packed) - CONV_ALIGNMENT);
}

static size_t packed(const conv_layer_job *job, const void *state) {
    const onednn_state *s = state;
    size_t weights = conv_plus(conv_times(s->turned ? 2 : 1, s->w), s->blocked);
    return job->sum == CONV_LAYER_PRODUCTS
               ? 0
               : conv_plus(weights, conv_plus(2 * CONV_ALIGNMENT, s->reorder_scratch));
}

static void pack(const conv_layer_job *job, const void *state, const void *w, void *memory) {
    const onednn_state *s = state;
    char *plain = plain_of(memory), *blocked = plain + s->w, *turned = blocked + s->blocked;
    (void)job;
    memcpy(plain, w, s->shape.weights.count * s->shape.size);
    if (s->turned)
        turn_taps(s, w, 0, (float *)(void *)turned);
    *usable_of(memory) =
        s->is_finite(w, s->shape.weights.count) &&
        reorder(s, s->turned ? turned : w, blocked, turned + (s->turned ? s->w : 0));
}

/* ---- images ---- */

static size_t direct_bytes(const onednn_state *s) {
    const conv_layer_method_row *direct = &conv_layer_direct_method;
    return conv_plus(conv_aligned_size(direct->packed(&s->job, s->direct)),
                     conv_aligned_size(direct->workspace(&s->job, s->direct)));
}

static void run_direct(const onednn_state *s, const conv_layer_call *call, void *room) {
    const conv_layer_method_row *direct = &conv_layer_direct_method;
    size_t bytes = direct->packed(&s->job, s->direct);
    conv_layer_call own = *call;
    own.workspace = room;
    if (bytes > 0) {
        direct->pack(&s->job, s->direct, call->w, room);
        own.w = room;
        own.workspace = (char *)room + conv_aligned_size(bytes);
    }
    direct->run(&s->job, s->direct, &own);
}

/* A call of all images. */
typedef struct {
    const onednn_state *state;
    const conv_layer_call *call;
    const float *from, *weights;
    float *to;
    size_t from_step, to_step; /* elements of an image */
    char *left;                /* per image: it is for the direct method */
    char *room;                /* workers' */
} images;

static size_t worker_bytes(const onednn_state *s) {
    return conv_plus(s->scratch, s->out);
}

static bool begin(conv_layer_onednn_call *call, const images *run, const void *scratch) {
    const onednn_state *s = run->state;
    const conv_layer_onednn *parts = &s->parts;
    bool gathers = s->job.sum == CONV_LAYER_GATHER;
    const void *bias = run->call->bias ? run->call->bias : s->zeros;
    return conv_layer_onednn_begin(call, parts) &&
           conv_layer_onednn_argument(call, parts, gathers ? DNNL_ARG_SRC : DNNL_ARG_DIFF_DST,
                                      gathers ? parts->wide : parts->narrow, NULL) &&
           conv_layer_onednn_argument(call, parts, gathers ? DNNL_ARG_DST : DNNL_ARG_DIFF_SRC,
                                      gathers ? parts->narrow : parts->wide, NULL) &&
           conv_layer_onednn_argument(call, parts, DNNL_ARG_WEIGHTS, parts->blocked,
                                      run->weights) &&
           conv_layer_onednn_argument(call, parts, DNNL_ARG_SCRATCHPAD, parts->scratch, scratch) &&
           (!gathers || conv_layer_onednn_argument(call, parts, DNNL_ARG_BIAS, parts->bias, bias));
}

/* What oneDNN did not add: the bias of a SCATTER, and beta times what was there. */
static void finish(const images *run, const float *sums, float *to) {
    const onednn_state *s = run->state;
    double beta = run->call->beta;
    const float *bias = run->call->bias;
    if (s->job.sum == CONV_LAYER_SCATTER && bias) {
        const conv_layer_side *side = &s->shape.wide;
        ptrdiff_t step = (ptrdiff_t)side->channels;
        for (size_t c = 0; c < side->channels; c++)
            s->loops->put(sums + c, step, side->points, bias + c, beta, to + c, step);
    } else if (sums != to) {
        s->loops->put(sums, 1, run->to_step, NULL, beta, to, 1);
    }
}

static void run_images(void *context, size_t first, size_t last, int thread) {
    const images *run = context;
    const onednn_state *s = run->state;
    bool gathers = s->job.sum == CONV_LAYER_GATHER;
    char *scratch = run->room + (size_t)thread * worker_bytes(s);
    conv_layer_onednn_call call;
    int before = conv_layer_onednn_one_thread();
    bool begun = begin(&call, run, scratch);
    for (size_t i = first; i < last; i++) {
        const float *from = run->from + i * run->from_step;
        float *to = run->to + i * run->to_step;
        float *sums = run->call->beta != 0 ? (float *)(void *)(scratch + s->scratch) : to;
        bool done =
            begun && s->is_finite(from, run->from_step) &&
            conv_layer_onednn_point(&call, gathers ? DNNL_ARG_SRC : DNNL_ARG_DIFF_DST, from) &&
            conv_layer_onednn_point(&call, gathers ? DNNL_ARG_DST : DNNL_ARG_DIFF_SRC, sums) &&
            conv_layer_onednn_run(&call, s->parts.sum);
        if (done)
            finish(run, sums, to);
        run->left[i] = !done;
    }
    conv_layer_onednn_end(&call);
    conv_layer_onednn_threads_again(before);
}

static void run_sums(const conv_layer_job *job, const onednn_state *s,
                     const conv_layer_call *call) {
    bool gathers = job->sum == CONV_LAYER_GATHER;
    size_t batch = job->shape->batch;
    images run = {.state = s,
                  .call = call,
                  .from = gathers ? call->wide : call->narrow,
                  .weights = (const float *)(const void *)(plain_of(call->w) + s->w),
                  .to = call->to,
                  .from_step = gathers ? s->shape.wide.count : s->shape.narrow.count,
                  .to_step = gathers ? s->shape.narrow.count : s->shape.wide.count,
                  .left = call->workspace,
                  .room = (char *)call->workspace + conv_aligned_size(batch)};
    if (*usable_of(call->w) &&
        (!call->bias || s->is_finite(call->bias, conv_layer_y(&s->shape)->channels)))
        conv_parallel_for(batch, s->workers, run_images, &run);
    else
        memset(run.left, 1, batch);
    for (size_t i = 0; i < batch; i++) {
        conv_layer_call one = *call;
        const float *from = run.from + i * run.from_step;
        one.wide = gathers ? from : NULL;
        one.narrow = gathers ? NULL : from;
        one.to = run.to + i * run.to_step;
        one.w = plain_of(call->w);
        if (run.left[i])
            run_direct(s, &one, run.room);
    }
}

/* ---- products ---- */

/* Workspace: blocked weights, plain ones, the larger scratch. */
static bool run_products(const onednn_state *s, const conv_layer_call *call) {
    const conv_layer_onednn *parts = &s->parts;
    char *blocked = call->workspace, *plain = blocked + s->blocked, *scratch = plain + s->w;
    bool in_place = call->beta == 0 && !s->turned;
    conv_layer_onednn_call sum;
    int before = conv_layer_onednn_one_thread();
    bool good =
        conv_layer_onednn_begin(&sum, parts) &&
        conv_layer_onednn_argument(&sum, parts, DNNL_ARG_SRC, parts->wide, call->wide) &&
        conv_layer_onednn_argument(&sum, parts, DNNL_ARG_DIFF_DST, parts->narrow, call->narrow) &&
        conv_layer_onednn_argument(&sum, parts, DNNL_ARG_DIFF_WEIGHTS, parts->blocked, blocked) &&
        conv_layer_onednn_argument(&sum, parts, DNNL_ARG_SCRATCHPAD, parts->scratch, scratch) &&
        conv_layer_onednn_run(&sum, parts->sum);
    conv_layer_onednn_end(&sum);
    conv_layer_onednn_threads_again(before);
    good = good && reorder(s, blocked, in_place ? call->to : plain, scratch) &&
           (s->looks_before || s->is_finite(in_place ? call->to : plain, s->shape.weights.count));
    if (good && s->turned)
        turn_taps(s, (const float *)(const void *)plain, call->beta, call->to);
    else if (good && !in_place)
        s->loops->put(plain, 1, s->shape.weights.count, NULL, call->beta, call->to, 1);
    return good;
}

static size_t workspace(const conv_layer_job *job, const void *state) {
    const onednn_state *s = state;
    if (job->sum == CONV_LAYER_PRODUCTS)
        return conv_max(direct_bytes(s), conv_plus(conv_plus(s->blocked, s->w),
                                                   conv_max(s->scratch, s->reorder_scratch)));
    size_t workers = conv_times((size_t)s->workers, worker_bytes(s));
    return conv_plus(conv_aligned_size(job->shape->batch), conv_max(direct_bytes(s), workers));
}

/* What is not finite makes every weight so that it meets. */
static bool products_are_good(const onednn_state *s, const conv_layer_call *call) {
    return (!s->looks_before || (s->is_finite(call->wide, s->shape.wide.count) &&
                                 s->is_finite(call->narrow, s->shape.narrow.count))) &&
           run_products(s, call);
}

static void run(const conv_layer_job *job, const void *state, const conv_layer_call *call) {
    const onednn_state *s = state;
    if (job->sum != CONV_LAYER_PRODUCTS)
        run_sums(job, s, call);
    else if (!products_are_good(s, call))
        run_direct(s, call, call->workspace);
}

const conv_layer_method_row conv_layer_onednn_method = {
    .id = CONV_METHOD_ONEDNN,
    .name = "onednn",
    .reject = reject,
    .cost = cost,
    .prepare = prepare,
    .release = release,
    .workspace = workspace,
    .packed = packed,
    .pack = pack,
    .run = run,
};
