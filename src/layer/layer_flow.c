#include "layer/layer_flow.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"

void conv_layer_flow_inside(const conv_layer_flow_axis *axis, const conv_layer_phase *phase,
                            size_t j, size_t *first, size_t *last) {
    ptrdiff_t base = (ptrdiff_t)(j * axis->step);
    const ptrdiff_t *offset = axis->offset + phase->first;
    size_t low = 0, high = phase->taps;
    while (low < high && base + offset[low] < 0)
        low++;
    while (high > low && base + offset[high - 1] >= (ptrdiff_t)axis->inputs)
        high--;
    *first = low;
    *last = high;
}

/* The phase's taps, by ascending offset. */
static void list_taps(conv_layer_flow_axis *axis, conv_layer_phase *phase,
                      const conv_layer_shape *shape, conv_layer_sum sum, int d) {
    phase->first = axis->taps;
    phase->even = true;
    for (size_t i = 0; i < shape->kernel[d]; i++) {
        size_t k = sum == CONV_LAYER_GATHER ? i : shape->kernel[d] - 1 - i;
        ptrdiff_t reach = (ptrdiff_t)(k * shape->dilation[d]), offset = reach - shape->before[d];
        if (sum == CONV_LAYER_SCATTER) {
            ptrdiff_t stride = (ptrdiff_t)shape->stride[d];
            offset = (ptrdiff_t)phase->at + shape->before[d] - reach;
            if (offset % stride != 0)
                continue;
            offset /= stride;
        }
        if (axis->taps > phase->first && offset != axis->offset[axis->taps - 1] + 1)
            phase->even = false;
        axis->offset[axis->taps] = offset;
        axis->tap[axis->taps++] = k;
    }
    phase->taps = axis->taps - phase->first;
}

static void make_axis(conv_layer_flow_axis *axis, const conv_layer_shape *shape, conv_layer_sum sum,
                      int d) {
    bool gathers = sum == CONV_LAYER_GATHER;
    axis->step = gathers ? shape->stride[d] : 1;
    axis->pitch = gathers ? 1 : shape->stride[d];
    axis->inputs = (gathers ? &shape->wide : &shape->narrow)->extent[d];
    axis->outputs = (gathers ? &shape->narrow : &shape->wide)->extent[d];
    axis->phases = conv_min(axis->pitch, axis->outputs);
    axis->taps = 0;
    for (size_t p = 0; p < axis->phases; p++) {
        conv_layer_phase *phase = &axis->phase[p];
        phase->at = p;
        phase->count = (axis->outputs - p + axis->pitch - 1) / axis->pitch;
        list_taps(axis, phase, shape, sum, d);
    }
}

/* At most two runs begin at every tap, and one at the start. */
static size_t most_runs(const conv_layer_shape *shape, size_t phases) {
    return 2 * shape->kernel[CONV_LAYER_AXES - 1] + phases;
}

/* The last output from j on that takes the same taps as j, and one more. */
static size_t run_end(const conv_layer_flow_axis *axis, const conv_layer_phase *phase, size_t j,
                      size_t first, size_t last) {
    ptrdiff_t step = (ptrdiff_t)axis->step, inputs = (ptrdiff_t)axis->inputs;
    const ptrdiff_t *offset = axis->offset + phase->first;
    size_t end = phase->count;
    if (first > 0) /* the tap before comes in */
        end = conv_min(end, (size_t)((-offset[first - 1] + step - 1) / step));
    if (last > first) { /* the last one goes out */
        ptrdiff_t room = inputs - offset[last - 1];
        end = conv_min(end, (size_t)((room + step - 1) / step));
    }
    return conv_max(end, j + 1);
}

static void make_runs(conv_layer_flow *flow) {
    conv_layer_flow_axis *axis = &flow->axis[CONV_LAYER_AXES - 1];
    size_t made = 0;
    for (size_t p = 0; p < axis->phases; p++) {
        conv_layer_phase *phase = &axis->phase[p];
        phase->first_run = made;
        for (size_t j = 0; j < phase->count;) {
            conv_layer_run *run = &flow->run[made];
            run->begin = j;
            conv_layer_flow_inside(axis, phase, j, &run->first, &run->last);
            j = run->end = run_end(axis, phase, j, run->first, run->last);
            if (made > phase->first_run && run[-1].first == run->first && run[-1].last == run->last)
                run[-1].end = run->end;
            else
                made++;
        }
        phase->runs = made - phase->first_run;
    }
}

conv_status conv_layer_flow_make(conv_layer_flow *flow, const conv_layer_shape *shape,
                                 conv_layer_sum sum) {
    size_t bytes = 0, phases[CONV_LAYER_AXES], runs;
    memset(flow, 0, sizeof *flow);
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        size_t outputs = (sum == CONV_LAYER_GATHER ? &shape->narrow : &shape->wide)->extent[d];
        phases[d] = sum == CONV_LAYER_GATHER ? 1 : conv_min(shape->stride[d], outputs);
        bytes = conv_plus(bytes, conv_times(phases[d], sizeof(conv_layer_phase)));
        bytes = conv_plus(bytes, conv_times(shape->kernel[d], sizeof(ptrdiff_t) + sizeof(size_t)));
    }
    runs = most_runs(shape, 2 * phases[CONV_LAYER_AXES - 1] + 1);
    bytes = conv_plus(bytes, conv_times(runs, sizeof(conv_layer_run)));
    char *room = flow->memory = conv_allocate(bytes);
    if (!room)
        return conv_fail(CONV_ERR_MEMORY, "no memory for the taps of a layer");
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        conv_layer_flow_axis *axis = &flow->axis[d];
        axis->phase = (conv_layer_phase *)(void *)room;
        room += phases[d] * sizeof(conv_layer_phase);
        axis->offset = (ptrdiff_t *)(void *)room;
        room += shape->kernel[d] * sizeof(ptrdiff_t);
        axis->tap = (size_t *)(void *)room;
        room += shape->kernel[d] * sizeof(size_t);
        make_axis(axis, shape, sum, d);
    }
    flow->run = (conv_layer_run *)(void *)room;
    make_runs(flow);
    return CONV_OK;
}

void conv_layer_flow_free(conv_layer_flow *flow) {
    conv_free(flow->memory);
}
