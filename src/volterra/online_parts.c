/* What blocks, levels and sums share: the taps of a distance, and adding up results. */
#include <string.h>

#include "base/memory.h"
#include "volterra/online.h"

size_t conv_online_load_taps(const conv_online *online, const online_level *level, size_t d,
                             bool only_finite, char *kernel) {
    const conv_element_kernels *elements = online->elements;
    size_t size = elements->size, before = (d - 1) * level->block; /* the zero's place */
    size_t count = conv_min(2 * level->block, online->m - before);
    memcpy(kernel, online->taps + before * size, count * size);
    memset(kernel, 0, size);
    for (size_t i = 0; i < count && only_finite && !online->finite_taps; i++)
        if (!elements->taps_are_finite(kernel + i * size, 1))
            memset(kernel + i * size, 0, size);
    return count;
}

/* A sum with the one tap 1. Of reals, because (1 + 0i) times an Inf has a NaN in it. */
void conv_online_add(const conv_online *online, const char *x, char *y, size_t count) {
    static const double one = 1;
    static const float one_float = 1;
    bool is_double = conv_dtype_is_double(online->dtype);
    size_t reals = conv_dtype_is_complex(online->dtype) ? 2 * count : count;
    online->real_slides->slide(x, is_double ? (const void *)&one : &one_float, 1, y, reals, true);
}
