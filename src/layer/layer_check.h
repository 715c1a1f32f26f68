/* The fields of a layer's description, each by itself. */
#ifndef CONV_LAYER_LAYER_CHECK_H
#define CONV_LAYER_LAYER_CHECK_H

#include "conv.h"

conv_status conv_layer_check(const conv_layer_desc *desc);

#endif
