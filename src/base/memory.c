#include "base/memory.h"

#include <stdlib.h>

void *conv_allocate(size_t bytes) {
    if (bytes > CONV_MAX_BYTES - CONV_ALIGNMENT)
        return NULL;
    return aligned_alloc(CONV_ALIGNMENT, conv_aligned_size(bytes ? bytes : 1));
}

void conv_free(void *memory) {
    free(memory);
}
