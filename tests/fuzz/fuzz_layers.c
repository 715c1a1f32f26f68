/* fuzz_layers.c - layers: every small description by every method, forward and both gradients,
 * against the enumeration of the relation that defines them; and hostile ones, refused. */
#include "fuzz.h"

#include "../layer/layer_brute.h"

#include <string.h>

static size_t small_or_hostile(fuzz_input *in, size_t most, bool hostile) {
    return hostile && fuzz_one_in(in, 4) ? fuzz_hostile_size(in) : fuzz_from(in, 1, most);
}

static void draw(fuzz_input *in, conv_layer_desc *d, bool hostile) {
    static const size_t longest[] = {0, 30, 9, 5, 4};
    size_t shape[4], kernel[4];
    const int rank = (int)fuzz_from(in, 1, 4);
    for (int axis = 0; axis < rank; axis++) {
        shape[axis] = small_or_hostile(in, longest[rank], hostile);
        kernel[axis] = small_or_hostile(in, rank == 1 ? 6 : 3, hostile);
    }
    const size_t groups = fuzz_from(in, 1, 3);
    const size_t wide = fuzz_one_in(in, 4) ? 35 : 4;
    conv_layer_desc_init(d, (conv_dtype)fuzz_below(in, hostile ? 5 : 2), rank, shape, kernel,
                         groups * fuzz_from(in, 1, groups == 1 ? wide : 4),
                         groups * fuzz_from(in, 1, groups == 1 ? wide : 4));
    d->groups = hostile && fuzz_one_in(in, 4) ? fuzz_hostile_size(in) : groups;
    d->batch = small_or_hostile(in, 3, hostile);
    d->padding = (conv_layer_padding)fuzz_below(in, hostile ? 5 : 4);
    d->x_layout = (conv_layer_layout)fuzz_below(in, hostile ? 3 : 2);
    d->y_layout = (conv_layer_layout)fuzz_below(in, 2);
    d->w_layout = (conv_weight_layout)fuzz_below(in, hostile ? 5 : 4);
    d->operation = (conv_operation)fuzz_below(in, hostile ? 3 : 2);
    d->transposed = (int)fuzz_below(in, 2);
    d->threads = (int)fuzz_below(in, hostile ? 4 : 3) - (hostile ? 1 : 0);
    d->packed = (int)fuzz_below(in, 4);
    d->isa = (conv_isa)fuzz_below(in, 4);
    for (int axis = 0; axis < rank; axis++) {
        d->stride[axis] = small_or_hostile(in, 3, hostile);
        d->dilation[axis] = small_or_hostile(in, 3, hostile);
        if (d->padding == CONV_PADDING_EXPLICIT) {
            d->pad[axis][0] = (ptrdiff_t)fuzz_below(in, 6) - 2;
            d->pad[axis][1] = (ptrdiff_t)fuzz_below(in, 6) - 2;
            const size_t limit =
                d->stride[axis] > d->dilation[axis] ? d->stride[axis] : d->dilation[axis];
            d->output_pad[axis] = d->transposed && limit < 9 ? fuzz_below(in, limit + 1) : 0;
        }
    }
}

static bool same(conv_layer_desc *d) {
    size_t shape[CONV_LAYER_MAX_RANK];
    conv_layer *layer = (conv_layer *)(uintptr_t)8;
    const conv_status status = conv_layer_output_shape(d, shape);
    if (status == CONV_OK) {
        return true;
    }
    const conv_status made = conv_layer_create(&layer, d);
    if (made != status || layer != NULL || conv_last_error()[0] == '\0') {
        fuzz_fail("conv_layer_output_shape answers %d, conv_layer_create %d", (int)status,
                  (int)made);
    }
    return false;
}

static size_t elements(const conv_layer_desc *d, const size_t *shape, size_t channels) {
    size_t all = d->batch * channels;
    for (int axis = 0; axis < d->rank && d->batch < 4000; axis++) {
        all = shape[axis] > 4000 || all > 4000 ? SIZE_MAX / 2 : all * shape[axis];
    }
    return d->batch < 4000 ? all : SIZE_MAX / 2;
}

/* Plans are made where they are small. */
static void hostile_layer(conv_layer_desc *d) {
    size_t shape[CONV_LAYER_MAX_RANK];
    conv_layer *layer = NULL;
    if (!same(d) || conv_layer_output_shape(d, shape) != CONV_OK ||
        elements(d, d->shape, d->channels_in) > 4000 ||
        elements(d, shape, d->channels_out) > 4000 ||
        elements(d, d->kernel, d->channels_in * d->channels_out) > 4000) {
        return;
    }
    const conv_status status = conv_layer_create(&layer, d);
    if (status != CONV_OK && status != CONV_ERR_MEMORY && status != CONV_ERR_OVERFLOW) {
        fuzz_fail("status %d: %s", (int)status, conv_last_error());
    }
    conv_layer_destroy(layer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const conv_method methods[] = {CONV_METHOD_REFERENCE, CONV_METHOD_DIRECT,
                                          CONV_METHOD_FFT, CONV_METHOD_AUTO};
    static const double betas[] = {0.0, 1.0, 0.5, -2.0};
    fuzz_input in = {bytes, size};
    conv_layer_desc d;
    layer_facts facts;
    int wrong[4];
    const bool hostile = fuzz_one_in(&in, 4);
    draw(&in, &d, hostile);
    if (hostile) {
        hostile_layer(&d);
        return 0;
    }
    const bool taken = same(&d);
    if (!taken || !layer_facts_make(&facts, &d)) {
        return 0;
    }
    const double beta = betas[fuzz_below(&in, 4)];
    const bool nonfinite = fuzz_one_in(&in, 3);
    layer_compare(&d, fuzz_word(&in), beta, nonfinite, methods, 4, wrong);
    for (int i = 0; i < 4; i++) {
        if (wrong[i] > 0) {
            fuzz_fail("method %d, beta %g", (int)methods[i], beta);
        }
    }
    return 0;
}
