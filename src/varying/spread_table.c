/* The tables of the leaf loops of images. */
#include "varying/spread_loops.h"

typedef const conv_spread_loops loops;

extern loops conv_spread_table_f32_baseline, conv_spread_table_f64_baseline;
#ifdef CONV_HAVE_X86_LEVELS
extern loops conv_spread_table_f32_v3, conv_spread_table_f64_v3;
extern loops conv_spread_table_f32_v4, conv_spread_table_f64_v4;
#endif

static loops *const tables[][2] = {
    [CONV_LEVEL_BASELINE] = {&conv_spread_table_f32_baseline, &conv_spread_table_f64_baseline},
#ifdef CONV_HAVE_X86_LEVELS
    [CONV_LEVEL_V3] = {&conv_spread_table_f32_v3, &conv_spread_table_f64_v3},
    [CONV_LEVEL_V4] = {&conv_spread_table_f32_v4, &conv_spread_table_f64_v4},
#endif
};

const conv_spread_loops *conv_spread_loops_for(bool is_double, conv_level level) {
    return tables[level][is_double];
}
