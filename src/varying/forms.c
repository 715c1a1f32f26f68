#include "varying/forms.h"

#include "base/memory.h"
#include "base/status.h"

conv_status conv_varying_check_form(conv_varying_form form, const char *what) {
    if (form != CONV_GATHER && form != CONV_SCATTER)
        return conv_fail(CONV_ERR_ENUM,
                         "form is %d, must be CONV_GATHER (1: %s at the output) or CONV_SCATTER "
                         "(2: %s at the source); there is no default",
                         (int)form, what, what);
    return CONV_OK;
}

bool conv_varying_row_starts(size_t count, size_t *first, const size_t *last, size_t *start) {
    start[0] = 0;
    for (size_t k = 0; k < count; k++) {
        bool is_empty = first[k] > last[k];
        if (!conv_add(start[k], is_empty ? 0 : last[k] - first[k] + 1, &start[k + 1]))
            return false;
        if (is_empty)
            first[k] = 0;
    }
    return true;
}
