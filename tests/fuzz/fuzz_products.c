/* fuzz_products.c - product integration: every number that a kernel's description can hold; the
 * weights that impulses give are one row, and any signal's result is the sum with them. */
#include "fuzz.h"

#include <conv.h>
#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST = 64, POINTS = 3 };

typedef struct function {
    int kind;
    double a, b;
    unsigned long calls;
} function;

static double any_function(double t, void *context) {
    function *const f = context;
    f->calls++;
    switch (f->kind) {
    case 0:
        return exp(-f->a * t);
    case 1:
        return f->a + f->b * t;
    case 2:
        return t < f->a ? 1.0 : -f->b;
    case 3:
        return pow(t, -0.5 + fmod(fabs(f->a), 2.0));
    case 4:
        return f->a; /* may be NaN or Inf */
    default:
        return cos(f->a * t);
    }
}

static double hostile_or_small(fuzz_input *in) {
    return fuzz_one_in(in, 4) ? fuzz_bits(in) : fuzz_real(in, 8, true);
}

/* y of the impulse at sample `at`. */
static void impulse(const conv_product *product, size_t n, size_t at, double *y) {
    double f[MOST] = {0};
    f[at] = 1.0;
    if (conv_product_execute(product, f, y) != CONV_OK) {
        fuzz_fail("%s", conv_last_error());
    }
    for (size_t k = 0; k < at && k < n; k++) {
        if (y[k] != 0.0) {
            fuzz_fail("output %zu sees sample %zu: %g", k, at, y[k]);
        }
    }
}

/* y_k = w_k f_0 + sum_{j=1..k} v_{k-j} f_j, w and v by impulses at 0 and 1, each right to a
 * transform's bound, u (log2(N) + 2) times the norms, N = 2 MOST, with a safety of 4. */
static void check_linear(const conv_product *product, size_t n, const double *f) {
    double first[MOST], second[MOST] = {0}, y[MOST];
    impulse(product, n, 0, first);
    if (n > 1) {
        impulse(product, n, 1, second);
    }
    if (conv_product_execute(product, f, y) != CONV_OK) {
        fuzz_fail("%s", conv_last_error());
    }
    long double samples = 0.0L, weights = 0.0L;
    for (size_t k = 0; k < n; k++) {
        samples += (long double)f[k] * f[k];
        weights += (long double)first[k] * first[k] + (long double)second[k] * second[k];
    }
    const long double allowed =
        4.0L * 9.0L * (long double)n * 0x1p-53L * sqrtl(samples) * sqrtl(weights) + 0x1p-1060L;
    for (size_t k = 0; k < n; k++) {
        long double sum = (long double)first[k] * f[0];
        for (size_t j = 1; j <= k; j++) {
            sum += (long double)second[k - j + 1] * f[j];
        }
        if (isfinite(weights) && sqrtl(samples) * sqrtl(weights) < 0x1p1000L &&
            !(fabsl((long double)y[k] - sum) <= allowed)) {
            fuzz_fail("output %zu is %.17g, must be %.17Lg, allowed %Lg", k, y[k], sum, allowed);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    fuzz_input in = {bytes, size};
    double points[POINTS];
    function context = {(int)fuzz_below(&in, 6), 0.0, 0.0, 0};
    conv_product_kernel kernel;
    conv_product *product = (conv_product *)(uintptr_t)8;
    memset(&kernel, 0, sizeof kernel);
    kernel.kind = (conv_product_kind)fuzz_below(&in, 4);
    kernel.alpha = hostile_or_small(&in);
    kernel.scale = hostile_or_small(&in);
    context.a = hostile_or_small(&in);
    context.b = hostile_or_small(&in);
    kernel.first = kernel.second = kernel.function = any_function;
    kernel.context = &context;
    kernel.points = points;
    kernel.point_count = fuzz_below(&in, POINTS + 1);
    for (size_t i = 0; i < POINTS; i++) {
        points[i] = hostile_or_small(&in);
    }
    const bool huge = fuzz_one_in(&in, 16);
    const size_t n = huge ? SIZE_MAX / 4 + fuzz_hostile_size(&in) : fuzz_from(&in, 1, MOST);
    const double dx = hostile_or_small(&in);
    if (huge && n < SIZE_MAX / 64) {
        return 0;
    }
    const conv_status status = conv_product_create(&product, CONV_F64, n, dx, &kernel);
    if (status != CONV_OK) {
        if (product != NULL || conv_last_error()[0] == '\0') {
            fuzz_fail("status %d, object %p", (int)status, (void *)product);
        }
        return 0;
    }
    double f[MOST];
    for (size_t i = 0; i < n && i < MOST; i++) {
        f[i] = fuzz_real(&in, 100, false);
    }
    check_linear(product, n, f);
    conv_product_destroy(product);
    return 0;
}
