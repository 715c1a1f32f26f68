#include "base/elements.h"

#include <string.h>

#include "base/cpu.h"

extern const conv_element_kernels conv_elements_f32_baseline, conv_elements_f64_baseline,
    conv_elements_c32_baseline, conv_elements_c64_baseline, conv_elements_c32r_baseline,
    conv_elements_c64r_baseline;
#ifdef CONV_HAVE_X86_LEVELS
extern const conv_element_kernels conv_elements_f32_v3, conv_elements_f64_v3, conv_elements_c32_v3,
    conv_elements_c64_v3, conv_elements_c32r_v3, conv_elements_c64r_v3;
extern const conv_element_kernels conv_elements_f32_v4, conv_elements_f64_v4, conv_elements_c32_v4,
    conv_elements_c64_v4, conv_elements_c32r_v4, conv_elements_c64r_v4;
#endif

static const conv_element_kernels *const tables[][CONV_LEAF_TYPES] = {
    [CONV_LEVEL_BASELINE] =
        {
            [CONV_LEAF_F32] = &conv_elements_f32_baseline,
            [CONV_LEAF_F64] = &conv_elements_f64_baseline,
            [CONV_LEAF_C32] = &conv_elements_c32_baseline,
            [CONV_LEAF_C64] = &conv_elements_c64_baseline,
            [CONV_LEAF_C32R] = &conv_elements_c32r_baseline,
            [CONV_LEAF_C64R] = &conv_elements_c64r_baseline,
        },
#ifdef CONV_HAVE_X86_LEVELS
    [CONV_LEVEL_V3] =
        {
            [CONV_LEAF_F32] = &conv_elements_f32_v3,
            [CONV_LEAF_F64] = &conv_elements_f64_v3,
            [CONV_LEAF_C32] = &conv_elements_c32_v3,
            [CONV_LEAF_C64] = &conv_elements_c64_v3,
            [CONV_LEAF_C32R] = &conv_elements_c32r_v3,
            [CONV_LEAF_C64R] = &conv_elements_c64r_v3,
        },
    [CONV_LEVEL_V4] =
        {
            [CONV_LEAF_F32] = &conv_elements_f32_v4,
            [CONV_LEAF_F64] = &conv_elements_f64_v4,
            [CONV_LEAF_C32] = &conv_elements_c32_v4,
            [CONV_LEAF_C64] = &conv_elements_c64_v4,
            [CONV_LEAF_C32R] = &conv_elements_c32r_v4,
            [CONV_LEAF_C64R] = &conv_elements_c64r_v4,
        },
#endif
};

/* The processor's level, whatever a plan's is: these loops give the same bits at any. */
const conv_element_kernels *conv_element_table(conv_leaf_type type) {
    return tables[conv_cpu_level()][type];
}

void conv_copy_row(void *to, ptrdiff_t to_stride, const void *from, ptrdiff_t from_stride,
                   size_t count, size_t size) {
    char *target = to;
    const char *source = from;
    if (to_stride == 1 && from_stride == 1) {
        memcpy(target, source, count * size);
        return;
    }
    ptrdiff_t to_step = to_stride * (ptrdiff_t)size, from_step = from_stride * (ptrdiff_t)size;
    /* A constant size lets the compiler turn each memcpy into one move. */
    switch (size) {
    case 4:
        for (size_t i = 0; i < count; i++, target += to_step, source += from_step)
            memcpy(target, source, 4);
        break;
    case 8:
        for (size_t i = 0; i < count; i++, target += to_step, source += from_step)
            memcpy(target, source, 8);
        break;
    default:
        for (size_t i = 0; i < count; i++, target += to_step, source += from_step)
            memcpy(target, source, 16);
        break;
    }
}
