/* The definition, literally: every output summed in long double over all its terms, rounded once.
 */
#include "layer/layer_methods.h"

static long double value_at(const void *data, ptrdiff_t index, size_t size) {
    return size == sizeof(double) ? (long double)((const double *)data)[index]
                                  : (long double)((const float *)data)[index];
}

static void put(void *data, ptrdiff_t index, size_t size, long double sum) {
    if (size == sizeof(double))
        ((double *)data)[index] = (double)sum;
    else
        ((float *)data)[index] = (float)sum;
}

/* Elements may have the alignment of their type only, which they are given here by their index. */
static void finish(const conv_layer_call *call, size_t size, ptrdiff_t index, size_t channel,
                   bool has_bias, long double sum) {
    if (has_bias)
        sum += value_at(call->bias, (ptrdiff_t)channel, size);
    if (call->beta != 0)
        sum += (long double)call->beta * value_at(call->to, index, size);
    put(call->to, index, size, sum);
}

/* The next row-major index; false after the last. */
static bool step_index(size_t *at, const size_t *extent) {
    int d = CONV_LAYER_AXES - 1;
    while (d >= 0 && ++at[d] == extent[d])
        at[d--] = 0;
    return d >= 0;
}

/* The wide index under a narrow one and a tap; false where it is no sample. */
static bool wide_under(const conv_layer_shape *shape, const size_t *narrow, const size_t *tap,
                       size_t *wide) {
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        ptrdiff_t at = (ptrdiff_t)(narrow[d] * shape->stride[d] + tap[d] * shape->dilation[d]) -
                       shape->before[d];
        if (at < 0 || at >= (ptrdiff_t)shape->wide.extent[d])
            return false;
        wide[d] = (size_t)at;
    }
    return true;
}

/* The narrow index over a wide one and a tap; false where there is none. */
static bool narrow_over(const conv_layer_shape *shape, const size_t *wide, const size_t *tap,
                        size_t *narrow) {
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        ptrdiff_t at =
            (ptrdiff_t)wide[d] + shape->before[d] - (ptrdiff_t)(tap[d] * shape->dilation[d]);
        ptrdiff_t stride = (ptrdiff_t)shape->stride[d];
        if (at < 0 || at % stride != 0 || at / stride >= (ptrdiff_t)shape->narrow.extent[d])
            return false;
        narrow[d] = (size_t)(at / stride);
    }
    return true;
}

static ptrdiff_t place(const conv_layer_side *side, size_t batch, size_t channel,
                       const size_t *at) {
    ptrdiff_t index = (ptrdiff_t)batch * side->batch + (ptrdiff_t)channel * side->channel;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        index += (ptrdiff_t)at[d] * side->axis[d];
    return index;
}

static ptrdiff_t weight_place(const conv_layer_weights *w, size_t group, size_t wide, size_t narrow,
                              const size_t *tap) {
    ptrdiff_t index = w->origin + (ptrdiff_t)group * w->group + (ptrdiff_t)wide * w->wide +
                      (ptrdiff_t)narrow * w->narrow;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        index += (ptrdiff_t)tap[d] * w->axis[d];
    return index;
}

/* One output of GATHER or SCATTER. */
static long double sum_taps(const conv_layer_job *job, const conv_layer_call *call, size_t batch,
                            size_t channel, const size_t *at) {
    const conv_layer_shape *shape = job->shape;
    bool gathers = job->sum == CONV_LAYER_GATHER;
    const conv_layer_side *from = gathers ? &shape->wide : &shape->narrow;
    const void *x = gathers ? call->wide : call->narrow;
    size_t own = gathers ? shape->narrow_channels : shape->wide_channels;
    size_t summed = gathers ? shape->wide_channels : shape->narrow_channels;
    size_t group = channel / own, tap[CONV_LAYER_AXES] = {0}, other[CONV_LAYER_AXES];
    ptrdiff_t step = gathers ? shape->weights.wide : shape->weights.narrow;
    long double sum = 0;
    do {
        if (!(gathers ? wide_under(shape, at, tap, other) : narrow_over(shape, at, tap, other)))
            continue;
        ptrdiff_t sample = place(from, batch, group * summed, other);
        ptrdiff_t weight = weight_place(&shape->weights, group, gathers ? 0 : channel % own,
                                        gathers ? channel % own : 0, tap);
        for (size_t c = 0; c < summed; c++, sample += from->channel, weight += step)
            sum += value_at(x, sample, shape->size) * value_at(call->w, weight, shape->size);
    } while (step_index(tap, shape->kernel));
    return sum;
}

static void run_sums(const conv_layer_job *job, const conv_layer_call *call) {
    const conv_layer_shape *shape = job->shape;
    const conv_layer_side *to = job->sum == CONV_LAYER_GATHER ? &shape->narrow : &shape->wide;
    for (size_t batch = 0; batch < shape->batch; batch++)
        for (size_t channel = 0; channel < to->channels; channel++) {
            size_t at[CONV_LAYER_AXES] = {0};
            do
                finish(call, shape->size, place(to, batch, channel, at), channel,
                       call->bias != NULL, sum_taps(job, call, batch, channel, at));
            while (step_index(at, to->extent));
        }
}

/* One weight. */
static long double sum_points(const conv_layer_shape *shape, const conv_layer_call *call,
                              size_t wide_channel, size_t narrow_channel, const size_t *tap) {
    long double sum = 0;
    for (size_t batch = 0; batch < shape->batch; batch++) {
        size_t at[CONV_LAYER_AXES] = {0}, under[CONV_LAYER_AXES];
        do
            if (wide_under(shape, at, tap, under))
                sum += value_at(call->wide, place(&shape->wide, batch, wide_channel, under),
                                shape->size) *
                       value_at(call->narrow, place(&shape->narrow, batch, narrow_channel, at),
                                shape->size);
        while (step_index(at, shape->narrow.extent));
    }
    return sum;
}

static void run_products(const conv_layer_shape *shape, const conv_layer_call *call) {
    for (size_t narrow = 0; narrow < shape->narrow.channels; narrow++)
        for (size_t c = 0; c < shape->wide_channels; c++) {
            size_t group = narrow / shape->narrow_channels, tap[CONV_LAYER_AXES] = {0};
            size_t wide = group * shape->wide_channels + c;
            do
                finish(
                    call, shape->size,
                    weight_place(&shape->weights, group, c, narrow % shape->narrow_channels, tap),
                    0, false, sum_points(shape, call, wide, narrow, tap));
            while (step_index(tap, shape->kernel));
        }
}

static void run(const conv_layer_job *job, const void *state, const conv_layer_call *call) {
    (void)state;
    if (job->sum == CONV_LAYER_PRODUCTS)
        run_products(job->shape, call);
    else
        run_sums(job, call);
}

static const char *reject(const conv_layer_job *job) {
    (void)job;
    return NULL;
}

/* Nanoseconds of a product, with what finding its place takes. */
#define PER_PRODUCT 2e-9

static double cost(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    return PER_PRODUCT * (double)shape->narrow.count * (double)shape->taps *
           (double)shape->wide_channels;
}

static conv_status prepare(const conv_layer_job *job, void **state) {
    (void)job;
    *state = NULL;
    return CONV_OK;
}

static void release(void *state) {
    (void)state;
}

static size_t no_bytes(const conv_layer_job *job, const void *state) {
    (void)job;
    (void)state;
    return 0;
}

const conv_layer_method_row conv_layer_reference_method = {
    .id = CONV_METHOD_REFERENCE,
    .name = "reference",
    .reject = reject,
    .cost = cost,
    .prepare = prepare,
    .release = release,
    .workspace = no_bytes,
    .packed = no_bytes,
    .run = run,
};
