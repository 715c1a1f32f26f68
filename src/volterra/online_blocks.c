/* The blocks of an online convolution (Hairer, Lubich and Schlichte, Fast numerical solution of
 * nonlinear Volterra convolution equations, 1985).
 *
 * Of two indices i < k the highest binary digit in which they differ is 1 in k: so there is one
 * power of two B and one p, an odd multiple of B, with i in [p-B, p) and k in [p, p+B). All
 * products of samples i with outputs k of such a pair of blocks are summed at once, when sample p
 * is about to be taken: by then the block before p is complete, and no output of the next has been
 * asked for. They need the taps 1..2B-1. Pairs less than LEAF apart are summed sample by sample.
 * From the block that is as long as the kernel on, nothing reaches beyond the next block, so this
 * one stands for all larger ones, and what lies before it can be forgotten. */
#include "volterra/online.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"

/* Tap 1, and as many after it as the level's blocks meet; the outputs begin at p. */
static conv_status make_plan(conv_online *online, size_t block, online_level *level) {
    size_t reach = online->m - 1, taps = conv_min(2 * block - 1, reach);
    conv_desc desc;
    level->samples = level->outputs = conv_min(block, reach);
    conv_desc_init(&desc, online->dtype, 1, &level->samples, &taps, CONV_WINDOW);
    desc.window_start[0] = (ptrdiff_t)level->samples - 1;
    desc.window_count[0] = level->outputs;
    return conv_plan_create(&level->plan, &desc, online->taps + online->elements->size);
}

conv_status conv_online_make_levels(conv_online *online) {
    size_t size = online->elements->size, bytes = 0;
    if (online->m == 1)
        return CONV_OK;
    for (size_t block = LEAF; block <= online->block; block *= 2) {
        online_level *level = &online->level[online->levels++];
        /* A sliding sum reads all 2B-1 taps, and what is no tap is absent, not 0. */
        level->samples = level->outputs = block;
        if (block <= SLIDE_BLOCK && 2 * block <= online->m)
            continue;
        conv_status status = make_plan(online, block, level);
        if (status != CONV_OK)
            return status;
        bytes = conv_max(bytes, conv_plan_workspace_size(level->plan));
    }
    online->result = conv_allocate(online->block * size);
    online->workspace = conv_allocate(bytes);
    if (!online->result || !online->workspace)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a workspace of %zu bytes", bytes);
    return CONV_OK;
}

void conv_online_drop_levels(conv_online *online) {
    for (int i = 0; i < online->levels; i++)
        conv_plan_destroy(online->level[i].plan);
    conv_free(online->result);
    conv_free(online->workspace);
}

size_t conv_online_next_due(const conv_online *online, size_t count) {
    size_t due = count - count % LEAF + LEAF, last = online->m - 1;
    return online->trapezoid && count < last && last < due ? last : due;
}

/* The sum over q of sample p-1-q under tap q+1+i, for output p+i: the samples slide over the taps
 * as taps do over samples. */
static void slide_block(conv_online *online, const online_level *level, size_t at) {
    size_t size = online->elements->size, window = online->count % SLIDE_BLOCK;
    const char *latest = online->recent + (window ? SLIDE_BLOCK - window : 0) * size;
    online->slides->slide(online->taps + size, latest, level->samples, online->pending + at * size,
                          level->outputs, true);
}

/* y += x, where a vector is as wide as it can be: a sum with the one tap 1. Of reals, because
 * (1 + 0i) times an Inf has a NaN in it. */
static void add_result(conv_online *online, char *y, size_t count) {
    static const double one = 1;
    static const float one_float = 1;
    bool is_double = conv_dtype_is_double(online->dtype);
    size_t reals = conv_dtype_is_complex(online->dtype) ? 2 * count : count;
    online->real_slides->slide(online->result, is_double ? (const void *)&one : &one_float, 1, y,
                               reals, true);
}

/* The level's block has ended at index `at` of the largest block; 0: so has that. */
static void run_level(conv_online *online, const online_level *level, size_t at) {
    size_t size = online->elements->size, end = at ? at : online->block;
    const char *signal = online->signal + (end - level->samples) * size;
    char *y = online->pending + at * size;
    if (!level->plan) {
        slide_block(online, level, at);
        return;
    }
    /* The outputs of a new largest block have nothing in them yet. Neither call can fail: the
     * arguments are ours, and so is the workspace. */
    if (at == 0) {
        (void)conv_plan_execute(level->plan, signal, y, online->workspace);
        memset(y + level->outputs * size, 0, (online->block - level->outputs) * size);
        return;
    }
    (void)conv_plan_execute(level->plan, signal, online->result, online->workspace);
    add_result(online, y, level->outputs);
}

void conv_online_carry(conv_online *online) {
    size_t count = online->count, at = count & (online->block - 1);
    size_t size = online->elements->size;
    if (count % LEAF == 0 && online->levels > 0) {
        int i = 0;
        while (i + 1 < online->levels && count % ((size_t)LEAF << (i + 1)) == 0)
            i++;
        run_level(online, &online->level[i], at);
    } else if (at == 0) {
        memset(online->pending, 0, online->block * size);
    }
    /* The output at which the first sample meets the last tap: both are ends of the overlap, but of
     * one term, which counts half and not a quarter. Half of it comes with the others. */
    if (online->trapezoid && count == online->m - 1)
        online->elements->add_product(online->pending + at * size, online->first,
                                      online->taps + (online->m - 1) * size);
    online->due = conv_online_next_due(online, count);
}
