/* The row of the transforms. Data that are not finite go to the direct sums: in a spectrum one NaN
 * is everywhere. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "layer/layer_spectra.h"

static const char *reject(const conv_layer_job *job) {
    conv_layer_spectra_plan plan;
    return conv_layer_spectra_plan_make(&plan, job);
}

static double cost(const conv_layer_job *job) {
    conv_layer_spectra_plan plan;
    return conv_layer_spectra_plan_make(&plan, job) ? 0 : plan.seconds;
}

static void release(void *state) {
    conv_layer_spectra *s = state;
    if (!s)
        return;
    conv_transform_destroy(s->transform);
    conv_layer_direct_method.release(s->direct);
    conv_free(s);
}

/* Bytes of the largest box that is read or written, and of a kernel with its dilation. */
static void set_sizes(conv_layer_spectra *s) {
    size_t box = 1, kernel = 1, size = s->job.shape->size;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        const conv_layer_spectra_axis *axis = &s->plan.axis[d];
        box *= axis->count + axis->reach - 1;
        kernel *= axis->reach;
    }
    s->box = conv_aligned_size(box * size);
    s->kernel = conv_aligned_size(kernel * size);
    s->spectrum = conv_aligned_size(conv_transform_spectrum_size(s->transform));
    s->scratch = conv_aligned_size(conv_transform_scratch_size(s->transform, 1));
}

static conv_status prepare(const conv_layer_job *job, void **state) {
    conv_layer_spectra *s = *state = conv_allocate(sizeof *s);
    const conv_layer_shape *shape = job->shape;
    if (!s)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a layer");
    memset(s, 0, sizeof *s);
    s->job = *job;
    (void)conv_layer_spectra_plan_make(&s->plan, job);
    s->loops = conv_layer_loops_of(shape->dtype, job->level);
    s->elements = conv_element_table(shape->dtype == CONV_F64 ? CONV_LEAF_F64 : CONV_LEAF_F32);
    s->in = job->sum == CONV_LAYER_SCATTER ? shape->narrow_channels : shape->wide_channels;
    s->out = job->sum == CONV_LAYER_SCATTER ? shape->wide_channels : shape->narrow_channels;
    conv_status status = conv_transform_create(&s->transform, CONV_BACKEND_RING, shape->dtype,
                                               s->plan.rank, s->plan.length, job->level);
    if (status == CONV_OK)
        status = conv_layer_direct_method.prepare(job, &s->direct);
    if (status == CONV_OK)
        set_sizes(s);
    return status;
}

/* ---- packed: the weights as they are, then their spectra by group, channel out, channel in ----
 */

static size_t plain_bytes(const conv_layer_spectra *s) {
    return conv_aligned_size(s->job.shape->weights.count * s->job.shape->size);
}

static size_t spectra_count(const conv_layer_spectra *s) {
    return s->job.shape->groups * s->in * s->out;
}

/* A kernel and the transform's scratch are packed behind the spectra. */
static size_t packed(const conv_layer_job *job, const void *state) {
    const conv_layer_spectra *s = state;
    if (job->sum == CONV_LAYER_PRODUCTS)
        return 0;
    return plain_bytes(s) + spectra_count(s) * s->spectrum + s->kernel + s->scratch +
           CONV_ALIGNMENT;
}

/* The spectra have to be aligned, what the caller brings need not be. */
static char *spectra_of(const conv_layer_spectra *s, const void *memory) {
    return conv_align_pointer((char *)(uintptr_t)memory + plain_bytes(s));
}

/* The kernel of a pair of channels with zeros between its taps; GATHER's turned round. */
static void spread_kernel(const conv_layer_spectra *s, const char *w, char *kernel) {
    const conv_layer_shape *shape = s->job.shape;
    const size_t *extent = shape->kernel;
    ptrdiff_t size = (ptrdiff_t)shape->size, stride[CONV_LAYER_AXES], step = 1, at = 0;
    for (int d = CONV_LAYER_AXES - 1; d >= 0; d--) {
        ptrdiff_t reach = (ptrdiff_t)s->plan.axis[d].reach;
        stride[d] = step * (ptrdiff_t)shape->dilation[d];
        if (s->job.sum == CONV_LAYER_GATHER) {
            at += step * (reach - 1);
            stride[d] = -stride[d];
        }
        step *= reach;
    }
    memset(kernel, 0, (size_t)(step * size));
    for (size_t i = 0; i < extent[0] * extent[1] * extent[2]; i++) {
        size_t k[3] = {i / extent[2] / extent[1], i / extent[2] % extent[1], i % extent[2]};
        ptrdiff_t x = 0, y = at;
        for (int d = 0; d < 3; d++) {
            x += (ptrdiff_t)k[d] * shape->weights.axis[d];
            y += (ptrdiff_t)k[d] * stride[d];
        }
        s->loops->put(w + x * size, shape->weights.axis[3], extent[3], NULL, 0, kernel + y * size,
                      stride[3]);
    }
}

static void pack(const conv_layer_job *job, const void *state, const void *w, void *memory) {
    const conv_layer_spectra *s = state;
    const conv_layer_weights *weights = &job->shape->weights;
    bool gathers = job->sum == CONV_LAYER_GATHER;
    ptrdiff_t size = (ptrdiff_t)job->shape->size;
    char *spectrum = spectra_of(s, memory), *kernel = spectrum + spectra_count(s) * s->spectrum;
    size_t reach[CONV_LAYER_AXES];
    int made = 0;
    memcpy(memory, w, weights->count * job->shape->size);
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        if (s->plan.axis[d].transformed)
            reach[made++] = s->plan.axis[d].reach;
    for (size_t g = 0; g < job->shape->groups; g++)
        for (size_t out = 0; out < s->out; out++)
            for (size_t in = 0; in < s->in; in++, spectrum += s->spectrum) {
                ptrdiff_t at = weights->origin + (ptrdiff_t)g * weights->group +
                               (ptrdiff_t)(gathers ? in : out) * weights->wide +
                               (ptrdiff_t)(gathers ? out : in) * weights->narrow;
                spread_kernel(s, (const char *)w + at * size, kernel);
                conv_transform_kernel(s->transform, kernel, job->shape->dtype, reach, spectrum,
                                      kernel + s->kernel);
            }
}

/* ---- run ---- */

static size_t direct_bytes(const conv_layer_spectra *s) {
    const conv_layer_method_row *direct = &conv_layer_direct_method;
    return conv_aligned_size(direct->packed(&s->job, s->direct)) +
           conv_aligned_size(direct->workspace(&s->job, s->direct));
}

static size_t workspace(const conv_layer_job *job, const void *state) {
    (void)job;
    return conv_max(direct_bytes(state), conv_layer_spectra_room(state));
}

/* w as it is, or NULL. */
static void run_direct(const conv_layer_spectra *s, const conv_layer_call *call, const void *w) {
    const conv_layer_method_row *direct = &conv_layer_direct_method;
    size_t bytes = direct->packed(&s->job, s->direct);
    conv_layer_call own = *call;
    if (bytes > 0) {
        direct->pack(&s->job, s->direct, w, call->workspace);
        own.w = call->workspace;
        own.workspace = (char *)call->workspace + conv_aligned_size(bytes);
    }
    direct->run(&s->job, s->direct, &own);
}

static void run(const conv_layer_job *job, const void *state, const conv_layer_call *call) {
    const conv_layer_spectra *s = state;
    const conv_layer_shape *shape = job->shape;
    bool finite = (!call->wide || s->elements->is_finite(call->wide, shape->wide.count)) &&
                  (!call->narrow || s->elements->is_finite(call->narrow, shape->narrow.count)) &&
                  (!call->w || s->elements->is_finite(call->w, shape->weights.count));
    if (!finite)
        run_direct(s, call, call->w);
    else if (job->sum == CONV_LAYER_PRODUCTS)
        conv_layer_spectra_products(s, call, call->workspace);
    else
        conv_layer_spectra_sums(s, call, spectra_of(s, call->w), call->workspace);
}

const conv_layer_method_row conv_layer_fft_method = {
    .id = CONV_METHOD_FFT,
    .name = "fft",
    .reject = reject,
    .cost = cost,
    .prepare = prepare,
    .release = release,
    .workspace = workspace,
    .packed = packed,
    .pack = pack,
    .run = run,
};
