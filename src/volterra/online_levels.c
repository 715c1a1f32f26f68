/* Making the levels of an online convolution. */
#include <math.h>
#include <string.h>

#include "base/measure.h"
#include "base/memory.h"
#include "base/status.h"
#include "volterra/online.h"

/* Powers of two from which taps count as far from 1: then they are brought there, so that the
 * products in their spectra neither overflow nor underflow. */
#define FAR_EXPONENT 24

/* How many blocks of this size the taps after the first reach over. */
static size_t reach(const conv_online *online, size_t block) {
    return (online->m - 2) / block + 1;
}

static bool has_levels(const conv_online *online) {
    return online->m - 1 > DIRECT;
}

bool conv_online_choose_blocks(conv_online *online) {
    size_t bytes;
    online->radix = online->componentwise ? SUMS_RADIX : RADIX;
    online->block = DIRECT;
    online->kept = online->room = 2 * DIRECT; /* at least m: the bound reads what all taps meet */
    if (has_levels(online)) {
        while (reach(online, online->block) > online->radix)
            if (!conv_multiply(online->block, online->radix, &online->block))
                return false;
        online->kept = online->room = online->block;
        /* One more than the last level needs at its carry: the bound reads them until the next. */
        while (online->kept / online->block < reach(online, online->block) + 1)
            if (!conv_multiply(online->kept, 2, &online->kept))
                return false;
    }
    /* Spectra are the largest of what there is: of two blocks for each. */
    return conv_multiply(online->kept, 2 * online->elements->size, &bytes);
}

static size_t load_taps(const conv_online *online, const online_level *level, size_t d,
                        char *kernel) {
    size_t count = conv_online_load_taps(online, level, d, true, kernel);
    if (level->exponent) { /* in two steps: 2^-exponent itself may not be a number */
        int half = level->exponent / 2;
        online->elements->scale_taps(kernel, kernel, count, ldexp(1, -half), false);
        online->elements->scale_taps(kernel, kernel, count, ldexp(1, -(level->exponent - half)),
                                     false);
    }
    return count;
}

static void measure_level(const conv_online *online, online_level *level) {
    size_t size = online->elements->size,
           taps = conv_min(online->m, (level->distances + 1) * level->block);
    conv_magnitudes magnitudes;
    conv_measure_taps(online->elements, online->taps + size, taps - 1, &magnitudes);
    level->enlarges = magnitudes.sum > 2;
    if (magnitudes.largest > 0)
        frexp(magnitudes.largest, &level->exponent);
    if (level->exponent > -FAR_EXPONENT && level->exponent < FAR_EXPONENT)
        level->exponent = 0;
}

static conv_status make_level(conv_online *online, online_level *level) {
    size_t length = 2 * level->block, bytes;
    conv_status status = conv_transform_create(&level->transform, CONV_BACKEND_RING, online->dtype,
                                               1, &length, conv_cpu_level());
    if (status != CONV_OK)
        return status;
    level->spectrum = conv_transform_spectrum_size(level->transform);
    if (conv_multiply(level->spectrum, level->distances, &bytes)) {
        level->kernels = conv_allocate(bytes);
        level->signals = conv_allocate(bytes);
    }
    char *kernel = conv_allocate(length * online->elements->size);
    char *scratch = conv_allocate(conv_transform_scratch_size(level->transform, 1));
    if (level->kernels && level->signals && kernel && scratch) {
        measure_level(online, level);
        for (size_t d = 1; d <= level->distances; d++) {
            size_t taps = load_taps(online, level, d, kernel);
            conv_transform_kernel(level->transform, kernel, online->dtype, &taps,
                                  level->kernels + (d - 1) * level->spectrum, scratch);
        }
    } else {
        status = conv_fail(CONV_ERR_MEMORY, "no memory for a kernel of %zu samples", online->m);
    }
    conv_free(kernel);
    conv_free(scratch);
    return status;
}

static conv_status make_buffers(conv_online *online, size_t workspace) {
    const online_level *last = &online->level[online->levels - 1];
    size_t size = online->elements->size;
    bool made;
    online->result = conv_allocate(online->block * size);
    if (online->componentwise) {
        online->reversed = conv_allocate(last->distances * online->block * size);
        online->scratch = conv_allocate(workspace + 1);
        made = online->reversed;
    } else {
        online->sum = conv_allocate(last->spectrum);
        online->spare = conv_allocate(last->spectrum);
        online->scratch = conv_allocate(conv_transform_scratch_size(last->transform, 1));
        made = online->sum && online->spare;
    }
    if (!made || !online->result || !online->scratch)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a kernel of %zu samples", online->m);
    return CONV_OK;
}

conv_status conv_online_make_levels(conv_online *online) {
    size_t workspace = 0;
    online->finite_taps = online->elements->taps_are_finite(online->taps, online->m);
    if (!has_levels(online))
        return CONV_OK;
    for (size_t block = DIRECT; block <= online->block; block *= online->radix) {
        online_level *level = &online->level[online->levels++];
        bool is_last = block == online->block;
        level->block = block;
        level->distances = is_last ? reach(online, block) : online->radix - 1;
        level->cycle = is_last ? level->distances : online->radix;
        conv_status status = online->componentwise
                                 ? conv_online_make_sums(online, level, &workspace)
                                 : make_level(online, level);
        if (status != CONV_OK)
            return status;
    }
    return make_buffers(online, workspace);
}

static void drop_plans(online_level *level) {
    for (size_t d = 0; level->plans && d < level->distances; d++)
        conv_plan_destroy(level->plans[d]);
    conv_free(level->plans);
}

void conv_online_drop_levels(conv_online *online) {
    for (int i = 0; i < online->levels; i++) {
        drop_plans(&online->level[i]);
        conv_transform_destroy(online->level[i].transform);
        conv_free(online->level[i].kernels);
        conv_free(online->level[i].signals);
    }
    conv_free(online->result);
    conv_free(online->sum);
    conv_free(online->spare);
    conv_free(online->scratch);
    conv_free(online->reversed);
}
