/* The kernels of a plan as its methods see them: each made once, whatever nodes share it, and owned
 * by the plan. */
#ifndef CONV_PLAN_TAP_SETS_H
#define CONV_PLAN_TAP_SETS_H

#include "problem/problem.h"

typedef struct conv_tap_set conv_tap_set;
struct conv_tap_set {
    conv_tap_set *next;
    void *taps; /* sliding order, see problem/taps.h */
    bool finite;
};

/* Room for the problem's taps, in front of the list; NULL, with a sentence, where there is none.
 * The maker fills set->taps and calls conv_tap_set_ready. */
conv_tap_set *conv_tap_set_add(conv_tap_set **list, const conv_problem *problem);
void conv_tap_set_ready(conv_tap_set *set, const conv_problem *problem);

void conv_tap_sets_free(conv_tap_set *list); /* NULL is fine */

#endif
