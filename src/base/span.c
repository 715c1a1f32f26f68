#include "base/span.h"

#include <stdint.h>

bool conv_spans_overlap(const void *a, conv_span a_span, const void *b, conv_span b_span) {
    uintptr_t a_low = (uintptr_t)a + (uintptr_t)a_span.low;
    uintptr_t a_high = (uintptr_t)a + (uintptr_t)a_span.high;
    uintptr_t b_low = (uintptr_t)b + (uintptr_t)b_span.low;
    uintptr_t b_high = (uintptr_t)b + (uintptr_t)b_span.high;
    return a_low < b_high && b_low < a_high;
}
