/* Product integration: y_k = sum_{i=1..k} f_i hat_{k-i} + f_0 first_k. The samples from f_1 on are
 * an ordinary causal convolution, whose first output is y_1. */
#include <math.h>
#include <string.h>

#include "base/elements.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/span.h"
#include "base/status.h"
#include "volterra/product_weights.h"

struct conv_product {
    size_t n;
    const conv_element_kernels *elements; /* of samples and of real taps */
    conv_plan *plan;                      /* of n-1 samples; NULL where n is 1 */
    void *first;                          /* n-1 weights of f_0, from y_1 on */
};

static conv_status check(conv_product **product, conv_dtype dtype, size_t n, double dx,
                         const conv_product_kernel *kernel) {
    if (!product || !kernel)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !product ? "product" : "kernel");
    if ((int)dtype < 0 || (int)dtype > CONV_C64)
        return conv_fail(CONV_ERR_ENUM, "dtype is %d, must be 0..%d", (int)dtype, CONV_C64);
    if (n == 0)
        return conv_fail(CONV_ERR_EXTENT, "n is 0, must be at least 1");
    if (!isfinite(dx) || dx <= 0)
        return conv_fail(CONV_ERR_SPACING, "dx is %g, must be finite and positive", dx);
    if (!isfinite((double)n * dx))
        return conv_fail(CONV_ERR_SPACING, "dx is %g, too large for a grid of %zu points", dx, n);
    size_t bytes;
    if (!conv_multiply(n, 2 * sizeof(double), &bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "n is %zu, too large", n);
    return CONV_OK;
}

/* In place where weights are float: each lands before the next that is read. */
static void round_to_float(double *weights, size_t count) {
    char *out = (char *)weights;
    for (size_t i = 0; i < count; i++) {
        float rounded = (float)weights[i];
        memcpy(out + i * sizeof rounded, &rounded, sizeof rounded);
    }
}

/* The weights as the taps' type has them. n is 1: of the one panel that is never met, because the
 * kernel is checked there. */
static conv_status make_weights(conv_dtype dtype, size_t panels, double dx,
                                const conv_product_kernel *kernel, double *hat, double *first) {
    const conv_element_kernels *elements =
        conv_element_table((conv_leaf_type)conv_dtype_real(dtype));
    conv_status status = conv_product_weights(kernel, panels, dx, hat, first);
    if (status != CONV_OK)
        return status;
    if (!conv_dtype_is_double(dtype)) {
        round_to_float(hat, panels);
        round_to_float(first, panels);
    }
    if (!elements->taps_are_finite(hat, panels) || !elements->taps_are_finite(first, panels))
        return conv_fail(CONV_ERR_RANGE, "the kernel's integrals are too large for %s",
                         conv_dtype_name(conv_dtype_real(dtype)));
    return CONV_OK;
}

static conv_status make_plan(conv_product *product, conv_dtype dtype, const void *hat) {
    size_t samples = product->n - 1;
    conv_desc desc;
    if (samples == 0)
        return CONV_OK;
    conv_desc_init(&desc, dtype, 1, &samples, &samples, CONV_CAUSAL);
    desc.kernel_dtype = conv_dtype_real(dtype);
    return conv_plan_create(&product->plan, &desc, hat);
}

conv_status conv_product_create(conv_product **product, conv_dtype dtype, size_t n, double dx,
                                const conv_product_kernel *kernel) {
    CONV_KEEP_ERRNO;
    static const conv_leaf_type leaf[] = {CONV_LEAF_F32, CONV_LEAF_F64, CONV_LEAF_C32R,
                                          CONV_LEAF_C64R};
    if (product)
        *product = NULL;
    conv_status status = check(product, dtype, n, dx, kernel);
    if (status != CONV_OK)
        return status;
    size_t panels = n > 1 ? n - 1 : 1;
    double *hat = conv_allocate(panels * sizeof *hat), *first = NULL;
    conv_product *made = conv_allocate(sizeof *made);
    if (made) {
        *made = (conv_product){.n = n, .elements = conv_element_table(leaf[dtype])};
        made->first = first = conv_allocate(panels * sizeof *first);
    }
    if (!hat || !first)
        status = conv_fail(CONV_ERR_MEMORY, "no memory for the weights of %zu samples", n);
    if (status == CONV_OK)
        status = make_weights(dtype, panels, dx, kernel, hat, first);
    if (status == CONV_OK)
        status = make_plan(made, dtype, hat);
    conv_free(hat);
    if (status != CONV_OK) {
        conv_product_destroy(made);
        made = NULL;
    }
    *product = made;
    return status;
}

conv_status conv_product_execute(const conv_product *product, const void *f, void *y) {
    CONV_KEEP_ERRNO;
    if (!product || !f || !y)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !product ? "product" : !f ? "f" : "y");
    const conv_element_kernels *elements = product->elements;
    size_t size = elements->size, bytes = product->n * size;
    const char *samples = f;
    char *outputs = y;
    conv_span span = {0, (ptrdiff_t)bytes};
    if (conv_spans_overlap(f, span, y, span))
        return conv_fail(CONV_ERR_ALIAS, "y at %p overlaps f at %p", y, f);
    if (product->plan) {
        conv_status status = conv_plan_execute(product->plan, samples + size, outputs + size, NULL);
        if (status != CONV_OK)
            return status;
        elements->add_products(outputs + size, samples, product->first, product->n - 1);
    }
    memset(outputs, 0, size);
    return CONV_OK;
}

void conv_product_destroy(conv_product *product) {
    CONV_KEEP_ERRNO;
    if (!product)
        return;
    conv_plan_destroy(product->plan);
    conv_free(product->first);
    conv_free(product);
}
