#include "layer/layer_axis.h"

#include "base/memory.h"
#include "base/status.h"

/* No extent, stride or pad is larger, so that sums and products of two of them fit ptrdiff_t. */
#define MOST ((size_t)1 << (sizeof(size_t) > 4 ? 40 : 26))

static conv_status check_sizes(const conv_layer_desc *desc, int d, size_t *reach) {
    size_t far;
    if (!conv_multiply(desc->kernel[d] - 1, desc->dilation[d], &far) || far >= CONV_MAX_BYTES / 8)
        return conv_fail(CONV_ERR_OVERFLOW, "kernel %zu with dilation %zu on axis %d is too large",
                         desc->kernel[d], desc->dilation[d], d);
    *reach = far + 1;
    const size_t fields[] = {desc->shape[d], desc->stride[d], *reach, desc->output_pad[d]};
    static const char *const names[] = {"shape", "stride", "the kernel's reach", "output_pad"};
    for (int i = 0; i < 4; i++)
        if (fields[i] > MOST)
            return conv_fail(CONV_ERR_OVERFLOW, "%s on axis %d is %zu, must be at most %zu",
                             names[i], d, fields[i], MOST);
    for (int i = 0; i < 2; i++)
        if (desc->pad[d][i] > (ptrdiff_t)MOST || desc->pad[d][i] < -(ptrdiff_t)MOST)
            return conv_fail(CONV_ERR_OVERFLOW, "pad[%d][%d] is %td, must be -%zu..%zu", d, i,
                             desc->pad[d][i], MOST, MOST);
    return CONV_OK;
}

/* Fields that another rule than EXPLICIT, or a layer that is not transposed, does not have. */
static conv_status check_unread(const conv_layer_desc *desc, int d) {
    static const char *const names[] = {"EXPLICIT", "VALID", "SAME", "CAUSAL"};
    bool is_explicit = desc->padding == CONV_PADDING_EXPLICIT;
    if (!is_explicit && (desc->pad[d][0] != 0 || desc->pad[d][1] != 0))
        return conv_fail(CONV_ERR_EXTENT,
                         "pad[%d] is {%td, %td}, must be {0, 0} with padding %s, which has its own",
                         d, desc->pad[d][0], desc->pad[d][1], names[desc->padding]);
    if (desc->output_pad[d] == 0)
        return CONV_OK;
    if (!desc->transposed)
        return conv_fail(CONV_ERR_EXTENT,
                         "output_pad[%d] is %zu, must be 0 in a layer that is not transposed", d,
                         desc->output_pad[d]);
    if (!is_explicit)
        return conv_fail(CONV_ERR_EXTENT,
                         "output_pad[%d] is %zu, must be 0 with padding %s; EXPLICIT takes it", d,
                         desc->output_pad[d], names[desc->padding]);
    size_t limit = conv_max(desc->stride[d], desc->dilation[d]);
    if (desc->output_pad[d] >= limit)
        return conv_fail(CONV_ERR_EXTENT,
                         "output_pad[%d] is %zu, must be less than stride %zu or dilation %zu", d,
                         desc->output_pad[d], desc->stride[d], desc->dilation[d]);
    return CONV_OK;
}

static conv_status plain_axis(conv_layer_axis *axis, const conv_layer_desc *desc, int d,
                              ptrdiff_t reach) {
    ptrdiff_t n = (ptrdiff_t)axis->x, s = (ptrdiff_t)axis->stride, padded = n;
    switch (desc->padding) {
    case CONV_PADDING_EXPLICIT:
        axis->before = desc->pad[d][0];
        padded = n + desc->pad[d][0] + desc->pad[d][1];
        break;
    case CONV_PADDING_VALID:
        break;
    case CONV_PADDING_CAUSAL:
        axis->before = reach - 1;
        padded = n + reach - 1;
        break;
    case CONV_PADDING_SAME: {
        ptrdiff_t count = (n + s - 1) / s, missing = (count - 1) * s + reach - n;
        axis->before = missing > 0 ? missing / 2 : 0;
        axis->y = (size_t)count;
        return CONV_OK;
    }
    }
    if (padded < reach)
        return conv_fail(CONV_ERR_EXTENT,
                         "axis %d: input %td with padding %td is shorter than the kernel's reach "
                         "%td (kernel %zu, dilation %zu)",
                         d, n, padded - n, reach, axis->kernel, axis->dilation);
    axis->y = (size_t)((padded - reach) / s) + 1;
    return CONV_OK;
}

static conv_status transposed_axis(conv_layer_axis *axis, const conv_layer_desc *desc, int d,
                                   ptrdiff_t reach) {
    ptrdiff_t n = (ptrdiff_t)axis->x, s = (ptrdiff_t)axis->stride, spread, count = 0;
    if (__builtin_mul_overflow(n - 1, s, &spread) || spread > (ptrdiff_t)MOST * 4)
        return conv_fail(CONV_ERR_OVERFLOW, "axis %d: input %td with stride %td is too large", d, n,
                         s);
    switch (desc->padding) {
    case CONV_PADDING_EXPLICIT: {
        ptrdiff_t cut = desc->pad[d][0] + desc->pad[d][1], more = (ptrdiff_t)desc->output_pad[d];
        axis->before = desc->pad[d][0];
        count = spread + reach - cut + more;
        if (count < 1)
            return conv_fail(CONV_ERR_EXTENT,
                             "axis %d: (input %td - 1) * stride %td + reach %td - padding %td + "
                             "output_pad %td = %td, must be at least 1",
                             d, n, s, reach, cut, more, count);
        break;
    }
    case CONV_PADDING_VALID:
        count = spread + (reach > s ? reach : s);
        break;
    case CONV_PADDING_SAME:
        axis->before = reach > s ? (reach - s) / 2 : 0;
        count = n * s;
        break;
    case CONV_PADDING_CAUSAL:
        return conv_fail(CONV_ERR_EXTENT,
                         "padding is CAUSAL, which a transposed layer does not have; EXPLICIT "
                         "{0, %td} (reach - stride) looks back only",
                         reach - s);
    }
    axis->y = (size_t)count;
    return CONV_OK;
}

conv_status conv_layer_axis_init(conv_layer_axis *axis, const conv_layer_desc *desc, int d) {
    size_t reach = 0;
    conv_status status = check_sizes(desc, d, &reach);
    if (status == CONV_OK)
        status = check_unread(desc, d);
    if (status != CONV_OK)
        return status;
    *axis = (conv_layer_axis){.kernel = desc->kernel[d],
                              .stride = desc->stride[d],
                              .dilation = desc->dilation[d],
                              .x = desc->shape[d]};
    return desc->transposed ? transposed_axis(axis, desc, d, (ptrdiff_t)reach)
                            : plain_axis(axis, desc, d, (ptrdiff_t)reach);
}
