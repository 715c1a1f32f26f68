/* Levels of an online convolution that keeps a tolerance relative to (|x|*|h|)_k. A transform's
 * error is about the same at all outputs of a block, so here blocks meet by sums: of short ones in
 * the data's type, latest samples first, all distances at once. Where transforms of tilted data may
 * pay, or sums in the data's type are not exact enough, a plan for every distance keeps the
 * tolerance for its own share of (|x|*|h|)_k, and so do all shares together. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "methods/rounding.h"
#include "volterra/online.h"

/* Blocks from here on are plans: below, sums take less than what tilting alone does. */
#define TILTED_BLOCK 4096

/* Relative to (|x|*|h|)_k, of all roundings but those of a level's own sums. */
static double common_bound(const conv_online *online) {
    return (ROUNDINGS + LEVELS) * conv_unit(online->dtype);
}

static bool takes_plans(const conv_online *online, const online_level *level) {
    double terms = (double)(level->distances * level->block);
    if (online->value == 0)
        return false;
    if (conv_dtype_is_complex(online->dtype))
        return 1.4143 * (2 * terms + 2) * conv_unit(online->dtype) + common_bound(online) >
               online->value;
    return level->block >= TILTED_BLOCK ||
           terms * conv_unit(online->dtype) + common_bound(online) > online->value;
}

/* Output k of a block is output block + k of the convolution of one before it and the taps. */
static conv_status make_plan(const conv_online *online, const online_level *level, size_t d,
                             char *kernel, conv_plan **plan) {
    conv_desc desc;
    size_t taps = conv_online_load_taps(online, level, d, false, kernel);
    conv_desc_init(&desc, online->dtype, 1, &level->block, &taps, CONV_WINDOW);
    desc.window_start[0] = (ptrdiff_t)level->block;
    desc.window_count[0] = level->block;
    desc.tolerance.kind = CONV_TOLERANCE_COMPONENTWISE;
    desc.tolerance.value = online->value - common_bound(online);
    return conv_plan_create(plan, &desc, kernel);
}

conv_status conv_online_make_sums(conv_online *online, online_level *level, size_t *workspace) {
    if (!takes_plans(online, level))
        return CONV_OK;
    size_t bytes = level->distances * sizeof *level->plans;
    char *kernel = conv_allocate(2 * level->block * online->elements->size);
    conv_status status = CONV_OK;
    level->plans = conv_allocate(bytes);
    if (level->plans)
        memset(level->plans, 0, bytes);
    if (!kernel || !level->plans)
        status = conv_fail(CONV_ERR_MEMORY, "no memory for a kernel of %zu samples", online->m);
    for (size_t d = 1; d <= level->distances && status == CONV_OK; d++) {
        conv_plan **plan = &level->plans[d - 1];
        status = make_plan(online, level, d, kernel, plan);
        if (status == CONV_OK)
            *workspace = conv_max(*workspace, conv_plan_workspace_size(*plan));
    }
    conv_free(kernel);
    return status;
}

static void run_plans(const conv_online *online, const online_level *level, size_t distances,
                      char *y, bool adds) {
    for (size_t d = 1; d <= distances; d++, adds = true) {
        const char *samples = conv_online_sample(online, online->count - d * level->block);
        /* Arguments are right, and with a workspace nothing else fails. */
        (void)conv_plan_execute(level->plans[d - 1], samples, adds ? online->result : y,
                                online->scratch);
        if (adds)
            conv_online_add(online, online->result, y, level->block);
    }
}

/* Under zeros behind the last tap, which finite samples do not notice; others meet taps alone. */
static void add_sums(const conv_online *online, const online_level *level, size_t distances,
                     char *y, bool adds) {
    const conv_element_kernels *elements = online->elements;
    size_t size = elements->size, block = level->block, m = online->m;
    size_t samples = conv_min(distances * block, m - 1), whole = samples;
    for (size_t d = 1; d <= distances; d++)
        elements->reverse_taps(online->reversed + (d - 1) * block * size,
                               conv_online_sample(online, online->count - d * block), block, 1,
                               false);
    if (!elements->is_finite(online->reversed, samples))
        whole = conv_min(samples, m > block ? m - block : 0);
    if (whole)
        online->slides->slide(online->taps + size, online->reversed, whole, y, block, adds);
    else if (!adds)
        memset(y, 0, block * size);
    for (size_t q = whole; q < samples; q++)
        elements->add_products(y, online->reversed + q * size, online->taps + (q + 1) * size,
                               conv_min(block, m - 1 - q));
}

void conv_online_run_sums(const conv_online *online, const online_level *level, size_t distances,
                          char *y, bool adds) {
    if (level->plans)
        run_plans(online, level, distances, y, adds);
    else
        add_sums(online, level, distances, y, adds);
}
