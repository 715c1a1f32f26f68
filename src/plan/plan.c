#include "plan/plan.h"

#include "base/memory.h"

void conv_plan_free(conv_plan *plan) {
    if (!plan)
        return;
    conv_node_release(plan->root);
    conv_tap_sets_free(plan->sets);
    conv_free(plan);
}
