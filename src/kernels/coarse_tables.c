/* The tables of the loops of coarse grids: both real types at every instruction-set level. */
#include "kernels/coarse.h"

typedef const conv_coarse_kernels table;

extern table conv_coarse_table_f32_baseline, conv_coarse_table_f64_baseline;
#ifdef CONV_HAVE_X86_LEVELS
extern table conv_coarse_table_f32_v3, conv_coarse_table_f64_v3, conv_coarse_table_f32_v4,
    conv_coarse_table_f64_v4;
#endif

const conv_coarse_kernels *conv_coarse_table(bool is_double, conv_level level) {
#ifdef CONV_HAVE_X86_LEVELS
    if (level == CONV_LEVEL_V4)
        return is_double ? &conv_coarse_table_f64_v4 : &conv_coarse_table_f32_v4;
    if (level == CONV_LEVEL_V3)
        return is_double ? &conv_coarse_table_f64_v3 : &conv_coarse_table_f32_v3;
#endif
    (void)level;
    return is_double ? &conv_coarse_table_f64_baseline : &conv_coarse_table_f32_baseline;
}
