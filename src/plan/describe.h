/* conv_plan_describe: the tree in words. */
#ifndef CONV_PLAN_DESCRIBE_H
#define CONV_PLAN_DESCRIBE_H

#include "plan/plan.h"

/* snprintf-style. */
size_t conv_describe_plan(const conv_plan *plan, char *text, size_t size);

#endif
