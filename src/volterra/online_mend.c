/* What transforms cannot do in an online convolution. A NaN or Inf among the samples spreads over
 * all outputs of a transform: these samples are left out, and their products added one by one, as
 * those of NaN and Inf taps are. Where numbers overflow on their way, or are so small that they
 * lose digits which a large kernel then brings to light, all is done again with samples near 1. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "methods/rounding.h"
#include "volterra/online.h"

/* The samples under a level's blocks, and the outputs that follow them. */
typedef struct {
    const conv_online *online;
    const online_level *level;
    size_t distances;
    size_t begin; /* the first sample's index; the first output's is online->count */
    char *y;
} window;

static void scale(const conv_online *online, char *x, size_t count, int exponent) {
    /* In two steps: 2^exponent itself may not be a number. */
    online->elements->scale(x, count, ldexp(1, exponent / 2));
    online->elements->scale(x, count, ldexp(1, exponent - exponent / 2));
}

/* Of the window's samples that are finite. */
static double largest_sample(const window *w) {
    double most = 0;
    for (size_t d = 0; d < w->distances; d++)
        most = fmax(most, w->online->elements->peak(
                              conv_online_sample(w->online, w->begin + d * w->level->block), 1,
                              w->level->block));
    return most;
}

/* Every result below a bound under which losing a step for each number on its way counts. Mostly
 * the first few tell that they are not. */
static bool may_have_lost_digits(const window *w) {
    const conv_element_kernels *elements = w->online->elements;
    double unit = conv_unit(w->online->dtype), least = conv_step(w->online->dtype) / unit / unit;
    size_t block = w->level->block;
    least *= 2 * (double)block;
    return elements->largest(w->y, LEAF) < least && elements->is_finite(w->y, 1) &&
           elements->largest(w->y, block) < least && largest_sample(w) > 0;
}

/* The block at distance d, divided by 2^exponent, without what is not finite -> spare. */
static void transform_again(const window *w, size_t d, int exponent) {
    const conv_online *online = w->online;
    const conv_element_kernels *elements = online->elements;
    size_t block = w->level->block, size = elements->size;
    char *x = online->result;
    memcpy(x, conv_online_sample(online, online->count - d * block), block * size);
    for (size_t i = 0; i < block; i++)
        if (!elements->is_finite(x + i * size, 1))
            memset(x + i * size, 0, size);
    scale(online, x, block, -exponent);
    conv_tile tile = {.in = x, .in_extent = {block}, .in_stride = {1}};
    conv_transform_forward(w->level->transform, &tile, online->spare, online->scratch, 1);
}

/* y once more, from samples of which the largest is near 1. */
static void sum_again(const window *w) {
    const conv_online *online = w->online;
    const online_level *level = w->level;
    double largest = largest_sample(w);
    int exponent;
    if (largest == 0) {
        memset(w->y, 0, level->block * online->elements->size);
        return;
    }
    frexp(largest, &exponent);
    for (size_t d = 1; d <= w->distances; d++) {
        const void *signal = online->spare, *kernel = level->kernels + (d - 1) * level->spectrum;
        transform_again(w, d, exponent);
        conv_transform_multiply(level->transform, &signal, &kernel, 1, online->sum, d > 1);
    }
    conv_tile tile = {
        .out = w->y, .out_first = {level->block}, .out_count = {level->block}, .out_stride = {1}};
    conv_transform_inverse(level->transform, &tile, online->sum, online->scratch, 1);
    scale(online, w->y, level->block, exponent + level->exponent);
}

/* The products of a NaN or Inf sample with finite taps: outputs from..end-1, indices as samples. */
static void spread_sample(const window *w, size_t index, bool poisons, size_t from, size_t end) {
    static const double nan_value[2] = {NAN, NAN};
    const conv_element_kernels *elements = w->online->elements;
    const char *sample = conv_online_sample(w->online, index);
    for (size_t k = from; k < end; k++) {
        char *y = w->y + (k - w->online->count) * elements->size;
        const char *tap = w->online->taps + (k - index) * elements->size;
        if (poisons)
            elements->fill(y, 1, nan_value);
        else if (elements->taps_are_finite(tap, 1))
            elements->add_product(y, sample, tap);
    }
}

static void add_bad_samples(const window *w) {
    const conv_online *online = w->online;
    size_t poisoned = online->count; /* outputs before this are NaN already */
    size_t outputs_end = online->count + w->level->block;
    for (size_t i = w->begin; i < online->count; i++) {
        const char *sample = conv_online_sample(online, i);
        if (online->elements->is_finite(sample, 1))
            continue;
        bool poisons = online->elements->poisons(sample);
        size_t end = conv_min(outputs_end, i + online->m);
        spread_sample(w, i, poisons, poisoned, end);
        if (poisons)
            poisoned = conv_max(poisoned, end);
    }
}

/* The products of NaN and Inf taps with all samples. Outputs that are NaN stay so. */
static void add_bad_taps(const window *w) {
    const conv_online *online = w->online;
    const conv_element_kernels *elements = online->elements;
    size_t block = w->level->block, end = conv_min(online->m, (w->distances + 1) * block);
    for (size_t t = 1; t < end; t++) {
        const char *tap = online->taps + t * elements->size;
        if (elements->taps_are_finite(tap, 1))
            continue;
        size_t last = conv_min(online->count + block, online->count + t);
        for (size_t k = conv_max(online->count, w->begin + t); k < last; k++) {
            char *y = w->y + (k - online->count) * elements->size;
            if (!elements->is_nan(y))
                elements->add_product(y, conv_online_sample(online, k - t), tap);
        }
    }
}

void conv_online_mend(const conv_online *online, const online_level *level, size_t distances,
                      char *y) {
    window w = {online, level, distances, online->count - distances * level->block, y};
    bool finite = online->elements->is_finite(y, 1);
    if (!finite || (level->enlarges && may_have_lost_digits(&w)))
        sum_again(&w);
    else if (level->exponent)
        scale(online, y, level->block, level->exponent);
    if (!finite)
        add_bad_samples(&w);
    if (!online->finite_taps)
        add_bad_taps(&w);
}
