/* The bytes of an array, and whether two arrays meet. */
#ifndef CONV_BASE_SPAN_H
#define CONV_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    ptrdiff_t low, high; /* bytes from the caller's pointer: every element lies in [low, high) */
} conv_span;

static inline bool conv_spans_overlap(const void *a, conv_span a_span, const void *b,
                                      conv_span b_span) {
    uintptr_t a_low = (uintptr_t)a + (uintptr_t)a_span.low;
    uintptr_t a_high = (uintptr_t)a + (uintptr_t)a_span.high;
    uintptr_t b_low = (uintptr_t)b + (uintptr_t)b_span.low;
    uintptr_t b_high = (uintptr_t)b + (uintptr_t)b_span.high;
    return a_low < b_high && b_low < a_high;
}

#endif
