#include "plan/tap_sets.h"

#include "base/memory.h"
#include "base/status.h"

conv_tap_set *conv_tap_set_add(conv_tap_set **list, const conv_problem *problem) {
    conv_tap_set *set = conv_allocate(sizeof *set);
    void *taps = conv_allocate(problem->taps * problem->elements->tap_size);
    if (!set || !taps) {
        conv_free(set);
        conv_free(taps);
        (void)conv_fail(CONV_ERR_MEMORY, "no memory for the kernel's %zu taps", problem->taps);
        return NULL;
    }
    *set = (conv_tap_set){*list, taps, false};
    *list = set;
    return set;
}

void conv_tap_set_ready(conv_tap_set *set, const conv_problem *problem) {
    set->finite = problem->elements->taps_are_finite(set->taps, problem->taps);
}

void conv_tap_sets_free(conv_tap_set *list) {
    while (list) {
        conv_tap_set *next = list->next;
        conv_free(list->taps);
        conv_free(list);
        list = next;
    }
}
