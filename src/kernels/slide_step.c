/* The sliding sum over samples a step apart, one output at a time. */
#include "kernels/slide_parts.h"

void FN(slide_step)(const void *x, const void *c, size_t taps, size_t step, void *y, size_t count,
                    bool accumulate) {
    for (size_t i = 0; i < count; i++)
        FN(slide)((const T *)x + i * step, c, taps, (T *)y + i, 1, accumulate);
}
