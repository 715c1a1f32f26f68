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
