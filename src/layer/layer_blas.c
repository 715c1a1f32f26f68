/* The row of the matrix products by CBLAS.
 *
 * A sample that is absent is a 0 in the matrix, which times a NaN is one: where some are absent and
 * what they meet is not finite the direct method takes the call. */
#include <limits.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "layer/layer_blas.h"

/* The fewest outputs of a block: they share what BLAS does with the weights once a product. */
#define LEAST_OUTPUTS ((size_t)64)

/* ---- accepts ---- */

static const char *reject(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    const size_t sizes[] = {shape->wide.points,
                            shape->narrow.points,
                            shape->wide.channels,
                            shape->narrow.channels,
                            shape->taps * shape->wide_channels,
                            shape->taps * shape->narrow_channels};
    if (shape->wide_channels == 1 && shape->narrow_channels == 1)
        return "with one channel in and one out of a group there is no product of matrices";
    if (job->level < conv_cpu_level())
        return "isa caps the instruction set, and BLAS chooses its own";
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i] > INT_MAX)
            return "points, channels or channels times taps exceed an int of CBLAS";
    return NULL;
}

/* ---- prepared ---- */

static void release(void *state) {
    conv_layer_blas *s = state;
    if (!s)
        return;
    conv_layer_flow_free(&s->flow);
    conv_layer_direct_method.release(s->direct);
    conv_free(s);
}

static void set_sizes(conv_layer_blas *s) {
    const conv_layer_shape *shape = s->job.shape;
    size_t most = 0, rows = 0;
    for (size_t p = 0; p < s->phases; p++) {
        conv_layer_columns_set(&s->columns, p);
        most = conv_max(most, s->columns.outputs);
        rows = conv_max(rows, s->columns.rows);
    }
    bool products = s->job.sum == CONV_LAYER_PRODUCTS;
    s->block =
        s->plain
            ? most
            : conv_min(conv_max(CONV_LAYER_BLAS_BLOCK / conv_times(conv_max(rows, 1), shape->size),
                                LEAST_OUTPUTS),
                       most);
    s->placed = s->phases == 1 && rows > 0;
    size_t column = conv_times(rows, shape->size), output = conv_times(s->out, shape->size);
    s->column_bytes = s->plain ? 0 : conv_aligned_size(conv_times(s->block, column));
    s->output_bytes = s->placed ? 0 : conv_aligned_size(conv_times(s->block, output));
    s->sum_bytes =
        products ? conv_aligned_size(conv_times(conv_times(shape->groups, rows), output)) : 0;
    s->plain_bytes = s->absent ? conv_aligned_size(shape->weights.count * shape->size) : 0;
    s->matrix_bytes = conv_aligned_size(shape->weights.count * shape->size);
}

/* Whether a group's weights lie as the matrix does, or, of one tap, as its transpose. */
static void look_at_weights(conv_layer_blas *s) {
    const conv_layer_weights *w = &s->job.shape->weights;
    ptrdiff_t first = s->placed ? conv_layer_columns_weight(&s->columns, w, 0, 0) : 0;
    bool even = s->placed;
    for (size_t t = 1; even && t < s->columns.taps; t++)
        even = conv_layer_columns_weight(&s->columns, w, 0, t) - first ==
               (ptrdiff_t)(t * s->in) * s->in_step;
    s->weights_turned = even && s->columns.taps == 1 && s->in_step == 1 && s->out_step != 1;
    s->as_they_are =
        s->weights_turned || (even && s->out_step == 1 && s->in_step >= (ptrdiff_t)s->out);
    s->weight_step = !s->as_they_are     ? s->out
                     : s->weights_turned ? (size_t)s->out_step
                                         : (size_t)s->in_step;
}

static conv_status prepare(const conv_layer_job *job, void **state) {
    conv_layer_blas *s = *state = conv_allocate(sizeof *s);
    const conv_layer_shape *shape = job->shape;
    bool scatters = job->sum == CONV_LAYER_SCATTER;
    if (!s)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a layer");
    memset(s, 0, sizeof *s);
    conv_status status =
        conv_layer_flow_make(&s->flow, shape, scatters ? CONV_LAYER_SCATTER : CONV_LAYER_GATHER);
    if (status != CONV_OK)
        return status;
    s->job = *job;
    s->loops = conv_layer_loops_of(shape->dtype, job->level);
    s->elements = conv_element_table(shape->dtype == CONV_F64 ? CONV_LEAF_F64 : CONV_LEAF_F32);
    s->in = scatters ? shape->narrow_channels : shape->wide_channels;
    s->out = scatters ? shape->wide_channels : shape->narrow_channels;
    s->from = scatters ? &shape->narrow : &shape->wide;
    s->to = scatters ? &shape->wide : &shape->narrow;
    s->columns = (conv_layer_columns){
        .flow = &s->flow, .from = s->from, .channels = s->in, .size = shape->size};
    s->in_step = scatters ? shape->weights.narrow : shape->weights.wide;
    s->out_step = scatters ? shape->weights.wide : shape->weights.narrow;
    s->plain = conv_layer_columns_plain(&s->flow);
    s->absent = conv_layer_columns_absent(&s->flow);
    s->phases = conv_layer_columns_phases(&s->flow);
    set_sizes(s);
    look_at_weights(s);
    return s->absent ? conv_layer_direct_method.prepare(job, &s->direct) : CONV_OK;
}

/* Where the direct method takes over it packs the weights in the workspace. */
static size_t direct_bytes(const conv_layer_blas *s) {
    const conv_layer_method_row *direct = &conv_layer_direct_method;
    return s->absent ? conv_plus(conv_aligned_size(direct->packed(&s->job, s->direct)),
                                 conv_aligned_size(direct->workspace(&s->job, s->direct)))
                     : 0;
}

static size_t workspace(const conv_layer_job *job, const void *state) {
    const conv_layer_blas *s = state;
    (void)job;
    return conv_max(direct_bytes(s),
                    conv_plus(s->column_bytes, conv_plus(s->output_bytes, s->sum_bytes)));
}

/* ---- packed: the weights as they are where the direct method may need them; then a matrix for
 * each phase and group, a row for each row of the samples' one ---- */

static size_t packed(const conv_layer_job *job, const void *state) {
    const conv_layer_blas *s = state;
    return job->sum == CONV_LAYER_PRODUCTS || s->as_they_are
               ? 0
               : conv_plus(s->plain_bytes, s->matrix_bytes);
}

/* One tap: in rows of out elements. */
static void pack_tap(const conv_layer_blas *s, const char *w, char *to) {
    ptrdiff_t size = (ptrdiff_t)s->job.shape->size, in = s->in_step, out = s->out_step;
    if (in == 1 && out != 1) {
        s->loops->turn(w, out, s->out, s->in, to, (ptrdiff_t)s->out);
        return;
    }
    for (size_t c = 0; c < s->in; c++, w += in * size, to += (ptrdiff_t)s->out * size)
        conv_copy_row(to, 1, w, out, s->out, (size_t)size);
}

static void pack(const conv_layer_job *job, const void *state, const void *w, void *memory) {
    const conv_layer_blas *s = state;
    conv_layer_columns columns = s->columns;
    size_t size = job->shape->size, bytes = s->in * s->out * size;
    char *to = (char *)memory + s->plain_bytes;
    if (s->absent)
        memcpy(memory, w, job->shape->weights.count * size);
    for (size_t p = 0; p < s->phases; p++) {
        conv_layer_columns_set(&columns, p);
        for (size_t g = 0; g < job->shape->groups; g++)
            for (size_t t = 0; t < columns.taps; t++, to += bytes) {
                ptrdiff_t at = conv_layer_columns_weight(&columns, &job->shape->weights, g, t);
                pack_tap(s, (const char *)w + at * (ptrdiff_t)size, to);
            }
    }
}

/* ---- run ---- */

/* w as it is, or NULL. */
static void run_direct(const conv_layer_blas *s, const conv_layer_call *call) {
    const conv_layer_method_row *direct = &conv_layer_direct_method;
    size_t bytes = direct->packed(&s->job, s->direct);
    conv_layer_call own = *call;
    if (bytes > 0) {
        direct->pack(&s->job, s->direct, call->w, call->workspace);
        own.w = call->workspace;
        own.workspace = (char *)call->workspace + conv_aligned_size(bytes);
    }
    direct->run(&s->job, s->direct, &own);
}

/* What absent samples meet: the weights, or the narrow side. */
static bool is_finite(const conv_layer_blas *s, const conv_layer_call *call) {
    const conv_layer_shape *shape = s->job.shape;
    return s->job.sum == CONV_LAYER_PRODUCTS
               ? s->elements->is_finite(call->narrow, shape->narrow.count)
               : s->elements->is_finite(call->w, shape->weights.count);
}

static void run(const conv_layer_job *job, const void *state, const conv_layer_call *call) {
    const conv_layer_blas *s = state;
    if (s->absent && !is_finite(s, call))
        run_direct(s, call);
    else if (job->sum == CONV_LAYER_PRODUCTS)
        conv_layer_blas_products(s, call);
    else if (s->as_they_are)
        conv_layer_blas_sums(s, call,
                             (const char *)call->w + conv_layer_columns_weight(
                                                         &s->columns, &job->shape->weights, 0, 0) *
                                                         (ptrdiff_t)job->shape->size);
    else
        conv_layer_blas_sums(s, call, (const char *)call->w + s->plain_bytes);
}

const conv_layer_method_row conv_layer_blas_method = {
    .id = CONV_METHOD_BLAS,
    .name = "blas",
    .reject = reject,
    .cost = conv_layer_blas_cost,
    .prepare = prepare,
    .release = release,
    .workspace = workspace,
    .packed = packed,
    .pack = pack,
    .run = run,
};
