/* The tables of the sliding sums: every element type at every instruction-set level. The leaf files
 * are compiled once per pair, so this file alone spells all their names. */
#include "kernels/kernels.h"

#define DECLARE(type, level)                                                                      \
    void conv_slide_##type##_##level(const void *x, const void *c, size_t taps, void *y,          \
                                     size_t count, bool accumulate);                              \
    void conv_slide_step_##type##_##level(const void *x, const void *c, size_t taps, size_t step, \
                                          void *y, size_t count, bool accumulate);                \
    void conv_slide_rows_##type##_##level(                                                        \
        const void *x, ptrdiff_t x_stride, const void *c, size_t c_rows, size_t c_cols, void *y,  \
        ptrdiff_t y_stride, size_t rows, size_t cols, bool accumulate);                           \
    void conv_slide_columns_##type##_##level(const void *x, ptrdiff_t x_stride, const void *c,    \
                                             size_t taps, void *y, ptrdiff_t y_stride,            \
                                             size_t rows, size_t cols, bool accumulate)

#define ENTRY(type, level)                                                        \
    {                                                                             \
        conv_slide_##type##_##level, conv_slide_step_##type##_##level,            \
            conv_slide_rows_##type##_##level, conv_slide_columns_##type##_##level \
    }

#ifdef CONV_HAVE_X86_LEVELS
#define DECLARE_LEVELS(type) \
    DECLARE(type, baseline); \
    DECLARE(type, v3);       \
    DECLARE(type, v4)
#define ENTRIES(type) \
    { ENTRY(type, baseline), ENTRY(type, v3), ENTRY(type, v4) }
#define BUILT_LEVELS CONV_LEVELS
#else
#define DECLARE_LEVELS(type) DECLARE(type, baseline)
#define ENTRIES(type) \
    { ENTRY(type, baseline) }
#define BUILT_LEVELS 1
#endif

DECLARE_LEVELS(f32);
DECLARE_LEVELS(f64);
DECLARE_LEVELS(c32);
DECLARE_LEVELS(c64);
DECLARE_LEVELS(c32r);
DECLARE_LEVELS(c64r);

static const conv_slide_kernels slide_tables[CONV_LEAF_TYPES][BUILT_LEVELS] = {
    [CONV_LEAF_F32] = ENTRIES(f32),   [CONV_LEAF_F64] = ENTRIES(f64),
    [CONV_LEAF_C32] = ENTRIES(c32),   [CONV_LEAF_C64] = ENTRIES(c64),
    [CONV_LEAF_C32R] = ENTRIES(c32r), [CONV_LEAF_C64R] = ENTRIES(c64r),
};

const conv_slide_kernels *conv_slide_table(conv_leaf_type type, conv_level level) {
    /* A build without the x86 levels has one level, whatever the caller asks for. */
    size_t built = (size_t)level < BUILT_LEVELS ? (size_t)level : 0;
    return &slide_tables[type][built];
}
