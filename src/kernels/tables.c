/* The tables of the sliding sums: every pair of element types at every instruction-set level. */
#include "kernels/kernels.h"

typedef const conv_slide_kernels table;

extern table conv_slide_table_f32_baseline, conv_slide_table_f64_baseline,
    conv_slide_table_c32_baseline, conv_slide_table_c64_baseline, conv_slide_table_c32r_baseline,
    conv_slide_table_c64r_baseline;

static table *const baseline[CONV_LEAF_TYPES] = {
    [CONV_LEAF_F32] = &conv_slide_table_f32_baseline,
    [CONV_LEAF_F64] = &conv_slide_table_f64_baseline,
    [CONV_LEAF_C32] = &conv_slide_table_c32_baseline,
    [CONV_LEAF_C64] = &conv_slide_table_c64_baseline,
    [CONV_LEAF_C32R] = &conv_slide_table_c32r_baseline,
    [CONV_LEAF_C64R] = &conv_slide_table_c64r_baseline,
};

#ifdef CONV_HAVE_X86_LEVELS
extern table conv_slide_table_f32_v3, conv_slide_table_f64_v3, conv_slide_table_c32_v3,
    conv_slide_table_c64_v3, conv_slide_table_c32r_v3, conv_slide_table_c64r_v3;
extern table conv_slide_table_f32_v4, conv_slide_table_f64_v4, conv_slide_table_c32_v4,
    conv_slide_table_c64_v4, conv_slide_table_c32r_v4, conv_slide_table_c64r_v4;

static table *const v3[CONV_LEAF_TYPES] = {
    [CONV_LEAF_F32] = &conv_slide_table_f32_v3,   [CONV_LEAF_F64] = &conv_slide_table_f64_v3,
    [CONV_LEAF_C32] = &conv_slide_table_c32_v3,   [CONV_LEAF_C64] = &conv_slide_table_c64_v3,
    [CONV_LEAF_C32R] = &conv_slide_table_c32r_v3, [CONV_LEAF_C64R] = &conv_slide_table_c64r_v3,
};

static table *const v4[CONV_LEAF_TYPES] = {
    [CONV_LEAF_F32] = &conv_slide_table_f32_v4,   [CONV_LEAF_F64] = &conv_slide_table_f64_v4,
    [CONV_LEAF_C32] = &conv_slide_table_c32_v4,   [CONV_LEAF_C64] = &conv_slide_table_c64_v4,
    [CONV_LEAF_C32R] = &conv_slide_table_c32r_v4, [CONV_LEAF_C64R] = &conv_slide_table_c64r_v4,
};
#endif

const conv_slide_kernels *conv_slide_table(conv_leaf_type type, conv_level level) {
#ifdef CONV_HAVE_X86_LEVELS
    if (level != CONV_LEVEL_BASELINE)
        return level == CONV_LEVEL_V4 ? v4[type] : v3[type];
#endif
    (void)level;
    return baseline[type];
}
