/* How outputs of GATHER and SCATTER lie over their inputs, axis by axis.
 *
 * SCATTER with stride s is s sums of step 1 on every axis, one for each phase at, at + s, ... of
 * the outputs: the taps k with (at + before - k * dilation) a multiple of s are the phase's, and no
 * others. GATHER has one phase. Output j of a phase, which is at + j * pitch, takes tap t of the
 * phase's list from input j * step + offset[t]; offsets ascend. */
#ifndef CONV_LAYER_LAYER_FLOW_H
#define CONV_LAYER_LAYER_FLOW_H

#include "layer/layer_shape.h"

typedef struct {
    size_t at, count;       /* the first output, how many */
    size_t first, taps;     /* where its taps begin in the axis's list, how many */
    bool even;              /* offsets ascend by 1 */
    size_t first_run, runs; /* of the last axis */
} conv_layer_phase;

/* Outputs begin..end-1 of a phase take its taps first..last-1 from inputs that are there, and no
 * others. */
typedef struct {
    size_t begin, end, first, last;
} conv_layer_run;

typedef struct {
    size_t step, pitch, inputs, outputs, phases, taps;
    conv_layer_phase *phase;
    ptrdiff_t *offset; /* of the list */
    size_t *tap;       /* which tap of the kernel */
} conv_layer_flow_axis;

typedef struct {
    conv_layer_flow_axis axis[CONV_LAYER_AXES];
    conv_layer_run *run; /* of the last axis */
    void *memory;
} conv_layer_flow;

conv_status conv_layer_flow_make(conv_layer_flow *flow, const conv_layer_shape *shape,
                                 conv_layer_sum sum);
void conv_layer_flow_free(conv_layer_flow *flow);

/* The taps *first..*last-1 of a phase's list whose inputs are there, for its output j. */
void conv_layer_flow_inside(const conv_layer_flow_axis *axis, const conv_layer_phase *phase,
                            size_t j, size_t *first, size_t *last);

#endif
