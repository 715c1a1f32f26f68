/* The plan: a tree of nodes, what they share, and what the public functions ask about. */
#ifndef CONV_PLAN_PLAN_H
#define CONV_PLAN_PLAN_H

#include "plan/node.h"
#include "plan/tap_sets.h"

struct conv_plan {
    conv_node *root;
    const conv_node *one; /* of one signal: the root, or below its batch */
    conv_tap_set *sets;
    conv_problem problem; /* without a rule's weights; with the batch */
    conv_wishes wishes;
    conv_rule rule; /* as asked for */
    conv_mode mode;
    bool has_breaks;
    size_t workspace; /* bytes that a caller brings */
};

void conv_plan_free(conv_plan *plan); /* NULL is fine, and so is a plan that is half made */

/* Whether the root may run on this signal; runs it. workspace: aligned. bound: of each signal, or
 * NULL. */
static inline conv_status conv_plan_run(const conv_plan *plan, const void *signal, void *output,
                                        void *workspace, double *bound) {
    const conv_node *root = plan->root;
    if (root->kind->check) {
        conv_status status = root->kind->check(root, signal, 0, workspace);
        if (status != CONV_OK)
            return status;
    }
    root->kind->run(root, signal, output, workspace, bound);
    return CONV_OK;
}

#endif
