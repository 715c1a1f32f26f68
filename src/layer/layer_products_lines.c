/* The weights' gradient of a depthwise layer whose kernel stays in registers: lines of points,
 * several together. */
#include <string.h>

#include "base/memory.h"
#include "layer/layer_products.h"

/* Of a kernel of one line: with more of them tiles of taps share so many loads that turning the
 * images pays. */
enum { MOST_TAPS = 32 };

enum { LINES_AXIS = CONV_LAYER_AXES - 2, LAST = CONV_LAYER_AXES - 1 };

bool conv_layer_products_one_line(const conv_layer_shape *shape) {
    return shape->taps == shape->kernel[LAST] && shape->taps > 1 && shape->taps <= MOST_TAPS;
}

conv_layer_products_way conv_layer_products_line_way(const conv_layer_shape *shape,
                                                     const conv_layer_loops *loops) {
    const conv_layer_side *wide = &shape->wide, *narrow = &shape->narrow;
    bool square = conv_layer_has_kernel(shape, (size_t)loops->line_kernel);
    bool one_line = conv_layer_products_one_line(shape) && shape->stride[LAST] == 1;
    if ((square || one_line) && wide->axis[LAST] == 1 && narrow->axis[LAST] == 1 &&
        2 * narrow->extent[LAST] >= (size_t)loops->lanes)
        return CONV_LAYER_NEIGHBOURS;
    return square && wide->channel == 1 && narrow->channel == 1 ? CONV_LAYER_CHANNELS
                                                                : CONV_LAYER_TAP_TILES;
}

/* Where the points of the plane that has line `number` are, and the samples under them; false where
 * there are none. */
static bool find_plane(const conv_layer_products *p, size_t number, ptrdiff_t *wide,
                       ptrdiff_t *narrow) {
    const conv_layer_shape *shape = p->shape;
    size_t planes = number / shape->narrow.extent[LINES_AXIS], second = shape->narrow.extent[1];
    size_t o[LINES_AXIS] = {planes / second, planes % second};
    bool meets = true;
    *wide = *narrow = 0;
    for (int d = 0; d < LINES_AXIS; d++) {
        ptrdiff_t at = (ptrdiff_t)(o[d] * shape->stride[d]) - shape->before[d];
        meets = meets && at >= 0 && at < (ptrdiff_t)shape->wide.extent[d];
        *wide += at * p->wide.axis[d];
        *narrow += (ptrdiff_t)o[d] * p->narrow.axis[d];
    }
    return meets;
}

/* Lines number..number+count-1 of a plane, points c->first..c->last-1, in elements from an image's
 * first; narrow: the first point. */
static void set_lines(const conv_layer_products *p, const conv_layer_chunk *c, size_t number,
                      size_t count, conv_layer_lines *lines, ptrdiff_t *narrow) {
    const conv_layer_shape *shape = p->shape;
    size_t line = number % shape->narrow.extent[LINES_AXIS];
    ptrdiff_t first = (ptrdiff_t)line - shape->before[LINES_AXIS], wide;
    bool is_there = find_plane(p, number, &wide, narrow);
    lines->lines = (int)count;
    conv_layer_lines_inside(lines, first, is_there ? shape->wide.extent[LINES_AXIS] : 0,
                            p->loops->line_kernel);
    lines->a_line = p->wide.axis[LINES_AXIS];
    lines->a_column = p->wide.axis[LAST];
    lines->a_first = wide + first * lines->a_line;
    lines->c_line = p->narrow.axis[LINES_AXIS];
    lines->c_column = p->narrow.axis[LAST];
    lines->first = (ptrdiff_t)c->first - shape->before[LAST];
    lines->columns = shape->wide.extent[LAST];
    lines->count = c->last - c->first;
    *narrow += (ptrdiff_t)line * lines->c_line + (ptrdiff_t)c->first * lines->c_column;
}

/* Blocks begin..end-1 of lanes. */
static void run_blocks(const conv_layer_products_call *s, conv_layer_lines *lines, ptrdiff_t narrow,
                       size_t begin, size_t end) {
    const conv_layer_products *p = s->p;
    size_t vector = (size_t)p->loops->lanes, at = begin * vector * p->shape->size;
    size_t rest = p->lanes - (end - 1) * vector;
    lines->repeats = end - begin;
    lines->lanes = (int)conv_min(rest, vector);
    lines->b_repeat = (ptrdiff_t)vector;
    p->loops->line_products(lines, s->wide + at,
                            s->narrow + narrow * (ptrdiff_t)p->shape->size + at,
                            conv_layer_products_sums(s, 0, 0, 0) + at);
}

static void run_channel(const conv_layer_products_call *s, const conv_layer_lines *lines,
                        ptrdiff_t narrow, size_t channel) {
    const conv_layer_products *p = s->p;
    ptrdiff_t size = (ptrdiff_t)p->shape->size, number = (ptrdiff_t)channel;
    p->loops->line_dots(lines, s->wide + number * p->shape->wide.channel * size,
                        s->narrow + (narrow + number * p->shape->narrow.channel) * size,
                        conv_layer_products_sums(s, channel, 0, 0));
}

/* A line under a kernel of one line. */
static void run_line(const conv_layer_products_call *s, const conv_layer_chunk *c, size_t number,
                     size_t channel, bool continues) {
    const conv_layer_products *p = s->p;
    const conv_layer_shape *shape = p->shape;
    ptrdiff_t size = (ptrdiff_t)shape->size;
    ptrdiff_t wide = (ptrdiff_t)channel * shape->wide.channel;
    ptrdiff_t narrow = (ptrdiff_t)channel * shape->narrow.channel + (ptrdiff_t)c->first;
    bool meets = true;
    for (int d = LAST - 1; d >= 0; d--) {
        size_t i = number % shape->narrow.extent[d];
        ptrdiff_t at = (ptrdiff_t)(i * shape->stride[d]) - shape->before[d];
        number /= shape->narrow.extent[d];
        meets = meets && at >= 0 && at < (ptrdiff_t)shape->wide.extent[d];
        wide += at * p->wide.axis[d];
        narrow += (ptrdiff_t)i * p->narrow.axis[d];
    }
    const conv_layer_line line = {
        .first = (ptrdiff_t)c->first - shape->before[LAST],
        .dilation = (ptrdiff_t)shape->dilation[LAST],
        .b_tap = (ptrdiff_t)p->padded,
        .count = c->last - c->first,
        .columns = meets ? shape->wide.extent[LAST] : 0,
        .taps = shape->kernel[LAST],
        .continues = continues,
    };
    p->loops->tap_dots(&line, s->wide + wide * size, s->narrow + narrow * size,
                       conv_layer_products_sums(s, channel, 0, 0));
}

/* Lines of the chunk that are of one plane, and no more than go together. */
static size_t lines_from(const conv_layer_products *p, const conv_layer_chunk *c, size_t number) {
    size_t plane = p->shape->narrow.extent[LINES_AXIS];
    size_t count = conv_min(plane - number % plane, c->last_line - number);
    return conv_min(count, (size_t)p->loops->line_count);
}

void conv_layer_products_lines(const conv_layer_products_call *s, const conv_layer_chunk *c,
                               size_t begin, size_t end) {
    const conv_layer_products *p = s->p;
    bool alone = p->way == CONV_LAYER_NEIGHBOURS;
    if (alone && conv_layer_products_one_line(p->shape)) {
        for (size_t item = begin; item < end; item++)
            for (size_t l = c->first_line; l < c->last_line; l++)
                run_line(s, c, l, item, c->continues || l > c->first_line);
        return;
    }
    conv_layer_lines lines;
    memset(&lines, 0, sizeof lines);
    lines.b_row = (ptrdiff_t)(p->rows * p->padded);
    lines.b_tap = (ptrdiff_t)p->padded;
    for (size_t item = begin; item < end; item = alone ? item + 1 : end) {
        lines.continues = c->continues;
        for (size_t l = c->first_line, count; l < c->last_line; l += count) {
            ptrdiff_t narrow;
            count = lines_from(p, c, l);
            set_lines(p, c, l, count, &lines, &narrow);
            if (alone)
                run_channel(s, &lines, narrow, item);
            else
                run_blocks(s, &lines, narrow, begin, end);
            lines.continues = true;
        }
    }
}
