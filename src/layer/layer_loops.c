#include "layer/layer_loops.h"

extern const conv_layer_loops conv_layer_table_f32_baseline, conv_layer_table_f64_baseline;
#ifdef CONV_HAVE_X86_LEVELS
extern const conv_layer_loops conv_layer_table_f32_v3, conv_layer_table_f64_v3;
extern const conv_layer_loops conv_layer_table_f32_v4, conv_layer_table_f64_v4;
#endif

static const conv_layer_loops *const tables[][2] = {
    [CONV_LEVEL_BASELINE] = {&conv_layer_table_f32_baseline, &conv_layer_table_f64_baseline},
#ifdef CONV_HAVE_X86_LEVELS
    [CONV_LEVEL_V3] = {&conv_layer_table_f32_v3, &conv_layer_table_f64_v3},
    [CONV_LEVEL_V4] = {&conv_layer_table_f32_v4, &conv_layer_table_f64_v4},
#endif
};

const conv_layer_loops *conv_layer_loops_of(conv_dtype dtype, conv_level level) {
    return tables[level][dtype == CONV_F64];
}

void conv_layer_lines_inside(conv_layer_lines *lines, ptrdiff_t first, size_t inputs, int kernel) {
    ptrdiff_t low = first < 0 ? -first : 0, high = (ptrdiff_t)inputs - first;
    ptrdiff_t all = lines->lines + kernel - 1;
    lines->high = (int)(high < 0 ? 0 : high < all ? high : all);
    lines->low = low < lines->high ? (int)low : lines->high;
}
