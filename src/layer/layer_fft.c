/* The row of the transforms. Data that are not finite go to the direct sums: in a spectrum one NaN
 * is everywhere. */
#include <string.h>

#include "base/elements.h"
#include "base/memory.h"
#include "base/status.h"
#include "layer/layer_planar.h"
#include "layer/layer_spectra.h"

static const char *reject(const conv_layer_job *job) {
    conv_layer_spectra_plan plan;
    return conv_layer_spectra_plan_make(&plan, job);
}

static double cost(const conv_layer_job *job) {
    conv_layer_spectra_plan plan;
    return conv_layer_spectra_plan_make(&plan, job) ? 0 : plan.seconds;
}

typedef struct {
    conv_layer_job job;
    conv_layer_shape planar;          /* GATHER and SCATTER: both sides with the channels first */
    const conv_layer_side *from, *to; /* as they are */
    size_t images;                    /* that are turned at a time, or the batch */
    size_t from_bytes, to_bytes;      /* of those; 0: read or written as they are */
    const conv_layer_loops *loops;
    const conv_element_kernels *elements;
    conv_layer_spectra part[CONV_LAYER_MOST_PARTS];
    int parts;
    size_t in, out;         /* channels of a group */
    size_t kernel, scratch; /* bytes of a kernel as it is transformed, of the largest scratch */
    void *direct;           /* the direct method's state, for data that are not finite */
} fft_state;

static void release(void *state) {
    fft_state *s = state;
    if (!s)
        return;
    for (int i = 0; i < s->parts; i++)
        conv_transform_destroy(s->part[i].transform);
    conv_layer_direct_method.release(s->direct);
    conv_free(s);
}

/* Bytes of the largest box that is read or written. */
static void set_sizes(conv_layer_spectra *part) {
    size_t box = 1;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        box = conv_times(box, part->plan.axis[d].count + part->plan.axis[d].reach - 1);
    part->box = conv_aligned_size(conv_times(box, part->job.shape->size));
    part->spectrum = conv_aligned_size(conv_transform_spectrum_size(part->transform));
    part->scratch = conv_aligned_size(conv_transform_scratch_size(part->transform, 1));
}

static conv_status make_part(fft_state *s, const conv_layer_spectra_plan *plan) {
    conv_layer_spectra *part = &s->part[s->parts++];
    const conv_layer_shape *shape = s->job.shape;
    part->job = s->job;
    part->plan = *plan;
    part->loops = conv_layer_loops_of(shape->dtype, s->job.level);
    part->in = s->in;
    part->out = s->out;
    conv_status status = conv_transform_create(&part->transform, CONV_BACKEND_RING, shape->dtype,
                                               plan->rank, plan->length, s->job.level);
    if (status == CONV_OK) {
        set_sizes(part);
        s->scratch = conv_max(s->scratch, part->scratch);
    }
    return status;
}

/* Transforms read planes: what has the channels last is turned, an image for every thread. */
static void set_planar(fft_state *s, const conv_layer_shape *shape) {
    bool gathers = s->job.sum == CONV_LAYER_GATHER;
    s->from = gathers ? &shape->wide : &shape->narrow;
    s->to = gathers ? &shape->narrow : &shape->wide;
    s->planar = *shape;
    size_t wide = conv_layer_planar_side(&s->planar.wide, shape->size);
    size_t narrow = conv_layer_planar_side(&s->planar.narrow, shape->size);
    s->images = wide + narrow > 0 ? conv_min(shape->batch, (size_t)s->job.threads) : shape->batch;
    s->from_bytes = conv_times(s->images, gathers ? wide : narrow);
    s->to_bytes = conv_times(s->images, gathers ? narrow : wide);
    s->job.shape = &s->planar;
}

static conv_status prepare(const conv_layer_job *job, void **state) {
    fft_state *s = *state = conv_allocate(sizeof *s);
    const conv_layer_shape *shape = job->shape;
    conv_layer_spectra_plan plan, one;
    if (!s)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a layer");
    memset(s, 0, sizeof *s);
    s->job = *job;
    s->elements = conv_element_table(shape->dtype == CONV_F64 ? CONV_LEAF_F64 : CONV_LEAF_F32);
    s->in = job->sum == CONV_LAYER_SCATTER ? shape->narrow_channels : shape->wide_channels;
    s->out = job->sum == CONV_LAYER_SCATTER ? shape->wide_channels : shape->narrow_channels;
    s->kernel = shape->size;
    s->loops = conv_layer_loops_of(shape->dtype, job->level);
    if (job->sum != CONV_LAYER_PRODUCTS)
        set_planar(s, shape);
    (void)conv_layer_spectra_plan_make(&plan, job);
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        s->kernel = conv_times(s->kernel, plan.axis[d].reach);
    s->kernel = conv_aligned_size(s->kernel);
    conv_status status = conv_layer_direct_method.prepare(job, &s->direct);
    for (int i = 0; status == CONV_OK && conv_layer_spectra_part(&plan, i, &one); i++)
        status = make_part(s, &one);
    return status;
}

/* ---- packed: the weights as they are, then their spectra by part, group, channel out, channel in;
 * then a kernel and the transforms' scratch, which packing needs ---- */

static size_t plain_bytes(const fft_state *s) {
    return conv_aligned_size(s->job.shape->weights.count * s->job.shape->size);
}

static size_t spectra_bytes(const conv_layer_spectra *part) {
    size_t pairs = conv_times(part->job.shape->groups, conv_times(part->in, part->out));
    return conv_times(pairs, part->spectrum);
}

static size_t packed(const conv_layer_job *job, const void *state) {
    const fft_state *s = state;
    size_t bytes = conv_plus(plain_bytes(s), conv_plus(s->kernel, s->scratch + CONV_ALIGNMENT));
    for (int i = 0; i < s->parts; i++)
        bytes = conv_plus(bytes, spectra_bytes(&s->part[i]));
    return job->sum == CONV_LAYER_PRODUCTS ? 0 : bytes;
}

/* The spectra have to be aligned, what the caller brings need not be. */
static char *spectra_of(const fft_state *s, const void *memory) {
    return conv_align_pointer((char *)(uintptr_t)memory + plain_bytes(s));
}

/* The kernel of a pair of channels with zeros between its taps; GATHER's turned round. */
static void spread_kernel(const conv_layer_spectra *part, const char *w, char *kernel) {
    const conv_layer_shape *shape = part->job.shape;
    const size_t *extent = shape->kernel;
    ptrdiff_t size = (ptrdiff_t)shape->size, stride[CONV_LAYER_AXES], step = 1, at = 0;
    for (int d = CONV_LAYER_AXES - 1; d >= 0; d--) {
        ptrdiff_t reach = (ptrdiff_t)part->plan.axis[d].reach;
        stride[d] = step * (ptrdiff_t)shape->dilation[d];
        if (part->job.sum == CONV_LAYER_GATHER) {
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
        part->loops->put(w + x * size, shape->weights.axis[3], extent[3], NULL, 0,
                         kernel + y * size, stride[3]);
    }
}

static void pack_part(const conv_layer_spectra *part, const void *w, char *spectrum, char *kernel,
                      char *scratch) {
    const conv_layer_shape *shape = part->job.shape;
    const conv_layer_weights *weights = &shape->weights;
    bool gathers = part->job.sum == CONV_LAYER_GATHER;
    size_t reach[CONV_LAYER_AXES];
    int made = 0;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        if (part->plan.axis[d].transformed)
            reach[made++] = part->plan.axis[d].reach;
    for (size_t g = 0; g < shape->groups; g++)
        for (size_t out = 0; out < part->out; out++)
            for (size_t in = 0; in < part->in; in++, spectrum += part->spectrum) {
                ptrdiff_t at = weights->origin + (ptrdiff_t)g * weights->group +
                               (ptrdiff_t)(gathers ? in : out) * weights->wide +
                               (ptrdiff_t)(gathers ? out : in) * weights->narrow;
                spread_kernel(part, (const char *)w + at * (ptrdiff_t)shape->size, kernel);
                conv_transform_kernel(part->transform, kernel, shape->dtype, reach, spectrum,
                                      scratch);
            }
}

static void pack(const conv_layer_job *job, const void *state, const void *w, void *memory) {
    const fft_state *s = state;
    char *spectra = spectra_of(s, memory), *kernel = spectra;
    memcpy(memory, w, job->shape->weights.count * job->shape->size);
    for (int i = 0; i < s->parts; i++)
        kernel += spectra_bytes(&s->part[i]);
    for (int i = 0; i < s->parts; i++) {
        pack_part(&s->part[i], w, spectra, kernel, kernel + s->kernel);
        spectra += spectra_bytes(&s->part[i]);
    }
}

/* ---- run ---- */

static size_t direct_bytes(const fft_state *s) {
    const conv_layer_method_row *direct = &conv_layer_direct_method;
    return conv_plus(conv_aligned_size(direct->packed(&s->job, s->direct)),
                     conv_aligned_size(direct->workspace(&s->job, s->direct)));
}

static size_t turned_bytes(const fft_state *s) {
    return conv_plus(conv_aligned_size(s->from_bytes), conv_aligned_size(s->to_bytes));
}

static size_t workspace(const conv_layer_job *job, const void *state) {
    const fft_state *s = state;
    size_t bytes = direct_bytes(s);
    (void)job;
    for (int i = 0; i < s->parts; i++)
        bytes = conv_max(bytes, conv_plus(turned_bytes(s), conv_layer_spectra_room(&s->part[i])));
    return bytes;
}

/* w as it is, or NULL. */
static void run_direct(const fft_state *s, const conv_layer_call *call, const void *w) {
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

static void turn_images(const fft_state *s, const conv_layer_side *side, size_t images,
                        const char *from, char *to, bool to_planes) {
    conv_layer_turning turning = {s->loops, side, s->planar.size, from, to, to_planes};
    conv_layer_planar_turn(&turning, images, s->job.threads);
}

/* Images first..first+images-1. */
static void run_sums(const fft_state *s, const conv_layer_call *call, size_t first, size_t images) {
    ptrdiff_t size = (ptrdiff_t)s->planar.size, at = (ptrdiff_t)first;
    const char *spectra = spectra_of(s, call->w);
    const char *from = call->wide ? call->wide : call->narrow;
    char *to = (char *)call->to + at * s->to->batch * size, *out = to, *room = call->workspace;
    conv_layer_call own = *call;
    from += at * s->from->batch * size;
    if (s->from_bytes > 0) {
        turn_images(s, s->from, images, from, room, true);
        from = room;
        room += conv_aligned_size(s->from_bytes);
    }
    if (s->to_bytes > 0) {
        out = room;
        room += conv_aligned_size(s->to_bytes);
        if (call->beta != 0)
            turn_images(s, s->to, images, to, out, true);
    }
    own.wide = call->wide ? from : NULL;
    own.narrow = call->wide ? NULL : from;
    own.to = out;
    for (int i = 0; i < s->parts; i++) {
        conv_layer_spectra_sums(&s->part[i], &own, images, spectra, room);
        spectra += spectra_bytes(&s->part[i]);
    }
    if (s->to_bytes > 0)
        turn_images(s, s->to, images, out, to, false);
}

static void run(const conv_layer_job *job, const void *state, const conv_layer_call *call) {
    const fft_state *s = state;
    const conv_layer_shape *shape = job->shape;
    bool finite = (!call->wide || s->elements->is_finite(call->wide, shape->wide.count)) &&
                  (!call->narrow || s->elements->is_finite(call->narrow, shape->narrow.count)) &&
                  (!call->w || s->elements->is_finite(call->w, shape->weights.count));
    if (!finite) {
        run_direct(s, call, call->w);
        return;
    }
    if (job->sum == CONV_LAYER_PRODUCTS) {
        conv_layer_spectra_products(&s->part[0], call, call->workspace);
        return;
    }
    for (size_t first = 0; first < shape->batch; first += s->images)
        run_sums(s, call, first, conv_min(s->images, shape->batch - first));
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
