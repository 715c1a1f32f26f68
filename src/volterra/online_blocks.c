/* What is done where blocks of an online convolution end. */
#include <string.h>

#include "base/memory.h"
#include "volterra/online.h"

/* The count after `count` at which there is something to carry. */
static size_t next_due(const conv_online *online, size_t count) {
    size_t due = count - count % LEAF + LEAF, last = online->m - 1;
    return online->trapezoid && count < last && last < due ? last : due;
}

void conv_online_aim(conv_online *online) {
    size_t size = online->elements->size, count = online->count, in_leaf = count % LEAF;
    size_t leaf = count - in_leaf;
    online->feed.pending = online->pending + (leaf & (online->block - 1)) * size;
    online->feed.kept = conv_online_sample(online, leaf);
    online->feed.recent = online->recent + LEAF * size;
    online->feed.taps = online->taps;
    online->feed.most = conv_min(LEAF, online->m);
    online->feed.next = in_leaf;
    online->due = next_due(online, count);
}

/* The leaf that has ended, under outputs first..end-1 after it, where the kernel ends among them:
 * what is no tap is absent, not 0. */
static void add_ragged(const conv_online *online, char *y, size_t first, size_t end) {
    const conv_element_kernels *elements = online->elements;
    size_t size = elements->size;
    for (size_t q = 0; q < LEAF && q + 1 + first < online->m; q++) {
        size_t taps = online->m - 1 - q;
        elements->add_products(y + first * size, online->recent + q * size,
                               online->taps + (q + 1 + first) * size, conv_min(taps, end) - first);
    }
}

/* The samples of the leaf that has ended, latest first, slide over the taps as taps do over
 * samples: outputs up to the end of the block, or of all taps. */
static void slide_leaf(const conv_online *online) {
    size_t size = online->elements->size, at = online->count & (online->block - 1), m = online->m;
    size_t end = online->levels ? DIRECT - online->count % DIRECT : m - 1;
    size_t whole = conv_min(end, m > LEAF ? m - LEAF : 0); /* outputs under all of the leaf */
    char *y = online->pending + at * size;
    if (whole)
        online->slides->slide(online->taps + size, online->recent, LEAF, y, whole, true);
    if (whole < end)
        add_ragged(online, y, whole, end);
}

/* Without levels: what the leaves reached behind their block. */
static void next_block(conv_online *online) {
    size_t bytes = online->block * online->elements->size;
    memcpy(online->pending, online->pending + bytes, bytes);
    memset(online->pending + bytes, 0, bytes);
}

/* The spectrum of the block that has ended, times that of the taps to the next, and so with those
 * before it -> y. */
static void transform_block(const conv_online *online, const online_level *level, size_t distances,
                            char *y) {
    const void *signals[RADIX], *kernels[RADIX];
    size_t block = level->block, index = online->count / block;
    for (size_t d = 1; d <= distances; d++) {
        signals[d - 1] = level->signals + (index - d) % level->cycle * level->spectrum;
        kernels[d - 1] = level->kernels + (d - 1) * level->spectrum;
    }
    conv_tile tile = {.in = conv_online_sample(online, online->count - block),
                      .in_extent = {block},
                      .in_stride = {1},
                      .out = y,
                      .out_first = {block},
                      .out_count = {block},
                      .out_stride = {1}};
    void *newest = level->signals + (index - 1) % level->cycle * level->spectrum;
    conv_transform_forward(level->transform, &tile, newest, online->scratch, 1);
    conv_transform_multiply(level->transform, signals, kernels, distances, online->sum, false);
    conv_transform_inverse(level->transform, &tile, online->sum, online->scratch, 1);
}

/* The largest block that has ended: all shorter ones begin anew, and have nothing to add. */
static void run_level(conv_online *online) {
    int i = 0;
    size_t count = online->count, at = count & (online->block - 1);
    while (i + 1 < online->levels && count % (online->level[i].block * online->radix) == 0)
        i++;
    const online_level *level = &online->level[i];
    size_t index = count / level->block;
    size_t distances =
        conv_min(i + 1 < online->levels ? index % online->radix : index, level->distances);
    if (online->componentwise) {
        conv_online_run_sums(online, level, distances,
                             online->pending + at * online->elements->size, at != 0);
        return;
    }
    /* The outputs of a new block of the last level have nothing in them yet. */
    char *y = at ? online->result : online->pending;
    transform_block(online, level, distances, y);
    conv_online_mend(online, level, distances, y);
    if (at)
        conv_online_add(online, y, online->pending + at * online->elements->size, level->block);
}

void conv_online_carry(conv_online *online) {
    size_t count = online->count, at = count & (online->block - 1);
    if (online->levels && count % DIRECT == 0) {
        run_level(online);
    } else if (count % LEAF == 0) {
        if (at == 0)
            next_block(online);
        if (online->m > 1)
            slide_leaf(online);
    }
    /* The output at which the first sample meets the last tap: both are ends of the overlap, but of
     * one term, which counts half and not a quarter. Half of it comes with the others. */
    if (online->trapezoid && count == online->m - 1)
        online->elements->add_product(online->pending + at * online->elements->size, online->first,
                                      online->taps + (online->m - 1) * online->elements->size);
    conv_online_aim(online);
}
