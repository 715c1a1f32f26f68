/* GATHER and SCATTER: what all kernels that vary check and export alike. */
#ifndef CONV_VARYING_FORMS_H
#define CONV_VARYING_FORMS_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"

/* what: what a form places at the output or at the source. */
conv_status conv_varying_check_form(conv_varying_form form, const char *what);

/* Rows of the samples first[k]..last[k], one after the other: start[k], and start[count] the end of
 * all. A row with last below first is empty, and begins at 0. False where they are too many. */
bool conv_varying_row_starts(size_t count, size_t *first, const size_t *last, size_t *start);

#endif
