/* A layer: a method for each task. */
#ifndef CONV_LAYER_LAYER_PLAN_H
#define CONV_LAYER_LAYER_PLAN_H

#include "layer/layer_methods.h"

enum { CONV_LAYER_TASKS = CONV_LAYER_GRAD_WEIGHTS + 1 };

typedef struct {
    conv_layer_job job;
    const conv_layer_method_row *method;
    void *state;
    const char *instead; /* why the method that was wished does not do it; or NULL */
    double seconds;
    size_t packed;     /* bytes of packed weights; 0: takes them as they are */
    bool takes_packed; /* the caller packs them */
    size_t packed_at;  /* then, where in what the caller keeps */
    size_t
        workspace; /* bytes of a call: packed weights where the caller packs none, the method's */
} conv_layer_part;

struct conv_layer {
    conv_layer_shape shape;
    conv_method wished;
    size_t max_workspace, workspace, packed; /* bytes; largest of the parts, sum of the parts */
    int threads;
    conv_layer_part part[CONV_LAYER_TASKS];
};

/* Chooses and prepares the method of every task. */
conv_status conv_layer_choose(conv_layer *layer);

#endif
