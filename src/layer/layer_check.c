#include "layer/layer_check.h"

#include <string.h>

#include "api/checks.h"
#include "base/cpu.h"
#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"

void conv_layer_desc_init(conv_layer_desc *desc, conv_dtype dtype, int rank, const size_t *shape,
                          const size_t *kernel, size_t channels_in, size_t channels_out) {
    if (!desc)
        return;
    memset(desc, 0, sizeof *desc);
    desc->struct_size = sizeof *desc;
    desc->dtype = dtype;
    desc->rank = rank;
    desc->batch = desc->groups = 1;
    desc->channels_in = channels_in;
    desc->channels_out = channels_out;
    desc->operation = CONV_CORRELATE;
    desc->threads = 1;
    for (int d = 0; d < rank && d < CONV_LAYER_MAX_RANK; d++) {
        desc->shape[d] = shape ? shape[d] : 0;
        desc->kernel[d] = kernel ? kernel[d] : 0;
    }
    for (int d = 0; d < CONV_LAYER_MAX_RANK; d++)
        desc->stride[d] = desc->dilation[d] = 1;
}

static conv_status check_enums(const conv_layer_desc *desc) {
    const conv_enum_field fields[] = {
        {"dtype", (int)desc->dtype, CONV_C64},
        {"padding", (int)desc->padding, CONV_PADDING_CAUSAL},
        {"x_layout", (int)desc->x_layout, CONV_CHANNELS_LAST},
        {"y_layout", (int)desc->y_layout, CONV_CHANNELS_LAST},
        {"w_layout", (int)desc->w_layout, CONV_WEIGHTS_KERAS_TRANSPOSED},
        {"operation", (int)desc->operation, CONV_CORRELATE},
        {"transposed", desc->transposed, 1},
        {"method", (int)desc->method, CONV_METHOD_ONEDNN},
        {"isa", (int)desc->isa, CONV_ISA_LAST},
    };
    return conv_check_enums(fields, sizeof fields / sizeof *fields);
}

/* What must not be zero, and fits the address space by itself. */
static conv_status check_extents(const conv_layer_desc *desc) {
    const struct {
        const char *name;
        const size_t *values;
        int count;
    } fields[] = {
        {"batch", &desc->batch, 0},
        {"channels_in", &desc->channels_in, 0},
        {"channels_out", &desc->channels_out, 0},
        {"groups", &desc->groups, 0},
        {"shape", desc->shape, desc->rank},
        {"kernel", desc->kernel, desc->rank},
        {"stride", desc->stride, desc->rank},
        {"dilation", desc->dilation, desc->rank},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        int count = fields[i].count ? fields[i].count : 1;
        for (int d = 0; d < count; d++) {
            size_t value = fields[i].values[d];
            if (value > 0 && value <= CONV_MAX_BYTES)
                continue;
            conv_status status = value ? CONV_ERR_OVERFLOW : CONV_ERR_EXTENT;
            const char *allowed = value ? "too large" : "must be at least 1";
            if (fields[i].count)
                return conv_fail(status, "%s[%d] is %zu, %s", fields[i].name, d, value, allowed);
            return conv_fail(status, "%s is %zu, %s", fields[i].name, value, allowed);
        }
    }
    return CONV_OK;
}

static conv_status check_groups(const conv_layer_desc *desc) {
    const size_t channels[] = {desc->channels_in, desc->channels_out};
    static const char *const names[] = {"channels_in", "channels_out"};
    for (int i = 0; i < 2; i++)
        if (channels[i] % desc->groups != 0)
            return conv_fail(CONV_ERR_EXTENT,
                             "%s is %zu = %zu * %zu + %zu, must be a multiple of groups %zu",
                             names[i], channels[i], channels[i] / desc->groups, desc->groups,
                             channels[i] % desc->groups, desc->groups);
    return CONV_OK;
}

conv_status conv_layer_check(const conv_layer_desc *desc) {
    if (!desc)
        return conv_fail(CONV_ERR_NULL, "desc is NULL");
    conv_status status =
        conv_check_struct_size(desc->struct_size, sizeof *desc, "conv_layer_desc_init");
    if (status != CONV_OK)
        return status;
    if (desc->rank < 1 || desc->rank > CONV_LAYER_MAX_RANK)
        return conv_fail(CONV_ERR_RANK, "rank is %d, must be 1..%d", desc->rank,
                         CONV_LAYER_MAX_RANK);
    status = check_enums(desc);
    if (status != CONV_OK)
        return status;
    if (conv_dtype_is_complex(desc->dtype))
        return conv_fail(CONV_ERR_TYPE, "dtype is %s, must be f32 or f64",
                         conv_dtype_name(desc->dtype));
    if ((status = check_extents(desc)) != CONV_OK || (status = check_groups(desc)) != CONV_OK)
        return status;
    if (desc->threads < 0)
        return conv_fail(CONV_ERR_THREADS, "threads is %d, must be 0 or more", desc->threads);
    int every = CONV_PACKED_FORWARD | CONV_PACKED_GRAD_INPUT;
    if (desc->packed < 0 || desc->packed > every)
        return conv_fail(CONV_ERR_RANGE, "packed is %d, must be 0..%d, a sum of CONV_PACKED_*",
                         desc->packed, every);
    return CONV_OK;
}
