/* What a quadrature rule leaves to mend of a plan's outputs; see integral/gregory.h. */
#ifndef CONV_PLAN_PATCH_H
#define CONV_PLAN_PATCH_H

#include "conv.h"

/* Makes plan->dots or plan->patch; plan->method is chosen. On failure conv_plan_drop_method frees
 * what was made. */
conv_status conv_plan_make_patches(conv_plan *plan);

#endif
