/* Parts of one allocation, one behind the other, each aligned. */
#ifndef CONV_BASE_LAYOUT_H
#define CONV_BASE_LAYOUT_H

#include "base/memory.h"

typedef struct {
    size_t used;
    bool fits; /* true at first; false from the first size that overflows on */
} conv_layout;

/* Where a part of count * size bytes begins. */
static inline size_t conv_layout_place(conv_layout *layout, size_t count, size_t size) {
    size_t at = layout->used, bytes = 0;
    layout->fits = layout->fits && conv_multiply(count, size, &bytes) &&
                   conv_add(at, bytes, &layout->used) && layout->used < CONV_MAX_BYTES / 2;
    layout->used = layout->fits ? conv_aligned_size(layout->used) : at;
    return at;
}

#endif
