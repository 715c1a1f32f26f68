/* Recipe: one weighted convolution by the best method, with the corrections of its rule. */
#ifndef CONV_PLAN_BUILD_SUM_H
#define CONV_PLAN_BUILD_SUM_H

#include "integral/integral.h"
#include "plan/end_corrections.h"
#include "plan/node.h"
#include "plan/tap_sets.h"

/* What a plan is built from: a problem of one signal, with a rule's weights; what they leave to
 * correct; its taps. */
typedef struct {
    conv_problem problem;
    const conv_to_correct *to_correct; /* of each axis; NULL: nothing */
    const conv_tap_set *taps;
    double factor;       /* of the outputs: spacings that the taps could not take; else 1 */
    conv_tap_set **sets; /* of the plan */
    conv_end_way way;    /* of the corrections where the sum is made by transforms */
} conv_ingredients;

/* Prepares the taps. to_correct: as conv_integral_weigh leaves it; it outlives the ingredients. */
conv_status conv_ingredients_make(conv_ingredients *made, const conv_problem *problem,
                                  const conv_to_correct *to_correct, const void *kernel,
                                  conv_tap_set **sets);

/* By the method wished for, or the cheapest that fits. Tolerances are not looked at. */
conv_status conv_build_sum(conv_node **node, const conv_ingredients *from,
                           const conv_wishes *wishes);

/* As another sum is made, its leaf and its corrections, of ingredients that differ from its own in
 * weights and taps alone. */
conv_status conv_build_sum_like(conv_node **node, const conv_ingredients *from,
                                const conv_wishes *wishes, const conv_node *like);

/* The convolution with what its rule leaves to correct, and the factor that the taps could not
 * take; it is the node's, or released where this fails, and *node is then NULL. */
conv_status conv_build_around(conv_node **node, conv_node *weighted, const conv_ingredients *from,
                              const conv_wishes *wishes, conv_method method);

#endif
