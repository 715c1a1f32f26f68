/* The bytes of an array, and whether two arrays meet. */
#ifndef CONV_BASE_SPAN_H
#define CONV_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    ptrdiff_t low, high; /* bytes from the caller's pointer: every element lies in [low, high) */
} conv_span;

bool conv_spans_overlap(const void *a, conv_span a_span, const void *b, conv_span b_span);

#endif
