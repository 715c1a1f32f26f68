#include "layer/layer_columns.h"

#include <string.h>

#include "base/elements.h"
#include "base/memory.h"

enum { LAST = CONV_LAYER_AXES - 1 };

size_t conv_layer_columns_phases(const conv_layer_flow *flow) {
    size_t phases = 1;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        phases *= flow->axis[d].phases;
    return phases;
}

void conv_layer_columns_set(conv_layer_columns *columns, size_t phase) {
    columns->outputs = columns->taps = 1;
    for (int d = LAST; d >= 0; d--) {
        const conv_layer_flow_axis *axis = &columns->flow->axis[d];
        columns->phase[d] = &axis->phase[phase % axis->phases];
        phase /= axis->phases;
        columns->outputs *= columns->phase[d]->count;
        columns->taps *= columns->phase[d]->taps;
    }
    columns->rows = columns->taps * columns->channels;
}

void conv_layer_stretch_first(const conv_layer_columns *columns, size_t first, size_t count,
                              conv_layer_stretch *stretch) {
    for (int d = LAST; d >= 0; d--) {
        stretch->j[d] = first % columns->phase[d]->count;
        first /= columns->phase[d]->count;
    }
    stretch->at = 0;
    stretch->count = conv_min(columns->phase[LAST]->count - stretch->j[LAST], count);
}

bool conv_layer_stretch_next(const conv_layer_columns *columns, size_t count,
                             conv_layer_stretch *stretch) {
    stretch->at += stretch->count;
    stretch->j[LAST] = 0;
    for (int d = LAST - 1; d >= 0 && ++stretch->j[d] == columns->phase[d]->count; d--)
        stretch->j[d] = 0;
    stretch->count = conv_min(columns->phase[LAST]->count, count - stretch->at);
    return stretch->count > 0;
}

ptrdiff_t conv_layer_columns_weight(const conv_layer_columns *columns,
                                    const conv_layer_weights *weights, size_t group,
                                    size_t number) {
    ptrdiff_t at = weights->origin + (ptrdiff_t)group * weights->group;
    for (int d = LAST; d >= 0; d--) {
        const conv_layer_phase *phase = columns->phase[d];
        size_t tap = columns->flow->axis[d].tap[phase->first + number % phase->taps];
        at += (ptrdiff_t)tap * weights->axis[d];
        number /= phase->taps;
    }
    return at;
}

bool conv_layer_columns_absent(const conv_layer_flow *flow) {
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        const conv_layer_flow_axis *axis = &flow->axis[d];
        for (size_t p = 0; p < axis->phases; p++) {
            const conv_layer_phase *phase = &axis->phase[p];
            if (phase->taps == 0)
                continue;
            const ptrdiff_t *offset = axis->offset + phase->first;
            ptrdiff_t furthest =
                (ptrdiff_t)((phase->count - 1) * axis->step) + offset[phase->taps - 1];
            if (offset[0] < 0 || furthest >= (ptrdiff_t)axis->inputs)
                return true;
        }
    }
    return false;
}

bool conv_layer_columns_plain(const conv_layer_flow *flow) {
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        const conv_layer_flow_axis *axis = &flow->axis[d];
        if (axis->phases != 1 || axis->phase[0].taps != 1 || axis->offset[0] != 0 ||
            axis->inputs != axis->outputs || (axis->step != 1 && axis->outputs > 1))
            return false;
    }
    return true;
}

/* Where the stretch's samples under a tap lie on the axes but the last, in elements; false where
 * there are none. tap: number among the phase's taps of those axes. */
static bool outer_place(const conv_layer_columns *columns, const conv_layer_stretch *stretch,
                        size_t tap, ptrdiff_t *place) {
    *place = 0;
    for (int d = LAST - 1; d >= 0; d--) {
        const conv_layer_flow_axis *axis = &columns->flow->axis[d];
        const conv_layer_phase *phase = columns->phase[d];
        ptrdiff_t at = (ptrdiff_t)(stretch->j[d] * axis->step) +
                       axis->offset[phase->first + tap % phase->taps];
        tap /= phase->taps;
        if (at < 0 || at >= (ptrdiff_t)axis->inputs)
            return false;
        *place += at * columns->from->axis[d];
    }
    return true;
}

/* ---- channels last ---- */

/* One output's taps of the last axis; x: the line's first sample. */
static void fill_taps(const conv_layer_columns *columns, const char *x, size_t j, char *to) {
    const conv_layer_flow_axis *axis = &columns->flow->axis[LAST];
    const conv_layer_phase *phase = columns->phase[LAST];
    const ptrdiff_t *offset = axis->offset + phase->first;
    ptrdiff_t step = columns->from->axis[LAST] * (ptrdiff_t)columns->size;
    size_t bytes = columns->channels * columns->size, first, last;
    conv_layer_flow_inside(axis, phase, j, &first, &last);
    memset(to, 0, first * bytes);
    x += (ptrdiff_t)(j * axis->step) * step;
    if (phase->even && columns->channels == columns->from->channels && last > first)
        memcpy(to + first * bytes, x + offset[first] * step, (last - first) * bytes);
    else
        for (size_t t = first; t < last; t++)
            memcpy(to + t * bytes, x + offset[t] * step, bytes);
    memset(to + last * bytes, 0, (phase->taps - last) * bytes);
}

static void fill_last(const conv_layer_columns *columns, const char *image,
                      const conv_layer_stretch *stretch, char *to) {
    size_t taps = columns->phase[LAST]->taps, bytes = taps * columns->channels * columns->size;
    size_t row = columns->rows * columns->size;
    to += stretch->at * row;
    for (size_t tap = 0; tap < columns->taps / taps; tap++, to += bytes) {
        ptrdiff_t place;
        bool inside = outer_place(columns, stretch, tap, &place);
        for (size_t i = 0; i < stretch->count; i++) {
            if (inside)
                fill_taps(columns, image + place * (ptrdiff_t)columns->size, stretch->j[LAST] + i,
                          to + i * row);
            else
                memset(to + i * row, 0, bytes);
        }
    }
}

/* ---- channels first ---- */

/* Outputs *first..*last-1 of the stretch, counted from its first, whose sample is there. */
static void meeting(const conv_layer_flow_axis *axis, const conv_layer_stretch *stretch,
                    ptrdiff_t offset, size_t *first, size_t *last) {
    ptrdiff_t step = (ptrdiff_t)axis->step;
    ptrdiff_t at = (ptrdiff_t)stretch->j[LAST] * step + offset; /* of the first */
    ptrdiff_t room = (ptrdiff_t)axis->inputs - at;
    size_t low = at < 0 ? (size_t)((-at + step - 1) / step) : 0;
    size_t high = room > 0 ? (size_t)((room + step - 1) / step) : 0;
    *last = conv_min(high, stretch->count);
    *first = conv_min(low, *last);
}

static void fill_first(const conv_layer_columns *columns, const char *image,
                       const conv_layer_stretch *stretch, size_t count, char *to) {
    const conv_layer_flow_axis *axis = &columns->flow->axis[LAST];
    const conv_layer_phase *phase = columns->phase[LAST];
    const conv_layer_side *from = columns->from;
    size_t size = columns->size, bytes = stretch->count * size;
    to += stretch->at * size;
    for (size_t tap = 0; tap < columns->taps; tap++) {
        ptrdiff_t place, offset = axis->offset[phase->first + tap % phase->taps];
        size_t first = 0, last = 0;
        if (outer_place(columns, stretch, tap / phase->taps, &place))
            meeting(axis, stretch, offset, &first, &last);
        if (last > first)
            place +=
                ((ptrdiff_t)((stretch->j[LAST] + first) * axis->step) + offset) * from->axis[LAST];
        for (size_t c = 0; c < columns->channels; c++, to += count * size) {
            memset(to, 0, first * size);
            if (last > first)
                conv_copy_row(to + first * size, 1,
                              image + (place + (ptrdiff_t)c * from->channel) * (ptrdiff_t)size,
                              (ptrdiff_t)axis->step * from->axis[LAST], last - first, size);
            memset(to + last * size, 0, bytes - last * size);
        }
    }
}

void conv_layer_columns_fill(const conv_layer_columns *columns, const void *image, size_t first,
                             size_t count, void *to) {
    conv_layer_stretch stretch;
    if (columns->rows == 0)
        return;
    conv_layer_stretch_first(columns, first, count, &stretch);
    do
        if (columns->from->channel == 1)
            fill_last(columns, image, &stretch, to);
        else
            fill_first(columns, image, &stretch, count, to);
    while (conv_layer_stretch_next(columns, count, &stretch));
}
