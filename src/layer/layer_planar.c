#include "layer/layer_planar.h"

#include "base/memory.h"
#include "base/parallel.h"

size_t conv_layer_planar_side(conv_layer_side *side, size_t size) {
    bool turned = side->channel == 1 && side->channels > 1;
    ptrdiff_t step = 1;
    if (!turned)
        return 0;
    for (int d = CONV_LAYER_AXES - 1; d >= 0; d--) {
        side->axis[d] = step;
        step *= (ptrdiff_t)side->extent[d];
    }
    side->channel = step;
    side->batch = step * (ptrdiff_t)side->channels;
    return conv_times(conv_times(side->channels, side->points), size);
}

/* Points of an image that are turned together. */
enum { TURNED_POINTS = 256 };

static size_t blocks_of(const conv_layer_side *side) {
    return (side->points + TURNED_POINTS - 1) / TURNED_POINTS;
}

/* One block of points of an image. */
static void turn_block(const conv_layer_turning *t, size_t number) {
    const conv_layer_side *side = t->side;
    size_t size = t->size, image = number / blocks_of(side);
    size_t first = number % blocks_of(side) * TURNED_POINTS;
    size_t count = conv_min(TURNED_POINTS, side->points - first);
    size_t place = image * side->points * side->channels;
    size_t last = (place + first * side->channels) * size, plane = (place + first) * size;
    if (t->to_planes)
        t->loops->turn(t->from + last, (ptrdiff_t)side->channels, count, side->channels,
                       t->to + plane, (ptrdiff_t)side->points);
    else
        t->loops->turn(t->from + plane, (ptrdiff_t)side->points, side->channels, count,
                       t->to + last, (ptrdiff_t)side->channels);
}

static void turn_blocks(void *context, size_t begin, size_t end, int thread) {
    (void)thread;
    for (size_t i = begin; i < end; i++)
        turn_block(context, i);
}

void conv_layer_planar_turn(const conv_layer_turning *turning, size_t images, int threads) {
    conv_layer_turning t = *turning;
    conv_parallel_for(images * blocks_of(t.side), threads, turn_blocks, &t);
}
