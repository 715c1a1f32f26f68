/* Jumps of signal and kernel: whether they are where they can be. */
#include "api/checks.h"
#include "base/status.h"

/* One field: what the rule, the mode and the edges must be, and the indices. */
static conv_status check_field(const conv_desc *desc, const conv_break *breaks, size_t count,
                               size_t extent, const char *name) {
    if (count == 0)
        return CONV_OK;
    if (!breaks)
        return conv_fail(CONV_ERR_NULL, "%s_breaks is NULL, with %s_break_count = %zu", name, name,
                         count);
    if (desc->rank != 1)
        return conv_fail(CONV_ERR_RULE, "%s_breaks need rank 1, rank is %d", name, desc->rank);
    if (desc->rule != CONV_RULE_TRAPEZOID && desc->rule != CONV_RULE_GREGORY)
        return conv_fail(CONV_ERR_RULE,
                         "%s_breaks need CONV_RULE_TRAPEZOID or CONV_RULE_GREGORY, rule is %d",
                         name, (int)desc->rule);
    if (desc->mode == CONV_CIRCULAR || desc->boundary[0] != CONV_ZERO)
        return conv_fail(CONV_ERR_RULE,
                         "%s_breaks need the edge rule CONV_ZERO and a mode other than "
                         "CONV_CIRCULAR; boundary[0] is %d, mode is %d",
                         name, (int)desc->boundary[0], (int)desc->mode);
    for (size_t i = 0; i < count; i++) {
        size_t least = i ? breaks[i - 1].index + 1 : 1;
        if (extent < 3 || breaks[i].index < least || breaks[i].index > extent - 2)
            return conv_fail(CONV_ERR_RULE,
                             "%s_breaks[%zu].index is %zu, must be ascending and in 1..%zu", name,
                             i, breaks[i].index, extent < 3 ? 0 : extent - 2);
    }
    return CONV_OK;
}

conv_status conv_check_breaks(const conv_desc *desc) {
    conv_status status = check_field(desc, desc->signal_breaks, desc->signal_break_count,
                                     desc->signal_shape[0], "signal");
    return status == CONV_OK ? check_field(desc, desc->kernel_breaks, desc->kernel_break_count,
                                           desc->kernel_shape[0], "kernel")
                             : status;
}
