/* The gradient of the bias. */
#ifndef CONV_LAYER_LAYER_BIAS_H
#define CONV_LAYER_LAYER_BIAS_H

#include "layer/layer_shape.h"

/* dbias[o] = the sum of dy over batch and points + beta times what was there; summed in double for
 * f32, in long double for f64, and rounded once. */
void conv_layer_bias(const conv_layer_shape *shape, const void *dy, double beta, void *dbias);

#endif
