/* The tables of leaf loops. */
#include "varying/loops.h"

#include "base/memory.h"

typedef const conv_varying_loops table;

extern table conv_varying_loops_f32_baseline, conv_varying_loops_f64_baseline;
#ifdef CONV_HAVE_X86_LEVELS
extern table conv_varying_loops_f32_v3, conv_varying_loops_f64_v3;
extern table conv_varying_loops_f32_v4, conv_varying_loops_f64_v4;
#endif

static table *const tables[][2] = {
    [CONV_LEVEL_BASELINE] = {&conv_varying_loops_f32_baseline, &conv_varying_loops_f64_baseline},
#ifdef CONV_HAVE_X86_LEVELS
    [CONV_LEVEL_V3] = {&conv_varying_loops_f32_v3, &conv_varying_loops_f64_v3},
    [CONV_LEVEL_V4] = {&conv_varying_loops_f32_v4, &conv_varying_loops_f64_v4},
#endif
};

const conv_varying_loops *conv_varying_loops_for(bool is_double, conv_level level) {
    return tables[level][is_double];
}

/* States of sources outside the tile are computed again by its neighbour: few where the tile is as
 * long as they are many. */
size_t conv_gauss_tile(size_t most) {
    size_t tile = conv_max(512, 2 * most);
    return (tile + CONV_GROUP_PAD - 1) & ~(size_t)(CONV_GROUP_PAD - 1);
}

size_t conv_gauss_scratch(size_t outputs, size_t most) {
    return 9 * (outputs + 2 * most + CONV_GROUP_PAD);
}
