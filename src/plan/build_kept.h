/* Recipe: what keeps the tolerance that is wished for. */
#ifndef CONV_PLAN_BUILD_KEPT_H
#define CONV_PLAN_BUILD_KEPT_H

#include "plan/build_sum.h"

conv_status conv_build_kept(conv_node **node, const conv_ingredients *from,
                            const conv_wishes *wishes);

#endif
