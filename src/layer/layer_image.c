#include <string.h>

#include "base/memory.h"
#include "layer/layer_direct.h"

void conv_layer_image_init(conv_layer_image *image, const conv_layer_side *side, size_t size,
                           size_t spare) {
    ptrdiff_t step = (ptrdiff_t)side->channels;
    image->side = side;
    image->size = size;
    image->turned = (side->channel != 1 && side->channels > 1) || spare > 0;
    size_t elements = conv_plus(conv_times(side->points, side->channels), spare);
    image->bytes = image->turned ? conv_aligned_size(conv_times(elements, size)) : 0;
    for (int d = CONV_LAYER_AXES - 1; d >= 0; d--) {
        image->axis[d] = step;
        step *= (ptrdiff_t)side->extent[d];
    }
}

void conv_layer_image_turn(const conv_layer_image *image, const conv_layer_loops *loops,
                           const void *from, void *to, size_t first, size_t last) {
    const conv_layer_side *side = image->side;
    size_t size = image->size, row = side->channels * size, end = side->points * row;
    if (last == side->points) /* lanes beyond the channels are computed with, if for nothing */
        memset((char *)to + end, 0, image->bytes - end);
    if (side->channel == 1 || side->channels == 1) {
        memcpy((char *)to + first * row, (const char *)from + first * row, (last - first) * row);
        return;
    }
    loops->turn((const char *)from + first * size, side->channel, side->channels, last - first,
                (char *)to + first * row, (ptrdiff_t)side->channels);
}
