/* Recipe: a convolution of doubles by transforms of two halves of samples and taps, with the
 * corrections of its rule. */
#ifndef CONV_PLAN_BUILD_HALVES_H
#define CONV_PLAN_BUILD_HALVES_H

#include "plan/build_sum.h"

/* method: of the transforms. *node stays NULL, with CONV_OK, where it is no problem for it: floats,
 * taps that are not finite. CONV_ERR_WORKSPACE where the limit is too low. */
conv_status conv_build_halves(conv_node **node, const conv_ingredients *from,
                              const conv_wishes *wishes, conv_method method);

#endif
