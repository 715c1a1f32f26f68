/* Depthwise layers whose kernel stays in registers: several lines of outputs together. */
#include <string.h>

#include "layer/layer_taps.h"

enum { LINES_AXIS = CONV_LAYER_AXES - 2, LAST = CONV_LAYER_AXES - 1 };

/* Neighbouring outputs take neighbouring samples, and a kernel's worth of them. */
static bool fits_axis(const conv_layer_taps *t, int d) {
    const conv_layer_flow_axis *axis = &t->flow.axis[d];
    size_t taps = d < LINES_AXIS ? 1 : (size_t)t->loops->line_kernel;
    return axis->phases == 1 && axis->pitch == 1 && axis->taps == taps &&
           (d < LINES_AXIS || (axis->step == 1 && axis->phase[0].even));
}

bool conv_layer_taps_fit_lines(const conv_layer_taps *t) {
    bool fits = t->depthwise && t->direct_out;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        fits = fits && fits_axis(t, d);
    return fits;
}

/* Groups of lines of a plane. */
static size_t line_groups(const conv_layer_taps *t) {
    size_t lines = (size_t)t->loops->line_count;
    return (t->to->extent[LINES_AXIS] + lines - 1) / lines;
}

size_t conv_layer_taps_line_items(const conv_layer_taps *t) {
    return t->to->extent[0] * t->to->extent[1] * line_groups(t);
}

/* Where the samples of a plane are; false where there are none. */
static bool find_plane(const conv_layer_taps *t, const size_t *j, ptrdiff_t *place) {
    *place = 0;
    for (int d = 0; d < LINES_AXIS; d++) {
        const conv_layer_flow_axis *axis = &t->flow.axis[d];
        ptrdiff_t at = (ptrdiff_t)(j[d] * axis->step) + axis->offset[0];
        if (at < 0 || at >= (ptrdiff_t)axis->inputs)
            return false;
        *place += at * t->image.axis[d];
    }
    return true;
}

/* The lines' samples: first, and which of them are there. */
static void set_samples(const conv_layer_taps *t, const size_t *j, conv_layer_lines *lines) {
    const conv_layer_flow_axis *axis = &t->flow.axis[LINES_AXIS];
    ptrdiff_t first = (ptrdiff_t)j[LINES_AXIS] + axis->offset[0], place;
    bool is_there = find_plane(t, j, &place);
    lines->a_first = place + first * t->image.axis[LINES_AXIS];
    conv_layer_lines_inside(lines, first, is_there ? axis->inputs : 0, t->loops->line_kernel);
    lines->first = t->flow.axis[LAST].offset[0];
    lines->columns = t->flow.axis[LAST].inputs;
}

void conv_layer_taps_lines(const conv_layer_bench *b, size_t item) {
    const conv_layer_taps *t = b->t;
    const conv_layer_side *to = t->to;
    size_t most = (size_t)t->loops->line_count, vector = (size_t)t->loops->lanes;
    size_t plane = item / line_groups(t), first = item % line_groups(t) * most;
    size_t j[CONV_LAYER_AXES - 1] = {plane / to->extent[1], plane % to->extent[1], first};
    ptrdiff_t output = 0;
    conv_layer_lines lines;
    memset(&lines, 0, sizeof lines);
    lines.lines = (int)conv_min(most, to->extent[LINES_AXIS] - first);
    set_samples(t, j, &lines);
    for (int d = 0; d < LAST; d++)
        output += (ptrdiff_t)j[d] * to->axis[d];
    lines.a_line = t->image.axis[LINES_AXIS];
    lines.a_column = t->image.axis[LAST];
    lines.c_line = to->axis[LINES_AXIS];
    lines.c_column = to->axis[LAST];
    lines.count = to->extent[LAST];
    lines.lanes = (int)(t->out - (t->padded - vector));
    lines.repeats = t->blocks;
    lines.b_repeat = (ptrdiff_t)(t->taps * vector);
    lines.bias = b->bias;
    lines.beta = b->call->beta;
    t->loops->lines(&lines, b->input, b->call->w, b->output + output * (ptrdiff_t)t->shape->size);
}
