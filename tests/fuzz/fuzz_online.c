/* fuzz_online.c - sums fed one sample at a time, against the definition in long double. */
#include "fuzz.h"

#include <conv.h>
#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST_TAPS = 300, MOST_SAMPLES = 400 };

typedef struct numbers {
    size_t count;
    double value[2 * MOST_SAMPLES]; /* re, im */
    union {
        float f32[2 * MOST_SAMPLES];
        double f64[2 * MOST_SAMPLES];
    } typed;
} numbers;

static bool is_single(conv_dtype dtype) {
    return dtype == CONV_F32 || dtype == CONV_C32;
}

static size_t parts_of(conv_dtype dtype) {
    return dtype == CONV_C32 || dtype == CONV_C64 ? 2 : 1;
}

static void draw(fuzz_input *in, numbers *a, conv_dtype dtype, size_t count, bool tiny, bool bad) {
    const bool single = is_single(dtype);
    const size_t parts = parts_of(dtype);
    const fuzz_numbers kinds = {single, single ? 45 : 450, tiny, bad};
    a->count = count;
    memset(a->value, 0, sizeof a->value);
    for (size_t i = 0; i < count * parts; i++) {
        double value = in->left > 0 ? fuzz_number(in, &kinds) : (double)(i * 7 % 11) - 5.0;
        if (single) {
            a->typed.f32[i] = (float)value;
            value = (double)a->typed.f32[i];
        } else {
            a->typed.f64[i] = value;
        }
        a->value[2 * (i / parts) + i % parts] = value;
    }
}

static const void *element(const numbers *a, conv_dtype dtype, size_t i) {
    const size_t at = i * parts_of(dtype);
    return is_single(dtype) ? (const void *)(a->typed.f32 + at) : (const void *)(a->typed.f64 + at);
}

static double norm(const numbers *a) {
    double sum = 0.0;
    for (size_t i = 0; i < 2 * a->count; i++) {
        sum = hypot(sum, isfinite(a->value[i]) ? a->value[i] : 0.0);
    }
    return sum;
}

/* Output k by the definition. */
static void define(const numbers *h, const numbers *f, conv_rule rule, double dx, size_t k,
                   long double y[2]) {
    const size_t last = k < h->count - 1 ? k : h->count - 1;
    y[0] = y[1] = 0.0L;
    for (size_t t = 0; t <= last; t++) {
        /* The overlap's two ends count half; an overlap of one sample is 0. */
        const bool end = rule == CONV_RULE_TRAPEZOID && (t == 0 || t == last);
        const double weight = end ? (k == 0 || last == 0 ? 0.0 : 0.5) : 1.0;
        const double *const a = h->value + 2 * t, *const b = f->value + 2 * (k - t);
        if (weight != 0.0) {
            y[0] += (long double)weight * ((long double)a[0] * b[0] - (long double)a[1] * b[1]);
            y[1] += (long double)weight * ((long double)a[0] * b[1] + (long double)a[1] * b[0]);
        }
    }
    y[0] *= rule == CONV_RULE_SUM ? 1.0L : dx;
    y[1] *= rule == CONV_RULE_SUM ? 1.0L : dx;
}

/* The bound of test_online: (66 + log2(m)^2) u |h|_2 |f|_2, and what is lost below the normal
 * numbers, a step for each product. */
static void check(const char *what, conv_dtype dtype, const void *got, const long double want[2],
                  double bound, size_t k) {
    for (size_t part = 0; part < parts_of(dtype); part++) {
        const double value =
            is_single(dtype) ? (double)((const float *)got)[part] : ((const double *)got)[part];
        const bool right = isfinite(want[part]) ? fabsl((long double)value - want[part]) <= bound
                           : isnan(want[part])  ? isnan(value)
                                                : (long double)value == want[part];
        if (!right) {
            fuzz_fail("%s %zu, part %zu: %.17g instead of %.17Lg, allowed %g", what, k, part, value,
                      want[part], bound);
        }
    }
}

static void hostile(fuzz_input *in) {
    static const double kernel[2 * MOST_TAPS];
    conv_online *online = (conv_online *)(uintptr_t)8;
    const size_t m = fuzz_hostile_size(in);
    const conv_rule rule = (conv_rule)((int)fuzz_below(in, 8) - 1);
    const conv_dtype dtype = (conv_dtype)((int)fuzz_below(in, 6) - 1);
    const double dx = fuzz_bits(in);
    if (m <= MOST_TAPS || m > SIZE_MAX / 64) {
        const conv_status status = conv_online_create(&online, dtype, kernel, m, rule, dx);
        if (status != CONV_OK && (online != NULL || conv_last_error()[0] == '\0')) {
            fuzz_fail("status %d, object %p", (int)status, (void *)online);
        }
        conv_online_destroy(online);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const conv_rule rules[] = {CONV_RULE_SUM, CONV_RULE_TRAPEZOID, CONV_RULE_RECTANGLE};
    static numbers h, f;
    fuzz_input in = {bytes, size};
    if (fuzz_one_in(&in, 8)) {
        hostile(&in);
        return 0;
    }
    const conv_dtype dtype = (conv_dtype)fuzz_below(&in, 4);
    const conv_rule rule = rules[fuzz_below(&in, 3)];
    const bool bad = fuzz_one_in(&in, 3);
    const double dx = 0.25 * (double)fuzz_from(&in, 1, 8);
    const size_t m = fuzz_one_in(&in, 3) ? fuzz_from(&in, 1, MOST_TAPS) : fuzz_from(&in, 1, 70);
    const size_t n = fuzz_one_in(&in, 3) ? fuzz_from(&in, 1, MOST_SAMPLES) : fuzz_from(&in, 1, 90);
    const size_t again = fuzz_one_in(&in, 4) ? fuzz_below(&in, n) : 0;
    const size_t asks = fuzz_byte(&in);
    conv_online *online = NULL;
    draw(&in, &h, dtype, m, false, bad);
    draw(&in, &f, dtype, n, false, bad);
    const double logs = log2((double)m + 1.0);
    const double unit = is_single(dtype) ? (double)FLT_EPSILON / 2 : DBL_EPSILON / 2;
    const double step = is_single(dtype) ? 0x1p-149 : 0x1p-1074;
    const double bound = (66.0 + logs * logs) * unit * norm(&h) * norm(&f) * fmax(dx, 1.0) +
                         4.0 * ((double)m + 4.0) * step;
    if (conv_online_create(&online, dtype, element(&h, dtype, 0), m, rule, dx) != CONV_OK) {
        fuzz_fail("%s", conv_last_error());
    }
    for (size_t k = 0; k < again; k++) { /* a stream that is given up */
        conv_online_push(online, element(&f, dtype, k), NULL);
    }
    if (again > 0) {
        conv_online_reset(online);
    }
    for (size_t k = 0; k < n; k++) {
        double y[2];
        long double want[2];
        if (asks % 3 == 1) {
            conv_online_history(online, y, NULL);
        }
        if (conv_online_push(online, element(&f, dtype, k), y) != CONV_OK) {
            fuzz_fail("%s", conv_last_error());
        }
        define(&h, &f, rule, dx, k, want);
        check("output", dtype, y, want, bound, k);
    }
    if (conv_online_count(online) != n) {
        fuzz_fail("count %zu after %zu", conv_online_count(online), n);
    }
    conv_online_destroy(online);
    return 0;
}
