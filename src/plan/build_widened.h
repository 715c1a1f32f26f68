/* Recipe: float data in double: sums, and transforms of halves. */
#ifndef CONV_PLAN_BUILD_WIDENED_H
#define CONV_PLAN_BUILD_WIDENED_H

#include "plan/build_sum.h"

/* Of float data. CONV_ERR_WORKSPACE where the limit is too low. */
conv_status conv_build_widened(conv_node **node, const conv_ingredients *from,
                               const conv_wishes *wishes);

/* The same by halves, see build_halves.h. */
conv_status conv_build_widened_halves(conv_node **node, const conv_ingredients *from,
                                      const conv_wishes *wishes, conv_method method);

#endif
